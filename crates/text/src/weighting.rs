//! How much a feature counts in a row, and how cheap it is to use.
//!
//! A row's value of feature `f` that occurs `c` times is 1, or with idf `(1 + ln c) · idf_f`,
//! `idf_f = 1 + ln((1 + n) / (1 + n_f))`; with unit length the row is divided by its Euclidean
//! norm. With the naive Bayes ratio the scale of feature `f` for label `k` is `|ρ_fk|`, `ρ_fk =
//! ln(((α + p_fk) / Σ_g (α + p_gk)) / ((α + q_fk) / Σ_g (α + q_gk)))`, `p` and `q` the sums of the
//! rows' values with label `k` and with any other, else 1. A feature of fewer than `rows_min` rows
//! counts nothing.
//!
//! Symbols: `n`, rows; `n_f`, rows that have `f`; `α`, smoothing. Time `O(nnz)` and
//! `O(features · labels)` for the scales, memory the same.
//! Source: S. Wang and C. Manning, "Baselines and bigrams: simple, good sentiment and topic
//! classification", ACL 2012, section 2; K. Spärck Jones, "A statistical interpretation of term
//! specificity", Journal of Documentation 28, 1972.
//! DIFFERENCE: the ratio's size only scales the penalty, its sign is the regression's to find.

use serde::{Deserialize, Serialize};

use crate::regression::width_of;
use crate::sparse::Sparse;

/// Smoothing `α` of the naive Bayes counts.
const ALPHA: f64 = 1.0;
/// The least scale, so that no feature is shut out.
const SCALE_MIN: f64 = 0.05;

/// The weighting of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighting {
    /// Occurrences and rareness count, else presence alone.
    pub idf: bool,
    /// Rows have length 1.
    pub unit: bool,
    /// Features that naive Bayes finds telling are cheap to use.
    pub bayes: bool,
}

/// What a feature counts, learnt from rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Values {
    pub(crate) weighting: Weighting,
    /// Per feature; 0 for one that counts nothing.
    pub(crate) idf: Vec<f32>,
}

impl Values {
    /// Learns from rows of counts.
    pub(crate) fn of(weighting: Weighting, counts: &Sparse, rows_min: usize) -> Self {
        let mut rows_with = vec![0_usize; counts.n_columns()];
        for row in 0..counts.n_rows() {
            counts.row(row).0.iter().for_each(|&at| rows_with[at as usize] += 1);
        }
        let n = counts.n_rows() as f64;
        let idf = |&with: &usize| match with {
            with if with < rows_min => 0.0,
            _ if !weighting.idf => 1.0,
            with => (1.0 + ((1.0 + n) / (1.0 + with as f64)).ln()) as f32,
        };
        Self { weighting, idf: rows_with.iter().map(idf).collect() }
    }

    /// Counts of one row to values, in place; features that count nothing become 0.
    pub(crate) fn apply(&self, row: &mut [(u32, f32)]) {
        for (at, x) in row.iter_mut() {
            let count = if self.weighting.idf { 1.0 + x.ln() } else { 1.0 };
            *x = count * self.idf[*at as usize];
        }
        if self.weighting.unit {
            let square: f64 = row.iter().map(|(_, x)| f64::from(*x).powi(2)).sum();
            let inverse = if square > 0.0 { (1.0 / square.sqrt()) as f32 } else { 0.0 };
            row.iter_mut().for_each(|(_, x)| *x *= inverse);
        }
    }

    /// All rows.
    pub(crate) fn matrix(&self, counts: &Sparse) -> Sparse {
        let row = |row: usize| {
            let (at, count) = counts.row(row);
            let mut cells: Vec<(u32, f32)> =
                at.iter().copied().zip(count.iter().copied()).collect();
            self.apply(&mut cells);
            cells
        };
        let rows: Vec<_> = (0..counts.n_rows()).map(row).collect();
        Sparse::of_rows(counts.n_columns(), &rows)
    }
}

/// The scales of the naive Bayes ratio, features × width.
pub(crate) fn bayes_scales(rows: &Sparse, labels: &[u32], n_labels: usize) -> Vec<f32> {
    let (width, n) = (width_of(n_labels), rows.n_columns());
    let mut own = vec![0.0_f32; n * n_labels];
    for (row, &label) in labels.iter().enumerate() {
        let (at, value) = rows.row(row);
        for (&at, &x) in at.iter().zip(value) {
            own[at as usize * n_labels + label as usize] += x;
        }
    }
    let mut of_label = vec![0.0_f64; n_labels];
    for line in own.chunks(n_labels) {
        of_label.iter_mut().zip(line).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    let all: f64 = of_label.iter().sum();
    let smooth = ALPHA * n as f64;
    let mut out = Vec::with_capacity(n * width);
    for line in own.chunks(n_labels) {
        let every: f64 = line.iter().map(|x| f64::from(*x)).sum();
        let of = |label: usize| {
            let p = f64::from(line[label]);
            let here = (ALPHA + p) / (smooth + of_label[label]);
            let there = (ALPHA + every - p) / (smooth + all - of_label[label]);
            (here / there).ln().abs().max(SCALE_MIN) as f32
        };
        match width {
            1 => out.push(of(1)),
            _ => out.extend((0..n_labels).map(of)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_formula() {
        let counts = Sparse::of_rows(2, &[vec![(0, 1.0)], vec![(0, 2.0), (1, 1.0)]]);
        let plan = Weighting { idf: true, unit: false, bayes: false };
        let matrix = Values::of(plan, &counts, 1).matrix(&counts);
        assert!((matrix.row(1).1[0] - (1.0 + 2.0_f32.ln())).abs() < 1e-6);
        assert!((matrix.row(1).1[1] - (1.0 + 1.5_f32.ln())).abs() < 1e-6);
        let plan = Weighting { idf: false, unit: true, bayes: false };
        let matrix = Values::of(plan, &counts, 1).matrix(&counts);
        assert!((matrix.row(1).1[0] - 0.5_f32.sqrt()).abs() < 1e-6);
        let rare = Values::of(plan, &counts, 2).matrix(&counts);
        assert_eq!(rare.row(1).1, [1.0, 0.0]);
    }

    #[test]
    fn a_telling_feature_has_a_large_scale() {
        let rows = Sparse::of_rows(2, &[vec![(0, 1.0), (1, 1.0)], vec![(1, 1.0)]]);
        let scales = bayes_scales(&rows, &[1, 0], 2);
        // Label 1: (2/4) / (1/3) = 1.5; feature 1: (2/4) / (2/3).
        assert!((f64::from(scales[0]) - 1.5_f64.ln()).abs() < 1e-6, "{scales:?}");
        assert!((f64::from(scales[1]) - (4.0_f64 / 3.0).ln()).abs() < 1e-6, "{scales:?}");
        assert_eq!(bayes_scales(&rows, &[1, 0], 3).len(), 6);
    }
}
