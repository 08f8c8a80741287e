//! Placing people at given prices: a greedy plan that keeps every limit.
//!
//! `order by r_i1 − max(0, r_i2)`, with `r_ij = p_ij − λ c_ij − μ_k − ν_g`: who loses most by not
//! having their best action comes first, and those near the prices, whom the relaxation leaves
//! undecided, come last. First the minimum of each group is met, then everyone whose best action
//! pays its prices, then whoever still fits and is worth more than the cost, then better actions
//! for those who are placed. Where one limit is shared and all its costs are equal this is exact;
//! else it is a lower bound, and the duality gap says how far the best plan can be.
//!
//! Symbols: as in `prices`; `m` people, `n` actions. Time O(n + m log m), memory O(m).
//! Source: H. Kellerer, U. Pferschy and D. Pisinger, "Knapsack Problems", 2004, chapter 11;
//! S. Martello and P. Toth, "Knapsack Problems", 1990, chapter 7, for the order by regret.
//! DIFFERENCE: several shared limits instead of one; minima of groups.

use super::field::{Action, Bounds, Field};
use super::prices::Prices;

/// Nobody's action.
const NONE: u32 = u32::MAX;

/// How the minima of groups are met, and what is placed before all else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// By what is earned beyond the prices.
    Priced,
    /// Cheapest first, so that the minima take as little of the limits as they can.
    Cheapest,
    /// The one action that earns most of all, then by prices.
    Biggest,
}

/// Who got what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placement {
    /// Each person's action, by its place in the field.
    chosen: Vec<u32>,
    /// Profit of all of them.
    pub profit: f64,
}

impl Placement {
    /// The people placed, by their place in the field, with their actions.
    pub fn placed<'a>(&'a self, field: &'a Field) -> impl Iterator<Item = (usize, &'a Action)> {
        let one = |(person, at): (usize, &u32)| {
            (*at != NONE).then(|| (person, &field.actions[*at as usize]))
        };
        self.chosen.iter().enumerate().filter_map(one)
    }

    /// A person's action.
    pub fn of(&self, field: &Field, person: usize) -> Option<Action> {
        let at = self.chosen[person];
        (at != NONE).then(|| field.actions[at as usize])
    }
}

/// What is left of the limits.
#[derive(Debug, Clone)]
pub(super) struct Room {
    pub money: f64,
    pub channels: Vec<f64>,
    pub groups: Vec<f64>,
}

impl Room {
    pub fn new(bounds: &Bounds) -> Self {
        Self {
            money: bounds.budget_rounded(),
            channels: bounds.capacities.clone(),
            groups: bounds.most.clone(),
        }
    }

    pub fn fits(&self, group: u32, action: &Action) -> bool {
        action.cost <= self.money
            && self.channels[action.channel as usize] >= 1.0
            && self.groups[group as usize] >= 1.0
    }

    pub fn take(&mut self, group: u32, action: &Action) {
        self.change(group, action, -1.0);
    }

    pub fn give_back(&mut self, group: u32, action: &Action) {
        self.change(group, action, 1.0);
    }

    fn change(&mut self, group: u32, action: &Action, by: f64) {
        self.money += by * action.cost;
        self.channels[action.channel as usize] += by;
        self.groups[group as usize] += by;
    }
}

struct Filling<'a> {
    field: &'a Field,
    prices: &'a Prices,
    room: Room,
    chosen: Vec<u32>,
}

/// Places people; none where a group's minimum was not met.
pub(super) fn fill(
    field: &Field,
    bounds: &Bounds,
    prices: &Prices,
    order: Order,
) -> Option<Placement> {
    let chosen = vec![NONE; field.len()];
    let mut filling = Filling { field, prices, room: Room::new(bounds), chosen };
    if order == Order::Biggest {
        filling.place_biggest();
    }
    if bounds.least.iter().any(|least| *least > 0.0) && !filling.meet_minima(bounds, order) {
        return None;
    }
    filling.place_by_regret();
    filling.place_rest();
    filling.improve();
    let mut placement = Placement { chosen: filling.chosen, profit: 0.0 };
    placement.profit = placement.placed(field).map(|(_, action)| action.profit).sum();
    Some(placement)
}

impl Filling<'_> {
    fn place(&mut self, person: usize, at: usize) {
        self.room.take(self.field.groups[person], &self.field.actions[at]);
        self.chosen[person] = at as u32;
    }

    /// The person's best action, by a score, among those that fit and are allowed.
    fn best_fitting(
        &self,
        person: usize,
        score: impl Fn(&Action) -> f64,
        is_allowed: impl Fn(&Action) -> bool,
    ) -> Option<usize> {
        let group = self.field.groups[person];
        let mut best: Option<(usize, f64)> = None;
        let start = self.field.starts[person] as usize;
        for (at, action) in self.field.actions_of(person).iter().enumerate() {
            if is_allowed(action) && self.room.fits(group, action) {
                let score = score(action);
                if best.is_none_or(|(_, most)| score > most) {
                    best = Some((start + at, score));
                }
            }
        }
        best.map(|(at, _)| at)
    }

    fn place_biggest(&mut self) {
        let mut biggest: Option<(usize, usize)> = None;
        let mut most = 0.0;
        for person in 0..self.field.len() {
            let found = self.best_fitting(person, |action| action.profit, |_| true);
            if let Some(at) = found.filter(|at| self.field.actions[*at].profit > most) {
                (most, biggest) = (self.field.actions[at].profit, Some((person, at)));
            }
        }
        if let Some((person, at)) = biggest {
            self.place(person, at);
        }
    }

    /// Places the fewest people that each group must have; false where they do not fit.
    fn meet_minima(&mut self, bounds: &Bounds, order: Order) -> bool {
        let (field, prices) = (self.field, self.prices);
        let mut lacking = bounds.least.clone();
        let mut ranked: Vec<(f64, f64, usize)> = Vec::new();
        for person in 0..field.len() {
            let group = field.groups[person] as usize;
            if self.chosen[person] != NONE {
                lacking[group] -= 1.0;
            } else if bounds.least[group] > 0.0 {
                let reduced = prices.best(field, person).map_or(0.0, |(_, reduced)| reduced);
                let cost = |action: &Action| action.cost;
                let least = field.actions_of(person).iter().map(cost).fold(f64::INFINITY, f64::min);
                let first = if order == Order::Cheapest { least } else { 0.0 };
                ranked.push((first, -reduced, person));
            }
        }
        ranked.sort_unstable_by(|a, b| {
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        });
        for (_, _, person) in ranked {
            let group = field.groups[person];
            if lacking[group as usize] <= 0.0 {
                continue;
            }
            let score = |action: &Action| match order {
                Order::Cheapest => -action.cost,
                _ => prices.reduced(group, action),
            };
            if let Some(at) = self.best_fitting(person, score, |_| true) {
                self.place(person, at);
                lacking[group as usize] -= 1.0;
            }
        }
        lacking.iter().all(|left| *left <= 0.0)
    }

    fn place_by_regret(&mut self) {
        let (field, prices) = (self.field, self.prices);
        let mut ranked: Vec<(f64, usize)> = Vec::new();
        for person in (0..field.len()).filter(|person| self.chosen[*person] == NONE) {
            let (mut first, mut second) = (f64::NEG_INFINITY, 0.0_f64);
            for action in field.actions_of(person) {
                let reduced = prices.reduced(field.groups[person], action);
                if reduced > first {
                    (second, first) = (second.max(first), reduced);
                } else {
                    second = second.max(reduced);
                }
            }
            if first > 0.0 {
                ranked.push((first - second, person));
            }
        }
        self.place_ranked(ranked);
    }

    fn place_rest(&mut self) {
        let (field, prices) = (self.field, self.prices);
        let mut ranked: Vec<(f64, usize)> = Vec::new();
        for person in (0..field.len()).filter(|person| self.chosen[*person] == NONE) {
            let worth = field.actions_of(person).iter().filter(|action| action.profit > 0.0);
            let reduced = worth.map(|action| prices.reduced(field.groups[person], action));
            if let Some(best) = reduced.max_by(f64::total_cmp) {
                ranked.push((best, person));
            }
        }
        self.place_ranked(ranked);
    }

    fn place_ranked(&mut self, mut ranked: Vec<(f64, usize)>) {
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, person) in ranked {
            let score = |action: &Action| self.prices.reduced(self.field.groups[person], action);
            if let Some(at) = self.best_fitting(person, score, |action| action.profit > 0.0) {
                self.place(person, at);
            }
        }
    }

    /// Gives people who are placed a more profitable action where it fits.
    fn improve(&mut self) {
        let (field, prices) = (self.field, self.prices);
        let mut ranked: Vec<(f64, usize, usize)> = Vec::new();
        for person in (0..field.len()).filter(|person| self.chosen[*person] != NONE) {
            let now = field.actions[self.chosen[person] as usize];
            let start = field.starts[person] as usize;
            let group = field.groups[person];
            let gain = |at: usize| prices.reduced(group, &field.actions[at]);
            let better = (start..field.starts[person + 1] as usize)
                .filter(|at| field.actions[*at].profit > now.profit)
                .max_by(|a, b| gain(*a).total_cmp(&gain(*b)));
            if let Some(at) = better {
                ranked.push((gain(at) - prices.reduced(group, &now), person, at));
            }
        }
        ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, person, at) in ranked {
            let (group, now) = (field.groups[person], field.actions[self.chosen[person] as usize]);
            self.room.give_back(group, &now);
            if self.room.fits(group, &field.actions[at]) {
                self.place(person, at);
            } else {
                self.room.take(group, &now);
            }
        }
    }
}
