//! Recommendations of a small trained shop whose tastes are known: two circles of shoppers, each
//! buying from its own half of the catalogue.

use event::{Authority, Received, TimeMs};
use lake::Lake;
use serde_json::{Value, json};
use serve::training::TrainPlan;

use crate::house::{House, SHOP, purchase, site, view};

const ITEMS: usize = 12;

/// Shopper `u` of 120 buys from the half `u % 2`, one item a week for ten weeks, walking on.
fn orders() -> Vec<Value> {
    let mut events = Vec::new();
    for item in 0..2 * ITEMS {
        events.push(json!({
            "v": 1, "id": format!("item-{item}"), "type": "item", "ts": "2026-01-01T00:00:00Z",
            "data": {
                "item_id": format!("i{item}"), "title": format!("Item {item}"),
                "price_minor": 500, "currency": "GBP"
            }
        }));
    }
    for user in 0..120_usize {
        for week in 0..10_usize {
            let item = 2 * ((user / 2 + week) % ITEMS) + user % 2;
            let day = 1 + week * 7;
            let date = format!("2026-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
            let ts = format!("{date}T{:02}:00:00Z", 8 + user % 12);
            let order = format!("o{user}-{week}");
            events.push(purchase(&order, &format!("u{user}"), &format!("i{item}"), 1, &ts));
        }
    }
    events
}

pub fn fill(lake: &Lake) {
    let received = TimeMs(1_780_000_000_000);
    let read = |event: Value| Received {
        raw: event.to_string(),
        origin: "test".to_owned(),
        units: 1,
        event: event::parse_value(&event, Authority::Server, received).map(Box::new),
    };
    let batch: Vec<Received> = orders().into_iter().map(read).collect();
    let verdicts = lake.append(&site(SHOP), batch).unwrap();
    assert!(verdicts.iter().all(|v| *v == event::Verdict::Accepted));
}

#[test]
fn a_trained_shop_recommends_explains_and_keeps_its_decisions() {
    let house = House::prepared(fill);
    let shop = house.shops.shop(&site(SHOP)).unwrap();
    shop.train(&TrainPlan::weeks(1, 7), TimeMs(1_780_000_000_000), &mut |_| {}).unwrap();

    let answer = house.get("/v1/recommendations?user_id=u4&n=3&surface=cart&exclude=i0,i2");
    assert_eq!(answer.status, 200, "{answer:?}");
    let slate = answer.json();
    assert_eq!(slate["subject"], json!({"user_id": "u4"}));
    assert_eq!((&slate["surface"], &slate["kind"]), (&json!("cart"), &json!("recommend")));
    assert_eq!(slate["site"], SHOP);
    assert!(["model", "baseline"].contains(&slate["outcome"].as_str().unwrap()), "{slate}");
    for (i, item) in slate["items"].as_array().unwrap().iter().enumerate() {
        assert_eq!(item["position"], i + 1);
        assert!(!["i0", "i2"].contains(&item["item_id"].as_str().unwrap()), "excluded: {item}");
        assert!(item["reason"]["text"]["zh"].is_string());
        assert!(!item["sources"].as_array().unwrap().is_empty());
        if let Some(p) = item["probability"].as_f64() {
            assert!((0.0..=1.0).contains(&p));
            let worth = item["expected_value_minor"].as_i64().unwrap();
            assert!((worth as f64 - 500.0 * p).abs() <= 1.0, "{item}");
        }
    }
    assert!(slate["baseline"]["items"].is_array());
    // Records are kept in the order of the log: an acknowledged event is behind this one.
    assert_eq!(house.ingest(&[view("v1", "u4", "i4")]).status, 200);
    let id = slate["decision_id"].as_str().unwrap();
    let replayed = shop.replay(id).unwrap().expect("the decision was kept");
    assert!(replayed.same);

    let similar = house.get("/v1/items/i4/similar?n=4").json();
    assert_eq!((&similar["item_id"], &similar["title"]), (&json!("i4"), &json!("Item 4")));
    let items = similar["items"].as_array().unwrap();
    assert_eq!(items.len(), 4, "{similar}");
    for item in items {
        let number: usize = item["item_id"].as_str().unwrap()[1..].parse().unwrap();
        assert_eq!(number % 2, 0, "the other circle's item: {item}");
    }
    assert_eq!(house.get("/v1/items/unheard/similar").code(), "item_unknown");

    let stranger = house.get("/v1/recommendations?anon_id=new&n=2").json();
    assert_eq!(stranger["outcome"], "baseline");
    assert_eq!(stranger["subject"], json!({"anon_id": "new"}));
    let beside = house.get("/v1/recommendations?item_id=i4&n=2").json();
    assert_eq!(beside["subject"], json!({"item_id": "i4"}));
    assert_eq!(beside["expected_value"], Value::Null);
}
