//! What is appended comes back exactly, from the hot log and from a segment.

use event::{Authority, UserKey};
use proptest::prelude::*;
use serde_json::json;

use crate::kit::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn texts_numbers_clocks_and_authority_survive(
        text in "[^\\p{C}]{1,40}",
        quarter in 0_u32..400,
        dwell in 0_u64..10_000_000,
        zone in -720_i16..720,
        skew in -100_000_i64..100_000,
        server: bool,
        consent: Option<bool>,
    ) {
        let pct = f64::from(quarter) / 4.0;
        let mut events = vec![
            json_event("a", "u", START_MS, "click",
                json!({"target": {"kind": "item", "id": "i1"}, "x_pct": pct, "area": "top"})),
            json_event("b", "u", START_MS + 1, "view", json!({"item_id": "i", "dwell_ms": dwell})),
            json_event("c", "u", START_MS + 2, "search", json!({"query": format!("q{text}")})),
            json_event("d", "u", START_MS + 3, "custom",
                json!({"name": "n", "props": {"t": text, "n": pct, "f": server}})),
        ];
        for event in &mut events {
            event["ts"] = event::TimeMs(START_MS).to_rfc3339(zone).into();
            event["sent_at"] = event::TimeMs(RECEIVED.0 + skew).to_rfc3339(zone).into();
            if let Some(state) = consent {
                event["consent"] = json!({"personalize": state});
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let lake = open(dir.path());
        let mut batch: Vec<_> = events.iter().map(received).collect();
        for one in &mut batch {
            let event = one.event.as_mut().map_err(|r| TestCaseError::fail(r.to_string()))?;
            event.authority = if server { Authority::Server } else { Authority::Browser };
        }
        let sent: Vec<_> = batch.iter().map(|r| r.event.clone().unwrap()).collect();
        let wanted = expected(sent.iter().map(|e| &**e));
        lake.append(&site(), batch).unwrap();
        let read = || {
            let snapshot = lake.snapshot(&site()).unwrap();
            join(&snapshot.user(&UserKey::user("u")).unwrap())
        };
        prop_assert_eq!(read(), wanted.clone());
        lake.publish(&site()).unwrap();
        prop_assert_eq!(read(), wanted);
    }
}
