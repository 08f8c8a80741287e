//! Whom an offer changes: uplift learners, their measures, and the choice between them and simpler
//! rules by held-out value.

mod choice;
mod curves;
mod learner;
mod trial;

pub use choice::{UpliftChoice, Verdict, choose_uplift};
pub use curves::{Scored, ShareOf, auuc, qini, uplift_at};
pub use learner::{FittedUplift, Learner};
pub use trial::{Balance, Trial};
