//! A person at a moment as the twins see them, and the comparison with the table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, RecordBatch};
use event::{CartOp, Context, Currency, Data, Event, Line};
use feature::FeatureError;
use feature::behaviour::{PeopleTable, ShopFacts, Value, definitions};
use feature::kernel::{self, Kernel};
use feature::overview::zone;
use jiff::tz::TimeZone;

use crate::random_log::{Dice, ZONES, batch, oracle, pieces};

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;
/// The windows, said a second time.
pub const SPANS: [(&str, i64); 5] =
    [("1h", HOUR), ("1d", DAY), ("7d", 7 * DAY), ("30d", 30 * DAY), ("all", i64::MAX)];

/// One person's events before a moment, and the shop's own.
pub struct Who<'a> {
    pub as_of: i64,
    pub zone: TimeZone,
    pub events: Vec<&'a Event>,
    pub catalogue: Vec<&'a Event>,
}

pub type Twin = fn(&Who<'_>) -> Vec<(String, Value)>;

pub fn time(event: &Event) -> i64 {
    event.time().0
}

pub fn gbp() -> Currency {
    Currency::new("GBP").unwrap()
}

pub fn num(value: Option<f64>) -> Value {
    value.map_or(Value::Null, Value::Number)
}

pub fn whole(value: Option<i64>) -> Value {
    num(value.map(|n| n as f64))
}

pub fn text(value: Option<String>) -> Value {
    value.map_or(Value::Null, Value::Text)
}

pub fn share(part: i64, all: i64) -> Value {
    num((all != 0).then(|| part as f64 / all as f64))
}

pub fn mean(list: &[i64]) -> Value {
    share(list.iter().sum(), list.len() as i64)
}

pub fn median(list: &[i64]) -> Value {
    let mut sorted = list.to_vec();
    sorted.sort();
    num(match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[n / 2] as f64),
        n => Some((sorted[n / 2 - 1] + sorted[n / 2]) as f64 / 2.0),
    })
}

pub fn goods(event: &Event) -> Vec<&Line> {
    event.data.lines().iter().filter(|line| line.kind.is_product()).collect()
}

/// A purchase of something sold at a price.
pub fn is_order(event: &Event) -> bool {
    let purchase = matches!(event.data, Data::Purchase { .. });
    purchase && goods(event).iter().any(|line| line.unit_price_minor != Some(0))
}

pub fn is_add(event: &Event) -> bool {
    matches!(event.data, Data::Cart { op: CartOp::Add, .. })
}

pub fn is(event: &Event, name: &str) -> bool {
    event.data.type_name() == name
}

pub fn item(event: &Event) -> Option<String> {
    event.data.item_id().map(ToString::to_string)
}

/// Items an event touches, in the order it names them.
pub fn touched(event: &Event) -> Vec<String> {
    let mut items: Vec<String> = item(event).into_iter().collect();
    if !is(event, "refund") {
        items.extend(goods(event).iter().map(|line| line.item_id.to_string()));
    }
    items
}

impl Who<'_> {
    pub fn within(&self, event: &Event, span: i64) -> bool {
        self.as_of - time(event) <= span
    }

    pub fn ago(&self, event: Option<&&Event>) -> Value {
        whole(event.map(|event| self.as_of - time(event)))
    }

    pub fn orders(&self) -> Vec<&Event> {
        self.events.iter().copied().filter(|event| is_order(event)).collect()
    }

    /// Events with at most 30 minutes from one to the next.
    pub fn sessions(&self) -> Vec<Vec<&Event>> {
        let mut sessions: Vec<Vec<&Event>> = Vec::new();
        for event in &self.events {
            match sessions.last_mut() {
                Some(session) if time(event) - time(session.last().unwrap()) <= 30 * 60_000 => {
                    session.push(event);
                }
                _ => sessions.push(vec![event]),
            }
        }
        sessions
    }

    pub fn category(&self, item: &str) -> Option<String> {
        self.catalogue.iter().rev().find_map(|event| match &event.data {
            Data::Item { item_id, category, .. } if item_id.as_str() == item => {
                category.first().cloned()
            }
            _ => None,
        })
    }

    pub fn price(&self, item: &str) -> Option<i64> {
        self.catalogue.iter().rev().find_map(|event| match &event.data {
            Data::Item { item_id, price_minor, currency, .. } if item_id.as_str() == item => {
                price_minor.filter(|_| currency.is_none_or(|c| c == gbp()))
            }
            Data::Price { item_id, price_minor, currency } if item_id.as_str() == item => {
                (*currency == gbp()).then_some(*price_minor)
            }
            _ => None,
        })
    }

    /// Rank of an item's price among the goods of its category, equal prices in the middle.
    pub fn price_position(&self, item: &str) -> Option<f64> {
        let (category, price) = (self.category(item)?, self.price(item)?);
        let named: BTreeSet<String> =
            self.catalogue.iter().filter_map(|event| self::item(event)).collect();
        let others = named.iter().filter(|other| self.category(other).as_ref() == Some(&category));
        let prices: Vec<i64> = others.filter_map(|other| self.price(other)).collect();
        let lower = prices.iter().filter(|p| **p < price).count() as f64;
        let equal = prices.iter().filter(|p| **p == price).count() as f64;
        (prices.len() > 1).then(|| (lower + (equal - 1.0) / 2.0) / (prices.len() as f64 - 1.0))
    }

    /// The dwell of each view with the item.
    pub fn dwell(&self, event: &Event) -> Option<i64> {
        let Data::View { view_id, dwell_ms, .. } = &event.data else { return None };
        let mut most = dwell_ms.map(|ms| ms as i64);
        let at = self.events.iter().position(|e| e.id == event.id).unwrap();
        for later in &self.events[at + 1..] {
            match &later.data {
                Data::View { view_id: other, .. } if view_id.is_some() && other == view_id => break,
                Data::Dwell { view_id: other, dwell_ms } if Some(other) == view_id.as_ref() => {
                    most = most.max(Some(*dwell_ms as i64));
                }
                _ => {}
            }
        }
        most
    }

    /// What events say of something, in order.
    pub fn said(&self, of: impl Fn(&Context) -> Option<String>) -> Vec<(&Event, String)> {
        self.events.iter().filter_map(|event| Some((*event, of(&event.ctx)?))).collect()
    }

    pub fn day(&self, event: &Event) -> jiff::civil::Date {
        let moment = jiff::Timestamp::from_millisecond(time(event)).unwrap();
        self.zone.to_datetime(moment).date()
    }
}

/// The most frequent text, of equals the one that came first.
pub fn usual(list: &[String]) -> Option<String> {
    let count = |text: &String| list.iter().filter(|other| *other == text).count();
    let most = list.iter().map(count).max()?;
    list.iter().find(|text| count(text) == most).cloned()
}

pub fn changes(list: &[String]) -> i64 {
    list.windows(2).filter(|pair| pair[0] != pair[1]).count() as i64
}

pub fn different<T: Ord>(list: impl IntoIterator<Item = T>) -> i64 {
    list.into_iter().collect::<BTreeSet<T>>().len() as i64
}

/// A moment: after the last event, at one of them, hours or weeks after one.
pub fn moment(number: u64, log: &[Event]) -> i64 {
    let mut dice = Dice::new(number ^ 0xfea7);
    let last = log.iter().map(time).max().unwrap_or(1_700_000_000_000);
    let any = log.get(dice.below(log.len())).map_or(last, time);
    match dice.below(6) {
        0 => any,
        1 => any + HOUR,
        2 => any + 1,
        3 => last + 20 * DAY,
        _ => last + 1,
    }
}

pub fn facts(log: &[Event], as_of: i64, zone: TimeZone) -> ShopFacts {
    ShopFacts::read([Ok::<_, FeatureError>(batch(log))], as_of, gbp(), zone).unwrap()
}

/// The table as values by person and name.
pub type Rows = BTreeMap<String, BTreeMap<String, Value>>;

pub fn rows(table: &RecordBatch) -> Rows {
    let keys = table.column(0).as_string::<i32>();
    let mut rows = Rows::new();
    for row in 0..table.num_rows() {
        let schema = table.schema();
        let values = schema
            .fields()
            .iter()
            .enumerate()
            .skip(1)
            .map(|(at, field)| (field.name().clone(), cell(table.column(at), row)));
        assert!(rows.insert(keys.value(row).to_owned(), values.collect()).is_none());
    }
    rows
}

fn cell(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
        assert!(numbers.value(row).is_finite());
        return Value::Number(numbers.value(row));
    }
    match column.as_string_opt::<i32>() {
        Some(texts) => Value::Text(texts.value(row).to_owned()),
        None => {
            let list = column.as_list::<i32>().value(row);
            let list = list.as_string::<i32>();
            Value::List((0..list.len()).map(|i| list.value(i).to_owned()).collect())
        }
    }
}

/// The kernel's answer about a log in pieces.
pub fn table(number: u64, log: &RecordBatch, as_of_ms: i64, facts: ShopFacts) -> Rows {
    let kernel = PeopleTable { as_of_ms, facts: Arc::new(facts) };
    let mut found = Rows::new();
    kernel::map(pieces(number, log), &kernel, |answer| {
        assert_eq!(answer.schema(), kernel.returns());
        found.extend(rows(&answer));
        Ok::<_, FeatureError>(())
    })
    .unwrap();
    found
}

/// Compares groups of features with their twins on every log: the same people, the same names,
/// the same values.
pub fn compare(twins: &[(&str, Twin)]) {
    let names = |group: &str| -> BTreeSet<&str> {
        definitions().filter(|def| def.group == group).map(|def| def.name.as_str()).collect()
    };
    let twins: Vec<_> = twins.iter().map(|(group, twin)| (*group, names(group), twin)).collect();
    let groups: Vec<&str> = twins.iter().map(|(group, ..)| *group).collect();
    oracle(&format!("features: {}", groups.join(", ")), |number, log| {
        let as_of = moment(number, log);
        let zone = zone(ZONES[number as usize % ZONES.len()]).unwrap();
        let found = table(number, &batch(log), as_of, facts(log, as_of, zone.clone()));
        let mut people: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        for event in log.iter().filter(|event| time(event) < as_of) {
            people.entry(event.user_key().to_string()).or_default().push(event);
        }
        let catalogue = people.remove("").unwrap_or_default();
        assert_eq!(found.len(), people.len());
        for (key, events) in people {
            let who = Who { as_of, zone: zone.clone(), events, catalogue: catalogue.clone() };
            for (group, names, twin) in &twins {
                let expected = twin(&who);
                let told: BTreeSet<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(told, *names, "the twin knows the group {group}");
                for (name, value) in &expected {
                    same(&format!("{key} {name}"), &found[&key][name], value);
                }
            }
        }
    });
}

pub fn same(what: &str, found: &Value, expected: &Value) {
    let equal = match (found, expected) {
        (Value::Number(a), Value::Number(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
        (found, expected) => found == expected,
    };
    assert!(equal, "{what}: {found:?} and not {expected:?}");
}
