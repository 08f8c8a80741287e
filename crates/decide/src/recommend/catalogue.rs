//! The items a model knows, as a shopper and a merchant know them.

use event::{Currency, ItemId};
use rustc_hash::FxHashMap;

/// What is known about an item besides its behaviour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// The item.
    pub item_id: ItemId,
    /// Its name, where the catalogue has one.
    pub title: Option<String>,
    /// Its price in minor units.
    pub price_minor: Option<i64>,
    /// Currency of the price.
    pub currency: Option<Currency>,
    /// Whether it is goods, not postage or a fee.
    pub is_product: bool,
    /// Whether it can be bought; unknown counts as yes.
    pub in_stock: bool,
    /// How many people bought, viewed or clicked it.
    pub people: u64,
}

impl CatalogueEntry {
    /// The name, or the id where there is none.
    pub fn label(&self) -> &str {
        self.title.as_deref().unwrap_or(self.item_id.as_str())
    }
}

/// Items in the order of the model's indices.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    entries: Vec<CatalogueEntry>,
    index: FxHashMap<ItemId, u32>,
    unavailable: usize,
}

impl Catalogue {
    /// Takes entries in the order of the model's indices.
    pub fn new(entries: Vec<CatalogueEntry>) -> Self {
        let numbered = entries.iter().enumerate();
        let index = numbered.map(|(i, entry)| (entry.item_id.clone(), i as u32)).collect();
        let unavailable = entries.iter().filter(|e| !e.is_product || !e.in_stock).count();
        Self { entries, index, unavailable }
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of items that may not be shown to anybody.
    pub(super) fn unavailable(&self) -> usize {
        self.unavailable
    }

    /// The model's index of an item.
    pub fn index_of(&self, item_id: &str) -> Option<u32> {
        self.index.get(&ItemId::new(item_id).ok()?).copied()
    }

    /// The entry at a model's index.
    pub fn entry(&self, item: u32) -> Option<&CatalogueEntry> {
        self.entries.get(item as usize)
    }

    /// All entries in the order of the model's indices.
    pub fn entries(&self) -> &[CatalogueEntry] {
        &self.entries
    }
}
