//! How far each source's clock is off, and events that claim to be from the future.
//!
//! `offset = median(received − sent)`; `spread = median |received − sent − offset|`
//!
//! Symbols: sent and received are the two clocks at the moment an event was sent, the sender's and
//! ours, in milliseconds, so that offset is the sender's error plus the way of the message. Median
//! and median distance bear with up to half of the messages being late. The time that is stored is
//! corrected by each event's own `received − sent`; where a source sends one clock only, its error
//! cannot be told from delay, and `delay = median(received − ts)` is reported without correction.
//! Time `O(n log n)`, memory `O(n)`: 16 bytes per event.
//! Source: Hampel, "The influence curve and its role in robust estimation", 1974, section 5; two
//! clocks as in Mills, "Internet time synchronization", 1991, section II.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, RecordBatch, TimestampMillisecondArray};
use event::columns::ColumnError;
use serde::{Deserialize, Serialize};

use crate::clean::column::{setting, text};
use crate::clean::statistics::{median, median_deviation, sorted};
use crate::error::FeatureError;

/// Judge the clocks of the shop's sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClocksRule {
    /// Offset beyond which a source's clock counts as wrong, milliseconds, 0 to a day.
    pub tolerance_ms: i64,
    /// How far after its arrival an event may lie, milliseconds, 0 to a day.
    pub future_ms: i64,
}

impl Default for ClocksRule {
    fn default() -> Self {
        Self { tolerance_ms: 60_000, future_ms: 300_000 }
    }
}

impl ClocksRule {
    /// Refuses settings out of range.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let settings = [("tolerance_ms", self.tolerance_ms), ("future_ms", self.future_ms)];
        match settings.into_iter().find(|(_, ms)| !(0..=86_400_000).contains(ms)) {
            None => Ok(()),
            Some((name, ms)) => Err(setting(name, ms, "0 to 86,400,000 milliseconds")),
        }
    }
}

/// One source's clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceClock {
    /// The source.
    pub source: String,
    /// Its events.
    pub events: u64,
    /// Those that came with both clocks.
    pub two_clocks: u64,
    /// Median of received − sent, milliseconds.
    pub offset_ms: Option<f64>,
    /// Median distance from it.
    pub offset_spread_ms: Option<f64>,
    /// Median of received − ts.
    pub delay_ms: Option<f64>,
    /// Median distance from it.
    pub delay_spread_ms: Option<f64>,
    /// Events later than their arrival by the sender's clock.
    pub future_before: u64,
    /// Events later than their arrival by the corrected time.
    pub future_after: u64,
    /// Whether the offset is beyond the tolerance.
    pub is_wrong: bool,
}

/// The clocks of all sources.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clocks {
    /// By name.
    pub sources: Vec<SourceClock>,
    /// Events looked at.
    pub rows: u64,
    /// Events whose time differs from what the sender's clock said.
    pub corrected: u64,
    /// received − sent of every event with both clocks, by source.
    pub offsets_ms: Vec<Option<f64>>,
    /// The same less the source's offset.
    pub residuals_ms: Vec<Option<f64>>,
}

/// Columns to scan.
pub const READS: [&str; 4] = ["source", "ts", "sent_at", "received_at"];

#[derive(Default)]
struct Gathered {
    offsets: Vec<f64>,
    delays: Vec<f64>,
    future_before: u64,
    future_after: u64,
}

impl Clocks {
    /// Judges the events of a shop, in any order.
    pub fn read<E: From<FeatureError>>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        rule: &ClocksRule,
    ) -> Result<Self, E> {
        let mut gathered = BTreeMap::new();
        let mut clocks = Self::default();
        for batch in batches {
            clocks.gather(&batch?, rule, &mut gathered)?;
        }
        for (source, gathered) in gathered {
            clocks.judge(source, &gathered, rule);
        }
        Ok(clocks)
    }

    fn gather(
        &mut self,
        batch: &RecordBatch,
        rule: &ClocksRule,
        gathered: &mut BTreeMap<String, Gathered>,
    ) -> Result<(), FeatureError> {
        let source = text(batch, "source")?;
        let [time, ts, sent] =
            [moment(batch, "time")?, moment(batch, "ts")?, moment(batch, "sent_at")?];
        let received = moment(batch, "received_at")?;
        self.rows += batch.num_rows() as u64;
        for row in 0..batch.num_rows() {
            let own = match gathered.get_mut(source.value(row)) {
                Some(own) => own,
                None => gathered.entry(source.value(row).to_owned()).or_default(),
            };
            let (at, here) = (ts.value(row), received.value(row));
            let latest = here.saturating_add(rule.future_ms);
            own.delays.push(here.saturating_sub(at) as f64);
            if !sent.is_null(row) {
                own.offsets.push(here.saturating_sub(sent.value(row)) as f64);
            }
            own.future_before += u64::from(at > latest);
            own.future_after += u64::from(time.value(row) > latest);
            self.corrected += u64::from(time.value(row) != at);
        }
        Ok(())
    }

    fn judge(&mut self, source: String, gathered: &Gathered, rule: &ClocksRule) {
        let order = |values: &[f64]| sorted(values.iter().map(|value| Some(*value)));
        let (offsets, delays) = (order(&gathered.offsets), order(&gathered.delays));
        let (offset, delay) = (median(&offsets), median(&delays));
        let spread = |values: &[f64], centre: Option<f64>| median_deviation(values, centre?);
        self.offsets_ms.extend(offsets.iter().map(|value| Some(*value)));
        self.residuals_ms.extend(offsets.iter().map(|value| Some(value - offset?)));
        self.sources.push(SourceClock {
            source,
            events: delays.len() as u64,
            two_clocks: offsets.len() as u64,
            offset_ms: offset,
            offset_spread_ms: spread(&offsets, offset),
            delay_ms: delay,
            delay_spread_ms: spread(&delays, delay),
            future_before: gathered.future_before,
            future_after: gathered.future_after,
            is_wrong: offset.is_some_and(|offset| offset.abs() > rule.tolerance_ms as f64),
        });
    }
}

fn moment<'a>(
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a TimestampMillisecondArray, ColumnError> {
    let column = batch.column_by_name(name).ok_or(ColumnError(name))?;
    column.as_primitive_opt::<TimestampMillisecondType>().ok_or(ColumnError(name))
}
