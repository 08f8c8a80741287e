//! The catalogue of items, kept current by `item`, `price` and `stock` events.
//!
//! Each field takes the value of the newest event that gives it, by (time, seq, id), so the
//! order in which events arrive does not matter. A stock correction counts when it is newer
//! than the level it corrects; a level that arrives after a newer correction is not used.

use std::collections::BTreeMap;

use event::{Data, Event, ItemId, ItemKind, SiteId, StockChange, TimeMs};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::core::Core;
use crate::error::LakeError;

/// What is known of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemRow {
    /// The item.
    pub item_id: String,
    /// Its name, once an `item` event gave one.
    pub title: Option<String>,
    /// Category path, widest first.
    pub category: Vec<String>,
    /// Price in minor units.
    pub price_minor: Option<i64>,
    /// Cost in minor units.
    pub cost_minor: Option<i64>,
    /// Currency of price and cost.
    pub currency: Option<String>,
    /// Goods, or postage, a fee, …
    pub kind: ItemKind,
    /// Whether it can be bought, where known.
    pub in_stock: Option<bool>,
    /// Units on hand, where known.
    pub stock_level: Option<i64>,
    /// Further attributes.
    pub attrs: serde_json::Map<String, Value>,
    /// Time of the newest event about it.
    pub updated: TimeMs,
}

/// The event a field came from: later ones replace it.
type Stamp = (i64, u32, String);

/// An item as stored: its row and where each field came from.
struct Item {
    row: ItemRow,
    stamps: BTreeMap<String, Stamp>,
}

impl Item {
    fn new(item_id: &ItemId) -> Self {
        let row = ItemRow {
            item_id: item_id.as_str().to_owned(),
            title: None,
            category: Vec::new(),
            price_minor: None,
            cost_minor: None,
            currency: None,
            kind: ItemKind::default(),
            in_stock: None,
            stock_level: None,
            attrs: serde_json::Map::new(),
            updated: TimeMs(0),
        };
        Self { row, stamps: BTreeMap::new() }
    }

    /// Whether the event is newer than what the field came from; if so it is noted as such.
    fn newer(&mut self, field: &str, stamp: &Stamp) -> bool {
        let newer = self.stamps.get(field).is_none_or(|old| stamp > old);
        if newer {
            self.stamps.insert(field.to_owned(), stamp.clone());
        }
        newer
    }

    fn apply(&mut self, event: &Event) {
        let stamp = (event.time().0, event.seq, event.id.as_str().to_owned());
        self.row.updated = self.row.updated.max(event.time());
        match &event.data {
            Data::Item { .. } => self.apply_item(&event.data, &stamp),
            Data::Price { price_minor, currency, .. } if self.newer("price_minor", &stamp) => {
                self.row.price_minor = Some(*price_minor);
                self.row.currency = Some(currency.as_str().to_owned());
            }
            Data::Stock { change, .. } => self.apply_stock(*change, &stamp),
            _ => {}
        }
    }

    fn apply_item(&mut self, data: &Data, stamp: &Stamp) {
        let Data::Item {
            title,
            category,
            price_minor,
            cost_minor,
            currency,
            kind,
            in_stock,
            attrs,
            ..
        } = data
        else {
            return;
        };
        if title.is_some() && self.newer("title", stamp) {
            self.row.title.clone_from(title);
        }
        if !category.is_empty() && self.newer("category", stamp) {
            self.row.category.clone_from(category);
        }
        if price_minor.is_some() && self.newer("price_minor", stamp) {
            self.row.price_minor = *price_minor;
            self.row.currency = currency.map(|c| c.as_str().to_owned());
        }
        if cost_minor.is_some() && self.newer("cost_minor", stamp) {
            self.row.cost_minor = *cost_minor;
            if self.row.currency.is_none() {
                self.row.currency = currency.map(|c| c.as_str().to_owned());
            }
        }
        if self.newer("kind", stamp) {
            self.row.kind = *kind;
        }
        if in_stock.is_some() && self.newer("in_stock", stamp) {
            self.row.in_stock = *in_stock;
        }
        if !attrs.is_empty() && self.newer("attrs", stamp) {
            let value = |t: &event::Trait| serde_json::to_value(&t.value).unwrap_or(Value::Null);
            self.row.attrs = attrs.iter().map(|t| (t.name.clone(), value(t))).collect();
        }
    }

    fn apply_stock(&mut self, change: StockChange, stamp: &Stamp) {
        let level = match change {
            StockChange::Level(units) if self.newer("stock_change", stamp) => {
                self.stamps.insert("stock_level".to_owned(), stamp.clone());
                units
            }
            StockChange::Delta(units)
                // A correction of a level that nobody told says nothing about what is left.
                if self.stamps.get("stock_level").is_some_and(|level| stamp > level) =>
            {
                self.newer("stock_change", stamp);
                self.row.stock_level.unwrap_or(0).saturating_add(units)
            }
            _ => return,
        };
        self.row.stock_level = Some(level);
        if self.newer("in_stock", stamp) {
            self.row.in_stock = Some(level > 0);
        }
    }
}

const COLUMNS: &str = "item_id, title, category, price_minor, cost_minor, currency, kind, \
                       in_stock, stock_level, attrs, updated";

fn read(row: &Row<'_>) -> rusqlite::Result<ItemRow> {
    let (category, attrs): (String, String) = (row.get(2)?, row.get(9)?);
    let kind: String = row.get(6)?;
    Ok(ItemRow {
        item_id: row.get(0)?,
        title: row.get(1)?,
        category: serde_json::from_str(&category).unwrap_or_default(),
        price_minor: row.get(3)?,
        cost_minor: row.get(4)?,
        currency: row.get(5)?,
        kind: ItemKind::from_name(&kind).unwrap_or_default(),
        in_stock: row.get(7)?,
        stock_level: row.get(8)?,
        attrs: serde_json::from_str(&attrs).unwrap_or_default(),
        updated: TimeMs(row.get(10)?),
    })
}

/// Takes a catalogue event into account, within the writer's transaction.
pub(crate) fn apply(conn: &Connection, site: i64, event: &Event) -> Result<(), LakeError> {
    let Some(item_id) = event.data.item_id() else { return Ok(()) };
    let sql = format!("SELECT {COLUMNS}, stamps FROM item WHERE site = ?1 AND item_id = ?2");
    let stored = conn
        .prepare_cached(&sql)?
        .query_row(params![site, item_id.as_str()], |row| {
            let stamps: String = row.get(11)?;
            let stamps = serde_json::from_str(&stamps).unwrap_or_default();
            Ok(Item { row: read(row)?, stamps })
        })
        .optional()?;
    conn.prepare_cached("UPDATE site SET items_version = items_version + 1 WHERE no = ?1")?
        .execute([site])?;
    let mut item = stored.unwrap_or_else(|| Item::new(item_id));
    item.apply(event);
    let Item { row, stamps } = item;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO item (site, item_id, title, category, price_minor, cost_minor,
         currency, kind, in_stock, stock_level, attrs, updated, stamps)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        site,
        row.item_id,
        row.title,
        Value::from(row.category).to_string(),
        row.price_minor,
        row.cost_minor,
        row.currency,
        row.kind.as_str(),
        row.in_stock,
        row.stock_level,
        Value::Object(row.attrs).to_string(),
        row.updated.0,
        serde_json::to_string(&stamps).unwrap_or_default(),
    ])?;
    Ok(())
}

impl Core {
    /// Every item of a site, by id.
    pub(crate) fn items(&self, site: &SiteId) -> Result<Vec<ItemRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!("SELECT {COLUMNS} FROM item WHERE site = ?1 ORDER BY item_id");
        self.read(|conn| {
            let rows = conn.prepare_cached(&sql)?.query_map([no], read)?.collect::<Result<_, _>>();
            Ok(rows?)
        })
    }

    /// Grows whenever an item changes.
    pub(crate) fn items_version(&self, site: &SiteId) -> Result<i64, LakeError> {
        let no = self.site_number(site)?;
        self.read(|conn| {
            let mut select = conn.prepare_cached("SELECT items_version FROM site WHERE no = ?1")?;
            Ok(select.query_row([no], |row| row.get(0))?)
        })
    }

    /// One item.
    pub(crate) fn item(&self, site: &SiteId, id: &ItemId) -> Result<Option<ItemRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!("SELECT {COLUMNS} FROM item WHERE site = ?1 AND item_id = ?2");
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            Ok(select.query_row(params![no, id.as_str()], read).optional()?)
        })
    }
}
