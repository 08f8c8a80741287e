//! Poisson demand: how likely each count is, and what a stock level leaves and lacks.
//!
//! `P(D = k) = e^−μ μ^k / k!`, from the mode outward so that no mean is too large;
//! `E(D − y)⁺ = Σ_{k ≥ y} P(D > k)`, `E(y − D)⁺ = y − μ + E(D − y)⁺`.
//!
//! Symbols: `μ`, units; `y`, `k`, units. Time and memory `O(√μ)` beyond the mode, to the last
//! probability that counts.
//! Source: P. Zipkin, "Foundations of inventory management", 2000, section C.2.3.4.

use crate::error::DecideError;

/// Largest mean; more units are counted in dozens or approximated as normal.
const MEAN_MAX: f64 = 1e6;

/// A Poisson distribution with its probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Poisson {
    mean: f64,
    /// `P(D = k)` for `k` from 0 to the last that counts.
    probabilities: Vec<f64>,
    /// `E(D − y)⁺` for `y` from 0 on, as long.
    lacking: Vec<f64>,
}

impl Poisson {
    /// Of a mean.
    ///
    /// # Errors
    /// When the mean is not finite, below 0 or above a million.
    pub fn new(mean: f64) -> Result<Self, DecideError> {
        if !(0.0..=MEAN_MAX).contains(&mean) {
            let reason = format!(
                "the mean demand is {mean}, but must be from 0 to {MEAN_MAX}; use a normal \
                 distribution for more"
            );
            return Err(DecideError::Input { what: "Poisson demand", reason });
        }
        let mode = mean.floor();
        let last = (mean + 12.0 * mean.sqrt() + 40.0).ceil() as usize;
        let mut weights = vec![0.0; last + 1];
        let at_mode = mode as usize;
        weights[at_mode] = 1.0;
        for k in (0..at_mode).rev() {
            weights[k] = weights[k + 1] * (k + 1) as f64 / mean;
        }
        for k in at_mode + 1..=last {
            weights[k] = weights[k - 1] * mean / k as f64;
        }
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        let mut lacking = vec![0.0; last + 1];
        let mut beyond = 0.0;
        for y in (0..last).rev() {
            beyond += weights[y + 1];
            lacking[y] = lacking[y + 1] + beyond;
        }
        Ok(Self { mean, probabilities: weights, lacking })
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// `P(D = k)`.
    #[must_use]
    pub fn probability(&self, k: usize) -> f64 {
        self.probabilities.get(k).copied().unwrap_or(0.0)
    }

    /// Units lacking on average at a stock of `y`; a stock below 0 is owed already.
    #[must_use]
    pub fn lacking(&self, y: i64) -> f64 {
        match usize::try_from(y) {
            Ok(y) => self.lacking.get(y).copied().unwrap_or(0.0),
            Err(_) => self.mean - y as f64,
        }
    }

    /// Units left over on average at a stock of `y`.
    #[must_use]
    pub fn left(&self, y: i64) -> f64 {
        (y as f64 - self.mean + self.lacking(y)).max(0.0)
    }

    /// The least stock that covers a share of cases.
    #[must_use]
    pub fn quantile(&self, share: f64) -> i64 {
        let mut sum = 0.0;
        for (k, probability) in self.probabilities.iter().enumerate() {
            sum += probability;
            if sum >= share {
                return k as i64;
            }
        }
        self.probabilities.len() as i64 - 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_demand_and_wrong_means() {
        let none = Poisson::new(0.0).unwrap();
        assert_eq!((none.probability(0), none.lacking(0), none.left(3)), (1.0, 0.0, 3.0));
        assert!(Poisson::new(-1.0).is_err() && Poisson::new(f64::NAN).is_err());
    }

    proptest! {
        #[test]
        fn what_is_left_and_lacking_is_what_the_definition_says(
            mean in 0.01_f64..60.0, y in -5_i64..90,
        ) {
            let demand = Poisson::new(mean).unwrap();
            let (mut left, mut lacking, mut probability) = (0.0, 0.0, (-mean).exp());
            for k in 0..400_i64 {
                left += probability * (y - k).max(0) as f64;
                lacking += probability * (k - y).max(0) as f64;
                probability *= mean / (k + 1) as f64;
            }
            prop_assert!((demand.left(y) - left).abs() < 1e-9);
            prop_assert!((demand.lacking(y) - lacking).abs() < 1e-9);
        }
    }
}
