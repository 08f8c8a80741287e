//! Evaluation against a slow reading of its definition.

use feature::Csr;
use model::{
    Bootstrap, EvaluateOptions, Explanation, GivenNegatives, Metric, ModelConfig, PopularityConfig,
    Recommender, Scored, TrainSet, evaluate, evaluate_folded, gains, hit_rates, rank_among_given,
};
use proptest::prelude::*;

use crate::matrices;

/// Scores that depend on user and item only, with many ties.
struct Fixed {
    n_items: usize,
}

impl Fixed {
    fn at(user: u32, item: u32) -> f32 {
        ((user * 7 + item * 5) % 4) as f32 + 1.0
    }
}

impl Recommender for Fixed {
    fn name(&self) -> &'static str {
        "Fixed"
    }

    fn n_items(&self) -> usize {
        self.n_items
    }

    fn score(&self, _history: &[(u32, f32)], scores: &mut [f32]) {
        self.score_user(0, &[], scores);
    }

    fn score_user(&self, user: u32, _history: &[(u32, f32)], scores: &mut [f32]) {
        for (item, score) in scores.iter_mut().enumerate() {
            *score = Self::at(user, item as u32);
        }
    }

    fn similar_items(&self, _item: u32, _n: usize) -> Vec<Scored> {
        Vec::new()
    }

    fn explain(&self, _history: &[(u32, f32)], _item: u32) -> Explanation {
        Explanation::nothing()
    }
}

/// Hits of a user by sorting the whole catalogue, and the number of relevant items.
fn slow_hits(train: &Csr, test: &Csr, user: usize) -> (Vec<bool>, usize) {
    let mut open: Vec<u32> =
        (0..train.n_cols() as u32).filter(|&item| train.get(user, item).is_none()).collect();
    open.sort_by_key(|&item| (-(Fixed::at(user as u32, item) as i32), item));
    let hits: Vec<bool> = open.iter().map(|&item| test.get(user, item).is_some()).collect();
    let n_relevant = hits.iter().filter(|hit| **hit).count();
    (hits, n_relevant)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn full_ranking_equals_sorting_the_catalogue(both in (matrices(), matrices())) {
        // The two halves of a pair need one shape: the smaller of both.
        let n_users = both.0.n_rows().min(both.1.n_rows());
        let n_items = both.0.n_cols().min(both.1.n_cols());
        let cut = |matrix: &Csr| {
            let all = (0..n_users).flat_map(|user| {
                matrix.history(user).into_iter().map(move |(item, w)| (user as u32, item, w))
            });
            let kept: Vec<_> = all.filter(|one| (one.1 as usize) < n_items).collect();
            Csr::from_triplets(n_users, n_items, &kept).unwrap()
        };
        let (train, test) = (cut(&both.0), cut(&both.1));
        let options = EvaluateOptions { cutoffs: vec![1, 3, 20], ranks: 4, auc: true };
        let found = evaluate(&Fixed { n_items }, &train.clone().into(), &test, &options).unwrap();
        let slow: Vec<_> = (0..n_users)
            .map(|user| (user, slow_hits(&train, &test, user)))
            .filter(|(_, (_, n_relevant))| *n_relevant > 0)
            .collect();
        let users: Vec<u32> = slow.iter().map(|(user, _)| *user as u32).collect();
        prop_assert_eq!(&found.users, &users);
        for k in [1, 3, 20] {
            for metric in Metric::ALL {
                let expected: Vec<f64> =
                    slow.iter().map(|(_, (hits, n))| metric.at(k, hits, *n)).collect();
                prop_assert_eq!(found.values(metric, k).unwrap(), &expected[..]);
            }
        }
        for row in &found.ranks {
            let here: Vec<bool> = slow
                .iter()
                .filter_map(|(_, (hits, _))| hits.get(row.position - 1).copied())
                .collect();
            prop_assert_eq!(row.trials, here.len() as u64);
            prop_assert_eq!(row.hits, here.iter().filter(|hit| **hit).count() as u64);
        }
        prop_assert!(found.mean(Metric::Recall, 2).is_none());
        let same = found.difference(&found, Metric::Ndcg, 3, &Bootstrap::default()).unwrap();
        prop_assert_eq!((same.mean, same.low, same.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_given_rank_is_one_more_than_those_before_it(
        user in 0..4_u32,
        positive in 0..12_u32,
        negatives in prop::collection::vec(0..12_u32, 0..10),
    ) {
        let train = TrainSet::from(Csr::empty(4, 12));
        let line = GivenNegatives { user, positive, negatives: negatives.clone() };
        let ranks = rank_among_given(&Fixed { n_items: 12 }, &train, &[line]).unwrap();
        let key = |item: u32| (-(Fixed::at(user, item) as i32), item);
        let before = negatives.iter().filter(|&&item| key(item) < key(positive)).count();
        prop_assert_eq!(&ranks, &vec![before + 1]);
        let hit = before < 3;
        prop_assert_eq!(hit_rates(&ranks, 3), vec![f64::from(u8::from(hit))]);
        let gain = if hit { 2.0_f64.ln() / ((before + 2) as f64).ln() } else { 0.0 };
        prop_assert!((gains(&ranks, 3)[0] - gain).abs() < 1e-12);
    }
}

#[test]
fn shapes_that_do_not_agree_are_refused() {
    let options = EvaluateOptions::default();
    let model = Fixed { n_items: 3 };
    let (train, test) = (TrainSet::from(Csr::empty(2, 3)), Csr::empty(3, 3));
    let message = evaluate(&model, &train, &test, &options).unwrap_err().to_string();
    assert!(message.contains("must agree"), "{message}");
    let line = GivenNegatives { user: 0, positive: 3, negatives: vec![] };
    let message = rank_among_given(&model, &train, &[line]).unwrap_err().to_string();
    assert!(message.contains("line 0"), "{message}");
}

#[test]
fn coverage_counts_items_shown_to_anyone() {
    let test = Csr::from_triplets(2, 8, &[(0, 0, 1.0), (1, 0, 1.0)]).unwrap();
    let options = EvaluateOptions { cutoffs: vec![1, 8], ranks: 0, auc: true };
    let found = evaluate(&Fixed { n_items: 8 }, &Csr::empty(2, 8).into(), &test, &options).unwrap();
    // User 0 is shown item 3, user 1 item 0, the first with the highest score.
    assert_eq!((found.coverage(1), found.coverage(8)), (Some(0.25), Some(1.0)));
}

#[test]
fn people_folded_in_are_not_shown_what_is_hidden_and_nothing_else_is_kept_back() {
    let train = Csr::from_triplets(3, 3, &[(0, 0, 1.0), (1, 0, 1.0), (2, 1, 1.0)]).unwrap();
    let test = Csr::from_triplets(3, 3, &[(0, 0, 1.0), (1, 1, 1.0)]).unwrap();
    let model = ModelConfig::Popularity(PopularityConfig::default());
    let train = TrainSet::from(train);
    let model = model.fit(&train).unwrap();
    let options = EvaluateOptions { cutoffs: vec![1], ranks: 1, auc: true };
    let known = evaluate(model.recommender(), &train, &test, &options).unwrap();
    let folded = |hidden: &Csr| {
        evaluate_folded(model.recommender(), &train, hidden, &test, &options).unwrap()
    };
    assert_eq!(folded(train.matrix()), known, "popularity knows nobody");
    assert_eq!((known.users, known.lists), (vec![1], vec![vec![1]]));
    let open = folded(&Csr::empty(3, 3));
    assert_eq!(open.users, [0, 1]);
    assert_eq!(open.values(Metric::Recall, 1), Some([1.0, 0.0].as_slice()));
    let narrow = Csr::empty(2, 3);
    let wrong = evaluate_folded(model.recommender(), &train, &narrow, &test, &options);
    assert!(wrong.unwrap_err().to_string().contains("hidden is (2, 3)"));
}
