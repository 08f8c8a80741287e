//! The application: its shared state, and the router made of routes and gates.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use event::limits::BODY_BYTES;
use tokio::sync::Semaphore;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{self, Access, Needs};
use crate::metrics::Metrics;
use crate::problem::ProblemBody;
use crate::shop::Shops;
use crate::{gate, routes};

/// Requests under way at once; beyond it clients are asked to come back.
const IN_FLIGHT: usize = 1024;

/// What every route shares.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// The parts of an [`App`].
pub(crate) struct Parts {
    /// The shops.
    pub shops: Shops,
    /// What is counted.
    pub metrics: Metrics,
    /// The OpenAPI document as text.
    pub open_api: Bytes,
    /// One permit per request under way.
    pub in_flight: Semaphore,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Dongcha 洞察", description = "Events in, explained decisions out."),
    components(schemas(ProblemBody))
)]
struct Document;

/// The routes, each with its part of the OpenAPI document.
fn documented() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(routes::events::post_events))
        .routes(routes!(routes::recommendations::get_recommendations))
        .routes(routes!(routes::items::get_items))
        .routes(routes!(routes::similar::get_similar))
        .routes(routes!(routes::item_reviews::get_item_reviews))
        .routes(routes!(routes::reviews::report::get_report))
        .routes(routes!(routes::reviews::ask::get_ask))
        .routes(routes!(routes::reviews::classify::post_classify))
        .routes(routes!(routes::users::get_users))
        .routes(routes!(routes::users::get_user))
        .routes(routes!(routes::features::get_features))
        .routes(routes!(routes::overview::get_overview))
        .routes(routes!(routes::models::get_models))
        .routes(routes!(routes::models::get_model))
        .routes(routes!(routes::models::post_promote))
        .routes(routes!(routes::analytics::funnel::get_funnel))
        .routes(routes!(routes::analytics::retention::get_retention))
        .routes(routes!(routes::analytics::paths::get_paths))
        .routes(routes!(routes::analytics::newcomers::get_newcomers))
        .routes(routes!(routes::analytics::rfm::get_rfm))
        .routes(routes!(routes::analytics::attribution::get_attribution))
        .routes(routes!(routes::analytics::baskets::get_baskets))
        .routes(routes!(routes::analytics::segments::get_segments))
        .routes(routes!(routes::analytics::fields::get_fields))
        .routes(routes!(routes::metrics::get_metrics))
        .routes(routes!(routes::health::get_health))
        .routes(routes!(routes::openapi::get_openapi))
}

/// The OpenAPI document, as served at `/openapi.json`.
pub fn open_api() -> utoipa::openapi::OpenApi {
    let mut document = documented().into_openapi();
    let components = document.components.get_or_insert_default();
    let mut http = Http::new(HttpAuthScheme::Bearer);
    http.description = Some("A key made with `dongcha key create`.".to_owned());
    components.security_schemes.insert("key".to_owned(), SecurityScheme::Http(http).into());
    for access in access::TABLE {
        let item = document.paths.paths.get_mut(access.path);
        if let Some(operation) = item.and_then(|item| operation(item, access)) {
            describe_access(operation, access);
        }
    }
    document
}

fn operation<'a>(item: &'a mut PathItem, access: &Access) -> Option<&'a mut Operation> {
    match access.method.as_str() {
        "POST" => item.post.as_mut(),
        _ => item.get.as_mut(),
    }
}

/// States in the document what the table states.
fn describe_access(operation: &mut Operation, access: &Access) {
    match access.needs {
        Needs::Nothing => operation.security = Some(Vec::new()),
        Needs::Key(kinds) => {
            let kinds = kinds.iter().map(|kind| format!("{}_", kind.prefix()));
            operation.security = Some(vec![SecurityRequirement::new("key", kinds)]);
            for (status, why) in [
                ("401", "no key, or one that is not known"),
                ("403", "a key of another kind"),
                ("503", "busy, stopping, or storage failed: try again"),
            ] {
                let responses = &mut operation.responses.responses;
                responses.entry(status.to_owned()).or_insert_with(|| refusal(why).into());
            }
        }
    }
}

fn refusal(why: &str) -> Response {
    let body = Ref::from_schema_name("ProblemBody");
    let content = ContentBuilder::new().schema(Some(body)).build();
    ResponseBuilder::new().description(why).content("application/json", content).build()
}

/// The whole service as one router.
pub(crate) fn router(shops: Shops) -> Router {
    let open_api = open_api().to_json().unwrap_or_default().into_bytes().into();
    let app = App(Arc::new(Parts {
        shops,
        metrics: Metrics::new(),
        open_api,
        in_flight: Semaphore::new(IN_FLIGHT),
    }));
    let (routes, _) = documented().split_for_parts();
    routes
        .fallback(routes::dashboard::get_file)
        .layer(DefaultBodyLimit::max(BODY_BYTES.value))
        .layer(middleware::from_fn_with_state(app.clone(), gate::guard))
        .layer(middleware::from_fn_with_state(app.clone(), gate::observe))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_document_and_the_table_of_access_list_the_same_routes() {
        let document = serde_json::to_value(open_api()).unwrap();
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                documented.insert((method.to_uppercase(), path.clone()));
            }
        }
        let listed = access::TABLE.iter().map(|a| (a.method.to_string(), a.path.to_owned()));
        assert_eq!(documented, listed.collect());
    }

    #[test]
    fn the_document_says_which_keys_open_a_route() {
        let document = serde_json::to_value(open_api()).unwrap();
        let security =
            |path: &str, method: &str| document["paths"][path][method]["security"].clone();
        assert_eq!(security("/v1/events", "post"), serde_json::json!([{"key": ["wk_", "sk_"]}]));
        assert_eq!(security("/healthz", "get"), serde_json::json!([]));
        let refused = &document["paths"]["/v1/overview"]["get"]["responses"]["401"];
        let body = &refused["content"]["application/json"]["schema"]["$ref"];
        assert_eq!(body, "#/components/schemas/ProblemBody");
        assert!(document["components"]["securitySchemes"]["key"].is_object());
        assert!(document["components"]["schemas"]["ProblemBody"].is_object());
    }
}
