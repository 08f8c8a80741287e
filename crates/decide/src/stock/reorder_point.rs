//! Order `Q` units whenever stock on hand and on order falls to `r`: exact for Poisson demand.
//!
//! `c(r, Q) = [ K λ + Σ_{y = r + 1}^{r + Q} G(y) ] / Q`,
//! `G(y) = h E(y − D)⁺ + p E(D − y)⁺`, `D ~ Poisson(λ L)`: `Q` grows by the cheaper of the two
//! levels next to the window, as long as that level costs less than the mean so far.
//!
//! Symbols: `λ`, units per period; `L`, lead time, periods; `K`, cost of an order; `h`, `p`, cost
//! of a unit held, or owed, for a period. Time and memory `O(Q + √(λ L))`.
//! Source: A. Federgruen and Y. Zheng, "An efficient algorithm for computing an optimal (r, Q)
//! policy in continuous review stochastic inventory systems", Operations Research 40(4), 1992.

use super::{Poisson, UnitCosts, above_zero, not_below_zero};
use crate::error::DecideError;

const WHAT: &str = "reorder point";
/// Order sizes beyond this are refused: count in dozens.
const QUANTITY_MAX: i64 = 10_000_000;

/// When and how much to order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReorderPoint {
    /// Order when stock on hand and on order falls to this.
    pub reorder_at: i64,
    /// Units per order.
    pub quantity: i64,
    /// Cost per period.
    pub cost: f64,
}

/// The cheapest policy.
///
/// # Errors
/// When a cost or the demand is not above 0, or the lead time is below 0.
pub fn reorder_point(
    costs: UnitCosts,
    order_cost: f64,
    demand: f64,
    lead_time: f64,
) -> Result<ReorderPoint, DecideError> {
    costs.check(WHAT)?;
    above_zero(WHAT, "cost of an order", order_cost)?;
    above_zero(WHAT, "demand", demand)?;
    not_below_zero(WHAT, "lead time", lead_time)?;
    let in_lead_time = Poisson::new(demand * lead_time)?;
    let level =
        |y: i64| costs.holding * in_lead_time.left(y) + costs.shortage * in_lead_time.lacking(y);
    let first = in_lead_time.quantile(costs.critical_ratio());
    // The window is from `low + 1` to `high`.
    let (mut low, mut high) = (first - 1, first);
    let mut total = order_cost * demand + level(first);
    let mut cost = total;
    while high - low < QUANTITY_MAX {
        let (below, above) = (level(low), level(high + 1));
        if below.min(above) >= cost {
            return Ok(ReorderPoint { reorder_at: low, quantity: high - low, cost });
        }
        if below <= above {
            low -= 1;
        } else {
            high += 1;
        }
        total += below.min(above);
        cost = total / (high - low) as f64;
    }
    let reason = format!("orders would exceed {QUANTITY_MAX} units; count in larger units");
    Err(DecideError::Input { what: WHAT, reason })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_textbook_case_comes_out() {
        // stockpyl 1.0.2 r_q_poisson_exact(20, 150, 100, 1.5, 2).
        let costs = UnitCosts { holding: 20.0, shortage: 150.0 };
        let found = reorder_point(costs, 100.0, 1.5, 2.0).unwrap();
        assert_eq!((found.reorder_at, found.quantity), (3, 5));
        assert!((found.cost - 107.923_580_6).abs() < 1e-6, "{found:?}");
        assert!(reorder_point(costs, 100.0, 1.5, -1.0).is_err());
        assert!(reorder_point(costs, 0.0, 1.5, 1.0).is_err());
    }

    proptest! {
        #[test]
        fn no_policy_of_a_grid_is_cheaper(
            holding in 0.5_f64..3.0, shortage in 1.0_f64..9.0, order_cost in 1.0_f64..30.0,
            demand in 0.2_f64..4.0, lead_time in 0.0_f64..3.0,
        ) {
            let found =
                reorder_point(UnitCosts { holding, shortage }, order_cost, demand, lead_time);
            let found = found.unwrap();
            let mean = demand * lead_time;
            let level = |y: i64| {
                let (mut cost, mut probability) = (0.0, (-mean).exp());
                for k in 0..120_i64 {
                    let gap = (y - k) as f64;
                    cost += probability * if gap > 0.0 { holding * gap } else { -shortage * gap };
                    probability *= mean / (k + 1) as f64;
                }
                cost
            };
            let cost = |r: i64, q: i64| {
                let levels: f64 = (r + 1..=r + q).map(level).sum();
                (order_cost * demand + levels) / q as f64
            };
            let best = cost(found.reorder_at, found.quantity);
            prop_assert!((best - found.cost).abs() < 1e-8 * best);
            for r in -8..12 {
                for q in 1..25 {
                    prop_assert!(cost(r, q) >= best - 1e-8);
                }
            }
        }
    }
}
