//! The best `n` of many scored items, under one total order.
//!
//! Order: score descending, then item index ascending, so equal scores never depend on the order
//! of arrival. A buffer of up to `2n` candidates is cut back to `n` by selection whenever it is
//! full, which costs `O(1)` per candidate on average; memory is `O(n)`.

use std::cmp::Ordering;

/// Scores compared with the bar at once.
const BLOCK: usize = 32;

/// An item and its score.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Scored {
    /// Item index.
    pub item: u32,
    /// Score; larger is better.
    pub score: f32,
}

impl Scored {
    /// Better first: score descending, then item ascending.
    #[must_use]
    pub fn best_first(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.item.cmp(&other.item))
    }
}

/// Keeps the best `n` of what it is shown.
#[derive(Debug, Clone)]
pub struct TopK {
    n: usize,
    kept: Vec<Scored>,
    /// The worst of a full set of `n`, once there was one; before, worse than anything.
    bar: Scored,
}

impl TopK {
    /// An empty selection of at most `n`.
    #[must_use]
    pub fn new(n: usize) -> Self {
        let score = if n == 0 { f32::INFINITY } else { f32::NEG_INFINITY };
        Self { n, kept: Vec::new(), bar: Scored { item: u32::MAX, score } }
    }

    /// A score below this cannot enter.
    #[must_use]
    #[inline]
    pub fn bar(&self) -> f32 {
        self.bar.score
    }

    /// Shows one candidate; scores that are NaN or infinite are passed over.
    #[inline]
    pub fn push(&mut self, candidate: Scored) {
        let is_below = candidate.score < self.bar.score || !candidate.score.is_finite();
        if is_below || candidate.best_first(&self.bar) != Ordering::Less {
            return;
        }
        self.kept.push(candidate);
        if self.kept.len() >= self.n * 2 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.kept.len() >= self.n && self.n > 0 {
            self.kept.select_nth_unstable_by(self.n - 1, Scored::best_first);
            self.kept.truncate(self.n);
            self.bar = self.kept[self.n - 1];
        }
    }

    /// The best, in order.
    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Scored> {
        self.cut();
        self.kept.sort_unstable_by(Scored::best_first);
        self.kept
    }
}

/// The best `n` of a score per item, skipping scores of exactly 0 (no evidence) and items that
/// `keep` refuses.
#[must_use]
pub fn top_of_scores(scores: &[f32], n: usize, keep: &dyn Fn(u32) -> bool) -> Vec<Scored> {
    let mut best = TopK::new(n);
    for (block, scores) in scores.chunks(BLOCK).enumerate() {
        // Most blocks hold nothing of interest, and a whole block is compared in a few steps.
        let bar = best.bar();
        if !scores.iter().fold(false, |any, &score| any | ((score >= bar) & (score != 0.0))) {
            continue;
        }
        for (at, &score) in scores.iter().enumerate() {
            let item = (block * BLOCK + at) as u32;
            if score >= best.bar() && score != 0.0 && keep(item) {
                best.push(Scored { item, score });
            }
        }
    }
    best.into_sorted()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_sorting_everything(
            scores in prop::collection::vec(prop_oneof![
                (-3..4_i32).prop_map(|score| score as f32),
                Just(f32::NAN),
                Just(f32::INFINITY),
            ], 0..60),
            n in 0..70_usize,
            banned in 0..8_u32,
        ) {
            let keep = |item: u32| item % 8 != banned;
            let mut expected: Vec<_> = scores
                .iter()
                .enumerate()
                .map(|(item, &score)| (item as u32, score))
                .filter(|&(item, score)| score.is_finite() && score != 0.0 && keep(item))
                .collect();
            expected.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap().then(a.0.cmp(&b.0)));
            expected.truncate(n);
            let found: Vec<_> = top_of_scores(&scores, n, &keep)
                .into_iter()
                .map(|one| (one.item, one.score))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
