//! What is known of items beside who met them: what they are called, cost, belong to.
//!
//! Items × attributes, such as `category:toys`, `brand:acme`, `price:3` or `word:red`, with a
//! weight each, and where the shop has them one dense vector per item.

use crate::sparse::Csr;

/// Attributes of every item of a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemAttributes {
    /// What each column means.
    pub names: Vec<String>,
    /// Items × attributes, each weight above 0.
    pub weights: Csr,
    /// Dense vectors of items, if the shop has them: `items × k`, row after row.
    pub embeddings: Option<ItemEmbeddings>,
}

/// One dense vector per item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemEmbeddings {
    /// Length of a vector.
    pub k: usize,
    /// `items × k` numbers; a row of zeros for an item without a vector.
    pub values: Vec<f32>,
}
