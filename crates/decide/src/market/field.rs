//! Who may be contacted at all, in an order that does not depend on that of the rows.

use super::draw::{is_held_out, number};
use super::input::{Candidate, Limits, Market, Person};
use super::{ROUNDING, WHAT};
use crate::error::DecideError;

/// Something that may be done for one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Action {
    /// Value less cost.
    pub profit: f64,
    pub cost: f64,
    /// The channel's place among the names in their order.
    pub channel: u32,
    /// Number of the candidate.
    pub candidate: u32,
}

/// People who may be contacted, by id, each with all that may be sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Field {
    /// Where each person's actions start, and the end.
    pub starts: Vec<u32>,
    pub actions: Vec<Action>,
    /// Each person's group, as a place among the names in their order.
    pub groups: Vec<u32>,
    /// Each person's number in the market.
    pub people: Vec<u32>,
}

impl Field {
    pub fn len(&self) -> usize {
        self.people.len()
    }

    pub fn actions_of(&self, person: usize) -> &[Action] {
        &self.actions[self.starts[person] as usize..self.starts[person + 1] as usize]
    }

    fn push(&mut self, person: u32, group: u32, actions: &[Action]) {
        self.people.push(person);
        self.groups.push(group);
        self.actions.extend_from_slice(actions);
        self.starts.push(self.actions.len() as u32);
    }

    fn empty() -> Self {
        Self { starts: vec![0], ..Self::default() }
    }

    /// At most about `size` of the people, drawn by their ids.
    pub fn sample(&self, market: &Market, size: usize) -> Self {
        let share = size as f64 / self.len().max(1) as f64;
        let mut sample = Self::empty();
        for at in 0..self.len() {
            let person = self.people[at];
            let draw = number(0, &market.people[person as usize].id) as f64 / u64::MAX as f64;
            if draw < share {
                sample.push(person, self.groups[at], self.actions_of(at));
            }
        }
        sample
    }
}

/// The limits as figures, in the order of the names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bounds {
    /// Infinite where there is none.
    pub budget: f64,
    /// Contacts at most by channel; infinite where there is no limit.
    pub capacities: Vec<f64>,
    /// People at least by group.
    pub least: Vec<f64>,
    /// People at most by group.
    pub most: Vec<f64>,
}

impl Bounds {
    /// Bounds for a part of the people.
    pub fn scaled(&self, share: f64) -> Self {
        let scale = |all: &[f64]| all.iter().map(|one| (one * share).floor()).collect();
        Self {
            budget: self.budget * share,
            capacities: scale(&self.capacities),
            least: scale(&self.least),
            most: self.most.iter().map(|one| (one * share).ceil()).collect(),
        }
    }

    /// The most that may be spent, rounding allowed for.
    pub fn budget_rounded(&self) -> f64 {
        self.budget * (1.0 + ROUNDING)
    }
}

/// How many people each rule keeps out; each counts once, by the first rule that does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct KeptOut {
    pub suppressed: usize,
    pub no_consent: usize,
    pub capped: usize,
    pub held_out: usize,
    /// Contacts of nobody among the rest: no offer is worth its cost.
    pub not_worth: usize,
}

/// Everything the solver needs.
pub(super) struct Prepared {
    pub field: Field,
    /// Those drawn into the holdout who could otherwise be contacted.
    pub held_out: Field,
    pub kept_out: KeptOut,
    pub bounds: Bounds,
    /// Names of channels and groups, in their order.
    pub channels: Vec<String>,
    pub groups: Vec<String>,
}

/// Each name's place in their order, and the names in it.
fn ranks(names: &[String]) -> (Vec<u32>, Vec<String>) {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_unstable_by(|a, b| names[*a].cmp(&names[*b]));
    let mut places = vec![0; names.len()];
    order.iter().enumerate().for_each(|(place, at)| places[*at] = place as u32);
    (places, order.into_iter().map(|at| names[at].clone()).collect())
}

/// Applies suppression, consent, caps and the draw.
pub(super) fn prepare(market: &Market, limits: &Limits) -> Result<Prepared, DecideError> {
    let (offer_places, _) = ranks(&market.offers);
    let (channel_places, channels) = ranks(&market.channels);
    let (group_places, groups) = ranks(&market.groups);
    let starts = by_person(market);
    let mut people: Vec<u32> = (0..market.people.len() as u32).collect();
    people
        .sort_unstable_by(|a, b| market.people[*a as usize].id.cmp(&market.people[*b as usize].id));
    let (mut field, mut held_out) = (Field::empty(), Field::empty());
    let mut kept_out = KeptOut::default();
    let mut rows: Vec<u32> = Vec::new();
    let mut actions: Vec<Action> = Vec::new();
    for at in people {
        let person = &market.people[at as usize];
        rows.clear();
        rows.extend_from_slice(starts.rows_of(at));
        let place = |row: &u32| {
            let Candidate { offer, channel, .. } = market.candidates[*row as usize];
            (offer_places[offer as usize], channel_places[channel as usize])
        };
        rows.sort_unstable_by_key(place);
        if let Some(pair) = rows.windows(2).find(|pair| place(&pair[0]) == place(&pair[1])) {
            let offer = &market.offers[market.candidates[pair[0] as usize].offer as usize];
            let reason = format!(
                "person `{}` has the offer `{offer}` twice for one channel; give it once",
                person.id
            );
            return Err(DecideError::Input { what: WHAT, reason });
        }
        actions.clear();
        actions.extend(rows.iter().filter_map(|row| {
            let one = &market.candidates[*row as usize];
            let consented = person.consents >> one.purpose & 1 == 1;
            consented.then(|| Action {
                profit: one.value - one.cost,
                cost: one.cost,
                channel: channel_places[one.channel as usize],
                candidate: *row,
            })
        }));
        if is_kept_out(person, limits, rows.is_empty(), actions.is_empty(), &mut kept_out) {
            continue;
        }
        let group = group_places[person.group as usize];
        if is_held_out(limits.seed, &person.id, limits.holdout) {
            kept_out.held_out += 1;
            held_out.push(at, group, &actions);
        } else {
            kept_out.not_worth += usize::from(actions.iter().all(|one| one.profit <= 0.0));
            field.push(at, group, &actions);
        }
    }
    let bounds = bounds(limits, &field, &channels, &groups);
    Ok(Prepared { field, held_out, kept_out, bounds, channels, groups })
}

fn is_kept_out(
    person: &Person,
    limits: &Limits,
    has_no_row: bool,
    has_no_action: bool,
    kept_out: &mut KeptOut,
) -> bool {
    let is_capped = || {
        let mut windows = person.contacts.iter().zip(&limits.caps);
        windows.any(|(made, cap)| *made >= cap.contacts_max)
    };
    if has_no_row {
        return true;
    }
    if person.is_suppressed {
        kept_out.suppressed += 1;
    } else if has_no_action {
        kept_out.no_consent += 1;
    } else if is_capped() {
        kept_out.capped += 1;
    } else {
        return false;
    }
    true
}

fn bounds(limits: &Limits, field: &Field, channels: &[String], groups: &[String]) -> Bounds {
    let mut sizes = vec![0.0_f64; groups.len()];
    field.groups.iter().for_each(|group| sizes[*group as usize] += 1.0);
    let capacity = |name| limits.capacities.get(name).map_or(f64::INFINITY, |most| *most as f64);
    let share = |at: usize| limits.shares.get(&groups[at]);
    // A share that is a whole number of people but for rounding is that number.
    let least = |at: usize| share(at).map_or(0.0, |s| (s.min * sizes[at] - 1e-9).ceil().max(0.0));
    let most = |at: usize| share(at).map_or(sizes[at], |s| (s.max * sizes[at] + 1e-9).floor());
    Bounds {
        budget: limits.budget.map_or(f64::INFINITY, |budget| whole_contacts(budget, field)),
        capacities: channels.iter().map(capacity).collect(),
        least: (0..groups.len()).map(least).collect(),
        most: (0..groups.len()).map(most).collect(),
    }
}

/// A budget without what can never be spent, where all contacts that cost cost the same: then as
/// many people as it pays for are chosen exactly, and the bound knows it.
fn whole_contacts(budget: f64, field: &Field) -> f64 {
    let mut costs = field.actions.iter().map(|action| action.cost).filter(|cost| *cost > 0.0);
    match costs.next() {
        Some(first) if costs.all(|cost| cost == first) => {
            let contacts = (budget / first * (1.0 + 1e-12)).floor();
            budget.min(contacts * first)
        }
        _ => budget,
    }
}

/// Candidates put together by person.
struct ByPerson {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl ByPerson {
    fn rows_of(&self, person: u32) -> &[u32] {
        let at = person as usize;
        &self.rows[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

fn by_person(market: &Market) -> ByPerson {
    let mut starts = vec![0_u32; market.people.len() + 1];
    market.candidates.iter().for_each(|one| starts[one.person as usize + 1] += 1);
    for at in 1..starts.len() {
        starts[at] += starts[at - 1];
    }
    let mut next = starts.clone();
    let mut rows = vec![0_u32; market.candidates.len()];
    for (row, one) in market.candidates.iter().enumerate() {
        let at = &mut next[one.person as usize];
        rows[*at as usize] = row as u32;
        *at += 1;
    }
    ByPerson { starts, rows }
}
