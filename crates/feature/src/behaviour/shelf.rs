//! What the catalogue's events said of each item before a moment: prices and their changes, stock
//! and when it ran out.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use event::Currency;
use event::columns::{ColumnError, EventColumns};

use super::facts::Said;
use crate::error::FeatureError;

/// One item's past on the shelf.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    /// First catalogue event.
    pub first_ms: Option<i64>,
    /// The price in force.
    pub price_minor: Option<i64>,
    /// Lowest price so far.
    pub lowest_minor: Option<i64>,
    /// Highest price so far.
    pub highest_minor: Option<i64>,
    /// How often a price differed from the one before it.
    pub price_changes: i64,
    /// When it last did.
    pub changed_ms: Option<i64>,
    /// Units on hand, once a level was given.
    pub level: Option<i64>,
    /// Whether it can be bought, where known.
    pub in_stock: Option<bool>,
    /// How often it went out of stock.
    pub stock_outs: i64,
    not_goods: bool,
}

/// The past of every item of the catalogue.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    items: BTreeMap<String, Past>,
}

impl Shelf {
    /// Reads events in order; only those of nobody before the moment count.
    pub(super) fn read<E: From<FeatureError>>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        as_of_ms: i64,
        currency: Currency,
    ) -> Result<Self, E> {
        let mut shelf = Self::default();
        for batch in batches {
            shelf.note(&batch?, as_of_ms, currency)?;
        }
        Ok(shelf)
    }

    /// An item's past.
    pub(super) fn item(&self, item: &str) -> Option<&Past> {
        self.items.get(item)
    }

    /// Items the catalogue sells.
    pub(super) fn goods(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter(|(_, past)| !past.not_goods).map(|(item, _)| item.as_str())
    }

    fn note(
        &mut self,
        batch: &RecordBatch,
        as_of_ms: i64,
        currency: Currency,
    ) -> Result<(), FeatureError> {
        let columns = EventColumns::of(batch)?;
        let data = batch.column_by_name("data").and_then(|data| data.as_string_opt::<i32>());
        let data = data.ok_or(ColumnError("data"))?;
        for row in 0..batch.num_rows() {
            let (kind, time_ms) = (columns.kind.value(row), columns.time.value(row));
            let ours = columns.user_key.value(row).is_empty() && time_ms < as_of_ms;
            if !ours || !matches!(kind, "item" | "price" | "stock") {
                continue;
            }
            let past = self.items.entry(columns.item_id.value(row).to_owned()).or_default();
            past.first_ms.get_or_insert(time_ms);
            let foreign =
                !columns.currency.is_null(row) && columns.currency.value(row) != currency.as_str();
            if !columns.amount_minor.is_null(row) && !foreign {
                past.price(columns.amount_minor.value(row), time_ms);
            }
            let said: Said = serde_json::from_str(data.value(row)).unwrap_or_default();
            if kind == "item" {
                past.not_goods = said.kind.is_some_and(|kind| kind != "product");
            }
            past.stock(said.level, said.delta, said.in_stock);
        }
        Ok(())
    }
}

impl Past {
    fn price(&mut self, price_minor: i64, time_ms: i64) {
        if self.price_minor.is_some_and(|old| old != price_minor) {
            self.price_changes += 1;
            self.changed_ms = Some(time_ms);
        }
        self.price_minor = Some(price_minor);
        self.lowest_minor = Some(self.lowest_minor.map_or(price_minor, |p| p.min(price_minor)));
        self.highest_minor = Some(self.highest_minor.map_or(price_minor, |p| p.max(price_minor)));
    }

    /// A level replaces, a correction adds to a known level, a flag says it plainly.
    fn stock(&mut self, level: Option<i64>, delta: Option<i64>, flag: Option<bool>) {
        let corrected = self.level.zip(delta).map(|(level, delta)| level.saturating_add(delta));
        if let Some(level) = level.or(corrected) {
            self.level = Some(level);
            self.is_in_stock(level > 0);
        }
        if let Some(flag) = flag {
            self.is_in_stock(flag);
        }
    }

    fn is_in_stock(&mut self, now: bool) {
        self.stock_outs += i64::from(!now && self.in_stock != Some(false));
        self.in_stock = Some(now);
    }
}
