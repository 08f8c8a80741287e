//! What every classifier must do, whatever its algorithm.

use model::{
    AnyClassifier, BaseRateConfig, BoostedTreesConfig, Bootstrap, ClassifierConfig, LabelledTable,
    LogisticConfig, ModelError, auc, cross_validate, probability, stratified_folds,
};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

use crate::assert_close;

/// Every classifier the kit runs over: a new one is one line here.
fn table() -> Vec<ClassifierConfig> {
    let trees = |row_share, column_share| {
        ClassifierConfig::BoostedTrees(BoostedTreesConfig {
            leaves: vec![2, 4],
            rounds_max: 60,
            learning_rate: 0.2,
            min_child_rows: 2,
            min_child_hessian: 0.1,
            row_share,
            column_share,
            inner_folds: 3,
            ..BoostedTreesConfig::default()
        })
    };
    vec![
        ClassifierConfig::BaseRate(BaseRateConfig::default()),
        ClassifierConfig::Logistic(LogisticConfig::default()),
        ClassifierConfig::Logistic(LogisticConfig { l2: vec![0.1], inner_folds: 2, seed: 3 }),
        trees(1.0, 1.0),
        trees(0.7, 0.5),
    ]
}

/// The classifiers of the table that look at the row.
fn learners() -> Vec<ClassifierConfig> {
    let is_learner = |config: &ClassifierConfig| !matches!(config, ClassifierConfig::BaseRate(_));
    table().into_iter().filter(is_learner).collect()
}

pub fn labelled(columns: Vec<Vec<Option<f64>>>, labels: Vec<bool>) -> LabelledTable {
    let names = (0..columns.len()).map(|at| format!("c{at}")).collect();
    LabelledTable::new(names, columns, labels).unwrap()
}

/// A number that looks random, from 0 to 1.
fn noise(at: usize) -> f64 {
    (at as f64 * 0.754_877_666_246_692_8).fract()
}

fn scores(model: &AnyClassifier, table: &LabelledTable) -> Vec<f64> {
    let model = model.classifier();
    let found: Vec<f64> = (0..table.n_rows()).map(|at| model.log_odds(&table.row(at))).collect();
    assert!(found.iter().all(|score| score.is_finite()), "{}", model.name());
    found
}

fn area(model: &AnyClassifier, table: &LabelledTable) -> f64 {
    auc(&scores(model, table), table.labels()).unwrap()
}

/// Yes where the first column is above a half; the second is noise, the third says nothing.
fn threshold(n: usize, from: usize) -> LabelledTable {
    let x: Vec<f64> = (from..from + n).map(noise).collect();
    let column = |of: &dyn Fn(usize) -> Option<f64>| (0..n).map(of).collect();
    let columns = vec![
        column(&|at| Some(1_000.0 * x[at])),
        column(&|at| Some(noise(at * 7 + 3))),
        column(&|_| Some(4.0)),
        column(&|_| None),
    ];
    labelled(columns, x.iter().map(|x| *x > 0.5).collect())
}

#[test]
fn a_threshold_is_learnt_and_told_apart_on_new_rows() {
    let (train, test) = (threshold(200, 0), threshold(100, 5_000));
    for config in learners() {
        let model = config.fit(&train).unwrap();
        assert!(area(&model, &test) > 0.99, "{config:?}: {}", area(&model, &test));
        let sure = model.classifier().probability(&test.row(0));
        assert_eq!(sure > 0.5, test.labels()[0], "{config:?}");
        // The column that does not vary and the one without numbers never add anything.
        let reasons = model.classifier().explain(&test.row(0));
        assert_eq!(&reasons.contributions[2..], [0.0, 0.0], "{config:?}");
        assert!(reasons.contributions[0].abs() > reasons.contributions[1].abs(), "{config:?}");
    }
}

#[test]
fn only_trees_see_that_two_columns_together_decide() {
    let n = 400;
    let (a, b): (Vec<f64>, Vec<f64>) = (0..n).map(|at| (noise(at), noise(at * 31 + 7))).unzip();
    let labels = a.iter().zip(&b).map(|(a, b)| (*a > 0.5) != (*b > 0.4)).collect();
    let wrap = |column: Vec<f64>| column.into_iter().map(Some).collect();
    let table = labelled(vec![wrap(a), wrap(b)], labels);
    for config in learners() {
        let judged = cross_validate(&config, &table, 4, 1).unwrap();
        let area = judged.auc(&Bootstrap { resamples: 50, seed: 1 });
        assert!(area.low <= area.mean && area.mean <= area.high, "{area:?}");
        match &config {
            ClassifierConfig::Logistic(_) => assert!(area.mean < 0.75, "{config:?}: {area:?}"),
            // A tree that may split only one column sees them one by one.
            ClassifierConfig::BoostedTrees(trees) if trees.column_share < 1.0 => {}
            _ => assert!(area.mean > 0.95, "{config:?}: {area:?}"),
        }
    }
}

#[test]
fn that_a_number_is_missing_can_decide() {
    let n = 120;
    let is_missing = |at: usize| noise(at * 3) < 0.3;
    let column = (0..n).map(|at| (!is_missing(at)).then(|| noise(at))).collect();
    let table = labelled(vec![column], (0..n).map(is_missing).collect());
    for config in learners() {
        let model = config.fit(&table).unwrap();
        assert_eq!(area(&model, &table), 1.0, "{config:?}");
        // A number that is none is a missing one, and so is a column that is not there.
        let classifier = model.classifier();
        let missing = classifier.log_odds(&[None]);
        for row in [&[Some(f64::NAN)][..], &[Some(f64::INFINITY)], &[]] {
            assert_eq!(classifier.log_odds(row), missing, "{config:?}");
        }
        assert_eq!(classifier.log_odds(&[None, Some(1.0)]), missing, "{config:?}");
        for far in [1e308, -1e308] {
            assert!(classifier.log_odds(&[Some(far)]).is_finite(), "{config:?}");
        }
    }
}

#[test]
fn the_base_rate_is_the_share_of_yes() {
    let table = threshold(100, 0);
    let model = ClassifierConfig::BaseRate(BaseRateConfig::default()).fit(&table).unwrap();
    let share = table.n_positive() as f64 / 100.0;
    assert_close(model.classifier().probability(&[]), share, 1e-12, "share");
    let judged = cross_validate(&model.config(), &table, 5, 1).unwrap();
    assert_eq!(judged.fold_aucs(), [0.5; 5]);
}

#[test]
fn a_table_that_teaches_nothing_is_refused() {
    let column = || vec![vec![Some(1.0), Some(2.0), Some(3.0), Some(4.0)]];
    for config in table() {
        for labels in [[true; 4], [false; 4], [true, false, false, false]] {
            let message = config.fit(&labelled(column(), labels.to_vec())).unwrap_err();
            assert!(message.to_string().contains("at least 2"), "{message}");
        }
        for empty in
            [labelled(vec![], vec![true, false, true, false]), labelled(vec![vec![]], vec![])]
        {
            assert!(matches!(config.fit(&empty), Err(ModelError::Input { .. })), "{config:?}");
        }
        let least = labelled(column(), vec![true, false, true, false]);
        assert_eq!(scores(&config.fit(&least).unwrap(), &least).len(), 4);
        let nothing = labelled(vec![vec![None; 4]], vec![true, false, true, false]);
        let model = config.fit(&nothing).unwrap();
        // A tree that drew more rows of one label leans that way, a little.
        assert_close(model.classifier().log_odds(&[None]), 0.0, 0.5, "nothing known");
        let folds = |folds| cross_validate(&config, &least, folds, 1).unwrap_err().to_string();
        assert!([0, 1, 3].map(folds).iter().all(|text| text.contains("folds")), "{config:?}");
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let trees = BoostedTreesConfig::default;
    let table = threshold(40, 0);
    for (field, config) in [
        ("leaves", BoostedTreesConfig { leaves: vec![1], ..trees() }),
        ("leaves", BoostedTreesConfig { leaves: vec![], ..trees() }),
        ("rounds_max", BoostedTreesConfig { rounds_max: 0, ..trees() }),
        ("patience", BoostedTreesConfig { patience: 0, ..trees() }),
        ("inner_folds", BoostedTreesConfig { inner_folds: 1, ..trees() }),
        ("learning_rate", BoostedTreesConfig { learning_rate: f64::NAN, ..trees() }),
        ("row_share", BoostedTreesConfig { row_share: 0.0, ..trees() }),
        ("column_share", BoostedTreesConfig { column_share: 1.5, ..trees() }),
        ("l2", BoostedTreesConfig { l2: -1.0, ..trees() }),
        ("min_child_hessian", BoostedTreesConfig { min_child_hessian: f64::NAN, ..trees() }),
    ] {
        let message = ClassifierConfig::BoostedTrees(config).fit(&table).unwrap_err().to_string();
        assert!(message.contains(&format!("BoostedTrees: {field} is")), "{message}");
    }
    for l2 in [vec![], vec![0.0], vec![f64::INFINITY]] {
        let config = LogisticConfig { l2, ..LogisticConfig::default() };
        assert!(ClassifierConfig::Logistic(config).fit(&table).is_err());
    }
}

#[test]
fn one_seed_gives_one_model_at_any_number_of_threads() {
    let train = threshold(90, 0);
    for config in table() {
        let at = |threads: usize| {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let judged = cross_validate(&config, &train, 3, 9).unwrap();
                (config.fit(&train).unwrap(), judged)
            })
        };
        assert!(at(1) == at(2), "{config:?}");
    }
    let [.., ClassifierConfig::BoostedTrees(first)] = &table()[..] else { panic!("no trees") };
    let other = BoostedTreesConfig { seed: first.seed + 1, ..first.clone() };
    let fit = |config: &BoostedTreesConfig| {
        let model = ClassifierConfig::BoostedTrees(config.clone()).fit(&train).unwrap();
        scores(&model, &train)
    };
    assert!(fit(first) != fit(&other));
}

#[test]
fn a_saved_classifier_comes_back_and_a_damaged_one_is_refused() {
    let train = threshold(80, 0);
    for config in table() {
        let folder = tempfile::tempdir().unwrap();
        let model = config.fit(&train).unwrap();
        assert!(model.save(folder.path(), &[], 0).is_err());
        let manifest = model.save(folder.path(), train.names(), 77).unwrap();
        let (again, read) = AnyClassifier::load(folder.path()).unwrap();
        assert!(again == model && read == manifest, "{config:?}");
        assert_eq!((read.columns.as_slice(), read.trained_at_ms), (train.names(), 77));
        let arrays = folder.path().join(&manifest.tensors_file);
        let mut bytes = std::fs::read(&arrays).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        std::fs::write(&arrays, bytes).unwrap();
        let message = AnyClassifier::load(folder.path()).unwrap_err().to_string();
        assert!(message.contains("checksum"), "{message}");
        // A recommender's reader does not take it for one.
        let error = model::AnyModel::load(folder.path()).unwrap_err();
        assert!(matches!(error, ModelError::UnknownModel { .. }), "{error}");
    }
}

/// Small tables of few different numbers, many missing, with each label three times or more.
pub fn tables() -> impl Strategy<Value = LabelledTable> {
    let value = prop_oneof![1 => Just(None), 4 => (-3..4_i32).prop_map(|v| Some(f64::from(v)))];
    let row = (prop::collection::vec(value, 3), any::<bool>());
    prop::collection::vec(row, 6..40).prop_map(|mut rows| {
        (0..6).for_each(|at| rows[at].1 = at % 2 == 0);
        let column = |at: usize| rows.iter().map(|(row, _)| row[at]).collect();
        labelled((0..3).map(column).collect(), rows.iter().map(|row| row.1).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_order_of_rows_does_not_matter(table_found in tables(), turn in 0..40_usize) {
        let n = table_found.n_rows();
        let order: Vec<usize> = (0..n).rev().map(|at| (at + turn) % n).collect();
        let turned = table_found.select(&order);
        for config in table() {
            let model = config.fit(&table_found).unwrap();
            prop_assert!(model == config.fit(&turned).unwrap(), "{:?}", config);
            let judge = |table: &LabelledTable| {
                let judged = cross_validate(&config, table, 3, 5).unwrap();
                (judged.auc(&Bootstrap { resamples: 20, seed: 1 }), judged.fold_aucs())
            };
            prop_assert_eq!(judge(&table_found), judge(&turned), "{:?}", config);
        }
    }

    #[test]
    fn contributions_and_base_sum_to_the_score(table_found in tables()) {
        for config in table() {
            let model = config.fit(&table_found).unwrap();
            for (at, score) in scores(&model, &table_found).into_iter().enumerate() {
                let reasons = model.classifier().explain(&table_found.row(at));
                let sum = reasons.base + reasons.contributions.iter().sum::<f64>();
                assert_close(sum, score, 1e-9, &format!("{config:?}"));
                prop_assert_eq!(reasons.log_odds, score);
                prop_assert_eq!(reasons.contributions.len(), 3);
                let p = model.classifier().probability(&table_found.row(at));
                prop_assert!((0.0..=1.0).contains(&p) && p == probability(score));
            }
        }
    }

    #[test]
    fn folds_share_labels_evenly(table_found in tables(), folds in 2..6_usize, seed in 0..9_u64) {
        let yes = table_found.n_positive();
        let found = stratified_folds(&table_found, folds, seed);
        if folds > yes.min(table_found.n_rows() - yes) {
            prop_assert!(found.is_err());
            return Ok(());
        }
        let found = found.unwrap();
        for label in [true, false] {
            let mut sizes = vec![0; folds];
            for (fold, found) in found.iter().zip(table_found.labels()) {
                sizes[*fold] += usize::from(*found == label);
            }
            let spread = sizes.iter().max().unwrap() - sizes.iter().min().unwrap();
            prop_assert!(spread <= 1, "{sizes:?}");
        }
    }
}
