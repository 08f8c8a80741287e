//! A review as it is stored, and what its words say.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, TimestampMillisecondType, UInt32Type};
use arrow_array::{Array, RecordBatch};
use event::columns::ColumnError;
use feature::FeatureError;
use serde::Deserialize;
use text::{Aspects, Mention, ShopSentiment};

use crate::error::ServeError;

/// Columns a review is read from, beside those that order rows.
pub(super) const COLUMNS: [&str; 4] = ["type", "item_id", "rating", "data"];
/// Stars of the scale that ratings are told on.
pub(super) const STARS: f64 = 5.0;

/// A review.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// Its id.
    pub review_id: String,
    /// The item.
    pub item_id: String,
    /// The event that brought it.
    pub event_id: String,
    /// Whose it is, as people are filed.
    pub user_key: String,
    /// When, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Order within equal times.
    pub seq: u32,
    /// Stars from 0 to 5, where it has some.
    pub rating: Option<f64>,
    /// Headline and words, a line each; empty where it has stars only.
    pub text: String,
}

/// What a review's words say.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The probability that it is content; none where nothing in it can be told.
    pub content: Option<f64>,
    /// What it speaks of, each with its clause.
    pub mentions: Vec<Mention>,
}

/// A review with what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The review.
    pub review: Review,
    /// What its words say.
    pub score: Score,
}

#[derive(Deserialize)]
struct Words {
    review_id: String,
    title: Option<String>,
    text: Option<String>,
}

impl Score {
    /// Of a text. Pure: the same text and the same sentiment give the same score.
    pub fn of(text: &str, sentiment: &ShopSentiment, aspects: &Aspects) -> Self {
        if text.trim().is_empty() {
            return Self { content: None, mentions: Vec::new() };
        }
        Self { content: sentiment.probability(text), mentions: aspects.mentions(text) }
    }
}

impl Review {
    /// What comes first in time; a review that was written again counts as last written.
    pub(super) fn order(&self) -> (i64, u32, &str) {
        (self.time_ms, self.seq, &self.event_id)
    }

    /// Adds the reviews of a batch of events.
    pub(super) fn read(batch: &RecordBatch, out: &mut Vec<Self>) -> Result<(), ServeError> {
        let column = |name: &'static str| {
            let found = batch.column_by_name(name);
            found.ok_or(ServeError::Feature(FeatureError::Column(ColumnError(name))))
        };
        let kind = column("type")?.as_string::<i32>();
        let (item, data) = (column("item_id")?.as_string::<i32>(), column("data")?);
        let (data, user) = (data.as_string::<i32>(), column("user_key")?.as_string::<i32>());
        let event = column("id")?.as_string::<i32>();
        let time = column("time")?.as_primitive::<TimestampMillisecondType>();
        let seq = column("seq")?.as_primitive::<UInt32Type>();
        let rating = column("rating")?.as_primitive::<Float64Type>();
        for row in (0..batch.num_rows()).filter(|row| kind.value(*row) == "review") {
            let words: Words = serde_json::from_str(data.value(row))
                .map_err(|error| ServeError::Server(std::io::Error::other(error)))?;
            let parts = [words.title, words.text].into_iter().flatten();
            let parts: Vec<String> = parts.filter(|part| !part.trim().is_empty()).collect();
            out.push(Self {
                review_id: words.review_id,
                item_id: item.value(row).to_owned(),
                event_id: event.value(row).to_owned(),
                user_key: user.value(row).to_owned(),
                time_ms: time.value(row),
                seq: seq.value(row),
                rating: rating.is_valid(row).then(|| rating.value(row) * STARS),
                text: parts.join("\n"),
            });
        }
        Ok(())
    }
}
