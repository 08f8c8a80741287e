//! The shapes of answers. Money is integer minor units, times are RFC 3339 in the shop's zone,
//! sentences come in both languages.

mod batch;
mod features;
mod item;
mod models;
mod overview;
mod person;
mod recommendation;

pub(crate) use batch::Batch;
pub(crate) use features::Features;
pub(crate) use item::{ItemMatch, ItemMatches, Similar};
pub(crate) use models::{ModelVersion, ModelVersionWhole, ModelVersions};
pub(crate) use overview::Overview;
pub(crate) use person::{Person, UserMatch, UserMatches};
pub(crate) use recommendation::Recommendation;

use event::Bilingual;
use serde::Serialize;
use utoipa::ToSchema;

/// A sentence in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Text {
    /// English.
    en: String,
    /// Simplified Chinese.
    zh: String,
}

impl Text {
    /// Both sentences.
    pub(crate) fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }
}

impl From<Bilingual> for Text {
    fn from(text: Bilingual) -> Self {
        Self { en: text.en, zh: text.zh }
    }
}

/// Whether the service runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    pub status: &'static str,
    /// The version that runs.
    pub version: &'static str,
}
