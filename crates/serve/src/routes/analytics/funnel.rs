//! `GET /v1/analytics/funnel`: people through steps in order.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// A funnel
///
/// People who go through steps in order within a window, counted once each by the attempt that
/// gets furthest; where they drop off, and by segment if asked.
#[utoipa::path(
    get,
    path = "/v1/analytics/funnel",
    tag = "analytics",
    params(
        (
            "steps" = Option<String>,
            Query,
            description = "2 to 12 steps with commas, `type` or `type[field=value,…]`; \
                           `view,cart,purchase` unless told"
        ),
        (
            "window" = Option<String>,
            Query,
            description = "Longest time from first to last step, such as `24h`; `7d` unless told"
        ),
        (
            "by" = Option<String>,
            Query,
            description = "country, device, source, campaign, medium or channel"
        ),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "people", "window_ms": 604800000, "by": "device",
                 "steps": [{"label": "view", "people": 10, "share_of_first": 1.0,
                   "share_of_previous": null, "median_ms_from_previous": null}],
                 "segments": [{"segment": "mobile", "steps": []}]}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_funnel(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    answer(app, caller, asked, "funnel", |shop, parameters| shop.funnel(parameters)).await
}
