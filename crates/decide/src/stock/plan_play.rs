//! The plan played against what customers asked for, beside what a shop would do without it.
//!
//! Every week of the last stretch each policy sets an order-up-to level for every item from what
//! was known then, and [`simulate`] counts what it costs: holding, and margin on what lacked, which
//! is lost. All policies begin with the same stock. The difference of costs comes with a 95 %
//! interval by bootstrap over items.
//!
//! * The plan: the level of [`plan`](super::plan) from forecasts of that week.
//! * Seasonal naive with fixed safety stock: last year's same weeks and `z σ √P`, `σ` the deviation
//!   of the item's weeks in the year before the stretch, `z` for the plan's own share of cases.
//! * Weeks of cover: the mean of the last eight weeks times a fixed number.
//!
//! Saved `= Σ_i (c_i − c*_i)`, `c*` of the plan.
//!
//! Symbols: `P`, weeks an order covers; `c_i`, cost of an item, minor units. Time
//! `O(weeks · items · log scores)`, memory `O(weeks · items)`.
//! Source: E. Silver, D. Pyke and D. Thomas, "Inventory and production management in supply
//! chains", 4th edition, 2017, section 6.9; A. Syntetos and J. Boylan, "On the stock control
//! performance of intermittent demand estimators", IJPE 103, 2006 (judged by cost and fill rate).

use event::Bilingual;
use model::{Bootstrap, Interval};

use super::outlook::Outlook;
use super::plan::{Item, Terms, widened};
use super::simulate::{Played, Policy, Shop, simulate};
use super::{UnitCosts, normal_quantile};

/// Weeks of the mean by which cover is counted, and from which all policies begin.
const RECENT: usize = 8;
/// Weeks whose deviation the fixed safety stock is for.
const YEAR: usize = 52;
/// Seed of the resampling.
const SEED: u64 = 1;

/// What the policies came to over the weeks played.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Weeks played.
    pub weeks: usize,
    /// The plan.
    pub plan: Played,
    /// Seasonal naive with fixed safety stock.
    pub baseline: Played,
    /// Weeks of cover.
    pub today: Played,
    /// What the plan saved against the baseline, all items, minor units.
    pub saved: Interval,
    /// What it saved against weeks of cover.
    pub saved_today: Interval,
    /// Share of items and weeks whose demand lay at or below the plan's 90 % level.
    pub covered: f64,
}

/// Order-up-to levels, `[week][item]`.
#[derive(Default)]
struct Levels {
    plan: Vec<Vec<f64>>,
    baseline: Vec<Vec<f64>>,
    today: Vec<Vec<f64>>,
}

/// Plays all policies over the last weeks; `report` hears how many weeks are planned.
///
/// # Errors
/// When a week cannot be planned for lack of history.
pub fn play(
    outlook: &Outlook<'_>,
    items: &[Item],
    terms: &Terms,
    weeks: usize,
    today_weeks: usize,
    report: &mut dyn FnMut(usize),
) -> Result<Compared, Bilingual> {
    let n = outlook.n_weeks();
    let first = n.saturating_sub(weeks);
    let (cover, came) = (outlook.timing.cover(), outlook.series(n));
    let start = outlook.series(first);
    let mut levels = Levels::default();
    let (mut inside, mut judged) = (0_u64, 0_u64);
    let fixed: Vec<f64> = items.iter().map(|item| safety(&start[item.at], item, terms)).collect();
    for week in first..n {
        let (found, series) = (outlook.at(week)?, outlook.series(week));
        let naive = outlook.last_year(&series, week);
        let (mut plan, mut baseline, mut today) = (Vec::new(), Vec::new(), Vec::new());
        for (item, fixed) in items.iter().zip(&fixed) {
            let mean = found.mean[item.at];
            let size = widened(mean, found.size[item.at], terms);
            let level =
                if mean > 0.0 { found.quantile(mean, size, item.share(terms)) } else { 0.0 };
            plan.push(level.ceil());
            baseline.push((naive[item.at] + fixed).ceil());
            today.push((recent(&series[item.at]) * today_weeks as f64).ceil());
            if week + cover <= n && mean > 0.0 {
                let asked: f64 = came[item.at][week..week + cover].iter().sum();
                inside += u64::from(asked <= found.quantile(mean, size, 0.9));
                judged += 1;
            }
        }
        levels.plan.push(plan);
        levels.baseline.push(baseline);
        levels.today.push(today);
        report(week + 1 - first);
    }
    let mut played: [Vec<Played>; 3] = [Vec::new(), Vec::new(), Vec::new()];
    for (at, item) in items.iter().enumerate() {
        let stock = (recent(&start[item.at]) * cover as f64).ceil();
        let of = |levels: &[Vec<f64>]| {
            let shop = conditions(item, terms, outlook.timing.lead, stock);
            simulate(shop, &came[item.at][first..], |week| match week % terms.review.max(1) {
                0 => Policy::UpTo(levels[week][at]),
                _ => Policy::UpTo(f64::NEG_INFINITY),
            })
        };
        played[0].push(of(&levels.plan));
        played[1].push(of(&levels.baseline));
        played[2].push(of(&levels.today));
    }
    let sum = |of: &[Played]| of.iter().fold(Played::default(), |all, one| all.and(*one));
    Ok(Compared {
        weeks: n - first,
        plan: sum(&played[0]),
        baseline: sum(&played[1]),
        today: sum(&played[2]),
        saved: saved(&played[1], &played[0]),
        saved_today: saved(&played[2], &played[0]),
        covered: inside as f64 / judged.max(1) as f64,
    })
}

/// The baseline's order-up-to levels of a plan made now.
#[must_use]
pub fn baseline_levels(outlook: &Outlook<'_>, items: &[Item], terms: &Terms) -> Vec<f64> {
    let series = outlook.series(outlook.n_weeks());
    let naive = outlook.last_year(&series, outlook.n_weeks());
    let level = |item: &Item| naive[item.at] + safety(&series[item.at], item, terms);
    items.iter().map(level).collect()
}

fn conditions(item: &Item, terms: &Terms, lead_time: usize, stock: f64) -> Shop {
    let holding = item.holding(terms) / terms.review.max(1) as f64;
    let costs = UnitCosts { holding, shortage: item.margin() };
    Shop { costs, order_cost: 0.0, lead_time, stock, waits: false }
}

/// Mean of the last weeks.
fn recent(values: &[f64]) -> f64 {
    let last = &values[values.len().saturating_sub(RECENT)..];
    last.iter().sum::<f64>() / last.len().max(1) as f64
}

/// Safety stock of the baseline, the same in every week.
fn safety(values: &[f64], item: &Item, terms: &Terms) -> f64 {
    let year = &values[values.len().saturating_sub(YEAR)..];
    let n = year.len().max(1) as f64;
    let mean = year.iter().sum::<f64>() / n;
    let variance = year.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
    (normal_quantile(item.share(terms)) * (variance * terms.cover as f64).sqrt()).max(0.0)
}

/// What one policy costs more than another, all items together.
fn saved(dearer: &[Played], cheaper: &[Played]) -> Interval {
    let gaps: Vec<f64> = dearer.iter().zip(cheaper).map(|(a, b)| a.cost - b.cost).collect();
    let found = Bootstrap { seed: SEED, ..Bootstrap::default() }.interval(&gaps);
    let n = gaps.len() as f64;
    Interval { mean: found.mean * n, low: found.low * n, high: found.high * n }
}
