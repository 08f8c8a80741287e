//! Identifiers as newtypes, so that an item can never be passed where a user is meant.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::limits;

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text is empty or only white space.
    #[error("an identifier must not be empty")]
    Empty,
    /// The text is longer than [`limits::ID_BYTES`].
    #[error("an identifier has at most {} bytes", limits::ID_BYTES.value)]
    TooLong,
    /// The text holds a control character.
    #[error("an identifier must not hold control characters")]
    Control,
}

fn check(text: &str) -> Result<(), IdError> {
    if text.trim().is_empty() {
        Err(IdError::Empty)
    } else if text.len() > limits::ID_BYTES.value {
        Err(IdError::TooLong)
    } else if text.chars().any(char::is_control) {
        Err(IdError::Control)
    } else {
        Ok(())
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text: not empty, no control characters, at most
            /// [`limits::ID_BYTES`] bytes. Surrounding white space is dropped.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let text = text.trim();
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
    };
}

id! {
    /// An event, unique within its site.
    EventId
}
id! {
    /// A known person of one shop.
    UserId
}
id! {
    /// A browser or device whose person is not known.
    AnonId
}
id! {
    /// A visit as the sender counts it.
    SessionId
}
id! {
    /// What is sold, viewed, recommended.
    ItemId
}
id! {
    /// A variant of an item: size, colour.
    SkuId
}
id! {
    /// An order; the second idempotency key of purchases.
    OrderId
}
id! {
    /// One page view of an item, the key that later dwell reports refer to.
    ViewId
}
id! {
    /// A recommendation shown.
    RecId
}
id! {
    /// A list or category page shown.
    ListId
}
id! {
    /// A search made.
    SearchId
}
id! {
    /// A review.
    ReviewId
}

/// One shop. Lower-case letters, digits and `-`, at most 40, so that it can name a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SiteId(Arc<str>);

impl SiteId {
    /// Checks the text against the rule above.
    pub fn new(text: &str) -> Option<Self> {
        let shape = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let ok = (1..=limits::SITE_ID_BYTES.value).contains(&text.len())
            && text.bytes().all(shape)
            && !text.starts_with('-');
        ok.then(|| Self(text.into()))
    }

    /// The site as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SiteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The key a person's events are filed under: `u:` and the user id, or `a:` and the anonymous
/// id, or empty for events that belong to nobody (catalogue, prices, stock).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserKey(Arc<str>);

impl UserKey {
    /// The key of a known user, else of an anonymous visitor, else of nobody.
    pub fn of(user: Option<&UserId>, anon: Option<&AnonId>) -> Self {
        match (user, anon) {
            (Some(user), _) => Self::user(user.as_str()),
            (None, Some(anon)) => Self::anon(anon.as_str()),
            (None, None) => Self("".into()),
        }
    }

    /// The key of a known user.
    pub fn user(id: &str) -> Self {
        Self(format!("u:{id}").into())
    }

    /// The key of an anonymous visitor.
    pub fn anon(id: &str) -> Self {
        Self(format!("a:{id}").into())
    }

    /// A key read back from storage.
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The user id, when the key is a known user's.
    pub fn known_user(&self) -> Option<&str> {
        self.0.strip_prefix("u:")
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_trimmed_and_checked() {
        assert_eq!(ItemId::new(" 42 ").unwrap().as_str(), "42");
        assert_eq!(ItemId::new("  "), Err(IdError::Empty));
        assert_eq!(ItemId::new("a\u{0}b"), Err(IdError::Control));
        assert_eq!(ItemId::new(&"x".repeat(limits::ID_BYTES.value + 1)), Err(IdError::TooLong));
    }

    #[test]
    fn a_site_names_a_folder() {
        assert!(SiteId::new("gifts-2").is_some());
        for bad in ["", "-x", "Gifts", "a/b", "..", &"x".repeat(41)] {
            assert!(SiteId::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn known_and_anonymous_keys_never_meet() {
        assert_ne!(UserKey::user("7"), UserKey::anon("7"));
        assert_eq!(UserKey::user("7").known_user(), Some("7"));
        assert_eq!(UserKey::anon("7").known_user(), None);
    }
}
