//! What reviews and questions say, in Chinese and English: labels, sentiment, aspects, topics.
//!
//! A [`TextClassifier`] learns labels from texts and says how sure it is. Nothing here knows a
//! shop, reads a clock, or touches a file but a model's own.

mod aspect;
mod blend;
mod change;
mod classifier;
mod clause;
mod error;
mod language;
mod lbfgs;
mod lexicon;
mod measures;
mod near_duplicates;
mod ngrams;
mod normalise;
mod part;
mod phrases;
mod quantise;
mod regression;
mod retrieval;
mod shop_sentiment;
mod sparse;
mod store;
mod term;
mod topics;
mod weighting;

pub use aspect::{Aspects, Mention, Polarity};
pub use change::{ShareChange, discoveries, share_change};
pub use classifier::{Abstention, Prediction, TextClassifier, TextClassifierConfig};
pub use clause::clauses;
pub use error::TextError;
pub use language::{Language, detect, is_han};
pub use lexicon::{Leaning, Lexicon};
pub use measures::{Measures, auc, top};
pub use near_duplicates::near_duplicates;
pub use ngrams::Ngrams;
pub use normalise::normalise;
pub use part::PartConfig;
pub use retrieval::{Answer, TextIndex};
pub use shop_sentiment::{SentimentReport, ShopSentiment, Speaker, label_of_rating};
pub use store::FORMAT_VERSION;
pub use term::{Cut, fit_terms, term_context};
pub use topics::{KeyPhrase, key_phrases};
pub use weighting::Weighting;
