//! What a shop's reviews say: scored as they arrive, reported, asked.
//!
//! Command line and `/v1/reviews/…` ask here with the same [`Parameters`](crate::Parameters), so
//! both refuse the same things and answer the same figures. Scores come from the crate `text`;
//! [`Score::of`](review::Score::of) is the pure step that every arriving review takes.

mod ask;
mod aspects;
mod changed;
mod classify;
mod groups;
mod item;
mod learn;
mod quote;
mod report;
mod review;
mod shelf;
mod suspects;
mod trend;

pub use ask::{Answers, FoundText, Source};
pub use aspects::AspectReport;
pub use changed::{Basis, ChangeRow, Changed};
pub use classify::{TextMention, TextScore};
pub use groups::{GroupBy, GroupReport, PhraseReport};
pub use item::ItemReviews;
pub use quote::Quote;
pub use report::{ReviewsReport, Voice};
pub use review::{Review, Score, Scored};
pub(crate) use shelf::Shelf;
pub use suspects::{Suspect, SuspectReview};
pub use trend::TrendPoint;
