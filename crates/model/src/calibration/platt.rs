//! Platt scaling: a probability from a score by a line through the log-odds.
//!
//! `ln(p / (1 − p)) = a s + b`, minimizing `−Σ_r t_r ln p_r + (1 − t_r) ln(1 − p_r)` by Newton's
//! method with halved steps, where `t = (N₊ + 1) / (N₊ + 2)` for yes and `t = 1 / (N₋ + 2)` for no.
//!
//! Symbols: `s`, scores in any unit; `a` per that unit, 0 or above; `b`, log-odds; `t`, smoothed
//! labels; `N₊`, `N₋`, rows of yes and no. Time `O(rows)` per step, a handful of steps; memory
//! `O(1)`.
//! Source: J. Platt, "Probabilistic outputs for support vector machines and comparisons to
//! regularized likelihood methods", 1999, section 2.2; H.-T. Lin, C.-J. Lin and R. Weng, "A note on
//! Platt's probabilistic outputs for support vector machines", Machine Learning 68, 2007.
//! DIFFERENCE: the slope is never below 0, so that a calibrated probability keeps the order of the
//! scores; scores that point the wrong way give everybody the share of yes.

use serde::{Deserialize, Serialize};

use super::check_scores;
use super::{log_loss, probability};
use crate::error::ModelError;

/// Newton steps at most.
const STEPS_MAX: usize = 100;
/// Added to the curvature, as in the paper.
const RIDGE: f64 = 1e-12;

/// A fitted line through the log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Log-odds per unit of score, 0 or above.
    pub slope: f64,
    /// Log-odds at a score of 0.
    pub offset: f64,
}

impl Platt {
    /// Fits to scores with their labels, in any order.
    ///
    /// # Errors
    /// When there is no row, a score is not finite, or scores and labels differ in number.
    pub fn fit(scores: &[f64], labels: &[bool]) -> Result<Self, ModelError> {
        check_scores("Platt scaling", scores, labels)?;
        let mut rows: Vec<(f64, bool)> =
            scores.iter().copied().zip(labels.iter().copied()).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let yes = rows.iter().filter(|(_, label)| *label).count() as f64;
        let no = rows.len() as f64 - yes;
        let target = |label: bool| if label { (yes + 1.0) / (yes + 2.0) } else { 1.0 / (no + 2.0) };
        let share = (yes * target(true) + no * target(false)) / (yes + no);
        let flat = Self { slope: 0.0, offset: (share / (1.0 - share)).ln() };
        let centre = rows.iter().map(|(s, _)| s).sum::<f64>() / rows.len() as f64;
        let spread = rows.iter().map(|(s, _)| (s - centre).powi(2)).sum::<f64>();
        let spread = (spread / rows.len() as f64).sqrt();
        if !(spread > 0.0 && spread.is_finite()) {
            return Ok(flat);
        }
        // In units of the spread, so that the ridge means the same for every score.
        let rows = rows.iter().map(|&(s, label)| ((s - centre) / spread, target(label)));
        let line = newton(&rows.collect::<Vec<_>>(), flat.offset);
        if line.slope <= 0.0 {
            return Ok(flat);
        }
        let slope = line.slope / spread;
        Ok(Self { slope, offset: line.offset - slope * centre })
    }

    /// Calibrated log-odds of a score.
    #[must_use]
    pub fn log_odds(&self, score: f64) -> f64 {
        self.slope * score + self.offset
    }
}

/// What is minimized.
fn objective(rows: &[(f64, f64)], line: Platt) -> f64 {
    let loss = |&(s, t): &(f64, f64)| {
        let z = line.log_odds(s);
        t * log_loss(z, true) + (1.0 - t) * log_loss(z, false)
    };
    rows.iter().map(loss).sum()
}

fn newton(rows: &[(f64, f64)], offset: f64) -> Platt {
    let mut line = Platt { slope: 0.0, offset };
    let mut now = objective(rows, line);
    for _ in 0..STEPS_MAX {
        let (mut aa, mut ab, mut bb) = (RIDGE, 0.0, RIDGE);
        let (mut a, mut b) = (0.0, 0.0);
        for &(s, t) in rows {
            let p = probability(line.log_odds(s));
            let (miss, weight) = (t - p, p * (1.0 - p));
            a += miss * s;
            b += miss;
            aa += weight * s * s;
            ab += weight * s;
            bb += weight;
        }
        let det = aa * bb - ab * ab;
        let (da, db) = ((bb * a - ab * b) / det, (aa * b - ab * a) / det);
        let mut length = 1.0;
        let moved = loop {
            let next = Platt { slope: line.slope + length * da, offset: line.offset + length * db };
            let value = objective(rows, next);
            if value < now {
                break Some((next, value));
            }
            length *= 0.5;
            if length < 1e-10 {
                break None;
            }
        };
        let Some((next, value)) = moved else { break };
        let gained = now - value;
        (line, now) = (next, value);
        if gained <= 1e-14 * now {
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn golden_line() {
        // scikit-learn 1.9.1, sklearn.calibration._sigmoid_calibration (its line has the other
        // sign).
        let (scores, labels) = crate::calibration::tests::golden_rows();
        let found = Platt::fit(&scores, &labels).unwrap();
        assert!((found.slope - GOLDEN_SLOPE).abs() < 1e-4, "{found:?}");
        assert!((found.offset - GOLDEN_OFFSET).abs() < 1e-4, "{found:?}");
    }

    const GOLDEN_SLOPE: f64 = 0.883_461_928;
    const GOLDEN_OFFSET: f64 = 0.012_445_106;

    #[test]
    fn what_cannot_be_learnt_gives_the_share() {
        let flat = Platt::fit(&[2.0; 4], &[true, false, false, false]).unwrap();
        // Two thirds twice smoothed: (1 · 2/3 + 3 · 1/5) / 4.
        assert!((probability(flat.log_odds(7.0)) - (2.0 / 3.0 + 0.6) / 4.0).abs() < 1e-12);
        let turned = Platt::fit(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, false]).unwrap();
        assert_eq!(turned.slope, 0.0);
        let sure = Platt::fit(&[1.0, 2.0], &[true, true]).unwrap();
        assert!((probability(sure.log_odds(1.0)) - 0.75).abs() < 1e-6);
        assert!(Platt::fit(&[], &[]).is_err());
        assert!(Platt::fit(&[f64::NAN], &[true]).is_err());
        assert!(Platt::fit(&[1.0], &[true, false]).is_err());
    }

    proptest! {
        /// The slow twin: the best line of a fine grid is no better than the fitted one.
        #[test]
        fn no_other_line_is_better(
            rows in prop::collection::vec((-3..4_i32, any::<bool>()), 1..30),
        ) {
            let (scores, labels): (Vec<f64>, Vec<bool>) =
                rows.iter().map(|&(s, label)| (f64::from(s), label)).unzip();
            let found = Platt::fit(&scores, &labels).unwrap();
            prop_assert!(found.slope >= 0.0);
            let yes = labels.iter().filter(|label| **label).count() as f64;
            let no = labels.len() as f64 - yes;
            let target = |label: bool| match label {
                true => (yes + 1.0) / (yes + 2.0),
                false => 1.0 / (no + 2.0),
            };
            let rows: Vec<_> = scores.iter().zip(&labels).map(|(&s, &l)| (s, target(l))).collect();
            let best = objective(&rows, found);
            for slope in (0..60).map(|at| f64::from(at) * 0.1) {
                for offset in (-60..60).map(|at| f64::from(at) * 0.1) {
                    let other = objective(&rows, Platt { slope, offset });
                    prop_assert!(other >= best - 1e-7, "{} and {}", slope, offset);
                }
            }
        }
    }
}
