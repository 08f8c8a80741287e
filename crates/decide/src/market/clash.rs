//! Limits that no plan can keep together, found before anything is planned.
//!
//! The fewest people `L_g` that each group must have can be placed in channels with room for `K_k`
//! exactly when, for every set `S` of channels, `Σ_{k ∈ S} K_k + Σ_g min(L_g, n_g(S)) ≥ Σ_g L_g`,
//! where `n_g(S)` people of the group can be reached outside `S`: no cut of the flow from groups
//! over people to channels is smaller than what must flow. Money clashes for certain when the
//! `L_g` cheapest people of every group cost more than the budget, whatever the channels.
//!
//! Symbols: `L`, `n`, `K`, people. With `c` channels that have a limit and `p` people: time
//! O(p log p + 2^c g), memory O(p).
//! Source: L. Ford and D. Fulkerson, "Maximal flow through a network", Canadian Journal of
//! Mathematics 8, 1956, for the cut; P. Hall, "On representatives of subsets", Journal of the
//! London Mathematical Society 10, 1935, for the condition.
//! DIFFERENCE: with more than 12 limited channels only all of them at once are looked at.

use std::collections::BTreeMap;

use event::Bilingual;

use super::field::{Bounds, Field, Prepared};
use super::words;
use crate::record::Binding;

/// Limited channels up to which every set of them is looked at.
const SETS_MAX: usize = 12;
/// The mark of people who can be reached through a channel without a limit.
const FREE: u32 = 1 << 31;

/// Every clash that is certain.
pub(super) fn clashes(prepared: &Prepared) -> Vec<Binding> {
    let Prepared { field, bounds, groups, .. } = prepared;
    let mut found = Vec::new();
    for (at, name) in groups.iter().enumerate() {
        let (least, most) = (bounds.least[at], bounds.most[at]);
        if least > most {
            let text = Bilingual::new(
                format!(
                    "group {name} must have at least {least} people by its smallest share and at \
                     most {most} by its largest; lower the one or raise the other"
                ),
                format!(
                    "分组 {name} 按最低占比至少 {least} 人，按最高占比至多 {most} 人；\
                     请降低前者或提高后者"
                ),
            );
            found.push(Binding { code: "clash_group_bounds", count: least as usize, text });
        }
    }
    if bounds.least.iter().any(|least| *least > 0.0) {
        found.extend(of_channels(prepared));
        found.extend(of_money(field, bounds));
    }
    found
}

fn of_channels(prepared: &Prepared) -> Option<Binding> {
    let Prepared { field, bounds, channels, groups, .. } = prepared;
    let limited: Vec<usize> =
        (0..channels.len()).filter(|at| bounds.capacities[*at].is_finite()).collect();
    let bit = |channel: u32| {
        let place = limited.iter().position(|at| *at == channel as usize);
        place.filter(|place| *place < 31).map_or(FREE, |place| 1 << place)
    };
    let mut classes: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for person in 0..field.len() {
        let mask = field.actions_of(person).iter().fold(0, |mask, one| mask | bit(one.channel));
        *classes.entry((field.groups[person], mask)).or_default() += 1.0;
    }
    let all: u32 = ((1_u64 << limited.len().min(31)) - 1) as u32;
    let mut sets: Vec<u32> =
        if limited.len() <= SETS_MAX { (1..=all).collect() } else { vec![all] };
    sets.sort_by_key(|set| set.count_ones());
    let needed: f64 = bounds.least.iter().sum();
    for set in sets {
        let mut outside = vec![0.0; groups.len()];
        for ((group, mask), people) in &classes {
            if mask & !set != 0 {
                outside[*group as usize] += people;
            }
        }
        let inside = limited.iter().enumerate().filter(|(place, _)| set >> place & 1 == 1);
        let names: Vec<&str> = inside.clone().map(|(_, at)| channels[*at].as_str()).collect();
        let room: f64 = inside.map(|(_, at)| bounds.capacities[*at]).sum();
        let least = bounds.least.iter().zip(&outside);
        let reached = room + least.map(|(least, outside)| least.min(*outside)).sum::<f64>();
        if reached < needed {
            let short = (0..groups.len()).filter(|at| outside[*at] < bounds.least[*at]);
            let groups: Vec<&str> = short.map(|at| groups[at].as_str()).collect();
            return Some(words::channels_too_small(&names, &groups, needed - reached));
        }
    }
    None
}

fn of_money(field: &Field, bounds: &Bounds) -> Option<Binding> {
    let mut cheapest: Vec<Vec<f64>> = vec![Vec::new(); bounds.least.len()];
    for person in 0..field.len() {
        let costs = field.actions_of(person).iter().map(|action| action.cost);
        cheapest[field.groups[person] as usize].push(costs.fold(f64::INFINITY, f64::min));
    }
    let mut needed = 0.0;
    for (costs, least) in cheapest.iter_mut().zip(&bounds.least) {
        costs.sort_unstable_by(f64::total_cmp);
        needed += costs.iter().take(*least as usize).sum::<f64>();
    }
    let people = bounds.least.iter().sum::<f64>();
    (needed > bounds.budget_rounded() * (1.0 + 1e-9))
        .then(|| words::budget_too_small(needed, bounds.budget, people))
}
