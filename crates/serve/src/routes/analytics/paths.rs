//! `GET /v1/analytics/paths`: sequences of steps and what follows what.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// Paths through sessions
///
/// The most frequent sequences of steps, from the start of a session or around an event, and
/// which step follows which.
#[utoipa::path(
    get,
    path = "/v1/analytics/paths",
    tag = "analytics",
    params(
        (
            "gap" = Option<String>,
            Query,
            description = "Quiet that ends a session; `30m` unless told"
        ),
        (
            "depth" = Option<String>,
            Query,
            description = "Longest path in steps, 1 to 20; 5 unless told"
        ),
        ("top" = Option<String>, Query, description = "How many paths, 1 to 1000; 20 unless told"),
        (
            "around" = Option<String>,
            Query,
            description = "An event to look around: `type` or `type[field=value,…]`"
        ),
        ("side" = Option<String>, Query, description = "start, or before or after that event"),
        (
            "keep_repeats" = Option<String>,
            Query,
            description = "true to count the same step in a row each time"
        ),
        (
            "by_category" = Option<String>,
            Query,
            description = "true to tell steps apart by the category of their item"
        ),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "sessions", "sessions": 10,
                 "nodes": [{"node": "view", "sessions": 8}],
                 "top": [{"steps": ["view", "cart"], "sessions": 4, "share": 0.4}],
                 "transitions": [{"from": "(start)", "to": "view", "count": 8, "share": 0.8}],
                 "around": null, "side": "start"}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_paths(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    answer(app, caller, asked, "paths", |shop, parameters| shop.paths(parameters)).await
}
