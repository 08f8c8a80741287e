//! `GET /v1/recommendations`: a costed, explained slate for a person, a visitor or an item.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use decide::recommend::{OwnedRule, Subject};
use event::TimeMs;
use event::limits::{NAME_BYTES, SLATE};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{ask_shop, count, id};
use crate::answer::Recommendation;
use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::shop::Ask;

/// Items of a slate when nothing else is asked.
const N: usize = 10;

/// What is asked of a recommendation; exactly one of the three ids.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecommendationQuery {
    /// A known person.
    user_id: Option<String>,
    /// A visitor.
    anon_id: Option<String>,
    /// An item: what goes with it.
    item_id: Option<String>,
    /// How many items, 1 to 200; 10 unless told.
    n: Option<String>,
    /// Where the slate is shown; `home` unless told.
    surface: Option<String>,
    /// Items not to show, separated by commas.
    exclude: Option<String>,
    /// `exclude` (unless told) or `allow` items the person holds.
    owned: Option<String>,
}

/// Recommend
///
/// The decision is kept and can be replayed by its id.
#[utoipa::path(
    get,
    path = "/v1/recommendations",
    tag = "decisions",
    params(RecommendationQuery),
    responses(
        (status = 200, body = Recommendation),
        (status = 400, body = ProblemBody, description = "a parameter is wrong"),
        (status = 409, body = ProblemBody, description = "the shop has no trained model"),
    )
)]
pub(crate) async fn get_recommendations(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<RecommendationQuery>, QueryRejection>,
) -> Result<Json<Recommendation>, Problem> {
    let Query(query) = query?;
    let ask = read(query)?;
    let now = TimeMs(jiff::Timestamp::now().as_millisecond());
    let answer = ask_shop(&app, caller.site, move |shop| {
        let record = shop.recommend(&ask, now)?;
        Ok(Recommendation::of(record, &ask))
    });
    Ok(Json(answer.await?))
}

fn read(query: RecommendationQuery) -> Result<Ask, Problem> {
    let subject = match (&query.user_id, &query.anon_id, &query.item_id) {
        (Some(user), None, None) => Subject::UserId(id(user, "user_id")?),
        (None, Some(anon), None) => Subject::AnonId(id(anon, "anon_id")?),
        (None, None, Some(item)) => Subject::Item(id(item, "item_id")?),
        _ => return Err(Problem::query("user_id")),
    };
    let surface = query.surface.unwrap_or_else(|| "home".to_owned());
    if surface.is_empty() || surface.len() > NAME_BYTES.value {
        return Err(Problem::query("surface"));
    }
    let exclude = query.exclude.unwrap_or_default();
    let exclude: Vec<String> = exclude
        .split(',')
        .filter(|text| !text.trim().is_empty())
        .map(|text| id(text, "exclude"))
        .collect::<Result<_, _>>()?;
    if exclude.len() > SLATE.value {
        return Err(Problem::query("exclude"));
    }
    let owned_rule = match query.owned.as_deref() {
        None | Some("exclude") => OwnedRule::Exclude,
        Some("allow") => OwnedRule::Allow,
        Some(_) => return Err(Problem::query("owned")),
    };
    Ok(Ask { subject, n: count(query.n.as_deref(), N, "n")?, surface, exclude, owned_rule })
}
