//! Events that stand in a table twice: by their own id, and orders by their number.
//!
//! A lake stores each once, so its answer is none; a table from elsewhere may have some. Exact:
//! one scan keeps 8 bytes per id, and only if two are equal a second compares the texts of those.

use std::hash::{Hash, Hasher};

use arrow_array::{Array, RecordBatch};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
use serde::{Deserialize, Serialize};

use crate::clean::column::text;
use crate::error::FeatureError;

/// Count events and orders that are there more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DuplicatesRule {}

/// What is there more than once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Repeats {
    /// Rows looked at.
    pub rows: u64,
    /// Rows whose id another row before them has.
    pub same_id: u64,
    /// Purchases whose order number another purchase before them has.
    pub same_order: u64,
}

/// Columns to scan.
pub const READS: [&str; 2] = ["type", "order_id"];

impl Repeats {
    /// Counts over a table that may be scanned twice.
    pub fn count<E, I>(scan: impl Fn() -> Result<I, E>) -> Result<Self, E>
    where
        E: From<FeatureError>,
        I: IntoIterator<Item = Result<RecordBatch, E>>,
    {
        let mut rows = 0;
        let mut hashes = [Vec::new(), Vec::new()];
        for batch in scan()? {
            let batch = batch?;
            rows += batch.num_rows() as u64;
            each_key(&batch, |kind, key| hashes[kind].push(hash(key)))?;
        }
        let suspects = hashes.map(repeated);
        let mut repeats = Self { rows, ..Self::default() };
        if suspects.iter().all(FxHashSet::is_empty) {
            return Ok(repeats);
        }
        let mut met: [FxHashMap<String, u64>; 2] = Default::default();
        for batch in scan()? {
            each_key(&batch?, |kind, key| {
                if suspects[kind].contains(&hash(key)) {
                    *met[kind].entry(key.to_owned()).or_default() += 1;
                }
            })?;
        }
        let beyond_first = |met: &FxHashMap<String, u64>| met.values().map(|n| n - 1).sum();
        (repeats.same_id, repeats.same_order) = (beyond_first(&met[0]), beyond_first(&met[1]));
        Ok(repeats)
    }
}

/// Hands over ids as kind 0 and the order numbers of purchases as kind 1.
fn each_key(batch: &RecordBatch, mut each: impl FnMut(usize, &str)) -> Result<(), FeatureError> {
    let (id, kind, order) = (text(batch, "id")?, text(batch, "type")?, text(batch, "order_id")?);
    for row in 0..batch.num_rows() {
        each(0, id.value(row));
        if kind.value(row) == "purchase" && !order.is_null(row) {
            each(1, order.value(row));
        }
    }
    Ok(())
}

fn hash(key: &str) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

fn repeated(mut hashes: Vec<u64>) -> FxHashSet<u64> {
    hashes.sort_unstable();
    hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect()
}
