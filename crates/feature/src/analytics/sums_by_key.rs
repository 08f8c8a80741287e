//! Whole numbers summed by key, as rows: what tallies add up.
//!
//! `K` texts and `N` numbers form the key, `S` sums follow. Rows come out sorted by key, so the
//! same counts are the same table however people were split.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::columns::ColumnError;
use rustc_hash::FxHashMap;

use crate::error::FeatureError;

type Key<'a, const K: usize, const N: usize> = ([Cow<'a, str>; K], [i64; N]);

/// Sums by key; sums saturate.
pub(super) struct SumsByKey<'a, const K: usize, const N: usize, const S: usize> {
    sums: FxHashMap<Key<'a, K, N>, [i64; S]>,
}

impl<const K: usize, const N: usize, const S: usize> Default for SumsByKey<'_, K, N, S> {
    fn default() -> Self {
        Self { sums: FxHashMap::default() }
    }
}

impl<'a, const K: usize, const N: usize, const S: usize> SumsByKey<'a, K, N, S> {
    /// Columns of such a table: names of the texts, of the numbers, of the sums.
    pub fn schema(names: &[&'static str]) -> SchemaRef {
        let kind = |at| if at < K { DataType::Utf8 } else { DataType::Int64 };
        let fields = names.iter().enumerate().map(|(at, name)| Field::new(*name, kind(at), false));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// Adds to the sums of a key.
    pub fn add(&mut self, texts: [Cow<'a, str>; K], numbers: [i64; N], add: [i64; S]) {
        let sums = self.sums.entry((texts, numbers)).or_insert([0; S]);
        for (sum, add) in sums.iter_mut().zip(add) {
            *sum = sum.saturating_add(add);
        }
    }

    /// The rows of a table, those of the same key added up.
    pub fn of(table: &'a RecordBatch) -> Result<Self, FeatureError> {
        let wrong = ColumnError("sums");
        let text = |at: usize| table.columns().get(at)?.as_string_opt::<i32>();
        let whole = |at: usize| table.columns().get(at)?.as_primitive_opt::<Int64Type>();
        let texts: Option<Vec<&StringArray>> = (0..K).map(text).collect();
        let texts = texts.ok_or(wrong.clone())?;
        let wholes: Option<Vec<&Int64Array>> = (K..K + N + S).map(whole).collect();
        let wholes = wholes.ok_or(wrong)?;
        let mut all = Self::default();
        for row in 0..table.num_rows() {
            let key = std::array::from_fn(|at| Cow::Borrowed(texts[at].value(row)));
            let numbers = std::array::from_fn(|at| wholes[at].value(row));
            all.add(key, numbers, std::array::from_fn(|at| wholes[N + at].value(row)));
        }
        Ok(all)
    }

    /// The rows by key.
    pub fn sorted(self) -> Vec<(Key<'a, K, N>, [i64; S])> {
        let mut rows: Vec<_> = self.sums.into_iter().collect();
        rows.sort_unstable();
        rows
    }

    /// As a table of [`schema`](Self::schema).
    pub fn table(self, schema: SchemaRef) -> Result<RecordBatch, FeatureError> {
        let rows = self.sorted();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(K + N + S);
        for at in 0..K {
            let texts = rows.iter().map(|((texts, _), _)| texts[at].as_ref());
            columns.push(Arc::new(StringArray::from_iter_values(texts)));
        }
        for at in 0..N {
            let numbers = rows.iter().map(|((_, numbers), _)| numbers[at]);
            columns.push(Arc::new(Int64Array::from_iter_values(numbers)));
        }
        for at in 0..S {
            let sums = rows.iter().map(|(_, sums)| sums[at]);
            columns.push(Arc::new(Int64Array::from_iter_values(sums)));
        }
        Ok(RecordBatch::try_new(schema, columns)?)
    }
}

/// A sum that counts things, which is never negative.
pub(super) fn count(sum: i64) -> u64 {
    u64::try_from(sum).unwrap_or(0)
}

/// `part / whole`; null when there is nothing to divide by.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
