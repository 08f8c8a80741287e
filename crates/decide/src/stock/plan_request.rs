//! What a purchase plan is asked for, and the items it may order.

use std::collections::BTreeMap;

use event::Bilingual;
use feature::demand::Demand;
use serde::{Deserialize, Serialize};

use super::outlook::Timing;
use super::plan::{Item, Terms};

/// What was counted or is agreed for one item, as entered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entered {
    /// Units on hand.
    pub on_hand: Option<i64>,
    /// Units ordered and not here yet.
    pub on_order: i64,
    /// Units of an order at least.
    pub least: Option<i64>,
    /// Units of a pack.
    pub pack: Option<i64>,
    /// Cost of a unit, minor units.
    pub cost_minor: Option<i64>,
}

/// What a plan is asked for; whatever is left out has its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StockRequest {
    /// Only events received before this moment count, milliseconds since 1970 UTC; all where none.
    pub until: Option<i64>,
    /// Weeks from order to arrival.
    pub lead_weeks: u32,
    /// Deviation of the lead time, hundredths of a week.
    pub lead_deviation_centiweeks: u32,
    /// Weeks between orders.
    pub review_weeks: u32,
    /// Share of cases to cover, parts per million; by cost where none.
    pub service_ppm: Option<u32>,
    /// Margin of an item whose cost is not known, parts per million of its price.
    pub margin_ppm: u32,
    /// Holding for a year, parts per million of the cost of a unit.
    pub holding_ppm_year: u32,
    /// Money for this order, minor units.
    pub budget_minor: Option<i64>,
    /// Units of an order at least, where an item has no entry of its own.
    pub least: i64,
    /// Units of a pack, where an item has no entry of its own.
    pub pack: i64,
    /// Stock and conditions entered, by item.
    pub entered: BTreeMap<String, Entered>,
    /// Weeks of the past over which the plan is played against its baseline.
    pub play_weeks: u32,
    /// Weeks of recent sales that the shop keeps today.
    pub today_weeks: u32,
    /// Items listed at most.
    pub limit: u32,
}

impl Default for StockRequest {
    fn default() -> Self {
        Self {
            until: None,
            lead_weeks: 2,
            lead_deviation_centiweeks: 50,
            review_weeks: 1,
            service_ppm: None,
            margin_ppm: 400_000,
            holding_ppm_year: 250_000,
            budget_minor: None,
            least: 1,
            pack: 1,
            entered: BTreeMap::new(),
            play_weeks: 13,
            today_weeks: 6,
            limit: 200,
        }
    }
}

/// The items of a shop, as a plan sees them.
pub struct Shelf {
    /// Items with a price above their cost, in the order of the series.
    pub items: Vec<Item>,
    /// Items whose margin is not above 0.
    pub no_margin: usize,
    /// Items whose cost was recorded or entered.
    pub cost_known: usize,
    /// Items whose stock was counted, in events or as entered.
    pub counted: usize,
    /// Entered items that were never sold.
    pub unknown: Vec<String>,
}

fn out_of_range(name: &str, found: i64, low: i64, high: i64) -> Bilingual {
    Bilingual::new(
        format!("{name} is {found}, but must be from {low} to {high}"),
        format!("{name} 为 {found}，须在 {low} 至 {high} 之间"),
    )
}

impl StockRequest {
    /// Refuses what no plan can be made of.
    ///
    /// # Errors
    /// The first value out of its range, or two that clash.
    pub fn check(&self) -> Result<(), Bilingual> {
        let whole = |value: Option<u32>| value.map_or(900_000, i64::from);
        let ranges = [
            ("lead_weeks", i64::from(self.lead_weeks), 0, 520),
            ("lead_deviation_centiweeks", i64::from(self.lead_deviation_centiweeks), 0, 5_200),
            ("review_weeks", i64::from(self.review_weeks), 1, 52),
            ("service_ppm", whole(self.service_ppm), 500_000, 999_900),
            ("margin_ppm", i64::from(self.margin_ppm), 1, 990_000),
            ("holding_ppm_year", i64::from(self.holding_ppm_year), 1, 10_000_000),
            ("budget_minor", self.budget_minor.unwrap_or(0), 0, i64::MAX / 1_000),
            ("least", self.least, 0, 1_000_000),
            ("pack", self.pack, 1, 1_000_000),
            ("play_weeks", i64::from(self.play_weeks), 1, 520),
            ("today_weeks", i64::from(self.today_weeks), 1, 104),
            ("limit", i64::from(self.limit), 1, 5_000),
        ];
        for (name, found, low, high) in ranges {
            if !(low..=high).contains(&found) {
                return Err(out_of_range(name, found, low, high));
            }
        }
        let most = 1_000_000_000;
        for (id, entered) in &self.entered {
            let values = [
                ("on_hand", entered.on_hand.unwrap_or(0), 0),
                ("on_order", entered.on_order, 0),
                ("least", entered.least.unwrap_or(0), 0),
                ("pack", entered.pack.unwrap_or(1), 1),
                ("cost_minor", entered.cost_minor.unwrap_or(1), 1),
            ];
            for (name, found, low) in values {
                if !(low..=most).contains(&found) {
                    return Err(out_of_range(&format!("{name} ({id})"), found, low, most));
                }
            }
        }
        Ok(())
    }

    /// The time an order covers.
    #[must_use]
    pub fn timing(&self) -> Timing {
        Timing { lead: self.lead_weeks as usize, review: self.review_weeks as usize }
    }

    /// The terms of the plan.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            cover: self.timing().cover(),
            review: self.review_weeks as usize,
            lead_deviation: f64::from(self.lead_deviation_centiweeks) / 100.0,
            service: self.service_ppm.map(|ppm| f64::from(ppm) / 1e6),
            holding_year: f64::from(self.holding_ppm_year) / 1e6,
            budget_minor: self.budget_minor,
        }
    }

    /// The items of a shop with what was entered.
    #[must_use]
    pub fn shelf(&self, demand: &Demand) -> Shelf {
        let mut shelf = Shelf {
            items: Vec::new(),
            no_margin: 0,
            cost_known: 0,
            counted: 0,
            unknown: self.entered.keys().cloned().collect(),
        };
        let until = demand.end_week;
        for (at, item) in demand.items.iter().enumerate() {
            let Some(price_minor) = item.price_minor() else { continue };
            shelf.unknown.retain(|id| *id != item.item_id);
            if item.quiet_weeks(until).is_none() {
                continue;
            }
            let entered = self.entered.get(&item.item_id).copied().unwrap_or_default();
            let known = entered.cost_minor.or(item.cost_minor);
            let keeps = i64::from(1_000_000 - self.margin_ppm);
            let assumed = (price_minor.saturating_mul(keeps) / 1_000_000).max(1);
            let cost_minor = known.unwrap_or(assumed);
            if cost_minor >= price_minor {
                shelf.no_margin += 1;
                continue;
            }
            let on_hand = entered.on_hand.or(item.on_hand());
            shelf.cost_known += usize::from(known.is_some());
            shelf.counted += usize::from(on_hand.is_some());
            shelf.items.push(Item {
                at,
                price_minor,
                cost_minor,
                on_hand: on_hand.unwrap_or(0),
                on_order: entered.on_order,
                least: entered.least.unwrap_or(self.least),
                pack: entered.pack.unwrap_or(self.pack),
            });
        }
        shelf
    }
}
