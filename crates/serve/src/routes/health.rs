//! `GET /healthz`: whether the service runs.

use axum::Json;

use crate::answer::Health;

/// Whether the service runs
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = Health)))]
pub(crate) async fn get_health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}
