//! Keep stock on hand and on order at one level, with lead times that vary, and the safety stock.
//!
//! Over the time to be covered `L + R` demand has mean `μ (L + R)` and variance
//! `σ² (L + R) + μ² σ_L²`; the level is mean plus safety stock `z √variance`, `z = Φ⁻¹(share)`,
//! the share either asked for or `p / (h + p)` by cost.
//!
//! Symbols: `μ`, `σ`, mean and deviation of a period's demand (or of its forecast's error), units;
//! `L`, `σ_L`, mean and deviation of the lead time; `R`, periods between reviews. Time and memory
//! `O(1)`.
//! Source: L. Snyder and Z. Shen, "Fundamentals of supply chain theory", 2nd edition, 2019,
//! sections 4.3.4 and 4.4; E. Silver, D. Pyke and D. Thomas, "Inventory and production management
//! in supply chains", 4th edition, 2017, section 6.10 (variable lead times).

use super::{Demand, above_zero, normal_quantile, not_below_zero};
use crate::error::DecideError;

const WHAT: &str = "base stock";

/// Demand of a period and the wait for an order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeadTimeDemand {
    /// Units expected in a period.
    pub mean: f64,
    /// Deviation of a period's demand, or of its forecast's error.
    pub deviation: f64,
    /// Periods from order to arrival, on average.
    pub lead_time: f64,
    /// Deviation of the lead time, periods.
    pub lead_deviation: f64,
    /// Periods between reviews; 0 where stock is watched all the time.
    pub review: f64,
}

/// A level to keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaseStock {
    /// Order up to this, on hand and on order together.
    pub level: f64,
    /// The part of it that is there for surprises.
    pub safety_stock: f64,
    /// Share of cases covered.
    pub share: f64,
    /// Share of demand served from stock: `1 − E(lacking) / E(demand of a review)`, where stock is
    /// reviewed.
    pub fill_rate: Option<f64>,
}

/// The level that covers a share of cases.
///
/// # Errors
/// When the share is not between 0 and 1, or a mean or deviation is below 0.
pub fn base_stock(demand: LeadTimeDemand, share: f64) -> Result<BaseStock, DecideError> {
    above_zero(WHAT, "mean demand", demand.mean)?;
    not_below_zero(WHAT, "deviation of demand", demand.deviation)?;
    not_below_zero(WHAT, "lead time", demand.lead_time)?;
    not_below_zero(WHAT, "deviation of the lead time", demand.lead_deviation)?;
    not_below_zero(WHAT, "time between reviews", demand.review)?;
    if !(share > 0.0 && share < 1.0) {
        let reason = format!("the service level is {share}, but must be above 0 and below 1");
        return Err(DecideError::Input { what: WHAT, reason });
    }
    let covered = demand.lead_time + demand.review;
    let lead_variance = (demand.mean * demand.lead_deviation).powi(2);
    let deviation = (demand.deviation.powi(2) * covered + lead_variance).sqrt();
    let mean = demand.mean * covered;
    let safety_stock = normal_quantile(share) * deviation;
    let level = mean + safety_stock;
    let lacking = Demand::Normal { mean, deviation }.lacking(level);
    let asked = demand.mean * demand.review;
    let fill_rate = (asked > 0.0).then(|| (1.0 - lacking / asked).clamp(0.0, 1.0));
    Ok(BaseStock { level, safety_stock, share, fill_rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMAND: LeadTimeDemand = LeadTimeDemand {
        mean: 100.0,
        deviation: 30.0,
        lead_time: 3.0,
        lead_deviation: 0.5,
        review: 1.0,
    };

    #[test]
    fn mean_and_safety_stock_add_up_to_the_level() {
        // By hand: variance 900 · 4 + 100² · 0.25 = 6,100; z(0.975) = 1.959964.
        let found = base_stock(DEMAND, 0.975).unwrap();
        assert!((found.safety_stock - 1.959_963_985 * 6_100_f64.sqrt()).abs() < 1e-5);
        assert!((found.level - 400.0 - found.safety_stock).abs() < 1e-9);
        assert!(found.fill_rate.unwrap() > 0.98);
        let steady = LeadTimeDemand { deviation: 0.0, lead_deviation: 0.0, ..DEMAND };
        assert_eq!(base_stock(steady, 0.9).unwrap().safety_stock, 0.0);
    }

    #[test]
    fn shares_of_zero_and_one_are_refused() {
        for share in [0.0, 1.0, f64::NAN] {
            let error = base_stock(DEMAND, share).unwrap_err().to_string();
            assert!(error.contains("service level"), "{error}");
        }
        assert!(base_stock(LeadTimeDemand { mean: 0.0, ..DEMAND }, 0.9).is_err());
    }
}
