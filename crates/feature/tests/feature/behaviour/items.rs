//! Features of items against a twin that looks at every event for every item.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use event::{Data, Event, StockChange};
use feature::behaviour::{ItemTally, Value, item_definitions, item_table};
use feature::kernel::{self, Kernel, Tally};
use feature::overview::zone;
use feature::{FeatureError, arrange};

use super::who::{
    DAY, Rows, Who, facts, gbp, goods, is, is_add, is_order, item, moment, rows, same, share, text,
    time, touched, whole,
};
use crate::random_log::{batch, disturbed, oracle, pieces};

fn tallied(number: u64, log: &RecordBatch, as_of_ms: i64) -> RecordBatch {
    kernel::fold(pieces(number, log), &ItemTally { as_of_ms, currency: gbp() }).unwrap()
}

fn table(number: u64, log: &[Event], ordered: &RecordBatch, as_of: i64) -> Rows {
    let counted = tallied(number, ordered, as_of);
    let facts = facts(log, as_of, zone("Asia/Shanghai").unwrap());
    let catalogue = [Ok::<_, FeatureError>(ordered.clone())];
    rows(&item_table(&counted, catalogue, as_of, &facts).unwrap())
}

#[test]
fn items_are_those_of_asking_every_person_and_event() {
    let names: BTreeSet<&str> = item_definitions().map(|def| def.name.as_str()).collect();
    oracle("features: items", |number, log| {
        let as_of = moment(number, log);
        let found = table(number, log, &batch(log), as_of);
        let arranged = arrange::arrange(&disturbed(number, log)).unwrap();
        assert_eq!(table(!number, log, &arranged, as_of), found);
        let mut people: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        for event in log.iter().filter(|event| time(event) < as_of) {
            people.entry(event.user_key().to_string()).or_default().push(event);
        }
        let catalogue = people.remove("").unwrap_or_default();
        let zone = zone("Asia/Shanghai").unwrap();
        let people: Vec<Who<'_>> = people
            .into_values()
            .map(|events| Who { as_of, zone: zone.clone(), events, catalogue: catalogue.clone() })
            .collect();
        let shop = Who { as_of, zone, events: Vec::new(), catalogue };
        let met = people.iter().flat_map(|who| who.events.iter().flat_map(|e| met(e)));
        let named = shop.catalogue.iter().filter_map(|e| item(e));
        let items: BTreeSet<String> = met.chain(named).collect();
        assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), items);
        for id in items {
            let mut expected = of_people(&id, &people);
            expected.extend(of_catalogue(&id, &shop, &people));
            let told: BTreeSet<&str> = expected.iter().map(|(name, _)| *name).collect();
            assert_eq!(told, names);
            for (name, value) in &expected {
                same(&format!("{id} {name}"), &found[&id][*name], value);
            }
        }
    });
}

/// Items that an event counts for: a refund counts, taking out of a cart does not.
fn met(event: &Event) -> Vec<String> {
    let lines = is_add(event) || is_order(event) || is(event, "refund");
    let single = is(event, "view") || is(event, "click") || is(event, "review");
    let lines = if lines { goods(event) } else { Vec::new() };
    let single = item(event).filter(|_| single);
    single.into_iter().chain(lines.iter().map(|line| line.item_id.to_string())).collect()
}

fn of_people(id: &str, people: &[Who<'_>]) -> Vec<(&'static str, Value)> {
    let holds = |e: &Event| touched(e).iter().any(|item| item == id);
    let all = |of: &dyn Fn(&Who<'_>, &Event) -> i64| -> i64 {
        people.iter().map(|who| who.events.iter().map(|e| of(who, e)).sum::<i64>()).sum()
    };
    let some = |of: &dyn Fn(&Event) -> bool| -> i64 {
        people.iter().filter(|who| who.events.iter().any(|e| of(e))).count() as i64
    };
    let lines = |e: &Event| -> Vec<(i64, i64)> {
        let own = goods(e).into_iter().filter(|line| line.item_id.as_str() == id);
        own.map(|line| (line.qty, line.qty * line.unit_price_minor.unwrap_or(0))).collect()
    };
    let units = |e: &Event| lines(e).iter().map(|(qty, _)| qty).sum::<i64>();
    let amount = |e: &Event| lines(e).iter().map(|(_, minor)| minor).sum::<i64>();
    let late = |who: &Who<'_>, e: &Event| who.within(e, 30 * DAY);
    let view = |e: &Event| is(e, "view") && holds(e);
    let order = |e: &Event| is_order(e) && holds(e);
    let ours = |e: &Event| matches!(e.data, Data::Purchase { currency, .. } if currency == gbp());
    let rating = |e: &Event| match &e.data {
        Data::Review { item_id, rating, .. } if item_id.as_str() == id => {
            rating.map(|rating| rating.value / rating.max)
        }
        _ => None,
    };
    let dwell = |who: &Who<'_>, e: &Event| if view(e) { who.dwell(e) } else { None };
    let ratings: Vec<f64> =
        people.iter().flat_map(|who| who.events.iter().filter_map(|e| rating(e))).collect();
    let one = i64::from;
    let (viewers, buyers) = (some(&view), some(&order));
    let views = all(&|_, e| one(view(e)));
    let adds = all(&|_, e| if is_add(e) { lines(e).len() as i64 } else { 0 });
    let bought = all(&|_, e| if is_order(e) { units(e) } else { 0 });
    let back = all(&|_, e| if is(e, "refund") { units(e) } else { 0 });
    let known = all(&|who, e| one(dwell(who, e).is_some()));
    let score = ratings.iter().sum::<f64>() / ratings.len() as f64;
    vec![
        ("views", whole(Some(views))),
        ("views_30d", whole(Some(all(&|who, e| one(view(e) && late(who, e)))))),
        ("viewers", whole(Some(viewers))),
        ("clicks", whole(Some(all(&|_, e| one(is(e, "click") && holds(e)))))),
        ("cart_adds", whole(Some(adds))),
        ("orders", whole(Some(all(&|_, e| one(order(e)))))),
        ("orders_30d", whole(Some(all(&|who, e| one(order(e) && late(who, e)))))),
        ("buyers", whole(Some(buyers))),
        ("units", whole(Some(bought))),
        ("units_30d", whole(Some(all(&|w, e| if order(e) && late(w, e) { units(e) } else { 0 })))),
        (
            "revenue_minor",
            whole(Some(all(&|_, e| if order(e) && ours(e) { amount(e) } else { 0 }))),
        ),
        ("returned_units", whole(Some(back))),
        ("reviews", whole(Some(ratings.len() as i64))),
        ("buyers_per_viewer", share(buyers, viewers)),
        ("cart_adds_per_view", share(adds, views)),
        ("return_share", share(back, bought)),
        ("dwell_mean", share(all(&|who, e| dwell(who, e).unwrap_or(0)), known)),
        ("rating_mean", if ratings.is_empty() { Value::Null } else { Value::Number(score) }),
        ("also_viewed", with(id, people, |e| is(e, "view"))),
        ("also_ordered", with(id, people, is_order)),
    ]
}

/// The five others most people have in common with an item; nobody here has more than twenty.
fn with(id: &str, people: &[Who<'_>], of: fn(&Event) -> bool) -> Value {
    let mut others: BTreeMap<String, i64> = BTreeMap::new();
    for who in people {
        let had: BTreeSet<String> =
            who.events.iter().filter(|e| of(e)).flat_map(|e| touched(e)).collect();
        if had.contains(id) {
            had.into_iter().filter(|o| o != id).for_each(|o| *others.entry(o).or_default() += 1);
        }
    }
    let mut list: Vec<(i64, String)> = others.into_iter().map(|(o, n)| (-n, o)).collect();
    list.sort();
    Value::List(list.into_iter().take(5).map(|(_, other)| other).collect())
}

fn of_catalogue(id: &str, shop: &Who<'_>, people: &[Who<'_>]) -> Vec<(&'static str, Value)> {
    let said: Vec<&Event> =
        shop.catalogue.iter().copied().filter(|e| item(e).as_deref() == Some(id)).collect();
    let meetings: Vec<i64> = people
        .iter()
        .flat_map(|who| who.events.iter().filter(|e| met(e).iter().any(|i| i == id)))
        .map(|e| time(e))
        .collect();
    let first = meetings.iter().copied().chain(said.iter().map(|e| time(e))).min();
    let priced = said.iter().filter_map(|e| match &e.data {
        Data::Item { price_minor, .. } => price_minor.map(|price| (time(e), price)),
        Data::Price { price_minor, .. } => Some((time(e), *price_minor)),
        _ => None,
    });
    let prices: Vec<(i64, i64)> = priced.collect();
    let changed: Vec<i64> =
        prices.windows(2).filter(|p| p[0].1 != p[1].1).map(|p| p[1].0).collect();
    let levels: Vec<i64> = said
        .iter()
        .filter_map(|e| match e.data {
            Data::Stock { change: StockChange::Level(level), .. } => Some(level),
            _ => None,
        })
        .collect();
    let stocked: Vec<bool> = levels.iter().map(|level| *level > 0).collect();
    let runs = (0..stocked.len()).filter(|at| !stocked[*at] && (*at == 0 || stocked[at - 1]));
    let ago = |time: Option<i64>| whole(time.map(|time| shop.as_of - time));
    let in_catalogue = |n: usize| whole((!said.is_empty()).then_some(n as i64));
    let price = prices.iter().map(|(_, price)| *price);
    vec![
        ("category", text(shop.category(id))),
        ("age_days", whole(first.map(|first| (shop.as_of - first) / DAY))),
        ("since_last_event", ago(meetings.iter().max().copied())),
        ("price_minor", whole(prices.last().map(|(_, price)| *price))),
        ("lowest_price_minor", whole(price.clone().min())),
        ("highest_price_minor", whole(price.max())),
        ("price_changes", in_catalogue(changed.len())),
        ("since_price_change", ago(changed.last().copied())),
        ("price_position", shop.price_position(id).map_or(Value::Null, Value::Number)),
        ("stock_level", whole(levels.last().copied())),
        ("in_stock", whole(stocked.last().map(|now| i64::from(*now)))),
        ("stock_outs", in_catalogue(runs.count())),
    ]
}

#[test]
fn an_empty_shop_has_a_table_without_rows() {
    let tally = ItemTally { as_of_ms: 0, currency: gbp() };
    let none: [Result<RecordBatch, FeatureError>; 0] = [];
    let counted = kernel::fold(none, &tally).unwrap();
    assert_eq!(tally.merge(&counted).unwrap().schema(), tally.returns());
    let facts = facts(&[], 0, jiff::tz::TimeZone::UTC);
    let none: [Result<RecordBatch, FeatureError>; 0] = [];
    assert_eq!(item_table(&counted, none, 0, &facts).unwrap().num_rows(), 0);
}
