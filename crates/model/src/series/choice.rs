//! Which method forecasts a series best, by its errors at origins inside the series.
//!
//! The series is cut at `k` origins, each method forecasts what lies beyond each cut, and methods
//! are ranked by their mean absolute error there; the forecast is the mean of the best few,
//! `ŷ = Σ_b ŷ_b / B`, whose errors partly cancel. The interval at step `h` comes from the sizes of
//! the same errors: their `⌈(1 − miss) (k + 1)⌉`-th smallest, from all steps up to `h`.
//!
//! Symbols: `k`, origins; `B`, methods kept; `h`, step. Time `O(origins · methods · fit)`, memory
//! `O(methods · k h)`.
//! Source: L. Tashman, "Out-of-sample tests of forecasting accuracy", IJF 16, 2000 (rolling
//! origins); J. Bates and C. Granger, "The combination of forecasts", ORQ 20, 1969; G. Shafer and
//! V. Vovk, "A tutorial on conformal prediction", JMLR 9, 2008.
//! DIFFERENCE: errors at different origins are treated as exchangeable, which a trend in their size
//! breaks; coverage is then measured, not promised.

use super::method::{Method, forecast};

/// Choice of methods for one series.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// The methods whose mean is taken, the best first.
    pub methods: Vec<Method>,
    /// The forecast.
    pub forecast: Vec<f64>,
    /// Mean absolute error at the origins, by method in the order asked.
    pub errors: Vec<f64>,
    /// Signed errors of the chosen mean, by origin and step; empty where the series is too short.
    pub residuals: Vec<Vec<f64>>,
}

/// A range around a forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Cuts of a series, the last first; none where less than two years would be left.
fn origins(n: usize, season: usize, horizon: usize, most: usize) -> Vec<usize> {
    let least = (2 * season + 2).max(8).max(n / 2);
    (0..most).map_while(|k| n.checked_sub(horizon + k).filter(|cut| *cut >= least)).collect()
}

/// What each method forecasts beyond each origin, as `[method][origin][step]`, and the origins.
#[must_use]
pub fn rolling_errors(
    methods: &[Method],
    values: &[f64],
    season: usize,
    horizon: usize,
    origins_max: usize,
) -> Vec<Vec<Vec<f64>>> {
    let cuts = origins(values.len(), season, horizon, origins_max);
    let of = |method: &Method| {
        let at = |&cut: &usize| {
            let ahead = forecast(*method, &values[..cut], season, horizon);
            values[cut..cut + horizon].iter().zip(ahead).map(|(y, f)| y - f).collect()
        };
        cuts.iter().map(at).collect()
    };
    methods.iter().map(of).collect()
}

/// Chooses among methods and forecasts by the mean of the `best` of them; a series too short for an
/// origin takes the mean of the first `best` asked.
#[must_use]
pub fn choose(
    methods: &[Method],
    values: &[f64],
    season: usize,
    horizon: usize,
    origins_max: usize,
    best: usize,
) -> Chosen {
    let rolled = rolling_errors(methods, values, season, horizon, origins_max);
    let mean_size = |of_method: &Vec<Vec<f64>>| {
        let n = of_method.iter().map(Vec::len).sum::<usize>().max(1) as f64;
        of_method.iter().flatten().map(|e| e.abs()).sum::<f64>() / n
    };
    let errors: Vec<f64> = rolled.iter().map(mean_size).collect();
    let mut order: Vec<usize> = (0..methods.len()).collect();
    order.sort_by(|&a, &b| errors[a].total_cmp(&errors[b]));
    order.truncate(best.max(1));
    let mean = |parts: Vec<Vec<f64>>| -> Vec<f64> {
        let n = parts.len().max(1) as f64;
        (0..horizon).map(|h| parts.iter().map(|p| p[h]).sum::<f64>() / n).collect()
    };
    let ahead = order.iter().map(|&m| forecast(methods[m], values, season, horizon)).collect();
    let n_origins = rolled.first().map_or(0, Vec::len);
    let residuals = (0..n_origins)
        .map(|origin| mean(order.iter().map(|&m| rolled[m][origin].clone()).collect()))
        .collect();
    Chosen {
        methods: order.iter().map(|&m| methods[m]).collect(),
        forecast: mean(ahead),
        errors,
        residuals,
    }
}

/// Ranges that miss about a share `miss` of what comes, from errors at origins; `None` with fewer
/// errors than that share asks for.
#[must_use]
pub fn conformal(forecast: &[f64], residuals: &[Vec<f64>], miss: f64) -> Option<Vec<Interval>> {
    let at = |(h, ahead): (usize, &f64)| {
        let steps = residuals.iter().flat_map(|of| of.iter().take(h + 1));
        let mut sizes: Vec<f64> = steps.map(|e| e.abs()).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let rank = ((1.0 - miss) * (sizes.len() + 1) as f64).ceil() as usize;
        let size = *sizes.get(rank.checked_sub(1)?)?;
        Some(Interval { low: ahead - size, high: ahead + size })
    };
    let mut ranges: Vec<Interval> = Vec::with_capacity(forecast.len());
    for found in forecast.iter().enumerate().map(at) {
        ranges.push(found?);
    }
    Some(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_that_fits_is_chosen_without_a_look_at_the_future() {
        let line: Vec<f64> = (0..40).map(|t| 5.0 + 3.0 * f64::from(t)).collect();
        let asked = [Method::Mean, Method::OptimisedTheta, Method::Ets];
        let found = choose(&asked, &line, 1, 4, 3, 1);
        assert_ne!(found.methods, [Method::Mean]);
        assert!((found.forecast[0] - 125.0).abs() < 2.0, "{found:?}");
        assert_eq!((found.residuals.len(), found.residuals[0].len()), (3, 4));
        let short = choose(&asked, &line[..5], 1, 4, 3, 2);
        assert_eq!(short.methods, asked[..2]);
        assert!(short.residuals.is_empty());
    }

    #[test]
    fn ranges_cover_the_share_asked_of_errors_alike() {
        let residuals: Vec<Vec<f64>> = (1..=19).map(|e| vec![f64::from(e)]).collect();
        let found = conformal(&[100.0], &residuals, 0.1).unwrap();
        assert_eq!((found[0].low, found[0].high), (82.0, 118.0));
        assert_eq!(conformal(&[100.0], &residuals[..3], 0.1), None);
        assert_eq!(conformal(&[100.0], &[], 0.1), None);
    }
}
