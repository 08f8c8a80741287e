//! What serving knows of a person is what training would know.

use std::collections::BTreeMap;

use decide::recommend::{OwnedRule, Subject};
use event::{Authority, Bilingual, Currency, Received, SiteId, TimeMs, UserKey};
use feature::{ContactKind, ContactLog, ContactWeights};
use lake::{Lake, OpenOptions, SiteConfig};
use serde_json::{Value, json};
use serve::training::TrainPlan;
use serve::{Ask, Shop};

use crate::shops::{DAY_MS, Dice, plan};

const PEOPLE: u64 = 100;
const START_MS: i64 = 1_767_225_600_000; // 2026-01-01
const NOW: TimeMs = TimeMs(1_790_000_000_000);

fn site() -> SiteId {
    SiteId::new("gifts").unwrap()
}

fn plan_that_fades() -> TrainPlan {
    let mut plan = plan(1);
    plan.candidates.iter_mut().for_each(|candidate| candidate.half_life_days = Some(20.0));
    plan
}

/// Any deed of one person on a day.
fn deed(dice: &mut Dice, number: u64, user: &str, day: i64) -> Received {
    // Two tastes, so that a personal model serves and every kind of contact counts.
    let taste = user.parse::<u64>().unwrap() % 2;
    let item = format!("i{:02}", 2 * dice.below(40) + taste);
    let line = json!({"item_id": item, "qty": 1 + dice.below(3), "unit_price_minor": 500});
    let order = format!("o{number}");
    let (kind, data) = match dice.below(8) {
        0 => ("view", json!({"item_id": item})),
        1 => ("cart", json!({"op": "add", "lines": [{"item_id": item, "qty": 1}]})),
        2 => ("cart", json!({"op": "remove", "lines": [{"item_id": item, "qty": 1}]})),
        3 => ("refund", json!({"order_id": order, "amount_minor": 500, "lines": [line]})),
        _ => {
            let data = json!({"order_id": order, "currency": "GBP", "total_minor": 500,
                              "lines": [line]});
            ("purchase", data)
        }
    };
    let time_ms = START_MS + day * DAY_MS + dice.below(DAY_MS as u64) as i64;
    let event = json!({"v": 1, "id": format!("e{number}"), "type": kind, "user_id": user,
                       "ts": TimeMs(time_ms).to_rfc3339(0), "data": data});
    received(&event)
}

fn received(event: &Value) -> Received {
    let raw = event.to_string();
    let event = event::parse(&raw, Authority::Server, NOW).map(Box::new);
    Received { raw, origin: "test".to_owned(), units: 1, event }
}

fn shop(dir: &tempfile::TempDir) -> (Lake, Shop) {
    let lake = Lake::open(dir.path(), OpenOptions::default()).unwrap();
    lake.create_site(SiteConfig {
        site: site(),
        name: Bilingual::new("Gifts", "礼品店"),
        currency: Currency::new("GBP").unwrap(),
        time_zone: "Europe/London".to_owned(),
        country: None,
    })
    .unwrap();
    let shop = Shop::open(&lake, &site()).unwrap();
    (lake, shop)
}

fn ask(user: &str) -> Ask {
    Ask {
        subject: Subject::UserId(user.to_owned()),
        n: 5,
        surface: "home".to_owned(),
        exclude: Vec::new(),
        owned_rule: OwnedRule::Exclude,
    }
}

/// What the whole log says of one person at a moment: weights by item, and what is held.
fn known(
    log: &ContactLog,
    user: &str,
    as_of_ms: i64,
    weights: &ContactWeights,
) -> (BTreeMap<String, f64>, Vec<String>) {
    let Some(row) = log.users.iter().position(|key| *key == UserKey::user(user)) else {
        return Default::default();
    };
    let mut sums = BTreeMap::new();
    for one in log.known_at(as_of_ms, weights).iter().filter(|one| one.user as usize == row) {
        let item = log.items[one.item as usize].to_string();
        *sums.entry(item).or_insert(0.0) += f64::from(one.weight);
    }
    let held = log.contacts.iter().filter(|c| {
        c.user as usize == row
            && c.kind == ContactKind::Purchase
            && c.returned_ms >= as_of_ms
            && c.time_ms < as_of_ms
    });
    let mut held: Vec<String> = held.map(|c| log.items[c.item as usize].to_string()).collect();
    held.sort();
    held.dedup();
    (sums, held)
}

/// Compares the request of a recommendation with the log.
fn check(lake: &Lake, shop: &Shop, user: &str) {
    let record = shop.recommend_and_keep(&ask(user), NOW).unwrap();
    let place = lake.current_model(&site(), "recommend").unwrap().unwrap().path;
    let bundle = serve::bundle::load(place.as_ref()).unwrap().bundle;
    let own = lake.snapshot(&site()).unwrap().user(&UserKey::user(user)).unwrap();
    let own = ContactLog::read(own.into_iter().map(Ok::<_, feature::FeatureError>)).unwrap();
    let as_of_ms = bundle.as_of_ms.max(own.end_ms());
    assert_eq!(bundle.weights.half_life_days, Some(20.0));
    let (sums, held) = known(&shop.contacts().unwrap(), user, as_of_ms, &bundle.weights);
    let history = record.request["history"].as_array().unwrap();
    // A history stands in the order of its deeds; which items it holds does not depend on it.
    let mut found: Vec<&str> = history.iter().map(|h| h["item_id"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, sums.keys().collect::<Vec<_>>(), "{user}");
    for one in history {
        let sum = sums[one["item_id"].as_str().unwrap()];
        let weight = one["weight"].as_f64().unwrap();
        assert!((weight - sum).abs() <= 1e-6 * sum, "{user}: {one} is not {sum}");
    }
    assert_eq!(record.request["owned"], json!(held), "{user}");
    assert!(record.items.iter().all(|c| !held.contains(&c.item_id.to_string())));
    let replayed = shop.replay(&record.decision_id).unwrap().unwrap();
    assert!(replayed.same, "{user}");
}

#[test]
fn serving_knows_what_training_knows() {
    for seed in 1..3 {
        let dir = tempfile::tempdir().unwrap();
        let (lake, shop) = shop(&dir);
        let mut dice = Dice(seed);
        let mut events = Vec::new();
        for number in 0..4_000 {
            let user = dice.below(PEOPLE).to_string();
            let day = dice.below(100) as i64;
            events.push(deed(&mut dice, number, &user, day));
        }
        lake.append(&site(), events).unwrap();
        let report = shop.train(&plan_that_fades(), NOW, &mut |_| {}).unwrap();
        assert_ne!(report.champion, "Popularity");
        for user in 0..PEOPLE + 1 {
            check(&lake, &shop, &user.to_string());
        }
        // Later deeds of one person count at once.
        let later = (0..9).map(|n| deed(&mut dice, 10_000 + n, "3", 110 + n as i64)).collect();
        lake.append(&site(), later).unwrap();
        check(&lake, &shop, "3");
        check(&lake, &shop, "4");
    }
}

#[test]
fn a_shop_without_a_model_says_how_to_get_one() {
    let dir = tempfile::tempdir().unwrap();
    let (_lake, shop) = shop(&dir);
    let error = shop.recommend(&ask("1"), NOW).unwrap_err().to_string();
    assert!(error.contains("dongcha train --site gifts"), "{error}");
    assert!(shop.replay("d-1").unwrap().is_none());
}
