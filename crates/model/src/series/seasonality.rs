//! Whether a series has seasons, and taking them out by ratios to moving averages.
//!
//! Seasonal if `|r_m| > 1.645 √((1 + 2 Σ_{k < m} r_k²) / n)`; the index of a season is the mean
//! ratio of its values to the centred moving average of length `m`, scaled to a mean of 1.
//!
//! Symbols: `m`, periods of a year; `r_k`, autocorrelation at lag `k`; `n`, points. Time `O(n m)`,
//! memory `O(n)`.
//! Source: V. Assimakopoulos and K. Nikolopoulos, "The theta model", IJF 16, 2000, section 3
//! (90 % test); S. Makridakis, S. Wheelwright and R. Hyndman, "Forecasting: methods and
//! applications", 3rd edition, 1998, section 3.3 (ratio to moving average).

/// The centred moving average over a year, with the place of its first value.
fn moving_average(values: &[f64], m: usize) -> (usize, Vec<f64>) {
    let half = m / 2;
    let ends = if m.is_multiple_of(2) { 0.5 } else { 1.0 };
    let at = |centre: usize| {
        let window = &values[centre - half..=centre + half];
        let inner: f64 = window[1..window.len() - 1].iter().sum();
        (inner + ends * (window[0] + window[window.len() - 1])) / m as f64
    };
    (half, (half..values.len().saturating_sub(half)).map(at).collect())
}

/// Whether a series of enough years repeats itself from year to year.
pub(crate) fn is_seasonal(values: &[f64], m: usize) -> bool {
    let n = values.len();
    if m < 2 || n < 2 * m + 1 {
        return false;
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let square: f64 = values.iter().map(|y| (y - mean).powi(2)).sum();
    if square <= 0.0 {
        return false;
    }
    let lagged = |k: usize| {
        values.iter().zip(&values[k..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / square
    };
    let before: f64 = (1..m).map(|k| lagged(k).powi(2)).sum();
    lagged(m).abs() > 1.645 * ((1.0 + 2.0 * before) / n as f64).sqrt()
}

/// One index per season, from the series' first season on: factors of mean 1, or where `additive`
/// differences of mean 0. `None` where a year is too short or factors make no sense.
pub(crate) fn indices(values: &[f64], m: usize, additive: bool) -> Option<Vec<f64>> {
    if m < 2 || values.len() < 2 * m || (!additive && values.iter().any(|y| *y <= 0.0)) {
        return None;
    }
    let (first, average) = moving_average(values, m);
    let (mut sums, mut counts) = (vec![0.0; m], vec![0.0; m]);
    for (place, level) in average.iter().enumerate() {
        let season = (first + place) % m;
        let y = values[first + place];
        sums[season] += if additive { y - level } else { y / level };
        counts[season] += 1.0;
    }
    let mut indices: Vec<f64> = sums.iter().zip(&counts).map(|(sum, n)| sum / n).collect();
    let mean = indices.iter().sum::<f64>() / m as f64;
    indices.iter_mut().for_each(|s| *s = if additive { *s - mean } else { *s / mean });
    indices.iter().all(|s| s.is_finite() && (additive || *s > 0.0)).then_some(indices)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_season_is_found_and_noise_is_not_one() {
        let factors = [0.5, 1.0, 1.5, 1.0];
        let values: Vec<f64> = (0..40).map(|t| (20.0 + t as f64) * factors[t % 4]).collect();
        assert!(is_seasonal(&values, 4));
        for (found, factor) in indices(&values, 4, false).unwrap().iter().zip(factors) {
            assert!((found - factor).abs() < 0.02, "{found} {factor}");
        }
        let added: Vec<f64> = (0..40).map(|t| t as f64 + [1.0, -1.0][t % 2]).collect();
        let found = indices(&added, 2, true).unwrap();
        assert!((found[0] - 1.0).abs() < 1e-9 && (found[1] + 1.0).abs() < 1e-9, "{found:?}");
        let stream = crate::seed::Stream::new(3);
        let noise: Vec<f64> = (0..200).map(|t| f64::from(stream.unit(t))).collect();
        assert!(!is_seasonal(&noise, 12));
        assert!(!is_seasonal(&[3.0; 40], 4) && !is_seasonal(&values[..8], 4));
        assert_eq!(indices(&[0.0; 12], 4, false), None);
    }
}
