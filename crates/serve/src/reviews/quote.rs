//! A piece of a review as it was written, with the part that is the evidence apart.
//!
//! The parts are text and stay text: whoever shows them escapes them.

use std::ops::Range;

use serde::Serialize;
use text::{clauses, is_han, normalise};
use utoipa::ToSchema;

use super::review::Scored;
use crate::shop::Shop;
use event::TimeMs;

/// Characters shown on either side of the evidence.
const AROUND: usize = 80;

/// A quote from a review.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Quote {
    /// The review.
    pub review_id: String,
    /// The item.
    pub item_id: String,
    /// When it was written, in the shop's zone.
    pub time: String,
    /// Stars from 0 to 5, where it has some.
    pub rating: Option<f64>,
    /// What stands before the evidence.
    pub before: String,
    /// The evidence: the clause that says so.
    pub clause: String,
    /// What stands after it.
    pub after: String,
}

impl Quote {
    /// The clause of a review with what stands around it.
    pub(super) fn of(scored: &Scored, clause: &Range<usize>, shop: &Shop) -> Self {
        let review = &scored.review;
        let (before, after) = (&review.text[..clause.start], &review.text[clause.end..]);
        let skip = before.chars().count().saturating_sub(AROUND);
        let before: String = before.chars().skip(skip).collect();
        let start: String = after.chars().take(AROUND).collect();
        let more = if start.len() < after.len() { "…" } else { "" };
        Self {
            review_id: review.review_id.clone(),
            item_id: review.item_id.clone(),
            time: shop.local_time(TimeMs(review.time_ms)),
            rating: review.rating,
            before: if skip > 0 { format!("…{before}") } else { before },
            clause: review.text[clause.clone()].to_owned(),
            after: start + more,
        }
    }

    /// The first of reviews with a clause that holds a phrase, which is normalised.
    pub(super) fn with_phrase<'a>(
        phrase: &str,
        reviews: impl IntoIterator<Item = &'a Scored>,
        shop: &Shop,
    ) -> Option<Self> {
        reviews.into_iter().find_map(|scored| {
            // Most reviews do not hold it; cutting them into clauses is the dear part.
            if !holds(&normalise(&scored.review.text), phrase) {
                return None;
            }
            let says = |range: &Range<usize>| {
                holds(&normalise(&scored.review.text[range.clone()]), phrase)
            };
            let clause = clauses(&scored.review.text).into_iter().find(says);
            Some(Self::of(scored, &clause.unwrap_or(0..scored.review.text.len()), shop))
        })
    }
}

/// Whether a text holds a phrase that does not begin or end inside a word; Han characters are
/// words of their own.
fn holds(text: &str, phrase: &str) -> bool {
    let inside = |before: Option<char>, after: Option<char>| {
        let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_han(c));
        in_word(before) && in_word(after)
    };
    text.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + phrase.len()..]);
        !inside(before.chars().next_back(), phrase.chars().next())
            && !inside(phrase.chars().next_back(), after.chars().next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_no_part_of_a_word() {
        assert!(!holds("i typically wear this", "call"));
        assert!(holds("typically, i call", "call"));
        assert!(holds("a bit see through", "bit see"));
        assert!(holds("这件面料很舒服", "面料"));
        assert!(holds("iphone手机壳", "手机"));
    }
}
