//! What texts say that are not stored: sentiment and aspects of each.

use serde::Serialize;
use utoipa::ToSchema;

use super::review::Score;
use crate::error::ServeError;
use crate::shop::Shop;

/// What a text says.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TextScore {
    /// `zh`, `en`, … or `und` where it cannot be told.
    pub language: &'static str,
    /// The probability that it is content; none where nothing in it can be told.
    pub content: Option<f64>,
    /// What it speaks of.
    pub mentions: Vec<TextMention>,
}

/// An aspect a text speaks of.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TextMention {
    /// The aspect.
    pub aspect: String,
    /// `positive`, `neutral` or `negative`.
    pub polarity: &'static str,
    /// The clause that says so.
    pub clause: String,
}

impl Shop {
    /// What each text says, by the shop's own sentiment and word lists.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn classify_reviews(&self, texts: &[String]) -> Result<Vec<TextScore>, ServeError> {
        let shelved = self.shelved()?;
        let one = |text: &String| {
            let score = Score::of(text, &shelved.sentiment, &shelved.aspects);
            let mention = |m: text::Mention| TextMention {
                aspect: m.aspect,
                polarity: m.polarity.as_str(),
                clause: text[m.clause].to_owned(),
            };
            TextScore {
                language: text::detect(text).tag(),
                content: score.content,
                mentions: score.mentions.into_iter().map(mention).collect(),
            }
        };
        Ok(texts.iter().map(one).collect())
    }
}
