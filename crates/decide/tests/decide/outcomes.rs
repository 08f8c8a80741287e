//! Who chose, what is said about it, and what happens at the edges.

use decide::recommend::INTERACTIONS_MIN;
use decide::{DecideError, Outcome, Record};
use feature::ContactKind;
use proptest::prelude::*;
use serde_json::Value;

use crate::CASES;
use crate::shop::{
    Champion, ITEMS, beside, catalogues, champions, decide, entries, id, request, requests, shop,
    try_shop,
};

const BOUGHT: &[(usize, f32, ContactKind)] = &[(4, 1.0, ContactKind::Purchase)];

/// Every text of a record in both languages.
fn texts(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) if map.contains_key("en") || map.contains_key("zh") => {
            let text = |key| map[key].as_str().unwrap().to_owned();
            found.push((text("en"), text("zh")));
        }
        Value::Object(map) => map.values().for_each(|value| texts(value, found)),
        Value::Array(all) => all.iter().for_each(|value| texts(value, found)),
        _ => {}
    }
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn every_text_has_both_languages(
        champion in champions(), entries in catalogues(), request in requests(),
    ) {
        let record = decide(&shop(champion, entries), &request);
        let mut found = Vec::new();
        texts(&serde_json::to_value(&record).unwrap(), &mut found);
        let all = record.items.len() + record.baseline.items.len() + record.binding.len();
        prop_assert!(found.len() >= all);
        for (en, zh) in found {
            prop_assert!(!en.is_empty() && !is_chinese(&en), "{}", en);
            prop_assert!(is_chinese(&zh), "{}", zh);
        }
        prop_assert_eq!(record.note.is_none(), record.outcome == Outcome::Model);
    }
}

#[test]
fn below_the_minimum_nothing_is_said() {
    for asked in [request(BOUGHT, 5), request(&[], 5), beside(&id(4), 5)] {
        let at = |interactions| {
            decide(&try_shop(Champion::IAls, entries(), None, interactions).unwrap(), &asked)
        };
        let record = at(INTERACTIONS_MIN - 1);
        assert_eq!(record.outcome, Outcome::NotEnoughData);
        assert!(record.items.is_empty() && record.baseline.items.is_empty());
        assert!(record.binding.is_empty() && record.expected_value.is_none());
        assert!(record.note.unwrap().en.contains("29"));
        assert_ne!(at(INTERACTIONS_MIN).outcome, Outcome::NotEnoughData);
    }
}

#[test]
fn whom_nobody_knows_gets_what_is_popular() {
    let shop = shop(Champion::IAls, entries());
    let stranger = decide(&shop, &request(&[], 5));
    assert_eq!(stranger.outcome, Outcome::Baseline);
    let ids = |record: &Record| -> Vec<String> {
        record.items.iter().map(|c| c.item_id.to_string()).collect()
    };
    let baseline: Vec<String> =
        stranger.baseline.items.iter().map(|c| c.item_id.to_string()).collect();
    assert_eq!(ids(&stranger), baseline);
    assert_eq!(stranger.expected_value, None);
    // A history of items that no model knows is no history, nor is one without weight.
    let elsewhere = decide(&shop, &request(&[(ITEMS + 3, 1.0, ContactKind::Purchase)], 5));
    let weightless = decide(&shop, &request(&[(4, 0.0, ContactKind::Purchase)], 5));
    for record in [elsewhere, weightless] {
        assert_eq!((record.outcome, ids(&record)), (Outcome::Baseline, ids(&stranger)));
    }
}

#[test]
fn a_champion_that_is_popularity_is_the_baseline() {
    let record = decide(&shop(Champion::Popularity, entries()), &request(BOUGHT, 5));
    assert_eq!(record.outcome, Outcome::Baseline);
    assert!(record.items.iter().all(|c| c.reason.code == "popular"));
    assert_eq!(
        decide(&shop(Champion::Knn, entries()), &request(BOUGHT, 5)).outcome,
        Outcome::Model
    );
}

#[test]
fn nothing_asked_and_nothing_known_give_an_empty_slate() {
    let shop = shop(Champion::Knn, entries());
    for asked in [request(BOUGHT, 0), beside("nobody-knows", 5), beside("", 5)] {
        let record = decide(&shop, &asked);
        assert!(record.items.is_empty());
        assert_eq!(record.outcome, Outcome::NotEnoughData);
    }
    let everything = decide(&shop, &request(BOUGHT, usize::MAX));
    assert_eq!(everything.items.len(), ITEMS);
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let mut few = entries();
    few.pop();
    let refused = try_shop(Champion::IAls, few, None, 99);
    assert!(matches!(refused.err(), Some(DecideError::Mismatch { found: 239, expected: 240, .. })));
}
