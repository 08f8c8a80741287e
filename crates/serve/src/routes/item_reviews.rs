//! `GET /v1/items/{id}/reviews`: what the reviews of an item say.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::{ask_shop, id};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Code, Problem, ProblemBody};
use crate::reviews::ItemReviews;

/// An item's reviews
///
/// Its review score and the score of each aspect, with the latest clauses as evidence. An
/// acknowledged review is in the very next answer.
#[utoipa::path(
    get,
    path = "/v1/items/{id}/reviews",
    tag = "items",
    params(("id" = String, Path, description = "The item")),
    responses(
        (status = 200, body = ItemReviews),
        (status = 404, body = ProblemBody, description = "nothing of this item is stored"),
    )
)]
pub(crate) async fn get_item_reviews(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ItemReviews>, Problem> {
    let Path(path) = path?;
    let item = id(&path, "id")?;
    let found = ask_shop(&app, caller.site, move |shop| shop.item_reviews(&item));
    found.await?.map(Json).ok_or(Code::ItemUnknown.into())
}
