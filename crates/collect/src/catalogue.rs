//! What a file says about its items, gathered while its rows pass by and sent at its end as
//! `item` events, so that the catalogue is filled on the same durable path as everything else.
//!
//! The latest word counts: the title, price, category and attributes of the row with the latest
//! time (of equal times, the later row). An item event's time is that of the item's latest row
//! and its id is a digest of what it says, so a file read twice says nothing new.

use event::LineKind;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::event_id::{RowDigest, event_id};
use crate::found::Notes;
use crate::outgoing::{Outgoing, Stamp, envelope, put, put_object};
use crate::row::Price;

/// What one row says about its item.
pub(crate) struct Mention {
    /// When.
    pub moment: Moment,
    /// The item's name.
    pub title: Option<String>,
    /// Its category, widest level first.
    pub category: Vec<String>,
    /// Its price.
    pub price: Option<Price>,
    /// Product, or what else.
    pub kind: LineKind,
    /// Further attributes.
    pub attrs: Vec<(String, String)>,
}

/// The latest value and its time.
type Latest<T> = Option<(Moment, T)>;

#[derive(Default)]
struct Entry {
    moment: Moment,
    /// Digest and time of the last mention, which slots it filled, and whether that is all that
    /// it offered.
    said: u64,
    said_at: Moment,
    filled: [bool; 4],
    whole: bool,
    kind: LineKind,
    title: Latest<String>,
    category: Latest<Vec<String>>,
    price: Latest<Price>,
    attrs: Latest<Vec<(String, String)>>,
}

/// The items of one file.
#[derive(Default)]
pub(crate) struct Catalogue {
    items: FxHashMap<String, Entry>,
}

impl Catalogue {
    /// Whether a row says of the item what the row before it said, digested to `said`; then only
    /// the time moves on, and the row's texts need not be copied.
    pub fn repeats(&mut self, item: &str, said: u64, moment: Moment) -> bool {
        let Some(entry) = self.items.get_mut(item) else { return false };
        if entry.said != said || moment < entry.said_at || !entry.whole {
            return false;
        }
        let [title, price, category, attrs] = entry.filled;
        carry(&mut entry.title, moment, title, entry.said_at);
        carry(&mut entry.price, moment, price, entry.said_at);
        carry(&mut entry.category, moment, category, entry.said_at);
        carry(&mut entry.attrs, moment, attrs, entry.said_at);
        entry.moment = entry.moment.max(moment);
        entry.said_at = moment;
        true
    }

    /// Takes note of a row.
    pub fn note(&mut self, item: &str, said: u64, mention: Mention) {
        if !self.items.contains_key(item) {
            self.items.insert(item.to_owned(), Entry::default());
        }
        let Some(entry) = self.items.get_mut(item) else { return };
        let moment = mention.moment;
        entry.moment = entry.moment.max(moment);
        entry.kind = mention.kind;
        entry.said = said;
        entry.said_at = moment;
        let offered = [
            mention.title.is_some(),
            mention.price.is_some(),
            !mention.category.is_empty(),
            !mention.attrs.is_empty(),
        ];
        entry.filled = [
            later(&mut entry.title, moment, mention.title),
            later(&mut entry.price, moment, mention.price),
            later(&mut entry.category, moment, some(mention.category)),
            later(&mut entry.attrs, moment, some(mention.attrs)),
        ];
        entry.whole = entry.filled == offered;
    }

    /// One event per item of which more is known than that it exists, by item id. `title` is the
    /// map's title for items without one.
    pub fn finish(self, map: &str, title: Option<&str>, stamp: &Stamp, out: &mut Vec<Outgoing>) {
        let mut items: Vec<(String, Entry)> = self.items.into_iter().collect();
        items.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (item, entry) in items {
            out.extend(item_event(&item, entry, map, title, stamp));
        }
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// Fills the slot unless it holds something later; says whether it did.
fn later<T>(slot: &mut Latest<T>, moment: Moment, value: Option<T>) -> bool {
    match value {
        Some(value) if slot.as_ref().is_none_or(|(time, _)| *time <= moment) => {
            *slot = Some((moment, value));
            true
        }
        _ => false,
    }
}

/// Moves the time of a value that the mention of `from` had filled in.
fn carry<T>(slot: &mut Latest<T>, to: Moment, filled: bool, from: Moment) {
    if let Some((time, _)) = slot
        && filled
        && *time == from
    {
        *time = to;
    }
}

fn item_event(
    item: &str,
    entry: Entry,
    map: &str,
    template: Option<&str>,
    stamp: &Stamp,
) -> Option<Outgoing> {
    let category = entry.category.map(|(_, category)| category).unwrap_or_default();
    let templated = || {
        let level = category.last().map_or("", String::as_str);
        let text = template?.replace("{item}", item).replace("{category}", level);
        Some(text.trim().to_owned())
    };
    let title = entry.title.map(|(_, title)| title).or_else(templated);
    let mut data = Map::new();
    put(&mut data, "title", title);
    if !category.is_empty() {
        put(&mut data, "category", Some(category));
    }
    if let Some((_, price)) = entry.price {
        put(&mut data, "price_minor", Some(price.minor));
        put(&mut data, "currency", Some(price.currency.as_str()));
    }
    if !entry.kind.is_product() {
        put(&mut data, "kind", Some(entry.kind.as_str()));
    }
    let attrs = entry.attrs.map(|(_, attrs)| attrs).unwrap_or_default();
    let attrs = attrs.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    put_object(&mut data, "attrs", attrs);
    if data.is_empty() {
        return None;
    }
    put(&mut data, "item_id", Some(item));
    let data = Value::Object(data);
    let mut digest = RowDigest::new(map);
    digest.add(&data.to_string());
    digest.add(&entry.moment.0.0.to_string());
    let mut event = envelope(event_id("item", digest.finish(), 0), "item", entry.moment);
    put(&mut event, "data", Some(data));
    Some(stamp.event(&Value::Object(event), 0, 0, Notes::default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Currency, TimeMs};
    use proptest::prelude::*;

    fn events(catalogue: Catalogue) -> Vec<String> {
        let stamp = Stamp { received: TimeMs(10_000), file: "f".to_owned() };
        let mut out = Vec::new();
        catalogue.finish("m", None, &stamp, &mut out);
        out.into_iter().map(|o| o.received.raw).collect()
    }

    proptest! {
        /// Skipping repeated mentions changes nothing.
        #[test]
        fn repeats_are_the_same_as_notes(
            rows in proptest::collection::vec((0..3_u8, 0..6_i64, 0..3_u8, 0..3_i64), 0..40),
        ) {
            let (mut fast, mut plain) = (Catalogue::default(), Catalogue::default());
            for (item, time, title, price) in rows {
                let item = format!("i{item}");
                let moment = (TimeMs(time), 0);
                let mention = || Mention {
                    moment,
                    title: (title > 0).then(|| format!("t{title}")),
                    category: Vec::new(),
                    price: (price > 0).then(|| Price {
                        minor: price,
                        currency: Currency::new("EUR").unwrap(),
                        rounded: false,
                    }),
                    kind: LineKind::Product,
                    attrs: Vec::new(),
                };
                let said = u64::from(title) * 10 + price.unsigned_abs();
                if !fast.repeats(&item, said, moment) {
                    fast.note(&item, said, mention());
                }
                plain.note(&item, said, mention());
            }
            prop_assert_eq!(events(fast), events(plain));
        }
    }
}
