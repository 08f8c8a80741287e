//! How often customers buy again, and whether they still do: BG/NBD and MBG/NBD.
//!
//! While alive a customer buys at rate `λ ~ Gamma(r, α)`; at each chance to leave they do with
//! probability `p ~ Beta(a, b)`. A history of `x` repeats with `d` chances has the likelihood
//! `Γ(r + x) / Γ(r) · α^r · B(a, b + d) / B(a, b) · [ (α + T)^−(r + x) + [d > 0] · L ]`,
//! `L = a / (b + d − 1) · (α + t_x)^−(r + x)`: BG/NBD has a chance after each repeat, `d = x`;
//! MBG/NBD one after the first purchase too, `d = x + 1`. Then
//! `P(alive) = (α + T)^−(r + x) / [ … ]`, and the purchases expected within `t` are
//! `P(alive) · c · [ 1 − (1 − z)^(a − 1) · ₂F₁(c − r − x, a − 1; c; z) ] / (a − 1)`,
//! `c = a + b + d − 1`, `z = t / (α + T + t)`.
//!
//! Symbols: `x`, repeats; `t_x`, recency; `T`, age; `t`, horizon, all in one unit; `α` in that
//! unit. Time `O(distinct histories)` per evaluation, about 200 of them; memory `O(histories)`.
//! Source: P. Fader, B. Hardie and K. Lee, "'Counting your customers' the easy way", Marketing
//! Science 24(2), 2005, equations 6 and 10; E. Batislam, M. Denizel and A. Filiztekin, "Empirical
//! validation and comparison of models for customer base analysis", IJRM 24, 2007, section 3.
//! DIFFERENCE: time is scaled by the mean age, parameters are logarithms, four starts; the
//! hypergeometric function is Euler-transformed and its factor `a − 1` divided out, so that the
//! expectation has no hole at `a = 1` and converges for any horizon.

use super::histories::{Histories, History, log_sum, summed_logs};
use super::lifetime_value::PurchaseModel;
use crate::error::ModelError;

/// Terms of the series at most.
const TERMS_MAX: usize = 100_000;
/// Logarithms of parameters (in scaled time) beyond this are not looked at.
const LOG_MAX: f64 = 20.0;

/// When a customer may leave for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropout {
    /// After each repeat purchase: BG/NBD.
    AfterRepeats,
    /// After the first purchase too: MBG/NBD.
    AfterAny,
}

impl Dropout {
    fn chances(self, repeats: u32) -> f64 {
        f64::from(repeats) + if self == Self::AfterAny { 1.0 } else { 0.0 }
    }

    /// The model's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AfterRepeats => "BgNbd",
            Self::AfterAny => "MbgNbd",
        }
    }
}

/// A fitted BG/NBD or MBG/NBD.
#[derive(Debug, Clone, PartialEq)]
pub struct BetaGeometric {
    /// When a customer may leave.
    pub dropout: Dropout,
    /// Shape of the rates.
    pub r: f64,
    /// Scale of the rates, in the unit of time.
    pub alpha: f64,
    /// First parameter of the probabilities to leave.
    pub a: f64,
    /// Second parameter of the probabilities to leave.
    pub b: f64,
    /// Log-likelihood of the histories.
    pub log_likelihood: f64,
    /// Standard errors of `r`, `α`, `a`, `b`; none where the data do not determine them.
    pub standard_errors: Option<[f64; 4]>,
}

impl BetaGeometric {
    /// The most likely parameters.
    ///
    /// # Errors
    /// When no start has a likelihood, which histories accepted by [`Histories`] do not cause.
    pub fn fit(dropout: Dropout, histories: &Histories) -> Result<Self, ModelError> {
        let unit = histories.mean_age();
        let scaled = histories.in_units_of(unit);
        let start = |r: f64, a: f64, b: f64| -> Vec<f64> {
            [r, (r / scaled.rate()).min(1e6), a, b].iter().map(|p| p.ln()).collect()
        };
        let starts = [
            start(0.3, 0.8, 2.5),
            start(1.0, 0.3, 3.0),
            start(3.0, 1.0, 1.0),
            start(0.5, 3.0, 9.0),
        ];
        let minus = |histories: &Histories, at: &[f64]| match at {
            [r, alpha, a, b] if at.iter().all(|p| p.abs() <= LOG_MAX) => {
                -log_likelihood(dropout, histories, [r.exp(), alpha.exp(), a.exp(), b.exp()])
            }
            _ => f64::INFINITY,
        };
        let (best, errors) = scaled
            .most_likely(&starts, minus)
            .ok_or(ModelError::Diverged { model: dropout.name() })?;
        let mut values = [0.0; 4];
        values.iter_mut().zip(&best.at).for_each(|(value, log)| *value = log.exp());
        values[1] *= unit;
        let standard_errors = errors.map(|errors| {
            let mut scaled = values;
            scaled.iter_mut().zip(errors).for_each(|(value, error)| *value *= error);
            scaled
        });
        let log_likelihood = log_likelihood(dropout, histories, values);
        let [r, alpha, a, b] = values;
        Ok(Self { dropout, r, alpha, a, b, log_likelihood, standard_errors })
    }

    /// `ln` of the part of the likelihood in which the customer left, over that in which they
    /// stay.
    fn log_odds_gone(&self, history: &History) -> f64 {
        let chances = self.dropout.chances(history.repeats);
        if chances == 0.0 {
            return f64::NEG_INFINITY;
        }
        let power = self.r + f64::from(history.repeats);
        let ratio = ((self.alpha + history.age) / (self.alpha + history.recency)).ln();
        self.a.ln() - (self.b + chances - 1.0).ln() + power * ratio
    }
}

impl PurchaseModel for BetaGeometric {
    fn p_alive(&self, history: &History) -> f64 {
        1.0 / (1.0 + self.log_odds_gone(history).exp())
    }

    fn expected(&self, history: &History, horizon: f64) -> f64 {
        if horizon <= 0.0 {
            return 0.0;
        }
        let end = self.alpha + history.age + horizon;
        let (z, log_left) = (horizon / end, ((self.alpha + history.age) / end).ln());
        let lower = self.a + self.b + self.dropout.chances(history.repeats) - 1.0;
        let upper = lower - self.r - f64::from(history.repeats);
        let power = self.a - 1.0;
        // ₂F₁ = 1 + power · sum
        let (mut sum, mut term) = (0.0, z * upper / lower);
        for k in 1..TERMS_MAX {
            sum += term;
            if term.abs() <= 1e-16 * (1.0 + sum.abs()) {
                break;
            }
            let k = k as f64;
            term *= (upper + k) * (power + k) / ((lower + k) * (k + 1.0)) * z;
        }
        let shrunk = if power == 0.0 { log_left } else { (power * log_left).exp_m1() / power };
        let alive = -shrunk - (power * log_left).exp() * sum;
        (self.p_alive(history) * lower * alive).max(0.0)
    }
}

fn log_likelihood(dropout: Dropout, histories: &Histories, [r, alpha, a, b]: [f64; 4]) -> f64 {
    let most = histories.repeats_most();
    let rates = summed_logs(most, |k| r + k);
    let stays = summed_logs(most + 1, |k| (b + k) / (a + b + k));
    let (log_alpha, log_a) = (r * alpha.ln(), a.ln());
    histories.sum(|history| {
        let (repeats, chances) = (f64::from(history.repeats), dropout.chances(history.repeats));
        let power = r + repeats;
        let alive = -power * (alpha + history.age).ln();
        let gone = if chances > 0.0 {
            log_a - (b + chances - 1.0).ln() - power * (alpha + history.recency).ln()
        } else {
            f64::NEG_INFINITY
        };
        rates[history.repeats as usize] + log_alpha + stays[chances as usize] + log_sum(alive, gone)
    })
}
