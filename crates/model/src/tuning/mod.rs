//! Looking for better settings: spaces per model, the estimator that proposes the next trial, and
//! an evolutionary search for weights. Nothing here fits a model: the caller judges each proposal.

mod evolution;
mod space;
mod tpe;

pub use evolution::{Evolution, Found};
pub use space::{Range, SPACES, Scale, configured, space};
pub use tpe::{Tpe, Trial};
