//! `GET /v1/analytics/newcomers`: who is new and who returns, by period.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// New and returning people
///
/// People whose first such event lies in a period, and those who had come before, with what
/// each group spent.
#[utoipa::path(
    get,
    path = "/v1/analytics/newcomers",
    tag = "analytics",
    params(
        ("period" = Option<String>, Query, description = "day, week or month; week unless told"),
        (
            "event" = Option<String>,
            Query,
            description = "What counts as coming: `type` or `type[field=value,…]`; \
                           `purchase` unless told"
        ),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "people", "period": "week", "event": "purchase", "currency": "GBP",
                 "other_currency": 0,
                 "periods": [{"start": "2026-03-02", "new": 4, "returning": 2,
                   "new_revenue_minor": 9000, "returning_revenue_minor": 7000}]}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_newcomers(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    answer(app, caller, asked, "newcomers", |shop, parameters| shop.newcomers(parameters)).await
}
