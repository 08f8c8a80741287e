//! Events, sites and readings for the tests of this folder.

use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use event::{Authority, Bilingual, Currency, Event, Received, Refusal, SiteId, TimeMs};
use lake::{Batches, Lake, LakeError, OpenOptions, SiteConfig};
use serde_json::{Value, json};

/// 2026-01-15T00:00:00Z.
pub const START_MS: i64 = 1_768_435_200_000;
/// When every test event was received.
pub const RECEIVED: TimeMs = TimeMs(1_800_000_000_000);

pub fn site() -> SiteId {
    SiteId::new("gifts").unwrap()
}

/// Small batches and groups, no publishing by itself.
pub fn options() -> OpenOptions {
    OpenOptions { publish_rows: 0, batch_rows: 7, row_group_rows: 10, ..OpenOptions::default() }
}

pub fn open(dir: &Path) -> Lake {
    open_with(dir, options())
}

pub fn open_with(dir: &Path, options: OpenOptions) -> Lake {
    let lake = Lake::open(dir, options).unwrap();
    lake.create_site(config("gifts")).unwrap();
    lake
}

pub fn config(id: &str) -> SiteConfig {
    SiteConfig {
        site: SiteId::new(id).unwrap(),
        name: Bilingual::new("Gifts", "礼品店"),
        currency: Currency::new("GBP").unwrap(),
        time_zone: "Europe/London".to_owned(),
        country: Some("GB".to_owned()),
    }
}

/// A native event as JSON; `user` empty for events of nobody.
pub fn json_event(id: &str, user: &str, time_ms: i64, kind: &str, data: Value) -> Value {
    let mut event = json!({
        "v": 1, "id": id, "type": kind, "ts": TimeMs(time_ms).to_rfc3339(0),
        "source": "test", "data": data,
    });
    if !user.is_empty() {
        event["user_id"] = user.into();
    }
    event
}

pub fn parse(value: &Value) -> Result<Box<Event>, Refusal> {
    event::parse(&value.to_string(), Authority::Server, RECEIVED).map(Box::new)
}

pub fn received(value: &Value) -> Received {
    Received { raw: value.to_string(), origin: "test".to_owned(), units: 1, event: parse(value) }
}

pub fn view(id: &str, user: &str, time_ms: i64, item: &str) -> Received {
    received(&json_event(id, user, time_ms, "view", json!({"item_id": item})))
}

pub fn purchase(id: &str, user: &str, order: &str, lines: &[(&str, i64, i64)]) -> Received {
    let total: i64 = lines.iter().map(|(_, qty, price)| qty * price).sum();
    let lines: Vec<Value> = lines
        .iter()
        .map(|(item, qty, price)| json!({"item_id": item, "qty": qty, "unit_price_minor": price}))
        .collect();
    let data = json!({"order_id": order, "currency": "GBP", "total_minor": total, "lines": lines});
    received(&json_event(id, user, START_MS, "purchase", data))
}

/// All rows as one batch of the full schema.
pub fn whole(batches: Batches<'_>) -> RecordBatch {
    try_whole(batches).unwrap()
}

pub fn try_whole(batches: Batches<'_>) -> Result<RecordBatch, LakeError> {
    let batches = batches.collect::<Result<Vec<_>, _>>()?;
    Ok(join(&batches))
}

pub fn join(batches: &[RecordBatch]) -> RecordBatch {
    arrow_select::concat::concat_batches(&event::schema::schema(), batches).unwrap()
}

/// The rows that a list of events should give, in its order.
pub fn expected<'a>(events: impl IntoIterator<Item = &'a Event>) -> RecordBatch {
    let mut builder = event::schema::EventBatchBuilder::default();
    events.into_iter().for_each(|event| builder.push(event));
    builder.finish().unwrap()
}

pub fn ids(batch: &RecordBatch) -> Vec<String> {
    let column = batch.column_by_name("id").unwrap().as_string::<i32>();
    column.iter().map(|id| id.unwrap().to_owned()).collect()
}
