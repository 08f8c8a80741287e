//! What is asked of a recommendation.

use feature::ContactKind;
use serde::{Deserialize, Serialize};

/// For whom, or beside what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A known person.
    UserId(String),
    /// A visitor.
    AnonId(String),
    /// An item: what goes with it.
    Item(String),
}

/// What to do with items the person holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnedRule {
    /// Leave out what is owned or seen: the slate is for discovery.
    #[default]
    Exclude,
    /// Let both in: the shop sells what is bought again.
    Allow,
}

/// One past interaction, as weighted at the time of the decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryItem {
    /// The item.
    pub item_id: String,
    /// Sum of the faded weights of all contacts with it.
    pub weight: f32,
    /// The strongest kind of contact.
    pub kind: ContactKind,
}

/// A request, with everything the decision depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecommendRequest {
    /// For whom, or beside what.
    pub subject: Subject,
    /// Where the slate is shown.
    pub surface: String,
    /// How many items.
    pub n: usize,
    /// Items not to show.
    pub exclude: Vec<String>,
    /// What to do with owned items.
    pub owned_rule: OwnedRule,
    /// Items the person holds.
    pub owned: Vec<String>,
    /// Items the person met without buying, where slates are judged by new attention; empty where
    /// they are judged by purchases, for a viewed item may still be bought.
    pub seen: Vec<String>,
    /// Past interactions.
    pub history: Vec<HistoryItem>,
}
