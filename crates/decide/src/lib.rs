//! Costed, explained decisions and the record that replays them.
//!
//! Every decision has one shape: candidates × predicted response × unit economics × constraints →
//! chosen actions, expected value with an interval, the baseline it beats, what binds, and why.
//! This crate neither trains nor serves: it is handed fitted models and a catalogue.

pub mod advice;
pub mod decision;
pub mod error;
pub mod market;
pub mod recommend;
pub mod record;
pub mod stock;

pub use advice::Advice;
pub use decision::Decision;
pub use error::DecideError;
pub use record::{
    Baseline, Binding, Choice, Estimate, Evidence, Kind, ModelRef, Outcome, Reason, Record,
};
