//! The dashboard, the headers of answers, and what other origins may do.

use crate::house::House;

#[test]
fn the_dashboard_is_open_and_kept_in_its_place() {
    let house = House::open();
    let page = house.send("GET", "/", &[], b"");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"));
    let text = String::from_utf8(page.body).unwrap();
    let scripts: Vec<&str> = text.split("src=\"./").skip(1).collect();
    assert!(!scripts.is_empty(), "the build is committed");
    for script in scripts {
        let path = format!("/{}", script.split('"').next().unwrap());
        let file = house.send("GET", &path, &[], b"");
        assert_eq!(file.status, 200, "{path}");
        assert!(file.header("cache-control").unwrap().contains("immutable"), "{path}");
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(house.send("HEAD", "/", &[], b"").status, 200);
    assert_eq!(house.send("DELETE", "/", &[], b"").status, 405);
}

#[test]
fn unknown_paths_are_404_in_json() {
    let house = House::open();
    for path in ["/v1", "/v1/nothing", "/v2/events", "/../Cargo.toml", "/assets/", "/healthz/"] {
        let answer = house.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"), "{path}");
    }
    assert_eq!(house.send("POST", "/v1/nothing", &[], b"{}").code(), "not_found");
}

#[test]
fn answers_are_not_kept_and_run_nothing() {
    let house = House::open();
    for answer in [house.get("/v1/overview"), house.get("/v1/nothing"), house.get("/metrics")] {
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"));
    }
    let refused = house.send("GET", "/v1/overview", &[], b"");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
}

#[test]
fn pages_of_other_origins_may_send_events_and_nothing_else() {
    let house = House::open();
    let origin = ("origin", "https://shop.example");
    let preflight = house.send("OPTIONS", "/v1/events", &[origin], b"");
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("POST"));
    let sent = house.post(&house.write, &[origin], b"[]");
    assert_eq!(sent.header("access-control-allow-origin"), Some("*"));
    let refused = house.post("wk_wrong", &[origin], b"[]");
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "so the page can read it");
    for path in ["/v1/overview", "/metrics", "/openapi.json"] {
        let bearer = format!("Bearer {}", house.read);
        let answer = house.send("GET", path, &[origin, ("authorization", &bearer)], b"");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(house.send("OPTIONS", path, &[origin], b"").status, 405);
    }
}

#[test]
fn health_and_metrics_speak_their_formats() {
    let house = House::open();
    let health = house.send("GET", "/healthz", &[], b"").json();
    assert_eq!(health["status"], "ok");
    let metrics = house.get("/metrics");
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = String::from_utf8(metrics.body).unwrap();
    let counted = "dongcha_requests_total{route=\"/healthz\",method=\"GET\",status=\"200\"} 1";
    assert!(text.lines().any(|line| line == counted), "{text}");
    assert!(text.contains("dongcha_build_info{version="));
}
