//! How demand answers to price.

mod elasticity;

pub use elasticity::{Elasticity, LogLog, shrunk};
