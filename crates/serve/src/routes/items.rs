//! `GET /v1/items`: find items.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};

use super::ask_shop;
use super::users::SearchQuery;
use crate::answer::{ItemMatch, ItemMatches};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::Problem;

/// Find items
///
/// By the beginning of the id or words of the title, most popular first.
#[utoipa::path(
    get,
    path = "/v1/items",
    tag = "items",
    params(SearchQuery),
    responses((status = 200, body = ItemMatches))
)]
pub(crate) async fn get_items(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<SearchQuery>, QueryRejection>,
) -> Result<Json<ItemMatches>, Problem> {
    let Query(query) = query?;
    let (text, limit) = query.read()?;
    let found = ask_shop(&app, caller.site, move |shop| shop.search_items(&text, limit));
    let items = found.await?.into_iter().map(ItemMatch::of).collect();
    Ok(Json(ItemMatches { items }))
}
