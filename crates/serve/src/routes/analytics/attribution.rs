//! `GET /v1/analytics/attribution`: which channels brought the orders.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// Attribution of orders to channels
///
/// Orders credited to the channels of the touches before them, by five models; each model's
/// credits sum to all orders.
#[utoipa::path(
    get,
    path = "/v1/analytics/attribution",
    tag = "analytics",
    params(
        (
            "window" = Option<String>,
            Query,
            description = "How long before an order a touch counts; `30d` unless told"
        ),
        (
            "half_life" = Option<String>,
            Query,
            description = "Time in which a touch loses half its weight; `7d` unless told"
        ),
        (
            "gap" = Option<String>,
            Query,
            description = "Quiet that ends a session; `30m` unless told"
        ),
        (
            "channels" = Option<String>,
            Query,
            description = "Channels told apart, 1 to 200; 50 unless told"
        ),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "orders", "orders": 2, "revenue_minor": 5000,
                 "channels": [{"channel": "(direct)", "touches": 3, "first": 2.0, "last": 2.0,
                   "linear": 2.0, "time_decay": 2.0, "markov": 2.0,
                   "revenue_minor": {"first": 5000, "last": 5000, "linear": 5000,
                     "time_decay": 5000,
                     "markov": 5000}}],
                 "paths_n": 1, "unconverted": 1}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_attribution(
    State(app): State<App>,
    caller: Caller,
    asked: Asked,
) -> Answer {
    answer(app, caller, asked, "attribution", |shop, parameters| shop.attribution(parameters)).await
}
