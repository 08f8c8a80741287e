//! How much a customer will still buy, and what it is worth, where nobody gives notice of leaving.
//!
//! [`Histories`] holds how often, how lately and how long each customer bought; [`BetaGeometric`]
//! (BG/NBD and MBG/NBD) and [`ParetoNbd`] say who is still alive and how often they will buy again;
//! [`GammaGamma`] says what they spend each time; [`lifetime_value`] puts the two together.

mod beta_geometric;
mod gamma_function;
mod gamma_gamma;
#[cfg(test)]
mod golden;
mod histories;
mod lifetime_value;
mod pareto_nbd;

pub use beta_geometric::{BetaGeometric, Dropout};
pub use gamma_gamma::{GammaGamma, Spend};
pub use histories::{Histories, History, REPEATS_MAX};
pub use lifetime_value::{Horizon, PurchaseModel, lifetime_value};
pub use pareto_nbd::ParetoNbd;
