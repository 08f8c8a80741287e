//! The channels each person came by, and the path that led to each order.
//!
//! A touch is the first event of a session, by its campaign or `(direct)`; or, within a session, an
//! event whose campaign is another than the last touch's. A session ends with a gap longer than the
//! plan's. Refunds are the shop's doing and no visit. The path of an order is the person's touches
//! before it (and of it) within the window, the last [`PATH_TOUCHES`] of them; a touch may stand in
//! the paths of several orders. Touches that stand in no path, one after another and no further
//! apart than the window, are a journey that led to nothing.
//!
//! Credits by time decay depend on times and are shared out here, per order, in whole units, so
//! that sums are the same in any order: `2³²` units of an order and minor units of money.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, ListBuilder, StringBuilder, UInt64Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::columns::{ColumnError, EventColumns};
use serde::Deserialize;

use super::attribution::AttributionPlan;
use super::placed_order::{columns, goods_minor, is_order};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};
use crate::session::is_pause;

/// Touches of a path, at most; the latest stay.
pub const PATH_TOUCHES: usize = 20;
/// Units that one order is shared out in.
pub(super) const ORDER_UNITS: i64 = 1 << 32;
/// The channel of a visit without a campaign.
pub(super) const DIRECT: &str = "(direct)";

/// What is known of one path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PathSums {
    /// Orders it led to.
    pub orders: u64,
    /// Their money, minor units.
    pub revenue_minor: i64,
    /// Journeys that led to nothing.
    pub unconverted: u64,
    /// On a path of one channel: touches of that channel in the range, in whatever path.
    pub touches: u64,
    /// Credit by time decay of each touch, in [`ORDER_UNITS`]; empty without orders.
    pub decay: Vec<i64>,
    /// The same of money.
    pub decay_minor: Vec<i64>,
}

/// Paths with their sums, each once, in order.
pub(super) type Paths = BTreeMap<Vec<String>, PathSums>;

/// Cuts each person's events into touches and paths.
pub(super) struct ChannelPaths<'a> {
    pub plan: &'a AttributionPlan,
}

impl Kernel for ChannelPaths<'_> {
    fn reads(&self) -> Vec<&'static str> {
        let mut reads = columns();
        reads.push("ctx");
        reads
    }

    fn returns(&self) -> SchemaRef {
        let list = || DataType::List(Arc::new(Field::new("item", DataType::Int64, true)));
        Arc::new(Schema::new(vec![
            Field::new("path", DataType::Utf8, false),
            Field::new("orders", DataType::UInt64, false),
            Field::new("revenue_minor", DataType::Int64, false),
            Field::new("unconverted", DataType::UInt64, false),
            Field::new("touches", DataType::UInt64, false),
            Field::new("decay", list(), false),
            Field::new("decay_minor", list(), false),
        ]))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = EventColumns::of(people)?;
        let ctx = people.column_by_name("ctx").and_then(|c| c.as_string_opt::<i32>());
        let ctx = ctx.ok_or(ColumnError("ctx"))?;
        let mut paths = Paths::new();
        for (_, rows) in kernel::people(people)? {
            let visitor = Visitor::of(self.plan, &columns, ctx, rows);
            visitor.count(self.plan, &mut paths);
        }
        self.table(&paths)
    }
}

impl Tally for ChannelPaths<'_> {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        self.table(&paths(answers)?)
    }
}

impl ChannelPaths<'_> {
    fn table(&self, paths: &Paths) -> Result<RecordBatch, FeatureError> {
        let mut path = StringBuilder::new();
        let mut counts: [UInt64Builder; 3] = std::array::from_fn(|_| UInt64Builder::new());
        let mut money = Int64Builder::new();
        let mut lists: [ListBuilder<Int64Builder>; 2] =
            std::array::from_fn(|_| ListBuilder::new(Int64Builder::new()));
        for (channels, sums) in paths {
            path.append_value(serde_json::json!(channels).to_string());
            let numbers = [sums.orders, sums.unconverted, sums.touches];
            counts.iter_mut().zip(numbers).for_each(|(count, n)| count.append_value(n));
            money.append_value(sums.revenue_minor);
            for (list, values) in lists.iter_mut().zip([&sums.decay, &sums.decay_minor]) {
                list.values().append_slice(values);
                list.append(true);
            }
        }
        let [orders, unconverted, touches] = &mut counts;
        let [decay, decay_minor] = &mut lists;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(path.finish()),
            Arc::new(orders.finish()),
            Arc::new(money.finish()),
            Arc::new(unconverted.finish()),
            Arc::new(touches.finish()),
            Arc::new(decay.finish()),
            Arc::new(decay_minor.finish()),
        ];
        Ok(RecordBatch::try_new(self.returns(), columns)?)
    }
}

/// Answers of [`ChannelPaths`] put together.
pub(super) fn paths(answers: &RecordBatch) -> Result<Paths, FeatureError> {
    let count = |at: usize| answers.column(at).as_primitive::<UInt64Type>().values();
    let text = answers.column(0).as_string::<i32>();
    let money = answers.column(2).as_primitive::<Int64Type>().values();
    let list = |at: usize, row: usize| -> Vec<i64> {
        let list: &ListArray = answers.column(at).as_list();
        list.value(row).as_primitive::<Int64Type>().values().to_vec()
    };
    let mut paths = Paths::new();
    for row in 0..answers.num_rows() {
        let path: Vec<String> = serde_json::from_str(text.value(row))
            .map_err(|error| FeatureError::Arrow(error.to_string()))?;
        paths.entry(path).or_default().add(&PathSums {
            orders: count(1)[row],
            revenue_minor: money[row],
            unconverted: count(3)[row],
            touches: count(4)[row],
            decay: list(5, row),
            decay_minor: list(6, row),
        });
    }
    Ok(paths)
}

impl PathSums {
    pub(super) fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.revenue_minor = self.revenue_minor.saturating_add(other.revenue_minor);
        self.unconverted += other.unconverted;
        self.touches += other.touches;
        for (own, more) in
            [(&mut self.decay, &other.decay), (&mut self.decay_minor, &other.decay_minor)]
        {
            own.resize(own.len().max(more.len()), 0);
            own.iter_mut().zip(more).for_each(|(a, b)| *a = a.saturating_add(*b));
        }
    }
}

/// One person's touches and orders, each in order.
#[derive(Default)]
struct Visitor {
    touches: Vec<(i64, String)>,
    /// Time, money, and how many touches there were by then.
    orders: Vec<(i64, i64, usize)>,
}

#[derive(Deserialize)]
struct Circumstances {
    campaign: Option<Campaign>,
}

#[derive(Deserialize)]
struct Campaign {
    source: Option<String>,
    medium: Option<String>,
    name: Option<String>,
}

/// `source / medium`, or what there is of both, or the campaign's name.
fn channel(ctx: &str) -> Option<String> {
    if !ctx.contains("\"campaign\"") {
        return None;
    }
    let campaign = serde_json::from_str::<Circumstances>(ctx).ok()?.campaign?;
    let both: Vec<String> = [campaign.source, campaign.medium].into_iter().flatten().collect();
    if both.is_empty() { campaign.name } else { Some(both.join(" / ")) }
}

impl Visitor {
    fn of(
        plan: &AttributionPlan,
        columns: &EventColumns<'_>,
        ctx: &StringArray,
        rows: std::ops::Range<usize>,
    ) -> Self {
        let mut visitor = Self::default();
        let mut last_ms = None;
        // Circumstances mostly stay the same from event to event.
        let mut read: (&str, Option<String>) = ("", None);
        for row in rows.filter(|row| columns.kind.value(*row) != "refund") {
            let time_ms = columns.time.value(row);
            let starts = last_ms.is_none_or(|ms| is_pause(ms, time_ms, plan.gap_ms));
            last_ms = Some(time_ms);
            let text = if ctx.is_null(row) { "" } else { ctx.value(row) };
            if text != read.0 {
                read = (text, channel(text));
            }
            let channel = match read.1.clone() {
                None if starts => Some(DIRECT.to_owned()),
                Some(new) => {
                    let same = visitor.touches.last().is_some_and(|(_, last)| *last == new);
                    (starts || !same).then_some(new)
                }
                None => None,
            };
            visitor.touches.extend(channel.map(|channel| (time_ms, channel)));
            if plan.counts(time_ms) && is_order(columns, row) {
                let goods_minor = goods_minor(columns, row, plan.currency);
                visitor.orders.push((time_ms, goods_minor, visitor.touches.len()));
            }
        }
        visitor
    }

    fn count(&self, plan: &AttributionPlan, paths: &mut Paths) {
        let mut led = vec![false; self.touches.len()];
        for &(time_ms, revenue_minor, until) in &self.orders {
            let first = until.saturating_sub(PATH_TOUCHES);
            let opens_ms = time_ms.saturating_sub(plan.window_ms);
            let before = &self.touches[first..until];
            let first = first + before.partition_point(|(ms, _)| *ms < opens_ms);
            led[first..until].fill(true);
            let touches = &self.touches[first..until];
            let times: Vec<i64> = touches.iter().map(|(ms, _)| *ms).collect();
            // A session may be longer than the window: then nothing is known to have led here.
            let path = if touches.is_empty() { vec![DIRECT.to_owned()] } else { names(touches) };
            let decay = decay(&times, plan.half_life_ms);
            paths.entry(path).or_default().add(&PathSums {
                orders: 1,
                revenue_minor,
                decay_minor: shared(revenue_minor, &decay),
                decay,
                ..PathSums::default()
            });
        }
        let free: Vec<usize> = (0..led.len())
            .filter(|&i| plan.counts(self.touches[i].0))
            .inspect(|&i| {
                let path = names(&self.touches[i..=i]);
                paths.entry(path).or_default().touches += 1;
            })
            .filter(|&i| !led[i])
            .collect();
        let goes_on = |a: usize, b: usize| {
            b == a + 1 && self.touches[b].0.saturating_sub(self.touches[a].0) <= plan.window_ms
        };
        for journey in free.chunk_by(|&a, &b| goes_on(a, b)) {
            let until = journey[journey.len() - 1] + 1;
            let first = journey[0].max(until.saturating_sub(PATH_TOUCHES));
            let path = names(&self.touches[first..until]);
            paths.entry(path).or_default().unconverted += 1;
        }
    }
}

fn names(touches: &[(i64, String)]) -> Vec<String> {
    touches.iter().map(|(_, channel)| channel.clone()).collect()
}

/// One order's units by `2^(−age / half-life)`, age told from the last touch; what rounding leaves
/// goes to the last. All of it for a path of no known touch.
fn decay(times_ms: &[i64], half_life_ms: i64) -> Vec<i64> {
    let Some(last_ms) = times_ms.last() else { return vec![ORDER_UNITS] };
    let age = |ms: i64| last_ms.saturating_sub(ms) as f64 / half_life_ms as f64;
    let weights: Vec<f64> = times_ms.iter().map(|&ms| (-age(ms)).exp2()).collect();
    let all: f64 = weights.iter().sum();
    let mut units: Vec<i64> =
        weights.iter().map(|weight| (weight / all * ORDER_UNITS as f64) as i64).collect();
    give_rest_to_last(&mut units, ORDER_UNITS);
    units
}

/// Money in parts of [`ORDER_UNITS`]; what rounding leaves goes to the last.
fn shared(amount_minor: i64, units: &[i64]) -> Vec<i64> {
    let part = |units: i64| i128::from(amount_minor) * i128::from(units) / i128::from(ORDER_UNITS);
    // A part of an `i64` is one.
    let mut parts: Vec<i64> = units.iter().map(|&u| part(u) as i64).collect();
    give_rest_to_last(&mut parts, amount_minor);
    parts
}

fn give_rest_to_last(parts: &mut [i64], whole: i64) {
    let given: i64 = parts.iter().sum();
    if let Some(last) = parts.last_mut() {
        *last += whole - given;
    }
}
