//! Whether a probability means what it says.
//!
//! `log loss = ln(1 + e^z) − y·z` and `Brier = (p − y)²`, each per row, with `p = 1 / (1 + e^−z)`;
//! `ECE = Σ_b (n_b / n) · |mean y − mean p|` over ten equal bins `b` of `p`.
//!
//! Symbols: `z`, log-odds; `y`, label, 0 or 1; `p`, probability; `n_b`, rows of a bin. Time `O(n)`,
//! memory `O(n)`.
//! Source: G. Brier, "Verification of forecasts expressed in terms of probability", Monthly
//! Weather Review 78, 1950; M. Naeini, G. Cooper and M. Hauskrecht, "Obtaining well calibrated
//! probabilities using Bayesian binning", AAAI 2015 (ECE).

mod calibrator;
mod isotonic;
mod platt;

pub use calibrator::{Calibration, Calibrator};
pub use isotonic::Isotonic;
pub use platt::Platt;

use crate::error::ModelError;

/// Bins of the calibration error.
const BINS: usize = 10;

/// `1 / (1 + e^−z)` without overflow.
#[must_use]
pub fn probability(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + (-log_odds).exp())
    } else {
        let odds = log_odds.exp();
        odds / (1.0 + odds)
    }
}

/// What a prediction of these log-odds cost, in nats.
#[must_use]
pub fn log_loss(log_odds: f64, label: bool) -> f64 {
    let wrong = if label { -log_odds } else { log_odds };
    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
}

/// The squared error of the probability.
#[must_use]
pub fn brier(log_odds: f64, label: bool) -> f64 {
    (probability(log_odds) - f64::from(label)).powi(2)
}

/// How far, on average, the share of yes lies from the probability said; 0 for no rows.
#[must_use]
pub fn calibration_error(log_odds: &[f64], labels: &[bool]) -> f64 {
    let mut bins = [(0.0, 0.0); BINS];
    for (&z, &label) in log_odds.iter().zip(labels) {
        let p = probability(z);
        let bin = &mut bins[((p * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += f64::from(label);
        bin.1 += p;
    }
    let apart: f64 = bins.iter().map(|(yes, said)| (yes - said).abs()).sum();
    apart / log_odds.len().min(labels.len()).max(1) as f64
}

/// Refuses what nothing can be calibrated on.
fn check_scores(model: &'static str, scores: &[f64], labels: &[bool]) -> Result<(), ModelError> {
    let reason = if scores.len() != labels.len() {
        format!("{} scores were given for {} labels", scores.len(), labels.len())
    } else if scores.is_empty() {
        "there is no row to calibrate on".to_owned()
    } else if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
        format!("the score of row {} is {}; give finite scores", row + 1, scores[row])
    } else {
        return Ok(());
    };
    Err(ModelError::Input { model, reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores and labels that golden numbers were made from.
    pub(super) fn golden_rows() -> (Vec<f64>, Vec<bool>) {
        let score = |at: u32| f64::from(at * at * 7 % 41) / 4.0 - 5.0;
        let label = |at: u32| (at * at * 7 % 41) + (at * 13 % 29) > 34;
        ((0..60).map(score).collect(), (0..60).map(label).collect())
    }

    #[test]
    fn known_losses() {
        assert_eq!(probability(0.0), 0.5);
        assert!((probability(3.0_f64.ln()) - 0.75).abs() < 1e-15);
        assert!((log_loss(3.0_f64.ln(), false) - 4.0_f64.ln()).abs() < 1e-15);
        assert!((brier(3.0_f64.ln(), true) - 0.0625).abs() < 1e-15);
        for z in [-1e6, 1e6] {
            assert!(probability(z).is_finite() && log_loss(z, true).is_finite());
        }
    }

    #[test]
    fn a_probability_that_holds_has_no_error() {
        let labels = [true, false, true, true];
        assert!(calibration_error(&[3.0_f64.ln(); 4], &labels) < 1e-12);
        assert!((calibration_error(&[0.0; 4], &labels) - 0.25).abs() < 1e-12);
        assert_eq!(calibration_error(&[], &[]), 0.0);
    }
}
