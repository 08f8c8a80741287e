//! Whom to reach with which offer: an audience under a budget and every other limit.
//!
//! [`plan`] takes people and what could be sent to each ([`Market`]) with [`Limits`], and answers
//! with a [`Plan`], or says which limits clash. `field` leaves who may be contacted, `draw` holds
//! some of them out, `prices` finds what money, channels and shares are worth, `fill` places
//! people by them, `clash` tells limits that cannot be kept together, `baseline` stands beside.

mod baseline;
mod clash;
mod curve;
mod draw;
mod field;
mod fill;
mod input;
mod plan;
mod prices;
mod words;

pub use baseline::{BaselineKind, BaselinePlan};
pub use curve::CurvePoint;
pub use draw::is_held_out;
pub use input::{Candidate, Cap, Limits, Market, Person, Share};
pub use plan::{Answer, Chosen, HeldOut, Plan, Worth, plan};

/// What inputs and errors of this module are called.
const WHAT: &str = "audience";
/// How far sums of money may exceed a limit by rounding, as a share of it.
const ROUNDING: f64 = 1e-12;
