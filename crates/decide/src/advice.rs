//! Advice: a decision about the shop as a whole, as it is stored, answered and replayed.
//!
//! Where a [`Record`](crate::Record) says what one person is shown, advice says whom to reach, what
//! to charge or what to order. One shape serves all three, so that storing, accepting, measuring
//! and drawing them is written once. Every number is a whole one, in the unit its place names, so
//! that advice made again from the same inputs is equal to the stored one byte for byte.

use event::{Bilingual, Currency, SiteId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::{Binding, Estimate, Kind, ModelRef, Outcome};

/// A table or file that advice was computed from, by reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRef {
    /// What it is: `orders`, `catalogue`, `stock`, `offers`, ….
    pub name: String,
    /// Rows read.
    pub rows: u64,
    /// First 16 hexadecimal digits of the SHA-256 of what was read, in its canonical order.
    pub digest: String,
}

/// A number with its unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "unit", content = "value")]
pub enum Amount {
    /// Money in minor units of the advice's currency.
    Minor(i64),
    /// A number of things, people, days.
    Count(i64),
    /// Thousandths: 1,500 is 1.5.
    Milli(i64),
    /// Parts per million: 250,000 is 25 %.
    Ppm(i64),
    /// A day of the shop's calendar, `2011-12-01`.
    Day(String),
}

/// A number that belongs to an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// Stable code: `order_units`, `price_now`, `price_new`, `people`, ….
    pub code: &'static str,
    /// What it is, for people.
    pub label: Bilingual,
    /// How much.
    pub amount: Amount,
}

/// What to do with one thing: an item, an offer, a group of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Position from 1, most valuable first.
    pub position: u32,
    /// Id of the item, offer or group.
    pub subject: String,
    /// Its name, or the id where it has none.
    pub title: String,
    /// What to do, as one sentence.
    pub advice: Bilingual,
    /// Its numbers, in the order in which they are read.
    pub figures: Vec<Figure>,
    /// What it is worth over the baseline, where that is known.
    pub expected_value: Option<Estimate>,
    /// Stable code of the reason.
    pub reason_code: &'static str,
    /// The reason as a sentence.
    pub reason: Bilingual,
}

/// What would be done otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// Stable code: `change_nothing`, `everyone`, `seasonal_naive_fixed_stock`, ….
    pub code: &'static str,
    /// What it means, as a sentence.
    pub text: Bilingual,
    /// What it is worth, by the same definition as the advice.
    pub expected_value: Option<Estimate>,
}

/// Something the data say, or cannot say, that a reader should know before acting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable code: `not_causal`, `one_price_ever`, `stock_never_recorded`, ….
    pub code: &'static str,
    /// The finding as a sentence.
    pub text: Bilingual,
}

/// A line of a plot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlotLine {
    /// Its name.
    pub name: Bilingual,
    /// `line`, `points` or `band_low` and `band_high`, which belong together.
    pub style: &'static str,
    /// Points in order of x, each in the plot's units.
    pub points: Vec<(i64, i64)>,
}

/// A plot of the advice, drawn as it is and listed as a table beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plot {
    /// Stable code: `value_curve`, `demand_curve`, `forecast`.
    pub code: &'static str,
    /// The subject of the action it belongs to; none for the whole advice.
    pub subject: Option<String>,
    /// Title.
    pub title: Bilingual,
    /// What x is, and its unit as in [`Amount`]; days are days since 1970-01-01.
    pub x: (Bilingual, &'static str),
    /// What y is, and its unit.
    pub y: (Bilingual, &'static str),
    /// The lines.
    pub lines: Vec<PlotLine>,
}

/// Advice as it is stored, answered and replayed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// Identity.
    pub decision_id: String,
    /// Market, price or stock.
    pub kind: Kind,
    /// Shop.
    pub site: SiteId,
    /// When, RFC 3339 in the shop's zone.
    pub made_at: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// What it was computed from.
    pub inputs: Vec<InputRef>,
    /// The models it rests on.
    pub models: Vec<ModelRef>,
    /// How it came out.
    pub outcome: Outcome,
    /// What to do.
    pub actions: Vec<Action>,
    /// What all of it is worth together, over the baseline.
    pub expected_value: Option<Estimate>,
    /// The alternative.
    pub baseline: Alternative,
    /// What bound.
    pub binding: Vec<Binding>,
    /// What the data say and cannot say.
    pub findings: Vec<Finding>,
    /// On which consent people are in it; none where no person is.
    pub consent_basis: Option<Bilingual>,
    /// Its plots.
    pub plots: Vec<Plot>,
    /// Anything a reader should know before trusting it.
    pub note: Option<Bilingual>,
    /// The request, whole, so that the decision can be made again.
    pub request: Value,
}
