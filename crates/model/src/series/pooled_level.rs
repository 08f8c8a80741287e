//! Many short intermittent series together: one rate and one shrinkage for all.
//!
//! `ŷ_i = c · l_i`, `l_i ← l_i + α (y − l_i)`: `α` and the factor `c` have the least mean RMSSE
//! over all series at origins inside them. Single series of a few dozen periods, mostly 0, cannot
//! choose a rate; all of them can, and `c` below 1 shows demand that dies out.
//!
//! Symbols: `l`, level, units; `α`, rate; `c`, factor. Time `O(origins · grid · Σ n)`, memory
//! `O(series)`.
//! Source: P. Montero-Manso and R. Hyndman, "Principles and algorithms for forecasting groups of
//! time series: locality and globality", IJF 37, 2021 (parameters of a group); S. Makridakis, E.
//! Spiliotis and V. Assimakopoulos, IJF 38, 2022 (RMSSE).

use super::accuracy::Accuracy;
use super::smoothing::smoothed;

/// Rates tried.
const RATES: [f64; 7] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4];
/// Factors tried, in twentieths. A mean of ratios would take any shrinkage that series of zeros
/// allow; a forecast that is stocked by stays near the mean.
const TWENTIETHS: std::ops::RangeInclusive<u32> = 16..=22;
/// Origins, a horizon apart.
const ORIGINS: usize = 3;

/// One rate and one factor for all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PooledLevel {
    /// Rate of smoothing.
    pub alpha: f64,
    /// Factor on the level.
    pub factor: f64,
}

/// The level after the last value; 0 for no values.
fn level(values: &[f64], alpha: f64) -> f64 {
    values.split_first().map_or(0.0, |(first, rest)| smoothed(rest, alpha, *first).0)
}

impl PooledLevel {
    /// Chooses on series of any lengths; where none is long enough for an origin, a rate of 0.1
    /// and no shrinkage.
    #[must_use]
    pub fn fit(series: &[Vec<f64>], horizon: usize) -> Self {
        let mut best = (f64::INFINITY, Self { alpha: 0.1, factor: 1.0 });
        for alpha in RATES {
            // Level, training part and what came, of each series at each origin.
            let mut cases: Vec<(f64, &[f64], &[f64])> = Vec::new();
            for values in series {
                for origin in 1..=ORIGINS {
                    let Some(cut) = values.len().checked_sub(origin * horizon) else { break };
                    if cut >= 2 * horizon.max(2) {
                        let head = &values[..cut];
                        cases.push((level(head, alpha), head, &values[cut..cut + horizon]));
                    }
                }
            }
            for twentieth in TWENTIETHS {
                let factor = f64::from(twentieth) / 20.0;
                let mut accuracy = Accuracy::default();
                for (level, head, came) in &cases {
                    accuracy.add(head, came, &vec![factor * level; horizon]);
                }
                let error = accuracy.measures().and_then(|measures| measures.rmsse);
                if let Some(error) = error.filter(|error| *error < best.0) {
                    best = (error, Self { alpha, factor });
                }
            }
        }
        best.1
    }

    /// The forecast of one series.
    #[must_use]
    pub fn forecast(&self, values: &[f64], horizon: usize) -> Vec<f64> {
        vec![self.factor * level(values, self.alpha); horizon]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_that_halves_is_met_with_a_factor_below_one() {
        let fading = |start: f64| -> Vec<f64> {
            (0..40).map(|t| start * 0.93_f64.powi(t) * f64::from(t % 2 + 1)).collect()
        };
        let series: Vec<Vec<f64>> = (1..20).map(|i| fading(f64::from(i))).collect();
        let found = PooledLevel::fit(&series, 6);
        assert!(found.factor < 0.95, "{found:?}");
        let steady = vec![[2.0, 0.0, 4.0].repeat(12); 5];
        assert!(PooledLevel::fit(&steady, 6).factor > 0.8);
    }

    #[test]
    fn no_series_and_short_ones_get_the_plain_level() {
        let plain = PooledLevel { alpha: 0.1, factor: 1.0 };
        assert_eq!(PooledLevel::fit(&[], 6), plain);
        assert_eq!(PooledLevel::fit(&[vec![1.0; 5]], 6), plain);
        assert_eq!(plain.forecast(&[], 2), [0.0, 0.0]);
        assert_eq!(plain.forecast(&[3.0], 2), [3.0, 3.0]);
    }
}
