//! API keys: a prefix that tells the kind, 24 random bytes in hexadecimal, stored as SHA-256.
//!
//! A key is found by its hash, so how long a look-up takes says nothing about the key: whoever
//! tries keys cannot choose their hashes.

use std::fmt::Write as _;

use event::SiteId;
use lake::{KeyKind, Lake};
use sha2::{Digest, Sha256};

use crate::error::ServeError;

/// Random bytes of a key.
const KEY_BYTES: usize = 24;

/// A new key, to be shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its number, by which it is revoked.
    pub id: i64,
    /// The key itself: `wk_…`, `rk_…` or `sk_…`.
    pub text: String,
}

/// Makes a key for a site and stores its hash.
///
/// # Errors
/// When the system gives no random bytes or the hash cannot be stored.
pub fn create_key(
    lake: &Lake,
    site: &SiteId,
    kind: KeyKind,
    label: &str,
) -> Result<Key, ServeError> {
    let mut secret = [0_u8; KEY_BYTES];
    getrandom::fill(&mut secret).map_err(|error| ServeError::Random(error.to_string()))?;
    let mut text = format!("{}_", kind.prefix());
    for byte in secret {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    let id = lake.insert_key(site, kind, key_hash(&text), label)?;
    Ok(Key { id, text })
}

/// The hash under which a key is stored.
pub fn key_hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256() {
        // FIPS 180-4, the message "abc".
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let hash: String = key_hash("abc").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, expected);
    }
}
