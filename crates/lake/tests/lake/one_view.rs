//! Segments and hot rows are one table: any interleaving of appending, publishing, compacting
//! and reopening reads like a map in memory.

use std::collections::BTreeMap;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use event::{Event, Received, RefusalCode, TimeMs, UserKey, Verdict};
use lake::{Lake, OpenOptions, Order, ScanOptions};
use proptest::prelude::*;
use serde_json::json;

use crate::kit::*;

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<Spec>),
    Publish,
    Compact,
    Reopen,
    Check,
}

/// An event drawn from so few possibilities that repeats and conflicts are common.
#[derive(Debug, Clone)]
struct Spec {
    id: u8,
    user: u8,
    slot: u8,
    seq: u32,
    order: Option<u8>,
    item: u8,
}

impl Spec {
    fn received(&self) -> Received {
        // Four slots over three months, two of them a millisecond apart.
        let offsets_ms = [0, 1, 20 * 86_400_000, 45 * 86_400_000];
        let time_ms = START_MS + offsets_ms[usize::from(self.slot)];
        let (kind, data) = match self.order {
            Some(order) => (
                "purchase",
                json!({"order_id": format!("o{order}"), "currency": "GBP", "total_minor": 100,
                       "lines": [{"item_id": format!("i{}", self.item), "qty": 1}]}),
            ),
            None => ("view", json!({"item_id": format!("i{}", self.item), "dwell_ms": 5})),
        };
        let id = format!("e{:02}", self.id);
        let mut event = json_event(&id, &format!("u{}", self.user), time_ms, kind, data);
        event["seq"] = self.seq.into();
        if self.user == 0 {
            event["anon_id"] = event["user_id"].take();
        }
        received(&event)
    }
}

fn spec() -> impl Strategy<Value = Spec> {
    let order = prop_oneof![3 => Just(None), 1 => (0_u8..4).prop_map(Some)];
    (0_u8..40, 0_u8..5, 0_u8..4, 0_u32..3, order, 0_u8..2)
        .prop_map(|(id, user, slot, seq, order, item)| Spec { id, user, slot, seq, order, item })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::collection::vec(spec(), 1..25).prop_map(Step::Append),
        2 => Just(Step::Publish),
        1 => Just(Step::Compact),
        1 => Just(Step::Reopen),
        1 => Just(Step::Check),
    ]
}

/// The slow obvious lake.
#[derive(Default)]
struct Model {
    events: BTreeMap<String, Event>,
    orders: BTreeMap<String, String>,
}

impl Model {
    fn append(&mut self, event: &Event) -> Verdict {
        let said =
            |e: &Event| format!("{:?} {:?} {:?} {}", e.data, e.user_id, e.anon_id, e.clocks.ts.0);
        if let Some(known) = self.events.get(event.id.as_str()) {
            return match said(known) == said(event) {
                true => Verdict::Duplicate,
                false => conflict(RefusalCode::EventConflict, "id"),
            };
        }
        if let event::Data::Purchase { order_id, lines, .. } = &event.data {
            let lines = format!("{lines:?}");
            match self.orders.get(order_id.as_str()) {
                Some(known) if *known == lines => return Verdict::Duplicate,
                Some(_) => return conflict(RefusalCode::OrderConflict, "data.order_id"),
                None => self.orders.insert(order_id.as_str().to_owned(), lines),
            };
        }
        self.events.insert(event.id.as_str().to_owned(), event.clone());
        Verdict::Accepted
    }

    fn sorted<K: Ord>(&self, key: impl Fn(&Event) -> K) -> Vec<&Event> {
        let mut events: Vec<&Event> = self.events.values().collect();
        events.sort_by_key(|event| key(event));
        events
    }
}

fn conflict(code: RefusalCode, path: &str) -> Verdict {
    Verdict::Quarantined(event::Refusal::new(code, path))
}

fn by_user(e: &Event) -> (UserKey, TimeMs, u32, String) {
    (e.user_key(), e.time(), e.seq, e.id.as_str().to_owned())
}

fn by_time(e: &Event) -> (TimeMs, UserKey, u32, String) {
    (e.time(), e.user_key(), e.seq, e.id.as_str().to_owned())
}

fn check(lake: &Lake, model: &Model) {
    let snapshot = lake.snapshot(&site()).unwrap();
    let users = model.sorted(by_user);
    assert_eq!(whole(snapshot.user_ordered().unwrap()), expected(users.iter().copied()));
    let times = model.sorted(by_time);
    assert_eq!(whole(snapshot.time_ordered().unwrap()), expected(times.iter().copied()));
    assert_eq!(snapshot.event_count().unwrap(), model.events.len() as u64);
    assert_eq!(snapshot.last_event_time().unwrap(), times.last().map(|e| e.time()));
    for key in [UserKey::anon("u0"), UserKey::user("u0"), UserKey::user("u3")] {
        let own = users.iter().copied().filter(|e| e.user_key() == key);
        assert_eq!(join(&snapshot.user(&key).unwrap()), expected(own), "{key}");
    }
    let within = ScanOptions {
        columns: Some(vec!["type".to_owned(), "item_id".to_owned()]),
        from: Some(TimeMs(START_MS + 1)),
        until: Some(TimeMs(START_MS + 45 * 86_400_000)),
        ..ScanOptions::default()
    };
    let kept = |e: &&&Event| (within.from.unwrap()..within.until.unwrap()).contains(&e.time());
    for (order, events) in [(Order::User, &users), (Order::Time, &times)] {
        let mut found = Vec::new();
        for batch in snapshot.scan(order, &within).unwrap() {
            let batch = batch.unwrap();
            assert_eq!(batch.num_columns(), 6);
            found.extend(ids(&batch));
        }
        let wanted: Vec<_> = events.iter().filter(kept).map(|e| e.id.to_string()).collect();
        assert_eq!(found, wanted, "{order:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn reads_like_a_map_in_memory(
        steps in prop::collection::vec(step(), 1..14),
        sort_bytes in prop_oneof![Just(1_usize), Just(32 * 1024 * 1024)],
    ) {
        let dir = tempfile::tempdir().unwrap();
        let options = || OpenOptions { sort_bytes, ..options() };
        let mut lake = open_with(dir.path(), options());
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Append(specs) => {
                    let batch: Vec<Received> = specs.iter().map(Spec::received).collect();
                    let wanted: Vec<Verdict> =
                        batch.iter().map(|r| model.append(r.event.as_ref().unwrap())).collect();
                    prop_assert_eq!(lake.append(&site(), batch).unwrap(), wanted);
                }
                Step::Publish => {
                    lake.publish(&site()).unwrap();
                    prop_assert_eq!(lake.snapshot(&site()).unwrap().hot_count().unwrap(), 0);
                }
                Step::Compact => {
                    lake.compact(&site()).unwrap();
                    let files = lake.table_files(&site()).unwrap();
                    let mut months: Vec<_> = files.iter().map(|f| &f.month).collect();
                    months.dedup();
                    prop_assert_eq!(months.len(), files.len());
                }
                Step::Reopen => {
                    drop(lake);
                    lake = open_with(dir.path(), options());
                }
                Step::Check => check(&lake, &model),
            }
        }
        check(&lake, &model);
        for finding in lake.doctor().unwrap() {
            prop_assert_eq!(finding.severity, lake::Severity::Good, "{:?}", finding);
        }
    }
}

#[test]
fn a_snapshot_reads_the_same_while_everything_moves() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let batch = |from: usize| {
        (from..from + 60)
            .map(|i| view(&format!("e{i}"), &format!("u{}", i % 7), START_MS + i as i64, "i"))
            .collect::<Vec<_>>()
    };
    lake.append(&site(), batch(0)).unwrap();
    lake.publish(&site()).unwrap();
    lake.append(&site(), batch(60)).unwrap();
    let pinned = lake.snapshot(&site()).unwrap();
    let before = whole(pinned.user_ordered().unwrap());
    let mut half_read = pinned.time_ordered().unwrap();
    let first = half_read.next().unwrap().unwrap();
    lake.publish(&site()).unwrap();
    lake.append(&site(), batch(120)).unwrap();
    lake.publish(&site()).unwrap();
    lake.compact(&site()).unwrap();
    let files = |lake: &Lake| {
        let month = dir.path().join("segments/site=gifts/month=2026-01");
        let listed = lake.table_files(&site()).unwrap().len();
        (listed, std::fs::read_dir(month).unwrap().count())
    };
    assert_eq!(files(&lake), (1, 2), "the pinned file must still be there");
    let rest: usize = half_read.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(first.num_rows() + rest, 120);
    assert_eq!(whole(pinned.user_ordered().unwrap()), before);
    assert_eq!(pinned.event_count().unwrap(), 120);
    drop(pinned);
    assert_eq!(files(&lake), (1, 1));
    assert_eq!(lake.snapshot(&site()).unwrap().event_count().unwrap(), 180);
}

/// What a narrow scan gives: person, time and item of every row, sorted.
fn narrow(lake: &Lake, options: &ScanOptions) -> Vec<(String, i64, Option<String>)> {
    let snapshot = lake.snapshot(&site()).unwrap();
    let mut rows = Vec::new();
    for batch in snapshot.scan(Order::User, options).unwrap() {
        let batch = batch.unwrap();
        assert_eq!(batch.column_by_name("id").is_none(), options.without_ids);
        let text = |name| batch.column_by_name(name).unwrap().as_string::<i32>();
        let time = batch.column_by_name("time").unwrap();
        let time = time.as_primitive::<TimestampMillisecondType>();
        let (users, items) = (text("user_key"), text("item_id"));
        for row in 0..batch.num_rows() {
            let item = (!items.is_null(row)).then(|| items.value(row).to_owned());
            rows.push((users.value(row).to_owned(), time.value(row), item));
        }
    }
    assert!(rows.is_sorted_by_key(|(user, time, _)| (user.clone(), *time)));
    rows.sort();
    rows
}

#[test]
fn a_scan_of_people_without_ids_has_every_row_of_every_person() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let month_ms = 31 * 86_400_000;
    for part in 0..4 {
        let of_part = |i: i64| {
            let time_ms = START_MS + part % 2 * month_ms + i / 3;
            let id = format!("e{part}-{i}");
            if i % 2 == 0 {
                // The catalogue's events are nobody's and come first in a segment.
                let data = json!({"item_id": format!("i{i}"), "title": "thing"});
                received(&json_event(&id, "", time_ms, "item", data))
            } else {
                view(&id, &format!("u{}", i % 7), time_ms, "i")
            }
        };
        lake.append(&site(), (0..90).map(of_part).collect()).unwrap();
        if part < 3 {
            lake.publish(&site()).unwrap();
        }
        let all = ScanOptions::columns(&["item_id"]);
        let mut wanted = narrow(&lake, &all);
        wanted.retain(|(user, ..)| !user.is_empty());
        assert_eq!(wanted.len() as i64, 45 * (part + 1));
        for options in [all.clone().of_people(), all.of_people().no_ids()] {
            let mut found = narrow(&lake, &options);
            let of_nobody = found.iter().filter(|(user, ..)| user.is_empty()).count();
            // Those of the hot log, and of each segment at most a page of ten rows.
            assert!(of_nobody < 45 + 4 * 10, "{of_nobody} rows of nobody");
            found.retain(|(user, ..)| !user.is_empty());
            assert_eq!(found, wanted);
        }
        if part == 2 {
            lake.compact(&site()).unwrap();
        }
    }
}

#[test]
fn a_grown_hot_log_is_published_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open_with(dir.path(), OpenOptions { publish_rows: 50, ..options() });
    let mut sent = 0;
    while lake.table_files(&site()).unwrap().is_empty() {
        assert!(sent < 100_000, "nothing was published");
        let batch = (sent..sent + 20).map(|i| view(&format!("e{i}"), "u", START_MS + i, "i"));
        lake.append(&site(), batch.collect()).unwrap();
        sent += 20;
        assert_eq!(lake.snapshot(&site()).unwrap().event_count().unwrap(), sent as u64);
    }
    drop(lake);
    let lake = open(dir.path());
    assert_eq!(
        ids(&whole(lake.snapshot(&site()).unwrap().user_ordered().unwrap())).len(),
        sent as usize
    );
}
