//! Everything that is no route: a file of the dashboard, or 404.

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use dashboard::Asset;

use crate::problem::{Code, Problem};

/// Only what this server itself serves, no inline script or style, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// A file of the dashboard.
pub(crate) async fn get_file(method: Method, uri: Uri) -> Response {
    let found = match (uri.path(), dashboard::asset(uri.path())) {
        (_, Some(asset)) => Some(asset),
        ("/", None) => Some(dashboard::fallback()),
        _ => None,
    };
    match found {
        Some(asset) if method == Method::GET || method == Method::HEAD => send(asset),
        Some(_) => {
            let mut response = Problem::from(Code::MethodNotAllowed).into_response();
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
            response
        }
        None => Problem::from(Code::NotFound).into_response(),
    }
}

fn send(asset: Asset) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if asset.content_type.starts_with("text/html") {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    (headers, asset.bytes).into_response()
}
