//! The purchase plan of a shop: made again it is the same, whatever came in since.

use event::{Authority, Bilingual, Currency, Received, TimeMs};
use lake::{Lake, SiteConfig};
use serde_json::json;
use serve::Shop;
use serve::advise::Made;
use serve::advise::stock::{StockRequest, advise, simulate};

use crate::house::{SHOP, open_lake, site};

/// 2024-01-01, a Monday.
const START_MS: i64 = 1_704_067_200_000;
const DAY_MS: i64 = 86_400_000;
/// When the orders were received.
const RECEIVED: TimeMs = TimeMs(1_790_000_000_000);

fn shop(lake: &Lake) -> Shop {
    let config = SiteConfig {
        site: site(SHOP),
        name: Bilingual::new("Gifts", "礼品"),
        currency: Currency::new("GBP").unwrap(),
        time_zone: "Europe/London".to_owned(),
        country: Some("GB".to_owned()),
    };
    lake.create_site(config).unwrap();
    Shop::open(lake, &site(SHOP)).unwrap()
}

fn received(event: &serde_json::Value, at: TimeMs) -> Received {
    let raw = event.to_string();
    let event = event::parse(&raw, Authority::Server, at).map(Box::new);
    Received { raw, origin: "test".to_owned(), units: 1, event }
}

/// An order of one item, `day` days from the start.
fn order(number: usize, day: usize, item: usize, qty: usize) -> serde_json::Value {
    let time = TimeMs(START_MS + day as i64 * DAY_MS + 36_000_000);
    json!({"v": 1, "id": format!("e{number}"), "type": "purchase", "ts": time.to_rfc3339(0),
        "user_id": format!("u{}", number % 5),
        "data": {"order_id": format!("o{number}"), "currency": "GBP", "total_minor": 500 * qty,
                 "lines": [{"item_id": format!("i{item}"), "qty": qty, "unit_price_minor": 500}]}})
}

fn made(at: i64) -> Made {
    Made { decision_id: "d-stock".to_owned(), made_at: TimeMs(at) }
}

#[test]
fn a_plan_made_again_after_late_orders_is_the_same_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open_lake(&dir);
    let shop = shop(&lake);
    let nothing = advise(&shop, &StockRequest::default(), &made(RECEIVED.0)).unwrap();
    assert!(nothing.actions.is_empty() && nothing.note.is_some());
    let orders = (0..400).map(|n| received(&order(n, n / 2, n % 4, 1 + n * 7 % 5), RECEIVED));
    lake.append(&site(SHOP), orders.collect()).unwrap();
    let first = advise(&shop, &StockRequest::default(), &made(RECEIVED.0 + 1)).unwrap();
    assert_eq!(first.actions.len(), 4);
    assert_eq!((first.inputs[0].rows, first.inputs[0].digest.len()), (400, 16));
    // Late orders of the past, received after the plan was made, published meanwhile.
    let late = (400..500).map(|n| received(&order(n, n - 300, 0, 50), TimeMs(RECEIVED.0 + 5)));
    lake.append(&site(SHOP), late.collect()).unwrap();
    lake.publish(&site(SHOP)).unwrap();
    let text = |advice: &decide::Advice| serde_json::to_string(advice).unwrap();
    let stored: serde_json::Value = serde_json::from_str(&text(&first)).unwrap();
    let request: StockRequest = serde_json::from_value(stored["request"].clone()).unwrap();
    let again = advise(&shop, &request, &made(RECEIVED.0 + 1)).unwrap();
    assert_eq!(text(&again), text(&first));
    let now = advise(&shop, &StockRequest::default(), &made(RECEIVED.0 + 6)).unwrap();
    assert_ne!(now.inputs[0].digest, first.inputs[0].digest);
    assert_ne!(now.actions[0].expected_value, first.actions[0].expected_value);
    let mut weeks = Vec::new();
    let request = StockRequest { play_weeks: 6, ..StockRequest::default() };
    let played = simulate(&shop, &request, TimeMs(RECEIVED.0 + 6), &mut |done, all| {
        weeks.push((done, all));
    });
    assert_eq!(played.unwrap().weeks, 6);
    assert_eq!((weeks.len(), weeks[5]), (6, (6, 6)));
}
