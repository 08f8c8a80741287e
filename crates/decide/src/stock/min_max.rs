//! Review stock every period; at `s` or below order up to `S`: the exact (s, S) for Poisson demand.
//!
//! `c(s, S) = [ K + Σ_{j < S − s} m(j) G(S − j) ] / M(S − s)`, with the renewal density
//! `m(0) = 1 / (1 − P(0))`, `m(j) = Σ_{1 ≤ l ≤ j} P(l) m(j − l) / (1 − P(0))`,
//! `M(j) = Σ_{i < j} m(i)` and `G(y) = h E(y − D)⁺ + p E(D − y)⁺`. From the minimum `y*` of `G`,
//! `s` is lowered while `c(s, y*) > G(s)`; then each larger `S` with `G(S) ≤ c` is tried, and `s`
//! raised while `c(s, S) ≤ G(s + 1)`.
//!
//! Symbols: `K`, cost of an order; `h`, `p`, cost of a unit left, or owed, at the end of a period;
//! `P(k)`, probability of demand `k` in the time covered. Time `O((S − s)²)` per `S` at most,
//! memory `O(S − s)`.
//! Source: Y. Zheng and A. Federgruen, "Finding optimal (s, S) policies is about as simple as
//! evaluating a single policy", Operations Research 39(4), 1991, section 2.

use super::{Poisson, UnitCosts, above_zero, not_below_zero};
use crate::error::DecideError;

const WHAT: &str = "(s, S) policy";
/// Levels apart beyond this are refused: count in dozens.
const SPREAD_MAX: i64 = 20_000;

/// When to order and up to what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinMax {
    /// Order at this stock or below (`s`).
    pub order_at: i64,
    /// Up to this stock (`S`).
    pub order_up_to: i64,
    /// Cost per period.
    pub cost: f64,
}

/// Costs of levels and the renewal sums, grown as far as they are asked for.
struct Costs<'a> {
    unit: UnitCosts,
    order_cost: f64,
    /// Demand between orders: of one period.
    period: &'a Poisson,
    /// Demand of the lead time and one period.
    covered: &'a Poisson,
    renewals: Vec<f64>,
    renewal_sums: Vec<f64>,
}

impl Costs<'_> {
    fn level(&self, y: i64) -> f64 {
        self.unit.holding * self.covered.left(y) + self.unit.shortage * self.covered.lacking(y)
    }

    fn grow(&mut self, spread: usize) {
        let moves = 1.0 - self.period.probability(0);
        while self.renewals.len() < spread {
            let j = self.renewals.len();
            let next = if j == 0 {
                1.0 / moves
            } else {
                let of = |l: usize| self.period.probability(l) * self.renewals[j - l];
                (1..=j).map(of).sum::<f64>() / moves
            };
            self.renewals.push(next);
            let before = self.renewal_sums.last().copied().unwrap_or(0.0);
            self.renewal_sums.push(before + next);
        }
    }

    fn policy(&mut self, s: i64, top: i64) -> f64 {
        let spread = usize::try_from(top - s).unwrap_or(0).max(1);
        self.grow(spread);
        let levels = self.renewals[..spread].iter().enumerate();
        let held: f64 = levels.map(|(j, m)| m * self.level(top - j as i64)).sum();
        (self.order_cost + held) / self.renewal_sums[spread - 1]
    }
}

/// The cheapest policy for orders that arrive `lead_periods` later.
///
/// # Errors
/// When a cost or the demand is not above 0, the lead time is below 0, or the levels lie too far
/// apart.
pub fn min_max(
    unit: UnitCosts,
    order_cost: f64,
    demand: f64,
    lead_periods: f64,
) -> Result<MinMax, DecideError> {
    unit.check(WHAT)?;
    above_zero(WHAT, "cost of an order", order_cost)?;
    above_zero(WHAT, "demand", demand)?;
    not_below_zero(WHAT, "lead time", lead_periods)?;
    let (period, covered) = (Poisson::new(demand)?, Poisson::new(demand * (lead_periods + 1.0))?);
    let best_level = covered.quantile(unit.critical_ratio());
    let mut costs = Costs {
        unit,
        order_cost,
        period: &period,
        covered: &covered,
        renewals: Vec::new(),
        renewal_sums: Vec::new(),
    };
    let too_far = || {
        let reason = format!("levels would lie {SPREAD_MAX} units apart; count in larger units");
        DecideError::Input { what: WHAT, reason }
    };
    let (mut s, mut top) = (best_level - 1, best_level);
    while costs.policy(s, top) > costs.level(s) {
        s -= 1;
        if top - s > SPREAD_MAX {
            return Err(too_far());
        }
    }
    let mut cost = costs.policy(s, top);
    let mut tried = top + 1;
    while costs.level(tried) <= cost {
        if tried - s > SPREAD_MAX {
            return Err(too_far());
        }
        if costs.policy(s, tried) < cost {
            top = tried;
            while costs.policy(s, top) <= costs.level(s + 1) {
                s += 1;
            }
            cost = costs.policy(s, top);
        }
        tried += 1;
    }
    Ok(MinMax { order_at: s, order_up_to: top, cost })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_textbook_case_comes_out() {
        // stockpyl 1.0.2 s_s_discrete_exact(1, 4, 5, True, 6).
        let costs = UnitCosts { holding: 1.0, shortage: 4.0 };
        let found = min_max(costs, 5.0, 6.0, 0.0).unwrap();
        assert_eq!((found.order_at, found.order_up_to), (4, 10));
        assert!((found.cost - 8.034_112).abs() < 1e-6, "{found:?}");
        assert!(min_max(costs, 5.0, 0.0, 0.0).is_err());
        assert!(min_max(costs, 1e12, 1.0, 0.0).unwrap_err().to_string().contains("apart"));
    }

    /// The long-run cost of a policy by the chain of stock positions after ordering.
    fn by_chain(unit: UnitCosts, order_cost: f64, mean: f64, s: i64, top: i64) -> f64 {
        let n = usize::try_from(top - s).unwrap();
        let period = Poisson::new(mean).unwrap();
        let mut share = vec![1.0 / n as f64; n];
        for _ in 0..4_000 {
            let mut next = vec![0.0; n];
            for (j, p) in share.iter().enumerate() {
                let mut stays = 0.0;
                for (k, cell) in next[j..].iter_mut().enumerate() {
                    *cell += p * period.probability(k);
                    stays += period.probability(k);
                }
                next[0] += p * (1.0 - stays);
            }
            share = next;
        }
        let level = |y: i64| unit.holding * period.left(y) + unit.shortage * period.lacking(y);
        let ordering: f64 = share
            .iter()
            .enumerate()
            .map(|(j, p)| p * (1.0 - (0..n - j).map(|k| period.probability(k)).sum::<f64>()))
            .sum();
        let held: f64 = share.iter().enumerate().map(|(j, p)| p * level(top - j as i64)).sum();
        held + order_cost * ordering
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn no_policy_of_a_grid_is_cheaper(
            holding in 0.5_f64..2.0, shortage in 2.0_f64..8.0, order_cost in 1.0_f64..20.0,
            demand in 0.5_f64..4.0,
        ) {
            let unit = UnitCosts { holding, shortage };
            let found = min_max(unit, order_cost, demand, 0.0).unwrap();
            let own = by_chain(unit, order_cost, demand, found.order_at, found.order_up_to);
            prop_assert!((own - found.cost).abs() < 1e-6, "{own} {found:?}");
            for s in found.order_at - 2..=found.order_at + 2 {
                for top in (s + 1).max(found.order_up_to - 2)..=found.order_up_to + 2 {
                    prop_assert!(by_chain(unit, order_cost, demand, s, top) >= own - 1e-6);
                }
            }
        }
    }
}
