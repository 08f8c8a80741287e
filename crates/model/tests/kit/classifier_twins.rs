//! Classifiers beside other answers: every split tried by hand, and numbers of other tools.

use std::collections::BTreeMap;

use model::{
    BoostedTrees, BoostedTreesConfig, Capacity, Classifier, LabelledTable, Logistic,
    LogisticConfig, auc, brier, log_loss,
};
use proptest::prelude::*;
use serde::Deserialize;

use crate::assert_close;
use crate::classifiers::{labelled, tables};

/// `Σ G² / H` and the rows of the two sides.
fn side(table: &LabelledTable, share: f64, rows: &[usize]) -> (f64, f64, usize) {
    let miss = |row: &usize| share - f64::from(table.labels()[*row]);
    let gradient: f64 = rows.iter().map(miss).sum();
    (gradient, rows.len() as f64 * share * (1.0 - share), rows.len())
}

/// The most that any split of all rows reaches, by trying each number, column and side of missing.
fn best_by_hand(table: &LabelledTable, share: f64, min_child_rows: usize) -> f64 {
    let part = |rows: &[usize]| {
        let (gradient, hessian, _) = side(table, share, rows);
        gradient * gradient / hessian
    };
    let all: Vec<usize> = (0..table.n_rows()).collect();
    let mut best = part(&all);
    for column in table.columns() {
        for edge in column.iter().flatten() {
            for missing_left in [false, true] {
                let goes_left = |row: &usize| column[*row].map_or(missing_left, |v| v <= *edge);
                let (left, right): (Vec<usize>, Vec<usize>) =
                    all.iter().partition(|r| goes_left(r));
                if left.len().min(right.len()) >= min_child_rows {
                    best = best.max(part(&left) + part(&right));
                }
            }
        }
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_first_split_is_the_best_there_is(table in tables(), min_child_rows in 1..5_usize) {
        let config = BoostedTreesConfig {
            learning_rate: 1.0,
            l2: 0.0,
            min_child_rows,
            min_child_hessian: 0.0,
            row_share: 1.0,
            column_share: 1.0,
            ..BoostedTreesConfig::default()
        };
        let capacity = Capacity { leaves: 2, rounds: 1 };
        let model = BoostedTrees::fit_to(&config, &table, capacity).unwrap();
        let share = table.n_positive() as f64 / table.n_rows() as f64;
        let base = (share / (1.0 - share)).ln();
        let mut leaves: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for row in 0..table.n_rows() {
            let score = model.log_odds(&table.row(row));
            leaves.entry((score * 1e9).round() as i64).or_default().push(row);
        }
        let mut reached = 0.0;
        for (score, rows) in &leaves {
            let (gradient, hessian, n) = side(&table, share, rows);
            assert_close(*score as f64 / 1e9, base - gradient / hessian, 1e-6, "value of a leaf");
            prop_assert!(leaves.len() == 1 || n >= min_child_rows);
            reached += gradient * gradient / hessian;
        }
        prop_assert!(leaves.len() <= 2);
        assert_close(reached, best_by_hand(&table, share, min_child_rows), 1e-6, "gain");
    }
}

#[derive(Deserialize)]
struct Golden {
    tools: BTreeMap<String, String>,
    columns: Vec<Vec<Option<f64>>>,
    labels: Vec<bool>,
    logistic: GoldenLogistic,
    boosted_trees: GoldenTrees,
}

#[derive(Deserialize)]
struct GoldenLogistic {
    l2: f64,
    log_odds: Vec<f64>,
    auc: f64,
    brier: f64,
    log_loss: f64,
}

#[derive(Deserialize)]
struct GoldenTrees {
    leaves: usize,
    rounds: usize,
    learning_rate: f64,
    l2: f64,
    min_child_rows: usize,
    min_child_hessian: f64,
    log_odds: Vec<f64>,
}

fn golden() -> (Golden, LabelledTable) {
    let text = include_str!("../golden/scikit-learn-lightgbm.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    let table = labelled(golden.columns.clone(), golden.labels.clone());
    (golden, table)
}

#[test]
fn the_fit_and_its_measures_are_those_of_scikit_learn() {
    let (golden, table) = golden();
    assert_eq!(golden.tools["scikit-learn"], "1.9.1");
    let expected = golden.logistic;
    let model = Logistic::fit_to(&LogisticConfig::default(), &table, expected.l2).unwrap();
    let found: Vec<f64> = (0..table.n_rows()).map(|at| model.log_odds(&table.row(at))).collect();
    for (found, expected) in found.iter().zip(&expected.log_odds) {
        assert_close(*found, *expected, 1e-6, "log-odds");
    }
    let mean = |loss: fn(f64, bool) -> f64| {
        let losses = found.iter().zip(table.labels()).map(|(z, label)| loss(*z, *label));
        losses.sum::<f64>() / table.n_rows() as f64
    };
    assert_close(auc(&found, table.labels()).unwrap(), expected.auc, 1e-12, "AUC");
    assert_close(mean(brier), expected.brier, 1e-6, "Brier");
    assert_close(mean(log_loss), expected.log_loss, 1e-6, "log loss");
}

#[test]
fn boosted_trees_are_those_of_lightgbm() {
    let (golden, table) = golden();
    assert_eq!(golden.tools["lightgbm"], "4.7.0");
    let expected = golden.boosted_trees;
    let config = BoostedTreesConfig {
        learning_rate: expected.learning_rate,
        l2: expected.l2,
        min_child_rows: expected.min_child_rows,
        min_child_hessian: expected.min_child_hessian,
        row_share: 1.0,
        column_share: 1.0,
        ..BoostedTreesConfig::default()
    };
    let capacity = Capacity { leaves: expected.leaves, rounds: expected.rounds };
    let model = BoostedTrees::fit_to(&config, &table, capacity).unwrap();
    // LightGBM keeps slopes in single precision.
    for (row, expected) in expected.log_odds.iter().enumerate() {
        assert_close(model.log_odds(&table.row(row)), *expected, 1e-5, "log-odds");
    }
}
