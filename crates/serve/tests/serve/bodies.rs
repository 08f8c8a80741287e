//! Bodies and parameters that should not be: refused with a code, never a fault of the server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use event::limits::{BATCH_EVENTS, BODY_BYTES, EVENT_BYTES};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::house::{House, view};

/// What a server says to raw bytes, when the client sends no more.
fn raw(house: &House, text: &str, end: bool) -> String {
    let mut stream = TcpStream::connect(house.addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    if end {
        stream.shutdown(Shutdown::Write).unwrap();
    }
    let mut answer = Vec::new();
    let mut buffer = [0_u8; 4096];
    while let Ok(n) = stream.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..n]);
        if n == 0 || answer.ends_with(b"}}") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(house: &House, key: &str, more: &str) -> String {
    format!(
        "POST /v1/events HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\n{more}\r\n",
        house.addr
    )
}

#[test]
fn the_gates_stand_in_their_order() {
    let house = House::open();
    let large = format!("Content-Length: {}\r\n", BODY_BYTES.value + 1);
    // None of these sends a byte of the body: each is refused before one is read.
    let no_key = raw(&house, &head(&house, "wk_wrong", &large), false);
    assert!(no_key.starts_with("HTTP/1.1 401") && no_key.contains("key_unknown"), "{no_key}");
    let wrong_kind = raw(&house, &head(&house, &house.read, &large), false);
    assert!(wrong_kind.starts_with("HTTP/1.1 403"), "{wrong_kind}");
    let large = format!("{large}Content-Encoding: gzip\r\n");
    let size = raw(&house, &head(&house, &house.write, &large), false);
    assert!(size.starts_with("HTTP/1.1 413") && size.contains("body_too_large"), "{size}");
    let zipped = "Content-Encoding: gzip\r\nContent-Type: image/png\r\nContent-Length: 9\r\n";
    let zipped = raw(&house, &head(&house, &house.write, zipped), false);
    assert!(zipped.contains("content_encoding_unsupported"), "{zipped}");
    let picture = "Content-Type: image/png\r\nContent-Length: 9\r\n";
    let picture = raw(&house, &head(&house, &house.write, picture), false);
    assert!(picture.contains("content_type_unsupported"), "{picture}");
}

#[test]
fn a_body_without_a_stated_length_is_bounded_too() {
    let house = House::open();
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, "a".repeat(64 * 1024));
    let chunks = chunk.repeat(BODY_BYTES.value / (64 * 1024) + 1);
    let request = head(&house, &house.write, "Transfer-Encoding: chunked\r\n");
    let answer = raw(&house, &format!("{request}{chunks}0\r\n\r\n"), false);
    assert!(answer.contains("body_too_large"), "{answer}");
}

#[test]
fn a_body_that_ends_early_stores_nothing() {
    let house = House::open();
    let body = json!([view("v1", "alice", "mug")]).to_string();
    let request = head(&house, &house.write, &format!("Content-Length: {}\r\n", body.len() + 10));
    let answer = raw(&house, &format!("{request}{body}"), true);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(house.stored(), 0);
    assert_eq!(house.counted(), [0; 5]);
}

#[test]
fn limits_of_batches_and_events_hold() {
    let house = House::open();
    let many = |n: usize| {
        let events: Vec<_> = (0..n).map(|i| view(&format!("v{i}"), "alice", "mug")).collect();
        house.ingest(&events)
    };
    assert_eq!(many(BATCH_EVENTS.value + 1).code(), "batch_too_large");
    assert_eq!(house.stored(), 0);
    assert_eq!(many(BATCH_EVENTS.value).json()["accepted"], BATCH_EVENTS.value);
    let large = view("large", "alice", &"m".repeat(EVENT_BYTES.value));
    let small = view("small", "alice", "mug");
    let answer = house.ingest(&[large, small]).json();
    assert_eq!(answer["accepted"], 1);
    assert_eq!(answer["quarantined"][0]["code"], "event_too_large");
}

#[test]
fn bodies_of_another_shape_say_what_is_missing() {
    let house = House::open();
    for (body, code) in [
        ("", "json_invalid"),
        ("hello", "json_invalid"),
        ("[{\"v\":1}", "json_invalid"),
        ("{\"v\":1}", "events_missing"),
        ("{\"events\":{}}", "events_missing"),
    ] {
        let answer =
            house.post(&house.write, &[("content-type", "application/json")], body.as_bytes());
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{body}");
    }
}

#[test]
fn parameters_are_checked_and_named() {
    let house = House::open();
    let long = "x".repeat(200);
    let cases = [
        ("/v1/overview?from=yesterday", "from"),
        ("/v1/overview?from=2026-01-01&to=2025-01-01", "to"),
        ("/v1/overview?to=2026-13-01", "to"),
        ("/v1/recommendations?user_id=1&item_id=2", "user_id"),
        ("/v1/recommendations?user_id=1&n=0", "n"),
        ("/v1/recommendations?user_id=1&n=201", "n"),
        ("/v1/recommendations?user_id=%00", "user_id"),
        ("/v1/recommendations?user_id=1&owned=maybe", "owned"),
        ("/v1/users?limit=-1", "limit"),
        (&format!("/v1/items?query={long}"), "query"),
        (&format!("/v1/users/{long}"), "id"),
    ];
    for (path, parameter) in cases {
        let answer = house.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (400, "query_invalid"), "{path}");
        assert_eq!(answer.json()["error"]["path"], parameter, "{path}");
    }
    for path in ["/v1/overview?form=2026-01-01", "/v1/users/%ff", "/v1/users?limit=1&limit=2"] {
        assert_eq!(house.get(path).code(), "query_invalid", "{path}");
    }
}

/// Anything a client might send by mistake: pieces of JSON in any order, lists of good and bad
/// events, bytes.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let event = prop_oneof![
        Just(view("v1", "alice", "mug").to_string()),
        Just(r#"{"v":1,"id":"x","type":"view","ts":1e400}"#.to_owned()),
        Just("\"\\u0000\\ud800\"".to_owned()),
        Just("{}".to_owned()),
    ];
    let sign = prop::sample::select(vec!["[", "]", "{\"events\":", "}", ",", "\n", "\u{feff}"]);
    let piece = prop_oneof![event.clone(), sign.prop_map(str::to_owned), "\\PC{0,6}"];
    let pieces = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    let list =
        prop::collection::vec(event, 0..6).prop_map(|events| format!("[{}]", events.join(",")));
    prop_oneof![
        pieces.prop_map(String::into_bytes),
        list.prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..64),
    ]
}

#[test]
fn no_body_whatsoever_is_a_fault_of_the_server() {
    let house = House::open();
    let types = prop::sample::select(vec!["application/json", "application/x-ndjson"]);
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&(any_body(), types), |(body, content_type)| {
        let answer = house.post(&house.write, &[("content-type", content_type)], &body);
        prop_assert!([200, 400].contains(&answer.status), "{answer:?}");
        if answer.status == 400 {
            prop_assert!(!answer.code().is_empty());
        }
        Ok(())
    });
    outcome.unwrap();
    let [received, accepted, duplicate, quarantined, not_stored] = house.counted();
    assert_eq!(received, accepted + duplicate + quarantined + not_stored);
    assert_eq!(accepted, 1);
    assert!(duplicate > 0 && quarantined > 0 && not_stored == 0);
}
