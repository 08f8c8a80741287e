//! The record of a decision: what was asked, what was chosen, what it is worth, and why.
//!
//! Amounts are integer minor units and probabilities are parts per million, so that a replayed
//! record is equal to the stored one to the last digit.

use event::{Bilingual, Currency, ItemId, SiteId};
use serde::Serialize;
use serde_json::Value;

/// The kinds of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// What to recommend to whom.
    Recommend,
    /// Whom to reach with which offer.
    Market,
    /// What to charge.
    Price,
    /// What to order.
    Stock,
}

impl Kind {
    /// Its name, as stored and answered.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recommend => "recommend",
            Self::Market => "market",
            Self::Price => "price",
            Self::Stock => "stock",
        }
    }
}

/// How a decision came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The model chose.
    Model,
    /// The baseline chose, because nothing better is known or it is the better one.
    Baseline,
    /// Nobody chose: too little is known to say anything.
    NotEnoughData,
}

/// One chosen action: here, an item at a position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Position from 1.
    pub position: u32,
    /// The item.
    pub item_id: ItemId,
    /// Its name, or its id where the catalogue has none.
    pub title: String,
    /// Its price in minor units, where known.
    pub price_minor: Option<i64>,
    /// Currency of the price.
    pub currency: Option<Currency>,
    /// The model's score; comparable within one decision only.
    pub score: f32,
    /// Predicted response in parts per million, where it was measured.
    pub probability_ppm: Option<u32>,
    /// `probability × price`, where both are known.
    pub expected_value_minor: Option<i64>,
    /// Where the candidate came from.
    pub sources: Vec<&'static str>,
    /// Why it was chosen.
    pub reason: Reason,
}

/// Why an item was chosen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// Stable code: `because_bought`, `because_viewed`, `bought_together`, `popular`.
    pub code: &'static str,
    /// The reason as a sentence.
    pub text: Bilingual,
    /// What carries it, strongest first.
    pub evidence: Vec<Evidence>,
}

/// A past interaction that carries a reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The item met before.
    pub item_id: ItemId,
    /// Its name.
    pub title: String,
    /// What it adds to the score.
    pub contribution: f32,
}

/// An amount with its 95 % interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// The estimate in minor units.
    pub minor: i64,
    /// Lower end.
    pub low_minor: i64,
    /// Upper end.
    pub high_minor: i64,
    /// Currency of all three.
    pub currency: Currency,
    /// What exactly is estimated.
    pub definition: Bilingual,
}

/// What would have been done without the model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Baseline {
    /// Its name.
    pub name: &'static str,
    /// What it would have chosen.
    pub items: Vec<Choice>,
    /// What that is worth.
    pub expected_value: Option<Estimate>,
}

/// A constraint that removed candidates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Binding {
    /// Stable code.
    pub code: &'static str,
    /// How many candidates it removed.
    pub count: usize,
    /// The constraint as a sentence.
    pub text: Bilingual,
}

/// The model a decision rests on, by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct ModelRef {
    /// Algorithm.
    pub name: String,
    /// Version in the registry.
    pub version: String,
    /// When it was trained, RFC 3339 in the shop's zone.
    pub trained_at: String,
}

/// A decision as it is stored, answered and replayed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Record {
    /// Identity.
    pub decision_id: String,
    /// Kind.
    pub kind: Kind,
    /// Shop.
    pub site: SiteId,
    /// When, RFC 3339 in the shop's zone.
    pub made_at: String,
    /// The model it rests on.
    pub model: ModelRef,
    /// How it came out.
    pub outcome: Outcome,
    /// The chosen actions.
    pub items: Vec<Choice>,
    /// What they are worth.
    pub expected_value: Option<Estimate>,
    /// The alternative.
    pub baseline: Baseline,
    /// What bound.
    pub binding: Vec<Binding>,
    /// Anything a reader should know before trusting it.
    pub note: Option<Bilingual>,
    /// The request, whole, so that the decision can be made again.
    pub request: Value,
}
