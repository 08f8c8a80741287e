//! The overview against a loop per figure.

use std::collections::{BTreeMap, BTreeSet};

use event::{Currency, Data, Event};
use feature::FeatureError;
use feature::overview::{Overview, OverviewPlan, Totals, zone};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use crate::CASES;
use crate::logs::{batches, drafts, events, events_reversed, moment, sizes, step};

fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["Europe/London", "Asia/Shanghai", "America/New_York", "UTC"])
}

fn plan(zone_name: &str, from_ms: i64, to_ms: i64) -> OverviewPlan {
    OverviewPlan { currency: gbp(), zone: zone(zone_name).unwrap(), from_ms, to_ms }
}

fn read(events: &[Event], sizes: &[usize], plan: &OverviewPlan) -> Overview {
    Overview::read::<FeatureError>(batches(events, sizes), plan).unwrap()
}

/// The Monday of an event's week, day by day backwards.
fn monday(event: &Event, zone: &TimeZone) -> Date {
    let moment = Timestamp::from_millisecond(event.time().0).unwrap();
    let mut day = moment.to_zoned_datetime(zone.clone()).date();
    while day.weekday() != Weekday::Monday {
        day = day.yesterday().unwrap();
    }
    day
}

fn is_order(event: &Event) -> bool {
    let sold = |l: &event::Line| l.kind.is_product() && l.unit_price_minor != Some(0);
    matches!(event.data, Data::Purchase { .. }) && event.data.lines().iter().any(sold)
}

/// The figures of some events, one loop each.
fn totals(all: &[&Event]) -> Totals {
    let count = |keep: &dyn Fn(&Event) -> bool| all.iter().filter(|e| keep(e)).count() as u64;
    let home = |e: &Event| match &e.data {
        Data::Purchase { currency, .. } => *currency == gbp(),
        Data::Refund { currency, .. } => currency.is_none_or(|c| c == gbp()),
        _ => true,
    };
    let sum = |amount: &dyn Fn(&Data) -> i64| -> i64 {
        all.iter().filter(|e| home(e)).map(|e| amount(&e.data)).sum()
    };
    let gross = sum(&|data| match data {
        Data::Purchase { total_minor, .. } => *total_minor,
        _ => 0,
    });
    let goods = sum(&|data| match data {
        Data::Purchase { lines, .. } => {
            let goods = lines.iter().filter(|line| line.kind.is_product());
            goods.map(|line| line.qty * line.unit_price_minor.unwrap_or(0)).sum()
        }
        _ => 0,
    });
    let refunds = sum(&|data| match data {
        Data::Refund { amount_minor, .. } => *amount_minor,
        _ => 0,
    });
    let buyers: BTreeSet<&str> = all
        .iter()
        .filter(|e| is_order(e))
        .filter_map(|e| e.user_id.as_ref().map(|id| id.as_str()))
        .collect();
    let priced = count(&|e| is_order(e) && home(e));
    let mut totals = Totals::default();
    totals.orders = count(&is_order);
    totals.anonymous_orders = count(&|e| is_order(e) && e.user_id.is_none());
    totals.revenue_gross_minor = gross;
    totals.revenue_goods_minor = goods;
    totals.refunds_minor = refunds;
    totals.revenue_net_minor = gross - refunds;
    totals.buyers = buyers.len() as u64;
    totals.average_order_minor = match priced {
        0 => 0,
        n => (goods as f64 / n as f64 + 0.5).floor() as i64,
    };
    totals.views = count(&|e| matches!(e.data, Data::View { .. }));
    totals.clicks = count(&|e| matches!(e.data, Data::Click { .. }));
    totals.carts = count(&|e| matches!(e.data, Data::Cart { .. }));
    totals.reviews = count(&|e| matches!(e.data, Data::Review { .. }));
    totals.other_currency = count(&|e| !home(e));
    totals
}

/// Every figure as the service shows it: what is not shown is not compared.
fn shown(totals: &Totals) -> serde_json::Value {
    serde_json::to_value(totals).unwrap()
}

fn check(found: &Overview, events: &[Event], plan: &OverviewPlan) {
    let inside: Vec<&Event> = events
        .iter()
        .filter(|e| !e.user_key().as_str().is_empty())
        .filter(|e| e.time().0 >= plan.from_ms && e.time().0 < plan.to_ms)
        .collect();
    assert_eq!(shown(&found.totals), shown(&totals(&inside)));
    let mut by_week: BTreeMap<Date, Vec<&Event>> = BTreeMap::new();
    for event in &inside {
        by_week.entry(monday(event, &plan.zone)).or_default().push(event);
    }
    let mut weeks = Vec::new();
    let mut day = by_week.keys().next().copied();
    while let Some(start) = day.filter(|start| start <= by_week.keys().last().unwrap()) {
        let own = by_week.get(&start).map(Vec::as_slice).unwrap_or_default();
        weeks.push((start, shown(&totals(own))));
        day = Some(start + 7.days());
    }
    let found_weeks: Vec<_> =
        found.weeks.iter().map(|w| (w.week_start, shown(&w.totals))).collect();
    assert_eq!(found_weeks, weeks);

    let mut buyers: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    let mut people: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for event in &inside {
        if let Some(id) = &event.user_id {
            let buyer = buyers.entry(id.as_str()).or_insert((0, i64::MIN));
            buyer.0 += u64::from(is_order(event));
            buyer.1 = buyer.1.max(event.time().0);
        }
        let mut touch = |item| {
            people.entry(item).or_default().insert(event.user_key().to_string());
        };
        match &event.data {
            Data::View { item_id, .. } => touch(item_id.as_str()),
            Data::Click { target, .. } if target.kind == "item" => touch(&target.id),
            Data::Purchase { lines, .. } => {
                let goods = lines.iter().filter(|line| line.kind.is_product());
                goods.for_each(|line| touch(line.item_id.as_str()));
            }
            _ => {}
        }
    }
    let mut buyers: Vec<_> = buyers.into_iter().map(|(id, (n, last))| (id, n, last)).collect();
    buyers.sort_by_key(|(id, n, _)| (std::cmp::Reverse(*n), *id));
    let found_buyers: Vec<_> =
        found.buyers.iter().map(|b| (b.user_id.as_str(), b.orders, b.last_seen_ms)).collect();
    assert_eq!(found_buyers, buyers);
    let mut people: Vec<_> = people.into_iter().map(|(id, n)| (id, n.len() as u64)).collect();
    people.sort_by_key(|(id, n)| (std::cmp::Reverse(*n), *id));
    let found_people: Vec<_> = found.item_people.iter().map(|(id, n)| (id.as_str(), *n)).collect();
    assert_eq!(found_people, people);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn the_overview_equals_a_loop_per_figure(
        drafts in drafts(40),
        sizes in sizes(),
        zone in zones(),
        bounds in prop::option::of((step(), step())),
    ) {
        let (from_ms, to_ms) = match bounds {
            Some((from, to)) => (moment(&drafts, from), moment(&drafts, to)),
            None => (i64::MIN, i64::MAX),
        };
        let (events, plan) = (events(&drafts), plan(zone, from_ms, to_ms));
        let found = read(&events, &sizes, &plan);
        check(&found, &events, &plan);
        prop_assert_eq!(&found, &read(&events_reversed(&drafts), &[usize::MAX], &plan));
    }

    #[test]
    fn weeks_sum_to_the_totals_and_share_buyers(
        drafts in drafts(40), sizes in sizes(), zone in zones(),
    ) {
        let found = read(&events(&drafts), &sizes, &plan(zone, i64::MIN, i64::MAX));
        let sum = |figure: fn(&Totals) -> i64| -> i64 {
            found.weeks.iter().map(|w| figure(&w.totals)).sum()
        };
        let figures: [fn(&Totals) -> i64; 10] = [
            |t| t.orders as i64, |t| t.anonymous_orders as i64, |t| t.revenue_gross_minor,
            |t| t.revenue_goods_minor, |t| t.refunds_minor, |t| t.revenue_net_minor,
            |t| t.views as i64, |t| t.clicks as i64, |t| t.reviews as i64,
            |t| t.other_currency as i64,
        ];
        for figure in figures {
            prop_assert_eq!(sum(figure), figure(&found.totals));
        }
        let most = found.weeks.iter().map(|w| w.totals.buyers).max().unwrap_or(0);
        prop_assert!(most <= found.totals.buyers);
        prop_assert!(found.totals.buyers as i64 <= sum(|t| t.buyers as i64));
        let with_orders = found.buyers.iter().filter(|b| b.orders > 0).count() as u64;
        prop_assert_eq!(with_orders, found.totals.buyers);
        let starts = found.weeks.windows(2).all(|w| w[0].week_start + 7.days() == w[1].week_start);
        prop_assert!(starts);
        let mondays = found.weeks.iter().all(|w| w.week_start.weekday() == Weekday::Monday);
        prop_assert!(mondays);
    }
}

fn order(id: &str, ts: &str, currency: &str, lines: &str) -> Event {
    let text = format!(
        r#"{{"v":1,"id":"{id}","type":"purchase","ts":"{ts}","user_id":"7","data":{{
            "order_id":"{id}","currency":"{currency}","total_minor":1000,"lines":{lines}}}}}"#
    );
    event::parse(&text, event::Authority::Server, event::TimeMs(1_900_000_000_000)).unwrap()
}

/// Both clocks changes of 2026 in London and New York, and China's of 1986: the Sunday night
/// before belongs to the old week to the last millisecond.
#[test]
fn weeks_turn_at_local_midnight_when_clocks_change() {
    for (name, last, first) in [
        ("Europe/London", "2026-03-29T22:59:59.999Z", "2026-03-29T23:00:00Z"),
        ("Europe/London", "2026-10-25T23:59:59.999Z", "2026-10-26T00:00:00Z"),
        ("America/New_York", "2026-03-09T03:59:59.999Z", "2026-03-09T04:00:00Z"),
        ("America/New_York", "2026-11-02T04:59:59.999Z", "2026-11-02T05:00:00Z"),
        ("Asia/Shanghai", "2026-03-29T15:59:59.999Z", "2026-03-29T16:00:00Z"),
        ("Asia/Shanghai", "1986-05-04T14:59:59.999Z", "1986-05-04T15:00:00Z"),
    ] {
        let lines = r#"[{"item_id":"a","qty":1,"unit_price_minor":1000}]"#;
        let events = [order("1", last, "GBP", lines), order("2", first, "GBP", lines)];
        let found = read(&events, &[1], &plan(name, i64::MIN, i64::MAX));
        let orders: Vec<u64> = found.weeks.iter().map(|w| w.totals.orders).collect();
        assert_eq!(orders, [1, 1], "{name} {last}");
    }
}

#[test]
fn the_largest_amounts_that_are_accepted_do_not_overflow() {
    let line = r#"{"item_id":"a","qty":100000000,"unit_price_minor":1000000000000}"#;
    let events = [order("1", "2026-03-29T22:00:00Z", "GBP", &format!("[{line},{line}]"))];
    let found = read(&events, &[1], &plan("UTC", i64::MIN, i64::MAX));
    assert_eq!(found.totals.revenue_goods_minor, i64::MAX);
}

#[test]
fn a_foreign_order_does_not_thin_the_average() {
    let lines = r#"[{"item_id":"a","qty":2,"unit_price_minor":500}]"#;
    let at = "2026-03-29T22:00:00Z";
    let events = [order("1", at, "GBP", lines), order("2", at, "EUR", lines)];
    let found = read(&events, &[1], &plan("UTC", i64::MIN, i64::MAX)).totals;
    assert_eq!((found.orders, found.other_currency, found.average_order_minor), (2, 1, 1000));
}
