//! A level that follows the series: simple exponential smoothing, its rate chosen on the series.
//!
//! `l_t = l_{t−1} + α (y_t − l_{t−1})`, forecast `l_n`; `α` in `[low, high]` with the least
//! `Σ (y_t − l_{t−1})²`, by golden section after a grid.
//!
//! Symbols: `l`, level; `α`, rate. Time `O(evaluations · n)`, memory `O(1)`.
//! Source: R. Hyndman, A. Koehler, K. Ord and R. Snyder, "Forecasting with exponential smoothing",
//! 2008, section 2.3.1.

/// A fitted level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// Rate.
    pub alpha: f64,
    /// The level at the end.
    pub level: f64,
}

/// The level at the end and the sum of squared one-step errors, for a rate.
pub(crate) fn smoothed(values: &[f64], alpha: f64, first: f64) -> (f64, f64) {
    values.iter().fold((first, 0.0), |(level, square), y| {
        let miss = y - level;
        (level + alpha * miss, square + miss * miss)
    })
}

/// Follows a series with the best rate in a range, from its first value on.
pub(crate) fn follow(values: &[f64], low: f64, high: f64) -> Level {
    let Some((&first, rest)) = values.split_first() else {
        return Level { alpha: low, level: 0.0 };
    };
    let cost = |alpha: f64| smoothed(rest, alpha, first).1;
    let alpha = best_rate(low, high, cost);
    Level { alpha, level: smoothed(rest, alpha, first).0 }
}

/// The rate of the least cost, by golden section around the best of a grid.
pub(crate) fn best_rate(low: f64, high: f64, cost: impl Fn(f64) -> f64) -> f64 {
    let steps = 16;
    let at = |step: usize| low + (high - low) * step as f64 / f64::from(steps as u32);
    let best = (0..=steps).min_by(|&a, &b| cost(at(a)).total_cmp(&cost(at(b)))).unwrap_or(0);
    let (mut left, mut right) = (at(best.saturating_sub(1)), at((best + 1).min(steps)));
    let golden = 0.5 * (5.0_f64.sqrt() - 1.0);
    for _ in 0..28 {
        let (a, b) = (right - golden * (right - left), left + golden * (right - left));
        if cost(a) <= cost(b) {
            right = b;
        } else {
            left = a;
        }
    }
    let middle = 0.5 * (left + right);
    if cost(middle) <= cost(at(best)) { middle } else { at(best) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_no_worse_than_a_fine_grid() {
        let values: Vec<f64> =
            (0..60).map(|t| f64::from(t * 37 % 23) + f64::from(t) * 0.2).collect();
        let found = follow(&values, 0.01, 0.99);
        let cost = |alpha: f64| smoothed(&values[1..], alpha, values[0]).1;
        let grid = (1..100).map(|a| cost(f64::from(a) / 100.0)).fold(f64::INFINITY, f64::min);
        assert!(cost(found.alpha) <= grid + 1e-9);
        assert_eq!(follow(&[], 0.1, 0.3).level, 0.0);
        assert_eq!(follow(&[4.0], 0.1, 0.3).level, 4.0);
    }
}
