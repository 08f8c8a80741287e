//! Every way to forecast one series, by name.

use super::aggregation::{adida, imapa};
use super::croston::{croston, croston_fitted};
use super::ets::Ets;
use super::smoothing::follow;
use super::theta::theta;
use super::tsb::tsb_fitted;

/// A way to forecast one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// The value of a year ago; the last value where a year has one period.
    SeasonalNaive,
    /// The mean of all.
    Mean,
    /// Simple exponential smoothing.
    Ses,
    /// Exponential smoothing with trend and season, the form by AICc.
    Ets,
    /// The same with trends by a factor.
    EtsGrowth,
    /// The same on logarithms.
    EtsLog,
    /// The theta method.
    Theta,
    /// The theta method with its theta chosen.
    OptimisedTheta,
    /// Croston's method, rate 0.1.
    Croston,
    /// Croston's method, rate chosen.
    CrostonFitted,
    /// Croston's method with the correction of Syntetos and Boylan.
    Sba,
    /// The method of Teunter, Syntetos and Babai.
    Tsb,
    /// Smoothing of blocks.
    Adida,
    /// Smoothing of blocks of every length.
    Imapa,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 14] = [
        Self::SeasonalNaive,
        Self::Mean,
        Self::Ses,
        Self::Ets,
        Self::EtsGrowth,
        Self::EtsLog,
        Self::Theta,
        Self::OptimisedTheta,
        Self::Croston,
        Self::CrostonFitted,
        Self::Sba,
        Self::Tsb,
        Self::Adida,
        Self::Imapa,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal-naive",
            Self::Mean => "mean",
            Self::Ses => "ses",
            Self::Ets => "ets",
            Self::EtsGrowth => "ets-growth",
            Self::EtsLog => "ets-log",
            Self::Theta => "theta",
            Self::OptimisedTheta => "optimised-theta",
            Self::Croston => "croston",
            Self::CrostonFitted => "croston-fitted",
            Self::Sba => "sba",
            Self::Tsb => "tsb",
            Self::Adida => "adida",
            Self::Imapa => "imapa",
        }
    }
}

/// Forecasts a series; `season` is the periods of a year, 1 for none. Where a method cannot be
/// fitted (too few points, zeros where it takes logarithms) simple smoothing stands in.
#[must_use]
pub fn forecast(method: Method, values: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let n = values.len();
    let flat = |level: f64| vec![level; horizon];
    let ses = || flat(follow(values, 0.01, 0.99).level);
    let found = match method {
        Method::SeasonalNaive => {
            let year = if season >= 1 && n >= season { season } else { n.min(1) };
            let ago = |h: usize| if year == 0 { 0.0 } else { values[n - year + h % year] };
            (0..horizon).map(ago).collect()
        }
        Method::Mean => flat(values.iter().sum::<f64>() / n.max(1) as f64),
        Method::Ses => ses(),
        Method::Ets => {
            Ets::automatic(values, season, false).map_or_else(ses, |e| e.forecast(horizon))
        }
        Method::EtsGrowth => {
            Ets::automatic(values, season, true).map_or_else(ses, |e| e.forecast(horizon))
        }
        Method::EtsLog if values.iter().all(|y| *y > 0.0) => {
            let logs: Vec<f64> = values.iter().map(|y| y.ln()).collect();
            let fitted = Ets::automatic(&logs, season, false);
            fitted.map_or_else(ses, |e| e.forecast(horizon).into_iter().map(f64::exp).collect())
        }
        Method::EtsLog => ses(),
        Method::Theta => theta(values, season, horizon, false),
        Method::OptimisedTheta => theta(values, season, horizon, true),
        Method::Croston => flat(croston(values, 0.1, 1.0).0),
        Method::CrostonFitted => flat(croston_fitted(values)),
        Method::Sba => flat(croston(values, 0.1, 0.95).0),
        Method::Tsb => flat(tsb_fitted(values)),
        Method::Adida => flat(adida(values)),
        Method::Imapa => flat(imapa(values)),
    };
    // A series that was never below 0 does not go there.
    let floor = if values.iter().all(|y| *y >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
    found.into_iter().map(|y| if y.is_finite() { y.max(floor) } else { floor.max(0.0) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_answers_every_series() {
        let cases: [&[f64]; 8] = [
            &[],
            &[3.0],
            &[0.0; 30],
            &[1.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 1.0],
            &[7.0; 26],
            &[-3.0, 4.0, -5.0, 6.0, -7.0, 8.0, -3.0, 1.0, 2.0, 3.0],
            &[1e12, 1.0, 1e12, 1.0, 1e12, 1.0, 1e12, 1.0, 1e12, 1.0, 1e12, 1.0],
            &[1e-9, 2e-9, 3e-9, 1e-9, 2e-9, 3e-9, 1e-9, 2e-9, 3e-9, 1e-9, 2e-9, 3e-9],
        ];
        for method in Method::ALL {
            for values in cases {
                for season in [0, 1, 4, 12] {
                    let found = forecast(method, values, season, 5);
                    assert_eq!(found.len(), 5, "{method:?}");
                    assert!(found.iter().all(|y| y.is_finite()), "{method:?} {values:?} {found:?}");
                }
            }
            assert!(forecast(method, &[1.0, 2.0, 3.0], 1, 0).is_empty());
        }
        assert_eq!(forecast(Method::SeasonalNaive, &[1.0, 2.0, 3.0], 2, 3), [2.0, 3.0, 2.0]);
    }
}
