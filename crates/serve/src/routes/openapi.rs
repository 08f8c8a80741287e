//! `GET /openapi.json`: this API, described from its code.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// This document
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "service",
    responses((status = 200, body = serde_json::Value))
)]
pub(crate) async fn get_openapi(State(app): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], app.open_api.clone()).into_response()
}
