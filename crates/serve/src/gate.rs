//! The gates every request passes before any work: how many are under way, the route, the key.

use std::time::Instant;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use event::SiteId;
use lake::KeyKind;

use crate::access::{self, Access, Needs};
use crate::app::App;
use crate::key::key_hash;
use crate::problem::{Code, Problem};
use crate::routes::blocking;

/// Whose key a request carries.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The shop the key belongs to; the only one the request can see.
    pub site: SiteId,
    /// What the key may do.
    pub kind: KeyKind,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::from(Code::KeyMissing))
    }
}

/// The outermost layer: bounds what is under way, counts, logs, and adds the headers that every
/// answer carries.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    let route = route(&request);
    let has_body = has_body(request.headers());
    let mut response = match app.in_flight.try_acquire() {
        Ok(_permit) => next.run(request).await,
        Err(_) => Problem::from(Code::Busy).into_response(),
    };
    let status = response.status();
    let elapsed = start.elapsed();
    app.metrics.request(&route, &method, status, elapsed);
    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let (route, status) = (route.as_str(), status.as_u16());
    if status >= 400 {
        tracing::info!(%method, route, status, ms, "refused");
    } else {
        tracing::debug!(%method, route, status, ms, "answered");
    }
    if has_body && status >= 400 {
        // The body may not have been read: the connection cannot be used again, and a client
        // that is not told so would try.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    harden(response.headers_mut());
    response
}

/// Whether a body follows the head of a request.
fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

/// The route as logs and metrics name it: never the path itself, which may hold an id.
fn route(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(path) => path.as_str().to_owned(),
        None => "other".to_owned(),
    }
}

/// Headers of every answer, unless the route set its own.
fn harden(headers: &mut HeaderMap) {
    let defaults: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// Lets a request through to its route when the table of [`access`] says so.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        // No route: the dashboard's file or 404, both open.
        return next.run(request).await;
    };
    let Some(row) = access::find(request.method(), path.as_str()) else {
        return match request.method() {
            &Method::OPTIONS if access::of_path(path.as_str()).any(|row| row.any_origin) => {
                preflight()
            }
            _ => not_allowed(path.as_str()),
        };
    };
    let mut response = match admit(&app, row, request.headers()).await {
        Ok(caller) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    };
    if row.any_origin {
        let any = HeaderValue::from_static("*");
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    }
    response
}

/// Checks the key; `None` where the route needs none.
async fn admit(app: &App, row: &Access, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
    if row.needs == Needs::Nothing {
        return Ok(None);
    }
    let hash = key_hash(bearer(headers).ok_or(Code::KeyMissing)?);
    let lake = app.shops.lake().clone();
    let found = blocking(move || Ok(lake.find_key(hash)?)).await?;
    let key = found.filter(|key| key.revoked.is_none()).ok_or(Code::KeyUnknown)?;
    if !row.allows(key.kind) {
        return Err(Code::KeyNotAllowed.into());
    }
    Ok(Some(Caller { site: key.site, kind: key.kind }))
}

/// The token of `Authorization: Bearer …`.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn not_allowed(path: &str) -> Response {
    let mut response = Problem::from(Code::MethodNotAllowed).into_response();
    let methods: Vec<&str> = access::of_path(path).map(|row| row.method.as_str()).collect();
    if let Ok(value) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

/// The answer to a browser that asks whether its page may send.
fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(value: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn only_a_bearer_token_is_a_key() {
        assert_eq!(token("Bearer rk_1").as_deref(), Some("rk_1"));
        assert_eq!(token("bearer  rk_1 ").as_deref(), Some("rk_1"));
        for other in ["rk_1", "Basic rk_1", "Bearer", "Bearer "] {
            assert_eq!(token(other), None, "{other}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
