//! How sure a mean over users is.
//!
//! `m_b = (1/n) Σ_{i ≤ n} x_{draw(b, i)}`: draw `n` users with replacement, take the mean, repeat
//! `B` times; the 95 % interval runs from the 2.5th to the 97.5th percentile of the `m_b`. For two
//! models judged on the same users the means are of the per-user differences, so that what the
//! users share cancels out.
//!
//! Symbols: `n`, users; `B`, resamples. Time `O(n · B)` over all threads; memory `O(n + B)`.
//! Source: B. Efron and R. Tibshirani, "An introduction to the bootstrap", 1993, sections 13.3
//! (percentile interval) and 16.

use rayon::prelude::*;
use serde::Serialize;

use crate::seed::Stream;

/// How resampling is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Resamples `B`; 1,000 is usual.
    pub resamples: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1_000, seed: 1 }
    }
}

/// A mean with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The mean over users.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Bootstrap {
    /// The mean of one value per user, with its interval; all 0 for no users.
    #[must_use]
    pub fn interval(&self, values: &[f64]) -> Interval {
        let n = values.len();
        if n == 0 {
            return Interval { mean: 0.0, low: 0.0, high: 0.0 };
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let stream = Stream::new(self.seed);
        let resample = |number: usize| {
            let draws = stream.fork(number as u64);
            (0..n).map(|at| values[draws.below(at as u64, n)]).sum::<f64>() / n as f64
        };
        let mut means: Vec<f64> = (0..self.resamples).into_par_iter().map(resample).collect();
        means.sort_unstable_by(f64::total_cmp);
        let percentile = |share: f64| {
            let place = (share * means.len().saturating_sub(1) as f64).round() as usize;
            means.get(place).copied().unwrap_or(mean)
        };
        Interval { mean, low: percentile(0.025), high: percentile(0.975) }
    }

    /// The mean of `ours − theirs` over the same users, with its interval: a difference that is
    /// sure lies wholly on one side of 0.
    #[must_use]
    pub fn paired(&self, ours: &[f64], theirs: &[f64]) -> Interval {
        let differences: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
        self.interval(&differences)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_known_spread_has_the_known_width() {
        // A share of 0.5 over 400 users has a standard error of 0.025.
        let values: Vec<f64> = (0..400).map(|at| f64::from(at % 2)).collect();
        let found = Bootstrap::default().interval(&values);
        assert_eq!(found.mean, 0.5);
        assert!((found.low - (0.5 - 1.96 * 0.025)).abs() < 0.006, "{found:?}");
        assert!((found.high - (0.5 + 1.96 * 0.025)).abs() < 0.006, "{found:?}");
    }

    #[test]
    fn a_constant_difference_is_certain() {
        let ours: Vec<f64> = (0..50).map(f64::from).collect();
        let theirs: Vec<f64> = ours.iter().map(|value| value - 1.0).collect();
        let found = Bootstrap { resamples: 99, seed: 3 }.paired(&ours, &theirs);
        assert_eq!(found, Interval { mean: 1.0, low: 1.0, high: 1.0 });
        assert_eq!(Bootstrap::default().interval(&[]).mean, 0.0);
    }
}
