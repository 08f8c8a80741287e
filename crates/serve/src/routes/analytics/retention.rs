//! `GET /v1/analytics/retention`: who comes back, by cohort.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// Retention by cohort
///
/// People by the period of their first event, and how many came back in each period after;
/// `complete` says how many periods of a cohort are over.
#[utoipa::path(
    get,
    path = "/v1/analytics/retention",
    tag = "analytics",
    params(
        ("period" = Option<String>, Query, description = "day, week or month; week unless told"),
        (
            "first" = Option<String>,
            Query,
            description = "What begins: `type` or `type[field=value,…]`; `purchase` unless told"
        ),
        (
            "again" = Option<String>,
            Query,
            description = "What counts as coming back; the same as `first` unless told"
        ),
        (
            "periods" = Option<String>,
            Query,
            description = "Most periods after a cohort's own, 1 to 400; 12 unless told"
        ),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "people", "period": "week", "first": "purchase", "again": "purchase",
                 "cohorts": [{"start": "2026-03-02", "people": 10, "returned": [10, 4],
                   "complete": 2}],
                 "average": [1.0, 0.4]}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_retention(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    answer(app, caller, asked, "retention", |shop, parameters| shop.retention(parameters)).await
}
