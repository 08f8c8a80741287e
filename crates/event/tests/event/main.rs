//! The event vocabulary as a whole: golden files, refusals, round trips, the Arrow table.

mod golden;
mod properties;
mod table;
