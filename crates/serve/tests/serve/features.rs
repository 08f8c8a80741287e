//! Features online equal those of the table, to the bit, whatever was stored between.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use event::{Authority, Received, TimeMs, UserKey, Verdict};
use feature::behaviour::{Value, definitions};
use serde_json::json;
use serve::Shop;

use crate::house::{House, SHOP, purchase, site, view};

const PEOPLE: u64 = 1_000;
const START_MS: i64 = 1_767_225_600_000; // 2026-01-01
const DAY_MS: i64 = 86_400_000;
const NOW: TimeMs = TimeMs(1_790_000_000_000);

/// A seeded stream of numbers (SplitMix64; Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// Any event of a person, or of the catalogue.
fn event(dice: &mut Dice, number: u64, user: u64) -> Received {
    let item = format!("i{}", dice.below(40));
    let price = 100 * (1 + dice.below(20));
    let line = json!({"item_id": item, "qty": 1 + dice.below(3), "unit_price_minor": price});
    let (kind, data) = match dice.below(10) {
        0..4 => (
            "view",
            json!({"item_id": item, "dwell_ms": dice.below(90_000), "price_minor": price,
                   "currency": "GBP", "scroll_max_pct": dice.below(101)}),
        ),
        4 => ("search", json!({"query": "lamp", "results_n": dice.below(3)})),
        5 | 6 => ("cart", json!({"op": "add", "lines": [{"item_id": item, "qty": 1}]})),
        7 | 8 => (
            "purchase",
            json!({"order_id": format!("o{number}"), "currency": "GBP", "total_minor": price,
                   "discount_minor": dice.below(50), "lines": [line]}),
        ),
        _ => (
            "refund",
            json!({"order_id": format!("o{}", dice.below(number + 1)), "amount_minor": 70}),
        ),
    };
    // Minutes apart as often as weeks, in tenths of a second so that moments coincide.
    let time_ms = START_MS
        + dice.below(60) as i64 * DAY_MS
        + dice.below(2 * 60 * 600) as i64 * 100 * (1 + dice.below(12) as i64) / 12;
    let mut event = json!({"v": 1, "id": format!("e{number}"), "type": kind, "data": data,
        "ts": TimeMs(time_ms).to_rfc3339([0, 60, 480][dice.below(3) as usize]),
        "ctx": {"device": {"class": (["mobile", "desktop"][dice.below(2) as usize])},
                "place": {"country": (["GB", "CN"][dice.below(2) as usize])}}});
    let who = if user.is_multiple_of(3) { "anon_id" } else { "user_id" };
    event[who] = json!(user.to_string());
    received(&event)
}

fn catalogue(number: u64, item: u64, day: i64) -> Received {
    let time = TimeMs(START_MS + day * DAY_MS);
    received(&json!({"v": 1, "id": format!("c{number}"), "type": "item", "ts": time.to_rfc3339(0),
        "data": {"item_id": format!("i{item}"), "category": [format!("c{}", item % 5)],
                 "price_minor": 100 * (item + number % 7), "currency": "GBP"}}))
}

fn received(event: &serde_json::Value) -> Received {
    let raw = event.to_string();
    let event = event::parse(&raw, Authority::Server, NOW).map(Box::new);
    Received { raw, origin: "test".to_owned(), units: 1, event }
}

fn key(user: u64) -> UserKey {
    let id = user.to_string();
    if user.is_multiple_of(3) { UserKey::anon(&id) } else { UserKey::user(&id) }
}

fn store(house: &House, events: Vec<Received>) {
    let verdicts = house.shops.lake().append(&site(SHOP), events).unwrap();
    assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Accepted)));
}

fn cells(batch: &RecordBatch, row: usize) -> Vec<Value> {
    let cell = |column: &dyn Array| {
        if column.is_null(row) {
            return Value::Null;
        }
        if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
            return Value::Number(numbers.value(row));
        }
        if let Some(texts) = column.as_string_opt::<i32>() {
            return Value::Text(texts.value(row).to_owned());
        }
        let list = column.as_list::<i32>().value(row);
        let list = list.as_string::<i32>();
        Value::List((0..list.len()).map(|at| list.value(at).to_owned()).collect())
    };
    batch.columns().iter().skip(1).map(|column| cell(column)).collect()
}

/// Compares everybody; returns how many there were.
fn compare(shop: &Shop) -> usize {
    let as_of = shop.latest_moment().unwrap();
    let mut table: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    shop.people_features(as_of, |batch| {
        let keys = batch.column(0).as_string::<i32>();
        (0..batch.num_rows()).for_each(|row| {
            table.insert(keys.value(row).to_owned(), cells(&batch, row));
        });
        Ok(())
    })
    .unwrap();
    for user in 0..PEOPLE {
        let online = shop.features(&key(user), None).unwrap();
        let offline = table.get(key(user).as_str());
        assert_eq!(online.is_some(), offline.is_some(), "{user}");
        let (Some(online), Some(offline)) = (online, offline) else { continue };
        assert_eq!(online.as_of, as_of);
        assert_eq!(online.values.len(), definitions().len());
        for (def, (a, b)) in definitions().zip(online.values.iter().zip(offline)) {
            assert!(a.same(b), "{user} {}: {a:?} online, {b:?} offline", def.name);
        }
    }
    table.len()
}

#[test]
fn online_equals_the_table_for_a_thousand_people_to_the_bit() {
    let house = House::open();
    let shop = house.shops.shop(&site(SHOP)).unwrap();
    let mut dice = Dice(7);
    let mut number = 0;
    let mut some = |house: &House, count: u64, people: u64| {
        for _ in 0..count {
            let batch = (0..500).map(|_| {
                number += 1;
                let user = dice.below(people);
                event(&mut dice, number, user)
            });
            store(house, batch.collect());
        }
    };
    store(&house, (0..40).map(|item| catalogue(item, item, 1)).collect());
    some(&house, 24, PEOPLE);
    assert!(compare(&shop) > 990);
    // Everybody is in memory now: what comes is in the very next answer, late events too.
    some(&house, 2, PEOPLE / 3);
    store(&house, (0..10).map(|n| catalogue(100 + n, n, 20)).collect());
    compare(&shop);
    house.shops.lake().publish(&site(SHOP)).unwrap();
    compare(&shop);
    some(&house, 1, PEOPLE);
    house.shops.lake().publish(&site(SHOP)).unwrap();
    some(&house, 1, PEOPLE);
    house.shops.lake().compact(&site(SHOP)).unwrap();
    assert_eq!(compare(&shop), PEOPLE as usize);
}

#[test]
fn the_service_answers_with_the_features_of_a_moment() {
    let house = House::open();
    let events = json!([
        view("v1", "alice", "mug"),
        purchase("o1", "alice", "mug", 3, "2026-03-02T11:00:00Z"),
        purchase("o2", "alice", "mug", 1, "2026-03-05T11:00:00Z"),
    ]);
    let stored = house.post(&house.secret, &[], events.to_string().as_bytes());
    assert_eq!(stored.json()["accepted"], 3, "{stored:?}");
    let answer = house.get("/v1/features/alice").json();
    assert_eq!(answer["as_of"], "2026-03-05T11:00:00.001+00:00");
    assert_eq!(answer["features"].as_object().unwrap().len(), definitions().len());
    assert_eq!(answer["features"]["orders_all"], 2.0);
    assert_eq!(answer["features"]["last_items_ordered"], json!(["mug"]));
    // An order that is acknowledged is in the very next answer.
    let order = purchase("o3", "alice", "pot", 1, "2026-03-05T12:00:00Z");
    let stored = house.post(&house.secret, &[], json!([order]).to_string().as_bytes());
    assert_eq!(stored.json()["accepted"], 1, "{stored:?}");
    assert_eq!(house.get("/v1/features/alice").json()["features"]["orders_all"], 3.0);
    let before = house.get("/v1/features/alice?as_of=2026-03-02T10:30:00Z").json();
    assert_eq!(
        (&before["features"]["orders_all"], &before["features"]["views_all"]),
        (&json!(0.0), &json!(1.0))
    );
    for (path, status) in [
        ("/v1/features/nobody", 404),
        ("/v1/features/alice?anon=true", 404),
        ("/v1/features/alice?as_of=2020-01-01T00:00:00Z", 404),
        ("/v1/features/alice?as_of=yesterday", 400),
        ("/v1/features/alice?anon=perhaps", 400),
    ] {
        assert_eq!(house.get(path).status, status, "{path}");
    }
}
