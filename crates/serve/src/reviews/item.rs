//! One item's reviews: its review score and the score of each aspect.

use serde::Serialize;
use utoipa::ToSchema;

use super::aspects::{self, AspectReport};
use super::report::{Figures, Voice};
use super::review::Scored;
use super::trend::mean;
use crate::error::ServeError;
use crate::shop::Shop;

/// Quotes of praise and of complaint of an aspect.
const QUOTES: usize = 1;

/// What the reviews of an item say.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ItemReviews {
    /// The item.
    pub item_id: String,
    /// Its name, where the catalogue has one.
    pub title: Option<String>,
    /// Its reviews.
    pub reviews: usize,
    /// Mean stars from 0 to 5; none without ratings.
    pub rating: Option<f64>,
    /// Share of content reviews among those whose words can be told; none where there is none.
    pub review_score: Option<f64>,
    /// Reviews that the score rests on.
    pub scored: usize,
    /// Aspects with their scores and the latest evidence.
    pub aspects: Vec<AspectReport>,
    /// Who says how content a review is.
    pub sentiment: Voice,
}

impl Shop {
    /// What the reviews of an item say; none of an item nobody knows.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub fn item_reviews(&self, item_id: &str) -> Result<Option<ItemReviews>, ServeError> {
        let row = self.item(item_id)?;
        let shelved = self.shelved()?;
        let own = |scored: &&Scored| scored.review.item_id == item_id;
        let reviews: Vec<&Scored> =
            shelved.reviews.iter().map(|scored| &**scored).filter(own).collect();
        if row.is_none() && reviews.is_empty() {
            return Ok(None);
        }
        let figures = Figures::of(&reviews);
        Ok(Some(ItemReviews {
            item_id: item_id.to_owned(),
            title: row.and_then(|row| row.title),
            reviews: reviews.len(),
            rating: mean(figures.stars, figures.rated),
            review_score: mean(figures.content as f64, figures.told),
            scored: figures.told,
            aspects: aspects::report(&reviews, QUOTES, self),
            sentiment: Voice::of(shelved.sentiment.report()),
        }))
    }
}
