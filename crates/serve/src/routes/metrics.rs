//! `GET /metrics`: what the service counts, for Prometheus.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Code, Problem};

/// Content type of the OpenMetrics text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the service counts
///
/// Figures of the service and of the key's own shop, in the OpenMetrics text format.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"))
)]
pub(crate) async fn get_metrics(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, Problem> {
    let text = app.metrics.text(&caller.site).map_err(|_| Problem::from(Code::Internal))?;
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
