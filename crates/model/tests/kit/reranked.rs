//! What a recommender with a ranker behind it must do: keep the lead's candidates, order them as
//! the ranker does, and leave the others where they were.

use std::sync::{Arc, OnceLock};

use model::{
    Candidate, Explanation, Fitted, ItemFact, ItemKnn, ItemKnnConfig, LabelledTable, Popularity,
    PopularityConfig, Ranker, RankerConfig, Recommender, Reranked, Shortlist, TrainSet,
};
use proptest::prelude::*;

const ITEMS: u32 = 30;
const DEPTH: usize = 8;

fn train() -> TrainSet {
    let rows: Vec<Vec<(u32, f32)>> = (0..40)
        .map(|user| (0..6).map(|at| ((user * 7 + at * at * 5 + user % 3) % ITEMS, 1.0)).collect())
        .collect();
    let interactions: Vec<_> = rows
        .iter()
        .enumerate()
        .flat_map(|(user, row)| {
            row.iter().map(move |&(item, weight)| feature::split::Interaction {
                user: user as u32,
                item,
                time_ms: 0,
                weight,
            })
        })
        .collect();
    let matrix = feature::split::to_matrix(&interactions, 40, ITEMS as usize).unwrap();
    TrainSet::from(matrix)
}

fn neighbours() -> Arc<dyn Recommender> {
    Arc::new(ItemKnn::fit(&ItemKnnConfig::default(), &train()).unwrap())
}

fn shortlist(facts: Vec<ItemFact>, depth: usize) -> Result<Shortlist, model::ModelError> {
    let popular = Popularity::fit(&PopularityConfig::default(), &train()).unwrap();
    Shortlist::new(neighbours(), vec![Arc::new(popular)], facts, depth)
}

fn fact() -> Vec<ItemFact> {
    let values = (0..ITEMS).map(|item| (item % 5 != 0).then_some(i64::from(item * 11 % ITEMS)));
    vec![ItemFact { name: "shelf".to_owned(), values: values.collect() }]
}

/// Taken are items that stand high on the shelf.
fn ranker() -> Ranker {
    static TAUGHT: OnceLock<Ranker> = OnceLock::new();
    TAUGHT.get_or_init(teach).clone()
}

fn teach() -> Ranker {
    let list = shortlist(fact(), DEPTH).unwrap();
    let columns = list.columns();
    let shelf = columns.iter().position(|name| name == "shelf").unwrap();
    let found: Vec<Candidate> = (0..ITEMS)
        .flat_map(|item| list.candidates(&[(item, 1.0), ((item + 3) % ITEMS, 2.0)], &|_| true))
        .collect();
    let labels = found.iter().map(|one| one.row[shelf].is_some_and(|high| high > 15.0)).collect();
    let column = |at: usize| found.iter().map(|one| one.row[at]).collect();
    let table =
        LabelledTable::new(columns.clone(), (0..columns.len()).map(column).collect(), labels);
    Ranker::fit(&table.unwrap(), &RankerConfig { folds: 3, ..RankerConfig::default() }).unwrap().0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn candidates_come_first_in_the_rankers_order_and_others_keep_theirs(
        history in prop::collection::vec((0..ITEMS + 2, 0.5_f32..2.0), 0..6),
    ) {
        let ranker = ranker();
        let ranked = Reranked::new(shortlist(fact(), DEPTH).unwrap(), ranker.clone()).unwrap();
        let candidates = shortlist(fact(), DEPTH).unwrap().candidates(&history, &|_| true);
        let rows: Vec<_> = candidates.iter().map(|one| one.row.clone()).collect();
        let order = ranker.rank(&rows);
        let all = ranked.recommend(&history, ITEMS as usize, &|_| true);
        let of_lead = neighbours().recommend(&history, ITEMS as usize, &|_| true);
        prop_assert_eq!(all.len(), of_lead.len());
        let (first, rest) = all.split_at(candidates.len());
        for (one, (at, chance)) in first.iter().zip(&order) {
            let same = ranker.score(&rows[*at]) ==
                ranker.score(&candidates.iter().find(|c| c.item == one.item).unwrap().row);
            prop_assert!(same && *chance > 0.0, "{one:?}");
        }
        let rest: Vec<u32> = rest.iter().map(|one| one.item).collect();
        let expected: Vec<u32> = of_lead[candidates.len()..].iter().map(|one| one.item).collect();
        prop_assert_eq!(rest, expected);
        for one in all.iter().take(4) {
            let Explanation { score, contributions, rest, is_estimate } =
                ranked.explain(&history, one.item);
            let sum = contributions.iter().map(|(_, added)| added).sum::<f32>() + rest;
            let of_lead = of_lead.iter().find(|lead| lead.item == one.item).unwrap();
            prop_assert!((score - of_lead.score).abs() < 1e-4 && (sum - score).abs() < 1e-4);
            prop_assert!(is_estimate);
        }
    }
}

#[test]
fn a_row_has_a_number_or_nothing_for_each_column() {
    let list = shortlist(fact(), DEPTH).unwrap();
    let found = list.candidates(&[(1, 1.0), (4, 2.0)], &|item| item != 1);
    let new = found.iter().filter(|one| one.item != 4).count();
    assert_eq!(new, DEPTH);
    assert!(found.iter().all(|one| one.item != 1 && one.row.len() == list.columns().len()));
    let column = |name: &str| list.columns().iter().position(|own| own == name).unwrap();
    let mut place = 1.0;
    for one in &found {
        assert_eq!(one.row[column("place")], Some(place));
        place += f64::from(one.item != 4);
        assert_eq!(one.row[column("items met")], Some(2.0));
        assert_eq!(one.row[column("weight met")], Some(3.0));
        let shelf = fact()[0].values[one.item as usize].map(|value| value as f64);
        assert_eq!(one.row[column("shelf")], shelf);
    }
    assert!(found.windows(2).all(|two| two[0].row[0] >= two[1].row[0]));
    assert!(shortlist(fact(), DEPTH).unwrap().candidates(&[], &|_| true).is_empty());
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let short = ItemFact { name: "shelf".to_owned(), values: vec![None; 3] };
    assert!(shortlist(vec![short], DEPTH).is_err());
    assert!(shortlist(fact(), 0).is_err());
    let message = Reranked::new(shortlist(Vec::new(), DEPTH).unwrap(), ranker()).err().unwrap();
    assert!(message.to_string().contains("reads"), "{message}");
    let ranker = ranker();
    let (classifier, calibrator) = (ranker.classifier().clone(), ranker.calibrator().clone());
    assert!(
        Ranker::restore(vec!["one".to_owned()], classifier.clone(), calibrator.clone()).is_err()
    );
    let again = Ranker::restore(ranker.columns().to_vec(), classifier, calibrator).unwrap();
    assert_eq!(again, ranker);
}
