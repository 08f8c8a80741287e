//! Isotonic regression: a probability from a score by the best rising steps, whatever their shape.
//!
//! Minimize `Σ_r (y_r − f(s_r))²` over all `f` that never fall. Pool adjacent violators: rows are
//! taken by score, equal scores as one block; while the mean of a block is not above that of the
//! one before, both become one. Between the end of a block and the start of the next `f` is a line.
//!
//! Symbols: `s`, scores in any unit; `y`, labels, 0 or 1; `f`, probability. Time `O(n log n)` to
//! fit `n` rows and `O(log n)` per score; memory `O(n)`.
//! Source: M. Ayer, H. Brunk, G. Ewing, W. Reid and E. Silverman, "An empirical distribution
//! function for sampling with incomplete information", Annals of Mathematical Statistics 26, 1955;
//! B. Zadrozny and C. Elkan, "Transforming classifier scores into accurate multiclass probability
//! estimates", KDD 2002.
//! DIFFERENCE: probabilities stay between `1 / (n + 2)` and `1 − 1 / (n + 2)`, as `n` rows are no
//! reason to be certain.

use serde::{Deserialize, Serialize};

use super::check_scores;
use crate::error::ModelError;

/// Fitted rising steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Scores, ascending, and the probability at each; between them it is a line.
    knots: Vec<(f64, f64)>,
    rows: usize,
}

struct Block {
    first: f64,
    last: f64,
    yes: f64,
    rows: f64,
}

impl Isotonic {
    /// Fits to scores with their labels, in any order.
    ///
    /// # Errors
    /// When there is no row, a score is not finite, or scores and labels differ in number.
    pub fn fit(scores: &[f64], labels: &[bool]) -> Result<Self, ModelError> {
        check_scores("isotonic regression", scores, labels)?;
        // 0 added, so that there is one zero only.
        let mut rows: Vec<(f64, bool)> =
            scores.iter().map(|score| score + 0.0).zip(labels.iter().copied()).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut blocks: Vec<Block> = Vec::new();
        for same in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let yes = same.iter().filter(|(_, label)| *label).count() as f64;
            let score = same[0].0;
            let mut block = Block { first: score, last: score, yes, rows: same.len() as f64 };
            // As products, which are exact for counts.
            while let Some(before) = blocks.pop_if(|b| b.yes * block.rows >= block.yes * b.rows) {
                block.first = before.first;
                block.yes += before.yes;
                block.rows += before.rows;
            }
            blocks.push(block);
        }
        let ends = |block: &Block| {
            let mean = block.yes / block.rows;
            let is_point = block.first.total_cmp(&block.last).is_eq();
            let last = (!is_point).then_some((block.last, mean));
            std::iter::once((block.first, mean)).chain(last)
        };
        Ok(Self { knots: blocks.iter().flat_map(ends).collect(), rows: rows.len() })
    }

    /// Calibrated probability of a score.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        let next = self.knots.partition_point(|knot| knot.0 < score);
        let at = |place: usize| self.knots.get(place).copied();
        let raw = match (next.checked_sub(1).and_then(at), at(next)) {
            (Some((s0, p0)), Some((s1, p1))) => p0 + (p1 - p0) * ((score - s0) / (s1 - s0)),
            (Some((_, p)), None) | (None, Some((_, p))) => p,
            (None, None) => 0.5,
        };
        let edge = 1.0 / (self.rows as f64 + 2.0);
        raw.clamp(edge, 1.0 - edge)
    }

    /// Calibrated log-odds of a score.
    #[must_use]
    pub fn log_odds(&self, score: f64) -> f64 {
        let p = self.probability(score);
        (p / (1.0 - p)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_steps() {
        let found = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0], &[false, true, false, true]).unwrap();
        assert_eq!(found.knots, [(1.0, 0.0), (2.0, 0.5), (3.0, 0.5), (4.0, 1.0)]);
        assert!((found.probability(1.5) - 0.25).abs() < 1e-12);
        assert_eq!((found.probability(0.0), found.probability(9.0)), (1.0 / 6.0, 5.0 / 6.0));
        assert!(Isotonic::fit(&[], &[]).is_err());
        assert!(Isotonic::fit(&[f64::INFINITY], &[true]).is_err());
    }

    #[test]
    fn golden_steps() {
        // scikit-learn 1.9.1, IsotonicRegression(out_of_bounds="clip").
        let (scores, labels) = crate::calibration::tests::golden_rows();
        let found = Isotonic::fit(&scores, &labels).unwrap();
        for (score, expected) in GOLDEN {
            let expected: f64 = expected;
            let edge = 1.0 / (scores.len() as f64 + 2.0);
            let expected = expected.clamp(edge, 1.0 - edge);
            let found = found.probability(score);
            assert!((found - expected).abs() < 1e-9, "{score}: {found}, not {expected}");
        }
    }

    const GOLDEN: [(f64, f64); 8] = [
        (-6.0, 0.0),
        (-3.1, 0.0),
        (-1.0, 0.313_131_313_131_313_15),
        (0.0, 0.444_444_444_444_444_4),
        (0.6, 0.488_888_888_888_888_9),
        (1.3, 0.812_121_212_121_212_1),
        (2.4, 0.963_636_363_636_363_6),
        (5.5, 1.0),
    ];

    proptest! {
        /// The slow twin: `f(s) = max over starts of min over ends of the mean between them`.
        #[test]
        fn equals_the_largest_of_the_smallest_means(
            rows in prop::collection::vec((-5..6_i32, any::<bool>()), 1..25),
        ) {
            let (scores, labels): (Vec<f64>, Vec<bool>) =
                rows.iter().map(|&(s, label)| (f64::from(s), label)).unzip();
            let found = Isotonic::fit(&scores, &labels).unwrap();
            let mut places = scores.clone();
            places.sort_by(f64::total_cmp);
            places.dedup();
            let mean = |from: f64, to: f64| {
                let inside: Vec<bool> =
                    scores.iter().zip(&labels).filter(|(s, _)| (from..=to).contains(*s))
                        .map(|(_, label)| *label).collect();
                inside.iter().filter(|label| **label).count() as f64 / inside.len() as f64
            };
            let edge = 1.0 / (scores.len() as f64 + 2.0);
            for &score in &places {
                let starts = places.iter().filter(|place| **place <= score);
                let smallest = |from: &f64| {
                    let ends = places.iter().filter(|place| **place >= score);
                    ends.map(|to| mean(*from, *to)).fold(f64::INFINITY, f64::min)
                };
                let expected = starts.map(smallest).fold(f64::NEG_INFINITY, f64::max);
                let expected = expected.clamp(edge, 1.0 - edge);
                prop_assert!((found.probability(score) - expected).abs() < 1e-12);
            }
        }
    }
}
