//! The item catalogue: the newest event wins per field, in whatever order events arrive.

use event::{ItemId, Received};
use proptest::prelude::*;
use serde_json::json;

use crate::kit::*;

fn history() -> Vec<Received> {
    let item = |id: &str, t, data| received(&json_event(id, "", START_MS + t, "item", data));
    vec![
        item(
            "a",
            1,
            json!({"item_id": "i", "title": "Old", "price_minor": 100, "currency": "GBP",
                            "category": ["home", "light"]}),
        ),
        item("b", 3, json!({"item_id": "i", "title": "Heart 心", "attrs": {"colour": "white"}})),
        received(&json_event(
            "c",
            "",
            START_MS + 2,
            "price",
            json!({"item_id": "i", "price_minor": 120, "currency": "EUR"}),
        )),
        received(&json_event("d", "", START_MS + 5, "stock", json!({"item_id": "i", "level": 7}))),
        received(&json_event("e", "", START_MS + 4, "stock", json!({"item_id": "i", "level": 9}))),
        received(&json_event(
            "f",
            "",
            START_MS + 9,
            "price",
            json!({"item_id": "j", "price_minor": 5, "currency": "GBP"}),
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_newest_event_wins_per_field(events in Just(history()).prop_shuffle()) {
        let dir = tempfile::tempdir().unwrap();
        let lake = open(dir.path());
        for event in events {
            lake.append(&site(), vec![event]).unwrap();
        }
        let items = lake.items(&site()).unwrap();
        prop_assert_eq!(items.len(), 2);
        let i = lake.item(&site(), &ItemId::new("i").unwrap()).unwrap().unwrap();
        prop_assert_eq!(&items[0], &i);
        prop_assert_eq!(i.title.as_deref(), Some("Heart 心"));
        prop_assert_eq!(i.category, ["home", "light"]);
        prop_assert_eq!((i.price_minor, i.currency.as_deref()), (Some(120), Some("EUR")));
        prop_assert_eq!((i.stock_level, i.in_stock), (Some(7), Some(true)));
        prop_assert_eq!(i.attrs["colour"].as_str(), Some("white"));
        prop_assert_eq!(i.updated.0, START_MS + 5);
        prop_assert_eq!((&items[1].title, items[1].price_minor), (&None, Some(5)));
    }
}

#[test]
fn corrections_add_to_the_level_before_them() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let stock = |id: &str, t, data| received(&json_event(id, "", START_MS + t, "stock", data));
    let batch = vec![
        stock("a", 1, json!({"item_id": "i", "level": 5})),
        stock("b", 2, json!({"item_id": "i", "delta": -3})),
        stock("b", 2, json!({"item_id": "i", "delta": -3})),
        stock("c", 0, json!({"item_id": "i", "delta": -1})),
        stock("d", 3, json!({"item_id": "i", "delta": -2})),
    ];
    lake.append(&site(), batch).unwrap();
    let item = lake.item(&site(), &ItemId::new("i").unwrap()).unwrap().unwrap();
    assert_eq!((item.stock_level, item.in_stock), (Some(0), Some(false)));
}
