//! The column map: which column of a file holds what, and what its rows mean.
//!
//! A map is a TOML file. The shipped ones (`crates/collect/maps/*.toml`) are examples to copy.
//!
//! ```toml
//! name = "my-shop"
//! layout = "rows"                  # rows: each row is an event; orders: each is an order line
//! required = ["user", "item"]      # fields without which the map does not fit a file
//! currency = "EUR"                 # where no column says it; else the site's
//! time_zone = "Europe/Paris"       # for times without an offset; else the site's
//! time_formats = ["%d/%m/%Y %H:%M"] # tried before ISO 8601 and Unix times
//! event = "purchase"               # the type of every row, or use [events]
//!
//! [columns]                        # field = column name, or several names: the first found
//! user = "customer"                # counts; case, spaces, `_` and `-` do not matter
//! item = ["sku", "article"]
//! event = "action"
//!
//! [events]                         # values of the event column and the types they mean:
//! bought = "purchase"              # view click cart cart:remove cart:set purchase refund
//! liked = "custom:like"            # review search item stock custom:NAME
//! ```
//!
//! Every other key is described at the fields of [`ColumnMap`] below.

use std::collections::BTreeMap;

use event::{Bilingual, LineKind};
use serde::Deserialize;

use crate::CollectError;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A field of an event that a column can fill.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Field { $($(#[$doc])* $name),* }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name it has in a map.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

fields! {
    /// The known person.
    User = "user";
    /// The visitor, where the person is not known.
    Anon = "anon";
    /// The event's own id, where each row is one event: rows of equal id are one event told twice,
    /// and a purchase without an order number is the order of that id.
    /// Without it a row is known by all that it says.
    Id = "id";
    /// The visit.
    Session = "session";
    /// Order among events of equal time.
    Seq = "seq";
    /// When it happened.
    Time = "time";
    /// The year, where the date stands in three columns.
    Year = "year";
    /// The month, 1 to 12.
    Month = "month";
    /// The day, 1 to 31.
    Day = "day";
    /// What happened, looked up in `[events]`.
    Event = "event";
    /// The item.
    Item = "item";
    /// Its variant.
    Sku = "sku";
    /// The item's name.
    Title = "title";
    /// The item's category; see `category_split` and `category_path`.
    Category = "category";
    /// The order.
    Order = "order";
    /// Units.
    Qty = "qty";
    /// Price of one unit, as a decimal.
    Price = "price";
    /// Currency of the price.
    Currency = "currency";
    /// Country of the person.
    Country = "country";
    /// Region of the person.
    Region = "region";
    /// City of the person.
    City = "city";
    /// Area of the page that was clicked.
    Area = "area";
    /// Kind of the page.
    PageKind = "page_kind";
    /// Address of the page.
    Url = "url";
    /// Address before it.
    Referrer = "referrer";
    /// Time on the page.
    DwellMs = "dwell_ms";
    /// Stars.
    Rating = "rating";
    /// The review.
    ReviewId = "review_id";
    /// Headline of a review.
    ReviewTitle = "review_title";
    /// Words of a review; the reason of a refund.
    Text = "text";
    /// Language of the words.
    Lang = "lang";
    /// Words searched for.
    Query = "query";
    /// How it was paid.
    Payment = "payment";
    /// Where it was sold.
    Channel = "channel";
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Each row is one event.
    Rows,
    /// Each row is a line of an order; the lines of an order become one purchase or refund.
    Orders,
}

/// What an exact copy of an earlier row means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// The same thing told twice: it counts once, the copies count as duplicates.
    #[default]
    Drop,
    /// It happened twice. In the `rows` layout this keeps 20 bytes in memory per row.
    Keep,
}

/// What a line of negative quantity in an ordinary order means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NegativeQuantity {
    /// Goods came back: a refund under the order's number.
    #[default]
    Refund,
    /// Stock was corrected; nobody bought or returned anything.
    Stock,
}

/// What a line of price zero without a person means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnpricedLine {
    /// A free line of the order, as it is with a person.
    #[default]
    Line,
    /// Stock was corrected.
    Stock,
}

/// Column names of which the first found counts; in TOML one text or a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMany")]
pub struct Names(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Names {
    fn from(value: OneOrMany) -> Self {
        match value {
            OneOrMany::One(name) => Self(vec![name]),
            OneOrMany::Many(names) => Self(names),
        }
    }
}

/// Codes of the item column that are no goods.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Codes {
    /// Whole codes, in any case.
    pub codes: Vec<String>,
    /// Beginnings of codes, in any case.
    pub prefixes: Vec<String>,
}

/// How the lines of orders are read.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderRules {
    /// Beginnings of order numbers that mark credit notes.
    pub refund_prefixes: Vec<String>,
    /// What a negative quantity means where the number is no credit note's.
    pub negative_quantity: NegativeQuantity,
    /// What a line of price zero without a person means.
    pub unpriced_line: UnpricedLine,
    /// An order is complete when its last line lies this many rows back.
    pub window_rows: u64,
}

impl Default for OrderRules {
    fn default() -> Self {
        Self {
            refund_prefixes: Vec::new(),
            negative_quantity: NegativeQuantity::default(),
            unpriced_line: UnpricedLine::default(),
            window_rows: 200_000,
        }
    }
}

/// Which column holds what, and what the rows mean. See the top of this file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMap {
    /// Its name; part of the event ids, so that changing it makes other events.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub about: Option<Bilingual>,
    /// What a row stands for.
    pub layout: Layout,
    /// Fields without which the map does not fit a file.
    #[serde(default)]
    pub required: Vec<Field>,
    /// Field → column names.
    #[serde(default)]
    pub columns: BTreeMap<Field, Names>,
    /// Column names for files whose first row is data already.
    #[serde(default)]
    pub header: Vec<String>,
    /// Separator, where it should not be found out from the first line.
    #[serde(default)]
    pub separator: Option<String>,
    /// Whether numbers are written `1.299,95`.
    #[serde(default)]
    pub decimal_comma: bool,
    /// Currency where no column says it.
    #[serde(default)]
    pub currency: Option<String>,
    /// Zone (IANA) of times without an offset.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Time formats (`strptime`, or `unix_s`, `unix_ms`, `unix_us`) tried before ISO 8601.
    #[serde(default)]
    pub time_formats: Vec<String>,
    /// The time of every row, where the file has none.
    #[serde(default)]
    pub fixed_time: Option<String>,
    /// Time of day, `HH:MM`, where only the date is known.
    #[serde(default)]
    pub clock: Option<String>,
    /// Whether `seq` counts as seconds after that time, to keep the order.
    #[serde(default)]
    pub seq_seconds: bool,
    /// The event type of rows without an `event` column.
    #[serde(default)]
    pub event: Option<String>,
    /// Values of the `event` column, in any case → event types.
    #[serde(default)]
    pub events: BTreeMap<String, String>,
    /// Field or attribute → value in the file → text to keep instead.
    #[serde(default)]
    pub values: BTreeMap<String, BTreeMap<String, String>>,
    /// Attributes of the item → column names.
    #[serde(default)]
    pub attrs: BTreeMap<String, Names>,
    /// Columns that are the levels of the category, widest first; overrules `category`.
    #[serde(default)]
    pub category_path: Vec<Names>,
    /// What separates the levels inside the `category` column.
    #[serde(default)]
    pub category_split: Option<String>,
    /// The item's name where none is given: `{item}` and `{category}` (its last level) are
    /// filled in.
    #[serde(default)]
    pub item_title: Option<String>,
    /// Whether item codes that differ only in case are one item, kept in upper case.
    #[serde(default)]
    pub item_upper_case: bool,
    /// Stars possible.
    #[serde(default)]
    pub rating_max: Option<f64>,
    /// Kind of every page.
    #[serde(default)]
    pub page_kind: Option<String>,
    /// Put before anonymous ids, so that they cannot meet others.
    #[serde(default)]
    pub anon_prefix: String,
    /// Values, in any case, that mean nothing is known.
    #[serde(default = "usual_missing")]
    pub missing: Vec<String>,
    /// Values of the `user` column that mean nobody.
    #[serde(default)]
    pub anonymous: Vec<String>,
    /// What an exact copy of a row means.
    #[serde(default)]
    pub repeats: Repeats,
    /// How the lines of orders are read.
    #[serde(default)]
    pub orders: OrderRules,
    /// `shipping`, `fee`, `discount`, `voucher`, `adjustment` → codes that are no goods.
    #[serde(default)]
    pub kinds: BTreeMap<String, Codes>,
}

fn usual_missing() -> Vec<String> {
    ["nan", "null", "\\n"].map(str::to_owned).to_vec()
}

impl ColumnMap {
    /// Reads and checks a map; `name` is used in messages.
    pub fn from_toml(text: &str, name: &str) -> Result<Self, CollectError> {
        let wrong = |problem: String| CollectError::Map { name: name.to_owned(), problem };
        let map: Self = toml::from_str(text).map_err(|e| wrong(e.to_string()))?;
        map.check().map_err(wrong)?;
        Ok(map)
    }

    fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.name.len() > 60 {
            return Err("name must have 1 to 60 bytes".to_owned());
        }
        if let Some(kind) = self.kinds.keys().find(|k| LineKind::from_name(k).is_none()) {
            return Err(format!(
                "kinds.{kind} is no kind; use shipping, fee, discount, voucher or adjustment"
            ));
        }
        let types = self.events.values().chain(&self.event);
        for name in types {
            if RowType::from_name(name).is_none() {
                return Err(format!("{name} is no event type; use {}", RowType::NAMES));
            }
        }
        for (key, table) in &self.values {
            let known =
                Field::ALL.iter().any(|f| f.as_str() == key) || self.attrs.contains_key(key);
            if !known || table.is_empty() {
                return Err(format!("values.{key} belongs to no field or attribute"));
            }
        }
        let dated = Field::ALL.iter().filter(|f| self.columns.contains_key(f));
        let dated = dated.filter(|f| matches!(f, Field::Time | Field::Year)).count() > 0;
        if !dated && self.fixed_time.is_none() {
            return Err("no column holds the time; set columns.time or fixed_time".to_owned());
        }
        if !self.columns.contains_key(&Field::Item) && !self.columns.contains_key(&Field::Query) {
            return Err("no column holds the item; set columns.item".to_owned());
        }
        if self.layout == Layout::Orders {
            for field in [Field::Order, Field::Qty] {
                if !self.columns.contains_key(&field) {
                    return Err(format!("layout orders needs columns.{}", field.as_str()));
                }
            }
        }
        if self.orders.window_rows == 0 {
            return Err("orders.window_rows must be at least 1".to_owned());
        }
        Ok(())
    }

    /// What a code of the item column stands for.
    pub fn kind_of(&self, code: &str) -> LineKind {
        let matches = |codes: &Codes| {
            codes.codes.iter().any(|c| c.eq_ignore_ascii_case(code))
                || codes.prefixes.iter().any(|p| starts_with(code, p))
        };
        let found = self.kinds.iter().find(|(_, codes)| matches(codes));
        found.and_then(|(kind, _)| LineKind::from_name(kind)).unwrap_or_default()
    }

    /// Whether an order number is a credit note's.
    pub fn is_refund(&self, order: &str) -> bool {
        self.orders.refund_prefixes.iter().any(|p| starts_with(order, p))
    }
}

/// Whether a text begins with a prefix, ASCII case aside.
fn starts_with(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|h| h.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// What a row of the `rows` layout becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowType {
    View,
    Click,
    Cart(&'static str),
    Purchase,
    Refund,
    Review,
    Search,
    Item,
    Stock,
    Custom(String),
}

impl RowType {
    /// The names a map can use.
    pub const NAMES: &'static str = "view, click, cart, cart:remove, cart:set, purchase, refund, \
        review, search, item, stock or custom:NAME";

    /// Reads a name of the `[events]` table.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "view" => Self::View,
            "click" => Self::Click,
            "cart" | "cart:add" => Self::Cart("add"),
            "cart:remove" => Self::Cart("remove"),
            "cart:set" => Self::Cart("set"),
            "purchase" => Self::Purchase,
            "refund" => Self::Refund,
            "review" => Self::Review,
            "search" => Self::Search,
            "item" => Self::Item,
            "stock" => Self::Stock,
            _ => Self::Custom(name.strip_prefix("custom:").filter(|n| !n.is_empty())?.to_owned()),
        })
    }
}
