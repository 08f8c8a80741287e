//! A person's events in compact form: what features read of them, parsed once.
//!
//! [`History::read`] takes event rows in the order of (`time`, `seq`, `id`) and keeps that order.
//! Ids and names are numbers into the person's own list of words; circumstances (place, device,
//! campaign) repeat from event to event and are kept once each.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::Int16Type;
use arrow_array::{Array, Int16Array, RecordBatch, StringArray};
use event::columns::{self, ColumnError, EventColumns};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::error::FeatureError;

/// Number of a word in [`History::word`].
pub type Word = u32;

/// What kind of event a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// A product page was seen.
    View,
    /// A report of time spent on a view.
    Dwell,
    /// A click.
    Click,
    /// A slate was shown.
    Impression,
    /// A search.
    Search,
    /// Lines were put into the cart.
    CartAdd,
    /// Any other change of the cart.
    CartOther,
    /// An order with at least one product sold at a price.
    Order,
    /// A purchase of anything else: samples, postage, entries of the books.
    OtherPurchase,
    /// Money went back.
    Refund,
    /// An opinion.
    Review,
    /// Anything else.
    Other,
}

impl StepKind {
    /// The event type's name on the wire.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Dwell => "dwell",
            Self::Click => "click",
            Self::Impression => "impression",
            Self::Search => "search",
            Self::CartAdd | Self::CartOther => "cart",
            Self::Order | Self::OtherPurchase => "purchase",
            Self::Refund => "refund",
            Self::Review => "review",
            Self::Other => "other",
        }
    }
}

/// One event.
#[derive(Debug, Clone)]
pub struct Step {
    /// When, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// What.
    pub kind: StepKind,
    /// The sender's offset from UTC, minutes.
    pub offset_min: i16,
    /// The one item, where there is one.
    pub item: Option<Word>,
    /// The view a view or dwell names.
    pub view: Option<Word>,
    /// Lines, as numbers into [`History::lines`].
    pub lines: Range<u32>,
    /// Circumstances, as a number into [`History::circumstances`].
    pub circumstance: Option<u32>,
    /// Where the event came from: `web`, `app`, ….
    pub source: Word,
    /// The order of a purchase or refund.
    pub order: Option<Word>,
    /// Where an order was sold.
    pub order_channel: Option<Word>,
    /// Total of a purchase, amount of a refund, price of a view, in minor units.
    pub amount_minor: Option<i64>,
    /// Currency of the amount.
    pub currency: Option<Word>,
    /// Discount of a purchase in minor units.
    pub discount_minor: Option<i64>,
    /// Dwell reported by this event; never negative.
    pub dwell_ms: Option<i64>,
    /// Rating of a review as a share of its maximum; finite.
    pub rating: Option<f64>,
    /// Deepest scroll of a view, percent.
    pub scroll_pct: Option<i64>,
    /// Results of a search.
    pub results: Option<i64>,
    /// Latitude and longitude, degrees, where the shop sent them.
    pub point: Option<(f64, f64)>,
}

/// One line of a cart, an order or a refund.
#[derive(Debug, Clone, Copy)]
pub struct StepLine {
    /// The item.
    pub item: Word,
    /// Units.
    pub qty: i64,
    /// `qty × unit price` in minor units.
    pub amount_minor: i64,
    /// Whether it is goods.
    pub is_product: bool,
}

/// Place, device and campaign of an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstance {
    /// Country.
    pub country: Option<Word>,
    /// Region.
    pub region: Option<Word>,
    /// City.
    pub city: Option<Word>,
    /// Device class.
    pub class: Option<Word>,
    /// Operating system.
    pub os: Option<Word>,
    /// Browser.
    pub browser: Option<Word>,
    /// Campaign source.
    pub source: Option<Word>,
    /// Campaign medium.
    pub medium: Option<Word>,
    /// Campaign name.
    pub campaign: Option<Word>,
}

/// A person's events in order.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The events.
    pub steps: Vec<Step>,
    /// Lines of all events.
    pub lines: Vec<StepLine>,
    /// Circumstances that occur.
    pub circumstances: Vec<Circumstance>,
    words: Vec<Box<str>>,
    word_index: FxHashMap<Box<str>, Word>,
    circumstance_index: FxHashMap<Box<str>, u32>,
}

/// The columns that [`History::read`] needs beside those that order rows.
pub fn reads() -> Vec<&'static str> {
    let mut names = columns::NAMES.to_vec();
    names.extend(["ts_offset_min", "source", "ctx", "data"]);
    names
}

/// Typed views of the columns of [`reads`].
struct Rows<'a> {
    columns: EventColumns<'a>,
    offset: &'a Int16Array,
    source: &'a StringArray,
    ctx: &'a StringArray,
    data: &'a StringArray,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch) -> Result<Self, ColumnError> {
        let column = |name| batch.column_by_name(name).ok_or(ColumnError(name));
        let text = |name| column(name)?.as_string_opt::<i32>().ok_or(ColumnError(name));
        let offset = column("ts_offset_min")?.as_primitive_opt::<Int16Type>();
        Ok(Self {
            columns: EventColumns::of(batch)?,
            offset: offset.ok_or(ColumnError("ts_offset_min"))?,
            source: text("source")?,
            ctx: text("ctx")?,
            data: text("data")?,
        })
    }
}

/// The fields of `data` that are read, whatever the type of event.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    view_id: Option<String>,
    scroll_max_pct: Option<i64>,
    results_n: Option<i64>,
    op: Option<String>,
    discount_minor: Option<i64>,
    channel: Option<String>,
    props: Option<Point>,
}

/// Coordinates among the properties of a custom event.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Point {
    #[serde(alias = "latitude")]
    lat: Option<serde_json::Value>,
    #[serde(alias = "longitude", alias = "lng")]
    lon: Option<serde_json::Value>,
}

impl Point {
    fn degrees(&self) -> Option<(f64, f64)> {
        let (lat, lon) = (self.lat.as_ref()?.as_f64()?, self.lon.as_ref()?.as_f64()?);
        (lat.abs() <= 90.0 && lon.abs() <= 180.0).then_some((lat, lon))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ctx {
    place: Named,
    device: Named,
    campaign: Named,
}

/// Place, device or campaign: names by field.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    country: Option<String>,
    region: Option<String>,
    city: Option<String>,
    class: Option<String>,
    os: Option<String>,
    browser: Option<String>,
    source: Option<String>,
    medium: Option<String>,
    name: Option<String>,
}

impl History {
    /// The history in rows of one person of a batch of [`event::schema`].
    pub fn read(batch: &RecordBatch, rows: Range<usize>) -> Result<Self, FeatureError> {
        let mut history = Self::default();
        history.extend(batch, rows)?;
        Ok(history)
    }

    /// Adds rows that come after those already read.
    pub fn extend(&mut self, batch: &RecordBatch, rows: Range<usize>) -> Result<(), FeatureError> {
        let table = Rows::of(batch)?;
        self.steps.reserve(rows.len());
        for row in rows {
            let step = self.step(&table, row);
            self.steps.push(step);
        }
        Ok(())
    }

    /// The text of a word.
    pub fn word(&self, word: Word) -> &str {
        self.words.get(word as usize).map_or("", |text| text)
    }

    /// The word that a text is, if an event says it.
    pub fn find(&self, text: &str) -> Option<Word> {
        self.word_index.get(text).copied()
    }

    /// Number of different words: every [`Word`] of this history is below it.
    pub fn words(&self) -> usize {
        self.words.len()
    }

    /// The lines of a step.
    pub fn lines_of(&self, step: &Step) -> &[StepLine] {
        &self.lines[step.lines.start as usize..step.lines.end as usize]
    }

    /// The circumstances of a step.
    pub fn circumstance_of(&self, step: &Step) -> Circumstance {
        step.circumstance.map_or_else(Circumstance::default, |i| self.circumstances[i as usize])
    }

    fn learn(&mut self, text: &str) -> Word {
        if let Some(&word) = self.word_index.get(text) {
            return word;
        }
        let word = self.words.len() as Word;
        self.words.push(text.into());
        self.word_index.insert(text.into(), word);
        word
    }

    fn step(&mut self, rows: &Rows<'_>, row: usize) -> Step {
        let columns = &rows.columns;
        // Stored data parses; what does not says nothing.
        let detail: Detail = serde_json::from_str(rows.data.value(row)).unwrap_or_default();
        let first_line = self.lines.len() as u32;
        for line in columns.lines(row) {
            let line = StepLine {
                item: self.learn(line.item_id),
                qty: line.qty,
                amount_minor: line.amount_minor(),
                is_product: line.is_product,
            };
            self.lines.push(line);
        }
        let is_order = || columns.lines(row).any(|line| line.is_sale());
        let kind = kind_of(columns.kind.value(row), detail.op.as_deref(), is_order);
        let text =
            |column: &'_ StringArray| (!column.is_null(row)).then(|| column.value(row).to_owned());
        let (item, currency) = (text(columns.item_id), text(columns.currency));
        // A review may name an order too; what counts here is what was paid and given back.
        let order = text(columns.order_id);
        let amount = &columns.amount_minor;
        let (dwell, rating) = (&columns.dwell_ms, &columns.rating);
        Step {
            time_ms: columns.time.value(row),
            kind,
            offset_min: rows.offset.value(row),
            item: item.map(|item| self.learn(&item)),
            view: detail.view_id.map(|view| self.learn(&view)),
            lines: first_line..self.lines.len() as u32,
            circumstance: (!rows.ctx.is_null(row)).then(|| self.circumstance(rows.ctx.value(row))),
            source: self.learn(rows.source.value(row)),
            order: order.map(|order| self.learn(&order)),
            order_channel: detail.channel.map(|channel| self.learn(&channel)),
            amount_minor: (!amount.is_null(row)).then(|| amount.value(row)),
            currency: currency.map(|currency| self.learn(&currency)),
            discount_minor: detail.discount_minor,
            dwell_ms: (!dwell.is_null(row)).then(|| dwell.value(row)).filter(|ms| *ms >= 0),
            rating: (!rating.is_null(row)).then(|| rating.value(row)).filter(|r| r.is_finite()),
            scroll_pct: detail.scroll_max_pct.filter(|pct| (0..=100).contains(pct)),
            results: detail.results_n,
            point: detail.props.and_then(|point| point.degrees()),
        }
    }

    fn circumstance(&mut self, ctx: &str) -> u32 {
        if let Some(&known) = self.circumstance_index.get(ctx) {
            return known;
        }
        let read: Ctx = serde_json::from_str(ctx).unwrap_or_default();
        let mut word = |text: Option<String>| text.map(|text| self.learn(&text));
        let circumstance = Circumstance {
            country: word(read.place.country),
            region: word(read.place.region),
            city: word(read.place.city),
            class: word(read.device.class),
            os: word(read.device.os),
            browser: word(read.device.browser),
            source: word(read.campaign.source),
            medium: word(read.campaign.medium),
            campaign: word(read.campaign.name),
        };
        let number = self.circumstances.len() as u32;
        self.circumstances.push(circumstance);
        self.circumstance_index.insert(ctx.into(), number);
        number
    }
}

fn kind_of(name: &str, op: Option<&str>, is_order: impl Fn() -> bool) -> StepKind {
    match name {
        "view" => StepKind::View,
        "dwell" => StepKind::Dwell,
        "click" => StepKind::Click,
        "impression" => StepKind::Impression,
        "search" => StepKind::Search,
        "cart" if op == Some("add") => StepKind::CartAdd,
        "cart" => StepKind::CartOther,
        "purchase" if is_order() => StepKind::Order,
        "purchase" => StepKind::OtherPurchase,
        "refund" => StepKind::Refund,
        "review" => StepKind::Review,
        _ => StepKind::Other,
    }
}
