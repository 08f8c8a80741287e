//! What lies on the shelf too long: overstock and dead stock, where stock is known.

use event::{Bilingual, Currency};
use feature::demand::Demand;

use super::plan::{Line, Plan, Terms};
use super::plan_words::money;
use crate::advice::Finding;

/// Weeks of stock beyond those an order covers from which it is too much.
const OVERSTOCK_WEEKS: f64 = 26.0;
/// Weeks without a sale after which stock is dead.
const DEAD_WEEKS: i32 = 26;
/// Chance of running out from which an item is at risk.
const AT_RISK: f64 = 0.5;
/// Items named.
const NAMED: usize = 3;

/// Overstock, dead stock and stock about to run out; nothing where nothing is on hand.
pub(super) fn findings(
    demand: &Demand,
    plan: &Plan,
    terms: &Terms,
    currency: Currency,
) -> Vec<Finding> {
    let on_shelf: Vec<&Line> = plan.lines.iter().filter(|line| line.item.on_hand > 0).collect();
    let quiet = |line: &Line| demand.items[line.item.at].quiet_weeks(demand.end_week);
    let is_dead = |line: &&&Line| quiet(line).is_none_or(|weeks| weeks > DEAD_WEEKS);
    let dead: Vec<(&Line, i64)> =
        on_shelf.iter().filter(is_dead).map(|line| (*line, line.item.on_hand)).collect();
    let excess = |line: &Line| {
        let a_week = line.mean / terms.cover.max(1) as f64;
        let enough = a_week * (terms.cover as f64 + OVERSTOCK_WEEKS);
        line.item.on_hand - enough.ceil() as i64
    };
    let alive = || on_shelf.iter().filter(|line| !is_dead(line));
    let over: Vec<(&Line, i64)> =
        alive().map(|line| (*line, excess(line))).filter(|(_, units)| *units > 0).collect();
    let risky: Vec<(&Line, i64)> = alive()
        .filter(|line| line.risk.0 >= AT_RISK)
        .map(|line| (*line, line.item.on_hand))
        .collect();
    let mut found = Vec::new();
    let mut add = |code, items: Vec<(&Line, i64)>, en: &str, zh: &str| {
        if let Some(text) = said(demand, items, currency, en, zh) {
            found.push(Finding { code, text });
        }
    };
    add(
        "overstock",
        over,
        "items have more on hand than half a year beyond the next order's arrival needs",
        "种商品的在手库存超过下次到货后半年的需求",
    );
    add("dead_stock", dead, "items on hand have not sold for half a year", "种在手商品半年未售出");
    add(
        "stock_out_risk",
        risky,
        "items on hand will more likely than not run out before the next order arrives",
        "种在手商品在下次到货前很可能售罄",
    );
    found
}

/// How many items, what their units cost, and the dearest by name.
fn said(
    demand: &Demand,
    mut items: Vec<(&Line, i64)>,
    currency: Currency,
    en: &str,
    zh: &str,
) -> Option<Bilingual> {
    let tied = |(line, units): &(&Line, i64)| units.saturating_mul(line.item.cost_minor);
    items.sort_by_key(|one| std::cmp::Reverse((tied(one), one.0.item.at)));
    let total = items.iter().map(tied).fold(0_i64, i64::saturating_add);
    let name = |(line, units): &(&Line, i64)| {
        let item = &demand.items[line.item.at];
        format!("{} ({units})", item.title.as_ref().unwrap_or(&item.item_id))
    };
    let names = items.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
    let (n, total) = (items.len(), money(total, currency));
    (n > 0).then(|| {
        Bilingual::new(
            format!("{n} {en}; they cost {total}, the most {names}"),
            format!("{n} {zh}；占用 {total}，最多的是 {names}"),
        )
    })
}
