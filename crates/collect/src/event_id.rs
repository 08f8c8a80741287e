//! Event ids of imported rows: a function of what the row says and nothing else, so that
//! importing a file again, or files in another order, stores nothing twice.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Digest of the values of a row under a map: 128 bits of SHA-256.
pub(crate) struct RowDigest(Sha256);

impl RowDigest {
    /// Starts with the map's name.
    pub fn new(map: &str) -> Self {
        let mut digest = Self(Sha256::new());
        digest.add(map);
        digest
    }

    /// Adds one value; its length goes first, so that values cannot run into each other.
    pub fn add(&mut self, value: &str) {
        self.0.update((value.len() as u64).to_le_bytes());
        self.0.update(value.as_bytes());
    }

    /// The digest.
    pub fn finish(self) -> u128 {
        let bytes = self.0.finalize();
        bytes.iter().take(16).fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
    }
}

/// `prefix:` and the digest in hexadecimal; a later occurrence of the same row has its number
/// behind it.
pub(crate) fn event_id(prefix: &str, digest: u128, occurrence: u32) -> String {
    let mut id = format!("{prefix}:{digest:032x}");
    if occurrence > 0 {
        // Writing to a String cannot fail.
        let _ = write!(id, "-{occurrence}");
    }
    id
}
