//! Going down: requests under way are finished and nothing acknowledged is lost.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use event::{Authority, Received, TimeMs, Verdict};
use serde_json::{Value, json};

use crate::house::{House, SHOP, agent, open_lake, site, view};

#[test]
fn a_request_under_way_is_answered_before_the_end() {
    let mut house = House::open();
    let body = json!([view("v1", "alice", "mug")]).to_string();
    let (first, rest) = body.split_at(20);
    let mut stream = TcpStream::connect(house.addr).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        house.write,
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body once the route reads it: the request is under way.
    let mut buffer = [0_u8; 1024];
    let n = stream.read(&mut buffer).unwrap();
    assert!(buffer[..n].starts_with(b"HTTP/1.1 100"));
    stream.write_all(first.as_bytes()).unwrap();
    house.tell_to_stop();
    let mut refused = false;
    for _ in 0..200 {
        refused = TcpStream::connect(house.addr).is_err();
        if refused {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(refused, "a stopping server takes no new connections");
    stream.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"accepted\":1"), "{answer}");
    drop(house.close());
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_stops_under_load() {
    let mut house = House::open();
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let (addr, key) = (house.addr, house.write.clone());
            let acknowledged = acknowledged.clone();
            std::thread::spawn(move || {
                let agent = agent();
                let mut kept: Vec<Value> = Vec::new();
                for batch in 0.. {
                    let events: Vec<Value> = (0..7)
                        .map(|i| view(&format!("{client}-{batch}-{i}"), "alice", "mug"))
                        .collect();
                    let sent = agent
                        .post(format!("http://{addr}/v1/events"))
                        .header("authorization", format!("Bearer {key}"))
                        .send_json(json!({ "events": &events }));
                    match sent {
                        Ok(response) if response.status() == 200 => kept.extend(events),
                        Ok(response) => assert_eq!(response.status(), 503),
                        Err(_) => break,
                    }
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                kept
            })
        })
        .collect();
    while acknowledged.load(Ordering::Relaxed) < 40 {
        std::thread::sleep(Duration::from_millis(1));
    }
    house.tell_to_stop();
    let kept: Vec<Value> = clients.into_iter().flat_map(|c| c.join().unwrap()).collect();
    assert!(kept.len() >= 40 * 7);
    let dir = house.close();

    let lake = open_lake(&dir);
    let again = |event: &Value| Received {
        raw: event.to_string(),
        origin: "test".to_owned(),
        units: 1,
        event: event::parse_value(event, Authority::Browser, TimeMs(1_780_000_000_000))
            .map(Box::new),
    };
    let verdicts = lake.append(&site(SHOP), kept.iter().map(again).collect()).unwrap();
    let lost = verdicts.iter().filter(|verdict| **verdict != Verdict::Duplicate).count();
    assert_eq!(lost, 0, "of {} acknowledged events", kept.len());
}
