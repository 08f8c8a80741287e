//! The theta method: a smoothed level that drifts, standard and optimised.
//!
//! With the least-squares line `A + B t` through the series, `l_t = α y_t + (1 − α) l_{t−1}`,
//! `ŷ_{n + h} = l_n + (1 − 1/θ) { (1 − α)^n A + [ h − 1 + (1 − (1 − α)^{n + 1}) / α ] B }`. The
//! standard method has `θ = 2`; the optimised one the `θ ≥ 1`, `α` and `l_0` with the least squared
//! one-step error. Seasons are divided out first where the series has them.
//!
//! Symbols: `l`, level, units; `n`, points; `h`, horizon. Time `O(evaluations · n)`, memory `O(n)`.
//! Source: V. Assimakopoulos and K. Nikolopoulos, "The theta model: a decomposition approach to
//! forecasting", IJF 16, 2000; J. Fiorucci et al., "Models for optimising the theta method and
//! their relationship to state space models", IJF 32, 2016, section 2.3.

use super::seasonality::{indices, is_seasonal};
use crate::optimise::nelder_mead::NelderMead;

const SEARCH: NelderMead = NelderMead { step: 0.1, tolerance: 1e-9, evaluations_max: 400 };
/// Largest `θ` tried.
const THETA_MAX: f64 = 20.0;

/// Intercept (at the point before the first) and slope of the least-squares line.
pub(crate) fn line(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let (middle, mean) = ((n + 1.0) / 2.0, values.iter().sum::<f64>() / n);
    let (mut cross, mut square) = (0.0, 0.0);
    for (at, y) in values.iter().enumerate() {
        let t = at as f64 + 1.0 - middle;
        cross += t * (y - mean);
        square += t * t;
    }
    let slope = if square > 0.0 { cross / square } else { 0.0 };
    (mean - slope * middle, slope)
}

/// Forecasts; `optimised` looks for `θ` too.
pub(crate) fn theta(values: &[f64], season: usize, horizon: usize, optimised: bool) -> Vec<f64> {
    let factors = if is_seasonal(values, season) { indices(values, season, false) } else { None };
    let factor = |at: usize| factors.as_ref().map_or(1.0, |f| f[at % season]);
    let plain: Vec<f64> = values.iter().enumerate().map(|(at, y)| y / factor(at)).collect();
    let forecast = deseasonalised(&plain, horizon, optimised);
    let n = values.len();
    forecast.into_iter().enumerate().map(|(h, y)| y * factor(n + h)).collect()
}

fn deseasonalised(values: &[f64], horizon: usize, optimised: bool) -> Vec<f64> {
    let n = values.len();
    if n < 3 {
        return vec![values.last().copied().unwrap_or(0.0); horizon];
    }
    let (intercept, slope) = line(values);
    let unit = values.iter().map(|y| y.abs()).sum::<f64>() / n as f64;
    if unit == 0.0 {
        return vec![0.0; horizon];
    }
    // The drift term before point t + 1, and the final level, for given parameters.
    let walk = |first: f64, alpha: f64, theta: f64| {
        let (mut level, mut kept, mut square) = (first, 1.0, 0.0);
        for y in values {
            let lasting = (1.0 - kept * (1.0 - alpha)) / alpha;
            let drift = (1.0 - 1.0 / theta) * (kept * intercept + lasting * slope);
            square += (y - level - drift).powi(2);
            level += alpha * (y - level);
            kept *= 1.0 - alpha;
        }
        (level, kept, square)
    };
    let (start, bounds) = ([values[0] / 2.0 / unit, 0.5, 2.0], [(-10.0, 10.0), (0.05, 0.99)]);
    let theta_bounds = if optimised { (1.0, THETA_MAX) } else { (2.0, 2.0) };
    let free = if optimised { 3 } else { 2 };
    let all = [bounds[0], bounds[1], theta_bounds];
    let cost =
        |at: &[f64]| walk(at[0] * unit, at[1], at.get(2).copied().unwrap_or(2.0)).2 / (unit * unit);
    let found = SEARCH.minimise(&start[..free], &all[..free], cost);
    let (alpha, theta) = (found.at[1], found.at.get(2).copied().unwrap_or(2.0));
    let (level, kept, _) = walk(found.at[0] * unit, alpha, theta);
    let lasting = (1.0 - kept * (1.0 - alpha)) / alpha;
    let ahead =
        |h: usize| level + (1.0 - 1.0 / theta) * (kept * intercept + (h as f64 + lasting) * slope);
    (0..horizon).map(ahead).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_on_and_a_constant_stays() {
        let values: Vec<f64> = (1..=30).map(|t| 10.0 + 2.0 * f64::from(t)).collect();
        let (intercept, slope) = line(&values);
        assert!((intercept - 10.0).abs() < 1e-9 && (slope - 2.0).abs() < 1e-9);
        let found = theta(&values, 1, 3, true);
        assert!((found[0] - 72.0).abs() < 1.0 && found[2] > found[0], "{found:?}");
        let flat = theta(&[5.0; 12], 4, 2, false);
        assert!(flat.iter().all(|y| (y - 5.0).abs() < 1e-6), "{flat:?}");
        assert_eq!(theta(&[], 4, 2, false), [0.0, 0.0]);
        assert_eq!(theta(&[7.0], 4, 2, true), [7.0, 7.0]);
        assert_eq!(theta(&[0.0; 9], 4, 1, true), [0.0]);
    }
}
