//! Contacts, overview and profile against slow obvious twins on random logs.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails, as it should")]

mod contacts;
mod kernel;
mod logs;
mod overview;
mod profile;
mod random_log;

/// Random logs per property.
const CASES: u32 = 2_000;
