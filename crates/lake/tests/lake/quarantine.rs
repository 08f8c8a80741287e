//! Quarantine: nothing refused is lost, and what is corrected gets in, once.

use event::{Received, Refusal, RefusalCode, Verdict};
use lake::{QuarantineFilter, QuarantineState, Replay, Replayed};
use serde_json::{Value, json};

use crate::kit::*;

#[test]
fn an_order_repeated_with_other_content_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let send = |event: Received| lake.append(&site(), vec![event]).unwrap().remove(0);
    assert_eq!(send(purchase("a", "u", "o1", &[("x", 2, 5), ("y", 1, 3)])), Verdict::Accepted);
    let turned = purchase("b", "u", "o1", &[("y", 1, 3), ("x", 2, 5)]);
    assert_eq!(send(turned), Verdict::Duplicate);
    lake.publish(&site()).unwrap();
    let other = purchase("c", "u", "o1", &[("x", 3, 5)]);
    let refusal = Refusal::new(RefusalCode::OrderConflict, "data.order_id");
    assert_eq!(send(other.clone()), Verdict::Quarantined(refusal.clone()));
    assert_eq!(send(other), Verdict::Quarantined(refusal));
    let kept = lake.quarantine(&site(), &QuarantineFilter::default()).unwrap();
    assert_eq!(kept.len(), 1, "the same text from the same place is kept once");
    assert_eq!(lake.snapshot(&site()).unwrap().event_count().unwrap(), 1);
    let entry = lake.quarantine_entry(&site(), kept[0].id).unwrap().unwrap();
    assert!(entry.raw.contains("\"o1\"") && entry.origin == "test" && entry.units == 1);
    let nothing = lake.replay(&site(), &Replay::All, |e| parse(&text(&e.raw))).unwrap();
    assert_eq!(nothing, Replayed { refused: 1, ..Replayed::default() });
}

#[test]
fn an_event_id_repeated_with_other_content_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let batch = vec![
        view("e", "u", START_MS, "i1"),
        view("e", "u", START_MS, "i1"),
        view("e", "u", START_MS, "i2"),
    ];
    let refusal = Refusal::new(RefusalCode::EventConflict, "id");
    let wanted = [Verdict::Accepted, Verdict::Duplicate, Verdict::Quarantined(refusal)];
    assert_eq!(lake.append(&site(), batch).unwrap(), wanted);
}

fn text(raw: &str) -> Value {
    serde_json::from_str(raw).unwrap_or(Value::Null)
}

#[test]
fn what_is_corrected_is_stored_once_and_marked() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let bad: Vec<Received> = (0..5)
        .map(|i| {
            let mut event =
                json_event(&format!("e{i}"), "u", START_MS + i, "view", json!({"item_id": "i"}));
            event["vv"] = 1.into();
            received(&event)
        })
        .collect();
    let verdicts = lake.append(&site(), bad).unwrap();
    assert!(verdicts.iter().all(|v| matches!(v, Verdict::Quarantined(r) if r.path == "vv")));
    let counts = lake.quarantine_counts(&site()).unwrap();
    assert_eq!(counts, [("field_unknown".to_owned(), 5)]);
    let list = lake.quarantine(&site(), &QuarantineFilter::default()).unwrap();
    let corrected = |raw: &str| {
        let mut event = text(raw);
        event.as_object_mut().unwrap().remove("vv");
        parse(&event)
    };
    let some = Replay::Ids(vec![list[0].id, list[1].id]);
    let done = lake.replay(&site(), &some, |entry| corrected(&entry.raw)).unwrap();
    assert_eq!(done, Replayed { stored: 2, ..Replayed::default() });
    lake.append(&site(), vec![view("e2", "u", START_MS + 2, "i")]).unwrap();
    let done = lake.replay(&site(), &Replay::All, |entry| corrected(&entry.raw)).unwrap();
    assert_eq!(done, Replayed { stored: 2, duplicate: 1, refused: 0 });
    assert_eq!(lake.snapshot(&site()).unwrap().event_count().unwrap(), 5);
    assert!(lake.quarantine_counts(&site()).unwrap().is_empty());
    let replayed = QuarantineFilter {
        code: Some(RefusalCode::FieldUnknown),
        state: Some(QuarantineState::Replayed),
        limit: 3,
    };
    assert_eq!(lake.quarantine(&site(), &replayed).unwrap().len(), 3);
    let again = lake.replay(&site(), &Replay::All, |entry| corrected(&entry.raw)).unwrap();
    assert_eq!(again, Replayed::default());
}
