//! `GET /v1/users` and `GET /v1/users/{id}`: find people, see one.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use event::UserKey;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ask_shop, count, id, query as search_text};
use crate::answer::{Person, UserMatch, UserMatches};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Code, Problem, ProblemBody};

/// Matches when nothing else is asked.
const LIMIT: usize = 20;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchQuery {
    /// Beginning of an id; for items also words of the title. Empty for all.
    pub(crate) query: Option<String>,
    /// How many, 1 to 200; 20 unless told.
    pub(crate) limit: Option<String>,
}

impl SearchQuery {
    /// The checked text and number.
    pub(crate) fn read(self) -> Result<(String, usize), Problem> {
        Ok((search_text(self.query)?, count(self.limit.as_deref(), LIMIT, "limit")?))
    }
}

/// Find people
///
/// By the beginning of the id, most orders first.
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "people",
    params(SearchQuery),
    responses((status = 200, body = UserMatches))
)]
pub(crate) async fn get_users(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<SearchQuery>, QueryRejection>,
) -> Result<Json<UserMatches>, Problem> {
    let Query(query) = query?;
    let (text, limit) = query.read()?;
    let users = ask_shop(&app, caller.site, move |shop| {
        let found = shop.search_users(text.trim(), limit)?;
        Ok(found.into_iter().map(|buyer| UserMatch::of(buyer, shop)).collect())
    });
    Ok(Json(UserMatches { users: users.await? }))
}

/// See a person
///
/// Orders, amounts, items and the latest events of a known person.
#[utoipa::path(
    get,
    path = "/v1/users/{id}",
    tag = "people",
    params(("id" = String, Path, description = "The person")),
    responses(
        (status = 200, body = Person),
        (status = 404, body = ProblemBody, description = "no events of this person are stored"),
    )
)]
pub(crate) async fn get_user(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Person>, Problem> {
    let Path(path) = path?;
    let user_id = id(&path, "id")?;
    let found = ask_shop(&app, caller.site, move |shop| {
        let profile = shop.profile(&UserKey::user(&user_id))?;
        if profile.first_seen_ms.is_none() {
            return Ok(None);
        }
        Person::of(user_id, profile, shop).map(Some)
    });
    found.await?.map(Json).ok_or(Code::UserUnknown.into())
}
