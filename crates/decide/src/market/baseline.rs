//! What would be done without the solver: nobody, everyone, the likeliest to respond.

use super::field::{Action, Bounds, Field};
use super::fill::Room;
use super::input::Market;

/// A simple audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BaselineKind {
    /// Nobody is contacted.
    Nobody,
    /// Everyone who may be gets the one offer that earns most when all get it.
    EveryoneBestOffer,
    /// The largest response first, each with the offer that gets it, until nothing more fits.
    TopByResponse,
}

impl BaselineKind {
    /// Stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::EveryoneBestOffer => "everyone_best_offer",
            Self::TopByResponse => "top_by_response",
        }
    }
}

/// What a simple audience comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct BaselinePlan {
    /// Which.
    pub kind: BaselineKind,
    /// Number of its one offer, where it has one.
    pub offer: Option<u32>,
    /// People contacted.
    pub people: usize,
    /// Expected incremental profit, costs taken off.
    pub profit: f64,
    /// Money spent.
    pub spent: f64,
    /// Whether it keeps every limit.
    pub is_within_limits: bool,
}

/// All of them, for the people of a field.
pub(super) fn baselines(market: &Market, field: &Field, bounds: &Bounds) -> Vec<BaselinePlan> {
    let no_minimum = bounds.least.iter().all(|least| *least <= 0.0);
    vec![
        BaselinePlan {
            kind: BaselineKind::Nobody,
            offer: None,
            people: 0,
            profit: 0.0,
            spent: 0.0,
            is_within_limits: no_minimum,
        },
        everyone(market, field, bounds),
        top_by_response(market, field, bounds),
    ]
}

/// Adds up what a simple audience does, whether it fits or not.
struct Sum {
    room: Room,
    plan: BaselinePlan,
}

impl Sum {
    fn new(kind: BaselineKind, bounds: &Bounds) -> Self {
        let (people, profit, spent) = (0, 0.0, 0.0);
        let plan =
            BaselinePlan { kind, offer: None, people, profit, spent, is_within_limits: true };
        Self { room: Room::new(bounds), plan }
    }

    fn add(&mut self, group: u32, action: &Action) {
        self.plan.is_within_limits &= self.room.fits(group, action);
        self.room.take(group, action);
        self.plan.people += 1;
        self.plan.profit += action.profit;
        self.plan.spent += action.cost;
    }

    fn end(mut self, bounds: &Bounds) -> BaselinePlan {
        for ((left, most), least) in self.room.groups.iter().zip(&bounds.most).zip(&bounds.least) {
            self.plan.is_within_limits &= most - left >= *least;
        }
        self.plan
    }
}

/// The most profitable of a person's actions for one offer: it may come through many channels.
fn best_of_offer<'a>(market: &Market, actions: &'a [Action], offer: u32) -> Option<&'a Action> {
    let of_offer =
        actions.iter().filter(|one| market.candidates[one.candidate as usize].offer == offer);
    of_offer.max_by(|a, b| a.profit.total_cmp(&b.profit).then(b.channel.cmp(&a.channel)))
}

fn everyone(market: &Market, field: &Field, bounds: &Bounds) -> BaselinePlan {
    let mut best: Option<(f64, u32)> = None;
    let mut offers: Vec<u32> = (0..market.offers.len() as u32).collect();
    offers.sort_unstable_by(|a, b| market.offers[*a as usize].cmp(&market.offers[*b as usize]));
    for offer in offers {
        let one = |person| best_of_offer(market, field.actions_of(person), offer);
        let has_any = (0..field.len()).any(|person| one(person).is_some());
        let profit = (0..field.len()).filter_map(one).map(|action| action.profit).sum::<f64>();
        if has_any && best.is_none_or(|(most, _)| profit > most) {
            best = Some((profit, offer));
        }
    }
    let mut sum = Sum::new(BaselineKind::EveryoneBestOffer, bounds);
    sum.plan.offer = best.map(|(_, offer)| offer);
    for person in 0..field.len() {
        let of_offer =
            best.and_then(|(_, offer)| best_of_offer(market, field.actions_of(person), offer));
        if let Some(action) = of_offer {
            sum.add(field.groups[person], action);
        }
    }
    sum.end(bounds)
}

fn top_by_response(market: &Market, field: &Field, bounds: &Bounds) -> BaselinePlan {
    let response = |action: &Action| market.candidates[action.candidate as usize].value;
    let mut ranked: Vec<(f64, usize, &Action)> = Vec::with_capacity(field.len());
    for person in 0..field.len() {
        let actions = field.actions_of(person).iter();
        let best = actions
            .max_by(|a, b| response(a).total_cmp(&response(b)).then(b.cost.total_cmp(&a.cost)));
        if let Some(action) = best.filter(|action| response(action) > 0.0) {
            ranked.push((response(action), person, action));
        }
    }
    ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut sum = Sum::new(BaselineKind::TopByResponse, bounds);
    for (_, person, action) in ranked {
        if sum.room.fits(field.groups[person], action) {
            sum.add(field.groups[person], action);
        }
    }
    sum.end(bounds)
}
