//! `GET /v1/analytics/segments`: whom a rule over features picks out.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// A segment
///
/// How many people a rule picks out, who the first of them are, and how their features differ
/// from everybody's. A rule joins comparisons with `and`, `or`, `not` and brackets; see
/// `/v1/analytics/fields` for what it may ask for.
#[utoipa::path(
    get,
    path = "/v1/analytics/segments",
    tag = "analytics",
    params(
        ("where" = String, Query, description = "The rule, such as `orders_all >= 2`"),
        ("as_of" = Option<String>, Query, description = "A day; the last event unless told"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "people", "rule": "orders_all >= 2", "people": 4, "total": 10,
                 "share": 0.4,
                 "profile": [{"feature": "orders_all", "in_mean": 3.5, "all_mean": 1.2}],
                 "sample": ["u:alice"]}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_segments(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    answer(app, caller, asked, "segments", |shop, parameters| shop.segments(parameters)).await
}
