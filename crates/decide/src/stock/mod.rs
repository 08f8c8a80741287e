//! What to stock: when to order, how much, and what being wrong costs.
//!
//! [`newsvendor`] answers for one chance to order, [`order_quantity`] for steady demand,
//! [`reorder_point`] for an order of fixed size, [`min_max`] for review every period with a cost
//! per order, [`lot_sizing`] for demand known ahead, [`base_stock`] for lead times that vary.
//! [`simulate`](simulate::simulate) plays a policy against demand and counts what it costs.
//! [`plan`](plan::plan) orders for a whole shop from an [`outlook`], within a budget;
//! [`plan_play`] judges it.

pub mod base_stock;
mod demand;
pub mod lot_sizing;
pub mod min_max;
pub mod newsvendor;
mod normal;
pub mod order_quantity;
pub mod outlook;
pub mod plan;
pub mod plan_advice;
pub mod plan_budget;
pub mod plan_play;
mod plan_plots;
pub mod plan_request;
mod plan_shelf;
mod plan_words;
mod poisson;
pub mod reorder_point;
pub mod simulate;

pub use demand::Demand;
pub use normal::{normal_cdf, normal_quantile};
pub use poisson::Poisson;

use crate::error::DecideError;

/// What holding one unit for one period and lacking it costs, in one currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnitCosts {
    /// Holding one unit for one period, or having one left over.
    pub holding: f64,
    /// Lacking one unit: the margin lost, or the cost of a backorder for one period.
    pub shortage: f64,
}

impl UnitCosts {
    /// The share of demand covered at which one more unit costs as much as it saves: `p / (h + p)`.
    #[must_use]
    pub fn critical_ratio(self) -> f64 {
        self.shortage / (self.holding + self.shortage)
    }

    fn check(self, what: &'static str) -> Result<(), DecideError> {
        above_zero(what, "holding cost", self.holding)?;
        above_zero(what, "shortage cost", self.shortage)
    }
}

/// Refuses a figure that is not finite and above 0.
fn above_zero(what: &'static str, name: &str, value: f64) -> Result<(), DecideError> {
    if value.is_finite() && value > 0.0 {
        return Ok(());
    }
    let reason = format!("the {name} is {value}, but must be finite and above 0");
    Err(DecideError::Input { what, reason })
}

/// Refuses a figure that is not finite and 0 or more.
fn not_below_zero(what: &'static str, name: &str, value: f64) -> Result<(), DecideError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(());
    }
    let reason = format!("the {name} is {value}, but must be finite and 0 or more");
    Err(DecideError::Input { what, reason })
}
