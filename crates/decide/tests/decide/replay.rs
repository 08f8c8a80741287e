//! A stored decision made again is the same to the last byte.

use decide::{DecideError, Decision};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::CASES;
use crate::shop::{Champion, catalogues, champions, decide, entries, request, requests, shop};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn replay_gives_the_record(
        champion in champions(), entries in catalogues(), request in requests(),
    ) {
        let shop = shop(champion, entries);
        let record = decide(&shop, &request);
        let text = serde_json::to_string(&record).unwrap();
        let stored: Value = serde_json::from_str(&text).unwrap();
        let again = shop.replay(&stored).unwrap();
        prop_assert_eq!(serde_json::to_string(&again).unwrap(), text);
        prop_assert_eq!(&again, &record);
        prop_assert_eq!(shop.replay(&serde_json::to_value(&record).unwrap()).unwrap(), record);
    }
}

#[test]
fn what_was_not_made_here_is_refused() {
    let shop = shop(Champion::Knn, entries());
    let record = decide(&shop, &request(&[(4, 1.0, feature::ContactKind::View)], 3));
    let stored = serde_json::to_value(&record).unwrap();
    assert!(shop.replay(&stored).is_ok());
    let changed = |pointer: &str, value: Value| {
        let mut other = stored.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        other
    };
    for other in [
        changed("/model/version", json!("20250101-000000")),
        changed("/kind", json!("market")),
        changed("/request", json!({"subject": 1})),
        changed("/request/n", json!(-1)),
        changed("/request", Value::Null),
        Value::Null,
        json!([]),
        json!("d-1"),
    ] {
        let refused = shop.replay(&other).err();
        assert!(matches!(refused, Some(DecideError::NotReplayable { .. })), "{other}");
    }
}
