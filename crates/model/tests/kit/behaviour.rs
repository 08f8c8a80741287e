//! What every recommender must do, whatever its algorithm.

use feature::Csr;
use model::{AnyModel, ModelConfig, Recommender, Scored, TrainSet};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use crate::{
    Entry, assert_close, checkerboard, in_turn, learnt, matrices, personal, quick, slow, table,
};

fn fit(config: &ModelConfig, train: &Csr) -> AnyModel {
    config.fit(&learnt(config, train.into())).unwrap_or_else(|error| panic!("{config:?}: {error}"))
}

fn scores(model: &dyn Recommender, history: &[(u32, f32)]) -> Vec<f32> {
    let mut scores = vec![f32::NAN; model.n_items()];
    model.score(history, &mut scores);
    assert!(scores.iter().all(|score| score.is_finite()), "{}", model.name());
    scores
}

#[test]
fn the_withheld_square_of_a_checkerboard_comes_first() {
    let train = checkerboard(30);
    let in_turn = in_turn(&train);
    for Entry { config, .. } in personal() {
        let model = config.fit(&learnt(&config, in_turn.clone())).unwrap();
        let model = model.recommender();
        for (user, list) in model.recommend_all(&in_turn, 1).iter().enumerate() {
            assert_eq!(list[0].item, user as u32, "{config:?}");
            let is_open = |item: u32| train.get(user, item).is_none();
            let folded = model.recommend(&in_turn.history(user), 1, &is_open);
            assert_eq!(folded[0].item, user as u32, "{config:?}");
        }
    }
}

#[test]
fn similar_squares_have_the_same_colour() {
    let train = checkerboard(30);
    // To models that look at the order, items are alike where the same ones come next.
    for Entry { config, .. } in personal().into_iter().filter(|entry| !entry.is_ordered) {
        let model = fit(&config, &train);
        for item in 0..30 {
            let similar = model.recommender().similar_items(item, 10);
            assert_eq!(similar.len(), 10, "{config:?}");
            let is_right = |one: &Scored| one.item % 2 == item % 2 && one.item != item;
            assert!(similar.iter().all(is_right), "{config:?}: {similar:?}");
        }
    }
}

#[test]
fn asking_beyond_the_catalogue_gives_what_exists() {
    let train = checkerboard(10);
    for Entry { config, .. } in table() {
        let model = fit(&config, &train);
        let model = model.recommender();
        for n in [0, 1, 10, 1_000] {
            let list = model.recommend(&train.history(3), n, &|_| true);
            assert!(list.len() <= n.min(10), "{config:?}");
            assert!(n == 0 || !list.is_empty(), "{config:?}");
            let mut items: Vec<u32> = list.iter().map(|one| one.item).collect();
            items.sort_unstable();
            items.dedup();
            assert_eq!(items.len(), list.len(), "{config:?}: an item came twice");
            assert!(model.similar_items(3, n).len() <= n.min(9), "{config:?}");
        }
        assert!(model.recommend(&train.history(3), 5, &|_| false).is_empty());
        assert!(model.similar_items(10, 5).is_empty());
        assert_eq!(model.explain(&train.history(3), 99).score, 0.0);
    }
}

#[test]
fn a_cold_shopper_gets_no_personal_list() {
    let train = checkerboard(10);
    for Entry { config, is_personal, .. } in table() {
        let model = fit(&config, &train);
        let cold = model.recommender().recommend(&[], 5, &|_| true);
        let unknown = model.recommender().recommend(&[(77, 1.0), (2, f32::NAN)], 5, &|_| true);
        assert_eq!(cold, unknown, "{config:?}");
        assert_eq!(cold.is_empty(), is_personal, "{config:?}");
    }
}

#[test]
fn a_cold_item_is_neither_recommended_nor_like_anything() {
    let mut triplets = Vec::new();
    for user in 0..6_u32 {
        triplets.extend((0..4).filter(|item| item % 2 == user % 2).map(|item| (user, item, 1.0)));
    }
    let train = Csr::from_triplets(7, 5, &triplets).unwrap();
    for Entry { config, .. } in table() {
        let model = fit(&config, &train);
        let model = model.recommender();
        assert_eq!(scores(model, &[(0, 1.0)])[4], 0.0, "{config:?}");
        assert!(
            model
                .recommend_all(&TrainSet::from(&train), 5)
                .iter()
                .flatten()
                .all(|one| one.item != 4)
        );
        assert!(model.similar_items(4, 5).is_empty(), "{config:?}");
        assert!(model.similar_items(0, 5).iter().all(|one| one.item != 4), "{config:?}");
    }
}

#[test]
fn empty_and_one_row_inputs_are_fitted() {
    for (n_users, n_items) in [(0, 0), (0, 3), (3, 0), (3, 3)] {
        let train = Csr::empty(n_users, n_items);
        for Entry { config, .. } in table() {
            let model = fit(&config, &train);
            let lists = model.recommender().recommend_all(&TrainSet::from(&train), 5);
            assert_eq!(lists, vec![Vec::new(); n_users], "{config:?}");
            assert!(model.recommender().recommend(&[(0, 1.0)], 5, &|_| true).is_empty());
        }
    }
    for n_items in [1, 4] {
        let triplets: Vec<_> = (0..n_items).map(|item| (0, item, 2.0)).collect();
        let train = Csr::from_triplets(1, n_items as usize, &triplets).unwrap();
        for Entry { config, .. } in table() {
            let model = fit(&config, &train);
            assert_eq!(
                model.recommender().recommend_all(&TrainSet::from(&train), 5),
                vec![Vec::new()]
            );
            assert!(scores(model.recommender(), &train.history(0)).len() == n_items as usize);
        }
    }
}

#[test]
fn weights_below_0_are_refused_with_their_place() {
    let train = Csr::from_triplets(3, 3, &[(0, 0, 1.0), (2, 1, -2.0)]).unwrap();
    for Entry { config, .. } in table() {
        let message = config.fit(&train.clone().into()).unwrap_err().to_string();
        assert!(message.contains("user 2") && message.contains("item 1"), "{message}");
    }
}

#[test]
fn one_seed_gives_one_model_at_any_number_of_threads() {
    let train = checkerboard(41);
    for Entry { config, .. } in table() {
        let at = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let model = fit(&config, &train);
                let lists = model.recommender().recommend_all(&TrainSet::from(&train), 7);
                (model, lists)
            })
        };
        assert!(at(1) == at(2), "{config:?}");
    }
}

#[test]
fn another_seed_gives_another_start() {
    let train = checkerboard(12);
    for Entry { config, .. } in table() {
        if let ModelConfig::IAls(mut config) = config {
            let first = fit(&ModelConfig::IAls(config.clone()), &train);
            config.seed += 1;
            assert!(first != fit(&ModelConfig::IAls(config), &train));
        }
    }
}

/// One input in halves and another order is the same input; so is a history, for models that do
/// not look at its order.
fn order_and_splitting_do_not_matter(
    entries: &[Entry],
    train: &Csr,
    seed: u64,
) -> Result<(), TestCaseError> {
    let mut history = train.history(0);
    let mut triplets = Vec::new();
    for user in 0..train.n_rows() {
        // Each weight in two halves, which is exact.
        for (item, weight) in train.history(user) {
            triplets.extend([(user as u32, item, weight / 2.0); 2]);
        }
    }
    let turn = |len: usize| (seed % len.max(1) as u64) as usize;
    let by = turn(triplets.len());
    triplets.rotate_left(by);
    triplets.reverse();
    let again = Csr::from_triplets(train.n_rows(), train.n_cols(), &triplets).unwrap();
    for Entry { config, is_ordered, .. } in entries {
        let model = fit(config, train);
        prop_assert!(model == fit(config, &again), "{:?}", config);
        if *is_ordered {
            continue;
        }
        let expected = scores(model.recommender(), &history);
        let mut halves = history.clone();
        halves.extend(history.iter().rev());
        halves.iter_mut().for_each(|(_, weight)| *weight /= 2.0);
        let by = turn(halves.len());
        halves.rotate_left(by);
        prop_assert_eq!(&expected, &scores(model.recommender(), &halves), "{:?}", config);
        history.reverse();
        prop_assert_eq!(expected, scores(model.recommender(), &history), "{:?}", config);
    }
    Ok(())
}

fn explanations_sum_to_scores(entries: &[Entry], train: &Csr) -> Result<(), TestCaseError> {
    for Entry { config, .. } in entries {
        let model = fit(config, train);
        let history = train.history(0);
        let scores = scores(model.recommender(), &history);
        for (item, &score) in scores.iter().enumerate() {
            let explanation = model.recommender().explain(&history, item as u32);
            let added: f32 = explanation.contributions.iter().map(|(_, added)| added).sum();
            let sum = f64::from(added + explanation.rest);
            assert_close(sum, f64::from(score), 1e-4, &format!("{config:?}"));
            assert_close(f64::from(explanation.score), f64::from(score), 1e-4, "score");
            prop_assert_eq!(explanation.contributions.len(), history.len());
            let is_sorted = explanation.contributions.is_sorted_by(|a, b| a.1 >= b.1);
            prop_assert!(is_sorted, "{:?}", explanation);
        }
    }
    Ok(())
}

fn batches_equal_single_lists(
    entries: &[Entry],
    train: &Csr,
    n: usize,
) -> Result<(), TestCaseError> {
    for Entry { config, .. } in entries {
        let model = fit(config, train);
        let model = model.recommender();
        let lists = model.recommend_all(&train.into(), n);
        prop_assert_eq!(lists.len(), train.n_rows());
        for (user, list) in lists.iter().enumerate() {
            let mut scores = vec![0.0; model.n_items()];
            model.score_user(user as u32, &train.history(user), &mut scores);
            let is_open = |item: u32| train.get(user, item).is_none();
            let slow = model::top_of_scores(&scores, scores.len(), &is_open);
            // Sums taken in another order may swap items whose scores all but agree, and may
            // or may not come out as exactly 0, which is no evidence.
            let is_sure = |one: &&Scored| one.score.abs() > 1e-6;
            let slow: Vec<_> = slow.iter().filter(is_sure).collect();
            let enough = list.len() == n || list.iter().filter(is_sure).count() == slow.len();
            prop_assert!(enough && list.len() <= n, "{:?}", config);
            for (fast, slow) in list.iter().filter(is_sure).zip(slow) {
                assert_close(fast.score.into(), slow.score.into(), 1e-5, "score at a rank");
                let own = scores[fast.item as usize];
                assert_close(fast.score.into(), own.into(), 1e-5, "score of an item");
                prop_assert!(is_open(fast.item));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_and_splitting_of_input_do_not_matter(train in matrices(), seed in any::<u64>()) {
        order_and_splitting_do_not_matter(&quick(), &train, seed)?;
    }

    #[test]
    fn an_explanation_sums_to_the_score(train in matrices()) {
        explanations_sum_to_scores(&quick(), &train)?;
    }

    #[test]
    fn batch_lists_equal_lists_made_one_by_one(train in matrices(), n in 1..6_usize) {
        batches_equal_single_lists(&quick(), &train, n)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn slow_models_do_all_that_as_well(
        train in matrices(),
        seed in any::<u64>(),
        n in 1..6_usize,
    ) {
        let slow = slow();
        order_and_splitting_do_not_matter(&slow, &train, seed)?;
        explanations_sum_to_scores(&slow, &train)?;
        batches_equal_single_lists(&slow, &train, n)?;
    }
}
