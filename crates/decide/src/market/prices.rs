//! What money, channels and shares are worth: the Lagrangian dual of the audience.
//!
//! The audience is a multiple-choice knapsack with more limits than one: `max Σ p x` subject to
//! `Σ_j x_ij ≤ 1`, `Σ c x ≤ B`, `Σ_channel k x ≤ K_k`, `L_g ≤ Σ_group g x ≤ U_g`, `x ∈ {0, 1}`.
//! With a price on every shared limit it falls apart into people:
//! `D(λ, μ, ν) = Σ_i max(0, max_j p_ij − λ c_ij − μ_k(j) − ν_g(i)) + λ B + Σ_k μ_k K_k`
//! `+ Σ_g (ν_g⁺ U_g − ν_g⁻ L_g)`, with `λ, μ ≥ 0`; `D` is convex, and **at any prices `D ≥` the
//! best plan there is**. So whatever prices come out, `D` less a plan's profit bounds what that
//! plan misses.
//!
//! Each price in turn is set where `D` is least along it: money by false position on what is spent,
//! which falls as `λ` rises; a channel or group at the order statistic of what its people would
//! pay to be in it. With money alone that is the least `D`, which is the bound of the linear
//! relaxation, and at most one person is then undecided: the best plan lies within one person's
//! profit of it. Several prices at once can get stuck above the least `D` where few people are
//! concerned; small fields therefore get subgradient steps as well. The bound holds either way.
//!
//! Symbols: `p`, profit and `c`, cost of an action, in money; `B`, money; `K`, `L`, `U`, people;
//! `λ`, profit per money; `μ`, `ν`, profit per person. `n` actions, `m` people, `k` channels and
//! groups, `r ≤ 10` rounds, `s ≤ 90` steps for money, mostly about 10. Time O(r n (s + k)),
//! memory O(m + k) beside the field.
//! Source: P. Sinha and A. Zoltners, "The multiple-choice knapsack problem", Operations Research
//! 27(3), 1979; H. Kellerer, U. Pferschy and D. Pisinger, "Knapsack Problems", 2004, chapter 11;
//! M. Dowell and P. Jarratt, "A modified regula falsi method", BIT 11, 1971, for the steps;
//! M. Fisher, "The Lagrangian relaxation method", Management Science 27(1), 1981.
//! DIFFERENCE: dominated actions are not removed first, because a price does that by itself; a
//! group's price is kept between the two people on either side of its bound, so that neither is
//! undecided.

use super::field::{Action, Bounds, Field};

/// Steps of one search at most.
const STEPS_MAX: usize = 90;
/// Rounds over all prices at most.
const ROUNDS_MAX: usize = 10;
/// Actions up to which subgradient steps are taken as well.
const POLISHED_MAX: usize = 50_000;
/// Subgradient steps.
const POLISH_STEPS: usize = 300;

/// A price for each shared limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prices {
    /// Profit that more money would earn, per unit of money.
    pub money: f64,
    /// Profit that one more contact would earn, by channel.
    pub channels: Vec<f64>,
    /// Profit that one more person would earn, by group; below 0 where a minimum costs profit.
    pub groups: Vec<f64>,
}

/// What people would do at some prices.
struct Totals {
    bound: f64,
    spent: f64,
    by_channel: Vec<f64>,
    by_group: Vec<f64>,
}

impl Prices {
    /// Everything free.
    pub fn free(bounds: &Bounds) -> Self {
        Self {
            money: 0.0,
            channels: vec![0.0; bounds.capacities.len()],
            groups: vec![0.0; bounds.most.len()],
        }
    }

    /// What an action earns beyond the prices it pays.
    pub fn reduced(&self, group: u32, action: &Action) -> f64 {
        action.profit
            - self.money * action.cost
            - self.channels[action.channel as usize]
            - self.groups[group as usize]
    }

    /// A person's best action and what it earns beyond the prices.
    pub fn best<'a>(&self, field: &'a Field, person: usize) -> Option<(&'a Action, f64)> {
        let group = field.groups[person];
        let mut best: Option<(&Action, f64)> = None;
        for action in field.actions_of(person) {
            let reduced = self.reduced(group, action);
            if best.is_none_or(|(_, most)| reduced > most) {
                best = Some((action, reduced));
            }
        }
        best
    }

    fn totals(&self, field: &Field, bounds: &Bounds) -> Totals {
        let mut totals = Totals {
            bound: 0.0,
            spent: 0.0,
            by_channel: vec![0.0; self.channels.len()],
            by_group: vec![0.0; self.groups.len()],
        };
        for person in 0..field.len() {
            if let Some((action, reduced)) = self.best(field, person).filter(|(_, r)| *r > 0.0) {
                totals.bound += reduced;
                totals.spent += action.cost;
                totals.by_channel[action.channel as usize] += 1.0;
                totals.by_group[field.groups[person] as usize] += 1.0;
            }
        }
        // An infinite limit has the price 0, and the product would be no number.
        let worth = |price: f64, limit: f64| if price == 0.0 { 0.0 } else { price * limit };
        totals.bound += worth(self.money, bounds.budget);
        for (price, most) in self.channels.iter().zip(&bounds.capacities) {
            totals.bound += worth(*price, *most);
        }
        for (at, price) in self.groups.iter().enumerate() {
            let limit = if *price > 0.0 { bounds.most[at] } else { bounds.least[at] };
            totals.bound += worth(*price, limit);
        }
        totals
    }

    /// A profit that no plan exceeds, at these prices.
    pub fn bound(&self, field: &Field, bounds: &Bounds) -> f64 {
        self.totals(field, bounds).bound
    }

    fn spent(&self, field: &Field) -> f64 {
        let best = |person| self.best(field, person).filter(|(_, reduced)| *reduced > 0.0);
        (0..field.len()).filter_map(best).map(|(action, _)| action.cost).sum()
    }

    /// The price of money at which what is spent just fits.
    fn settle_money(&mut self, field: &Field, bounds: &Bounds, tolerance: f64) {
        let before = std::mem::replace(&mut self.money, 0.0);
        if bounds.budget.is_infinite() {
            return;
        }
        let over = self.spent(field) - bounds.budget_rounded();
        if over <= 0.0 {
            return;
        }
        let mut bracket = Bracket::new((0.0, over), (self.dearest(field), -bounds.budget));
        for guess in [before * 0.98, before * 1.02] {
            if bracket.holds(guess) {
                self.money = guess;
                bracket.narrow(guess, self.spent(field) - bounds.budget);
            }
        }
        for step in 0..STEPS_MAX {
            let guess = bracket.guess(step);
            if bracket.left <= tolerance * bounds.budget || !bracket.holds(guess) {
                break;
            }
            self.money = guess;
            bracket.narrow(guess, self.spent(field) - bounds.budget);
        }
        self.money = bracket.high.0;
    }

    /// A price of money at which nothing that costs is worth it.
    fn dearest(&self, field: &Field) -> f64 {
        let mut most = 0.0_f64;
        for person in 0..field.len() {
            for action in field.actions_of(person).iter().filter(|action| action.cost > 0.0) {
                most = most.max(self.reduced(field.groups[person], action) / action.cost);
            }
        }
        most
    }

    /// The price of a channel at which just as many would use it as can.
    fn settle_channel(&mut self, field: &Field, bounds: &Bounds, channel: usize) {
        self.channels[channel] = 0.0;
        let capacity = bounds.capacities[channel];
        if capacity >= field.len() as f64 {
            return;
        }
        let mut offers = Vec::new();
        for person in 0..field.len() {
            let (mut inside, mut outside) = (f64::NEG_INFINITY, 0.0_f64);
            for action in field.actions_of(person) {
                let reduced = self.reduced(field.groups[person], action);
                let side =
                    if action.channel as usize == channel { &mut inside } else { &mut outside };
                *side = side.max(reduced);
            }
            if inside > outside {
                offers.push(inside - outside);
            }
        }
        self.channels[channel] = between(&mut offers, capacity as usize).unwrap_or(0.0);
    }

    /// The price of a group at which its share is kept, below 0 where it must be paid for.
    fn settle_group(&mut self, field: &Field, bounds: &Bounds, group: usize) {
        self.groups[group] = 0.0;
        let mut offers: Vec<f64> = (0..field.len())
            .filter(|person| field.groups[*person] as usize == group)
            .filter_map(|person| self.best(field, person).map(|(_, reduced)| reduced))
            .collect();
        let willing = offers.iter().filter(|reduced| **reduced > 0.0).count() as f64;
        let target = if willing > bounds.most[group] {
            bounds.most[group]
        } else if willing < bounds.least[group] {
            bounds.least[group]
        } else {
            return;
        };
        let last = offers.iter().copied().fold(f64::INFINITY, f64::min);
        let all_in = last - 1e-6 * last.abs().max(1.0);
        self.groups[group] = between(&mut offers, target as usize).unwrap_or(all_in);
    }

    /// Subgradient steps towards a profit that a plan reaches.
    fn polished(self, field: &Field, bounds: &Bounds, reached: f64) -> (Self, f64) {
        let mut now = self;
        let mut best = (now.clone(), now.bound(field, bounds));
        let (mut pace, mut stale) = (1.0, 0);
        for _ in 0..POLISH_STEPS {
            let totals = now.totals(field, bounds);
            if totals.bound < best.1 {
                (best, stale) = ((now.clone(), totals.bound), 0);
            } else {
                stale += 1;
                if stale == 10 {
                    (pace, stale, now) = (pace / 2.0, 0, best.0.clone());
                    continue;
                }
            }
            let slack = now.slack(&totals, bounds);
            let length: f64 = slack.iter().map(|one| one * one).sum();
            let over = totals.bound - reached;
            if length <= 0.0 || over <= 1e-12 * reached.abs() {
                break;
            }
            now.step(&slack, pace * over / length);
        }
        best
    }

    /// The subgradient: what is left of each limit that could bind at its price.
    fn slack(&self, totals: &Totals, bounds: &Bounds) -> Vec<f64> {
        let one_sided = |left: f64, price: f64| {
            if left.is_infinite() || (left > 0.0 && price == 0.0) { 0.0 } else { left }
        };
        let mut slack = vec![one_sided(bounds.budget - totals.spent, self.money)];
        for (at, used) in totals.by_channel.iter().enumerate() {
            slack.push(one_sided(bounds.capacities[at] - used, self.channels[at]));
        }
        for (at, used) in totals.by_group.iter().enumerate() {
            let (least, most) = (bounds.least[at], bounds.most[at]);
            let price = self.groups[at];
            slack.push(match price {
                price if price > 0.0 => most - used,
                price if price < 0.0 => least - used,
                _ if *used > most => most - used,
                _ => (least - used).max(0.0),
            });
        }
        slack
    }

    fn step(&mut self, slack: &[f64], pace: f64) {
        let channels = self.channels.len();
        self.money = (self.money - pace * slack[0]).max(0.0);
        for (price, left) in self.channels.iter_mut().zip(&slack[1..=channels]) {
            *price = (*price - pace * left).max(0.0);
        }
        for (price, left) in self.groups.iter_mut().zip(&slack[channels + 1..]) {
            *price -= pace * left;
        }
    }
}

/// Prices between which the one lies at which what is spent fits, with what is spent too much.
struct Bracket {
    low: (f64, f64),
    high: (f64, f64),
    /// What is left of the budget at the high end.
    left: f64,
    was_low: Option<bool>,
}

impl Bracket {
    fn new(low: (f64, f64), high: (f64, f64)) -> Self {
        Self { low, high, left: -high.1, was_low: None }
    }

    fn holds(&self, guess: f64) -> bool {
        guess > self.low.0 && guess < self.high.0
    }

    /// By a straight line between the ends, and every third time halfway.
    fn guess(&self, step: usize) -> f64 {
        let share = self.low.1 / (self.low.1 - self.high.1);
        let guess = self.low.0 + share * (self.high.0 - self.low.0);
        if step % 3 < 2 && self.holds(guess) {
            return guess;
        }
        f64::midpoint(self.low.0, self.high.0)
    }

    fn narrow(&mut self, guess: f64, over: f64) {
        let is_low = over > 0.0;
        // An end that stays put counts half, lest the line keep pointing beside it.
        let stays = if is_low { &mut self.high.1 } else { &mut self.low.1 };
        if self.was_low == Some(is_low) {
            *stays /= 2.0;
        }
        self.was_low = Some(is_low);
        if is_low {
            self.low = (guess, over);
        } else {
            self.high = (guess, over);
            self.left = -over;
        }
    }
}

/// A figure that exactly `kept` of the figures exceed, ties apart; none where they all are kept.
fn between(figures: &mut [f64], kept: usize) -> Option<f64> {
    if kept >= figures.len() {
        return None;
    }
    let (above, below, _) = figures.select_nth_unstable_by(kept, |a, b| b.total_cmp(a));
    let last_in = above.iter().copied().fold(f64::INFINITY, f64::min);
    Some(if last_in.is_finite() { f64::midpoint(last_in, *below) } else { *below })
}

/// Tolerance at which one person more or less does not matter.
pub(super) const ROUGH: f64 = 1e-4;

/// The tolerance to settle with: where people are few, each of them counts.
pub(super) fn tolerance(field: &Field) -> f64 {
    if field.actions.len() > POLISHED_MAX { 1e-6 } else { 1e-9 }
}

/// Prices at which the bound is as low as rounds over all prices make it, and that bound; of the
/// budget a share of `tolerance` may be left over.
pub(super) fn settle(
    field: &Field,
    bounds: &Bounds,
    start: Prices,
    tolerance: f64,
) -> (Prices, f64) {
    let mut now = start;
    let mut best = (now.clone(), now.bound(field, bounds));
    for _ in 0..ROUNDS_MAX {
        now.settle_money(field, bounds, tolerance);
        for channel in 0..now.channels.len() {
            now.settle_channel(field, bounds, channel);
        }
        for group in 0..now.groups.len() {
            now.settle_group(field, bounds, group);
        }
        let bound = now.bound(field, bounds);
        let gained = best.1 - bound;
        if gained > 0.0 {
            best = (now.clone(), bound);
        }
        if gained <= tolerance * 0.1 * bound.abs() {
            break;
        }
    }
    best
}

/// A lower bound from subgradient steps, where the field is small enough for many.
pub(super) fn polish(field: &Field, bounds: &Bounds, from: Prices, reached: f64) -> (Prices, f64) {
    if field.actions.len() > POLISHED_MAX {
        let bound = from.bound(field, bounds);
        return (from, bound);
    }
    let before = from.bound(field, bounds);
    let (polished, after) = from.clone().polished(field, bounds, reached);
    let (settled, last) = settle(field, bounds, polished.clone(), tolerance(field));
    [(settled, last), (polished, after)]
        .into_iter()
        .fold((from, before), |best, one| if one.1 < best.1 { one } else { best })
}
