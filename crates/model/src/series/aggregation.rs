//! Demand that comes now and then, added up over blocks until it comes in most: ADIDA and IMAPA.
//!
//! The series is cut from its end into blocks of `k` periods, their sums smoothed exponentially,
//! and the level divided by `k`: `ŷ = l_k / k`. ADIDA takes `k`, the mean interval between demands,
//! rounded; IMAPA the mean over every `k` from 1 to it.
//!
//! Symbols: `k`, periods of a block. Time `O(k n)`, memory `O(n)`.
//! Source: K. Nikolopoulos et al., "An aggregate-disaggregate intermittent demand approach
//! (ADIDA) to forecasting", Journal of the Operational Research Society 62, 2011; F. Petropoulos
//! and N. Kourentzes, "Forecast combinations for intermittent demand", JORS 66, 2015.

use super::smoothing::follow;

/// Range of the smoothing rate; intermittent levels move slowly.
const RATES: (f64, f64) = (0.01, 0.3);

/// Mean interval between demands, 1 or more; none for fewer than one demand.
fn interval(values: &[f64]) -> Option<usize> {
    let last = values.iter().rposition(|y| *y > 0.0)?;
    let demands = values.iter().filter(|y| **y > 0.0).count();
    Some((((last + 1) as f64 / demands as f64).round() as usize).clamp(1, values.len()))
}

fn by_blocks(values: &[f64], k: usize) -> f64 {
    let skipped = values.len() % k;
    let sums: Vec<f64> =
        values[skipped..].chunks_exact(k).map(|block| block.iter().sum()).collect();
    follow(&sums, RATES.0, RATES.1).level / k as f64
}

pub(crate) fn adida(values: &[f64]) -> f64 {
    interval(values).map_or(0.0, |k| by_blocks(values, k))
}

pub(crate) fn imapa(values: &[f64]) -> f64 {
    interval(values)
        .map_or(0.0, |most| (1..=most).map(|k| by_blocks(values, k)).sum::<f64>() / most as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_demand_is_its_mean_at_every_block() {
        let values = [0.0, 0.0, 6.0].repeat(8);
        assert!((adida(&values) - 2.0).abs() < 1e-9, "{}", adida(&values));
        assert_eq!(adida(&[0.0; 3]), 0.0);
        assert_eq!(imapa(&[]), 0.0);
        assert!((imapa(&[4.0; 9]) - 4.0).abs() < 1e-9);
    }
}
