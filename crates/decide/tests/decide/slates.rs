//! What stands in a slate and what does not.

use std::collections::BTreeSet;

use decide::recommend::{CatalogueEntry, OwnedRule, RecommendRequest, Subject};
use decide::{Choice, Decision};
use model::Recommender;
use proptest::prelude::*;

use crate::CASES;
use crate::shop::{
    Champion, FITS, ITEMS, catalogues, champions, decide, entries, entry, id, index, request,
    requests, shop,
};

/// Everything that may be shown, asked item by item.
fn allowed(entries: &[CatalogueEntry], request: &RecommendRequest) -> BTreeSet<String> {
    let ids = entries.iter().filter(|e| e.is_product && e.in_stock).map(|e| e.item_id.to_string());
    let mut left: BTreeSet<String> = ids.collect();
    left.retain(|id| !request.exclude.contains(id));
    if request.owned_rule == OwnedRule::Exclude {
        left.retain(|id| !request.owned.contains(id) && !request.seen.contains(id));
    }
    if let Subject::Item(own) = &request.subject {
        left.remove(own);
    }
    left
}

fn check_list(items: &[Choice], allowed: &BTreeSet<String>, length: usize) {
    let ids: Vec<&str> = items.iter().map(|c| c.item_id.as_str()).collect();
    assert_eq!(ids.len(), length);
    assert!(ids.iter().all(|id| allowed.contains(*id)), "{ids:?}");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    assert!(items.iter().enumerate().all(|(at, c)| c.position as usize == at + 1));
    assert!(items.windows(2).all(|two| two[0].score >= two[1].score));
    assert!(items.iter().all(|c| !c.sources.is_empty()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_slate_holds_all_that_is_asked_and_nothing_that_is_forbidden(
        champion in champions(), entries in catalogues(), request in requests(),
    ) {
        let shop = shop(champion, entries.clone());
        let record = decide(&shop, &request);
        let allowed = allowed(&entries, &request);
        // Everything sells a little, so popularity can name every item.
        check_list(&record.baseline.items, &allowed, request.n.min(allowed.len()));
        let available = match &request.subject {
            Subject::Item(own) if index(own) as usize >= ITEMS => 0,
            Subject::Item(own) => {
                let near = FITS.knn.similar_items(index(own), ITEMS);
                near.iter().filter(|s| allowed.contains(&id(s.item as usize))).count()
            }
            _ => allowed.len(),
        };
        check_list(&record.items, &allowed, request.n.min(available));
        prop_assert_eq!(&record, &decide(&shop, &request));
        for choice in record.items.iter().chain(&record.baseline.items) {
            let entry = &entries[index(choice.item_id.as_str()) as usize];
            prop_assert_eq!(choice.title.as_str(), entry.label());
            prop_assert_eq!(choice.price_minor, entry.price_minor);
            prop_assert_eq!(choice.currency, entry.currency);
        }
    }

    #[test]
    fn the_order_of_the_request_changes_nothing(champion in champions(), request in requests()) {
        let shop = shop(champion, entries());
        let mut other = request.clone();
        for list in [&mut other.exclude, &mut other.owned, &mut other.seen] {
            list.reverse();
        }
        other.history.reverse();
        let (one, other) = (decide(&shop, &request), decide(&shop, &other));
        prop_assert_eq!(one.items, other.items);
        prop_assert_eq!(one.binding, other.binding);
    }

    #[test]
    fn what_binds_adds_up_to_what_was_removed(
        champion in champions(), entries in catalogues(), request in requests(),
    ) {
        let shop = shop(champion, entries);
        let candidates = shop.candidates(&request);
        let (left, binding) = shop.constrain(&request, candidates.clone());
        let removed: usize = binding.iter().map(|b| b.count).sum();
        prop_assert_eq!(candidates.len() - left.len(), removed);
        prop_assert!(binding.iter().all(|b| b.count > 0));
        prop_assert_eq!(binding, decide(&shop, &request).binding);
    }

    #[test]
    fn scores_are_the_champions_own(champion in champions(), request in requests()) {
        let record = decide(&shop(champion, entries()), &request);
        let history: Vec<(u32, f32)> =
            request.history.iter().map(|h| (index(&h.item_id), h.weight)).collect();
        if !matches!(request.subject, Subject::Item(_))
            && history.iter().any(|(item, _)| (*item as usize) < ITEMS)
        {
            let mut scores = vec![0.0; ITEMS];
            champion.model().score(&history, &mut scores);
            for choice in &record.items {
                prop_assert_eq!(choice.score, scores[index(choice.item_id.as_str()) as usize]);
            }
        }
    }
}

/// The best 230 of 240 items are sold out; the ten that are left must still be found.
#[test]
fn what_is_sold_out_never_empties_a_slate() {
    for champion in [Champion::Popularity, Champion::Knn, Champion::IAls] {
        let ranked = champion.model().recommend(&[(4, 1.0)], ITEMS, &|_| true);
        let mut entries = entries();
        ranked.iter().take(230).for_each(|s| entries[s.item as usize].in_stock = false);
        let left = entries.iter().filter(|e| e.in_stock).count();
        let asked = request(&[(4, 1.0, feature::ContactKind::View)], 5);
        let record = decide(&shop(champion, entries), &asked);
        assert_eq!(record.items.len(), left.min(5), "{champion:?}");
        assert_eq!(record.baseline.items.len(), left.min(5), "{champion:?}");
    }
}

/// Neighbours know nothing of odd items for an even history; those follow in order of popularity.
#[test]
fn where_the_champion_sees_no_difference_popularity_decides() {
    let record = decide(
        &shop(Champion::Knn, entries()),
        &request(&[(4, 1.0, feature::ContactKind::View)], usize::MAX),
    );
    let mut popularity = vec![0.0; ITEMS];
    FITS.popularity.score(&[], &mut popularity);
    let unknown: Vec<&Choice> = record.items.iter().filter(|c| c.score == 0.0).collect();
    assert!(unknown.len() > 50, "{}", unknown.len());
    let of = |c: &Choice| popularity[index(c.item_id.as_str()) as usize];
    assert!(unknown.windows(2).all(|two| of(two[0]) >= of(two[1])));
    assert!(unknown.iter().all(|c| c.reason.code == "popular"));
    assert_eq!(entry(4).title, None);
}
