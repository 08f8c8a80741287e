//! What the shop itself was known to be at a moment: category and price of each item.
//!
//! Read from the shop's own events (`item`, `price`), which belong to no person. As everywhere,
//! only events before the moment count, so a feature never knows a price that was set later.

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use event::Currency;
use event::columns::{ColumnError, EventColumns};
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::error::FeatureError;

/// Number of a category in [`ShopFacts::category_name`].
pub type Category = u32;

/// One item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ItemFacts {
    /// Its widest category.
    pub category: Option<Category>,
    /// Its price in minor units of the shop's currency.
    pub price_minor: Option<i64>,
    not_goods: bool,
}

/// The shop at a moment.
#[derive(Debug, Clone)]
pub struct ShopFacts {
    /// The shop's currency: amounts in another are not added.
    pub currency: Currency,
    /// The zone in which days are cut.
    pub zone: TimeZone,
    items: FxHashMap<Box<str>, ItemFacts>,
    categories: Vec<String>,
    /// Prices of the goods of each category, in order.
    prices: Vec<Vec<i64>>,
    last_used_ms: i64,
    first_unused_ms: i64,
}

/// The part of a catalogue event's `data` that is read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Said {
    pub category: Vec<String>,
    pub kind: Option<String>,
    pub in_stock: Option<bool>,
    pub level: Option<i64>,
    pub delta: Option<i64>,
}

impl ShopFacts {
    /// A shop without a catalogue.
    pub fn bare(currency: Currency, zone: TimeZone) -> Self {
        Self {
            currency,
            zone,
            items: FxHashMap::default(),
            categories: Vec::new(),
            prices: Vec::new(),
            last_used_ms: i64::MIN,
            first_unused_ms: i64::MAX,
        }
    }

    /// The facts at a moment, from rows in order of which only those of nobody are used.
    pub fn read<E: From<FeatureError>>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        as_of_ms: i64,
        currency: Currency,
        zone: TimeZone,
    ) -> Result<Self, E> {
        let mut facts = Self::bare(currency, zone);
        let mut names: FxHashMap<String, Category> = FxHashMap::default();
        for batch in batches {
            facts.note(&batch?, as_of_ms, &mut names)?;
        }
        facts.prices = vec![Vec::new(); facts.categories.len()];
        for item in facts.items.values().filter(|item| !item.not_goods) {
            if let (Some(category), Some(price)) = (item.category, item.price_minor) {
                facts.prices[category as usize].push(price);
            }
        }
        facts.prices.iter_mut().for_each(|prices| prices.sort_unstable());
        Ok(facts)
    }

    fn note(
        &mut self,
        batch: &RecordBatch,
        as_of_ms: i64,
        names: &mut FxHashMap<String, Category>,
    ) -> Result<(), FeatureError> {
        let columns = EventColumns::of(batch)?;
        let data = batch.column_by_name("data").and_then(|data| data.as_string_opt::<i32>());
        let data = data.ok_or(ColumnError("data"))?;
        for row in 0..batch.num_rows() {
            let kind = columns.kind.value(row);
            if !columns.user_key.value(row).is_empty() || !matches!(kind, "item" | "price") {
                continue;
            }
            let time_ms = columns.time.value(row);
            if time_ms >= as_of_ms {
                self.first_unused_ms = self.first_unused_ms.min(time_ms);
                continue;
            }
            self.last_used_ms = self.last_used_ms.max(time_ms);
            let item = self.items.entry(columns.item_id.value(row).into()).or_default();
            let foreign = !columns.currency.is_null(row)
                && columns.currency.value(row) != self.currency.as_str();
            if !columns.amount_minor.is_null(row) && !foreign {
                item.price_minor = Some(columns.amount_minor.value(row));
            }
            if kind == "item" {
                let said: Said = serde_json::from_str(data.value(row)).unwrap_or_default();
                item.not_goods = said.kind.is_some_and(|kind| kind != "product");
                if let Some(name) = said.category.into_iter().next() {
                    let next = self.categories.len() as Category;
                    let number = *names.entry(name).or_insert_with_key(|name| {
                        self.categories.push(name.clone());
                        next
                    });
                    item.category = Some(number);
                }
            }
        }
        Ok(())
    }

    /// Whether these are the facts at another moment too: nothing was said between the two.
    pub fn hold_at(&self, as_of_ms: i64) -> bool {
        self.last_used_ms < as_of_ms && as_of_ms <= self.first_unused_ms
    }

    /// An item; nothing is known of one the shop never named.
    pub fn item(&self, item_id: &str) -> ItemFacts {
        self.items.get(item_id).copied().unwrap_or_default()
    }

    /// The name of a category.
    pub fn category_name(&self, category: Category) -> &str {
        &self.categories[category as usize]
    }

    /// Number of categories.
    pub fn categories(&self) -> usize {
        self.categories.len()
    }

    /// Where a price stands in its category: 0 is the lowest price, 1 the highest, by rank with
    /// equal prices sharing theirs. None in a category of fewer than two priced goods.
    pub fn price_position(&self, item: ItemFacts) -> Option<f64> {
        let (category, price) = (item.category?, item.price_minor?);
        let prices = &self.prices[category as usize];
        if item.not_goods || prices.len() < 2 {
            return None;
        }
        let below = prices.partition_point(|p| *p < price);
        let upto = prices.partition_point(|p| *p <= price);
        // The middle of the ranks from `below` to `upto - 1`.
        Some((below + upto - 1) as f64 / 2.0 / (prices.len() - 1) as f64)
    }
}
