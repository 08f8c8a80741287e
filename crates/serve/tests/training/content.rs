//! A catalogue that says what items are: new items are recommended from the first day.

use std::collections::BTreeMap;

use event::ItemId;
use feature::{ContactLog, ItemFacts};
use model::{ContentConfig, ModelConfig};
use serve::training::{Candidate, TrainPlan, judge, train_set};

use crate::shops::{plan, two_tastes};

/// The shop's 200 items and eleven that nobody met, one of them before all others.
fn catalogue() -> BTreeMap<ItemId, ItemFacts> {
    let facts = |taste: usize| ItemFacts {
        title: Some(["Red cup", "Steel saw"][taste % 2].to_owned()),
        category: vec![["Kitchen", "Tools"][taste % 2].to_owned()],
        price_minor: Some(if taste.is_multiple_of(2) { 500 } else { 9_900 }),
        ..ItemFacts::default()
    };
    let named = |(id, taste): (String, usize)| (ItemId::new(&id).unwrap(), facts(taste));
    let all = (0..210).map(|n| (format!("i{n:04}"), n)).chain([("a-new".to_owned(), 1)]);
    all.map(named).collect()
}

fn described() -> ContactLog {
    two_tastes(60, 3).with_catalogue(&catalogue()).unwrap()
}

fn with_content() -> TrainPlan {
    let mut plan = plan(1);
    let config = ModelConfig::Content(ContentConfig::default());
    plan.candidates.push(Candidate { config, half_life_days: None });
    plan
}

#[test]
fn a_catalogue_adds_items_and_changes_no_contact() {
    let (before, after) = (two_tastes(60, 3), described());
    assert_eq!(after.items.len(), 211);
    assert!(after.items.is_sorted() && after.items[0].as_str() == "a-new");
    let names = |log: &ContactLog| -> Vec<(u32, String, i64)> {
        let name =
            |c: &feature::Contact| (c.user, log.items[c.item as usize].to_string(), c.time_ms);
        log.contacts.iter().map(name).collect()
    };
    assert_eq!(names(&before), names(&after));
}

#[test]
fn an_item_nobody_met_is_recommended_to_those_of_its_taste() {
    let log = described();
    let known = log.known_at(i64::MAX, &Default::default());
    let train = train_set(&log, &known, None).unwrap();
    let config = ModelConfig::Content(ContentConfig { popularity: 0.0 });
    let model = config.fit(&train).unwrap();
    let is_new = |item: u32| train.matrix().cols().iter().all(|met| *met != item);
    for user in [0_u32, 1] {
        let history = train.history(user as usize);
        let list = model.recommender().recommend(&history, 20, &is_new);
        let names: Vec<&str> =
            list.iter().map(|one| log.items[one.item as usize].as_str()).collect();
        let own = |name: &&str| match name.strip_prefix('i') {
            Some(number) => number.parse::<u32>().unwrap() % 2 == user % 2,
            None => user % 2 == 1,
        };
        assert!(names.len() >= 5 && names.iter().all(own), "{user}: {names:?}");
    }
}

#[test]
fn an_item_is_not_described_before_anybody_knew_it() {
    let mut log = described();
    let new = log.items.iter().position(|item| item.as_str() == "a-new").unwrap();
    let of = |log: &ContactLog, cut_ms| -> Vec<usize> {
        let set = train_set(log, &[], Some(cut_ms)).unwrap();
        let weights = &set.attributes().unwrap().weights;
        (0..weights.n_rows()).filter(|item| weights.row_nnz(*item) > 0).collect()
    };
    assert!(of(&log, i64::MIN).is_empty());
    let (first, last) = log.span_ms().unwrap();
    // Met by somebody before, or listed before: no other item is described.
    let cut_ms = first + (last - first) / 100;
    let met = |log: &ContactLog| -> std::collections::BTreeSet<usize> {
        let before = log.contacts.iter().filter(|one| one.time_ms < cut_ms);
        before.map(|one| one.item as usize).collect()
    };
    assert!(!met(&log).is_empty() && met(&log).len() < 200);
    assert_eq!(of(&log, cut_ms), Vec::from_iter(met(&log)));
    log.listed_ms.insert(log.items[new].clone(), cut_ms - 1);
    assert!(of(&log, cut_ms).contains(&new) && !of(&log, cut_ms - 1).contains(&new));
}

#[test]
fn content_is_tried_where_items_have_something_in_common() {
    let plan = with_content();
    let found = judge(&described(), &plan, &mut |_| {}).unwrap();
    assert_eq!(found.items, 211);
    assert!(found.families.iter().any(|family| family.model == "Content"));
    assert!(found.left_out.is_empty());
    let found = judge(&two_tastes(60, 3), &plan, &mut |_| {}).unwrap();
    assert!(found.families.iter().all(|family| family.model != "Content"));
    assert!(found.left_out[0].en.starts_with("Content was not tried"), "{:?}", found.left_out);
}

/// Two numbers per item that tell its taste; the last item has none.
#[test]
fn vectors_that_the_shop_brings_tell_what_items_are() {
    let vector = |n: usize| vec![if n.is_multiple_of(2) { 1.0 } else { -1.0 }, 0.5];
    let named = (0..199).map(|n| (ItemId::new(&format!("i{n:04}")).unwrap(), vector(n)));
    let mut vectors: BTreeMap<ItemId, Vec<f32>> = named.collect();
    let log = two_tastes(60, 3).with_vectors(&vectors).unwrap();
    let known = log.known_at(i64::MAX, &Default::default());
    let config = ModelConfig::Content(ContentConfig { popularity: 0.0 });
    let model = config.fit(&train_set(&log, &known, None).unwrap()).unwrap();
    let list = model.recommender().recommend(&[(7, 1.0)], 300, &|_| true);
    let own = list.iter().filter(|one| one.score > 0.9).map(|one| one.item % 2).collect::<Vec<_>>();
    assert_eq!(own, [1; 99], "the odd ones that have a vector");
    let found = judge(&log, &with_content(), &mut |_| {}).unwrap();
    let of = |name: &str| found.families.iter().find(|one| one.model == name).unwrap();
    assert!(of("Content").test.ndcg_over_popularity.unwrap().low > 0.0);
    vectors.insert(ItemId::new("i0199").unwrap(), vec![1.0]);
    assert!(two_tastes(60, 3).with_vectors(&vectors).is_err());
}
