//! Exams, training, bundles, and what serving makes of them.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails, as it should")]

mod bundles;
mod champion;
mod content;
mod exams;
mod parity;
mod registry;
mod shops;
