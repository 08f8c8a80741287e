//! Whatever arrives, the parser answers; whatever it accepts, it can write and read again.

use event::{Authority, Data, TimeMs, parse};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::golden::read;

const NOW: TimeMs = TimeMs(1_795_400_132_000);

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(Value::from("2026-11-23T10:15:30+08:00")),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Every place inside a value, as JSON pointers.
fn places(value: &Value, at: String, out: &mut Vec<String>) {
    out.push(at.clone());
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| places(v, format!("{at}/{k}"), out)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, v)| places(v, format!("{at}/{i}"), out));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_gets_an_answer(text in ".{0,200}") {
        let _ = parse(&text, Authority::Browser, NOW);
    }

    #[test]
    fn a_damaged_event_is_refused_or_still_round_trips(
        kind in 0..Data::TYPES.len(),
        place in any::<prop::sample::Index>(),
        junk in any_json(),
    ) {
        let mut value = read("types", Data::TYPES[kind]);
        let mut all = Vec::new();
        places(&value, String::new(), &mut all);
        if let Some(spot) = value.pointer_mut(&all[place.index(all.len())]) {
            *spot = junk;
        }
        if let Ok(event) = parse(&value.to_string(), Authority::Server, NOW) {
            let again = parse(&event.to_json().to_string(), Authority::Server, NOW);
            prop_assert_eq!(again, Ok(event));
        }
    }

    #[test]
    fn removing_any_field_never_panics_and_names_a_place(
        kind in 0..Data::TYPES.len(),
        place in any::<prop::sample::Index>(),
    ) {
        let mut value = read("types", Data::TYPES[kind]);
        let mut all = Vec::new();
        places(&value, String::new(), &mut all);
        let pointer = &all[place.index(all.len())];
        let Some((parent, key)) = pointer.rsplit_once('/') else { return Ok(()) };
        if let Some(Value::Object(map)) = value.pointer_mut(parent) {
            map.remove(key);
        }
        if let Err(refusal) = parse(&value.to_string(), Authority::Server, NOW) {
            prop_assert!(!refusal.path.is_empty());
        }
    }
}
