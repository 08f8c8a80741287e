//! The purchase plan of a shop: made again it is the same, whatever came in since.

use decide::Kind;
use event::{Authority, Bilingual, Currency, Received, TimeMs};
use lake::{Lake, SiteConfig};
use serde_json::json;
use serve::Shop;
use serve::advise::stock::{StockRequest, advise, simulate};
use serve::advise::{AdviceRequest, Made, Settled, State};

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

#[test]
fn advice_is_kept_listed_settled_once_and_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open_lake(&dir);
    let shop = shop(&lake);
    let orders = (0..400).map(|n| received(&order(n, n / 2, n % 4, 1 + n * 7 % 5), RECEIVED));
    lake.append(&site(SHOP), orders.collect()).unwrap();
    let ask =
        |limit| AdviceRequest::Stock(Box::new(StockRequest { limit, ..StockRequest::default() }));
    let at = |ms: i64| TimeMs(RECEIVED.0 + ms);
    let first = shop.advise_and_keep(&ask(2), at(1)).unwrap();
    let second = shop.advise_and_keep(&ask(3), at(2)).unwrap();
    let late = (400..500).map(|n| received(&order(n, n - 300, 0, 50), at(5)));
    lake.append(&site(SHOP), late.collect()).unwrap();
    let all = shop.kept_advice(Kind::Stock, 9).unwrap();
    let ids: Vec<&str> =
        all.iter().map(|kept| kept.advice["decision_id"].as_str().unwrap()).collect();
    assert_eq!(ids, [second.decision_id.as_str(), first.decision_id.as_str()]);
    assert_eq!(shop.kept_advice(Kind::Stock, 1).unwrap(), all[..1]);
    assert!(shop.kept_advice(Kind::Price, 9).unwrap().is_empty());
    for advice in [&first, &second] {
        let again = shop.replay_advice(&advice.decision_id).unwrap();
        assert!(again.same && again.record == *advice && again.stored == json!(advice));
    }
    assert_eq!(all[0].state, State::Proposed);
    let id = &second.decision_id;
    let refused = |step, reason| shop.settle_advice(id, step, reason, at(9)).unwrap_err();
    assert!(refused(Settled::Rejected, None).to_string().contains("say why"));
    assert!(refused(Settled::Rejected, Some("  ")).to_string().contains("say why"));
    let kept = shop.settle_advice(id, Settled::Rejected, Some("shelf full"), at(9)).unwrap();
    assert_eq!(kept.state, State::Settled(Settled::Rejected));
    assert_eq!(kept, shop.advice(id).unwrap());
    assert_eq!(json!(kept)["state"], "rejected");
    assert_eq!(kept.life[0].reason.as_deref(), Some("shelf full"));
    assert!(refused(Settled::Accepted, None).to_string().contains("was settled"));
    let other = shop.settle_advice(&first.decision_id, Settled::Accepted, None, at(10)).unwrap();
    assert_eq!(json!(other)["state"], "accepted");
    assert!(shop.advice("d-none").is_err() && shop.replay_advice("d-none").is_err());
}
