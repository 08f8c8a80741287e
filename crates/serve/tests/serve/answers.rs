//! The figures of answers, by hand from a handful of events.

use serde_json::{Value, json};

use crate::house::{House, SHOP, purchase, view};

fn small_shop() -> House {
    let house = House::open();
    let refund = json!({
        "v": 1, "id": "r1", "type": "refund", "ts": "2026-03-17T09:00:00Z", "user_id": "alice",
        "data": {
            "order_id": "o1", "amount_minor": 500, "currency": "GBP",
            "lines": [{"item_id": "mug", "qty": 1, "unit_price_minor": 500}]
        }
    });
    let item = json!({
        "v": 1, "id": "i1", "type": "item", "ts": "2026-01-01T00:00:00Z",
        "data": {"item_id": "mug", "title": "Blue Mug", "price_minor": 500, "currency": "GBP"}
    });
    let events = json!([
        item,
        purchase("o1", "alice", "mug", 3, "2026-03-02T10:00:00Z"),
        purchase("o2", "bob", "plate", 1, "2026-03-03T10:00:00Z"),
        purchase("o3", "alice", "plate", 2, "2026-03-16T00:30:00Z"),
        refund,
        view("v1", "alice", "mug"),
    ]);
    let answer = house.post(&house.secret, &[], events.to_string().as_bytes());
    assert_eq!(answer.json()["accepted"], 6, "{answer:?}");
    house
}

#[test]
fn the_overview_adds_up() {
    let house = small_shop();
    let overview = house.get("/v1/overview").json();
    assert_eq!(overview["site"], SHOP);
    assert_eq!(overview["name"], json!({"en": "Shop gifts", "zh": "gifts 店"}));
    assert_eq!(
        (&overview["currency"], &overview["time_zone"]),
        (&json!("GBP"), &json!("Europe/London"))
    );
    let totals = &overview["totals"];
    for (name, value) in [
        ("orders", 3),
        ("revenue_gross_minor", 3000),
        ("refunds_minor", 500),
        ("revenue_net_minor", 2500),
        ("buyers", 2),
        ("average_order_minor", 1000),
        ("views", 1),
    ] {
        assert_eq!(totals[name], value, "{name} in {totals}");
    }
    let weeks = overview["weeks"].as_array().unwrap();
    let starts: Vec<&Value> = weeks.iter().map(|week| &week["week_start"]).collect();
    assert_eq!(starts, ["2026-03-02", "2026-03-09", "2026-03-16"]);
    assert_eq!(weeks[1]["average_order_minor"], Value::Null);
    let sum: i64 = weeks.iter().map(|w| w["revenue_net_minor"].as_i64().unwrap()).sum();
    assert_eq!(sum, 2500);
    assert_eq!(
        overview["freshness"],
        json!({"last_event_at": "2026-03-17T09:00:00.000+00:00", "events": 6})
    );
    assert_eq!((&overview["from"], &overview["to"]), (&json!("2026-03-02"), &json!("2026-03-18")));
    for name in [
        "orders",
        "revenue_net",
        "revenue_gross",
        "refunds",
        "buyers",
        "average_order",
        "views",
        "clicks",
        "reviews",
    ] {
        let text = &overview["definitions"][name];
        assert!(text["en"].is_string() && text["zh"].is_string(), "{name}");
    }
}

#[test]
fn a_range_counts_its_days_only() {
    let house = small_shop();
    let overview = house.get("/v1/overview?from=2026-03-03&to=2026-03-16").json();
    assert_eq!(overview["totals"]["orders"], 1);
    assert_eq!((&overview["from"], &overview["to"]), (&json!("2026-03-03"), &json!("2026-03-16")));
    let empty = house.get("/v1/overview?from=2020-01-01&to=2020-02-01").json();
    assert_eq!(empty["totals"]["orders"], 0);
    assert_eq!(empty["totals"]["average_order_minor"], Value::Null);
    assert_eq!(empty["weeks"], json!([]));
}

#[test]
fn a_person_is_shown_with_what_they_hold() {
    let house = small_shop();
    let person = house.get("/v1/users/alice").json();
    assert_eq!((&person["orders"], &person["revenue_net_minor"]), (&json!(2), &json!(2000)));
    assert_eq!(person["events"], json!({"purchase": 2, "refund": 1, "view": 1}));
    assert_eq!(person["first_seen"], "2026-03-02T10:00:00.000+00:00");
    let held: Vec<(&Value, &Value, &Value)> = person["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (&item["item_id"], &item["title"], &item["qty"]))
        .collect();
    let expected = [
        (&json!("plate"), &Value::Null, &json!(2)),
        (&json!("mug"), &json!("Blue Mug"), &json!(2)),
    ];
    assert_eq!(held, expected);
    let recent = person["recent"].as_array().unwrap();
    assert_eq!(recent.len(), 4);
    assert_eq!(recent[0]["type"], "refund");
    assert_eq!(recent[0]["summary"]["en"], "was refunded 1 line, GBP 5.00 (order o1)");
    assert_eq!(recent[0]["summary"]["zh"], "退款 1 行，GBP 5.00（订单 o1）");
    let viewed = recent.iter().find(|event| event["type"] == "view").unwrap();
    assert_eq!(viewed["summary"], json!({"en": "looked at Blue Mug", "zh": "浏览「Blue Mug」"}));
}

#[test]
fn people_and_items_are_found() {
    let house = small_shop();
    let users = house.get("/v1/users").json();
    let ids: Vec<&Value> =
        users["users"].as_array().unwrap().iter().map(|user| &user["user_id"]).collect();
    assert_eq!(ids, ["alice", "bob"]);
    assert_eq!(house.get("/v1/users?query=bo").json()["users"][0]["orders"], 1);
    assert_eq!(house.get("/v1/users?limit=1").json()["users"].as_array().unwrap().len(), 1);
    let items = house.get("/v1/items?query=blue").json();
    let expected = json!([{
        "item_id": "mug", "title": "Blue Mug", "price_minor": 500, "currency": "GBP", "buyers": 1
    }]);
    assert_eq!(items["items"], expected);
}

#[test]
fn a_shop_without_a_model_says_what_to_do() {
    let house = small_shop();
    for path in ["/v1/recommendations?user_id=alice", "/v1/items/mug/similar"] {
        let answer = house.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (409, "model_missing"), "{path}");
        let advice = &answer.json()["error"]["message"];
        assert!(advice["en"].as_str().unwrap().contains("dongcha train"));
        assert!(advice["zh"].as_str().unwrap().contains("dongcha train"));
    }
}
