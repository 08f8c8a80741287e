//! Advice about a whole shop: whom to reach, what to charge, what to order.

mod kept;
pub mod stock;

pub use kept::{AdviceRequest, KeptAdvice, LifeStep, Settled, State};

use event::TimeMs;

/// Under which name and when advice is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Identity.
    pub decision_id: String,
    /// When.
    pub made_at: TimeMs,
}
