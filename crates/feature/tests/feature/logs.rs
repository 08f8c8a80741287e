//! Random logs of a small shop: few people, few items, few moments, so that much coincides.

use arrow_array::RecordBatch;
use event::schema::EventBatchBuilder;
use event::{Authority, Event, TimeMs, UserKey};
use feature::FeatureError;
use proptest::prelude::*;
use serde_json::{Value, json};

pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// Days a log runs over: more than a month, so that clocks change within it.
const DAYS: i64 = 35;
const RECEIVED: TimeMs = TimeMs(1_900_000_000_000);

/// First days of logs, each with clock changes in the weeks after it: New York and London in
/// spring and in autumn, Shanghai in 1986, and a turn of the year.
const STARTS_MS: [i64; 4] =
    [1_772_409_600_000, 1_792_368_000_000, 515_030_400_000, 1_766_361_600_000];

/// One event to be: who, when, and what.
#[derive(Debug, Clone)]
pub struct Draft {
    who: usize,
    time_ms: i64,
    seq: u32,
    kind: &'static str,
    data: Value,
}

fn item() -> impl Strategy<Value = String> {
    (0..5_u8).prop_map(|n| format!("item-{n}"))
}

fn lines(least: usize) -> impl Strategy<Value = Vec<Value>> {
    let price = prop_oneof![Just(None), Just(Some(0)), Just(Some(101)), Just(Some(250))];
    let kind = prop_oneof![4 => Just("product"), 1 => Just("shipping"), 1 => Just("fee")];
    let line = (item(), 1..5_i64, price, kind).prop_map(|(item, qty, price, kind)| {
        let mut line = json!({"item_id": item, "qty": qty, "kind": kind});
        if let Some(price) = price {
            line["unit_price_minor"] = json!(price);
        }
        line
    });
    prop::collection::vec(line, least..4)
}

fn order() -> impl Strategy<Value = String> {
    (0..4_u8).prop_map(|n| format!("order-{n}"))
}

fn currency() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("GBP"), 1 => Just("EUR")]
}

fn purchase() -> impl Strategy<Value = (&'static str, Value)> {
    (order(), currency(), 0..2_000_i64, lines(1)).prop_map(|(order, currency, total, lines)| {
        let data = json!({"order_id": order, "currency": currency, "total_minor": total,
                          "lines": lines});
        ("purchase", data)
    })
}

fn refund() -> impl Strategy<Value = (&'static str, Value)> {
    let order = prop_oneof![3 => order(), 1 => Just("another".to_owned())];
    (order, prop::option::of(currency()), 0..2_000_i64, lines(0)).prop_map(
        |(order, currency, amount, lines)| {
            let mut data = json!({"order_id": order, "amount_minor": amount, "lines": lines});
            if let Some(currency) = currency {
                data["currency"] = currency.into();
            }
            ("refund", data)
        },
    )
}

fn deed() -> impl Strategy<Value = (&'static str, Value)> {
    let view = (item(), prop::option::of(currency())).prop_map(|(item, currency)| {
        let mut data = json!({"item_id": item});
        if let Some(currency) = currency {
            data["price_minor"] = json!(101);
            data["currency"] = currency.into();
        }
        ("view", data)
    });
    let click = (item(), prop::bool::ANY).prop_map(|(id, on_item)| {
        let kind = if on_item { "item" } else { "link" };
        ("click", json!({"target": {"kind": kind, "id": id}}))
    });
    let op = prop_oneof![Just("add"), Just("remove"), Just("set"), Just("clear")];
    let cart = (op, lines(1)).prop_map(|(op, mut lines)| {
        for line in &mut lines {
            line["currency"] = "GBP".into();
        }
        ("cart", json!({"op": op, "lines": lines}))
    });
    let review = (item(), prop::option::of(0..6_i64)).prop_map(|(item, stars)| {
        let mut data = json!({"review_id": "r", "item_id": item});
        if let Some(stars) = stars {
            data["rating"] = json!({"value": stars, "max": 5});
        }
        ("review", data)
    });
    let other = prop_oneof![
        Just(("search", json!({"query": "lamp"}))),
        Just(("custom", json!({"name": "spin"}))),
        Just(("item", json!({"item_id": "item-0", "title": "Lamp"}))),
        Just(("stock", json!({"item_id": "item-9", "level": 3}))),
    ];
    prop_oneof![
        3 => view, 2 => click, 2 => cart, 1 => review, 6 => purchase(), 4 => refund(), 1 => other,
    ]
}

/// A draft on a day from 0: often at midnight of some zone, give or take a millisecond.
fn draft() -> impl Strategy<Value = Draft> {
    let hour = prop_oneof![Just(0), Just(4), Just(5), Just(15), Just(16), Just(23), 0..24_i64];
    let time = (0..DAYS, hour, -1..2_i64);
    (0..6_usize, time, 0..2_u32, deed()).prop_map(|(who, (day, hour, ms), seq, (kind, data))| {
        Draft { who, time_ms: day * DAY_MS + hour * HOUR_MS + ms, seq, kind, data }
    })
}

/// Drafts of a log with its first day, in any order.
pub fn drafts(most: usize) -> impl Strategy<Value = Vec<Draft>> {
    let start = prop::sample::select(STARTS_MS.to_vec());
    (start, prop::collection::vec(draft(), 0..most)).prop_map(|(start_ms, mut drafts)| {
        drafts.iter_mut().for_each(|draft| draft.time_ms += start_ms);
        drafts
    })
}

/// A time to go from the first draft of a log to any moment of it, or a little beyond.
pub fn step() -> impl Strategy<Value = i64> {
    let part = prop_oneof![Just(0), 0..24_i64];
    (-DAYS..DAYS, part, 0..2_i64).prop_map(|(day, hour, ms)| day * DAY_MS + hour * HOUR_MS + ms)
}

/// The moment a step away from the first draft.
pub fn moment(drafts: &[Draft], step_ms: i64) -> i64 {
    drafts.first().map_or(0, |draft| draft.time_ms) + step_ms
}

impl Draft {
    pub fn time_ms(&self) -> i64 {
        self.time_ms
    }

    /// The same, later.
    pub fn moved_by(mut self, ms: i64) -> Self {
        self.time_ms += ms;
        self
    }

    /// The same, done by the first known person.
    pub fn by_one(mut self) -> Self {
        self.who = 0;
        self
    }

    fn event(&self, number: usize) -> Event {
        let mut event = json!({
            "v": 1, "id": format!("e-{number:04}"), "type": self.kind, "seq": self.seq,
            "ts": TimeMs(self.time_ms).to_rfc3339(60), "data": self.data,
        });
        // Catalogue events may belong to nobody; the others belong to somebody.
        let nobody = matches!(self.kind, "item" | "stock") && self.who.is_multiple_of(2);
        match self.who {
            _ if nobody => {}
            0..3 => event["user_id"] = format!("{}", self.who).into(),
            3 => {
                event["user_id"] = "0".into();
                event["anon_id"] = "x".into();
            }
            _ => event["anon_id"] = format!("{}", self.who).into(),
        }
        event::parse(&event.to_string(), Authority::Server, RECEIVED).unwrap()
    }
}

/// The events of drafts as the lake hands them out: by person, time, seq, id.
pub fn events(drafts: &[Draft]) -> Vec<Event> {
    sorted(drafts.iter().enumerate().map(|(number, draft)| draft.event(number)).collect())
}

/// The same with ids the other way round: among equal times and seqs, order is reversed.
pub fn events_reversed(drafts: &[Draft]) -> Vec<Event> {
    let numbered = drafts.iter().enumerate();
    sorted(numbered.map(|(number, draft)| draft.event(9_999 - number)).collect())
}

fn sorted(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by_key(|e| (e.user_key(), e.time(), e.seq, e.id.clone()));
    events
}

/// The events as batches of these sizes, over and over; an empty batch where a size is 0.
pub fn batches(events: &[Event], sizes: &[usize]) -> Vec<Result<RecordBatch, FeatureError>> {
    let mut batches = Vec::new();
    let mut builder = EventBatchBuilder::default();
    let mut rest = events;
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes.next().map_or(rest.len(), |&size| size.min(rest.len()));
        let (now, later) = rest.split_at(size);
        now.iter().for_each(|event| builder.push(event));
        batches.push(Ok(builder.finish().unwrap()));
        rest = later;
    }
    batches
}

/// Sizes of batches, at least one of them above 0.
pub fn sizes() -> impl Strategy<Value = Vec<usize>> {
    (1..9_usize, prop::collection::vec(0..7_usize, 0..4)).prop_map(|(first, mut sizes)| {
        sizes.push(first);
        sizes
    })
}

/// The people of a log, in order, nobody left out but nobody.
pub fn people(events: &[Event]) -> Vec<UserKey> {
    let mut people: Vec<UserKey> = events.iter().map(Event::user_key).collect();
    people.retain(|key| !key.as_str().is_empty());
    people.sort();
    people.dedup();
    people
}
