//! `GET /v1/analytics/rfm`: known buyers by recency, frequency and money.

use super::{Answer, Asked, answer};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::ProblemBody;
use axum::extract::State;

/// The RFM grid
///
/// Known buyers scored 1 to 5 by recency, frequency and money, on a grid of recency by
/// frequency, and in named groups.
#[utoipa::path(
    get,
    path = "/v1/analytics/rfm",
    tag = "analytics",
    params(
        (
            "as_of" = Option<String>,
            Query,
            description = "The day recency is told from; that of the last order unless told"
        ),
        ("from" = Option<String>, Query, description = "First day counted, `YYYY-MM-DD`"),
        ("to" = Option<String>, Query, description = "First day no longer counted"),
    ),
    responses(
        (
            status = 200,
            body = Value,
            example = json!(
                {"counting": "people", "as_of": "2026-03-31", "people": 1, "orders": 2,
                 "revenue_minor": 5000,
                 "cells": [{"r": 5, "f": 5, "group": "champions", "people": 1,
                   "revenue_minor": 5000,
                   "average_recency_days": 0.0}],
                 "named": [{"name": {"en": "Champions", "zh": "冠军顾客"}, "code": "champions",
                   "people": 1,
                   "revenue_minor": 5000}],
                 "bounds": {"recency_days": [{"score": 5, "least": 0, "most": 0, "people": 1}],
                   "orders": [], "revenue_minor": []}}
            )
        ),
        (status = 400, body = ProblemBody, description = "a parameter that cannot be used"),
    )
)]
pub(crate) async fn get_rfm(State(app): State<App>, caller: Caller, asked: Asked) -> Answer {
    answer(app, caller, asked, "rfm", |shop, parameters| shop.rfm(parameters)).await
}
