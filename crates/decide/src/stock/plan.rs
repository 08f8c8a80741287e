//! How many of each item to order now: up to the level that covers the weeks until the next order
//! arrives, in packs, within a budget.
//!
//! The level `S = F⁻¹(p / (h R + p))` covers that share of cases, or a share asked for, of demand
//! over the weeks covered; the order fills the gap to stock on hand and on order, in whole packs,
//! at least the supplier's minimum. An order of `q` on a position of `x` gains
//! `p (E(Y − x)⁺ − E(Y − x − q)⁺) − h R (E(x + q − Y)⁺ − E(x − Y)⁺)`.
//!
//! Symbols: `Y`, units asked for over the weeks covered, `F` its distribution; `p`, margin of a
//! unit; `h`, holding a unit for a week; `R`, weeks between orders. Time `O(items log scores)`,
//! memory `O(items)`.
//! Source: K. Arrow, T. Harris and J. Marschak, "Optimal inventory policy", Econometrica 19, 1951;
//! E. Silver, D. Pyke and D. Thomas, "Inventory and production management in supply chains", 4th
//! edition, 2017, sections 6.9 (periodic review) and 6.10 (lead times that vary).
//! DIFFERENCE: a lead time that varies widens the size of a miss by what it adds to the deviation;
//! whatever lacks is taken as lost, and no order costs anything by itself.

use model::Cover;

use super::plan_budget::{Block, Bought, buy};

/// Mean absolute deviation over standard deviation of normal demand, `√(2 / π)`.
const ABSOLUTE: f64 = 0.797_884_560_802_865_4;

/// Parts that a large order is bought in.
const CHOICES: i64 = 24;

/// The economics and conditions of a plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// Weeks an order covers.
    pub cover: usize,
    /// Weeks between orders.
    pub review: usize,
    /// Standard deviation of the lead time, weeks.
    pub lead_deviation: f64,
    /// Share of cases to cover; by cost where none is given.
    pub service: Option<f64>,
    /// Holding for a year, as a share of the cost of a unit.
    pub holding_year: f64,
    /// Money for this order, minor units.
    pub budget_minor: Option<i64>,
}

/// One item that may be ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its place among the series.
    pub at: usize,
    /// Price paid, minor units.
    pub price_minor: i64,
    /// Cost of a unit, minor units.
    pub cost_minor: i64,
    /// Units on hand.
    pub on_hand: i64,
    /// Units ordered and not here yet.
    pub on_order: i64,
    /// Units of an order at least.
    pub least: i64,
    /// Units of a pack.
    pub pack: i64,
}

/// What the plan says of an item.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The item.
    pub item: Item,
    /// Units expected over the weeks covered.
    pub mean: f64,
    /// Size of a miss.
    pub size: f64,
    /// Share of cases that the level covers.
    pub share: f64,
    /// Order up to this.
    pub level: i64,
    /// Units wanted without a budget.
    pub wanted: i64,
    /// Units to order.
    pub order: i64,
    /// What the order gains over ordering none, minor units.
    pub gain: f64,
    /// Share of cases in which stock runs out before the next order arrives: without the order, and
    /// with it.
    pub risk: (f64, f64),
}

/// A purchase plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Every item, in the order given.
    pub lines: Vec<Line>,
    /// How the money went.
    pub bought: Bought,
}

impl Item {
    /// Margin of a unit.
    #[must_use]
    pub fn margin(&self) -> f64 {
        (self.price_minor - self.cost_minor) as f64
    }

    /// Cost of holding a unit from one order to the next.
    #[must_use]
    pub fn holding(&self, terms: &Terms) -> f64 {
        self.cost_minor as f64 * terms.holding_year / 52.0 * terms.review as f64
    }

    /// Share of cases worth covering.
    #[must_use]
    pub fn share(&self, terms: &Terms) -> f64 {
        let by_cost = || self.margin() / (self.margin() + self.holding(terms)).max(1e-9);
        terms.service.unwrap_or_else(by_cost).clamp(0.0, 0.9999)
    }
}

/// The size of a miss with lead times that vary.
#[must_use]
pub fn widened(mean: f64, size: f64, terms: &Terms) -> f64 {
    let a_week = mean / terms.cover.max(1) as f64;
    (size.powi(2) + (ABSOLUTE * a_week * terms.lead_deviation).powi(2)).sqrt()
}

/// Plans an order.
///
/// `levels` are taken instead of the forecast's where they are given.
#[must_use]
pub fn plan(cover: &Cover, items: Vec<Item>, terms: &Terms, levels: Option<&[f64]>) -> Plan {
    let mut lines: Vec<Line> = items
        .into_iter()
        .enumerate()
        .map(|(at, item)| line(cover, item, terms, levels.map(|levels| levels[at])))
        .collect();
    let mut blocks = Vec::new();
    for (of, line) in lines.iter().enumerate().filter(|(_, line)| line.wanted > 0) {
        let first = in_packs(line.item.least.max(1), line.item.pack);
        let mut sizes = vec![first.min(line.wanted)];
        let left = line.wanted - sizes[0];
        // Packs of a large order are bought together.
        let step = in_packs((left / CHOICES).max(1), line.item.pack);
        sizes.extend((0..left).step_by(step as usize).map(|had| step.min(left - had)));
        let mut had = 0;
        for units in sizes {
            let value = line.gain_of(cover, terms, had + units) - line.gain_of(cover, terms, had);
            blocks.push(Block { of, units, cost_minor: units * line.item.cost_minor, value });
            had += units;
        }
    }
    let bought = buy(&blocks, terms.budget_minor);
    for (of, units) in &bought.units {
        lines[*of].order = *units;
        lines[*of].gain = lines[*of].gain_of(cover, terms, *units);
        let line = &lines[*of];
        let after = cover.risk(line.mean, line.size, (line.position() + units) as f64);
        lines[*of].risk.1 = after;
    }
    Plan { lines, bought }
}

/// Units in whole packs, at least as many.
fn in_packs(units: i64, pack: i64) -> i64 {
    (units.max(0) + pack - 1) / pack * pack
}

fn line(cover: &Cover, item: Item, terms: &Terms, level: Option<f64>) -> Line {
    let mean = cover.mean[item.at];
    let size = widened(mean, cover.size[item.at], terms);
    let share = item.share(terms);
    let of_forecast = || if mean > 0.0 { cover.quantile(mean, size, share) } else { 0.0 };
    let level = level.unwrap_or_else(of_forecast).ceil() as i64;
    let gap = level - item.on_hand.max(0) - item.on_order;
    let wanted = if gap > 0 { in_packs(gap.max(item.least), item.pack) } else { 0 };
    let position = (item.on_hand.max(0) + item.on_order) as f64;
    let risk = if mean > 0.0 { cover.risk(mean, size, position) } else { 0.0 };
    let mut line =
        Line { item, mean, size, share, level, wanted, order: 0, gain: 0.0, risk: (risk, risk) };
    if line.wanted > 0 && line.gain_of(cover, terms, line.wanted) <= 0.0 {
        // The supplier's minimum is worth less than it costs to keep.
        line.wanted = 0;
    }
    line
}

impl Line {
    /// Units on hand and on order.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.item.on_hand.max(0) + self.item.on_order
    }

    /// What an order of some units gains over none, minor units.
    #[must_use]
    pub fn gain_of(&self, cover: &Cover, terms: &Terms, units: i64) -> f64 {
        let (before, after) = (self.position() as f64, (self.position() + units) as f64);
        let lacking = |stock: f64| cover.lacking(self.mean, self.size, stock);
        let served = lacking(before) - lacking(after);
        let kept = units as f64 - served;
        self.item.margin() * served - self.item.holding(terms) * kept
    }

    /// What an order gains when demand comes to this many units.
    #[must_use]
    pub fn gain_if(&self, terms: &Terms, demand: f64) -> f64 {
        let before = self.position() as f64;
        let served = (demand - before).clamp(0.0, self.order as f64);
        let kept = self.order as f64 - served;
        self.item.margin() * served - self.item.holding(terms) * kept
    }
}
