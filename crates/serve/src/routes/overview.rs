//! `GET /v1/overview`: the shop at a glance.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use super::ask_shop;
use crate::answer::Overview;
use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Problem, ProblemBody};

/// A range of days in the shop's zone.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverviewQuery {
    /// First day counted, `YYYY-MM-DD`.
    from: Option<String>,
    /// First day no longer counted, `YYYY-MM-DD`.
    to: Option<String>,
}

/// The shop at a glance
///
/// Totals and weeks, with what each figure means.
#[utoipa::path(
    get,
    path = "/v1/overview",
    tag = "figures",
    params(OverviewQuery),
    responses(
        (status = 200, body = Overview),
        (status = 400, body = ProblemBody, description = "not a day, or an empty range"),
    )
)]
pub(crate) async fn get_overview(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<OverviewQuery>, QueryRejection>,
) -> Result<Json<Overview>, Problem> {
    let Query(query) = query?;
    let (from, to) = (day(query.from, "from")?, day(query.to, "to")?);
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        return Err(Problem::query("to"));
    }
    let answer = ask_shop(&app, caller.site, move |shop| Overview::of(shop, from, to));
    Ok(Json(answer.await?))
}

fn day(text: Option<String>, parameter: &str) -> Result<Option<Date>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let date = Date::strptime("%Y-%m-%d", &text).map_err(|_| Problem::query(parameter))?;
    if (1900..=9000).contains(&date.year()) {
        Ok(Some(date))
    } else {
        Err(Problem::query(parameter))
    }
}
