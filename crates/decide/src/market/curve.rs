//! What more or less money would earn: profit against budget.

use super::field::{Bounds, Field};
use super::fill::{Order, fill};
use super::input::Market;
use super::prices::{Prices, ROUGH, settle};

/// Points of the curve.
const POINTS: usize = 20;
/// People that the curve is drawn from at most; of more, a sample is taken by their ids.
pub(super) const CURVE_PEOPLE: usize = 20_000;

/// One budget and what it would earn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Money.
    pub budget: f64,
    /// Expected incremental profit of a plan within it.
    pub profit: f64,
    /// What one more unit of money would earn there, the unit itself taken off.
    pub marginal: f64,
    /// People contacted.
    pub people: usize,
}

/// Budgets evenly spaced up to twice the one given, or up to the point where more money does
/// nothing; budgets that cannot pay for the minima of groups have no point.
pub(super) fn curve(market: &Market, field: &Field, bounds: &Bounds) -> Vec<CurvePoint> {
    let sampled;
    let (part, scale) = if field.len() > CURVE_PEOPLE {
        sampled = field.sample(market, CURVE_PEOPLE);
        (&sampled, field.len() as f64 / sampled.len().max(1) as f64)
    } else {
        (field, 1.0)
    };
    let bounds = if scale > 1.0 { bounds.scaled(1.0 / scale) } else { bounds.clone() };
    let unlimited = Bounds { budget: f64::INFINITY, ..bounds.clone() };
    let (free, _) = settle(part, &unlimited, Prices::free(&bounds), ROUGH);
    let Some(most) = fill(part, &unlimited, &free, Order::Priced) else { return Vec::new() };
    let most_spent: f64 = most.placed(part).map(|(_, action)| action.cost).sum();
    let asked = bounds.budget > 0.0 && bounds.budget.is_finite();
    let top = if asked { most_spent.min(2.0 * bounds.budget) } else { most_spent };
    if top <= 0.0 {
        return Vec::new();
    }
    let mut points: Vec<CurvePoint> = Vec::with_capacity(POINTS);
    let mut prices = free;
    for at in (1..=POINTS).rev() {
        let budget = top * at as f64 / POINTS as f64;
        let at_budget = Bounds { budget, ..bounds.clone() };
        (prices, _) = settle(part, &at_budget, prices, ROUGH);
        let orders = [Order::Priced, Order::Cheapest, Order::Biggest];
        let plans = orders.iter().filter_map(|order| fill(part, &at_budget, &prices, *order));
        let Some(plan) = plans.max_by(|a, b| a.profit.total_cmp(&b.profit)) else { continue };
        points.push(CurvePoint {
            budget: budget * scale,
            profit: plan.profit * scale,
            marginal: prices.money,
            people: (plan.placed(part).count() as f64 * scale).round() as usize,
        });
    }
    points.reverse();
    // What a smaller budget earns a larger one earns too.
    for at in 1..points.len() {
        if points[at].profit < points[at - 1].profit {
            (points[at].profit, points[at].people) = (points[at - 1].profit, points[at - 1].people);
        }
    }
    points
}
