//! What customers spend at each purchase: the gamma-gamma model.
//!
//! A purchase's value is `Gamma(p, ν)` with `ν ~ Gamma(q, v)` by customer, independent of how often
//! they buy. A mean of `m` over `x` purchases has the likelihood
//! `L = Γ(p x + q) / (Γ(p x) Γ(q)) · v^q m^(p x − 1) x^(p x) / (v + x m)^(p x + q)`, and the
//! customer's next value is expected to be `p (v + x m) / (p x + q − 1)`: between their own mean
//! and everybody's `p v / (q − 1)`.
//!
//! Symbols: `m`, mean value of a purchase, money; `x`, purchases it is a mean of; `v`, money. Time
//! `O(customers)` per evaluation; memory `O(customers)`.
//! Source: P. Fader and B. Hardie, "The gamma-gamma model of monetary value", 2013, equations 1a
//! and 5; P. Fader, B. Hardie and K. Lee, "RFM and CLV", Journal of Marketing Research 42, 2005.
//! DIFFERENCE: values are scaled by their mean, parameters are logarithms, three starts.

use rayon::prelude::*;

use super::gamma_function::ln_gamma;
use crate::error::ModelError;
use crate::optimise::quasi_newton;

/// Logarithms of parameters beyond this are not looked at.
const LOG_MAX: f64 = 20.0;
/// Customers summed by one worker at a time; fixed, so that sums do not depend on threads.
const CHUNK: usize = 4_096;
/// Spends on which starts are tried first where there are more than twice as many.
const SAMPLE: usize = 20_000;

/// What one customer spent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spend {
    /// Purchases that the mean is of.
    pub purchases: u32,
    /// Mean value of these purchases.
    pub mean: f64,
}

/// A fitted gamma-gamma model.
#[derive(Debug, Clone, PartialEq)]
pub struct GammaGamma {
    /// Shape of a purchase's value.
    pub p: f64,
    /// Shape of the customers' scales.
    pub q: f64,
    /// Scale of the customers' scales, money.
    pub v: f64,
    /// Log-likelihood of the spends.
    pub log_likelihood: f64,
    /// Standard errors of `p`, `q`, `v`; none where the data do not determine them.
    pub standard_errors: Option<[f64; 3]>,
    /// Customers it was fitted on.
    pub n_customers: usize,
}

impl GammaGamma {
    /// The model's name.
    pub const NAME: &'static str = "GammaGamma";

    /// The most likely parameters; customers without purchases are passed over.
    ///
    /// # Errors
    /// When a mean of purchases is not above 0, or fewer than three customers have any.
    pub fn fit(spends: &[Spend]) -> Result<Self, ModelError> {
        let refused = |reason: String| ModelError::Input { model: Self::NAME, reason };
        let mut known: Vec<Spend> = spends.iter().filter(|s| s.purchases > 0).copied().collect();
        if let Some(bad) = known.iter().find(|s| !(s.mean.is_finite() && s.mean > 0.0)) {
            return Err(refused(format!(
                "a mean value of {} over {} purchases: leave out free and refunded purchases",
                bad.mean, bad.purchases
            )));
        }
        if known.len() < 3 {
            return Err(refused(format!(
                "{} customers have repeat purchases, at least 3 are needed to tell how much \
                 spending differs between them",
                known.len()
            )));
        }
        known
            .sort_unstable_by(|a, b| a.purchases.cmp(&b.purchases).then(a.mean.total_cmp(&b.mean)));
        let unit = known.iter().map(|s| s.mean).sum::<f64>() / known.len() as f64;
        let scaled: Vec<Spend> =
            known.iter().map(|s| Spend { mean: s.mean / unit, ..*s }).collect();
        let minus = |spends: &[Spend], at: &[f64]| match at {
            [p, q, v] if at.iter().all(|p| p.abs() <= LOG_MAX) => {
                -log_likelihood(spends, [p.exp(), q.exp(), v.exp()])
            }
            _ => f64::INFINITY,
        };
        let whole = |at: &[f64]| minus(&scaled, at);
        let starts = [[5.0, 4.0, 0.6], [1.0, 2.0, 1.0], [20.0, 10.0, 0.5]];
        let starts = starts.map(|start| start.map(f64::ln).to_vec());
        // Starts are tried on evenly spaced spends of the sorted ones where there are many.
        let near = if scaled.len() > 2 * SAMPLE {
            let some: Vec<Spend> = scaled.iter().step_by(scaled.len() / SAMPLE).copied().collect();
            quasi_newton::minimise(&starts, &|at| minus(&some, at))
        } else {
            None
        };
        let best = match near {
            Some(near) => quasi_newton::minimise(&[near.at], &whole),
            None => quasi_newton::minimise(&starts, &whole),
        };
        let best = best.ok_or(ModelError::Diverged { model: Self::NAME })?;
        let errors = quasi_newton::standard_errors(&best.at, &whole);
        let mut values = [0.0; 3];
        values.iter_mut().zip(&best.at).for_each(|(value, log)| *value = log.exp());
        values[2] *= unit;
        let standard_errors = errors.map(|errors| {
            let mut scaled = values;
            scaled.iter_mut().zip(errors).for_each(|(value, error)| *value *= error);
            scaled
        });
        let [p, q, v] = values;
        let log_likelihood = log_likelihood(&known, values);
        Ok(Self { p, q, v, log_likelihood, standard_errors, n_customers: known.len() })
    }

    /// The value expected of a customer's next purchase; `None` where neither their own purchases
    /// nor everybody's have a mean (`p x + q ≤ 1`).
    #[must_use]
    pub fn expected(&self, spend: &Spend) -> Option<f64> {
        let purchases = f64::from(spend.purchases);
        let below = self.p * purchases + self.q - 1.0;
        let mean = if spend.purchases == 0 { 0.0 } else { spend.mean };
        (below > 0.0).then(|| self.p * (self.v + purchases * mean) / below)
    }
}

fn log_likelihood(spends: &[Spend], [p, q, v]: [f64; 3]) -> f64 {
    let constant = q * v.ln() - ln_gamma(q);
    let one = |spend: &Spend| {
        let x = f64::from(spend.purchases);
        let shape = p * x;
        ln_gamma(shape + q) - ln_gamma(shape)
            + constant
            + (shape - 1.0) * spend.mean.ln()
            + shape * x.ln()
            - (shape + q) * (v + x * spend.mean).ln()
    };
    let of_chunk = |chunk: &[Spend]| chunk.iter().map(one).sum::<f64>();
    let sums: Vec<f64> = spends.par_chunks(CHUNK).map(of_chunk).collect();
    sums.iter().sum()
}
