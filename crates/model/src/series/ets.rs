//! Exponential smoothing with trend and season, the form chosen by AICc.
//!
//! `q = l ⊕ b`, `ŷ = q ⊕ s`; then `l' = q + α (y ⊖ s − q)`, `b' = φb + β* (l' ⊖ l − φb)`,
//! `s' = s + γ (y ⊖ q − s)`, where ⊕, ⊖ add or multiply by the form and `φb` is `b^φ` for a
//! multiplicative trend. `α`, `β*`, `γ`, `φ`, `l_0`, `b_0` maximise the likelihood
//! `−½ [ n ln Σ e² + 2 Σ ln |ŷ| ]`, `e` relative and the second sum there for multiplicative errors
//! only; the form has the least `AICc = −2 lnL + 2 k + 2 k (k + 1) / (n − k − 1)`.
//!
//! Symbols: `l`, `b`, `s`, level, trend, seasons (m); `e`, one-step errors; `k`, parameters and
//! states. Time `O(forms · evaluations · n)`, memory `O(n + m)`.
//! Source: R. Hyndman, A. Koehler, R. Snyder and S. Grose, "A state space framework for automatic
//! forecasting using exponential smoothing methods", IJF 18, 2002, sections 2 to 4.
//! DIFFERENCE: first seasons are the indices of a moving-average decomposition and stay; `γ` is a
//! share of `1 − α`, `β*` of `α`.

use super::seasonality::indices;
use super::theta::line;
use crate::optimise::nelder_mead::NelderMead;

const SEARCH: NelderMead = NelderMead { step: 0.1, tolerance: 1e-8, evaluations_max: 500 };
/// More seasons than this are not smoothed: they are regressors.
const SEASON_MAX: usize = 24;

/// How a trend goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// Not at all.
    None,
    /// In a straight line.
    Additive,
    /// In a line that flattens.
    Damped,
    /// By a factor.
    Multiplicative,
    /// By a factor that goes to 1.
    DampedMultiplicative,
}

/// How seasons act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    /// Not at all.
    None,
    /// By an amount.
    Additive,
    /// By a factor.
    Multiplicative,
}

/// A form of smoothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtsForm {
    /// Whether errors grow with the level.
    pub relative_errors: bool,
    /// The trend.
    pub trend: Trend,
    /// The seasons.
    pub season: Season,
}

/// A fitted form.
#[derive(Debug, Clone, PartialEq)]
pub struct Ets {
    /// The form.
    pub form: EtsForm,
    /// Its AICc.
    pub aicc: f64,
    unit: f64,
    phi: f64,
    level: f64,
    trend: f64,
    /// Seasons, the next first.
    seasons: Vec<f64>,
}

/// Rates and first states.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
    level: f64,
    trend: f64,
}

impl EtsForm {
    /// Forms that may be tried on a series: those that its values and length allow. A
    /// multiplicative trend is tried only where asked for, as it runs away.
    #[must_use]
    pub fn allowed(values: &[f64], season: usize, grows: bool) -> Vec<Self> {
        let is_positive = values.iter().all(|y| *y > 0.0);
        let is_seasonal = (2..=SEASON_MAX).contains(&season) && values.len() >= 2 * season + 2;
        let trends: &[Trend] = if grows {
            &[Trend::Multiplicative, Trend::DampedMultiplicative]
        } else {
            &[Trend::None, Trend::Additive, Trend::Damped]
        };
        let mut forms = Vec::new();
        for relative_errors in [false, true] {
            for &trend in trends {
                for season in [Season::None, Season::Additive, Season::Multiplicative] {
                    let multiplies = relative_errors || season == Season::Multiplicative || grows;
                    // Additive errors around factors have no stable likelihood.
                    let is_odd = !relative_errors && season == Season::Multiplicative;
                    if (season == Season::None) == is_seasonal && is_seasonal
                        || (season != Season::None && !is_seasonal)
                        || (multiplies && !is_positive)
                        || is_odd
                    {
                        continue;
                    }
                    forms.push(Self { relative_errors, trend, season });
                }
            }
        }
        if is_seasonal && !grows {
            let plain =
                |&trend: &Trend| Self { relative_errors: false, trend, season: Season::None };
            forms.extend(trends.iter().map(plain));
        }
        forms
    }

    fn has_trend(self) -> bool {
        self.trend != Trend::None
    }

    fn is_damped(self) -> bool {
        matches!(self.trend, Trend::Damped | Trend::DampedMultiplicative)
    }

    fn multiplies_trend(self) -> bool {
        matches!(self.trend, Trend::Multiplicative | Trend::DampedMultiplicative)
    }

    /// Parameters from the searched numbers.
    fn read(self, at: &[f64], start: (f64, f64)) -> Parameters {
        let mut numbers = at.iter().copied();
        let mut next = |otherwise: f64| numbers.next().unwrap_or(otherwise);
        let alpha = next(0.3);
        let level = next(start.0);
        let (beta, trend) = if self.has_trend() { (next(0.1), next(start.1)) } else { (0.0, 0.0) };
        let gamma = if self.season == Season::None { 0.0 } else { next(0.1) * (1.0 - alpha) };
        let phi = if self.is_damped() { next(0.95) } else { 1.0 };
        let trend = if self.multiplies_trend() { 1.0 + trend } else { trend };
        Parameters { alpha, beta, gamma, phi, level, trend }
    }
}

/// The level and trend joined.
fn join(form: EtsForm, level: f64, damped: f64) -> f64 {
    if form.multiplies_trend() { level * damped } else { level + damped }
}

fn damp(form: EtsForm, trend: f64, phi: f64) -> f64 {
    match form.trend {
        Trend::None => 0.0,
        Trend::Multiplicative | Trend::DampedMultiplicative => trend.powf(phi),
        _ => phi * trend,
    }
}

/// Runs over a series; minus twice the log-likelihood, and the states at the end.
fn run(form: EtsForm, values: &[f64], given: Parameters, seasons: &mut [f64]) -> (f64, f64, f64) {
    let (mut level, mut trend) = (given.level, given.trend);
    let (mut square, mut logs) = (0.0, 0.0);
    let m = seasons.len().max(1);
    let mut at = 0;
    for &y in values {
        let damped = damp(form, trend, given.phi);
        let base = join(form, level, damped);
        let s = seasons.get(at).copied();
        let (expected, plain) = match (form.season, s) {
            (Season::Additive, Some(s)) => (base + s, y - s),
            (Season::Multiplicative, Some(s)) => (base * s, y / s),
            _ => (base, y),
        };
        let miss = y - expected;
        if form.relative_errors {
            if expected <= 1e-9 {
                return (f64::INFINITY, level, trend);
            }
            square += (miss / expected).powi(2);
            logs += expected.ln();
        } else {
            square += miss * miss;
        }
        let next = base + given.alpha * (plain - base);
        if form.has_trend() {
            let grown = if form.multiplies_trend() {
                if level <= 0.0 || next <= 0.0 {
                    return (f64::INFINITY, level, trend);
                }
                next / level
            } else {
                next - level
            };
            trend = damped + given.beta * (grown - damped);
        }
        if let (Some(s), Some(cell)) = (s, seasons.get_mut(at)) {
            let seen = match form.season {
                Season::Multiplicative if base > 1e-9 => y / base,
                Season::Multiplicative => s,
                _ => y - base,
            };
            *cell = s + given.gamma * (seen - s);
        }
        level = next;
        at = if at + 1 == m { 0 } else { at + 1 };
    }
    let n = values.len() as f64;
    (n * square.max(1e-12 * n).ln() + 2.0 * logs, level, trend)
}

impl Ets {
    /// Fits one form; `None` where the series is too short or does not allow it.
    #[must_use]
    pub fn fit(form: EtsForm, values: &[f64], season: usize) -> Option<Self> {
        let n = values.len();
        let unit = values.iter().map(|y| y.abs()).sum::<f64>() / n.max(1) as f64;
        if n < 4 || unit <= 0.0 {
            return None;
        }
        let scaled: Vec<f64> = values.iter().map(|y| y / unit).collect();
        let first_seasons = match form.season {
            Season::None => Vec::new(),
            kind => indices(&scaled, season, kind == Season::Additive)?,
        };
        let m = first_seasons.len().max(1);
        let head = scaled.iter().take((2 * m).max(10)).enumerate();
        let plain: Vec<f64> = head
            .map(|(at, y)| match form.season {
                Season::None => *y,
                Season::Additive => y - first_seasons[at % m],
                Season::Multiplicative => y / first_seasons[at % m],
            })
            .collect();
        let (level, slope) = line(&plain);
        let is_growth = form.multiplies_trend();
        let trend = if is_growth { (slope / level.max(0.1)).clamp(-0.2, 0.2) } else { slope };
        let (mut start, mut bounds) = (vec![0.3, level], vec![(1e-4, 0.9999), (-10.0, 10.0)]);
        if is_growth || form.relative_errors {
            start[1] = level.max(0.05);
            bounds[1] = (0.01, 10.0);
        }
        if form.has_trend() {
            start.extend([0.1, trend]);
            bounds.extend([(1e-4, 0.9999), if is_growth { (-0.5, 0.5) } else { (-3.0, 3.0) }]);
        }
        if form.season != Season::None {
            start.push(0.1);
            bounds.push((1e-4, 0.9999));
        }
        if form.is_damped() {
            start.push(0.95);
            bounds.push((0.8, 0.98));
        }
        let mut seasons = first_seasons.clone();
        let found = SEARCH.minimise(&start, &bounds, |at| {
            seasons.copy_from_slice(&first_seasons);
            run(form, &scaled, form.read(at, (level, trend)), &mut seasons).0
        });
        let given = form.read(&found.at, (level, trend));
        seasons.copy_from_slice(&first_seasons);
        let (likelihood, level, trend) = run(form, &scaled, given, &mut seasons);
        // Free numbers, the seasons but one, and the variance.
        let k = (start.len() + first_seasons.len().saturating_sub(1) + 1) as f64;
        let free = n as f64 - k - 1.0;
        if !likelihood.is_finite() || free <= 0.0 {
            return None;
        }
        let aicc = likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / free;
        seasons.rotate_left(n % m % first_seasons.len().max(1));
        Some(Self { form, aicc, unit, phi: given.phi, level, trend, seasons })
    }

    /// The form with the least AICc; `grows` tries trends by a factor instead.
    #[must_use]
    pub fn automatic(values: &[f64], season: usize, grows: bool) -> Option<Self> {
        let forms = EtsForm::allowed(values, season, grows).into_iter();
        let fitted = forms.filter_map(|form| Self::fit(form, values, season));
        fitted.min_by(|a, b| a.aicc.total_cmp(&b.aicc))
    }

    /// What comes next.
    #[must_use]
    pub fn forecast(&self, horizon: usize) -> Vec<f64> {
        let (mut level, mut trend) = (self.level, self.trend);
        let one = |h: usize| {
            let damped = damp(self.form, trend, self.phi);
            level = join(self.form, level, damped);
            trend = damped;
            let s = self.seasons.get(h % self.seasons.len().max(1)).copied();
            self.unit
                * match (self.form.season, s) {
                    (Season::Additive, Some(s)) => level + s,
                    (Season::Multiplicative, Some(s)) => level * s,
                    _ => level,
                }
        };
        (0..horizon).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_trend_and_season_go_on() {
        let season = [0.8, 1.0, 1.3, 0.9];
        let values: Vec<f64> = (0..48).map(|t| (50.0 + t as f64) * season[t % 4]).collect();
        let fitted = Ets::automatic(&values, 4, false).unwrap();
        assert_eq!(fitted.form.season, Season::Multiplicative, "{fitted:?}");
        for (h, found) in fitted.forecast(8).iter().enumerate() {
            let truth = (50.0 + (48 + h) as f64) * season[h % 4];
            assert!((found - truth).abs() < 0.03 * truth, "{h}: {found} {truth}");
        }
        let shifted = Ets::automatic(&values[..46], 4, false).unwrap();
        assert!((shifted.forecast(1)[0] - 96.0 * 1.3).abs() < 4.0, "{shifted:?}");
    }

    #[test]
    fn a_damped_trend_flattens_and_odd_series_are_left() {
        let form = EtsForm { relative_errors: false, trend: Trend::Damped, season: Season::None };
        let values: Vec<f64> = (0..30).map(f64::from).collect();
        let ahead = Ets::fit(form, &values, 1).unwrap().forecast(40);
        assert!(ahead[1] - ahead[0] > ahead[39] - ahead[38]);
        assert!(Ets::automatic(&[1.0, 2.0], 1, false).is_none());
        assert!(Ets::automatic(&[0.0; 20], 4, false).is_none());
        assert!(EtsForm::allowed(&[0.0; 20], 4, true).is_empty());
        let negative =
            Ets::automatic(&[-1.0, -2.0, -1.5, -2.5, -1.0, -2.0, -1.2, -2.2, -1.0], 1, false);
        assert!(negative.unwrap().forecast(1)[0] < 0.0);
    }
}
