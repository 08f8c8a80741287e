//! The best items for one query, exactly, at the speed at which memory can be read.
//!
//! `best n of s_i = x · y_i`. The table is cut into blocks of rows that the threads take in turn;
//! the scores of a block stay in the nearest cache and are compared with the worst of the thread's
//! best so far. One reading of the table is all the work there is, so it takes as long as that.
//!
//! Symbols: `x`, query, k; `Y`, items × k, row `y_i`; `s`, scores; `n`, items wanted. Time
//! `O(items · k)`, memory `O(n)` per thread beside the table. The best under a total order are the
//! same whoever finds them: equal bit for bit at any number of threads.
//! Source: S. Williams, A. Waterman and D. Patterson, "Roofline: an insightful visual performance
//! model for multicore architectures", Communications of the ACM 52(4), 2009 (why bandwidth is the
//! bound: two operations per four bytes read).

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::dense::{Factors, dot_in};
use crate::error::ModelError;
use crate::seed::Stream;
use crate::topk::{Scored, TopK};

/// Rows of a block: 64 factors of 512 rows are 128 KiB.
const ROWS: usize = 512;
/// Scores compared with the bar at once.
const GROUP: usize = 32;
/// Numbers summed by one thread at a time.
const STREAM: usize = 32 * 1024;

/// Factors of a catalogue, ready to be searched.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemTable {
    pub(super) table: Factors,
}

impl ItemTable {
    /// A table from `items × factors` numbers, row after row.
    ///
    /// # Errors
    /// When the numbers do not fill the shape, or one is not finite.
    pub fn new(items: usize, factors: usize, values: &[f32]) -> Result<Self, ModelError> {
        let refused = |reason: String| ModelError::Input { model: "item table", reason };
        if items.checked_mul(factors) != Some(values.len()) || u32::try_from(items).is_err() {
            let found = values.len();
            return Err(refused(format!("{found} numbers for {items} items of {factors} factors")));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let (item, value) = (at / factors, values[at]);
            return Err(refused(format!("item {item} has the factor {value}; train it again")));
        }
        Ok(Self { table: Factors::from_unpadded(items, factors, values) })
    }

    /// Number of items.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.table.n_rows()
    }

    /// Bytes that one search reads.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(self.table.values())
    }

    /// The best `n` items for a query among those that `keep` accepts; equal scores are ordered by
    /// item, and a score of exactly 0 is no evidence. A query that is shorter than the factors ends
    /// in zeros.
    #[must_use]
    pub fn best(
        &self,
        query: &[f32],
        n: usize,
        keep: &(dyn Fn(u32) -> bool + Sync),
    ) -> Vec<Scored> {
        let query = padded(query, &self.table);
        let arch = Arch::new();
        let stride = self.table.stride();
        let blocks = self.table.values().par_chunks(ROWS * stride).enumerate();
        let search = |mut best: TopK, (block, rows): (usize, &[f32])| {
            let item_of = |row: usize| (block * ROWS + row) as u32;
            arch.dispatch(Block { rows, query: &query, item_of, best: &mut best, keep });
            best
        };
        let found: Vec<TopK> = blocks.fold(|| TopK::new(n), search).collect();
        let mut best = TopK::new(n);
        found.into_iter().flat_map(TopK::into_sorted).for_each(|one| best.push(one));
        best.into_sorted()
    }

    /// The sum of all numbers: the least that can be done with one reading of the table.
    #[must_use]
    pub fn sum(&self) -> f32 {
        let arch = Arch::new();
        let chunks = self.table.values().par_chunks(STREAM);
        let sums: Vec<f32> = chunks.map(|values| arch.dispatch(Sum { values })).collect();
        sums.into_iter().sum()
    }
}

/// Factors of so many rows as a shop's might be: each near one of a thousand tastes, which are
/// drawn from the seed alone. For measuring, where no trained factors of the size are at hand.
#[must_use]
pub fn drawn_factors(rows: usize, factors: usize, seed: u64) -> Vec<f32> {
    const TASTES: usize = 1_000;
    let stream = Stream::new(seed);
    let (tastes, own, places) = (stream.fork(0), stream.fork(1), stream.fork(2));
    let mut values = vec![0.0; rows * factors];
    let row = |(row, of_row): (usize, &mut [f32])| {
        let taste = places.below(row as u64, TASTES) * factors;
        for (at, value) in of_row.iter_mut().enumerate() {
            let draw = |stream: Stream, at: usize| stream.unit(at as u64) - 0.5;
            *value = draw(tastes, taste + at) + draw(own, row * factors + at);
        }
    };
    values.par_chunks_mut(factors.max(1)).enumerate().for_each(row);
    values
}

/// A query as long as a row of the table.
pub(super) fn padded(query: &[f32], table: &Factors) -> Vec<f32> {
    let mut padded = vec![0.0; table.stride()];
    padded.iter_mut().zip(query).take(table.k()).for_each(|(to, from)| *to = *from);
    padded
}

/// Rows that are scored and offered.
pub(super) struct Block<'a, F> {
    pub(super) rows: &'a [f32],
    pub(super) query: &'a [f32],
    /// The item of each row.
    pub(super) item_of: F,
    pub(super) best: &'a mut TopK,
    pub(super) keep: &'a (dyn Fn(u32) -> bool + Sync),
}

impl<F: Fn(usize) -> u32> WithSimd for Block<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, query, item_of, best, keep } = self;
        let stride = query.len();
        let mut scores = [0.0_f32; GROUP];
        for (group, rows) in rows.chunks(GROUP * stride).enumerate() {
            let n = rows.len() / stride;
            let (fours, _) = scores.as_chunks_mut::<4>();
            for (four, rows) in fours.iter_mut().zip(rows.chunks(4 * stride)) {
                if rows.len() == 4 * stride {
                    *four = four_dots_in(simd, rows, query);
                } else {
                    let each = four.iter_mut().zip(rows.chunks_exact(stride));
                    each.for_each(|(score, row)| *score = dot_in(simd, row, query));
                }
            }
            let bar = best.bar();
            if !scores[..n].iter().fold(false, |any, &s| any | ((s >= bar) & (s != 0.0))) {
                continue;
            }
            for (at, &score) in scores[..n].iter().enumerate() {
                let item = item_of(group * GROUP + at);
                if score >= best.bar() && score != 0.0 && keep(item) {
                    best.push(Scored { item, score });
                }
            }
        }
    }
}

/// Four products at once, so that none waits for its own last sum; each is summed as by `dot_in`.
#[inline(always)]
fn four_dots_in<S: Simd>(simd: S, rows: &[f32], query: &[f32]) -> [f32; 4] {
    let stride = query.len();
    let (query, _) = S::as_simd_f32s(query);
    let row = |at: usize| S::as_simd_f32s(&rows[at * stride..][..stride]).0;
    let (a, b, c, d) = (row(0), row(1), row(2), row(3));
    let mut sums = [simd.splat_f32s(0.0); 4];
    for ((((&x, &a), &b), &c), &d) in query.iter().zip(a).zip(b).zip(c).zip(d) {
        sums[0] = simd.mul_add_e_f32s(a, x, sums[0]);
        sums[1] = simd.mul_add_e_f32s(b, x, sums[1]);
        sums[2] = simd.mul_add_e_f32s(c, x, sums[2]);
        sums[3] = simd.mul_add_e_f32s(d, x, sums[3]);
    }
    let [a, b, c, d] = sums;
    [
        simd.reduce_sum_f32s(a),
        simd.reduce_sum_f32s(b),
        simd.reduce_sum_f32s(c),
        simd.reduce_sum_f32s(d),
    ]
}

/// Numbers that are summed.
struct Sum<'a> {
    values: &'a [f32],
}

impl WithSimd for Sum<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (vectors, rest) = S::as_simd_f32s(self.values);
        let (fours, ones) = vectors.as_chunks::<4>();
        let mut sums = [simd.splat_f32s(0.0); 4];
        for four in fours {
            for (sum, &value) in sums.iter_mut().zip(four) {
                *sum = simd.add_f32s(*sum, value);
            }
        }
        for &value in ones {
            sums[0] = simd.add_f32s(sums[0], value);
        }
        let both = simd.add_f32s(simd.add_f32s(sums[0], sums[1]), simd.add_f32s(sums[2], sums[3]));
        simd.reduce_sum_f32s(both) + rest.iter().sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topk::top_of_scores;
    use proptest::prelude::*;
    use rayon::ThreadPoolBuilder;

    #[test]
    fn what_is_no_table_is_refused() {
        assert!(ItemTable::new(2, 2, &[1.0; 3]).is_err());
        assert!(ItemTable::new(1, 2, &[1.0, f32::NAN]).is_err());
        let nothing = ItemTable::new(0, 4, &[]).unwrap();
        assert!(nothing.best(&[1.0; 4], 3, &|_| true).is_empty());
        let one = ItemTable::new(1, 2, &[1.0, 2.0]).unwrap();
        assert_eq!(one.best(&[3.0], 9, &|_| true), [Scored { item: 0, score: 3.0 }]);
        assert!(one.best(&[3.0], 9, &|_| false).is_empty());
        assert!(one.best(&[], 9, &|_| true).is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn equals_scoring_every_item(
            (items, k) in (1..1_400_usize, 1..6_usize),
            n in 0..40_usize,
            seed in 0..1_000_u64,
        ) {
            // Whole numbers, so that sums are exact and ties are many.
            let stream = crate::seed::Stream::new(seed);
            let draw = |at: usize| stream.below(at as u64, 7) as f32 - 3.0;
            let values: Vec<f32> = (0..items * k).map(draw).collect();
            let query: Vec<f32> = (0..k).map(|at| draw(at + items * k)).collect();
            let table = ItemTable::new(items, k, &values).unwrap();
            let scores: Vec<f32> = values
                .chunks(k)
                .map(|row| row.iter().zip(&query).map(|(a, b)| a * b).sum())
                .collect();
            let keep = |item: u32| !item.is_multiple_of(5);
            let expected = top_of_scores(&scores, n, &keep);
            for threads in [1, 2] {
                let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                prop_assert_eq!(&pool.install(|| table.best(&query, n, &keep)), &expected);
            }
            prop_assert_eq!(table.sum(), values.iter().sum::<f32>());
        }
    }
}
