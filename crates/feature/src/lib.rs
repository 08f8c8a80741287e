//! From events to numbers: contacts, the interaction matrix, the splits models are judged on,
//! and the figures a shop is run by.
//!
//! Every heavy step is a pure function from Arrow batches to plain structures: no files, no
//! clock, no hidden state.

pub mod analytics;
pub mod arrange;
pub mod behaviour;
pub mod clean;
pub mod contacts;
pub mod demand;
pub mod error;
pub mod habits;
pub mod item_attributes;
pub mod kernel;
pub mod overview;
pub mod packed;
pub mod profile;
pub mod sequences;
pub mod session;
pub mod sparse;
pub mod split;
pub mod stock_out;
pub mod year_ago;

pub use contacts::{Contact, ContactKind, ContactLog, ContactWeights};
pub use error::FeatureError;
pub use item_attributes::{ItemAttributes, ItemEmbeddings, ItemFacts};
pub use sequences::Sequences;
pub use sparse::Csr;
