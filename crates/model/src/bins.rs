//! Numbers as a few ordered bins per column, so that a split is looked for among bins, not rows.
//!
//! A column of at most 255 different numbers has one bin each; a longer one is cut where its
//! cumulative count passes a multiple of `n / 255`. The edge between two bins lies half way between
//! the numbers beside it: `edge = (a + b) / 2`, and a number belongs left when `x ≤ edge`.
//!
//! Symbols: `n`, rows with a number; `a`, `b`, the last number of a bin and the first of the next.
//! Time `O(n log n)` and memory `O(n)` per column.
//! Source: G. Ke et al., "LightGBM: a highly efficient gradient boosting decision tree", NIPS 2017,
//! section 2.1 (histogram-based split finding).

use crate::table::LabelledTable;

/// Bins of numbers in a column; one more index stands for missing.
const BINS_MAX: usize = 255;

/// A table as bin numbers.
#[derive(Debug, Clone)]
pub(crate) struct Bins {
    /// By column: the upper edge of each bin but the last.
    edges: Vec<Vec<f64>>,
    /// By column: the bin of each row; the number of bins means missing.
    pub(crate) index: Vec<Vec<u8>>,
}

impl Bins {
    pub(crate) fn new(table: &LabelledTable) -> Self {
        let edges: Vec<Vec<f64>> = table.columns().iter().map(|column| edges(column)).collect();
        let index = table.columns().iter().zip(&edges);
        let index = index.map(|(column, edges)| column.iter().map(|v| bin(*v, edges)).collect());
        Self { index: index.collect(), edges }
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.edges.len()
    }

    /// Bins of a column, missing aside; at least 1.
    pub(crate) fn n_bins(&self, column: usize) -> usize {
        self.edges[column].len() + 1
    }

    /// What a number must not exceed to lie in a bin or below it.
    pub(crate) fn edge(&self, column: usize, bin: usize) -> f64 {
        self.edges[column].get(bin).copied().unwrap_or(f64::MAX)
    }
}

fn bin(value: Option<f64>, edges: &[f64]) -> u8 {
    let at = value.map_or(edges.len() + 1, |value| edges.partition_point(|edge| value > *edge));
    // At most 255, as there are at most 254 edges.
    at as u8
}

fn edges(column: &[Option<f64>]) -> Vec<f64> {
    let mut values: Vec<f64> = column.iter().copied().flatten().collect();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let distinct = values.windows(2).filter(|pair| pair[0] < pair[1]).count() + 1;
    let mut filled = 0;
    let mut edges = Vec::new();
    for (at, pair) in values.windows(2).enumerate().filter(|(_, pair)| pair[0] < pair[1]) {
        let passed = (at + 1) * BINS_MAX / n;
        if distinct <= BINS_MAX || passed > filled {
            filled = passed;
            edges.push(between(pair[0], pair[1]));
        }
    }
    edges
}

/// A number at or above `low` and below `high`, half way where there is one.
fn between(low: f64, high: f64) -> f64 {
    let middle = f64::midpoint(low, high);
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(column: Vec<Option<f64>>) -> Bins {
        let labels = vec![true; column.len()];
        Bins::new(&LabelledTable::new(vec!["x".into()], vec![column], labels).unwrap())
    }

    #[test]
    fn few_numbers_get_a_bin_each_and_missing_its_own() {
        let found = bins(vec![Some(3.0), None, Some(1.0), Some(1.0), Some(4.0)]);
        assert_eq!(found.edges[0], [2.0, 3.5]);
        assert_eq!(found.index[0], [1, 3, 0, 0, 2]);
        assert_eq!((found.n_bins(0), found.edge(0, 2)), (3, f64::MAX));
        let none = bins(vec![None, None]);
        assert_eq!((none.n_bins(0), &none.index[0][..]), (1, &[1, 1][..]));
        let huge = bins(vec![Some(f64::MAX), Some(-f64::MAX), Some(f64::MIN_POSITIVE)]);
        assert_eq!(huge.index[0], [2, 0, 1]);
    }

    #[test]
    fn many_numbers_fill_their_bins_evenly() {
        let found = bins((0..10_000).map(|at| Some(f64::from(at % 5_000))).collect());
        assert!((250..=BINS_MAX).contains(&found.n_bins(0)), "{}", found.n_bins(0));
        let mut sizes = vec![0; BINS_MAX + 1];
        found.index[0].iter().for_each(|bin| sizes[usize::from(*bin)] += 1);
        assert!(sizes.iter().all(|&size| size <= 45), "{sizes:?}");
        assert_eq!(sizes[found.n_bins(0)], 0);
        // A number that is most of a column does not take its neighbours along.
        let mut skewed: Vec<_> = (0..600).map(|at| Some(f64::from(at))).collect();
        skewed.extend(vec![Some(0.0); 9_000]);
        assert!(bins(skewed).n_bins(0) > 14);
    }

    #[test]
    fn an_edge_parts_even_neighbouring_numbers() {
        let next = f64::from_bits(1.0_f64.to_bits() + 1);
        assert_eq!(bins(vec![Some(1.0), Some(next)]).index[0], [0, 1]);
    }
}
