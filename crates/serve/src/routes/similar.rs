//! `GET /v1/items/{id}/similar`: what goes with an item.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ask_shop, count, id};
use crate::answer::Similar;
use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Code, Problem, ProblemBody};

/// Items when nothing else is asked.
const N: usize = 10;

/// How much is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimilarQuery {
    /// How many items, 1 to 200; 10 unless told.
    n: Option<String>,
}

/// Items that go with an item
#[utoipa::path(
    get,
    path = "/v1/items/{id}/similar",
    tag = "decisions",
    params(("id" = String, Path, description = "The item"), SimilarQuery),
    responses(
        (status = 200, body = Similar),
        (status = 404, body = ProblemBody, description = "the models do not know the item"),
        (status = 409, body = ProblemBody, description = "the shop has no trained model"),
    )
)]
pub(crate) async fn get_similar(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<SimilarQuery>, QueryRejection>,
) -> Result<Json<Similar>, Problem> {
    let (Path(path), Query(query)) = (path?, query?);
    let item_id = id(&path, "id")?;
    let n = count(query.n.as_deref(), N, "n")?;
    let found = ask_shop(&app, caller.site, move |shop| {
        let Some(choices) = shop.similar(&item_id, n)? else { return Ok(None) };
        let title = shop.item(&item_id)?.and_then(|item| item.title);
        Ok(Some(Similar::of(item_id, title, choices)))
    });
    found.await?.map(Json).ok_or(Code::ItemUnknown.into())
}
