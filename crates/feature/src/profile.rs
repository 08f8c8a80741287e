//! One person: what they bought, saw and hold, read from their own events.

use arrow_array::{Array, RecordBatch};
use event::columns::EventColumns;
use event::{Currency, ItemId};
use rustc_hash::FxHashMap;

use crate::error::FeatureError;

/// A person's history in the order it happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// First event, milliseconds since 1970 UTC; none without events.
    pub first_seen_ms: Option<i64>,
    /// Last event.
    pub last_seen_ms: Option<i64>,
    /// Orders: purchases with at least one product sold at a price.
    pub orders: u64,
    /// Sum of the totals of all purchases in the shop's currency, in minor units.
    pub revenue_gross_minor: i64,
    /// Money given back in the shop's currency.
    pub refunds_minor: i64,
    /// Number of events by type, in order of the type's name.
    pub events: Vec<(String, u64)>,
    /// Items met, latest first.
    pub items: Vec<ProfileItem>,
    /// The last events, latest first.
    pub recent: Vec<RecentEvent>,
}

/// An item a person met.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileItem {
    /// The item.
    pub item_id: ItemId,
    /// Units bought minus units returned, never below 0.
    pub qty: i64,
    /// Latest contact.
    pub last_ms: i64,
}

/// One event in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentEvent {
    /// Event type.
    pub kind: String,
    /// When.
    pub time_ms: i64,
    /// The item or order it is about.
    pub about: Option<String>,
    /// Lines of an order, cart or refund.
    pub lines: u64,
    /// Amount in minor units; none when it is in another currency than the shop's.
    pub amount_minor: Option<i64>,
}

/// How many recent events a profile keeps.
const RECENT: usize = 50;

impl Profile {
    /// Reads one person's batches in time order; `currency` is the shop's.
    pub fn read(batches: &[RecordBatch], currency: Currency) -> Result<Self, FeatureError> {
        let mut profile = Self::default();
        let mut items: FxHashMap<String, ProfileItem> = FxHashMap::default();
        let mut events: FxHashMap<String, u64> = FxHashMap::default();
        for batch in batches {
            let columns = EventColumns::of(batch)?;
            for row in 0..batch.num_rows() {
                profile.row(&columns, row, currency, &mut items);
                *events.entry(columns.kind.value(row).to_owned()).or_default() += 1;
            }
        }
        profile.recent.reverse();
        profile.recent.truncate(RECENT);
        profile.events = events.into_iter().collect();
        profile.events.sort_unstable();
        profile.items = items.into_values().collect();
        profile.items.sort_unstable_by(|a, b| {
            b.last_ms.cmp(&a.last_ms).then_with(|| a.item_id.cmp(&b.item_id))
        });
        Ok(profile)
    }

    /// Whether the person ever bought the item and kept it.
    pub fn owns(&self, item_id: &str) -> bool {
        self.items.iter().any(|item| item.item_id.as_str() == item_id && item.qty > 0)
    }

    fn row(
        &mut self,
        columns: &EventColumns<'_>,
        row: usize,
        currency: Currency,
        items: &mut FxHashMap<String, ProfileItem>,
    ) {
        let time_ms = columns.time.value(row);
        self.first_seen_ms = Some(self.first_seen_ms.map_or(time_ms, |t| t.min(time_ms)));
        self.last_seen_ms = Some(self.last_seen_ms.map_or(time_ms, |t| t.max(time_ms)));
        let foreign =
            !columns.currency.is_null(row) && columns.currency.value(row) != currency.as_str();
        let amount = (!foreign && !columns.amount_minor.is_null(row))
            .then(|| columns.amount_minor.value(row));
        let kind = columns.kind.value(row);
        let mut meet = |id: &str, qty: i64| {
            if let Some(item) = entry(items, id, time_ms) {
                item.last_ms = item.last_ms.max(time_ms);
                item.qty = item.qty.saturating_add(qty);
            }
        };
        let about = columns.item_id;
        match kind {
            "view" | "click" | "review" if !about.is_null(row) => {
                meet(about.value(row), 0);
            }
            "cart" => {
                let lines = columns.lines(row).filter(|line| line.is_product);
                lines.for_each(|line| meet(line.item_id, 0));
            }
            "purchase" => {
                self.orders += u64::from(columns.lines(row).any(|line| line.is_sale()));
                self.revenue_gross_minor =
                    self.revenue_gross_minor.saturating_add(amount.unwrap_or(0));
                let lines = columns.lines(row).filter(|line| line.is_product);
                lines.for_each(|line| meet(line.item_id, line.qty));
            }
            "refund" => {
                self.refunds_minor = self.refunds_minor.saturating_add(amount.unwrap_or(0));
                let lines = columns.lines(row).filter(|line| line.is_product);
                lines.for_each(|line| give_back(items, line.item_id, line.qty));
            }
            _ => {}
        }
        let order = (!columns.order_id.is_null(row)).then(|| columns.order_id.value(row));
        let item = (!about.is_null(row)).then(|| about.value(row));
        self.recent.push(RecentEvent {
            kind: kind.to_owned(),
            time_ms,
            about: order.or(item).map(str::to_owned),
            lines: columns.lines(row).count() as u64,
            amount_minor: amount,
        });
        if self.recent.len() > 4 * RECENT {
            self.recent.drain(..3 * RECENT);
        }
    }
}

fn entry<'a>(
    items: &'a mut FxHashMap<String, ProfileItem>,
    id: &str,
    time_ms: i64,
) -> Option<&'a mut ProfileItem> {
    if !items.contains_key(id) {
        let item_id = ItemId::new(id).ok()?;
        let item = ProfileItem { item_id, qty: 0, last_ms: time_ms };
        items.insert(id.to_owned(), item);
    }
    items.get_mut(id)
}

/// Takes returned units off.
fn give_back(items: &mut FxHashMap<String, ProfileItem>, id: &str, qty: i64) {
    if let Some(item) = items.get_mut(id) {
        item.qty = (item.qty - qty).max(0);
    }
}
