//! Many series with one calendar: each one's recent level moved by last year's same weeks.
//!
//! `ŷ_i(t) = (1 − w) · level_i · Y(t') / Ȳ' + w · own_i(t') · g`: the level, smoothed at rate `α`,
//! is moved by all series together at `t'`, a year before `t`, over their mean a year before the
//! last `h` periods; the series' own mean around `t'`, over `h` periods, is moved by the growth
//! `g` of all since. Single values above the 90th percentile of the series' last year are cut to
//! it. `w` and `α` have the least WAPE at origins inside the series of those whose bias there is
//! within 15 %.
//!
//! Symbols: `h`, horizon, also the width of every window; `Y`, sum over series, smoothed over 3
//! periods; `Ȳ'`, its mean. Time `O(origins · grid · series · h)`, memory
//! `O(origins · rates · series · h)`.
//! Source: J. Bates and C. Granger, "The combination of forecasts", ORQ 20, 1969; D. Bunn and A.
//! Vassilopoulos, "Using group seasonal indices in multi-item short-term forecasting", IJF 9, 1993
//! (seasons of a group).

use super::smoothing::smoothed;
use crate::error::ModelError;

/// Bias at the origins that a blend may have.
pub const BLEND_BIAS_MAX: f64 = 0.15;
/// Weights of the own last year tried, in tenths.
const TENTHS: u32 = 10;
/// Rates of smoothing tried.
const RATES: [f64; 4] = [0.05, 0.1, 0.2, 0.3];
/// Values of a series' last year above this share are cut.
const CUT_AT: f64 = 0.9;
/// Origins at most, three periods apart.
const ORIGINS_MAX: usize = 7;

/// How the parts are blended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeasonBlend {
    /// Weight of the series' own last year.
    pub own: f64,
    /// Rate at which the level is smoothed.
    pub alpha: f64,
    /// WAPE at the origins.
    pub wape: f64,
    /// Bias at the origins.
    pub bias: f64,
}

/// The two parts of each series, `[series][step]`.
struct Parts {
    level: Vec<Vec<f64>>,
    own: Vec<Vec<f64>>,
}

impl SeasonBlend {
    /// Chooses the weights on series of equal length; `year_ago` says, for each period of the
    /// series and the horizon after them, which period lay a year before, if any.
    ///
    /// # Errors
    /// When the series differ in length or no origin has a year before it.
    pub fn fit(
        series: &[Vec<f64>],
        year_ago: &[Option<usize>],
        horizon: usize,
    ) -> Result<Self, ModelError> {
        let refused =
            |reason: &str| ModelError::Input { model: "SeasonBlend", reason: reason.to_owned() };
        let n = series.first().map_or(0, Vec::len);
        if series.iter().any(|values| values.len() != n) || year_ago.len() < n || horizon == 0 {
            return Err(refused("series of one shop must have the same periods; fill gaps with 0"));
        }
        let cuts = (0..ORIGINS_MAX).map_while(|k| n.checked_sub(horizon + 3 * k));
        let mut best: Option<Self> = None;
        for alpha in RATES {
            let at = |cut: usize| Some((cut, parts(series, year_ago, cut, horizon, alpha)?));
            let origins: Vec<(usize, Parts)> = cuts.clone().map_while(at).collect();
            if origins.is_empty() {
                return Err(refused(
                    "more than a year and two horizons of history is needed to learn the seasons",
                ));
            }
            for tenth in 0..=TENTHS {
                let own = f64::from(tenth) / f64::from(TENTHS);
                let blend = judge(series, &origins, horizon, own, alpha);
                if best.is_none_or(|best| blend.is_better(&best)) {
                    best = Some(blend);
                }
            }
        }
        best.ok_or_else(|| refused("no weights could be judged"))
    }

    /// Within the bias allowed before outside it, then by error.
    fn is_better(&self, other: &Self) -> bool {
        let excess = |blend: &Self| (blend.bias.abs() - BLEND_BIAS_MAX).max(0.0);
        let order = excess(self).total_cmp(&excess(other));
        order.then(self.wape.total_cmp(&other.wape)).is_lt()
    }

    /// Forecasts every series, `[series][step]`; `None` where a year before is missing.
    #[must_use]
    pub fn forecast(
        &self,
        series: &[Vec<f64>],
        year_ago: &[Option<usize>],
        horizon: usize,
    ) -> Option<Vec<Vec<f64>>> {
        let n = series.first().map_or(0, Vec::len);
        let parts = parts(series, year_ago, n, horizon, self.alpha)?;
        Some((0..series.len()).map(|i| blended(&parts, i, self.own)).collect())
    }
}

fn blended(parts: &Parts, i: usize, own: f64) -> Vec<f64> {
    let pairs = parts.level[i].iter().zip(&parts.own[i]);
    pairs.map(|(level, year)| (1.0 - own) * level + own * year).collect()
}

fn judge(
    series: &[Vec<f64>],
    origins: &[(usize, Parts)],
    horizon: usize,
    own: f64,
    alpha: f64,
) -> SeasonBlend {
    let (mut forecast, mut actual, mut wape) = (0.0, 0.0, 0.0);
    for (cut, parts) in origins {
        let (mut misses, mut amount) = (0.0, 0.0);
        for (i, values) in series.iter().enumerate() {
            let ahead = blended(parts, i, own);
            for (y, f) in values[*cut..cut + horizon].iter().zip(ahead) {
                misses += (y - f).abs();
                amount += y;
                forecast += f;
            }
        }
        actual += amount;
        wape += misses / amount.max(1e-9) / origins.len() as f64;
    }
    SeasonBlend { own, alpha, wape, bias: forecast / actual.max(1e-9) - 1.0 }
}

/// A share of sorted values by interpolation between neighbours.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = share * sorted.len().saturating_sub(1) as f64;
    let (low, part) = (place as usize, place.fract());
    let high = (low + 1).min(sorted.len().saturating_sub(1));
    sorted.get(low).map_or(0.0, |value| value + part * (sorted[high] - value))
}

/// The parts of forecasts made at `cut`, from what lies before it.
fn parts(
    series: &[Vec<f64>],
    year_ago: &[Option<usize>],
    cut: usize,
    horizon: usize,
    alpha: f64,
) -> Option<Parts> {
    let recent = cut.checked_sub(horizon)?;
    let before = |at: usize| year_ago.get(at).copied().flatten().filter(|ago| *ago < cut);
    let ahead: Vec<usize> = (cut..cut + horizon).map(before).collect::<Option<_>>()?;
    let then: Vec<usize> = (recent..cut).map(before).collect::<Option<_>>()?;
    let longest = year_ago.get(cut).copied().flatten()?;
    let year = cut - longest;
    let clip = |values: &Vec<f64>| -> Vec<f64> {
        let cap = quantile(&values[cut.saturating_sub(year)..cut], CUT_AT).max(1.0);
        values[..cut].iter().map(|y| y.min(cap)).collect()
    };
    let clipped: Vec<Vec<f64>> = series.iter().map(clip).collect();
    let total: Vec<f64> = (0..cut).map(|t| clipped.iter().map(|values| values[t]).sum()).collect();
    let around = |values: &[f64], at: usize, reach: usize| {
        let window = &values[at.saturating_sub(reach)..(at + reach + 1).min(values.len())];
        window.iter().sum::<f64>() / window.len() as f64
    };
    let sum_then: f64 = then.iter().map(|&t| total[t]).sum();
    let sum_recent: f64 = total[recent..].iter().sum();
    if sum_then <= 0.0 {
        return None;
    }
    let mean_then = sum_then / horizon as f64;
    let season: Vec<f64> = ahead.iter().map(|&t| around(&total, t, 1) / mean_then).collect();
    let growth = sum_recent / sum_then;
    let reach = horizon / 2;
    let level = |values: &Vec<f64>| -> Vec<f64> {
        let (level, _) = smoothed(&values[1..], alpha, values[0]);
        season.iter().map(|s| level * s).collect()
    };
    let own = |values: &Vec<f64>| -> Vec<f64> {
        ahead.iter().map(|&t| growth * around(values, t, reach)).collect()
    };
    Some(Parts {
        level: clipped.iter().map(level).collect(),
        own: clipped.iter().map(own).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(n: usize) -> (Vec<Vec<f64>>, Vec<Option<usize>>) {
        let season = |t: usize| if t % 26 >= 20 { 3.0 } else { 1.0 };
        let item = |i: usize| (0..n).map(|t| (i + 1) as f64 * 10.0 * season(t)).collect();
        ((0..4).map(item).collect(), (0..n + 6).map(|t| t.checked_sub(26)).collect())
    }

    #[test]
    fn a_season_seen_once_comes_again() {
        // 72 periods are two years and 20: a high season of 6 follows.
        let (series, year_ago) = shop(72);
        let blend = SeasonBlend::fit(&series, &year_ago, 6).unwrap();
        let found = blend.forecast(&series, &year_ago, 6).unwrap();
        let sum: f64 = found.iter().flatten().sum();
        assert!((sum / (100.0 * 3.0 * 6.0) - 1.0).abs() < 0.2, "{blend:?} {sum}");
    }

    #[test]
    fn too_short_and_uneven_series_are_refused() {
        let (series, year_ago) = shop(30);
        let error = SeasonBlend::fit(&series, &year_ago, 6).unwrap_err().to_string();
        assert!(error.contains("more than a year"), "{error}");
        let uneven = [vec![1.0; 40], vec![1.0; 39]];
        assert!(SeasonBlend::fit(&uneven, &year_ago, 6).is_err());
        assert!(SeasonBlend::fit(&[], &[], 6).is_err());
    }
}
