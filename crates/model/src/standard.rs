//! Columns brought to mean 0 and deviation 1, as fitted, for rows that come later too.
//!
//! `x = clamp((v / s − m) / d)` with `s` the column's largest size, so that no sum overflows; a
//! missing `v` gives 0. A column that does not vary is left out; a column of which some numbers are
//! missing is followed by one that is 1 where they are, standardised likewise.
//!
//! Symbols: `v`, a number in the column's unit; `s`, its largest absolute value; `m`, `d`, mean and
//! deviation of `v / s`. Time and memory `O(rows · columns)`.
//! Source: T. Hastie, R. Tibshirani and J. Friedman, "The elements of statistical learning", 2nd
//! edition, 2009, sections 3.4.1 (standardising before a penalty) and 9.6 (missing as a value).

use crate::classifier::value;
use crate::table::LabelledTable;
use crate::tensors::{Tensors, TensorsOut};

/// Numbers this many deviations from the mean are taken for the last.
const DEVIATIONS_MAX: f64 = 1e6;

/// One standardised column.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    column: usize,
    /// Whether it tells that the number is missing instead of the number.
    tells_missing: bool,
    size: f64,
    mean: f64,
    deviation: f64,
}

/// How each column was standardised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standard {
    n_columns: usize,
    scales: Vec<Scale>,
}

/// Rows of equal width, one after the other.
pub(crate) struct Matrix {
    pub(crate) width: usize,
    cells: Vec<f64>,
}

impl Matrix {
    pub(crate) fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.cells.chunks_exact(self.width)
    }
}

impl Standard {
    pub(crate) fn of(table: &LabelledTable) -> Self {
        let mut scales = Vec::new();
        for (at, column) in table.columns().iter().enumerate() {
            scales.extend(scale(at, false, &column.iter().copied().flatten().collect::<Vec<_>>()));
            let missing: Vec<f64> = column.iter().map(|v| f64::from(v.is_none())).collect();
            scales.extend(scale(at, true, &missing));
        }
        Self { n_columns: table.n_columns(), scales }
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The table's column behind each standardised one.
    pub(crate) fn sources(&self) -> impl Iterator<Item = usize> + '_ {
        self.scales.iter().map(|scale| scale.column)
    }

    /// Appends a row's standardised columns and the 1 of the intercept.
    pub(crate) fn push(&self, row: &[Option<f64>], out: &mut Vec<f64>) {
        out.extend(self.scales.iter().map(|scale| scale.apply(value(row, scale.column))));
        out.push(1.0);
    }

    pub(crate) fn matrix(&self, table: &LabelledTable) -> Matrix {
        let width = self.scales.len() + 1;
        let mut cells = Vec::with_capacity(width * table.n_rows());
        for row in 0..table.n_rows() {
            let of = |scale: &Scale| scale.apply(table.columns()[scale.column][row]);
            cells.extend(self.scales.iter().map(of));
            cells.push(1.0);
        }
        Matrix { width, cells }
    }

    pub(crate) fn to_tensors(&self) -> TensorsOut {
        let bits = |of: fn(&Scale) -> f64| -> Vec<u64> {
            self.scales.iter().map(|scale| of(scale).to_bits()).collect()
        };
        let columns: Vec<u32> = self.sources().map(|column| column as u32).collect();
        let missing: Vec<u32> = self.scales.iter().map(|s| u32::from(s.tells_missing)).collect();
        TensorsOut::default()
            .with_u64("n_columns", &[self.n_columns as u64])
            .with_u32("columns", &columns)
            .with_u32("tells_missing", &missing)
            .with_u64("sizes", &bits(|scale| scale.size))
            .with_u64("means", &bits(|scale| scale.mean))
            .with_u64("deviations", &bits(|scale| scale.deviation))
    }

    pub(crate) fn from_tensors(tensors: &Tensors<'_>) -> Result<Self, String> {
        let n_columns = tensors.u64("n_columns")?.first().copied().unwrap_or(0) as usize;
        let (columns, missing) = (tensors.u32("columns")?, tensors.u32("tells_missing")?);
        let (sizes, means) = (tensors.f64_bits("sizes")?, tensors.f64_bits("means")?);
        let deviations = tensors.f64_bits("deviations")?;
        let n = columns.len();
        let lengths = [missing.len(), sizes.len(), means.len(), deviations.len()];
        let is_apart = |numbers: &[f64]| numbers.iter().all(|&number| number > 0.0);
        if lengths.iter().any(|&length| length != n)
            || columns.iter().any(|&column| column as usize >= n_columns)
            || !is_apart(&sizes)
            || !is_apart(&deviations)
        {
            return Err("the arrays of the columns do not fit one another".to_owned());
        }
        let one = |at: usize| Scale {
            column: columns[at] as usize,
            tells_missing: missing[at] != 0,
            size: sizes[at],
            mean: means[at],
            deviation: deviations[at],
        };
        Ok(Self { n_columns, scales: (0..n).map(one).collect() })
    }
}

impl Scale {
    fn apply(&self, value: Option<f64>) -> f64 {
        let value = if self.tells_missing { Some(f64::from(value.is_none())) } else { value };
        let apart = |value: f64| (value / self.size - self.mean) / self.deviation;
        value.map_or(0.0, |value| apart(value).clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX))
    }
}

/// The scale of some numbers; `None` where they do not vary beyond rounding.
fn scale(column: usize, tells_missing: bool, values: &[f64]) -> Option<Scale> {
    let size = values.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
    if size <= 0.0 {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().map(|value| value / size).sum::<f64>() / n;
    let squares = values.iter().map(|value| (value / size - mean).powi(2));
    let deviation = (squares.sum::<f64>() / n).sqrt();
    (deviation > 1e-12).then_some(Scale { column, tells_missing, size, mean, deviation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_get_mean_0_and_deviation_1_and_missing_its_own() {
        let columns = vec![
            vec![Some(2.0), Some(4.0), None, None],
            vec![Some(5.0); 4],
            vec![Some(-1e308), Some(1e308), Some(-1e308), Some(1e308)],
            vec![None; 4],
        ];
        let names = (0..4).map(|at| at.to_string()).collect();
        let table = LabelledTable::new(names, columns, vec![true, false, true, false]).unwrap();
        let standard = Standard::of(&table);
        assert_eq!(standard.sources().collect::<Vec<_>>(), [0, 0, 2]);
        let rows: Vec<Vec<f64>> = standard.matrix(&table).rows().map(<[f64]>::to_vec).collect();
        assert_eq!(rows[0], [-1.0, -1.0, -1.0, 1.0]);
        assert_eq!(rows[3], [0.0, 1.0, 1.0, 1.0]);
        let mut far = Vec::new();
        standard.push(&[Some(1e300), None, Some(f64::INFINITY)], &mut far);
        assert_eq!(far, [1e6, -1.0, 0.0, 1.0]);
    }
}
