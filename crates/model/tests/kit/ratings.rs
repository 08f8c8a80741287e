//! What every model of ratings must do, golden numbers, and slow obvious twins.

use model::{
    About, AnyRating, BiasBaselineConfig, Bootstrap, Likeness, MeanRatingConfig, ModelError, Rater,
    RatingConfig, RatingFolds, RatingKnnConfig, Ratings, SvdConfig, SvdPpConfig, judge_ratings,
};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use crate::assert_close;

type Triplet = (u32, u32, f32);

/// Every model the kit runs over: a new one is one line here.
fn table() -> Vec<RatingConfig> {
    let knn = |likeness| {
        let config = RatingKnnConfig { likeness, shrink: 2.0, ..RatingKnnConfig::default() };
        RatingConfig::RatingKnn(config)
    };
    vec![
        RatingConfig::MeanRating(MeanRatingConfig::default()),
        RatingConfig::BiasBaseline(BiasBaselineConfig::default()),
        knn(Likeness::Items),
        knn(Likeness::Users),
        RatingConfig::Svd(SvdConfig { factors: 4, epochs: 60, ..few() }),
        RatingConfig::SvdPp(SvdPpConfig { factors: 4, epochs: 60, ..few_pp() }),
    ]
}

fn few() -> SvdConfig {
    SvdConfig { learning_rate: 0.05, ..SvdConfig::default() }
}

fn few_pp() -> SvdPpConfig {
    SvdPpConfig { learning_rate: 0.05, ..SvdPpConfig::default() }
}

/// The models of the table that know tastes.
fn personal() -> Vec<RatingConfig> {
    table().split_off(2)
}

fn ratings(n_users: usize, n_items: usize, triplets: &[Triplet]) -> Ratings {
    Ratings::new(n_users, n_items, triplets).unwrap()
}

/// Users and items of like parity belong together: 5 points, else 1; a fifth is withheld.
fn checkerboard(n: u32) -> (Ratings, Vec<Triplet>) {
    let points = |user: u32, item: u32| if user % 2 == item % 2 { 5.0 } else { 1.0 };
    let pairs = (0..n).flat_map(|user| (0..n).map(move |item| (user, item, points(user, item))));
    let (withheld, given): (Vec<_>, Vec<_>) =
        pairs.partition(|(user, item, _)| (user + 2 * item) % 5 == 0);
    (ratings(n as usize, n as usize, &given), withheld)
}

/// Small random ratings, with users and items without any among them.
fn triplets() -> impl Strategy<Value = (usize, usize, Vec<Triplet>)> {
    (1..9_usize, 1..8_usize).prop_flat_map(|(n_users, n_items)| {
        let one = (0..n_users as u32, 0..n_items as u32, 2..11_u32);
        let all = prop::collection::vec(one, 0..40);
        all.prop_map(move |all| {
            let half = |(user, item, points)| (user, item, points as f32 / 2.0);
            (n_users, n_items, all.into_iter().map(half).collect())
        })
    })
}

/// Predictions for every user and for a person never seen.
fn everything(model: &AnyRating, history: &[(u32, f32)]) -> Vec<f64> {
    let model = model.predictor();
    let items: Vec<u32> = (0..model.n_items() as u32 + 1).collect();
    let raters = (0..model.n_users() as u32 + 1).map(Rater::Known).chain([Rater::New(history)]);
    let found: Vec<f64> = raters.flat_map(|rater| model.predict(rater, &items)).collect();
    assert!(found.iter().all(|points| points.is_finite()), "{}", model.name());
    found
}

#[test]
fn the_withheld_squares_of_a_checkerboard_are_predicted() {
    let (given, withheld) = checkerboard(20);
    for config in personal() {
        let model = config.fit(&given).unwrap();
        for &(user, item, points) in &withheld {
            let history = given.of_user(user as usize);
            for rater in [Rater::Known(user), Rater::New(&history)] {
                let found = model.predictor().predict(rater, &[item])[0];
                let is_right = (found > 3.5) == (points > 3.0) && (1.0..=5.0).contains(&found);
                assert!(is_right, "{config:?} {rater:?} on {item}: {found}, given {points}");
            }
        }
    }
}

#[test]
fn a_person_or_an_item_without_ratings_gets_the_rest_of_the_sum() {
    // User 3 and item 3 have no rating; 9 and 8 do not exist.
    let given = [(0, 0, 5.0), (0, 1, 4.0), (1, 0, 2.0), (1, 2, 1.0), (2, 1, 3.0)];
    let given = ratings(4, 4, &given);
    for config in table() {
        let model = config.fit(&given).unwrap();
        let predict = |rater, item| model.predictor().predict(rater, &[item])[0];
        for cold in [Rater::Known(3), Rater::Known(9), Rater::New(&[])] {
            assert_eq!(predict(cold, 3), given.mean(), "{config:?} {cold:?}");
            assert_eq!(predict(cold, 8), given.mean(), "{config:?} {cold:?}");
            assert_eq!(predict(cold, 0), predict(Rater::Known(3), 0), "{config:?}");
        }
        for rater in [Rater::Known(0), Rater::New(&[(0, 5.0), (1, 4.0)])] {
            let reasons = model.predictor().explain(rater, 3);
            assert_eq!(reasons.item, 0.0, "{config:?}");
            assert_eq!(predict(rater, 3), predict(rater, 8), "{config:?}");
        }
    }
}

#[test]
fn empty_and_one_row_inputs_are_fitted() {
    for config in table() {
        for (n_users, n_items, rows) in
            [(0, 0, vec![]), (3, 2, vec![]), (1, 1, vec![(0, 0, 4.0)]), (1, 3, vec![(0, 1, -2.0)])]
        {
            let given = ratings(n_users, n_items, &rows);
            let model = config.fit(&given).unwrap();
            let found = everything(&model, &[(0, 3.0), (1, 2.0)]);
            let (low, high) = given.scale();
            let inside = |points: &f64| (f64::from(low)..=f64::from(high)).contains(points);
            assert!(found.iter().all(inside), "{config:?} {rows:?}: {found:?}");
        }
    }
}

#[test]
fn one_seed_gives_one_model_at_any_number_of_threads() {
    let (given, _) = checkerboard(31);
    for config in table() {
        let at = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let judged = judge_ratings(&config, &given, RatingFolds { folds: 3, seed: 2 });
                (config.fit(&given).unwrap(), judged.unwrap())
            })
        };
        assert!(at(1) == at(2), "{config:?}");
    }
}

#[test]
fn another_seed_gives_another_model() {
    let (given, _) = checkerboard(12);
    let svd = |seed| RatingConfig::Svd(SvdConfig { seed, ..few() }).fit(&given).unwrap();
    let pp = |seed| RatingConfig::SvdPp(SvdPpConfig { seed, ..few_pp() }).fit(&given).unwrap();
    assert!(svd(1) != svd(2) && pp(1) != pp(2));
    assert_eq!((svd(3).seed(), pp(4).seed()), (Some(3), Some(4)));
}

#[test]
fn a_loaded_model_is_the_saved_model() {
    let (given, _) = checkerboard(9);
    for config in table().into_iter().chain(RatingConfig::all()) {
        let folder = tempfile::tempdir().unwrap();
        let model = config.fit(&given).unwrap();
        let ids: Vec<String> = (0..9).map(|item| format!("sku-{item}")).collect();
        let about = About { item_ids: Some(ids.clone()), trained_at_ms: 17 };
        model.save(folder.path(), &about).unwrap();
        let (loaded, manifest) = AnyRating::load(folder.path()).unwrap();
        assert!(loaded == model, "{config:?}");
        assert_eq!((manifest.config, manifest.item_ids), (config, Some(ids)));
        assert_eq!((manifest.n_users, manifest.n_items, manifest.trained_at_ms), (9, 9, 17));
    }
}

#[test]
fn a_damaged_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let model = table()[2].fit(&checkerboard(9).0).unwrap();
    let one_id = About { item_ids: Some(vec!["sku".to_owned()]), ..About::default() };
    assert!(model.save(folder.path(), &one_id).is_err());
    let manifest = model.save(folder.path(), &About::default()).unwrap();
    let path = folder.path().join(&manifest.tensors_file);
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert!(matches!(AnyRating::load(folder.path()), Err(ModelError::Corrupt { .. })));
}

#[test]
fn settings_out_of_range_are_refused() {
    let given = checkerboard(4).0;
    let bad = [
        RatingConfig::BiasBaseline(BiasBaselineConfig { iterations: 0, ..Default::default() }),
        RatingConfig::RatingKnn(RatingKnnConfig { partners: 3, ..Default::default() }),
        RatingConfig::RatingKnn(RatingKnnConfig { shrink: f64::NAN, ..Default::default() }),
        RatingConfig::Svd(SvdConfig { factors: 0, ..Default::default() }),
        RatingConfig::Svd(SvdConfig { learning_rate: 0.0, ..Default::default() }),
        RatingConfig::SvdPp(SvdPpConfig { regularization: 2.0, ..Default::default() }),
    ];
    for config in bad {
        let found = config.fit(&given);
        assert!(matches!(found, Err(ModelError::Config { .. })), "{config:?}: {found:?}");
    }
    let wild = SvdConfig { learning_rate: 1.0, epochs: 500, start: 1e6, ..SvdConfig::default() };
    let error = RatingConfig::Svd(wild).fit(&given).unwrap_err().to_string();
    assert!(error.contains("lower learning_rate"), "{error}");
}

/// The table of ratings that the golden numbers were made from.
fn golden_table() -> Ratings {
    let pairs = (0..12_u32).flat_map(|user| (0..10_u32).map(move |item| (user, item)));
    let is_given = |&(u, i): &(u32, u32)| (u * 7 + i * 3) % 5 != 0 && (u * i + u) % 4 != 1;
    let points =
        |(u, i): (u32, u32)| (u, i, 1.0 + ((u * u + 3 * i * u + i * i * 2 + i) % 9) as f32 * 0.5);
    let rows: Vec<Triplet> = pairs.filter(is_given).map(points).collect();
    assert_eq!(rows.len(), 85);
    ratings(12, 10, &rows)
}

#[test]
fn golden_predictions() {
    // scikit-surprise 1.1.5: BaselineOnly (als, reg_i 10, reg_u 15, 10 epochs) and KNNBaseline
    // (pearson_baseline, k 3, shrinkage 2, the same baseline), by items and by users.
    let (user_regularization, item_regularization) = (15.0, 10.0);
    let knn = |likeness| {
        RatingConfig::RatingKnn(RatingKnnConfig {
            likeness,
            neighbours: 3,
            shrink: 2.0,
            user_regularization,
            item_regularization,
            ..RatingKnnConfig::default()
        })
    };
    let expected = [
        (
            RatingConfig::BiasBaseline(BiasBaselineConfig {
                user_regularization,
                item_regularization,
                iterations: 10,
            }),
            [
                2.468_318_576,
                3.195_746_933,
                2.651_255_539,
                2.669_251_643,
                2.735_660_168,
                3.088_120_234,
            ],
        ),
        (
            knn(Likeness::Items),
            [1.201_114_614, 5.0, 2.189_356_045, 4.037_283_712, 1.534_077_982, 3.090_768_872],
        ),
        (
            knn(Likeness::Users),
            [
                1.289_417_69,
                3.764_664_525,
                2.471_781_448,
                2.669_251_643,
                3.780_133_77,
                2.888_370_305,
            ],
        ),
    ];
    for (config, expected) in expected {
        let model = config.fit(&golden_table()).unwrap();
        for ((user, item), expected) in
            [(0, 0), (1, 6), (3, 3), (5, 0), (6, 6), (8, 8)].into_iter().zip(expected)
        {
            let found = model.predictor().predict(Rater::Known(user), &[item])[0];
            assert_close(found, expected, 1e-6, &format!("{config:?} {user} {item}"));
        }
    }
}

#[test]
fn users_seen_again_are_predicted_as_known_ones_by_neighbours() {
    // By items only: by users a person seen again is his own best neighbour.
    let given = golden_table();
    let config = RatingKnnConfig { shrink: 2.0, ..RatingKnnConfig::default() };
    let model = RatingConfig::RatingKnn(config).fit(&given).unwrap();
    let items: Vec<u32> = (0..10).collect();
    for user in 0..12 {
        let history = given.of_user(user as usize);
        let known = model.predictor().predict(Rater::Known(user), &items);
        let new = model.predictor().predict(Rater::New(&history), &items);
        for (known, new) in known.into_iter().zip(new) {
            // The last half-step of the baseline is the users', so biases agree.
            assert_close(new, known, 1e-5, &format!("{user}"));
        }
    }
}

#[test]
fn errors_of_the_mean_are_known() {
    // Each fold holds a 1 and a 3 or so; the mean of the rest is computed here by hand.
    let rows: Vec<Triplet> = (0..10).map(|user| (user, 0, 1.0 + (user % 2) as f32 * 2.0)).collect();
    let given = ratings(10, 1, &rows);
    let config = RatingConfig::MeanRating(MeanRatingConfig::default());
    let judged = judge_ratings(&config, &given, RatingFolds { folds: 10, seed: 4 }).unwrap();
    // Without one rating the nine others have the mean 2 ± 1/9 away from it.
    let error = 1.0 + 1.0 / 9.0;
    let bootstrap = Bootstrap { resamples: 100, seed: 1 };
    assert_close(judged.rmse(&bootstrap).mean, error, 1e-12, "RMSE");
    assert_close(judged.mae(&bootstrap).mean, error, 1e-12, "MAE");
    assert_eq!((judged.fold_rmses().len(), judged.fold_maes().len()), (10, 10));
    for folds in [0, 1, 11] {
        assert!(judge_ratings(&config, &given, RatingFolds { folds, seed: 4 }).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_and_repetition_of_ratings_do_not_matter(
        (n_users, n_items, rows) in triplets(),
        turn in 0..40_usize,
    ) {
        let given = ratings(n_users, n_items, &rows);
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len().max(1));
        turned.reverse();
        turned.extend(rows.iter().copied());
        let again = ratings(n_users, n_items, &turned);
        prop_assert_eq!(&given, &again);
        let history: Vec<(u32, f32)> = rows.iter().take(5).map(|r| (r.1, r.2)).collect();
        let mut same = history.clone();
        same.reverse();
        same.extend(&history);
        same.extend([(99, 3.0), (0, f32::NAN)]);
        for config in table() {
            let model = config.fit(&given).unwrap();
            prop_assert_eq!(everything(&model, &history), everything(&model, &same));
        }
    }

    #[test]
    fn an_explanation_sums_to_the_prediction((n_users, n_items, rows) in triplets()) {
        let given = ratings(n_users, n_items, &rows);
        let history: Vec<(u32, f32)> = rows.iter().take(4).map(|r| (r.1, r.2)).collect();
        for config in table() {
            let model = config.fit(&given).unwrap();
            let model = model.predictor();
            let raters = (0..n_users as u32 + 1).map(Rater::Known).chain([Rater::New(&history)]);
            for rater in raters {
                for item in 0..n_items as u32 + 1 {
                    let reasons = model.explain(rater, item);
                    let listed = reasons.ratings.iter().chain(&reasons.raters);
                    let sum = reasons.mean + reasons.user + reasons.item + reasons.taste
                        + reasons.clipped + listed.map(|one| one.1).sum::<f64>();
                    let predicted = model.predict(rater, &[item])[0];
                    assert_close(sum, predicted, 1e-9, &format!("{config:?} {rater:?} {item}"));
                    assert_close(reasons.rating, predicted, 1e-9, "rating");
                }
            }
        }
    }

    #[test]
    fn neighbours_equal_comparing_every_pair((n_users, n_items, rows) in triplets()) {
        let given = ratings(n_users, n_items, &rows);
        let bias = RatingConfig::BiasBaseline(BiasBaselineConfig::default()).fit(&given).unwrap();
        let knn = RatingKnnConfig { neighbours: 2, shrink: 1.0, ..Default::default() };
        let model = RatingConfig::RatingKnn(knn).fit(&given).unwrap();
        let base = |user: u32, item: u32| {
            let reasons = bias.predictor().explain(Rater::Known(user), item);
            reasons.mean + reasons.user + reasons.item
        };
        let residual = |user: u32, item: u32| {
            let rated = given.of_user(user as usize);
            let points = rated.iter().find(|one| one.0 == item)?.1;
            Some(f64::from(points) - base(user, item))
        };
        let users = 0..n_users as u32;
        let likeness = |i: u32, j: u32| {
            let both: Vec<(f64, f64)> =
                users.clone().filter_map(|u| Some((residual(u, i)?, residual(u, j)?))).collect();
            let sum = |of: &dyn Fn(&(f64, f64)) -> f64| both.iter().map(of).sum::<f64>();
            let norm = (sum(&|p| p.0 * p.0) * sum(&|p| p.1 * p.1)).sqrt();
            let more = both.len() as f64 - 1.0;
            if more <= 0.0 || norm == 0.0 { return 0.0 }
            sum(&|p| p.0 * p.1) / norm * more / (more + 1.0)
        };
        let (low, high) = given.scale();
        for user in users.clone() {
            for item in 0..n_items as u32 {
                let others = (0..n_items as u32).filter(|&other| other != item);
                let mut near: Vec<(f64, f64)> = others
                    .filter_map(|j| Some((likeness(item, j), residual(user, j)?)))
                    .filter(|one| one.0 > 1e-6)
                    .collect();
                near.sort_by(|a, b| b.0.total_cmp(&a.0));
                // Ties at the edge may fall either way.
                if near.len() > 2 && near[1].0 - near[2].0 < 1e-6 { continue }
                near.truncate(2);
                let total: f64 = near.iter().map(|one| one.0).sum();
                let added: f64 = near.iter().map(|one| one.0 * one.1).sum();
                let added = if near.is_empty() { 0.0 } else { added / total };
                let expected = (base(user, item) + added).clamp(low.into(), high.into());
                let found = model.predictor().predict(Rater::Known(user), &[item])[0];
                assert_close(found, expected, 1e-4, &format!("{user} {item}"));
            }
        }
    }
}
