//! Questions answered from a shop's reviews and product texts.

use std::sync::{Arc, PoisonError};

use serde::Serialize;
use text::TextIndex;
use utoipa::ToSchema;

use crate::analytics::Parameters;
use crate::analytics::refusal;
use crate::error::ServeError;
use crate::shop::Shop;

/// Answers unless told.
const ANSWERS: usize = 5;
/// Characters shown on either side of what answers.
const AROUND: usize = 120;

/// Where an answer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A review.
    Review,
    /// What the catalogue says of a product.
    Item,
}

/// A text that answers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FoundText {
    /// Where it stands.
    pub source: Source,
    /// The review's id or the item's.
    pub id: String,
    /// The item it is about.
    pub item_id: String,
    /// How well it answers, above 0; comparable within one answer only.
    pub score: f64,
    /// What stands before.
    pub before: String,
    /// The clause that answers best.
    pub clause: String,
    /// What stands after.
    pub after: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Answers {
    /// The question.
    pub question: String,
    /// Reviews and product texts that were looked at.
    pub texts: usize,
    /// Best first; empty where none holds a word of the question.
    pub answers: Vec<FoundText>,
}

impl Shop {
    /// The reviews and product texts that answer a question `q` best, `n` at most. Words between
    /// quotation marks must stand as they are.
    ///
    /// # Errors
    /// A parameter that cannot be used, by its name, or storage that cannot be read.
    pub fn ask_reviews(&self, parameters: &Parameters) -> Result<Answers, ServeError> {
        parameters.only(&["q", "n"])?;
        let question = parameters.text("q").map(str::trim).filter(|q| !q.is_empty());
        let question = question.ok_or_else(|| {
            refusal("q", "", "ask something, such as `does it shrink`", "请提问，如“会缩水吗”")
        })?;
        let n = parameters.number("n", 1..=50)?.unwrap_or(ANSWERS);
        let index = self.text_index()?;
        let answers = index.ask(question, n).into_iter().map(|found| {
            let (before, after) =
                (&found.text[..found.snippet.start], &found.text[found.snippet.end..]);
            let skip = before.chars().count().saturating_sub(AROUND);
            // Ids of this index: kind, item, then the review's own id, parted by line ends, which
            // no id holds.
            let mut parts = found.id.splitn(3, '\n');
            let source = match parts.next() {
                Some("review") => Source::Review,
                _ => Source::Item,
            };
            let item_id = parts.next().unwrap_or_default().to_owned();
            FoundText {
                source,
                id: parts.next().map_or_else(|| item_id.clone(), str::to_owned),
                item_id,
                score: found.score,
                before: before.chars().skip(skip).collect(),
                clause: found.text[found.snippet.clone()].to_owned(),
                after: after.chars().take(AROUND).collect(),
            }
        });
        let answers = answers.collect();
        Ok(Answers { question: question.to_owned(), texts: index.len(), answers })
    }

    /// The index of what can be asked, kept until a review arrives or the catalogue changes.
    fn text_index(&self) -> Result<Arc<TextIndex>, ServeError> {
        let shelved = self.shelved()?;
        let version = self.lake.items_version(&self.config().site)?;
        let mut held = shelved.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, index)) = &*held
            && *of == version
        {
            return Ok(index.clone());
        }
        let mut index = TextIndex::default();
        for scored in shelved.reviews.iter().filter(|scored| !scored.review.text.is_empty()) {
            let review = &scored.review;
            let id = format!("review\n{}\n{}", review.item_id, review.review_id);
            index.add(&id, &review.text);
        }
        for row in self.lake.items(&self.config().site)? {
            let attrs = row.attrs.iter().filter_map(|(_, value)| value.as_str());
            let parts = row.title.iter().chain(&row.category).map(String::as_str).chain(attrs);
            let text = parts.collect::<Vec<_>>().join("\n");
            if !text.is_empty() {
                index.add(&format!("item\n{}", row.item_id), &text);
            }
        }
        let index = Arc::new(index);
        *held = Some((version, index.clone()));
        Ok(index)
    }
}
