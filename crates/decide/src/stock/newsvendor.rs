//! One chance to order before demand shows.
//!
//! The least `y` with `P(D ≤ y) ≥ p / (h + p)`; cost `h E(y − D)⁺ + p E(D − y)⁺`.
//!
//! Symbols: `y`, `D`, units; `h`, cost of a unit left over; `p`, cost of a unit lacking. Time and
//! memory `O(1)` beyond those of the distribution.
//! Source: K. Arrow, T. Harris and J. Marschak, "Optimal inventory policy", Econometrica 19, 1951,
//! section 4; L. Snyder and Z. Shen, "Fundamentals of supply chain theory", 2nd edition, 2019,
//! section 4.3.

use super::{Demand, UnitCosts};
use crate::error::DecideError;

/// How much to stock for one chance, and what it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StockUp {
    /// Units.
    pub stock: f64,
    /// Expected cost.
    pub cost: f64,
    /// Probability that demand is covered.
    pub critical_ratio: f64,
    /// Units expected to be left.
    pub left: f64,
    /// Units expected to lack.
    pub lacking: f64,
}

/// The best stock.
///
/// # Errors
/// When a cost is not above 0.
pub fn newsvendor(costs: UnitCosts, demand: &Demand) -> Result<StockUp, DecideError> {
    costs.check("newsvendor")?;
    let critical_ratio = costs.critical_ratio();
    let stock = demand.quantile(critical_ratio);
    let (left, lacking) = (demand.left(stock), demand.lacking(stock));
    let cost = costs.holding * left + costs.shortage * lacking;
    Ok(StockUp { stock, cost, critical_ratio, left, lacking })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Poisson;
    use super::*;

    #[test]
    fn the_textbook_cases_come_out() {
        // stockpyl 1.0.2 newsvendor_normal and newsvendor_poisson.
        let costs = UnitCosts { holding: 0.18, shortage: 0.70 };
        let normal = Demand::Normal { mean: 50.0, deviation: 8.0 };
        let found = newsvendor(costs, &normal).unwrap();
        assert!((found.stock - 56.603_956).abs() < 1e-6, "{found:?}");
        assert!((found.cost - 1.997_605).abs() < 1e-6, "{found:?}");
        let costs = UnitCosts { holding: 1.0, shortage: 4.0 };
        let found = newsvendor(costs, &Demand::Poisson(Poisson::new(6.0).unwrap())).unwrap();
        assert_eq!(found.stock, 8.0);
        assert!((found.cost - 3.570_107).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_cost_of_zero_is_refused() {
        let costs = UnitCosts { holding: 0.0, shortage: 4.0 };
        let error = newsvendor(costs, &Demand::Normal { mean: 5.0, deviation: 1.0 }).unwrap_err();
        assert!(error.to_string().contains("holding cost is 0"), "{error}");
    }

    proptest! {
        #[test]
        fn no_other_stock_is_cheaper(
            cases in prop::collection::vec(0.0_f64..50.0, 1..40),
            holding in 0.1_f64..5.0,
            shortage in 0.1_f64..5.0,
        ) {
            let costs = UnitCosts { holding, shortage };
            let found = newsvendor(costs, &Demand::cases(cases.clone()).unwrap()).unwrap();
            let n = cases.len() as f64;
            let cost = |stock: f64| {
                let of = |case: &f64| {
                    holding * (stock - case).max(0.0) + shortage * (case - stock).max(0.0)
                };
                cases.iter().map(of).sum::<f64>() / n
            };
            prop_assert!((found.cost - cost(found.stock)).abs() < 1e-9);
            for stock in &cases {
                prop_assert!(found.cost <= cost(*stock) + 1e-9);
            }
        }
    }
}
