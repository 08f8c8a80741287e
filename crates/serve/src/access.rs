//! Who may do what: every route with the kinds of keys that open it. What is not listed here is
//! refused. The gate, the OpenAPI document and the tests read this one table.

use axum::http::Method;
use lake::KeyKind;

/// What a route asks of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: anybody may ask.
    Nothing,
    /// A key of one of these kinds.
    Key(&'static [KeyKind]),
}

/// One row of the table.
#[derive(Debug, Clone)]
pub struct Access {
    /// Method; `HEAD` is taken as `GET`.
    pub method: Method,
    /// Path, with parameters in braces.
    pub path: &'static str,
    /// What it asks of a key.
    pub needs: Needs,
    /// Whether a page of any origin may call it.
    pub any_origin: bool,
}

impl Access {
    /// Whether a key of this kind opens the route.
    pub fn allows(&self, kind: KeyKind) -> bool {
        match self.needs {
            Needs::Nothing => true,
            Needs::Key(kinds) => kinds.contains(&kind),
        }
    }
}

const READERS: Needs = Needs::Key(&[KeyKind::Read, KeyKind::Secret]);
const WRITERS: Needs = Needs::Key(&[KeyKind::Write, KeyKind::Secret]);

const OWNERS: Needs = Needs::Key(&[KeyKind::Secret]);

const fn get(path: &'static str, needs: Needs) -> Access {
    Access { method: Method::GET, path, needs, any_origin: false }
}

/// The table.
pub const TABLE: &[Access] = &[
    Access { method: Method::POST, path: "/v1/events", needs: WRITERS, any_origin: true },
    get("/v1/recommendations", READERS),
    get("/v1/items", READERS),
    get("/v1/items/{id}/similar", READERS),
    get("/v1/items/{id}/reviews", READERS),
    get("/v1/reviews/report", READERS),
    get("/v1/reviews/ask", READERS),
    Access {
        method: Method::POST,
        path: "/v1/reviews/classify",
        needs: READERS,
        any_origin: false,
    },
    get("/v1/users", READERS),
    get("/v1/users/{id}", READERS),
    get("/v1/features/{id}", READERS),
    get("/v1/overview", READERS),
    get("/v1/models", READERS),
    get("/v1/models/{version}", READERS),
    Access {
        method: Method::POST,
        path: "/v1/models/{version}/promote",
        needs: OWNERS,
        any_origin: false,
    },
    get("/v1/analytics/funnel", READERS),
    get("/v1/analytics/retention", READERS),
    get("/v1/analytics/paths", READERS),
    get("/v1/analytics/newcomers", READERS),
    get("/v1/analytics/rfm", READERS),
    get("/v1/analytics/attribution", READERS),
    get("/v1/analytics/baskets", READERS),
    get("/v1/analytics/segments", READERS),
    get("/v1/analytics/fields", READERS),
    get("/metrics", READERS),
    get("/healthz", Needs::Nothing),
    get("/openapi.json", Needs::Nothing),
];

/// The row of a method and path.
pub fn find(method: &Method, path: &str) -> Option<&'static Access> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    of_path(path).find(|access| access.method == *method)
}

/// The rows of a path.
pub fn of_path(path: &str) -> impl Iterator<Item = &'static Access> {
    TABLE.iter().filter(move |access| access.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_listed_has_no_row() {
        assert!(find(&Method::POST, "/v1/events").is_some());
        assert!(find(&Method::HEAD, "/v1/overview").is_some());
        assert!(find(&Method::GET, "/v1/events").is_none());
        assert!(find(&Method::DELETE, "/v1/users/{id}").is_none());
        assert!(find(&Method::GET, "/v1/keys").is_none());
    }

    #[test]
    fn a_public_key_can_only_send() {
        let open_to_write = TABLE
            .iter()
            .filter(|access| access.needs != Needs::Nothing && access.allows(KeyKind::Write));
        let paths: Vec<_> = open_to_write.map(|access| access.path).collect();
        assert_eq!(paths, ["/v1/events"]);
    }
}
