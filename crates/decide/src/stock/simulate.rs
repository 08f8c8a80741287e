//! A policy played against demand, period by period: what it costs and how much it serves.
//!
//! Each period: what was ordered `L` periods ago arrives; the policy looks at stock on hand and on
//! order and may order; demand takes what is there; the rest is lost, or owed and served first.
//! Cost: `c = h · left + p · lacking + K · orders`, left and lacking at the end of each period.
//!
//! Symbols: `L`, lead time, periods; `h`, `p`, `K`, costs. Time `O(periods)`, memory
//! `O(lead time)`.
//! Source: L. Snyder and Z. Shen, "Fundamentals of supply chain theory", 2nd edition, 2019,
//! section 4.2 (sequence of events).

use std::collections::VecDeque;

use super::UnitCosts;

/// When and how much a policy orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Policy {
    /// Always up to a level.
    UpTo(f64),
    /// A fixed size whenever stock has fallen to a point, as often as needed.
    Fixed {
        /// Order at this stock or below.
        reorder_at: f64,
        /// Units per order, above 0.
        quantity: f64,
    },
    /// Up to a level whenever stock has fallen to a point.
    MinMax {
        /// Order at this stock or below.
        order_at: f64,
        /// Up to this stock.
        order_up_to: f64,
    },
}

impl Policy {
    /// Units ordered at a stock on hand and on order.
    #[must_use]
    pub fn order(self, position: f64) -> f64 {
        match self {
            Self::UpTo(level) => (level - position).max(0.0),
            Self::Fixed { reorder_at, quantity } if quantity > 0.0 => {
                if position > reorder_at {
                    return 0.0;
                }
                quantity * (((reorder_at - position) / quantity).floor() + 1.0)
            }
            Self::MinMax { order_at, order_up_to } if position <= order_at => {
                (order_up_to - position).max(0.0)
            }
            _ => 0.0,
        }
    }
}

/// The conditions of a simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shop {
    /// Cost of a unit left and of a unit lacking at the end of a period.
    pub costs: UnitCosts,
    /// Cost of an order.
    pub order_cost: f64,
    /// Periods from order to arrival; 0 arrives before the period's demand.
    pub lead_time: usize,
    /// Stock at the start.
    pub stock: f64,
    /// Whether demand that finds no stock waits.
    pub waits: bool,
}

/// What a policy came to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Played {
    /// All costs.
    pub cost: f64,
    /// Of holding.
    pub holding_cost: f64,
    /// Of lacking.
    pub shortage_cost: f64,
    /// Of ordering.
    pub ordering_cost: f64,
    /// Units asked for.
    pub demand: f64,
    /// Units served from stock in their own period.
    pub served: f64,
    /// Units ordered.
    pub ordered: f64,
    /// Mean stock at the end of a period.
    pub mean_stock: f64,
    /// Periods in which something lacked.
    pub periods_short: usize,
}

impl Played {
    /// Share of demand served from stock in its own period; 1 where nothing was asked for.
    #[must_use]
    pub fn fill_rate(&self) -> f64 {
        if self.demand > 0.0 { self.served / self.demand } else { 1.0 }
    }

    /// This and another item together; the mean stock adds up.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            cost: self.cost + other.cost,
            holding_cost: self.holding_cost + other.holding_cost,
            shortage_cost: self.shortage_cost + other.shortage_cost,
            ordering_cost: self.ordering_cost + other.ordering_cost,
            demand: self.demand + other.demand,
            served: self.served + other.served,
            ordered: self.ordered + other.ordered,
            mean_stock: self.mean_stock + other.mean_stock,
            periods_short: self.periods_short + other.periods_short,
        }
    }
}

/// Plays a policy, which may change from period to period, against demand; demand below 0 counts
/// as none.
pub fn simulate(shop: Shop, demand: &[f64], policy: impl Fn(usize) -> Policy) -> Played {
    let mut played = Played::default();
    let mut stock = shop.stock;
    let mut coming: VecDeque<f64> = VecDeque::from(vec![0.0; shop.lead_time]);
    for (period, &asked) in demand.iter().enumerate() {
        let asked = asked.max(0.0);
        stock += coming.pop_front().unwrap_or(0.0);
        let position = stock + coming.iter().sum::<f64>();
        let order = policy(period).order(position);
        if order > 0.0 {
            played.ordering_cost += shop.order_cost;
            played.ordered += order;
        }
        if shop.lead_time == 0 {
            stock += order;
        } else {
            coming.push_back(order);
        }
        let served = asked.min(stock.max(0.0));
        stock -= if shop.waits { asked } else { served };
        let lacking = if shop.waits { (-stock).max(0.0) } else { asked - served };
        played.demand += asked;
        played.served += served;
        played.holding_cost += shop.costs.holding * stock.max(0.0);
        played.shortage_cost += shop.costs.shortage * lacking;
        played.mean_stock += stock.max(0.0) / demand.len() as f64;
        played.periods_short += usize::from(lacking > 0.0);
    }
    played.cost = played.holding_cost + played.shortage_cost + played.ordering_cost;
    played
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: Shop = Shop {
        costs: UnitCosts { holding: 1.0, shortage: 4.0 },
        order_cost: 5.0,
        lead_time: 1,
        stock: 3.0,
        waits: true,
    };

    #[test]
    fn three_periods_by_hand() {
        // Up to 5, one period of waiting. 1: orders 2, sells 2, keeps 1. 2: 2 arrive, orders 2,
        // asked 6 with 3 there: 3 owed. 3: 2 arrive, 1 owed at the start, orders 6, asked 0.
        let played = simulate(SHOP, &[2.0, 6.0, 0.0], |_| Policy::UpTo(5.0));
        assert_eq!(played.served, 5.0);
        assert_eq!(played.holding_cost, 1.0);
        assert_eq!(played.shortage_cost, 4.0 * 3.0 + 4.0 * 1.0);
        assert_eq!(played.ordering_cost, 15.0);
        assert_eq!(played.ordered, 10.0);
        assert_eq!(played.periods_short, 2);
        assert!((played.fill_rate() - 5.0 / 8.0).abs() < 1e-12);
        // Lost instead of owed: after period 2 stock is 0, 2 arrive and stay.
        let lost = simulate(Shop { waits: false, ..SHOP }, &[2.0, 6.0, 0.0], |_| Policy::UpTo(5.0));
        assert_eq!((lost.shortage_cost, lost.holding_cost), (12.0, 3.0));
    }

    #[test]
    fn each_policy_orders_at_its_point() {
        let fixed = Policy::Fixed { reorder_at: 3.0, quantity: 4.0 };
        assert_eq!([4.0, 3.0, -2.0].map(|at| fixed.order(at)), [0.0, 4.0, 8.0]);
        let levels = Policy::MinMax { order_at: 3.0, order_up_to: 9.0 };
        assert_eq!([4.0, 3.0, -2.0].map(|at| levels.order(at)), [0.0, 6.0, 11.0]);
        assert_eq!(Policy::Fixed { reorder_at: 3.0, quantity: 0.0 }.order(0.0), 0.0);
        assert_eq!(simulate(SHOP, &[], |_| Policy::UpTo(5.0)), Played::default());
        assert_eq!(Played::default().fill_rate(), 1.0);
    }

    #[test]
    fn the_exact_policy_costs_in_the_long_run_what_it_promises() {
        // Poisson(6) by inversion of a fixed sequence of mixed bits (SplitMix64).
        let best = super::super::min_max::min_max(SHOP.costs, 5.0, 6.0, 0.0).unwrap();
        let periods = 200_000_u32;
        let drawn = |at: u32| {
            let mut z = u64::from(at + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let share = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
            let (mut k, mut p, mut left) = (0.0, (-6.0_f64).exp(), share);
            while left > p && k < 60.0 {
                left -= p;
                k += 1.0;
                p *= 6.0 / k;
            }
            k
        };
        let demand: Vec<f64> = (0..periods).map(drawn).collect();
        let policy =
            Policy::MinMax { order_at: best.order_at as f64, order_up_to: best.order_up_to as f64 };
        let shop = Shop { lead_time: 0, stock: 8.0, ..SHOP };
        let played = simulate(shop, &demand, |_| policy);
        let mean = played.cost / f64::from(periods);
        assert!((mean - best.cost).abs() < 0.1, "{mean} against {}", best.cost);
    }
}
