//! The audience: who gets which offer, what it is worth, what binds.

use super::baseline::{BaselinePlan, baselines};
use super::clash::clashes;
use super::curve::{CURVE_PEOPLE, CurvePoint, curve};
use super::field::{Field, KeptOut, Prepared, prepare};
use super::fill::{Order, Placement, Room, fill};
use super::input::{Limits, Market, check};
use super::prices::{Prices, ROUGH, polish, settle, tolerance};
use super::words;
use crate::error::DecideError;
use crate::record::Binding;

/// Normal deviations of a 95 % interval.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// A person with the offer chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// Number of the person.
    pub person: u32,
    /// Number of the candidate.
    pub candidate: u32,
}

/// A person held out, who is not contacted and whom results are measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldOut {
    /// Number of the person.
    pub person: u32,
    /// Number of the candidate that would have been chosen at the plan's prices: those who have one
    /// are whom the people chosen can be compared with.
    pub would_be: Option<u32>,
}

/// Expected incremental profit, with 95 % intervals where every value has a standard error.
///
/// The errors are those of the values handed over. Who is chosen because an estimate came out
/// high is worth less than it says on average; only a holdout tells by how much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Worth {
    /// The estimate.
    pub profit: f64,
    /// Interval when people's errors are independent.
    pub independent: Option<(f64, f64)>,
    /// Interval when all errors go the same way, as those of one model partly do: the widest.
    pub together: Option<(f64, f64)>,
}

/// An audience within all limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Who gets what, by the person's id.
    pub chosen: Vec<Chosen>,
    /// Who is held out, by the person's id.
    pub held_out: Vec<HeldOut>,
    /// What it is worth.
    pub worth: Worth,
    /// Money spent.
    pub spent: f64,
    /// Profit that no plan within these limits exceeds.
    pub bound: f64,
    /// Profit that one more unit of money would earn, the unit itself taken off.
    pub marginal: f64,
    /// Profit against budget.
    pub curve: Vec<CurvePoint>,
    /// Whether the curve is drawn from a sample of the people.
    pub is_curve_sampled: bool,
    /// What keeps it from being worth more, and who is kept out.
    pub binding: Vec<Binding>,
    /// What would be done without the solver.
    pub baselines: Vec<BaselinePlan>,
}

impl Plan {
    /// What the best plan could earn beyond this one, at most.
    #[must_use]
    pub fn gap(&self) -> f64 {
        (self.bound - self.worth.profit).max(0.0)
    }
}

/// A plan, or the limits that clash.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// An audience.
    Plan(Box<Plan>),
    /// No audience keeps these limits together.
    Clash(Vec<Binding>),
}

/// Chooses at most one offer per person.
///
/// # Errors
/// When a figure is not finite, a cost or limit is below 0, a person or offer is there twice, or a
/// limit names something that is not there.
pub fn plan(market: &Market, limits: &Limits) -> Result<Answer, DecideError> {
    check(market, limits)?;
    let prepared = prepare(market, limits)?;
    let clashes = clashes(&prepared);
    if !clashes.is_empty() {
        return Ok(Answer::Clash(clashes));
    }
    let Prepared { field, bounds, .. } = &prepared;
    let Some(solved) = solve(market, &prepared) else {
        let people = bounds.least.iter().sum();
        return Ok(Answer::Clash(vec![words::not_found(people)]));
    };
    let Solved { placement, prices, bound } = solved;
    let chosen: Vec<Chosen> = placement
        .placed(field)
        .map(|(at, action)| Chosen { person: field.people[at], candidate: action.candidate })
        .collect();
    let spent = placement.placed(field).map(|(_, action)| action.cost).sum();
    Ok(Answer::Plan(Box::new(Plan {
        worth: worth(market, &chosen, placement.profit),
        held_out: held_out(&prepared.held_out, &prices),
        spent,
        bound: bound.max(placement.profit),
        marginal: prices.money,
        curve: curve(market, field, bounds),
        is_curve_sampled: field.len() > CURVE_PEOPLE,
        binding: binding(&prepared, &placement, &prices),
        baselines: baselines(market, field, bounds),
        chosen,
    })))
}

struct Solved {
    placement: Placement,
    prices: Prices,
    bound: f64,
}

fn better(one: Option<Placement>, other: Option<Placement>) -> Option<Placement> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.profit > one.profit { other } else { one }),
        (one, other) => one.or(other),
    }
}

/// The best of several fillings at prices that make the bound low.
fn solve(market: &Market, prepared: &Prepared) -> Option<Solved> {
    let Prepared { field, bounds, .. } = prepared;
    let mut start = Prices::free(bounds);
    // Prices of a sample are close to those of all, and cheap.
    if field.len() > 2 * CURVE_PEOPLE {
        let sample = field.sample(market, CURVE_PEOPLE);
        let share = sample.len() as f64 / field.len() as f64;
        start = settle(&sample, &bounds.scaled(share), start, ROUGH).0;
    }
    let (prices, bound) = settle(field, bounds, start, tolerance(field));
    let has_minimum = bounds.least.iter().any(|least| *least > 0.0);
    let is_small = field.len() <= CURVE_PEOPLE;
    let filled = |prices: &Prices| {
        let mut best = fill(field, bounds, prices, Order::Priced);
        if has_minimum {
            best = better(best, fill(field, bounds, prices, Order::Cheapest));
        }
        // One person more or less matters only where there are few.
        if is_small {
            best = better(best, fill(field, bounds, prices, Order::Biggest));
        }
        best
    };
    let first = filled(&prices);
    let reached = first.as_ref().map_or(0.0, |placement| placement.profit);
    let (polished, lower) = polish(field, bounds, prices.clone(), reached);
    if lower >= bound {
        return first.map(|placement| Solved { placement, prices, bound });
    }
    let placement = better(first, filled(&polished))?;
    Some(Solved { placement, prices: polished, bound: lower })
}

fn worth(market: &Market, chosen: &[Chosen], profit: f64) -> Worth {
    let error = |one: &Chosen| market.candidates[one.candidate as usize].error.map(f64::from);
    let errors: Option<Vec<f64>> = chosen.iter().map(error).collect();
    let around = |deviation: f64| {
        let width = NORMAL_95 * deviation;
        (profit - width, profit + width)
    };
    let independent = |errors: &Vec<f64>| errors.iter().map(|e| e * e).sum::<f64>().sqrt();
    Worth {
        profit,
        independent: errors.as_ref().map(|errors| around(independent(errors))),
        together: errors.as_ref().map(|errors| around(errors.iter().sum())),
    }
}

fn held_out(field: &Field, prices: &Prices) -> Vec<HeldOut> {
    let would_be = |person| {
        let best = prices.best(field, person);
        best.filter(|(action, reduced)| *reduced > 0.0 && action.profit > 0.0)
            .map(|(action, _)| action.candidate)
    };
    (0..field.len())
        .map(|at| HeldOut { person: field.people[at], would_be: would_be(at) })
        .collect()
}

/// What would have to give way for people to get what earns most of them.
fn binding(prepared: &Prepared, placement: &Placement, prices: &Prices) -> Vec<Binding> {
    let Prepared { field, bounds, kept_out, channels, groups, .. } = prepared;
    let mut room = Room::new(bounds);
    placement.placed(field).for_each(|(at, action)| room.take(field.groups[at], action));
    let mut by_money = 0;
    let (mut by_channel, mut by_group) = (vec![0; channels.len()], vec![0; groups.len()]);
    for person in 0..field.len() {
        let actions = field.actions_of(person).iter();
        let best = actions.max_by(|a, b| a.profit.total_cmp(&b.profit));
        let Some(best) = best.filter(|best| best.profit > 0.0) else { continue };
        let (group, now) = (field.groups[person], placement.of(field, person));
        if now.is_some_and(|now| now.profit >= best.profit) {
            continue;
        }
        now.iter().for_each(|now| room.give_back(group, now));
        by_money += usize::from(best.cost > room.money);
        let channel = best.channel as usize;
        by_channel[channel] += usize::from(room.channels[channel] < 1.0);
        by_group[group as usize] += usize::from(room.groups[group as usize] < 1.0);
        now.iter().for_each(|now| room.take(group, now));
    }
    let mut found = Vec::new();
    if by_money > 0 {
        found.push(words::budget(by_money, prices.money));
    }
    for (at, count) in by_channel.into_iter().enumerate().filter(|(_, count)| *count > 0) {
        found.push(words::capacity(count, &channels[at], prices.channels[at]));
    }
    for (at, count) in by_group.into_iter().enumerate() {
        if count > 0 {
            found.push(words::group_most(count, &groups[at]));
        }
        let people = bounds.most[at] - room.groups[at];
        if prices.groups[at] < 0.0 && people <= bounds.least[at] {
            found.push(words::group_least(people as usize, &groups[at], -prices.groups[at]));
        }
    }
    found.extend(rules(kept_out));
    found
}

fn rules(kept_out: &KeptOut) -> impl Iterator<Item = Binding> + use<> {
    let KeptOut { suppressed, no_consent, capped, held_out, not_worth } = *kept_out;
    [
        ("frequency_cap", capped),
        ("no_consent", no_consent),
        ("suppressed", suppressed),
        ("holdout", held_out),
        ("not_worth_it", not_worth),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(code, count)| words::kept_out(code, count))
}
