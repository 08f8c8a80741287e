//! The decision kit: what every recommendation must keep, over small real models.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails, as it should")]

mod market;
mod outcomes;
mod reasons;
mod replay;
mod shop;
mod slates;
mod stock;
mod worth;

/// Random decisions per property.
const CASES: u32 = 400;
