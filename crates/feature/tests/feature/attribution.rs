//! Credit of channels against paths looked up order by order, and removal against the chain
//! walked without the channel.

use std::collections::BTreeMap;

use event::{Currency, Data, Event};
use feature::FeatureError;
use feature::analytics::attribution::{AttributionPlan, AttributionReport};
use feature::arrange::arrange;

use crate::random_log::{Dice, batch, disturbed, oracle, pieces};

const MINUTE_MS: i64 = 60_000;
/// Touches of a path.
const LONGEST: usize = 20;

#[derive(Clone)]
struct Touch {
    time_ms: i64,
    channel: String,
    led: bool,
}

struct Order {
    money_minor: i64,
    /// Channel and age before the last touch, half-lives.
    path: Vec<(String, f64)>,
}

/// What the log holds: orders, journeys to nothing, touches by channel.
#[derive(Default)]
struct Told {
    orders: Vec<Order>,
    nothing: Vec<Vec<String>>,
    touches: BTreeMap<String, u64>,
}

fn channel(event: &Event) -> Option<String> {
    let campaign = event.ctx.campaign.as_ref()?;
    match (&campaign.source, &campaign.medium) {
        (Some(source), Some(medium)) => Some(format!("{source} / {medium}")),
        (Some(one), None) | (None, Some(one)) => Some(one.clone()),
        (None, None) => campaign.name.clone(),
    }
}

fn tell(log: &[Event], plan: &AttributionPlan) -> Told {
    let mut by_person: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in log.iter().filter(|e| !matches!(e.data, Data::Refund { .. })) {
        by_person.entry(event.user_key().to_string()).or_default().push(event);
    }
    by_person.remove("");
    let mut told = Told::default();
    by_person.values().for_each(|events| tell_person(events, plan, &mut told));
    told
}

fn tell_person(events: &[&Event], plan: &AttributionPlan, told: &mut Told) {
    let inside = |ms: i64| ms >= plan.from_ms && ms < plan.to_ms;
    let mut touches: Vec<Touch> = Vec::new();
    for (i, event) in events.iter().enumerate() {
        let time_ms = event.time().0;
        let begins = i == 0 || time_ms - events[i - 1].time().0 > plan.gap_ms;
        let last = touches.last().map(|touch| touch.channel.clone());
        let channel = match channel(event) {
            None if begins => Some("(direct)".to_owned()),
            Some(new) if begins || last != Some(new.clone()) => Some(new),
            _ => None,
        };
        if let Some(channel) = channel {
            touches.push(Touch { time_ms, channel, led: false });
        }
        let Data::Purchase { lines, currency, .. } = &event.data else { continue };
        let goods: Vec<_> = lines.iter().filter(|line| line.kind.is_product()).collect();
        if !inside(time_ms) || goods.iter().all(|line| line.unit_price_minor == Some(0)) {
            continue;
        }
        let money = goods.iter().map(|line| line.qty * line.unit_price_minor.unwrap_or(0)).sum();
        let money_minor = if *currency == plan.currency { money } else { 0 };
        let mut path = Vec::new();
        let last_ms = touches.last().unwrap().time_ms;
        let opens_ms = time_ms - plan.window_ms;
        let long_ago = touches.len().saturating_sub(LONGEST);
        for touch in touches[long_ago..].iter_mut().filter(|touch| touch.time_ms >= opens_ms) {
            let age = (last_ms - touch.time_ms) as f64 / plan.half_life_ms as f64;
            path.push((touch.channel.clone(), age));
            touch.led = true;
        }
        if path.is_empty() {
            path.push(("(direct)".to_owned(), 0.0));
        }
        told.orders.push(Order { money_minor, path });
    }
    let mut open: Option<(i64, Vec<String>)> = None;
    for touch in touches {
        if inside(touch.time_ms) {
            *told.touches.entry(touch.channel.clone()).or_default() += 1;
        }
        if touch.led || !inside(touch.time_ms) {
            told.nothing.extend(open.take().map(|(_, path)| path));
            continue;
        }
        match &mut open {
            Some((ms, path)) if touch.time_ms - *ms <= plan.window_ms => {
                *ms = touch.time_ms;
                path.push(touch.channel);
            }
            _ => {
                told.nothing.extend(open.take().map(|(_, path)| path));
                open = Some((touch.time_ms, vec![touch.channel]));
            }
        }
    }
    told.nothing.extend(open.map(|(_, path)| path));
    for path in &mut told.nothing {
        path.drain(..path.len().saturating_sub(LONGEST));
    }
}

/// Renames the channels beyond the plan's number.
fn pool(told: &mut Told, limit: usize) {
    let mut names: Vec<(i64, String)> = Vec::new();
    let seen = told.orders.iter().flat_map(|o| o.path.iter().map(|(channel, _)| channel.clone()));
    for channel in
        seen.chain(told.nothing.iter().flatten().cloned()).chain(told.touches.keys().cloned())
    {
        let touches = told.touches.get(&channel).copied().unwrap_or(0) as i64;
        if !names.contains(&(-touches, channel.clone())) {
            names.push((-touches, channel));
        }
    }
    names.sort();
    let kept: Vec<String> = names.into_iter().take(limit).map(|(_, name)| name).collect();
    let rename = |name: &mut String| {
        if !kept.contains(name) {
            *name = "(other)".to_owned();
        }
    };
    told.orders.iter_mut().flat_map(|o| &mut o.path).for_each(|(name, _)| rename(name));
    told.nothing.iter_mut().flatten().for_each(rename);
    let mut touches = BTreeMap::new();
    for (mut name, n) in std::mem::take(&mut told.touches) {
        rename(&mut name);
        *touches.entry(name).or_default() += n;
    }
    told.touches = touches;
}

type Matrix = Vec<Vec<f64>>;

/// The chance of an order, every way into a channel leading to nothing: the chain's matrix squared
/// until nobody walks any more. States: channels, start, order, nothing.
fn chance(told: &Told, names: &[String], removed: Option<usize>) -> f64 {
    let (start, order, nothing) = (names.len(), names.len() + 1, names.len() + 2);
    let mut counts: Matrix = vec![vec![0.0; names.len() + 3]; names.len() + 3];
    let mut walk = |path: Vec<&String>, end: usize| {
        let mut at = start;
        for name in path {
            let next = names.iter().position(|n| n == name).unwrap();
            counts[at][next] += 1.0;
            at = next;
        }
        counts[at][end] += 1.0;
    };
    for one in &told.orders {
        walk(one.path.iter().map(|(name, _)| name).collect(), order);
    }
    told.nothing.iter().for_each(|path| walk(path.iter().collect(), nothing));
    for row in &mut counts {
        let all: f64 = row.iter().sum();
        row.iter_mut().for_each(|n| *n /= all.max(1.0));
        if let Some(channel) = removed {
            row[nothing] += std::mem::take(&mut row[channel]);
        }
    }
    counts[order][order] = 1.0;
    counts[nothing][nothing] = 1.0;
    for _ in 0..12 {
        let n = counts.len();
        let mut squared: Matrix = vec![vec![0.0; n]; n];
        for i in 0..n {
            for k in (0..n).filter(|k| counts[i][*k] != 0.0) {
                for j in 0..n {
                    squared[i][j] += counts[i][k] * counts[k][j];
                }
            }
        }
        counts = squared;
    }
    counts[start][order]
}

fn near(a: f64, b: f64, what: &str) {
    assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{what}: {a} {b}");
}

fn check(found: &AttributionReport, told: &Told) {
    let orders = told.orders.len() as f64;
    let money_minor: i64 = told.orders.iter().map(|o| o.money_minor).sum();
    assert_eq!((found.orders as f64, found.revenue_minor), (orders, money_minor));
    assert_eq!((found.counting, found.unconverted), ("orders", told.nothing.len() as u64));
    let mut names: Vec<String> = found.channels.iter().map(|c| c.channel.clone()).collect();
    names.sort();
    let whole = if orders > 0.0 { chance(told, &names, None) } else { 1.0 };
    let effects: Vec<f64> = (0..names.len())
        .map(|i| if orders > 0.0 { 1.0 - chance(told, &names, Some(i)) / whole } else { 0.0 })
        .collect();
    let all: f64 = effects.iter().sum();
    for channel in &found.channels {
        let name = &channel.channel;
        assert_eq!(channel.touches, told.touches.get(name).copied().unwrap_or(0), "{name}");
        let (mut first, mut last, mut linear, mut decay) = (0.0, 0.0, 0.0, 0.0);
        let (mut first_minor, mut last_minor, mut linear_minor, mut decay_minor) = (0, 0, 0.0, 0.0);
        for order in &told.orders {
            let money = order.money_minor as f64;
            let weight: f64 = order.path.iter().map(|(_, age)| 0.5_f64.powf(*age)).sum();
            if &order.path[0].0 == name {
                first += 1.0;
                first_minor += order.money_minor;
            }
            if &order.path.last().unwrap().0 == name {
                last += 1.0;
                last_minor += order.money_minor;
            }
            for (_, age) in order.path.iter().filter(|(other, _)| other == name) {
                let part = 1.0 / order.path.len() as f64;
                linear += part;
                linear_minor += part * money;
                decay += 0.5_f64.powf(*age) / weight;
                decay_minor += 0.5_f64.powf(*age) / weight * money;
            }
        }
        assert_eq!((channel.first, channel.last), (first, last), "{name}");
        near(channel.linear, linear, "linear");
        near(channel.time_decay, decay, "time decay");
        let i = names.iter().position(|n| n == name).unwrap();
        let share = if orders > 0.0 { effects[i] / all } else { 0.0 };
        near(channel.markov, share * orders, "markov");
        let own = channel.revenue_minor;
        assert_eq!((own.first, own.last), (first_minor, last_minor), "{name}");
        let slack = 1.0 + told.orders.iter().map(|o| o.path.len() as f64).sum::<f64>();
        assert!((own.linear as f64 - linear_minor).abs() <= slack, "{own:?} {linear_minor}");
        assert!((own.time_decay as f64 - decay_minor).abs() <= slack, "{own:?} {decay_minor}");
        assert!((own.markov as f64 - share * money_minor as f64).abs() <= 2.0, "{own:?}");
    }
}

fn credits_sum_to_orders(found: &AttributionReport) {
    let sum = |credit: fn(&feature::analytics::attribution::ChannelCredit) -> f64| -> f64 {
        found.channels.iter().map(credit).sum()
    };
    for credit in [sum(|c| c.first), sum(|c| c.last), sum(|c| c.linear), sum(|c| c.time_decay)] {
        assert!((credit - found.orders as f64).abs() < 1e-9 * (1.0 + credit), "{credit}");
    }
    near(sum(|c| c.markov), found.orders as f64, "markov");
    let money = |credit: fn(&feature::analytics::attribution::ChannelRevenue) -> i64| -> i64 {
        found.channels.iter().map(|c| credit(&c.revenue_minor)).sum()
    };
    let sums = [
        money(|c| c.first),
        money(|c| c.last),
        money(|c| c.linear),
        money(|c| c.time_decay),
        money(|c| c.markov),
    ];
    assert_eq!(sums, [found.revenue_minor; 5]);
}

fn plan(number: u64, log: &[Event]) -> AttributionPlan {
    let mut dice = Dice::new(number ^ 0xcafe);
    let mut plan = AttributionPlan::new(Currency::new("GBP").unwrap());
    plan.window_ms = dice.pick(&[0, MINUTE_MS, 24 * 60 * MINUTE_MS, plan.window_ms]);
    plan.half_life_ms = dice.pick(&[1, 60 * MINUTE_MS, plan.half_life_ms]);
    plan.gap_ms = dice.pick(&[0, plan.gap_ms, plan.gap_ms, 20 * 24 * 60 * MINUTE_MS]);
    plan.channels = dice.pick(&[1, 2, 3, 50]);
    if !log.is_empty() && dice.one_in(3) {
        plan.from_ms = log[dice.below(log.len())].time().0;
    }
    if !log.is_empty() && dice.one_in(3) {
        plan.to_ms = log[dice.below(log.len())].time().0;
    }
    plan
}

#[test]
fn credit_is_shared_as_each_model_says() {
    oracle("attribution", |number, log| {
        let plan = plan(number, log);
        let found = AttributionReport::read(pieces(number, &batch(log)), &plan).unwrap();
        let mut told = tell(log, &plan);
        let mut paths: Vec<Vec<&String>> =
            told.orders.iter().map(|o| o.path.iter().map(|(name, _)| name).collect()).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(found.paths_n, paths.len() as u64);
        pool(&mut told, plan.channels);
        check(&found, &told);
        credits_sum_to_orders(&found);
        let again = arrange(&disturbed(number, log)).unwrap();
        assert_eq!(AttributionReport::read(pieces(!number, &again), &plan).unwrap(), found);
    });
}

/// A visit, or an order where it has lines.
fn visit(n: usize, kind: &str, source: &str, data: &str) -> Event {
    let text = format!(
        r#"{{"v":1,"id":"e-{n:03}","type":"{kind}","ts":"2026-03-01T00:00:{:02}Z","user_id":"7",
            "ctx":{{"campaign":{{"source":"{source}"}}}},"data":{data}}}"#,
        n / 2
    );
    event::parse(&text, event::Authority::Server, event::TimeMs(1_900_000_000_000)).unwrap()
}

#[test]
fn only_the_last_touches_of_a_long_path_count() {
    let view = r#"{"item_id":"a"}"#;
    let order = r#"{"order_id":"1","currency":"GBP","total_minor":100,
        "lines":[{"item_id":"a","qty":1,"unit_price_minor":100}]}"#;
    let source = |n: usize| match n {
        0..20 => ["early", "earlier"][n % 2],
        _ => ["a", "b"][n % 2],
    };
    let mut log: Vec<Event> = (0..70).map(|n| visit(n, "view", source(n), view)).collect();
    log.push(visit(70, "purchase", "b", order));
    let plan = AttributionPlan::new(Currency::new("GBP").unwrap());
    let found = AttributionReport::read(pieces(1, &batch(&log)), &plan).unwrap();
    let of = |name: &str| found.channels.iter().find(|c| c.channel == name).unwrap();
    assert_eq!((found.orders, found.paths_n, found.unconverted), (1, 1, 1));
    assert_eq!((of("a").first, of("b").last, of("a").linear), (1.0, 1.0, 0.5));
    assert_eq!((of("early").linear, of("early").markov, of("early").touches), (0.0, 0.0, 10));
}

#[test]
fn settings_out_of_range_are_refused() {
    let plan = AttributionPlan::new(Currency::new("GBP").unwrap());
    let setting = |plan: AttributionPlan| match plan.validate() {
        Err(FeatureError::Setting { setting, .. }) => setting,
        other => panic!("{other:?}"),
    };
    assert_eq!(setting(AttributionPlan { window_ms: -1, ..plan.clone() }), "window");
    assert_eq!(setting(AttributionPlan { half_life_ms: 0, ..plan.clone() }), "half_life");
    assert_eq!(setting(AttributionPlan { gap_ms: -1, ..plan.clone() }), "gap");
    assert_eq!(setting(AttributionPlan { channels: 0, ..plan.clone() }), "channels");
    assert_eq!(setting(AttributionPlan { channels: 201, ..plan }), "channels");
}
