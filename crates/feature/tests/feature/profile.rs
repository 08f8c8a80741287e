//! One person's profile against plain counting.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use event::{Currency, Data, Event};
use feature::profile::Profile;
use feature::{ContactKind, ContactLog, FeatureError};
use proptest::prelude::*;

use crate::CASES;
use crate::logs::{Draft, batches, drafts, events, people, sizes};

fn read(own: &[Event], sizes: &[usize]) -> Profile {
    let own: Vec<RecordBatch> =
        batches(own, sizes).into_iter().collect::<Result<_, FeatureError>>().unwrap();
    Profile::read(&own, Currency::new("GBP").unwrap()).unwrap()
}

fn in_pounds(currency: Option<Currency>) -> bool {
    currency.is_none_or(|c| c.as_str() == "GBP")
}

/// What each item came to: units held, latest contact.
fn holdings(own: &[Event]) -> BTreeMap<String, (i64, i64)> {
    let mut items: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for event in own {
        let time_ms = event.time().0;
        let mut meet = |item: &str, qty: i64| {
            let entry = items.entry(item.to_owned()).or_insert((0, time_ms));
            *entry = (entry.0 + qty, time_ms);
        };
        let goods: Vec<_> = event.data.lines().iter().filter(|l| l.kind.is_product()).collect();
        match &event.data {
            Data::View { item_id, .. } | Data::Review { item_id, .. } => meet(item_id.as_str(), 0),
            Data::Click { target, .. } if target.kind == "item" => meet(&target.id, 0),
            Data::Cart { .. } => goods.iter().for_each(|l| meet(l.item_id.as_str(), 0)),
            Data::Purchase { .. } => goods.iter().for_each(|l| meet(l.item_id.as_str(), l.qty)),
            Data::Refund { .. } => {
                for line in goods {
                    if let Some(entry) = items.get_mut(line.item_id.as_str()) {
                        entry.0 = 0.max(entry.0 - line.qty);
                    }
                }
            }
            _ => {}
        }
    }
    items
}

fn amount(event: &Event) -> Option<i64> {
    match &event.data {
        Data::Purchase { total_minor, currency, .. } => {
            in_pounds(Some(*currency)).then_some(*total_minor)
        }
        Data::Refund { amount_minor, currency, .. } => {
            in_pounds(*currency).then_some(*amount_minor)
        }
        Data::View { price_minor, currency, .. } => price_minor.filter(|_| in_pounds(*currency)),
        Data::Item { price_minor, .. } => *price_minor,
        _ => None,
    }
}

fn check(found: &Profile, own: &[Event]) {
    assert_eq!(found.first_seen_ms, own.iter().map(|e| e.time().0).min());
    assert_eq!(found.last_seen_ms, own.iter().map(|e| e.time().0).max());
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    own.iter().for_each(|e| *kinds.entry(e.data.type_name().to_owned()).or_default() += 1);
    assert_eq!(found.events, kinds.into_iter().collect::<Vec<_>>());
    let of_type = |name| own.iter().filter(move |e| e.data.type_name() == name);
    let sold = |e: &&Event| {
        let lines = e.data.lines().iter();
        lines.clone().any(|l| l.kind.is_product() && l.unit_price_minor != Some(0))
    };
    assert_eq!(found.orders, of_type("purchase").filter(sold).count() as u64);
    assert_eq!(found.revenue_gross_minor, of_type("purchase").filter_map(amount).sum::<i64>());
    assert_eq!(found.refunds_minor, of_type("refund").filter_map(amount).sum::<i64>());

    let holdings = holdings(own);
    let mut items: Vec<_> =
        holdings.iter().map(|(id, (qty, last))| (id.as_str(), *qty, *last)).collect();
    items.sort_by_key(|(id, _, last)| (std::cmp::Reverse(*last), *id));
    let found_items: Vec<_> =
        found.items.iter().map(|i| (i.item_id.as_str(), i.qty, i.last_ms)).collect();
    assert_eq!(found_items, items);
    let recent: Vec<_> = own
        .iter()
        .rev()
        .take(50)
        .map(|e| (e.data.type_name(), e.time().0, e.data.lines().len() as u64, amount(e)))
        .collect();
    let found_recent: Vec<_> = found
        .recent
        .iter()
        .map(|r| (r.kind.as_str(), r.time_ms, r.lines, r.amount_minor))
        .collect();
    assert_eq!(found_recent, recent);
}

/// Whoever owns by units owns by contacts, and the other way round.
fn owns_agree(found: &Profile, own: &[Event]) {
    let log = ContactLog::read::<FeatureError>(batches(own, &[9])).unwrap();
    for item in (0..5).map(|n| format!("item-{n}")) {
        let held = log.contacts.iter().any(|c| {
            c.kind == ContactKind::Purchase
                && c.returned_ms == i64::MAX
                && log.items[c.item as usize].as_str() == item
        });
        assert_eq!(found.owns(&item), held, "{item}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_profile_equals_plain_counting(drafts in drafts(40), sizes in sizes()) {
        let all = events(&drafts);
        for person in people(&all) {
            let own: Vec<Event> = all.iter().filter(|e| e.user_key() == person).cloned().collect();
            let found = read(&own, &sizes);
            check(&found, &own);
            owns_agree(&found, &own);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_long_history_keeps_the_latest(drafts in drafts(600), sizes in sizes()) {
        let drafts: Vec<Draft> = drafts.into_iter().map(Draft::by_one).collect();
        let mut own = events(&drafts);
        own.retain(|event| event.user_id.is_some());
        check(&read(&own, &sizes), &own);
    }
}

#[test]
fn nobody_has_an_empty_profile() {
    assert_eq!(read(&[], &[1]), Profile::default());
}
