//! Contacts unit by unit: each unit bought is one entry, each unit returned takes one away.

use std::collections::BTreeMap;

use event::{CartOp, Data, Event};
use feature::split::Interaction;
use feature::{ContactKind, ContactLog, ContactWeights, FeatureError};
use proptest::prelude::*;

use crate::CASES;
use crate::logs::{
    DAY_MS, Draft, batches, drafts, events, events_reversed, moment, people, sizes, step,
};

/// A contact by names.
#[derive(Debug, Clone, PartialEq)]
struct Met {
    user: String,
    item: String,
    time_ms: i64,
    kind: ContactKind,
    returned_ms: Option<i64>,
}

/// One unit bought.
struct Unit {
    order: String,
    item: String,
    met: usize,
    returned_ms: Option<i64>,
}

fn slow(events: &[Event]) -> Vec<Met> {
    let mut all = Vec::new();
    for person in people(events) {
        let own = events.iter().filter(|e| e.user_key() == person);
        all.extend(slow_of_one(person.as_str(), own));
    }
    all
}

fn slow_of_one<'a>(user: &str, own: impl Iterator<Item = &'a Event>) -> Vec<Met> {
    let (mut met, mut units): (Vec<Met>, Vec<Unit>) = (Vec::new(), Vec::new());
    for event in own {
        let time_ms = event.time().0;
        let mut meet = |item: &str, kind| {
            let (user, item) = (user.to_owned(), item.to_owned());
            met.push(Met { user, item, time_ms, kind, returned_ms: None });
            met.len() - 1
        };
        let goods = || event.data.lines().iter().filter(|line| line.kind.is_product());
        match &event.data {
            Data::View { item_id, .. } => _ = meet(item_id.as_str(), ContactKind::View),
            Data::Click { target, .. } if target.kind == "item" => {
                meet(&target.id, ContactKind::Click);
            }
            Data::Review { item_id, rating: Some(rating), .. }
                if 2.0 * rating.value > rating.max =>
            {
                meet(item_id.as_str(), ContactKind::Review);
            }
            Data::Cart { op: CartOp::Add | CartOp::Set, .. } => {
                goods().for_each(|line| _ = meet(line.item_id.as_str(), ContactKind::Cart));
            }
            Data::Purchase { order_id, .. } => {
                for line in goods() {
                    let at = meet(line.item_id.as_str(), ContactKind::Purchase);
                    for _ in 0..line.qty {
                        let (order, item) = (order_id.to_string(), line.item_id.to_string());
                        units.push(Unit { order, item, met: at, returned_ms: None });
                    }
                }
            }
            Data::Refund { order_id, .. } => {
                for line in goods() {
                    for _ in 0..line.qty {
                        let out =
                            |u: &Unit| u.returned_ms.is_none() && u.item == line.item_id.as_str();
                        let named = |u: &Unit| out(u) && u.order == order_id.as_str();
                        let at = units.iter().rposition(named);
                        if let Some(at) = at.or_else(|| units.iter().rposition(out)) {
                            units[at].returned_ms = Some(time_ms);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    for (at, one) in met.iter_mut().enumerate() {
        let own: Vec<Option<i64>> =
            units.iter().filter(|u| u.met == at).map(|u| u.returned_ms).collect();
        if own.iter().all(Option::is_some) {
            one.returned_ms = own.into_iter().flatten().max();
        }
    }
    met
}

fn read(events: &[Event], sizes: &[usize]) -> ContactLog {
    ContactLog::read::<FeatureError>(batches(events, sizes)).unwrap()
}

fn named(log: &ContactLog) -> Vec<Met> {
    let name = |c: &feature::Contact| Met {
        user: log.users[c.user as usize].to_string(),
        item: log.items[c.item as usize].to_string(),
        time_ms: c.time_ms,
        kind: c.kind,
        returned_ms: (c.returned_ms != i64::MAX).then_some(c.returned_ms),
    };
    log.contacts.iter().map(name).collect()
}

type Named = (String, String, i64, u32);

/// Interactions by names, in their order, weights to the last bit.
fn names(log: &ContactLog, all: &[Interaction]) -> Vec<Named> {
    let name = |one: &Interaction| {
        let user = log.users[one.user as usize].to_string();
        (user, log.items[one.item as usize].to_string(), one.time_ms, one.weight.to_bits())
    };
    all.iter().map(name).collect()
}

fn weights(half_life_days: Option<f32>) -> ContactWeights {
    ContactWeights { half_life_days, ..ContactWeights::default() }
}

fn slow_weight(kind: ContactKind, age_ms: i64, half_life_days: Option<f32>) -> f64 {
    let weight = match kind {
        ContactKind::Purchase => 1.0,
        ContactKind::Cart | ContactKind::Review => 0.5,
        ContactKind::View | ContactKind::Click => 0.2,
    };
    let days = age_ms as f64 / DAY_MS as f64;
    weight * half_life_days.map_or(1.0, |half| 0.5_f64.powf(days / f64::from(half)))
}

fn half_life() -> impl Strategy<Value = Option<f32>> {
    prop_oneof![Just(None), Just(Some(1.0)), Just(Some(30.0))]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn contacts_equal_counting_units(drafts in drafts(40), sizes in sizes()) {
        let events = events(&drafts);
        let (log, expected) = (read(&events, &sizes), slow(&events));
        prop_assert_eq!(named(&log), expected.clone());
        let mut users: Vec<String> = expected.iter().map(|m| m.user.clone()).collect();
        users.dedup();
        prop_assert_eq!(log.users.iter().map(ToString::to_string).collect::<Vec<_>>(), users);
        let mut items: Vec<String> = expected.iter().map(|m| m.item.clone()).collect();
        items.sort();
        items.dedup();
        prop_assert_eq!(log.items.iter().map(ToString::to_string).collect::<Vec<_>>(), items);
        let last = expected.iter().map(|m| m.returned_ms.unwrap_or(m.time_ms)).max();
        prop_assert_eq!(log.end_ms(), last.map_or(0, |last| last + 1));
        prop_assert_eq!(log, read(&events, &[usize::MAX]));
    }

    #[test]
    fn known_at_equals_asking_each_contact(
        drafts in drafts(40), sizes in sizes(), step_ms in step(), half_life in half_life(),
    ) {
        let as_of_ms = moment(&drafts, step_ms);
        let events = events(&drafts);
        let log = read(&events, &sizes);
        let known = log.known_at(as_of_ms, &weights(half_life));
        let mut expected = slow(&events);
        expected.retain(|m| {
            m.time_ms < as_of_ms && m.returned_ms.is_none_or(|back| back >= as_of_ms)
        });
        let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
        prop_assert_eq!(known.len(), expected.len());
        for (one, m) in known.iter().zip(expected) {
            prop_assert_eq!(log.users[one.user as usize].as_str(), m.user.as_str());
            prop_assert_eq!(log.items[one.item as usize].as_str(), m.item.as_str());
            prop_assert_eq!(one.time_ms, m.time_ms);
            let weight = slow_weight(m.kind, as_of_ms - m.time_ms, half_life);
            prop_assert!((f64::from(one.weight) - weight).abs() <= 1e-5 * weight);
            *sums.entry((m.user, m.item)).or_default() += weight;
        }
        let matrix = log.matrix(&known).unwrap();
        prop_assert_eq!(matrix.nnz(), sums.len());
        for ((user, item), sum) in sums {
            let row = log.users.iter().position(|u| u.as_str() == user).unwrap();
            let col = log.items.iter().position(|i| i.as_str() == item).unwrap();
            let found = f64::from(matrix.get(row, col as u32).unwrap());
            prop_assert!((found - sum).abs() <= 1e-5 * sum, "{} is not {}", found, sum);
        }
    }

    #[test]
    fn kept_between_equals_asking_each_contact(
        drafts in drafts(40), sizes in sizes(), step_ms in step(), days in 0..20_i64,
    ) {
        let events = events(&drafts);
        let log = read(&events, &sizes);
        let from_ms = moment(&drafts, step_ms);
        let to_ms = from_ms + days * DAY_MS;
        for kind in [ContactKind::View, ContactKind::Purchase, ContactKind::Cart] {
            let kept = log.kept_between(from_ms, to_ms, kind);
            let mut expected = slow(&events);
            expected.retain(|m| {
                m.kind == kind && m.returned_ms.is_none()
                    && m.time_ms >= from_ms && m.time_ms < to_ms
            });
            let expected: Vec<Named> = expected
                .into_iter()
                .map(|m| (m.user, m.item, m.time_ms, 1.0_f32.to_bits()))
                .collect();
            prop_assert_eq!(names(&log, &kept), expected);
        }
    }

    #[test]
    fn later_events_never_change_what_was_known(
        before in drafts(30), after in drafts(30), back_days in 0..3_i64,
        half_life in half_life(),
    ) {
        let cut_ms = before.iter().map(|d| d.time_ms() + 1).max().unwrap_or(0);
        let first_ms = after.iter().map(Draft::time_ms).min().unwrap_or(0);
        let later = after.into_iter().map(|d| d.moved_by(cut_ms - first_ms));
        let both: Vec<Draft> = before.iter().cloned().chain(later).collect();
        let (short, long) = (read(&events(&before), &[8]), read(&events(&both), &[8]));
        let as_of_ms = cut_ms - back_days * DAY_MS;
        let known = |log: &ContactLog| {
            let mut all = names(log, &log.known_at(as_of_ms, &weights(half_life)));
            all.sort();
            all
        };
        prop_assert_eq!(known(&short), known(&long));
    }

    #[test]
    fn the_order_of_equal_rows_changes_no_weight(drafts in drafts(40), step_ms in step()) {
        let as_of_ms = moment(&drafts, step_ms);
        // A refund does depend on what stands before it.
        let no_refunds: Vec<Draft> = drafts
            .into_iter()
            .filter(|draft| !matches!(events(std::slice::from_ref(draft))[0].data,
                                      Data::Refund { .. }))
            .collect();
        let read = |events: Vec<Event>| read(&events, &[5]);
        let (one, other) = (read(events(&no_refunds)), read(events_reversed(&no_refunds)));
        let matrix = |log: &ContactLog| {
            log.matrix(&log.known_at(as_of_ms, &weights(Some(7.0)))).unwrap()
        };
        prop_assert_eq!(matrix(&one), matrix(&other));
    }
}
