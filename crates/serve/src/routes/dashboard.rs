//! Everything that is no route: a file of the dashboard, or 404.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use dashboard::Asset;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::problem::{Code, Problem};

/// Only what this server itself serves, no inline script or style, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// A file of the dashboard.
pub(crate) async fn get_file(method: Method, uri: Uri, asked: HeaderMap) -> Response {
    let found = match (uri.path(), dashboard::asset(uri.path())) {
        (_, Some(asset)) => Some(asset),
        ("/", None) => Some(dashboard::fallback()),
        _ => None,
    };
    match found {
        Some(asset) if method == Method::GET || method == Method::HEAD => {
            send(asset, accepts_gzip(&asked))
        }
        Some(_) => {
            let mut response = Problem::from(Code::MethodNotAllowed).into_response();
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
            response
        }
        None => Problem::from(Code::NotFound).into_response(),
    }
}

fn accepts_gzip(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|list| list.split(',').any(|one| one.trim() == "gzip"))
}

/// The files packed once, by the place of their bytes: a program's own files never change.
static PACKED: Mutex<BTreeMap<usize, Bytes>> = Mutex::new(BTreeMap::new());

/// The bytes of a file packed, or nothing where packing fails or does not pay.
fn packed(asset: &Asset) -> Option<Bytes> {
    let mut known = PACKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known.get(&(asset.bytes.as_ptr() as usize)) {
        return Some(bytes.clone());
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(asset.bytes).ok()?;
    let bytes = Bytes::from(packer.finish().ok()?);
    if bytes.len() >= asset.bytes.len() {
        return None;
    }
    known.insert(asset.bytes.as_ptr() as usize, bytes.clone());
    Some(bytes)
}

fn send(asset: Asset, gzip: bool) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if asset.content_type.starts_with("text/html") {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    match packed(&asset).filter(|_| gzip) {
        Some(bytes) => {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            (headers, bytes).into_response()
        }
        None => (headers, asset.bytes).into_response(),
    }
}
