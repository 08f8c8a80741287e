//! How often customers buy again, and whether they still do: Pareto/NBD.
//!
//! While alive a customer buys at rate `λ ~ Gamma(r, α)`; they live for an exponential time of rate
//! `μ ~ Gamma(s, β)`. A history has the likelihood
//! `Γ(r + x) / Γ(r) · α^r β^s · [ (α + T)^−(r + x) (β + T)^−s + D ]`,
//! `D = ∫ s (α + y)^−(r + x) (β + y)^−(s + 1) dy` for deaths at `y` from `t_x` to `T`. Then
//! `P(alive) = (α + T)^−(r + x) (β + T)^−s / [ … ]`, and the purchases expected within `t` are
//! `P(alive) · (r + x) (β + T) / (α + T) · [ 1 − ((β + T) / (β + T + t))^(s − 1) ] / (s − 1)`.
//!
//! Symbols: `x`, repeats; `t_x`, recency; `T`, age; `t`, horizon, all in one unit; `α`, `β` in that
//! unit. Time `O(distinct histories · panels · 16)` per evaluation; memory `O(histories)`.
//! Source: D. Schmittlein, D. Morrison and R. Colombo, "Counting your customers: who are they and
//! what will they do next?", Management Science 33(1), 1987, equations 22 and 23; P. Fader and B.
//! Hardie, "A note on deriving the Pareto/NBD model and related expressions", 2005.
//! DIFFERENCE: `D` is integrated over `v = ln(min(α, β) + y)` by Gauss-Legendre panels, where the
//! authors subtract two hypergeometric functions that may agree in all digits.

use super::histories::{Histories, History, log_sum, summed_logs};
use super::lifetime_value::PurchaseModel;
use crate::error::ModelError;

/// Logarithms of parameters (in scaled time) beyond this are not looked at.
const LOG_MAX: f64 = 20.0;
/// Nodes in (0, 1) and weights of the 16-point Gauss-Legendre rule on [−1, 1]; each node also
/// stands mirrored.
const NODES: [(f64, f64); 8] = [
    (0.095_012_509_837_637_44, 0.189_450_610_455_068_5),
    (0.281_603_550_779_258_9, 0.182_603_415_044_923_58),
    (0.458_016_777_657_227_4, 0.169_156_519_395_002_54),
    (0.617_876_244_402_643_7, 0.149_595_988_816_576_73),
    (0.755_404_408_355_003, 0.124_628_971_255_533_87),
    (0.865_631_202_387_831_7, 0.095_158_511_682_492_78),
    (0.944_575_023_073_232_6, 0.062_253_523_938_647_89),
    (0.989_400_934_991_649_9, 0.027_152_459_411_754_095),
];

/// A fitted Pareto/NBD.
#[derive(Debug, Clone, PartialEq)]
pub struct ParetoNbd {
    /// Shape of the rates of buying.
    pub r: f64,
    /// Scale of the rates of buying, in the unit of time.
    pub alpha: f64,
    /// Shape of the rates of leaving.
    pub s: f64,
    /// Scale of the rates of leaving, in the unit of time.
    pub beta: f64,
    /// Log-likelihood of the histories.
    pub log_likelihood: f64,
    /// Standard errors of `r`, `α`, `s`, `β`; none where the data do not determine them.
    pub standard_errors: Option<[f64; 4]>,
}

impl ParetoNbd {
    /// The model's name.
    pub const NAME: &'static str = "ParetoNbd";

    /// The most likely parameters.
    ///
    /// # Errors
    /// When no start has a likelihood, which histories accepted by [`Histories`] do not cause.
    pub fn fit(histories: &Histories) -> Result<Self, ModelError> {
        let unit = histories.mean_age();
        let scaled = histories.in_units_of(unit);
        let start = |r: f64, s: f64, beta: f64| -> Vec<f64> {
            [r, (r / scaled.rate()).min(1e6), s, beta].iter().map(|p| p.ln()).collect()
        };
        let starts = [start(0.5, 0.5, 0.4), start(1.0, 2.0, 4.0), start(0.3, 0.2, 1.0)];
        let minus = |histories: &Histories, at: &[f64]| match at {
            [r, alpha, s, beta] if at.iter().all(|p| p.abs() <= LOG_MAX) => {
                -log_likelihood(histories, [r.exp(), alpha.exp(), s.exp(), beta.exp()])
            }
            _ => f64::INFINITY,
        };
        let (best, errors) =
            scaled.most_likely(&starts, minus).ok_or(ModelError::Diverged { model: Self::NAME })?;
        let mut values = [0.0; 4];
        values.iter_mut().zip(&best.at).for_each(|(value, log)| *value = log.exp());
        values[1] *= unit;
        values[3] *= unit;
        let standard_errors = errors.map(|errors| {
            let mut scaled = values;
            scaled.iter_mut().zip(errors).for_each(|(value, error)| *value *= error);
            scaled
        });
        let log_likelihood = log_likelihood(histories, values);
        let [r, alpha, s, beta] = values;
        Ok(Self { r, alpha, s, beta, log_likelihood, standard_errors })
    }
}

impl PurchaseModel for ParetoNbd {
    fn p_alive(&self, history: &History) -> f64 {
        let Self { r, alpha, s, beta, .. } = *self;
        let power = r + f64::from(history.repeats);
        let alive = -power * (alpha + history.age).ln() - s * (beta + history.age).ln();
        1.0 / (1.0 + (log_death(history, [r, alpha, s, beta]) - alive).exp())
    }

    fn expected(&self, history: &History, horizon: f64) -> f64 {
        if horizon <= 0.0 {
            return 0.0;
        }
        let Self { r, alpha, s, beta, .. } = *self;
        let power = s - 1.0;
        let log_left = ((beta + history.age) / (beta + history.age + horizon)).ln();
        let lived = if power == 0.0 { -log_left } else { -(power * log_left).exp_m1() / power };
        let rate = (r + f64::from(history.repeats)) / (alpha + history.age);
        self.p_alive(history) * rate * (beta + history.age) * lived
    }
}

fn log_likelihood(histories: &Histories, [r, alpha, s, beta]: [f64; 4]) -> f64 {
    let rates = summed_logs(histories.repeats_most(), |k| r + k);
    let constant = r * alpha.ln() + s * beta.ln();
    histories.sum(|history| {
        let power = r + f64::from(history.repeats);
        let alive = -power * (alpha + history.age).ln() - s * (beta + history.age).ln();
        let gone = log_death(history, [r, alpha, s, beta]);
        rates[history.repeats as usize] + constant + log_sum(alive, gone)
    })
}

/// `ln D`: the customer died between the last purchase and the end of watching.
fn log_death(history: &History, [r, alpha, s, beta]: [f64; 4]) -> f64 {
    let power = r + f64::from(history.repeats);
    let low = alpha.min(beta);
    let (from, to) = ((low + history.recency).ln(), (low + history.age).ln());
    if to <= from {
        return f64::NEG_INFINITY;
    }
    // ln of the integrand in v; dy = (low + y) dv.
    let log_density = |v: f64| {
        let y = v.exp() - low;
        v - power * (alpha + y).ln() - (s + 1.0) * (beta + y).ln()
    };
    let width = (8.0 / (power + s)).min(1.5);
    let peak = log_density(from).max(log_density(to));
    let (mut sum, mut at) = (0.0, from);
    while at < to {
        let end = (at + width).min(to);
        let (middle, half) = (0.5 * (at + end), 0.5 * (end - at));
        let mut panel = 0.0;
        for (node, weight) in NODES {
            let sides = [middle - half * node, middle + half * node];
            panel += weight * sides.map(|v| (log_density(v) - peak).exp()).iter().sum::<f64>();
        }
        sum += half * panel;
        at = end;
        // What is left falls at least as fast as it has.
        if panel < 1e-18 * sum && log_density(to) - peak < -45.0 {
            break;
        }
    }
    s.ln() + peak + sum.ln()
}
