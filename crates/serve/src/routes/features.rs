//! `GET /v1/features/{id}`: one person's features, from live state.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use event::UserKey;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ask_shop, id};
use crate::answer::Features;
use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Code, Problem, ProblemBody};

/// Whose id it is, and the moment.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct FeaturesQuery {
    /// `true` when the id is that of an anonymous visitor.
    anon: Option<String>,
    /// The moment, RFC 3339 with a zone; just after the shop's latest event unless told.
    as_of: Option<String>,
}

/// A person's features
///
/// Numbers, names and lists that describe a person's behaviour before a moment.
#[utoipa::path(
    get,
    path = "/v1/features/{id}",
    tag = "people",
    params(("id" = String, Path, description = "The person or visitor"), FeaturesQuery),
    responses(
        (status = 200, body = Features),
        (status = 400, body = ProblemBody, description = "not a moment"),
        (status = 404, body = ProblemBody, description = "nothing of this person is stored"),
    )
)]
pub(crate) async fn get_features(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
    query: Result<Query<FeaturesQuery>, QueryRejection>,
) -> Result<Json<Features>, Problem> {
    let (Path(path), Query(query)) = (path?, query?);
    let person = id(&path, "id")?;
    let user = match query.anon.as_deref() {
        None | Some("false") => UserKey::user(&person),
        Some("true") => UserKey::anon(&person),
        Some(_) => return Err(Problem::query("anon")),
    };
    let as_of = match query.as_of.as_deref().map(event::parse_zoned) {
        None => None,
        Some(Ok((time, _))) => Some(time),
        Some(Err(_)) => return Err(Problem::query("as_of")),
    };
    let found = ask_shop(&app, caller.site, move |shop| {
        Ok(shop.features(&user, as_of)?.map(|found| Features::of(found, shop)))
    });
    found.await?.map(Json).ok_or(Code::UserUnknown.into())
}
