//! The event vocabulary as a whole: golden files, refusals, round trips, the Arrow table.

#![expect(clippy::unwrap_used, reason = "a test helper that cannot go on should stop the test")]

mod golden;
mod properties;
mod table;
