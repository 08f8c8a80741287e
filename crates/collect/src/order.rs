//! Order lines into purchases, refunds and stock corrections.
//!
//! The lines of an order need not stand together: an order is complete when its last line lies
//! [`window_rows`](crate::map::OrderRules) rows back, or at the end of the file, so memory is
//! bounded by the window. A line that comes later makes a second event under the same order
//! number, which the store sets aside as `order_conflict`.
//!
//! Lines are sorted by item, price and quantity, and the earliest line gives the time, so that
//! an order is the same event in whatever order its lines were exported.

use event::{Currency, LineKind, Refusal, RefusalCode};
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::event_id::event_id;
use crate::found::{Found, Notes};
use crate::map::Repeats;
use crate::outgoing::{Outgoing, Stamp, envelope, put, put_object};
use crate::row::Price;

/// What a line does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Goods or charges sold.
    Sale,
    /// Money going back.
    Refund,
    /// Units found or lost.
    Stock,
}

/// Where and how an order was placed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Circumstances {
    /// Country, region, city.
    pub place: [Option<String>; 3],
    /// How it was paid.
    pub payment: Option<String>,
    /// Where it was sold.
    pub channel: Option<String>,
}

/// One line as read.
#[derive(Debug, Clone)]
pub(crate) struct OrderLine {
    pub effect: Effect,
    pub item: String,
    pub sku: Option<String>,
    /// Positive for sales and refunds; signed for stock.
    pub qty: i64,
    pub price: Option<Price>,
    pub kind: LineKind,
    pub user: Option<String>,
    pub anon: Option<String>,
    pub session: Option<String>,
    pub moment: Moment,
    pub note: Option<String>,
    pub digest: u128,
    pub circumstances: Circumstances,
}

/// An order whose lines are still coming.
struct Pending {
    first_row: u64,
    first_number: u64,
    last_row: u64,
    lines: Vec<(OrderLine, u32)>,
    seen: FxHashMap<u128, u32>,
}

/// The orders whose lines are still coming.
pub(crate) struct OrderBook {
    open: FxHashMap<String, Pending>,
    rows: u64,
    window: u64,
    swept: u64,
    currency: Option<Currency>,
    last: String,
}

impl OrderBook {
    pub fn new(window: u64, currency: Option<Currency>) -> Self {
        let open = FxHashMap::default();
        Self { open, rows: 0, window, swept: 0, currency, last: String::new() }
    }

    /// Counts a row of the file and hands out the orders that are complete.
    pub fn tick(&mut self, stamp: &Stamp, out: &mut Vec<Outgoing>) {
        self.rows += 1;
        if self.rows - self.swept <= self.window / 8 {
            return;
        }
        self.swept = self.rows;
        let due = self.rows.saturating_sub(self.window);
        let complete = self.open.extract_if(|_, order| order.last_row < due).collect();
        self.emit(complete, stamp, out);
    }

    /// Adds a line read at `number`. False: it is a copy, and copies are dropped.
    pub fn add(&mut self, order: &str, line: OrderLine, number: u64, repeats: Repeats) -> bool {
        let row = self.rows;
        if self.last != order {
            order.clone_into(&mut self.last);
        }
        let fresh = || Pending {
            first_row: row,
            first_number: number,
            last_row: row,
            lines: Vec::new(),
            seen: FxHashMap::default(),
        };
        let pending = self.open.entry(order.to_owned()).or_insert_with(fresh);
        pending.last_row = row;
        let seen = pending.seen.entry(line.digest).or_insert(0);
        let occurrence = *seen;
        *seen += 1;
        if occurrence > 0 && repeats == Repeats::Drop {
            return false;
        }
        pending.lines.push((line, occurrence));
        true
    }

    /// Hands out every order, complete or not: the file is at its end.
    pub fn finish(&mut self, stamp: &Stamp, out: &mut Vec<Outgoing>) {
        let complete = self.open.drain().collect();
        self.emit(complete, stamp, out);
    }

    /// Forgets the order of the last row read, whose further lines were cut off with the file;
    /// returns its rows.
    pub fn withhold_last(&mut self) -> u64 {
        self.open.remove(&self.last).map_or(0, |order| order.lines.len() as u64)
    }

    fn emit(&self, mut orders: Vec<(String, Pending)>, stamp: &Stamp, out: &mut Vec<Outgoing>) {
        orders.sort_unstable_by(|a, b| (a.1.first_row, &a.0).cmp(&(b.1.first_row, &b.0)));
        for (order, pending) in orders {
            let number = pending.first_number;
            close(&order, pending.lines, number, self.currency, stamp, out);
        }
    }
}

/// The events of one order: at most one purchase and one refund, and its stock corrections.
pub(crate) fn close(
    order: &str,
    lines: Vec<(OrderLine, u32)>,
    number: u64,
    currency: Option<Currency>,
    stamp: &Stamp,
    out: &mut Vec<Outgoing>,
) {
    let (mut sale, mut refund) = (Vec::new(), Vec::new());
    for (line, occurrence) in lines {
        match line.effect {
            Effect::Sale => sale.push((line, occurrence)),
            Effect::Refund => refund.push((line, occurrence)),
            Effect::Stock => out.push(stock(order, &line, occurrence, number, stamp)),
        }
    }
    for (effect, lines) in [(Effect::Sale, sale), (Effect::Refund, refund)] {
        if !lines.is_empty() {
            out.push(order_event(order, effect, lines, number, currency, stamp));
        }
    }
}

fn order_event(
    order: &str,
    effect: Effect,
    mut lines: Vec<(OrderLine, u32)>,
    number: u64,
    currency: Option<Currency>,
    stamp: &Stamp,
) -> Outgoing {
    let price = |line: &OrderLine| line.price.map(|p| p.minor);
    lines.sort_by(|(a, _), (b, _)| {
        (&a.item, &a.sku, price(a), a.qty).cmp(&(&b.item, &b.sku, price(b), b.qty))
    });
    let mut notes = Notes::default();
    let mut total = 0_i64;
    for (line, occurrence) in &lines {
        line.note_into(&mut notes, *occurrence);
        total = total.saturating_add(line.qty.saturating_mul(price(line).unwrap_or(0)));
    }
    let moment = lines.iter().map(|(line, _)| line.moment).min().unwrap_or_default();
    let is_sale = effect == Effect::Sale;
    let (prefix, kind) = if is_sale { ("order", "purchase") } else { ("refund", "refund") };
    let mut event = envelope(format!("{prefix}:{order}"), kind, moment);
    let first = |get: fn(&OrderLine) -> Option<&String>| {
        lines.iter().find_map(|(line, _)| get(line)).cloned()
    };
    let user = first(|line| line.user.as_ref());
    if user.is_none() {
        if is_sale {
            notes.add(Found::AnonymousOrders);
        }
        let anon = first(|line| line.anon.as_ref());
        put(&mut event, "anon_id", Some(anon.unwrap_or_else(|| format!("order-{order}"))));
    }
    put(&mut event, "user_id", user);
    put(&mut event, "session_id", first(|line| line.session.as_ref()));
    let head = &lines[0].0.circumstances;
    put_object(&mut event, "ctx", place_context(&head.place));
    let mut data = Map::new();
    put(&mut data, "order_id", Some(order));
    let paid_in = lines.iter().find_map(|(line, _)| line.price).map(|p| p.currency);
    put(&mut data, "currency", paid_in.or(currency).map(|c| c.as_str().to_owned()));
    put(&mut data, if is_sale { "total_minor" } else { "amount_minor" }, Some(total));
    let json_lines: Vec<Value> = lines.iter().map(|(line, _)| line.to_json()).collect();
    put(&mut data, "lines", Some(json_lines));
    if is_sale {
        put(&mut data, "payment_method", head.payment.clone());
        put(&mut data, "channel", head.channel.clone());
    } else {
        put(&mut data, "reason", first(|line| line.note.as_ref()));
    }
    put_object(&mut event, "data", data);
    let units = u32::try_from(lines.len()).unwrap_or(u32::MAX);
    let mut outgoing = stamp.event(&Value::Object(event), number, units, notes);
    let mixed =
        lines.iter().filter_map(|(line, _)| line.price).any(|p| Some(p.currency) != paid_in);
    if mixed {
        outgoing.received.event = Err(Refusal::new(RefusalCode::AmountInvalid, "data.currency"));
    }
    outgoing
}

fn stock(order: &str, line: &OrderLine, occurrence: u32, number: u64, stamp: &Stamp) -> Outgoing {
    let mut notes = Notes::default();
    line.note_into(&mut notes, occurrence);
    let prefix = format!("stock:{order}");
    let mut event = envelope(event_id(&prefix, line.digest, occurrence), "stock", line.moment);
    let mut data = Map::new();
    put(&mut data, "item_id", Some(line.item.as_str()));
    put(&mut data, "delta", Some(line.qty));
    put(&mut data, "reason", line.note.clone());
    put_object(&mut event, "data", data);
    stamp.event(&Value::Object(event), number, 1, notes)
}

impl OrderLine {
    fn to_json(&self) -> Value {
        let mut line = Map::new();
        put(&mut line, "item_id", Some(self.item.as_str()));
        put(&mut line, "sku_id", self.sku.as_deref());
        put(&mut line, "qty", Some(self.qty));
        put(&mut line, "unit_price_minor", self.price.map(|p| p.minor));
        if !self.kind.is_product() {
            put(&mut line, "kind", Some(self.kind.as_str()));
        }
        Value::Object(line)
    }

    fn note_into(&self, notes: &mut Notes, occurrence: u32) {
        if self.user.is_none() {
            notes.add(Found::AnonymousRows);
        }
        match self.effect {
            Effect::Refund => notes.add(Found::RefundLines),
            Effect::Stock => notes.add(Found::StockCorrections),
            Effect::Sale if self.price.is_some_and(|p| p.is_zero()) => notes.add(Found::FreeLines),
            Effect::Sale => {}
        }
        if self.price.is_some_and(|p| p.rounded) {
            notes.add(Found::PricesRounded);
        }
        if !self.kind.is_product() {
            notes.add_code(self.kind, &self.item);
        }
        if occurrence > 0 {
            notes.add(Found::RepeatedLines);
        }
    }
}

/// `ctx` with a place, or empty.
pub(crate) fn place_context(place: &[Option<String>; 3]) -> Map<String, Value> {
    let mut fields = Map::new();
    for (key, value) in ["country", "region", "city"].into_iter().zip(place) {
        put(&mut fields, key, value.as_deref());
    }
    let mut ctx = Map::new();
    put_object(&mut ctx, "place", fields);
    ctx
}
