//! Answers about items.

use decide::Choice;
use lake::ItemRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;

/// Items found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemMatches {
    /// Most popular first.
    pub items: Vec<ItemMatch>,
}

/// An item found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemMatch {
    /// The item.
    item_id: String,
    /// Its name, where the catalogue has one.
    title: Option<String>,
    /// Price in minor units, where known.
    price_minor: Option<i64>,
    /// Currency of the price.
    currency: Option<String>,
    /// People who bought, viewed or clicked it.
    buyers: u64,
}

impl ItemMatch {
    /// An item with the number of people who met it.
    pub(crate) fn of((item, people): (ItemRow, u64)) -> Self {
        Self {
            item_id: item.item_id,
            title: item.title,
            price_minor: item.price_minor,
            currency: item.currency,
            buyers: people,
        }
    }
}

/// What goes with an item.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Similar {
    /// The item asked about.
    item_id: String,
    /// Its name, where the catalogue has one.
    title: Option<String>,
    /// The model that found them.
    model: &'static str,
    /// Nearest first.
    items: Vec<SimilarItem>,
}

/// An item that goes with another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SimilarItem {
    /// The item.
    item_id: String,
    /// Its name, or its id where the catalogue has none.
    title: String,
    /// Price in minor units, where known.
    price_minor: Option<i64>,
    /// Currency of the price.
    currency: Option<String>,
    /// How near; comparable within one answer only.
    score: f32,
    /// Why.
    reason: Text,
}

impl Similar {
    /// The answer for an item.
    pub(crate) fn of(item_id: String, title: Option<String>, choices: Vec<Choice>) -> Self {
        let items = choices.into_iter().map(|choice| SimilarItem {
            item_id: choice.item_id.to_string(),
            title: choice.title,
            price_minor: choice.price_minor,
            currency: choice.currency.map(|c| c.to_string()),
            score: choice.score,
            reason: choice.reason.text.into(),
        });
        Self { item_id, title, model: "ItemKnn", items: items.collect() }
    }
}
