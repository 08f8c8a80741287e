//! When to order how much for demand known ahead: the Wagner-Whitin plan.
//!
//! `C(t) = min_{j > t} [ K + h Σ_{t < i < j} (i − t) d_i + C(j) ]`, `C(n) = 0`: an order at `t`
//! covers the periods up to `j`.
//!
//! Symbols: `d`, units per period (n); `K`, cost of an order; `h`, cost of a unit held for a
//! period. Time `O(n²)`, memory `O(n)`.
//! Source: H. Wagner and T. Whitin, "Dynamic version of the economic lot size model", Management
//! Science 5(1), 1958.
//! DIFFERENCE: periods without demand are not ordered for on their own.

use super::{above_zero, not_below_zero};
use crate::error::DecideError;

const WHAT: &str = "order plan";
/// Periods of a plan at most.
pub const PERIODS_MAX: usize = 5_000;

/// Orders by period.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderPlan {
    /// Units ordered in each period.
    pub orders: Vec<f64>,
    /// Cost of all orders and all holding.
    pub cost: f64,
}

/// The cheapest plan.
///
/// # Errors
/// When a demand is below 0, a cost is not above 0, or the plan is too long.
pub fn order_plan(order_cost: f64, holding: f64, demand: &[f64]) -> Result<OrderPlan, DecideError> {
    above_zero(WHAT, "cost of an order", order_cost)?;
    not_below_zero(WHAT, "holding cost", holding)?;
    for (period, &units) in demand.iter().enumerate() {
        not_below_zero(WHAT, &format!("demand of period {}", period + 1), units)?;
    }
    let n = demand.len();
    if n > PERIODS_MAX {
        let reason = format!("{n} periods, at most {PERIODS_MAX}; plan fewer at a time");
        return Err(DecideError::Input { what: WHAT, reason });
    }
    let mut cost = vec![0.0; n + 1];
    let mut next = vec![n; n + 1];
    for t in (0..n).rev() {
        if demand[t] == 0.0 {
            (cost[t], next[t]) = (cost[t + 1], t + 1);
            continue;
        }
        let (mut held, mut best) = (0.0, f64::INFINITY);
        for j in t + 1..=n {
            held += holding * (j - 1 - t) as f64 * demand[j - 1];
            let total = order_cost + held + cost[j];
            if total < best {
                (best, next[t]) = (total, j);
            }
        }
        cost[t] = best;
    }
    let mut orders = vec![0.0; n];
    let mut t = 0;
    while t < n {
        orders[t] = demand[t..next[t]].iter().sum();
        t = next[t];
    }
    Ok(OrderPlan { orders, cost: cost[0] })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_textbook_case_comes_out() {
        // stockpyl 1.0.2 wagner_whitin(4, 500, 2, [90, 120, 80, 70]).
        let plan = order_plan(500.0, 2.0, &[90.0, 120.0, 80.0, 70.0]).unwrap();
        assert_eq!(plan.orders, [210.0, 0.0, 150.0, 0.0]);
        assert_eq!(plan.cost, 1_380.0);
    }

    #[test]
    fn empty_idle_and_wrong_demand() {
        assert_eq!(order_plan(1.0, 1.0, &[]).unwrap().cost, 0.0);
        assert_eq!(order_plan(1.0, 1.0, &[0.0, 0.0]).unwrap().cost, 0.0);
        let error = order_plan(1.0, 1.0, &[1.0, -2.0]).unwrap_err().to_string();
        assert!(error.contains("demand of period 2 is -2"), "{error}");
        assert!(order_plan(1.0, 1.0, &vec![1.0; PERIODS_MAX + 1]).is_err());
    }

    proptest! {
        #[test]
        fn no_choice_of_order_periods_is_cheaper(
            demand in prop::collection::vec(0_u32..30, 1..9),
            order_cost in 1_u32..60,
            holding in 1_u32..4,
        ) {
            let demand: Vec<f64> = demand.into_iter().map(f64::from).collect();
            let (order_cost, holding) = (f64::from(order_cost), f64::from(holding));
            let plan = order_plan(order_cost, holding, &demand).unwrap();
            let mut best = f64::INFINITY;
            for set in 0..1_u32 << demand.len() {
                let (mut cost, mut last) = (0.0, None);
                for (t, units) in demand.iter().enumerate() {
                    if set >> t & 1 == 1 {
                        (cost, last) = (cost + order_cost, Some(t));
                    }
                    match last {
                        Some(at) => cost += holding * (t - at) as f64 * units,
                        None if *units > 0.0 => cost = f64::INFINITY,
                        None => {}
                    }
                }
                best = best.min(cost);
            }
            prop_assert!((plan.cost - best).abs() < 1e-9);
            let (ordered, asked): (f64, f64) = (plan.orders.iter().sum(), demand.iter().sum());
            prop_assert!((ordered - asked).abs() < 1e-9);
        }
    }
}
