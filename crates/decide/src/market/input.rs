//! What an audience is chosen from: people, what could be sent to them, and the limits.

use std::collections::{BTreeMap, BTreeSet};

use super::WHAT;
use crate::error::DecideError;

/// Purposes that consent can be told apart for.
pub(super) const PURPOSES_MAX: u8 = 64;

/// Someone who could be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Who it is; no two people share one.
    pub id: String,
    /// Number of the person's group.
    pub group: u32,
    /// Contacts already made, one count per [`Cap`] of the limits.
    pub contacts: Vec<u32>,
    /// Purposes consented to: bit `p` for purpose `p`.
    pub consents: u64,
    /// Never to be contacted, whatever the consent.
    pub is_suppressed: bool,
}

/// One offer that could be sent to one person through one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Number of the person.
    pub person: u32,
    /// Number of the offer.
    pub offer: u32,
    /// Number of the channel.
    pub channel: u32,
    /// Expected incremental profit before the cost of the contact.
    pub value: f64,
    /// Standard error of that value, where known.
    pub error: Option<f32>,
    /// Cost of the contact.
    pub cost: f64,
    /// Purpose that the person must have consented to, below 64.
    pub purpose: u8,
}

/// People, candidates, and the names behind the numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Market {
    /// Everyone.
    pub people: Vec<Person>,
    /// Everything that could be sent, in any order.
    pub candidates: Vec<Candidate>,
    /// Names of offers by number.
    pub offers: Vec<String>,
    /// Names of channels by number.
    pub channels: Vec<String>,
    /// Names of groups by number.
    pub groups: Vec<String>,
}

/// Most contacts of one person within one window, those already made included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    /// The window, such as `30 days`.
    pub window: String,
    /// Contacts at most.
    pub contacts_max: u32,
}

/// The smallest and largest share of a group's eligible people that may be chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Share at least, 0 to 1.
    pub min: f64,
    /// Share at most, 0 to 1.
    pub max: f64,
}

/// What no plan may exceed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Limits {
    /// Money for contacts; none means as much as pays.
    pub budget: Option<f64>,
    /// Contacts at most by name of the channel.
    pub capacities: BTreeMap<String, u64>,
    /// Contacts at most per person and window.
    pub caps: Vec<Cap>,
    /// Share of people held out at random, to measure against, from 0 to below 1.
    pub holdout: f64,
    /// Seed of the draw.
    pub seed: u64,
    /// Fairness bounds by name of the group.
    pub shares: BTreeMap<String, Share>,
}

/// Refuses a market and limits that nothing can be decided from.
pub(super) fn check(market: &Market, limits: &Limits) -> Result<(), DecideError> {
    let wrong = |reason: String| Err(DecideError::Input { what: WHAT, reason });
    if u32::try_from(market.candidates.len().max(market.people.len())).is_err() {
        return wrong("more than 4 billion rows; plan a part of the people at a time".to_owned());
    }
    let mut ids: Vec<&str> = market.people.iter().map(|person| person.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return wrong(format!("person `{}` is there twice; give each person once", twice[0]));
    }
    for (what, names) in
        [("offer", &market.offers), ("channel", &market.channels), ("group", &market.groups)]
    {
        let once: BTreeSet<&String> = names.iter().collect();
        if once.len() != names.len() {
            return wrong(format!("two of the {what}s have one name; name each once"));
        }
    }
    for person in &market.people {
        if person.group as usize >= market.groups.len() {
            return wrong(format!("person `{}` is of a group without a name", person.id));
        }
        if person.contacts.len() != limits.caps.len() {
            let (found, caps) = (person.contacts.len(), limits.caps.len());
            let id = &person.id;
            return wrong(format!(
                "person `{id}` has {found} counts of contacts for {caps} caps; give one per cap"
            ));
        }
    }
    market.candidates.iter().try_for_each(|candidate| check_candidate(market, candidate))?;
    check_limits(market, limits)
}

fn check_candidate(market: &Market, candidate: &Candidate) -> Result<(), DecideError> {
    let Some(person) = market.people.get(candidate.person as usize) else {
        let reason = format!("a candidate is for person number {}, unknown", candidate.person);
        return Err(DecideError::Input { what: WHAT, reason });
    };
    let known = (candidate.offer as usize) < market.offers.len()
        && (candidate.channel as usize) < market.channels.len()
        && candidate.purpose < PURPOSES_MAX;
    let error = candidate.error.map_or(0.0, f64::from);
    let fault = if !known {
        "has an offer, channel or purpose without a name".to_owned()
    } else if !candidate.value.is_finite() {
        format!("has the value {}, but it must be finite", candidate.value)
    } else if !(candidate.cost.is_finite() && candidate.cost >= 0.0) {
        format!("has the cost {}, but it must be finite and 0 or more", candidate.cost)
    } else if !(error.is_finite() && error >= 0.0) {
        format!("has the standard error {error}, but it must be finite and 0 or more")
    } else {
        return Ok(());
    };
    let reason = format!("a candidate of person `{}` {fault}", person.id);
    Err(DecideError::Input { what: WHAT, reason })
}

fn check_limits(market: &Market, limits: &Limits) -> Result<(), DecideError> {
    let wrong = |reason: String| Err(DecideError::Input { what: WHAT, reason });
    if let Some(budget) = limits.budget.filter(|b| !(b.is_finite() && *b >= 0.0)) {
        return wrong(format!("the budget is {budget}, but must be finite and 0 or more"));
    }
    if !(0.0..1.0).contains(&limits.holdout) {
        let share = limits.holdout;
        return wrong(format!("the holdout is {share}, but must be a share from 0 to below 1"));
    }
    if let Some(name) = limits.capacities.keys().find(|name| !market.channels.contains(name)) {
        let known = market.channels.join(", ");
        return wrong(format!("no candidate uses the channel `{name}`; there is: {known}"));
    }
    for (name, share) in &limits.shares {
        if !market.groups.contains(name) {
            let known = market.groups.join(", ");
            return wrong(format!("nobody is of the group `{name}`; there is: {known}"));
        }
        let Share { min, max } = *share;
        if !((0.0..=1.0).contains(&min) && (0.0..=1.0).contains(&max)) {
            return wrong(format!(
                "the share of group `{name}` is {min} to {max}, but both must be from 0 to 1"
            ));
        }
    }
    Ok(())
}
