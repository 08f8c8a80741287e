//! Recommenders whose scores are a history times a matrix of items by items.

pub(crate) mod ease;
mod inverse;
pub(crate) mod slim;
