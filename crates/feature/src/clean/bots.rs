//! Traffic that looks like a machine's: flagged with its reasons, never dropped.
//!
//! Four signs, each of its own: a device that says it is a bot; more acts within a minute than a
//! hand makes; gaps between acts that are too regular; more items in one sitting than a person
//! looks at (an order's lines do not count). Acts are all events but `dwell` and `impression`,
//! which pages send by themselves; a sitting ends with a gap of more than 30 minutes. Gaps are
//! judged where they are above 0 and within a sitting, by their standard deviation over their mean.
//!
//! Where most people are too regular it is the clock and not they: a table without times of day
//! was given steps. [`clock_is_made_up`] says so of a shop, and its report withdraws that sign.

use std::sync::Arc;

use arrow_array::builder::{Float64Builder, StringBuilder, UInt64Builder};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::columns::{EventColumns, NAMES};
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::clean::column::{setting, text};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel};
use crate::session::{GAP_MS, is_pause};

/// Flag people who look like machines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BotsRule {
    /// Acts within any 60 seconds that are still human, at least 1.
    pub per_minute: u64,
    /// Gaps needed to judge their regularity, at least 3.
    pub least_gaps: u64,
    /// Standard deviation over mean of the gaps at or below which they are too regular, 0 to 1.
    pub gap_variation: f64,
    /// Different items in a sitting that are still human, at least 1.
    pub items_per_sitting: u64,
}

impl Default for BotsRule {
    fn default() -> Self {
        Self { per_minute: 60, least_gaps: 20, gap_variation: 0.1, items_per_sitting: 300 }
    }
}

impl BotsRule {
    /// Refuses settings out of range.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let least = [
            ("per_minute", self.per_minute, 1),
            ("least_gaps", self.least_gaps, 3),
            ("items_per_sitting", self.items_per_sitting, 1),
        ];
        if let Some((name, found, least)) = least.into_iter().find(|(_, n, least)| n < least) {
            return Err(setting(name, found, format!("at least {least}")));
        }
        match (0.0..=1.0).contains(&self.gap_variation) {
            true => Ok(()),
            false => Err(setting("gap_variation", self.gap_variation, "0 to 1")),
        }
    }
}

/// Why a person looks like a machine, in the order reasons are given.
pub const REASONS: [&str; 4] = ["bot_device", "too_fast", "too_regular", "too_many_items"];
/// People whose gaps can be judged, from how many on their clock is.
const CROWD: u64 = 10;
const MINUTE_MS: i64 = 60_000;

/// Whether so many too regular people, of those who have gaps enough, say more of the clock.
pub fn clock_is_made_up(regular: u64, judged: u64) -> bool {
    judged >= CROWD && regular > judged / 2
}

/// Measures people: one row each of `user_key`, `events`, `peak_per_minute`, `gaps`,
/// `gap_variation` (null without gaps), `items_per_sitting` (the most of any sitting) and
/// `reasons`, of [`REASONS`], with spaces between, empty for most.
pub struct Bots {
    /// Its settings.
    pub rule: BotsRule,
}

/// What is measured of a person.
struct Measures {
    events: u64,
    peak: u64,
    gaps: u64,
    variation: Option<f64>,
    items: u64,
    is_bot_device: bool,
}

impl Kernel for Bots {
    fn reads(&self) -> Vec<&'static str> {
        [&NAMES[..], &["device_class"]].concat()
    }

    fn returns(&self) -> SchemaRef {
        let count = |name: &str| Field::new(name, DataType::UInt64, false);
        Arc::new(Schema::new(vec![
            Field::new("user_key", DataType::Utf8, false),
            count("events"),
            count("peak_per_minute"),
            count("gaps"),
            Field::new("gap_variation", DataType::Float64, true),
            count("items_per_sitting"),
            Field::new("reasons", DataType::Utf8, false),
        ]))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = EventColumns::of(people)?;
        let device = text(people, "device_class")?;
        let (mut keys, mut reasons) = (StringBuilder::new(), StringBuilder::new());
        let mut counts: [UInt64Builder; 4] = Default::default();
        let mut variation = Float64Builder::new();
        for (key, rows) in kernel::people(people)? {
            let is_bot = |row: usize| !device.is_null(row) && device.value(row) == "bot";
            let is_bot_device = rows.clone().any(is_bot);
            let measures = Measures::of(&columns, rows, is_bot_device);
            keys.append_value(key);
            let numbers = [measures.events, measures.peak, measures.gaps, measures.items];
            for (builder, number) in counts.iter_mut().zip(numbers) {
                builder.append_value(number);
            }
            variation.append_option(measures.variation);
            reasons.append_value(self.reasons(&measures));
        }
        let [events, peak, gaps, items] =
            counts.map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
        let (keys, reasons) = (Arc::new(keys.finish()), Arc::new(reasons.finish()));
        let variation = Arc::new(variation.finish());
        let all = vec![keys as ArrayRef, events, peak, gaps, variation, items, reasons];
        Ok(RecordBatch::try_new(self.returns(), all)?)
    }
}

impl Bots {
    fn reasons(&self, measures: &Measures) -> String {
        let rule = &self.rule;
        let regular = measures.variation.is_some_and(|variation| variation <= rule.gap_variation);
        let signs = [
            measures.is_bot_device,
            measures.peak > rule.per_minute,
            measures.gaps >= rule.least_gaps && regular,
            measures.items > rule.items_per_sitting,
        ];
        let given = REASONS.iter().zip(signs).filter(|(_, is_so)| *is_so);
        given.map(|(reason, _)| *reason).collect::<Vec<_>>().join(" ")
    }
}

impl Measures {
    fn of(columns: &EventColumns<'_>, rows: std::ops::Range<usize>, is_bot_device: bool) -> Self {
        let events = rows.len() as u64;
        let is_act = |row: &usize| !matches!(columns.kind.value(*row), "dwell" | "impression");
        let acts: Vec<usize> = rows.filter(is_act).collect();
        let times: Vec<i64> = acts.iter().map(|row| columns.time.value(*row)).collect();
        let (gaps, variation) = gaps(&times);
        let items = most_items(columns, &acts, &times);
        Self { events, peak: peak(&times), gaps, variation, items, is_bot_device }
    }
}

/// The most acts within less than 60 seconds.
fn peak(times: &[i64]) -> u64 {
    let mut first = 0;
    let mut most = 0;
    for (last, time) in times.iter().enumerate() {
        while time.saturating_sub(times[first]) >= MINUTE_MS {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most as u64
}

/// Number of gaps, and their standard deviation over their mean, from exact sums.
fn gaps(times: &[i64]) -> (u64, Option<f64>) {
    let (mut n, mut sum, mut squares) = (0_u128, 0_u128, 0_u128);
    for pair in times.windows(2) {
        let gap = pair[1].saturating_sub(pair[0]);
        if (1..=GAP_MS).contains(&gap) {
            let gap = gap.unsigned_abs();
            n += 1;
            sum += u128::from(gap);
            squares += u128::from(gap).pow(2);
        }
    }
    let variation = (n > 0).then(|| ((n * squares - sum * sum) as f64).sqrt() / sum as f64);
    (n as u64, variation)
}

/// The most different items within one sitting; lines of an order are one act and do not count.
fn most_items(columns: &EventColumns<'_>, acts: &[usize], times: &[i64]) -> u64 {
    let mut met = FxHashSet::default();
    let mut most = 0;
    for (place, row) in acts.iter().enumerate() {
        if place > 0 && is_pause(times[place - 1], times[place], GAP_MS) {
            met.clear();
        }
        if !columns.item_id.is_null(*row) {
            met.insert(columns.item_id.value(*row));
        }
        most = most.max(met.len());
    }
    most as u64
}
