//! The same thing told twice in a moment: a double click, a page that fires twice, a retry with a
//! new id. Flagged, never dropped.
//!
//! An event is a near-duplicate when one of the same person, type, source and content that is
//! itself none lies at most the window before it, both ends included. Content is the item, where
//! there is one; of a purchase currency, total and lines, its number aside; else all of the data.

use std::fmt::Write;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::columns::{EventColumns, NAMES};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::clean::column::{setting, text};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel};

/// Flag near-duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NearDuplicatesRule {
    /// How close in time, in milliseconds: 0 to an hour. By default the time of a double click,
    /// below a second so that clocks of whole seconds do not make neighbours of all.
    pub window_ms: i64,
}

impl Default for NearDuplicatesRule {
    fn default() -> Self {
        Self { window_ms: 500 }
    }
}

impl NearDuplicatesRule {
    /// Refuses a window out of range.
    pub fn validate(&self) -> Result<(), FeatureError> {
        match (0..=3_600_000).contains(&self.window_ms) {
            true => Ok(()),
            false => Err(setting("window_ms", self.window_ms, "0 to 3,600,000 milliseconds")),
        }
    }
}

/// Finds near-duplicates: one row (`user_key`, `id`, `of`, `type`, `source`) for each, `of` being
/// the id of the event it repeats.
pub struct NearDuplicates {
    /// Its settings.
    pub rule: NearDuplicatesRule,
}

#[derive(PartialEq, Eq, Hash)]
enum Content<'a> {
    Item(&'a str),
    Order(String),
    Data(&'a str),
}

impl Kernel for NearDuplicates {
    fn reads(&self) -> Vec<&'static str> {
        [&NAMES[..], &["source", "data"]].concat()
    }

    fn returns(&self) -> SchemaRef {
        let names = ["user_key", "id", "of", "type", "source"];
        let fields = names.map(|name| Field::new(name, DataType::Utf8, false));
        Arc::new(Schema::new(fields.to_vec()))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = EventColumns::of(people)?;
        let (source, data) = (text(people, "source")?, text(people, "data")?);
        let mut found: [StringBuilder; 5] = Default::default();
        for (_, rows) in kernel::people(people)? {
            let mut kept: FxHashMap<(&str, &str, Content<'_>), usize> = FxHashMap::default();
            for row in rows {
                let content = content(&columns, data.value(row), row);
                let key = (columns.kind.value(row), source.value(row), content);
                let last = kept.entry(key).or_insert(row);
                let gap_ms = columns.time.value(row).saturating_sub(columns.time.value(*last));
                if *last == row || gap_ms > self.rule.window_ms {
                    *last = row;
                    continue;
                }
                let told = [
                    columns.user_key.value(row),
                    columns.id.value(row),
                    columns.id.value(*last),
                    columns.kind.value(row),
                    source.value(row),
                ];
                for (builder, text) in found.iter_mut().zip(told) {
                    builder.append_value(text);
                }
            }
        }
        let columns = found.map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
        Ok(RecordBatch::try_new(self.returns(), columns.to_vec())?)
    }
}

fn content<'a>(columns: &EventColumns<'a>, data: &'a str, row: usize) -> Content<'a> {
    if !columns.item_id.is_null(row) {
        return Content::Item(columns.item_id.value(row));
    }
    if columns.kind.value(row) != "purchase" {
        return Content::Data(data);
    }
    let mut order = String::new();
    if !columns.currency.is_null(row) {
        order.push_str(columns.currency.value(row));
    }
    // Writing to a text cannot fail.
    let _ = write!(
        order,
        " {:?}",
        columns.amount_minor.is_valid(row).then(|| columns.amount_minor.value(row))
    );
    for line in columns.lines(row) {
        let _ = write!(order, " {line:?}");
    }
    Content::Order(order)
}
