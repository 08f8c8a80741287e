//! Contacts, overview and profile against slow obvious twins on random logs.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails, as it should")]

mod attribution;
mod baskets;
mod behaviour;
mod clean_columns;
mod clean_people;
mod contacts;
mod demand;
mod funnel;
mod habits;
mod kernel;
mod logs;
mod newcomers;
mod overview;
mod paths;
mod profile;
mod random_log;
mod retention;
mod rfm;
mod segments;
mod session;
mod step_rule;
mod steps;

/// Random logs per property.
const CASES: u32 = 2_000;
