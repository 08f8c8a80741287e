//! Recommenders that filter signals on the graph of shoppers and items.

pub(crate) mod eigen;
pub(crate) mod graph_filter;
pub(crate) mod spectrum;
