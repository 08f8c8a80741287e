//! What a saved model says about itself.

use serde::{Deserialize, Serialize};

use crate::registry::ModelConfig;

/// The format version this crate writes and the latest it reads.
pub const FORMAT_VERSION: u64 = 1;

/// The contents of `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format.
    pub format_version: u64,
    /// Which model it is and how it was trained.
    pub config: ModelConfig,
    /// Users it was trained on.
    pub n_users: usize,
    /// Items in its catalogue.
    pub n_items: usize,
    /// The shop's ids of the items, in the model's order, if the caller gave them.
    pub item_ids: Option<Vec<String>>,
    /// The seed, if chance took part.
    pub seed: Option<u64>,
    /// When it was trained, milliseconds since 1970 UTC, as the caller said.
    pub trained_at_ms: i64,
    /// File of the arrays, beside the manifest.
    pub tensors_file: String,
    /// SHA-256 of that file, in hexadecimal.
    pub tensors_sha256: String,
}

/// What the caller adds when a model is saved.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// The shop's ids of the items, in the model's order.
    pub item_ids: Option<Vec<String>>,
    /// When it was trained, milliseconds since 1970 UTC; this crate has no clock.
    pub trained_at_ms: i64,
}
