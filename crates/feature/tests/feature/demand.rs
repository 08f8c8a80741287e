//! Demand by week, unit by unit: each unit sold is one entry, each unit returned takes one away.

use std::collections::BTreeMap;

use event::{Currency, Data, Event};
use feature::FeatureError;
use feature::demand::{Demand, DemandPlan};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use crate::CASES;
use crate::logs::{batches, drafts, events, people, sizes};

/// One unit: its item, the Monday it was sold in, and that it came back in.
struct Unit {
    order: String,
    item: String,
    sold: String,
    back: Option<String>,
}

fn monday(time_ms: i64, zone: &TimeZone) -> String {
    let date = zone.to_datetime(Timestamp::from_millisecond(time_ms).unwrap()).date();
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(back.days()).unwrap().to_string()
}

fn units(log: &[Event], zone: &TimeZone) -> Vec<Unit> {
    let mut all = Vec::new();
    for person in people(log) {
        let mut own: Vec<Unit> = Vec::new();
        for event in log.iter().filter(|event| event.user_key() == person) {
            let week = monday(event.time().0, zone);
            let goods = || event.data.lines().iter().filter(|line| line.kind.is_product());
            match &event.data {
                Data::Purchase { order_id, .. } => {
                    for line in goods().filter(|line| line.unit_price_minor != Some(0)) {
                        own.extend((0..line.qty).map(|_| Unit {
                            order: order_id.to_string(),
                            item: line.item_id.to_string(),
                            sold: week.clone(),
                            back: None,
                        }));
                    }
                }
                Data::Refund { order_id, .. } => {
                    for line in goods() {
                        for _ in 0..line.qty {
                            let out =
                                |u: &Unit| u.back.is_none() && u.item == line.item_id.as_str();
                            let named = |u: &Unit| out(u) && u.order == order_id.as_str();
                            let at = own.iter().rposition(named);
                            if let Some(at) = at.or_else(|| own.iter().rposition(out)) {
                                // A week is never before the one it was sold in.
                                own[at].back = Some(week.clone().max(own[at].sold.clone()));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        all.extend(own);
    }
    all
}

fn read(log: &[Event], sizes: &[usize], zone: &TimeZone, before_ms: i64) -> Demand {
    let currency = Currency::new("GBP").unwrap();
    let plan = DemandPlan { zone: zone.clone(), currency, received_before_ms: before_ms };
    Demand::read::<FeatureError>(batches(log, sizes), &plan).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn weeks_equal_counting_units(drafts in drafts(40), sizes in sizes(), after in 0..8_i32) {
        let log = events(&drafts);
        for name in ["Europe/London", "America/New_York", "Asia/Shanghai"] {
            let zone = TimeZone::get(name).unwrap();
            let demand = read(&log, &sizes, &zone, i64::MAX);
            let until = (demand.first_week + after).min(demand.end_week);
            let day = |week| feature::year_ago::date(feature::demand::monday(week)).unwrap();
            let (end, first) = (day(until).to_string(), day(demand.first_week));
            let mut expected: BTreeMap<(String, String), f64> = BTreeMap::new();
            for unit in units(&log, &zone) {
                let is_back = unit.back.as_ref().is_some_and(|back| *back < end);
                if unit.sold < end && !is_back {
                    *expected.entry((unit.item, unit.sold)).or_default() += 1.0;
                }
            }
            let mut found = BTreeMap::new();
            for (at, item) in demand.items.iter().enumerate().filter(|(_, i)| i.counts.is_empty()) {
                for (week, units) in demand.series(at, until).iter().enumerate() {
                    if *units != 0.0 {
                        let monday = first.checked_add((7 * week as i64).days()).unwrap();
                        found.insert((item.item_id.clone(), monday.to_string()), *units);
                    }
                }
            }
            let counted =
                |id: &String| demand.items.iter().any(|i| i.item_id == *id && !i.counts.is_empty());
            expected.retain(|(id, _), _| !counted(id));
            prop_assert_eq!(&found, &expected, "{}", name);
        }
    }
}

#[test]
fn what_was_received_later_is_not_read() {
    let line = r#"{"item_id":"a","qty":3,"unit_price_minor":250}"#;
    let sold = |number: u32, received_ms: i64| {
        let text = format!(
            r#"{{"v":1,"id":"e{number}","type":"purchase","ts":"2026-03-02T10:00:00Z",
                "user_id":"u","data":{{"order_id":"o{number}","currency":"GBP","total_minor":750,
                "lines":[{line}]}}}}"#
        );
        let received = event::TimeMs(received_ms);
        event::parse(&text, event::Authority::Server, received).unwrap()
    };
    let log = [sold(1, 1_772_500_000_000), sold(2, 1_772_600_000_000)];
    let zone = TimeZone::UTC;
    let all = read(&log, &[], &zone, i64::MAX);
    let early = read(&log, &[], &zone, 1_772_600_000_000);
    assert_eq!((all.lines, early.lines), (2, 1));
    assert_eq!(early.items[0].price_minor(), Some(250));
    let text = |demand: &Demand| {
        let mut text = String::new();
        demand.canonical(&mut |line| text += line);
        text
    };
    assert_ne!(text(&all), text(&early));
    assert_eq!(text(&early), text(&read(&log[..1], &[1], &zone, i64::MAX)));
}
