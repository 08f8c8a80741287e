//! Every path × method × kind of key, from the document the server itself publishes.

use std::collections::BTreeMap;

use lake::KeyKind;
use serve::create_key;

use crate::house::{House, NEIGHBOUR, SHOP, purchase, site, view};

/// What each route must ask of a key, stated here a second time: `w`, `r`, `s`, or nothing.
const EXPECTED: [(&str, &str, &str); 27] = [
    ("GET", "/healthz", ""),
    ("GET", "/metrics", "rs"),
    ("GET", "/openapi.json", ""),
    ("GET", "/v1/analytics/attribution", "rs"),
    ("GET", "/v1/analytics/baskets", "rs"),
    ("GET", "/v1/analytics/fields", "rs"),
    ("GET", "/v1/analytics/funnel", "rs"),
    ("GET", "/v1/analytics/newcomers", "rs"),
    ("GET", "/v1/analytics/paths", "rs"),
    ("GET", "/v1/analytics/retention", "rs"),
    ("GET", "/v1/analytics/rfm", "rs"),
    ("GET", "/v1/analytics/segments", "rs"),
    ("GET", "/v1/features/{id}", "rs"),
    ("GET", "/v1/items", "rs"),
    ("GET", "/v1/items/{id}/reviews", "rs"),
    ("GET", "/v1/items/{id}/similar", "rs"),
    ("GET", "/v1/models", "rs"),
    ("GET", "/v1/models/{version}", "rs"),
    ("GET", "/v1/overview", "rs"),
    ("GET", "/v1/recommendations", "rs"),
    ("GET", "/v1/reviews/ask", "rs"),
    ("GET", "/v1/reviews/report", "rs"),
    ("GET", "/v1/users", "rs"),
    ("GET", "/v1/users/{id}", "rs"),
    ("POST", "/v1/events", "ws"),
    ("POST", "/v1/models/{version}/promote", "s"),
    ("POST", "/v1/reviews/classify", "rs"),
];

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

fn expected(method: &str, path: &str, key: Option<&str>) -> &'static [u16] {
    let method_of_row = if method == "HEAD" { "GET" } else { method };
    let row = EXPECTED.iter().find(|(m, p, _)| (*m, *p) == (method_of_row, path));
    match (row, key) {
        (None, _) if method == "OPTIONS" && path == "/v1/events" => &[204],
        (None, _) => &[405],
        (Some((_, _, "")), _) => &[200],
        (Some(_), None) => &[401],
        (Some((_, _, kinds)), Some(kind)) if !kinds.contains(kind) => &[403],
        // Let in: what the route says to a request without parameters in an empty shop.
        (Some((_, "/v1/recommendations" | "/v1/analytics/segments" | "/v1/reviews/ask", _)), _) => {
            &[400]
        }
        (Some((_, "/v1/items/{id}/reviews", _)), _) => &[404],
        (Some((_, "/v1/users/{id}" | "/v1/features/{id}", _)), _) => &[404],
        (Some((_, "/v1/models/{version}" | "/v1/models/{version}/promote", _)), _) => &[404],
        (Some((_, "/v1/items/{id}/similar", _)), _) => &[409],
        (Some(_), _) => &[200],
    }
}

#[test]
fn every_path_method_and_kind_of_key_answers_as_expected() {
    let house = House::open();
    let lake = house.shops.lake();
    let revoked = create_key(lake, &site(SHOP), KeyKind::Secret, "revoked").unwrap();
    assert!(lake.revoke_key(&site(SHOP), revoked.id).unwrap());
    let bearer = |key: &str| Some(format!("Bearer {key}"));
    let unknown = format!("sk_{}", "0".repeat(48));
    let headers: Vec<(&str, Option<String>, Option<&str>)> = vec![
        ("none", None, None),
        ("not bearer", Some(format!("Basic {}", house.secret)), None),
        ("unknown", bearer(&unknown), None),
        ("revoked", bearer(&revoked.text), None),
        ("cut short", bearer(&house.secret[..20]), None),
        ("write", bearer(&house.write), Some("w")),
        ("read", bearer(&house.read), Some("r")),
        ("secret", bearer(&house.secret), Some("s")),
        ("neighbour's read", bearer(&house.neighbour_read), Some("r")),
    ];
    let document = house.send("GET", "/openapi.json", &[], b"").json();
    let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths.len(), EXPECTED.len());
    let mut asked = 0;
    for path in paths {
        for method in METHODS {
            for (name, header, kind) in &headers {
                let auth: Vec<(&str, &str)> =
                    header.iter().map(|h| ("authorization", h.as_str())).collect();
                let asked_path = path.replace("{id}", "nobody").replace("{version}", "nothing");
                let body: &[u8] = if method == "POST" { b"[]" } else { b"" };
                let answer = house.send(method, &asked_path, &auth, body);
                let wanted = expected(method, path, *kind);
                assert!(
                    wanted.contains(&answer.status),
                    "{method} {path} with key {name}: {} instead of {wanted:?}",
                    answer.status,
                );
                if answer.status >= 400 && method != "HEAD" {
                    let error = &answer.json()["error"];
                    assert!(error["code"].is_string(), "{method} {path}: {error}");
                    assert!(error["message"]["en"].is_string());
                    assert!(error["message"]["zh"].is_string());
                }
                asked += 1;
            }
        }
    }
    assert_eq!(asked, EXPECTED.len() * METHODS.len() * headers.len());
}

#[test]
fn the_document_states_the_same_keys() {
    let house = House::open();
    let document = house.send("GET", "/openapi.json", &[], b"").json();
    let mut stated = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap();
            let kinds = security.iter().flat_map(|one| one["key"].as_array().unwrap());
            let kinds: String = kinds.map(|kind| &kind.as_str().unwrap()[..1]).collect();
            stated.insert((method.to_uppercase(), path.clone()), kinds);
        }
    }
    let expected: BTreeMap<_, _> = EXPECTED
        .iter()
        .map(|(m, p, kinds)| (((*m).to_owned(), (*p).to_owned()), (*kinds).to_owned()))
        .collect();
    assert_eq!(stated, expected);
}

#[test]
fn a_revoked_key_is_refused_from_the_next_request_on() {
    let house = House::open();
    let key = create_key(house.shops.lake(), &site(SHOP), KeyKind::Read, "soon gone").unwrap();
    assert_eq!(house.get_with("/v1/overview", &key.text).status, 200);
    assert!(house.shops.lake().revoke_key(&site(SHOP), key.id).unwrap());
    assert_eq!(house.get_with("/v1/overview", &key.text).code(), "key_unknown");
}

#[test]
fn a_key_sees_its_own_shop_only() {
    let house = House::open();
    let order = purchase("o1", "alice", "mug", 2, "2026-03-02T10:00:00Z");
    let secret = house.secret.clone();
    let answer = house.post(&secret, &[], serde_json::json!([order]).to_string().as_bytes());
    assert_eq!(answer.json()["accepted"], 1, "{answer:?}");
    assert_eq!(house.ingest(&[view("v1", "alice", "mug")]).json()["accepted"], 1);

    let neighbour = |path: &str| house.get_with(path, &house.neighbour_read);
    assert_eq!(house.get("/v1/users/alice").status, 200);
    assert_eq!(neighbour("/v1/users/alice").code(), "user_unknown");
    assert_eq!(house.get("/v1/users?query=al").json()["users"].as_array().unwrap().len(), 1);
    assert!(neighbour("/v1/users?query=al").json()["users"].as_array().unwrap().is_empty());
    let overview = neighbour("/v1/overview").json();
    assert_eq!(overview["site"], NEIGHBOUR);
    assert_eq!(overview["freshness"]["events"], 0);
    let metrics = String::from_utf8(neighbour("/metrics").body).unwrap();
    assert!(!metrics.contains(&format!("site=\"{SHOP}\"")), "{metrics}");
}

#[test]
fn keys_are_stored_as_hashes_only() {
    let house = House::open();
    let keys = [house.write.clone(), house.read.clone(), house.secret.clone()];
    let dir = house.close();
    let mut searched = 0;
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for key in &keys {
                let found = bytes.windows(key.len()).any(|window| window == key.as_bytes());
                assert!(!found, "{} holds a key", path.display());
            }
            searched += bytes.len();
        }
    }
    assert!(searched > 10_000);
}
