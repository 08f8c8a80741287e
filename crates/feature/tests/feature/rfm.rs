//! The grid against each buyer compared with every other.

use std::collections::BTreeMap;

use event::{Currency, Data, Event};
use feature::analytics::rfm::{GROUPS, RfmPlan, RfmReport, ScoreRange};
use feature::arrange::arrange;
use feature::overview::zone;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::random_log::{Dice, ZONES, batch, disturbed, oracle, pieces};

struct Buyer {
    last: Date,
    orders: i64,
    money_minor: i64,
}

fn day(time_ms: i64, zone: &TimeZone) -> Date {
    Timestamp::from_millisecond(time_ms).unwrap().to_zoned_datetime(zone.clone()).date()
}

fn buyers(log: &[Event], plan: &RfmPlan) -> BTreeMap<String, Buyer> {
    let mut buyers = BTreeMap::new();
    for event in log {
        let (Some(user), Data::Purchase { lines, currency, .. }) = (&event.user_id, &event.data)
        else {
            continue;
        };
        let time_ms = event.time().0;
        let outside = time_ms < plan.from_ms
            || time_ms >= plan.to_ms
            || plan.as_of_ms.is_some_and(|as_of| time_ms >= as_of);
        let goods: Vec<_> = lines.iter().filter(|line| line.kind.is_product()).collect();
        if outside || goods.iter().all(|line| line.unit_price_minor == Some(0)) {
            continue;
        }
        let last = day(time_ms, &plan.zone);
        let buyer =
            buyers.entry(user.to_string()).or_insert(Buyer { last, orders: 0, money_minor: 0 });
        buyer.last = buyer.last.max(last);
        buyer.orders += 1;
        if *currency == plan.currency {
            buyer.money_minor +=
                goods.iter().map(|l| l.qty * l.unit_price_minor.unwrap_or(0)).sum::<i64>();
        }
    }
    buyers
}

/// The largest score whose share of the buyers lies below the middle of one's equals.
fn score(own: i64, all: &[i64]) -> u8 {
    let worse = all.iter().filter(|other| **other < own).count();
    let equal = all.iter().filter(|other| **other == own).count();
    (1..=5).rev().find(|s| (s - 1) * 2 * all.len() <= 5 * (2 * worse + equal)).unwrap() as u8
}

fn ranges(values: &[i64], scores: &[u8]) -> Vec<ScoreRange> {
    let mut ranges: BTreeMap<u8, Vec<i64>> = BTreeMap::new();
    values.iter().zip(scores).for_each(|(v, s)| ranges.entry(*s).or_default().push(*v));
    let range = |(score, values): (u8, Vec<i64>)| ScoreRange {
        score,
        least: *values.iter().min().unwrap(),
        most: *values.iter().max().unwrap(),
        people: values.len() as u64,
    };
    ranges.into_iter().map(range).collect()
}

/// The documented table, by name.
fn group(r: u8, f: u8) -> &'static str {
    match (r, f) {
        (4 | 5, 5) | (5, 4) => "champions",
        (3..=5, 3..=5) => "loyal",
        (4 | 5, 1) => "new",
        (3..=5, _) => "promising",
        (2, 5) | (1, 4 | 5) => "cannot_lose",
        (_, 3 | 4) => "at_risk",
        (2, _) => "hibernating",
        _ => "lost",
    }
}

fn check(found: &RfmReport, log: &[Event], plan: &RfmPlan) {
    let buyers: Vec<Buyer> = buyers(log, plan).into_values().collect();
    let as_of = match plan.as_of_ms {
        _ if buyers.is_empty() => None,
        Some(ms) => Some(day(ms, &plan.zone)),
        None => buyers.iter().map(|b| b.last).max(),
    };
    assert_eq!(found.as_of, as_of.map(|day| day.to_string()));
    let ago = |b: &Buyer| days(b.last, as_of.unwrap());
    let away: Vec<i64> = buyers.iter().map(ago).collect();
    let near: Vec<i64> = away.iter().map(|days| -days).collect();
    let orders: Vec<i64> = buyers.iter().map(|b| b.orders).collect();
    let money: Vec<i64> = buyers.iter().map(|b| b.money_minor).collect();
    let scores = |values: &[i64]| -> Vec<u8> { values.iter().map(|v| score(*v, values)).collect() };
    let (r, f, m) = (scores(&near), scores(&orders), scores(&money));
    assert_eq!(found.bounds.recency_days, ranges(&away, &r));
    assert_eq!(found.bounds.orders, ranges(&orders, &f));
    assert_eq!(found.bounds.revenue_minor, ranges(&money, &m));
    assert_eq!(found.people, buyers.len() as u64);
    assert_eq!(found.orders, orders.iter().sum::<i64>() as u64);
    assert_eq!(found.revenue_minor, money.iter().sum::<i64>());
    let sum = |keep: &dyn Fn(usize) -> bool| {
        let own: Vec<usize> = (0..buyers.len()).filter(|i| keep(*i)).collect();
        let mean = own.iter().map(|i| away[*i]).sum::<i64>() as f64 / own.len() as f64;
        let spent = own.iter().map(|i| money[*i]).sum::<i64>();
        (own.len() as u64, spent, (!own.is_empty()).then_some(mean))
    };
    let mut cells = found.cells.iter();
    for row in 1..=5 {
        for column in 1..=5 {
            let cell = cells.next().unwrap();
            assert_eq!((cell.r, cell.f, cell.group), (row, column, group(row, column)));
            let own = sum(&|i| r[i] == row && f[i] == column);
            assert_eq!((cell.people, cell.revenue_minor, cell.average_recency_days), own);
        }
    }
    for (named, code) in found.named.iter().zip(GROUPS) {
        let (people, spent, _) = sum(&|i| group(r[i], f[i]) == code);
        assert_eq!((named.code, named.people, named.revenue_minor), (code, people, spent));
    }
}

/// Midnights between two days, one by one.
fn days(mut from: Date, to: Date) -> i64 {
    let mut days = 0;
    while from < to {
        from = from.tomorrow().unwrap();
        days += 1;
    }
    days
}

fn plan(number: u64, log: &[Event]) -> RfmPlan {
    let mut dice = Dice::new(number ^ 0x5eed);
    let gbp = Currency::new("GBP").unwrap();
    let mut plan = RfmPlan::new(gbp, zone(dice.pick(&ZONES)).unwrap());
    let moment = |dice: &mut Dice| match log.is_empty() {
        true => 0,
        false => log[dice.below(log.len())].time().0 + dice.pick(&[0, 0, 1, 86_400_000]),
    };
    if dice.one_in(3) {
        plan.from_ms = moment(&mut dice);
    }
    if dice.one_in(3) {
        plan.to_ms = moment(&mut dice);
    }
    if dice.one_in(2) {
        plan.as_of_ms = Some(moment(&mut dice));
    }
    plan
}

#[test]
fn every_buyer_is_scored_among_all() {
    oracle("rfm", |number, log| {
        let plan = plan(number, log);
        let ordered = batch(log);
        let found = RfmReport::read(pieces(number, &ordered), &plan).unwrap();
        check(&found, log, &plan);
        let again = arrange(&disturbed(number, log)).unwrap();
        assert_eq!(RfmReport::read(pieces(!number, &again), &plan).unwrap(), found);
    });
}
