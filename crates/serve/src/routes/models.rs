//! `GET /v1/models`, `GET /v1/models/{version}` and `POST /v1/models/{version}/promote`.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};

use super::{ask_shop, id};
use crate::answer::{ModelVersion, ModelVersionWhole, ModelVersions};
use crate::app::App;
use crate::gate::Caller;
use crate::problem::{Problem, ProblemBody};

/// List the versions of the models
///
/// Newest first, each with what it was made from, how it did and when it came to serve.
#[utoipa::path(
    get,
    path = "/v1/models",
    tag = "models",
    responses((status = 200, body = ModelVersions))
)]
pub(crate) async fn get_models(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<ModelVersions>, Problem> {
    let models = ask_shop(&app, caller.site, |shop| {
        let versions = shop.versions()?.into_iter();
        Ok(versions.map(|version| ModelVersion::of(version, shop)).collect())
    });
    Ok(Json(ModelVersions { models: models.await? }))
}

/// See one version
///
/// With the report of its training: every family on validation and test weeks.
#[utoipa::path(
    get,
    path = "/v1/models/{version}",
    tag = "models",
    params(("version" = String, Path, description = "The version")),
    responses(
        (status = 200, body = ModelVersionWhole),
        (status = 404, body = ProblemBody, description = "no such version"),
    )
)]
pub(crate) async fn get_model(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ModelVersionWhole>, Problem> {
    let Path(path) = path?;
    let version = id(&path, "version")?;
    let found = ask_shop(&app, caller.site, move |shop| {
        Ok(ModelVersionWhole::of(shop.version(&version)?, shop))
    });
    Ok(Json(found.await?))
}

/// Let a version serve
///
/// It is checked first; if it does not pass, the one that serves stays.
#[utoipa::path(
    post,
    path = "/v1/models/{version}/promote",
    tag = "models",
    params(("version" = String, Path, description = "The version")),
    responses(
        (status = 200, body = ModelVersion),
        (status = 404, body = ProblemBody, description = "no such version"),
        (status = 409, body = ProblemBody, description = "it did not pass the checks"),
    )
)]
pub(crate) async fn post_promote(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<ModelVersion>, Problem> {
    let Path(path) = path?;
    let version = id(&path, "version")?;
    let promoted = ask_shop(&app, caller.site, move |shop| {
        Ok(ModelVersion::of(shop.promote(&version)?, shop))
    });
    Ok(Json(promoted.await?))
}
