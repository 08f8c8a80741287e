//! Cleaning as a declared plan with a report: what was looked at, what was flagged, filled or
//! changed, and the figures before and after.
//!
//! Stored events are never altered or dropped: rules about rows flag them and say why, rules about
//! a column hand back another column. [`plan`] is what to do, [`report`] what was found; between
//! them one file per rule. Rules about people are kernels ([`crate::kernel`]) and keep one person
//! at a time; a rule about a column keeps that column, 28 bytes per value and about 90 while it is
//! judged; clocks keep 16 bytes per event, doubles 8.

pub mod bots;
pub mod clocks;
pub mod column;
pub mod duplicates;
pub mod local_times;
pub mod missing;
pub mod near_duplicates;
pub mod outliers;
pub mod plan;
pub mod report;
pub mod scaling;
pub mod statistics;
pub mod summary;

pub use plan::{CleanPlan, Rule};
pub use report::{CleanReport, CleanShop, RuleReport};
pub use scaling::{Scaler, Scaling};
