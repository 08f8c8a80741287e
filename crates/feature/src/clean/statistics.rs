//! Order statistics of a column: exact quantiles, the median's own spread, a mean that is finite.
//!
//! `Q(p) = (1 − f)·x[k] + f·x[k + 1]`, `k + f = p·(n − 1)`; `MAD = median |x − median x|`
//!
//! Symbols: x the n known values in ascending order, counted from 0; p a share in [0, 1].
//! Time `O(n log n)` for the order and `O(1)` per quantile, memory `O(n)`.
//! Source: Hyndman and Fan, "Sample quantiles in statistical packages", 1996, definition 7;
//! Hampel, "The influence curve and its role in robust estimation", 1974, section 5 (MAD).

/// The finite values in ascending order; −0 counts as 0.
pub fn sorted(values: impl IntoIterator<Item = Option<f64>>) -> Vec<f64> {
    let known = values.into_iter().flatten().filter(|value| value.is_finite());
    let mut known: Vec<f64> = known.map(|value| value + 0.0).collect();
    known.sort_unstable_by(f64::total_cmp);
    known
}

/// The quantile of ascending values; none of none. A share outside [0, 1] is taken to its edge.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = (place.floor() as usize).min(last);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let part = place - below as f64;
    Some(if part == 0.0 { low } else { between(low, high, part, 1.0) })
}

/// The quantile at `step` of `steps` equal parts, placed by whole numbers: at steps of one value
/// each it is that value, to the bit.
pub fn quantile_at(sorted: &[f64], step: usize, steps: usize) -> Option<f64> {
    let last = sorted.len().checked_sub(1)? as u128;
    let (step, steps) = (step.min(steps) as u128, steps.max(1) as u128);
    let (below, rest) = ((step * last / steps) as usize, step * last % steps);
    let low = sorted[below];
    if rest == 0 {
        return Some(low);
    }
    Some(between(low, sorted[below + 1], rest as f64, steps as f64))
}

/// The point `part / of` of the way from one number to another, never beyond them. Multiplied
/// before it is divided, so that halves of whole numbers are exact.
pub fn between(from: f64, to: f64, part: f64, of: f64) -> f64 {
    let point = from + (to - from) * part / of;
    let point = match point.is_finite() {
        true => point,
        false => (1.0 - part / of) * from + part / of * to,
    };
    point.clamp(from.min(to), from.max(to))
}

/// The median of ascending values.
pub fn median(sorted: &[f64]) -> Option<f64> {
    quantile(sorted, 0.5)
}

/// The median distance from a centre.
pub fn median_deviation(sorted: &[f64], centre: f64) -> Option<f64> {
    let away = |value: &f64| Some((value - centre).abs().min(f64::MAX));
    median(&self::sorted(sorted.iter().map(away)))
}

/// The mean of ascending values, within their range however large they are.
pub fn mean(sorted: &[f64]) -> Option<f64> {
    let (first, last) = (sorted.first()?, sorted.last()?);
    let n = sorted.len() as f64;
    let sum: f64 = sorted.iter().sum();
    let mean = match sum.is_finite() {
        true => sum / n,
        false => sorted.iter().map(|value| value / n).sum(),
    };
    Some(mean.clamp(*first, *last))
}

/// The square root of the mean squared distance from the mean.
pub fn standard_deviation(sorted: &[f64]) -> Option<f64> {
    let mean = mean(sorted)?;
    let away = |value: f64| (value - mean).abs().min(f64::MAX);
    // Squares are taken of shares of the largest distance, so that none is too large.
    let largest = sorted.iter().map(|value| away(*value)).fold(0.0, f64::max);
    if largest == 0.0 {
        return Some(0.0);
    }
    let squares: f64 = sorted.iter().map(|value| (away(*value) / largest).powi(2)).sum();
    Some((largest * (squares / sorted.len() as f64).sqrt()).min(f64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_and_never_leave_the_data() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&values, 0.5), Some(3.0));
        assert_eq!(quantile(&values, 0.25), Some(1.75));
        assert_eq!(quantile(&values, 7.0), Some(8.0));
        assert_eq!(quantile(&[], 0.5), None);
        let vast = [f64::MIN, f64::MAX];
        assert_eq!(quantile(&vast, 0.5), Some(0.0));
        assert!(mean(&[f64::MAX; 3]).is_some_and(f64::is_finite));
        assert!(standard_deviation(&vast).is_some_and(f64::is_finite));
        assert!(median_deviation(&vast, 0.0).is_some_and(f64::is_finite));
    }

    #[test]
    fn what_is_not_a_number_is_not_known() {
        let odd = [None, Some(f64::NAN), Some(f64::INFINITY), Some(-0.0), Some(-1.0)];
        assert_eq!(sorted(odd), [-1.0, 0.0]);
        assert!(sorted(odd)[1].is_sign_positive());
    }
}
