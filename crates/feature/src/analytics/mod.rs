//! Questions people ask of behaviour, each with one stated counting unit.
//!
//! An analytic is a plan (what is asked), a kernel over whole people ([`crate::kernel`]) and a
//! report. `Report::read` takes a user-ordered scan that holds the columns of `plan.reads()`.

pub mod attribution;
pub mod baskets;
pub mod calendar;
mod channel_path;
pub mod fp_growth;
pub mod funnel;
pub mod markov;
pub mod newcomers;
pub mod paths;
mod placed_order;
pub mod retention;
pub mod rfm;
pub mod rule;
mod rule_text;
pub mod segments;
mod step_columns;
pub mod step_rule;
mod sums_by_key;
mod table_column;
