//! What a slate is worth, recomputed from the record alone.

use decide::recommend::{ResponseKind, Subject};
use decide::{Choice, Estimate, Outcome};
use feature::ContactKind;
use proptest::prelude::*;

use crate::CASES;
use crate::shop::{
    Champion, RANKS, catalogues, champions, decide, entries, gbp, request, requests, responses,
    try_shop,
};

/// `Σ p·price`, half away from zero; none as soon as one factor is not known.
fn by_hand(items: &[Choice]) -> Option<i64> {
    let mut millionths = 0_i128;
    for choice in items {
        let price = choice.price_minor.filter(|_| choice.currency == Some(gbp()))?;
        millionths += i128::from(price) * i128::from(choice.probability_ppm?);
    }
    (!items.is_empty()).then(|| i64::try_from((millionths + 500_000) / 1_000_000).unwrap())
}

fn check(items: &[Choice], found: Option<&Estimate>, kind: ResponseKind) {
    let expected = by_hand(items).filter(|_| kind == ResponseKind::Purchase);
    assert_eq!(found.map(|e| e.minor), expected);
    if let Some(estimate) = found {
        assert!(estimate.low_minor <= estimate.minor && estimate.minor <= estimate.high_minor);
        assert_eq!(estimate.currency, gbp());
    }
    for choice in items {
        let both = choice.price_minor.zip(choice.probability_ppm);
        let both = both.filter(|_| kind == ResponseKind::Purchase);
        let worth = both.map(|(price, ppm)| (price * i64::from(ppm) + 500_000) / 1_000_000);
        assert_eq!(choice.expected_value_minor, worth);
    }
    let ppm: Vec<_> = items.iter().map_while(|c| c.probability_ppm).collect();
    assert!(ppm.windows(2).all(|two| two[0] >= two[1]), "{ppm:?}");
    assert!(ppm.is_empty() || ppm.len() == items.len().min(RANKS));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn the_value_is_the_sum_over_the_record(
        champion in champions(), entries in catalogues(), request in requests(),
        trials in prop::sample::select(vec![0, 49, 50, 500]), bought in any::<bool>(),
    ) {
        let kind = if bought { ResponseKind::Purchase } else { ResponseKind::View };
        let shop = try_shop(champion, entries, Some(responses(kind, trials)), 99).unwrap();
        let record = decide(&shop, &request);
        check(&record.items, record.expected_value.as_ref(), kind);
        check(&record.baseline.items, record.baseline.expected_value.as_ref(), kind);
        let personal = !matches!(request.subject, Subject::Item(_))
            && request.history.iter().any(|h| shop.catalogue().index_of(&h.item_id).is_some());
        if !personal || trials < 50 {
            let all = record.items.iter().chain(&record.baseline.items);
            prop_assert!(all.clone().all(|c| c.probability_ppm.is_none()));
        } else if !record.items.is_empty() {
            prop_assert!(record.items[0].probability_ppm.is_some());
        }
    }
}

#[test]
fn a_missing_or_foreign_price_gives_no_value_rather_than_nothing() {
    let asked = request(&[(4, 1.0, ContactKind::Purchase)], 6);
    let decide_with = |change: &dyn Fn(&mut decide::recommend::CatalogueEntry)| {
        let mut entries = entries();
        entries.iter_mut().skip(1).step_by(2).for_each(change);
        entries.iter_mut().step_by(2).for_each(change);
        let responses = Some(responses(ResponseKind::Purchase, 500));
        decide(&try_shop(Champion::IAls, entries, responses, 99).unwrap(), &asked)
    };
    let whole = decide_with(&|_| {});
    assert!(whole.expected_value.unwrap().minor > 0);
    assert_eq!(whole.outcome, Outcome::Model);
    let unpriced = decide_with(&|entry| (entry.price_minor, entry.currency) = (None, None));
    assert_eq!((unpriced.expected_value, unpriced.baseline.expected_value), (None, None));
    assert!(unpriced.items.iter().all(|c| c.expected_value_minor.is_none()));
    let foreign = decide_with(&|entry| entry.currency = event::Currency::new("EUR"));
    assert_eq!(foreign.expected_value, None);
    // What was never measured has no value either.
    let shop = try_shop(Champion::IAls, entries(), None, 99).unwrap();
    assert_eq!(decide(&shop, &asked).expected_value, None);
}
