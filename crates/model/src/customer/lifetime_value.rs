//! What a customer will still bring in: purchases to come, times their value, discounted.
//!
//! `CLV = m · Σ_{k ≤ n} [ E(k h) − E((k − 1) h) ] / (1 + δ)^k`.
//!
//! Symbols: `E(t)`, purchases expected within `t`; `m`, value of a purchase, money; `h`, period;
//! `n`, periods; `δ`, discount per period. Time `O(n)` expectations, memory `O(1)`.
//! Source: P. Fader, B. Hardie and K. Lee, "RFM and CLV: using iso-value curves for customer base
//! analysis", Journal of Marketing Research 42, 2005, equation 3.

use super::histories::History;

/// A model of whether and how often customers buy again.
pub trait PurchaseModel: Sync {
    /// Probability that a customer will buy again at all, some day.
    fn p_alive(&self, history: &History) -> f64;

    /// Purchases expected within a time after the end of watching, in the unit of the histories.
    fn expected(&self, history: &History, horizon: f64) -> f64;
}

/// How far ahead value counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Horizon {
    /// Length of a period, in the unit of the histories, above 0.
    pub period: f64,
    /// Number of periods.
    pub periods: u32,
    /// Discount per period, above −1; 0.01 is 1 % per period.
    pub discount: f64,
}

/// The discounted value of a customer's purchases to come, at a value of each.
#[must_use]
pub fn lifetime_value(
    model: &dyn PurchaseModel,
    history: &History,
    value_of_purchase: f64,
    horizon: Horizon,
) -> f64 {
    let (mut before, mut discounted) = (0.0, 0.0);
    let mut weight = 1.0;
    for k in 1..=horizon.periods {
        let until = model.expected(history, f64::from(k) * horizon.period);
        weight /= 1.0 + horizon.discount;
        discounted += (until - before) * weight;
        before = until;
    }
    discounted * value_of_purchase
}
