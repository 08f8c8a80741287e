//! Reasons recomputed by hand: from neighbours, and from factors of two dimensions.

use std::collections::BTreeMap;

use decide::recommend::{RecommendRequest, Subject};
use decide::{Choice, Evidence};
use feature::ContactKind;
use model::Recommender;
use proptest::prelude::*;

use crate::CASES;
use crate::shop::{
    Champion, FITS, ITEMS, beside, champions, decide, entries, entry, histories, ials_config, id,
    index, request, shop,
};

/// What each item of a history adds to the score of another, by neighbours.
fn by_neighbours(history: &[(usize, f32)], item: u32) -> Vec<(usize, f64)> {
    let near = |from: usize| {
        let list = FITS.knn.similar_items(from as u32, ITEMS);
        list.into_iter().find(|s| s.item == item).map_or(0.0, |s| f64::from(s.score))
    };
    history.iter().map(|&(from, weight)| (from, f64::from(weight) * near(from))).collect()
}

/// The same by factors: `(1 + α w_j) y_iᵀ (YᵀY + λ I + Σ α w y yᵀ)⁻¹ y_j`, inverted as 2 × 2.
fn by_factors(history: &[(usize, f32)], item: u32) -> Vec<(usize, f64)> {
    let config = ials_config();
    let alpha = f64::from(config.alpha);
    let y = |item: usize| {
        let row = FITS.ials.item_factors(item as u32).unwrap();
        [f64::from(row[0]), f64::from(row[1])]
    };
    let total: f64 = history.iter().map(|&(_, weight)| f64::from(weight)).sum();
    let lambda = f64::from(config.regularization)
        * (ITEMS as f64 + alpha * total).powf(f64::from(config.frequency_scaling));
    let mut a = [[lambda, 0.0], [0.0, lambda]];
    let mut add = |y: [f64; 2], times: f64| {
        for row in 0..2 {
            for col in 0..2 {
                a[row][col] += times * y[row] * y[col];
            }
        }
    };
    (0..ITEMS).for_each(|item| add(y(item), 1.0));
    history.iter().for_each(|&(item, weight)| add(y(item), alpha * f64::from(weight)));
    let det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
    let target = y(item as usize);
    let seen_from = [
        (a[1][1] * target[0] - a[0][1] * target[1]) / det,
        (a[0][0] * target[1] - a[1][0] * target[0]) / det,
    ];
    let added = |&(item, weight): &(usize, f32)| {
        let y = y(item);
        let likeness = seen_from[0] * y[0] + seen_from[1] * y[1];
        (item, (1.0 + alpha * f64::from(weight)) * likeness)
    };
    history.iter().map(added).collect()
}

fn check(choice: &Choice, request: &RecommendRequest, expected: Vec<(usize, f64)>) {
    let scale = expected.iter().map(|(_, add)| add.abs()).fold(1e-6, f64::max);
    let mut expected: BTreeMap<String, f64> =
        expected.into_iter().map(|(item, add)| (id(item), add)).collect();
    let evidence = &choice.reason.evidence;
    assert!(evidence.len() <= 5);
    assert!(evidence.windows(2).all(|two| two[0].contribution >= two[1].contribution));
    for one in evidence {
        let add = expected.remove(one.item_id.as_str()).unwrap();
        assert!((f64::from(one.contribution) - add).abs() < 1e-4 * scale, "{one:?} is {add}");
        assert!(one.contribution > 0.0);
    }
    // What was left out adds no more than what was named.
    let least = match evidence.last() {
        Some(last) if evidence.len() == 5 => f64::from(last.contribution),
        _ => 0.0,
    };
    assert!(expected.values().all(|add| *add <= least + 1e-4 * scale), "{expected:?}");
    match evidence.as_slice() {
        [] => assert_eq!(choice.reason.code, "popular"),
        evidence => says(choice, request, evidence),
    }
}

/// The sentence names the strongest one or two and says truly how they were met.
fn says(choice: &Choice, request: &RecommendRequest, evidence: &[Evidence]) {
    let strong = evidence.iter().filter(|e| 2.0 * e.contribution >= evidence[0].contribution);
    let named: Vec<&Evidence> = strong.take(2).collect();
    let kind = |e: &&Evidence| {
        request.history.iter().find(|h| h.item_id == e.item_id.as_str()).unwrap().kind
    };
    let all = |wanted| named.iter().all(|e| kind(e) == wanted);
    let code = match () {
        () if all(ContactKind::Purchase) => "because_bought",
        () if all(ContactKind::Cart) => "because_carted",
        () => "because_viewed",
    };
    assert_eq!(choice.reason.code, code);
    for one in named {
        let item = index(one.item_id.as_str()) as usize;
        let label = entry(item).label().to_owned();
        assert_eq!(one.title, label);
        assert!(choice.reason.text.en.contains(&label), "{:?}", choice.reason.text);
        assert!(choice.reason.text.zh.contains(&format!("「{label}」")));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn every_reason_can_be_recomputed(champion in champions(), history in histories()) {
        let shop = shop(champion, entries());
        let asked = request(&history, 12);
        let known: Vec<(usize, f32)> =
            history.iter().filter(|h| h.0 < ITEMS).map(|h| (h.0, h.1)).collect();
        for choice in &decide(&shop, &asked).items {
            let item = index(choice.item_id.as_str());
            let adds = match champion {
                _ if known.is_empty() => Vec::new(),
                Champion::Popularity => Vec::new(),
                Champion::Knn => by_neighbours(&known, item),
                Champion::IAls => by_factors(&known, item),
            };
            // All that the history adds is the whole score.
            if !adds.is_empty() {
                let sum: f64 = adds.iter().map(|(_, add)| add).sum();
                let size: f64 = adds.iter().map(|(_, add)| add.abs()).sum::<f64>().max(1e-6);
                prop_assert!((sum - f64::from(choice.score)).abs() < 1e-3 * size);
            }
            check(choice, &asked, adds);
        }
    }
}

#[test]
fn beside_an_item_the_reason_is_that_item() {
    let record = decide(&shop(Champion::IAls, entries()), &beside(&id(8), 5));
    assert_eq!(record.items.len(), 5);
    for choice in &record.items {
        assert_eq!(choice.reason.code, "bought_together");
        let [evidence] = choice.reason.evidence.as_slice() else { panic!("{choice:?}") };
        assert_eq!(evidence.item_id.as_str(), id(8));
        let item = index(choice.item_id.as_str());
        let near = FITS.knn.similar_items(8, ITEMS).into_iter().find(|s| s.item == item).unwrap();
        assert_eq!((evidence.contribution, choice.score), (near.score, near.score));
        assert_eq!(item % 2, 0, "of the other taste");
    }
    assert!(matches!(beside(&id(8), 5).subject, Subject::Item(_)));
}
