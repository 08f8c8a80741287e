//! Wall clocks against the shop's zone: offsets of another zone, hours that daylight saving
//! skips, hours it repeats.
//!
//! An event says what the sender's wall clock showed: `ts` and the offset from UTC. Where the
//! offset is not the zone's at that moment the sender is elsewhere, or sends UTC, or missed a
//! change of clocks; where the wall clock showed an hour that the zone skipped, the last is sure.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, TimestampMillisecondType, UInt64Type};
use arrow_array::{Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::columns::ColumnError;
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::clean::column::text;
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};
use crate::overview;

/// Compare wall clocks with the shop's zone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalTimesRule {
    /// The zone, an IANA name; the shop's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl LocalTimesRule {
    /// Refuses a zone that does not exist.
    pub fn validate(&self) -> Result<(), FeatureError> {
        self.zone.as_deref().map_or(Ok(()), |name| overview::zone(name).map(|_| ()))
    }
}

/// What can be said of a wall clock, in the order of [`LocalTimes`]' answers.
pub const FINDINGS: [&str; 5] = ["rows", "other_offset", "skipped", "repeated", "out_of_calendar"];
const DAY_MS: i64 = 86_400_000;

/// Counts events by what their wall clocks show: rows (`finding`, `rows`) of [`FINDINGS`]. Rows
/// with several findings count for each.
pub struct LocalTimes {
    /// The zone.
    pub zone: TimeZone,
}

impl Kernel for LocalTimes {
    fn reads(&self) -> Vec<&'static str> {
        vec!["ts", "ts_offset_min"]
    }

    fn returns(&self) -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("finding", DataType::Utf8, false),
            Field::new("rows", DataType::UInt64, false),
        ]))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let ts = people.column_by_name("ts").and_then(|column| column.as_primitive_opt());
        let ts = ts.ok_or(ColumnError("ts"))?;
        let offset = people.column_by_name("ts_offset_min");
        let offset = offset.and_then(|column| column.as_primitive_opt::<Int16Type>());
        let offset = offset.ok_or(ColumnError("ts_offset_min"))?;
        let mut calm = CalmDays { zone: &self.zone, days: FxHashMap::default() };
        let mut counts = [0_u64; FINDINGS.len()];
        for (_, rows) in kernel::people(people)? {
            for row in rows {
                let ts = arrow_array::PrimitiveArray::<TimestampMillisecondType>::value(ts, row);
                let found = calm.findings(ts, i64::from(offset.value(row)) * 60);
                counts[0] += 1;
                for (count, is_so) in counts[1..].iter_mut().zip(found) {
                    *count += u64::from(is_so);
                }
            }
        }
        self.answer(&counts)
    }
}

impl Tally for LocalTimes {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let names = text(answers, "finding")?;
        let rows = answers.column_by_name("rows").and_then(|c| c.as_primitive_opt::<UInt64Type>());
        let rows = rows.ok_or(ColumnError("rows"))?;
        let mut counts = [0_u64; FINDINGS.len()];
        for row in 0..names.len() {
            if let Some(place) = FINDINGS.iter().position(|name| *name == names.value(row)) {
                counts[place] += rows.value(row);
            }
        }
        self.answer(&counts)
    }
}

impl LocalTimes {
    fn answer(&self, counts: &[u64]) -> Result<RecordBatch, FeatureError> {
        let names = Arc::new(StringArray::from_iter_values(FINDINGS));
        let rows = Arc::new(UInt64Array::from_iter_values(counts.iter().copied()));
        Ok(RecordBatch::try_new(self.returns(), vec![names, rows])?)
    }
}

/// Remembers days far from any change of clocks, so that few moments need the zone's rules.
struct CalmDays<'a> {
    zone: &'a TimeZone,
    /// Offset in seconds by day since 1970; none where clocks change within two days.
    days: FxHashMap<i64, Option<i64>>,
}

impl CalmDays<'_> {
    /// Other offset, skipped, repeated, out of the calendar.
    fn findings(&mut self, ts_ms: i64, offset_s: i64) -> [bool; 4] {
        let day = ts_ms.div_euclid(DAY_MS);
        let calm = match self.days.get(&day) {
            Some(calm) => *calm,
            None => {
                let calm = calm_offset(self.zone, day);
                self.days.insert(day, calm);
                calm
            }
        };
        if let Some(usual_s) = calm {
            return [usual_s != offset_s, false, false, false];
        }
        let wall_ms = ts_ms.saturating_add(offset_s * 1_000);
        let (Ok(moment), Ok(wall)) =
            (Timestamp::from_millisecond(ts_ms), Timestamp::from_millisecond(wall_ms))
        else {
            return [false, false, false, true];
        };
        let usual_s = i64::from(self.zone.to_offset(moment).seconds());
        let shown = self.zone.to_ambiguous_timestamp(Offset::UTC.to_datetime(wall)).offset();
        let skipped = matches!(shown, AmbiguousOffset::Gap { .. });
        let repeated = matches!(shown, AmbiguousOffset::Fold { .. });
        [usual_s != offset_s, skipped, repeated, false]
    }
}

/// The zone's offset on a day, in seconds, if it does not change within two days.
fn calm_offset(zone: &TimeZone, day: i64) -> Option<i64> {
    let at =
        |days: i64| Timestamp::from_millisecond(day.checked_add(days)?.checked_mul(DAY_MS)?).ok();
    let (start, end) = (at(-2)?, at(3)?);
    let next = zone.following(start).next();
    let changes = next.is_some_and(|change| change.timestamp() <= end);
    (!changes).then(|| i64::from(zone.to_offset(start).seconds()))
}
