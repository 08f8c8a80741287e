//! Demand that may die out: the method of Teunter, Syntetos and Babai.
//!
//! Each period `d ← d + β ([y > 0] − d)`; at each demand `z ← z + α (y − z)`; forecast `ŷ = d z`.
//! The rates are those of a small grid with the least squared one-step error.
//!
//! Symbols: `d`, probability of a demand; `z`, its size, units. Time `O(rates · n)`, memory `O(1)`.
//! Source: R. Teunter, A. Syntetos and M. Babai, "Intermittent demand: linking forecasting to
//! inventory obsolescence", European Journal of Operational Research 214, 2011.

/// Rates tried for sizes and for probabilities.
const RATES: [f64; 5] = [0.02, 0.05, 0.1, 0.2, 0.3];

/// The forecast after the last value, and the squared one-step errors on the way.
pub(crate) fn tsb(values: &[f64], alpha: f64, beta: f64) -> (f64, f64) {
    let Some(&first) = values.iter().find(|y| **y > 0.0) else { return (0.0, 0.0) };
    let (mut size, mut chance, mut square) = (first, f64::from(values[0] > 0.0), 0.0);
    for &y in &values[1..] {
        square += (y - chance * size).powi(2);
        if y > 0.0 {
            size += alpha * (y - size);
        }
        chance += beta * (f64::from(y > 0.0) - chance);
    }
    (chance * size, square)
}

/// With the rates that fitted best.
pub(crate) fn tsb_fitted(values: &[f64]) -> f64 {
    let pairs = RATES.iter().flat_map(|alpha| RATES.map(|beta| (*alpha, beta)));
    let cost = |(alpha, beta): (f64, f64)| tsb(values, alpha, beta).1;
    let best = pairs.min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
    let (alpha, beta) = best.unwrap_or((0.1, 0.1));
    tsb(values, alpha, beta).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_no_longer_bought_fades() {
        // By hand: chance 1, then 0.9, 0.81; size 5.
        assert!((tsb(&[5.0, 0.0, 0.0], 0.2, 0.1).0 - 4.05).abs() < 1e-12);
        let mut values = vec![3.0; 20];
        let alive = tsb_fitted(&values);
        values.extend([0.0; 40]);
        assert!((alive - 3.0).abs() < 1e-9 && tsb_fitted(&values) < 1.5);
        assert_eq!(tsb_fitted(&[0.0; 4]), 0.0);
        assert_eq!(tsb_fitted(&[]), 0.0);
    }
}
