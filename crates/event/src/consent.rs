//! What a person agreed to.

use serde::Serialize;

/// Consent by purpose. `None` means nobody asked. It is recorded with every event; nothing that
/// reads events obeys it yet, see PRIVACY.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Consent {
    /// Counting and improving the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytics: Option<bool>,
    /// Recommendations made from this person's behaviour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personalize: Option<bool>,
    /// Messages and offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marketing: Option<bool>,
}
