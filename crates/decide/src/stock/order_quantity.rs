//! How much to order at a time when demand is steady: the economic order quantity.
//!
//! `Q = √(2 K λ / h)`, cost `√(2 K λ h)`; where demand may wait at cost `p`,
//! `Q = √(2 K λ (h + p) / (h p))`, a share `h / (h + p)` of the cycle is out of stock, cost
//! `√(2 K λ h p / (h + p))`.
//!
//! Symbols: `K`, cost of an order; `λ`, units per period; `h`, `p`, cost of a unit held, or owed,
//! for a period. Time and memory `O(1)`.
//! Source: F. Harris, "How many parts to make at once", Factory 10(2), 1913; L. Snyder and Z.
//! Shen, "Fundamentals of supply chain theory", 2nd edition, 2019, sections 3.2 and 3.5.

use super::above_zero;
use crate::error::DecideError;

const WHAT: &str = "order quantity";

/// Order size for steady demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderQuantity {
    /// Units per order.
    pub quantity: f64,
    /// Share of each cycle without stock, 0 where demand may not wait.
    pub share_out: f64,
    /// Cost per period of ordering, holding and waiting.
    pub cost: f64,
}

/// The best order size; `waiting` is the cost of a unit owed for a period, where demand waits.
///
/// # Errors
/// When a cost or the demand is not above 0.
pub fn order_quantity(
    order_cost: f64,
    holding: f64,
    demand: f64,
    waiting: Option<f64>,
) -> Result<OrderQuantity, DecideError> {
    above_zero(WHAT, "cost of an order", order_cost)?;
    above_zero(WHAT, "holding cost", holding)?;
    above_zero(WHAT, "demand", demand)?;
    if let Some(waiting) = waiting {
        above_zero(WHAT, "cost of waiting", waiting)?;
    }
    // p / (h + p), 1 where nothing may wait.
    let served = waiting.map_or(1.0, |waiting| waiting / (holding + waiting));
    let turnover = 2.0 * order_cost * demand;
    Ok(OrderQuantity {
        quantity: (turnover / (holding * served)).sqrt(),
        share_out: 1.0 - served,
        cost: (turnover * holding * served).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_cases_come_out() {
        // stockpyl 1.0.2 economic_order_quantity and economic_order_quantity_with_backorders.
        let found = order_quantity(8.0, 0.225, 1_300.0, None).unwrap();
        assert!((found.quantity - 304.046_779).abs() < 1e-4, "{found:?}");
        assert!((found.cost - 68.410_526).abs() < 1e-5, "{found:?}");
        let found = order_quantity(8.0, 0.225, 1_300.0, Some(5.0)).unwrap();
        assert!((found.quantity - 310.812_555).abs() < 1e-5, "{found:?}");
        assert!((found.share_out - 0.043_062).abs() < 1e-6, "{found:?}");
        assert!((found.cost - 66.921_364).abs() < 1e-5, "{found:?}");
    }

    #[test]
    fn no_demand_is_refused_in_words() {
        let error = order_quantity(8.0, 0.225, 0.0, None).unwrap_err().to_string();
        assert!(error.contains("the demand is 0"), "{error}");
        assert!(order_quantity(8.0, f64::NAN, 1.0, None).is_err());
    }
}
