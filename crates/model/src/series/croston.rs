//! Demand that comes now and then: Croston's method and Syntetos and Boylan's correction.
//!
//! At each demand `z ← z + α (y − z)` and `p ← p + α (q − p)`, `q` the periods since the last one;
//! forecast `ŷ = z / p` (Croston) or `ŷ = (1 − α / 2) z / p` (SBA). `α` is 0.1, or the one in
//! `[0.05, 0.3]` with the least squared one-step error.
//!
//! Symbols: `z`, size of a demand, units; `p`, periods between demands. Time `O(n)` per rate,
//! memory `O(1)`.
//! Source: J. Croston, "Forecasting and stock control for intermittent demands", Operational
//! Research Quarterly 23, 1972; A. Syntetos and J. Boylan, "The accuracy of intermittent demand
//! estimates", IJF 21, 2005.

use super::smoothing::best_rate;

/// The forecast after the last value, and the squared one-step errors on the way; no demand, 0.
pub(crate) fn croston(values: &[f64], alpha: f64, factor: f64) -> (f64, f64) {
    let (mut size, mut interval, mut since, mut square) = (0.0, 0.0, 0.0, 0.0);
    let mut forecast = 0.0;
    for &y in values {
        if interval > 0.0 {
            square += (y - forecast).powi(2);
        }
        since += 1.0;
        if y > 0.0 {
            if interval > 0.0 {
                size += alpha * (y - size);
                interval += alpha * (since - interval);
            } else {
                (size, interval) = (y, since);
            }
            since = 0.0;
            forecast = factor * size / interval;
        }
    }
    (forecast, square)
}

/// With the rate that fitted best.
pub(crate) fn croston_fitted(values: &[f64]) -> f64 {
    let alpha = best_rate(0.05, 0.3, |alpha| croston(values, alpha, 1.0).1);
    croston(values, alpha, 1.0).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_demands_by_hand() {
        // Sizes 4, 2: 4 + 0.1 (2 − 4) = 3.8; intervals 2, 3: 2 + 0.1 (3 − 2) = 2.1.
        let values = [0.0, 4.0, 0.0, 0.0, 2.0, 0.0];
        assert!((croston(&values, 0.1, 1.0).0 - 3.8 / 2.1).abs() < 1e-12);
        assert!((croston(&values, 0.1, 0.95).0 - 0.95 * 3.8 / 2.1).abs() < 1e-12);
        assert_eq!(croston(&[0.0; 5], 0.1, 1.0).0, 0.0);
        assert_eq!(croston(&[], 0.1, 1.0).0, 0.0);
        assert_eq!(croston_fitted(&[0.0, 3.0]), 1.5);
    }
}
