//! What happened: one variant per event type, with the fields of design §4.

use serde::Serialize;

use crate::{
    Consent, Currency, ItemId, ListId, OrderId, RecId, ReviewId, SearchId, SkuId, UserId, ViewId,
};

/// The data of an event.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Data {
    /// A product page was seen.
    View {
        /// The item.
        item_id: ItemId,
        /// Its variant.
        #[serde(skip_serializing_if = "Option::is_none")]
        sku_id: Option<SkuId>,
        /// Key for later dwell reports.
        #[serde(skip_serializing_if = "Option::is_none")]
        view_id: Option<ViewId>,
        /// Price shown, in minor units.
        #[serde(skip_serializing_if = "Option::is_none")]
        price_minor: Option<i64>,
        /// Currency of the price.
        #[serde(skip_serializing_if = "Option::is_none")]
        currency: Option<Currency>,
        /// Whether it could be bought.
        #[serde(skip_serializing_if = "Option::is_none")]
        in_stock: Option<bool>,
        /// What led here.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<CameFrom>,
        /// Time on the page so far.
        #[serde(skip_serializing_if = "Option::is_none")]
        dwell_ms: Option<u64>,
        /// Deepest scroll, percent.
        #[serde(skip_serializing_if = "Option::is_none")]
        scroll_max_pct: Option<u8>,
        /// Attention by area of the page.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        areas: Vec<Area>,
    },
    /// Time spent on a view, cumulative.
    Dwell {
        /// The view.
        view_id: ViewId,
        /// Total so far; the largest report counts.
        dwell_ms: u64,
    },
    /// Something was clicked.
    Click {
        /// What was clicked.
        target: ClickTarget,
        /// Area of the page.
        #[serde(skip_serializing_if = "Option::is_none")]
        area: Option<String>,
        /// Horizontal place, percent of the page.
        #[serde(skip_serializing_if = "Option::is_none")]
        x_pct: Option<f64>,
        /// Vertical place, percent of the page.
        #[serde(skip_serializing_if = "Option::is_none")]
        y_pct: Option<f64>,
        /// What led here.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<CameFrom>,
    },
    /// A slate was shown.
    Impression {
        /// The recommendation.
        rec_id: RecId,
        /// Where it was shown.
        surface: String,
        /// The policy that chose it.
        policy: String,
        /// What was shown.
        slate: Vec<Shown>,
    },
    /// A search was made.
    Search {
        /// The words.
        query: String,
        /// Key for views that follow.
        #[serde(skip_serializing_if = "Option::is_none")]
        search_id: Option<SearchId>,
        /// Number of results.
        #[serde(skip_serializing_if = "Option::is_none")]
        results_n: Option<u64>,
        /// Filters in force.
        #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
        filters: Vec<Trait>,
        /// Order chosen.
        #[serde(skip_serializing_if = "Option::is_none")]
        sort: Option<String>,
    },
    /// The cart changed.
    Cart {
        /// How.
        op: CartOp,
        /// The lines concerned.
        lines: Vec<Line>,
    },
    /// An order was placed.
    Purchase {
        /// The order; a second idempotency key.
        order_id: OrderId,
        /// Currency of every amount.
        currency: Currency,
        /// What the customer pays.
        total_minor: i64,
        /// What was bought.
        lines: Vec<Line>,
        /// Tax included.
        #[serde(skip_serializing_if = "Option::is_none")]
        tax_minor: Option<i64>,
        /// Shipping included.
        #[serde(skip_serializing_if = "Option::is_none")]
        shipping_minor: Option<i64>,
        /// Discount given.
        #[serde(skip_serializing_if = "Option::is_none")]
        discount_minor: Option<i64>,
        /// Coupons used.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        coupons: Vec<String>,
        /// How it was paid.
        #[serde(skip_serializing_if = "Option::is_none")]
        payment_method: Option<String>,
        /// Where it was sold.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
    },
    /// Money went back.
    Refund {
        /// The order, or the credit note's own number where the order is not known.
        order_id: OrderId,
        /// How much, positive.
        amount_minor: i64,
        /// Currency; the site's when absent.
        #[serde(skip_serializing_if = "Option::is_none")]
        currency: Option<Currency>,
        /// What came back.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        lines: Vec<Line>,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// An opinion was given.
    Review {
        /// The review.
        review_id: ReviewId,
        /// The item.
        item_id: ItemId,
        /// Stars.
        #[serde(skip_serializing_if = "Option::is_none")]
        rating: Option<Rating>,
        /// Headline.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Words.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Language of the words.
        #[serde(skip_serializing_if = "Option::is_none")]
        lang: Option<String>,
        /// The order it belongs to.
        #[serde(skip_serializing_if = "Option::is_none")]
        order_id: Option<OrderId>,
        /// Whether the purchase is proven.
        #[serde(skip_serializing_if = "Option::is_none")]
        verified: Option<bool>,
        /// `own`, or `crawl:` and the site it was read from.
        #[serde(skip_serializing_if = "Option::is_none")]
        origin: Option<String>,
    },
    /// A visitor turned out to be a known user.
    Identify {
        /// The user.
        user_id: UserId,
        /// Facts about them.
        #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
        traits: Vec<Trait>,
    },
    /// Consent was given or withdrawn.
    Consent {
        /// The new state.
        state: Consent,
        /// The notice that was shown.
        #[serde(skip_serializing_if = "Option::is_none")]
        notice: Option<String>,
    },
    /// The catalogue entry of an item.
    Item {
        /// The item.
        item_id: ItemId,
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Category path, widest first.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        category: Vec<String>,
        /// Price in minor units.
        #[serde(skip_serializing_if = "Option::is_none")]
        price_minor: Option<i64>,
        /// Cost in minor units.
        #[serde(skip_serializing_if = "Option::is_none")]
        cost_minor: Option<i64>,
        /// Currency of both.
        #[serde(skip_serializing_if = "Option::is_none")]
        currency: Option<Currency>,
        /// Product, or what else.
        kind: ItemKind,
        /// Whether it can be bought.
        #[serde(skip_serializing_if = "Option::is_none")]
        in_stock: Option<bool>,
        /// Further attributes: brand, colour, …
        #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
        attrs: Vec<Trait>,
    },
    /// A price changed.
    Price {
        /// The item.
        item_id: ItemId,
        /// The new price in minor units.
        price_minor: i64,
        /// Its currency.
        currency: Currency,
    },
    /// Stock was counted or corrected.
    Stock {
        /// The item.
        item_id: ItemId,
        /// A level or a correction.
        #[serde(flatten)]
        change: StockChange,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Anything else the shop wants to keep.
    Custom {
        /// Its name.
        name: String,
        /// Scalar properties.
        #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
        props: Vec<Trait>,
    },
}

impl Data {
    /// Every type name, in the order of design §4.
    pub const TYPES: [&'static str; 15] = [
        "view",
        "dwell",
        "click",
        "impression",
        "search",
        "cart",
        "purchase",
        "refund",
        "review",
        "identify",
        "consent",
        "item",
        "price",
        "stock",
        "custom",
    ];

    /// The event type's name on the wire.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::View { .. } => "view",
            Self::Dwell { .. } => "dwell",
            Self::Click { .. } => "click",
            Self::Impression { .. } => "impression",
            Self::Search { .. } => "search",
            Self::Cart { .. } => "cart",
            Self::Purchase { .. } => "purchase",
            Self::Refund { .. } => "refund",
            Self::Review { .. } => "review",
            Self::Identify { .. } => "identify",
            Self::Consent { .. } => "consent",
            Self::Item { .. } => "item",
            Self::Price { .. } => "price",
            Self::Stock { .. } => "stock",
            Self::Custom { .. } => "custom",
        }
    }

    /// The one item the event is about, where there is one.
    pub fn item_id(&self) -> Option<&ItemId> {
        match self {
            Self::View { item_id, .. }
            | Self::Review { item_id, .. }
            | Self::Item { item_id, .. }
            | Self::Price { item_id, .. }
            | Self::Stock { item_id, .. } => Some(item_id),
            Self::Click { target, .. } => target.item_id.as_ref(),
            _ => None,
        }
    }

    /// The lines of a cart, an order or a refund.
    pub fn lines(&self) -> &[Line] {
        match self {
            Self::Cart { lines, .. }
            | Self::Purchase { lines, .. }
            | Self::Refund { lines, .. } => lines,
            _ => &[],
        }
    }
}

/// What led to a view or click.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CameFrom {
    /// A recommendation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rec_id: Option<RecId>,
    /// A list page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_id: Option<ListId>,
    /// A search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_id: Option<SearchId>,
    /// Position in it, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

/// Attention on one area of a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Area {
    /// Its name.
    pub area: String,
    /// Time in view.
    pub ms: u64,
    /// Clicks on it.
    pub clicks: u32,
}

/// What was clicked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClickTarget {
    /// `item`, `link`, `button`, `filter`, …
    pub kind: String,
    /// Its id.
    pub id: String,
    /// The item, when the kind is `item`.
    #[serde(skip)]
    pub item_id: Option<ItemId>,
}

/// One item of a slate that was shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// The item.
    pub item_id: ItemId,
    /// Position from 1.
    pub position: u32,
    /// Exact probability that the policy put the item there; absent when not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p: Option<f64>,
    /// Score given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Reason shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How a cart changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CartOp {
    /// Lines were added.
    Add,
    /// Lines were removed.
    Remove,
    /// Lines were set to these quantities.
    Set,
    /// The cart was emptied.
    Clear,
}

/// One line of a cart, an order or a refund.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The item.
    pub item_id: ItemId,
    /// Its variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku_id: Option<SkuId>,
    /// Units, positive.
    pub qty: i64,
    /// Price of one unit in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price_minor: Option<i64>,
    /// Cost of one unit in minor units; secret key only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_minor: Option<i64>,
    /// Currency of a cart line; an order has one for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// A product, or postage, a fee, a discount, a voucher.
    #[serde(skip_serializing_if = "LineKind::is_product")]
    pub kind: LineKind,
}

impl Line {
    /// `qty × unit price`, saturating: validation keeps both far below the edge.
    pub fn amount_minor(&self) -> i64 {
        self.qty.saturating_mul(self.unit_price_minor.unwrap_or(0))
    }
}

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// Goods.
    #[default]
    Product,
    /// Postage and carriage.
    Shipping,
    /// Bank, marketplace and handling charges.
    Fee,
    /// A discount.
    Discount,
    /// A gift voucher.
    Voucher,
    /// A manual or accounting entry, a sample, a test.
    Adjustment,
}

/// An item's kind is that of its lines.
pub type ItemKind = LineKind;

impl LineKind {
    /// Whether goods are meant.
    pub fn is_product(&self) -> bool {
        matches!(self, Self::Product)
    }

    /// The name on the wire.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Shipping => "shipping",
            Self::Fee => "fee",
            Self::Discount => "discount",
            Self::Voucher => "voucher",
            Self::Adjustment => "adjustment",
        }
    }

    /// Reads the name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Product, Self::Shipping, Self::Fee, Self::Discount, Self::Voucher, Self::Adjustment]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// A rating out of a maximum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rating {
    /// Stars given.
    pub value: f64,
    /// Stars possible.
    pub max: f64,
}

/// Stock as a level or as a correction of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StockChange {
    /// Units on hand.
    Level(i64),
    /// Units found (positive) or lost (negative).
    Delta(i64),
}

/// A named scalar: trait of a person, filter, property, attribute.
#[derive(Debug, Clone, PartialEq)]
pub struct Trait {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: PropValue,
}

/// A scalar.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PropValue {
    /// Text.
    Text(String),
    /// A whole number, exact.
    Whole(i64),
    /// A finite number.
    Number(f64),
    /// A truth value.
    Flag(bool),
}

fn as_object<S: serde::Serializer>(traits: &[Trait], s: S) -> Result<S::Ok, S::Error> {
    s.collect_map(traits.iter().map(|t| (&t.name, &t.value)))
}
