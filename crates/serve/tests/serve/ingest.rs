//! Sending events: verdicts, visibility, many clients at once.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::house::{House, SHOP, agent, purchase, view};

#[test]
fn an_acknowledged_event_is_in_the_very_next_read() {
    let house = House::open();
    for i in 0..40 {
        let answer = house.ingest(&[view(&format!("v{i}"), "alice", "mug")]);
        assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(1)), "{answer:?}");
        let overview = house.get("/v1/overview").json();
        assert_eq!(overview["freshness"]["events"], i + 1);
        assert_eq!(overview["totals"]["views"], i + 1);
        let person = house.get("/v1/users/alice").json();
        assert_eq!(person["events"]["view"], i + 1);
    }
}

#[test]
fn every_event_has_one_verdict() {
    let house = House::open();
    let mut changed = view("v1", "alice", "mug");
    changed["data"]["item_id"] = json!("plate");
    let mut future = view("v3", "alice", "mug");
    future["ts"] = json!("2999-01-01T00:00:00Z");
    let order = purchase("o1", "alice", "mug", 1, "2026-03-02T10:00:00Z");
    let answer = house.ingest(&[
        view("v1", "alice", "mug"),
        view("v1", "alice", "mug"),
        changed,
        json!({"v": 1, "id": "v2", "type": "view", "ts": "2026-03-02T10:00:00Z", "data": {}}),
        future,
        json!(7),
        order,
    ]);
    let body = answer.json();
    assert_eq!((&body["accepted"], &body["duplicate"]), (&json!(2), &json!(1)), "{body}");
    let quarantined: Vec<(u64, &str, &str)> = body["quarantined"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert!(one["message"]["en"].is_string() && one["message"]["zh"].is_string());
            let text = |name: &str| one[name].as_str().unwrap();
            (one["index"].as_u64().unwrap(), text("code"), text("path"))
        })
        .collect();
    let expected = [
        (2, "event_conflict", "id"),
        (3, "field_missing", "data.item_id"),
        (4, "time_future", "ts"),
        (5, "not_an_object", ""),
    ];
    assert_eq!(quarantined, expected);
    assert_eq!(house.counted(), [7, 2, 1, 4, 0]);
    assert_eq!(house.stored(), 2);
}

#[test]
fn one_malformed_event_does_not_sink_its_batch() {
    let house = House::open();
    let good = view("v1", "alice", "mug").to_string();
    let answer = house.post(&house.write, &[], format!("[{good},{{\"v\":1,]}},2]").as_bytes());
    assert_eq!(answer.status, 400, "brackets that do not match end the body: {answer:?}");
    let body = format!("[{good},{{\"v\":oops}},{{\"a\":\"\\ud800\"}}]");
    let answer = house.post(&house.write, &[], body.as_bytes()).json();
    assert_eq!(answer["accepted"], 1, "{answer}");
    let codes: Vec<&Value> =
        answer["quarantined"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["json_invalid", "json_invalid"]);
}

#[test]
fn arrays_wrapped_arrays_and_lines_are_read_alike() {
    let house = House::open();
    let [a, b, c] = ["a", "b", "c"].map(|id| view(id, "alice", "mug"));
    let array = house.post(&house.write, &[], json!([a]).to_string().as_bytes());
    let lines = format!("{b}\n\n{c}\r\nnonsense\n");
    let ndjson = [("content-type", "application/x-ndjson")];
    let lines = house.post(&house.write, &ndjson, lines.as_bytes());
    assert_eq!(array.json()["accepted"], 1);
    assert_eq!(lines.json()["accepted"], 2);
    assert_eq!(lines.json()["quarantined"][0]["index"], 2);
    let again = house.ingest(&[a, b, c]);
    assert_eq!(again.json()["duplicate"], 3);
    assert_eq!(house.post(&house.write, &[], b"[]").json()["accepted"], 0);
}

#[test]
fn a_browser_may_say_less_than_a_server() {
    let house = House::open();
    let item = json!([{
        "v": 1, "id": "i1", "type": "item", "ts": "2026-03-02T10:00:00Z",
        "data": {"item_id": "mug", "title": "Mug", "price_minor": 500, "currency": "GBP"}
    }]);
    let browser = house.post(&house.write, &[], item.to_string().as_bytes());
    assert_eq!(browser.json()["quarantined"][0]["code"], "key_forbidden");
    let server = house.post(&house.secret, &[], item.to_string().as_bytes());
    assert_eq!(server.json()["accepted"], 1, "{server:?}");
    let items = house.get("/v1/items?query=mug").json();
    assert_eq!(items["items"][0]["title"], "Mug");
}

#[test]
fn clients_side_by_side_lose_and_double_nothing() {
    let house = Arc::new(House::open());
    let clients: Vec<_> = (0..6)
        .map(|client| {
            let house = house.clone();
            std::thread::spawn(move || {
                let agent = agent();
                let mut sums = [0_u64; 2];
                for batch in 0..15 {
                    // Neighbouring clients send the same events of every third batch.
                    let owner = if batch % 3 == 0 { client / 2 * 2 } else { client };
                    let events: Vec<Value> = (0..10)
                        .map(|i| view(&format!("{owner}-{batch}-{i}"), &format!("u{i}"), "mug"))
                        .collect();
                    let mut response = agent
                        .post(format!("http://{}/v1/events", house.addr))
                        .header("authorization", format!("Bearer {}", house.write))
                        .send_json(json!({ "events": events }))
                        .unwrap();
                    let body: Value = response.body_mut().read_json().unwrap();
                    sums[0] += body["accepted"].as_u64().unwrap();
                    sums[1] += body["duplicate"].as_u64().unwrap();
                }
                sums
            })
        })
        .collect();
    let sums: Vec<[u64; 2]> = clients.into_iter().map(|c| c.join().unwrap()).collect();
    let (accepted, duplicate) = sums.iter().fold((0, 0), |(a, d), one| (a + one[0], d + one[1]));
    assert_eq!((accepted, duplicate), (750, 150));
    assert_eq!(house.stored(), 750);
    assert_eq!(house.counted(), [900, 750, 150, 0, 0]);
    assert_eq!(house.metric(&format!("dongcha_batches_waiting{{site=\"{SHOP}\"}}")), 0);
}
