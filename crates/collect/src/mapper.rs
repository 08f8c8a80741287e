//! Rows of one file into events, under one map.

use event::{LineKind, Refusal, RefusalCode};
use rustc_hash::FxHashMap;
use serde_json::Value;

use crate::catalogue::{Catalogue, Mention};
use crate::clock::Moment;
use crate::event_id::event_id;
use crate::found::{Found, Notes};
use crate::map::{Field, Layout, NegativeQuantity, Repeats, RowType, UnpricedLine};
use crate::order::{Circumstances, Effect, OrderBook, OrderLine, close};
use crate::outgoing::{Outgoing, Stamp, envelope, put, put_object};
use crate::row::{Price, RowReader};
use crate::row_event;
use crate::source::Record;

/// What became of a row.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is an event, or waits for the rest of its order.
    Kept,
    /// It repeats an earlier row of its order and counts as a duplicate.
    Copy,
}

/// Turns rows into events.
pub(crate) struct Mapper<'m> {
    reader: RowReader<'m>,
    orders: OrderBook,
    catalogue: Catalogue,
    types: FxHashMap<String, RowType>,
    usual: RowType,
    seen: FxHashMap<u128, u32>,
}

impl<'m> Mapper<'m> {
    pub fn new(reader: RowReader<'m>) -> Self {
        let map = reader.map;
        let read = |(value, name): (&String, &String)| {
            Some((value.to_lowercase(), RowType::from_name(name)?))
        };
        let types = map.events.iter().filter_map(read).collect();
        let usual = map.event.as_deref().and_then(RowType::from_name);
        let usual = usual.unwrap_or_else(|| usual_type(&reader));
        let orders = OrderBook::new(map.orders.window_rows, reader.currency());
        let (catalogue, seen) = (Catalogue::default(), FxHashMap::default());
        Self { reader, orders, catalogue, types, usual, seen }
    }

    /// Takes one row; `Err` says why it is no event.
    pub fn take(
        &mut self,
        record: &Record,
        stamp: &Stamp,
        out: &mut Vec<Outgoing>,
    ) -> Result<Taken, Refusal> {
        self.orders.tick(stamp, out);
        if self.reader.map.layout == Layout::Orders {
            return self.take_line(record, None, stamp, out);
        }
        match self.row_type(record)? {
            RowType::Purchase => self.take_line(record, None, stamp, out),
            RowType::Refund => self.take_line(record, Some(Effect::Refund), stamp, out),
            kind => self.take_row(record, &kind, stamp, out),
        }
    }

    /// The events of orders still open and of the catalogue: the file is at its end.
    pub fn finish(mut self, stamp: &Stamp, out: &mut Vec<Outgoing>) {
        self.orders.finish(stamp, out);
        let map = self.reader.map;
        self.catalogue.finish(&map.name, map.item_title.as_deref(), stamp, out);
    }

    /// Forgets the order that a cut file broke off in; returns its rows.
    pub fn withhold_last(&mut self) -> u64 {
        self.orders.withhold_last()
    }

    fn row_type(&self, record: &Record) -> Result<RowType, Refusal> {
        match self.reader.text(record, Field::Event) {
            None if self.reader.binding.position(Field::Event).is_some() => {
                Err(self.reader.refuse(RefusalCode::FieldMissing, Field::Event))
            }
            None => Ok(self.usual.clone()),
            Some(value) => match self.types.get(&value.to_lowercase()) {
                Some(kind) => Ok(kind.clone()),
                None => Err(self.reader.refuse(RefusalCode::TypeUnknown, Field::Event)),
            },
        }
    }

    /// One row, one event.
    fn take_row(
        &mut self,
        record: &Record,
        kind: &RowType,
        stamp: &Stamp,
        out: &mut Vec<Outgoing>,
    ) -> Result<Taken, Refusal> {
        let moment = self.reader.time(record)?;
        let price = self.reader.price(record)?;
        let digest = self.reader.digest(record);
        // Copies that a map keeps are told apart by their number, rows with ids by these.
        let own = self.reader.own_id(record);
        let occurrence = if own.is_some() { 0 } else { self.occurrence(digest) };
        let reader = &self.reader;
        let id = own.unwrap_or_else(|| event_id(&reader.map.name, digest, occurrence));
        let data = row_event::data(reader, record, kind, price, &id)?;
        let mut notes = Notes::default();
        let user = reader.user(record).map(str::to_owned);
        if user.is_none() && !matches!(kind, RowType::Item | RowType::Stock) {
            notes.add(Found::AnonymousRows);
        }
        if price.is_some_and(|p| p.rounded) {
            notes.add(Found::PricesRounded);
        }
        if occurrence > 0 {
            notes.add(Found::RepeatedLines);
        }
        let mut event = envelope(id, row_event::type_name(kind), moment);
        put(&mut event, "seq", reader.whole(record, Field::Seq)?);
        put(&mut event, "user_id", user);
        put(&mut event, "anon_id", reader.anon(record));
        put(&mut event, "session_id", reader.id(record, Field::Session));
        put_object(&mut event, "ctx", row_event::context(reader, record));
        put_object(&mut event, "data", data);
        if !matches!(kind, RowType::Search | RowType::Item) {
            let item = reader.item(record)?;
            let line_kind = reader.map.kind_of(&item);
            self.mention(record, &item, line_kind, moment, price, true);
        }
        out.push(stamp.event(&Value::Object(event), record.number, 1, notes));
        Ok(Taken::Kept)
    }

    /// How often the row was there before, where the map keeps copies.
    fn occurrence(&mut self, digest: u128) -> u32 {
        if self.reader.map.repeats == Repeats::Drop {
            return 0;
        }
        let seen = self.seen.entry(digest).or_insert(0);
        *seen += 1;
        *seen - 1
    }

    /// One row, one line of an order.
    fn take_line(
        &mut self,
        record: &Record,
        effect: Option<Effect>,
        stamp: &Stamp,
        out: &mut Vec<Outgoing>,
    ) -> Result<Taken, Refusal> {
        let moment = self.reader.time(record)?;
        let item = self.reader.item(record)?;
        let order = self.reader.id(record, Field::Order).map(str::to_owned);
        if order.is_none() && self.reader.map.layout == Layout::Orders {
            return Err(self.reader.refuse(RefusalCode::FieldMissing, Field::Order));
        }
        let qty = self.reader.qty(record)?;
        let price = self.reader.price(record)?;
        let user = self.reader.user(record).map(str::to_owned);
        let kind = self.reader.map.kind_of(&item);
        let (effect, qty) = self.effect(effect, order.as_deref(), qty, price, user.as_deref())?;
        let good = effect == Effect::Sale && price.is_none_or(|p| !p.is_zero());
        self.mention(record, &item, kind, moment, price.filter(|_| good), good);
        let line = self.line(record, effect, item, qty, price, kind, user, moment);
        let own = self.reader.own_id(record);
        match order {
            Some(order) => {
                // A line with an id of its own is one line, however often it is told.
                let repeats = if own.is_some() { Repeats::Drop } else { self.reader.map.repeats };
                match self.orders.add(&order, line, record.number, repeats) {
                    true => Ok(Taken::Kept),
                    false => Ok(Taken::Copy),
                }
            }
            None => {
                let occurrence = if own.is_some() { 0 } else { self.occurrence(line.digest) };
                let order = own.unwrap_or_else(|| event_id("row", line.digest, occurrence));
                let currency = self.reader.currency();
                close(&order, vec![(line, occurrence)], record.number, currency, stamp, out);
                Ok(Taken::Kept)
            }
        }
    }

    /// What a line does, and its units counted that way.
    fn effect(
        &self,
        stated: Option<Effect>,
        order: Option<&str>,
        qty: i64,
        price: Option<Price>,
        user: Option<&str>,
    ) -> Result<(Effect, i64), Refusal> {
        let rules = &self.reader.map.orders;
        if stated == Some(Effect::Refund) {
            return Ok((Effect::Refund, qty.abs()));
        }
        if order.is_some_and(|order| self.reader.map.is_refund(order)) {
            return match qty {
                ..0 => Ok((Effect::Refund, -qty)),
                _ => Err(self.reader.refuse(RefusalCode::QuantityInvalid, Field::Qty)),
            };
        }
        if qty < 0 {
            return Ok(match rules.negative_quantity {
                NegativeQuantity::Refund => (Effect::Refund, -qty),
                NegativeQuantity::Stock => (Effect::Stock, qty),
            });
        }
        let unpriced = price.is_some_and(|p| p.is_zero()) && user.is_none();
        if unpriced && rules.unpriced_line == UnpricedLine::Stock {
            return Ok((Effect::Stock, qty));
        }
        Ok((Effect::Sale, qty))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one line, each checked before")]
    fn line(
        &self,
        record: &Record,
        effect: Effect,
        item: String,
        qty: i64,
        price: Option<Price>,
        kind: LineKind,
        user: Option<String>,
        moment: Moment,
    ) -> OrderLine {
        let reader = &self.reader;
        let text = |field| reader.text(record, field).map(str::to_owned);
        OrderLine {
            effect,
            item,
            sku: text(Field::Sku),
            qty,
            price,
            kind,
            user,
            anon: reader.anon(record),
            session: reader.id(record, Field::Session).map(str::to_owned),
            moment,
            note: match effect {
                Effect::Sale => None,
                Effect::Refund => text(Field::Text),
                Effect::Stock => text(Field::Text).or_else(|| reader.title(record)),
            },
            digest: reader.digest(record),
            circumstances: Circumstances {
                place: [Field::Country, Field::Region, Field::City].map(text),
                payment: text(Field::Payment),
                channel: text(Field::Channel),
            },
        }
    }

    /// Tells the catalogue about the row's item; `titled` says that its title can be trusted.
    fn mention(
        &mut self,
        record: &Record,
        item: &str,
        kind: LineKind,
        moment: Moment,
        price: Option<Price>,
        titled: bool,
    ) {
        let reader = &self.reader;
        let said = reader.about_item(record, titled, price, kind);
        if self.catalogue.repeats(item, said, moment) {
            return;
        }
        let mention = Mention {
            moment,
            title: if titled { reader.title(record) } else { None },
            category: reader.category(record),
            price,
            kind,
            attrs: reader.attrs(record),
        };
        self.catalogue.note(item, said, mention);
    }
}

/// The type of rows where neither a column nor the map says it: what the columns suggest.
fn usual_type(reader: &RowReader<'_>) -> RowType {
    let has = |field| reader.binding.position(field).is_some();
    if has(Field::Order) || has(Field::Qty) {
        RowType::Purchase
    } else if has(Field::Rating) || has(Field::Text) {
        RowType::Review
    } else {
        RowType::View
    }
}
