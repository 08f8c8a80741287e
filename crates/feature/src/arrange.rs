//! Rows in the order kernels ask for: by (`user_key`, `time`, `seq`, `id`), each event once.
//!
//! `O(n log n)` comparisons of one pair of rows; memory is one index per row and the result. For
//! tables that fit in memory; the lake arranges what does not.

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMillisecondType, UInt32Type};
use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use event::columns::ColumnError;

use crate::error::FeatureError;

/// Arranges rows that arrived in any order. Of rows of one person with the same id the first in
/// order stays.
pub fn arrange(batch: &RecordBatch) -> Result<RecordBatch, FeatureError> {
    let column = |name| batch.column_by_name(name).ok_or(ColumnError(name));
    let text = |name| column(name)?.as_string_opt::<i32>().ok_or(ColumnError(name));
    let (user, id) = (text("user_key")?, text("id")?);
    let time = column("time")?.as_primitive_opt::<TimestampMillisecondType>();
    let time = time.ok_or(ColumnError("time"))?;
    let seq = column("seq")?.as_primitive_opt::<UInt32Type>().ok_or(ColumnError("seq"))?;
    let key = |row: usize| (user.value(row), time.value(row), seq.value(row), id.value(row));
    let rows = u32::try_from(batch.num_rows())
        .map_err(|_| FeatureError::TooLarge { n_rows: batch.num_rows(), n_cols: 1 })?;
    let mut order: Vec<u32> = (0..rows).collect();
    order.sort_unstable_by(|a, b| key(*a as usize).cmp(&key(*b as usize)).then(a.cmp(b)));
    let mut met = rustc_hash::FxHashSet::default();
    order.retain(|row| met.insert((user.value(*row as usize), id.value(*row as usize))));
    Ok(take_record_batch(batch, &UInt32Array::from(order))?)
}
