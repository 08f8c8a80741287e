//! Slow obvious implementations beside the fast ones.

use feature::Csr;
use model::{
    Fitted, IAls, IAlsConfig, ItemKnn, ItemKnnConfig, Recommender, Similarity, Solver, TrainSet,
    UserKnn, UserKnnConfig,
};
use proptest::prelude::*;

use crate::{assert_close, matrices};

/// Every entry, zeros included.
fn dense(matrix: &Csr) -> Vec<Vec<f64>> {
    let cell = |row, col: usize| matrix.get(row, col as u32).map_or(0.0, f64::from);
    (0..matrix.n_rows())
        .map(|row| (0..matrix.n_cols()).map(|col| cell(row, col)).collect())
        .collect()
}

/// The transformed weights as the formulas read, cell by cell.
fn weighed(similarity: Similarity, w: &[Vec<f64>], n_items: usize) -> Vec<Vec<f64>> {
    let length = |item: usize| w.iter().map(|row| row[item]).sum::<f64>();
    let mean = (0..n_items).map(length).sum::<f64>() / n_items as f64;
    let cell = |user: usize, item: usize| {
        let x = w[user][item];
        let n_user = w[user].iter().filter(|x| **x > 0.0).count() as f64;
        let idf = (n_items as f64 / (1.0 + n_user)).ln();
        match similarity {
            Similarity::Cosine => x,
            Similarity::TfIdf => x.sqrt() * idf,
            Similarity::Bm25 { .. } if x == 0.0 => 0.0,
            Similarity::Bm25 { k1, b } => {
                let (k1, b) = (f64::from(k1), f64::from(b));
                x * (k1 + 1.0) / (k1 * (1.0 - b + b * length(item) / mean) + x) * idf
            }
        }
    };
    (0..w.len()).map(|user| (0..n_items).map(|item| cell(user, item)).collect()).collect()
}

/// The similarity of every pair, straight from the definition.
fn similarities(config: &ItemKnnConfig, train: &Csr) -> Vec<Vec<f64>> {
    let n_items = train.n_cols();
    let v = weighed(config.similarity, &dense(train), n_items);
    let dot = |i: usize, j: usize| v.iter().map(|row| row[i] * row[j]).sum::<f64>();
    let norm = |i: usize| match config.similarity {
        Similarity::Bm25 { .. } => 1.0,
        _ => dot(i, i).sqrt(),
    };
    let squares: f64 = v.iter().flatten().map(|v| v * v).sum();
    let shrink = f64::from(config.shrink) * squares / train.nnz().max(1) as f64;
    let pair = |i: usize, j: usize| {
        let both = norm(i) * norm(j);
        if i == j || both == 0.0 { 0.0 } else { dot(i, j) / (both + shrink) }
    };
    (0..n_items).map(|i| (0..n_items).map(|j| pair(i, j)).collect()).collect()
}

/// Gaussian elimination without tricks.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|&p, &q| a[p][i].abs().total_cmp(&a[q][i].abs())).unwrap();
        a.swap(i, pivot);
        b.swap(i, pivot);
        for row in 0..n {
            if row != i {
                let factor = a[row][i] / a[i][i];
                let pivot = a[i].clone();
                a[row].iter_mut().zip(pivot).for_each(|(cell, pivot)| *cell -= factor * pivot);
                b[row] -= factor * b[i];
            }
        }
    }
    (0..n).map(|i| b[i] / a[i][i]).collect()
}

/// One row's factors from dense normal equations over every other, zeros included.
fn normal_solution(config: &IAlsConfig, w: &[f64], others: &[Vec<f64>]) -> Vec<f64> {
    let k = config.factors;
    let confidence = |at: usize| 1.0 + f64::from(config.alpha) * w[at];
    let total: f64 = (0..w.len()).map(confidence).sum();
    let lambda = f64::from(config.regularization) * total.powf(f64::from(config.frequency_scaling));
    let mut a = vec![vec![0.0; k]; k];
    let mut b = vec![0.0; k];
    for (at, y) in others.iter().enumerate() {
        for p in 0..k {
            for q in 0..k {
                a[p][q] += confidence(at) * y[p] * y[q];
            }
            b[p] += if w[at] > 0.0 { confidence(at) * y[p] } else { 0.0 };
        }
    }
    (0..k).for_each(|p| a[p][p] += lambda);
    solve(a, b)
}

fn als(train: &Csr, config: &IAlsConfig) -> (IAls, Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let model = IAls::fit(config, &train.into()).unwrap();
    let wide = |row: Option<&[f32]>| row.unwrap().iter().map(|&x| f64::from(x)).collect();
    let users = (0..train.n_rows()).map(|user| wide(model.user_factors(user as u32))).collect();
    let items = (0..train.n_cols()).map(|item| wide(model.item_factors(item as u32))).collect();
    (model, users, items)
}

fn als_configs() -> impl Strategy<Value = IAlsConfig> {
    (1..5_usize, 1..4_usize, prop_oneof![Just(0.0_f32), Just(0.5), Just(1.0)], any::<u64>())
        .prop_map(|(factors, iterations, frequency_scaling, seed)| IAlsConfig {
            factors,
            iterations,
            frequency_scaling,
            seed,
            alpha: 4.0,
            // Enough that single precision solves the system: its error is the machine's
            // 6e-8 times the condition number, which grows as weights over this.
            regularization: 2.0,
            start: 1.0,
            solver: Solver::Cholesky,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn neighbours_equal_the_definition(
        train in matrices(),
        neighbours in 1..6_usize,
        shrink in prop_oneof![Just(0.0_f32), Just(2.5)],
        similarity in prop_oneof![
            Just(Similarity::Cosine),
            Just(Similarity::TfIdf),
            Just(Similarity::Bm25 { k1: 1.2, b: 0.75 }),
        ],
    ) {
        let is_bm25 = matches!(similarity, Similarity::Bm25 { .. });
        let shrink = if is_bm25 { 0.0 } else { shrink };
        let config = ItemKnnConfig { neighbours, similarity, shrink };
        let model = ItemKnn::fit(&config, &TrainSet::from(&train)).unwrap();
        let expected = similarities(&config, &train);
        for (item, row) in expected.iter().enumerate() {
            let found = model.similar_items(item as u32, usize::MAX);
            let mut sorted = row.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            sorted.retain(|score| *score > 1e-12);
            sorted.truncate(neighbours);
            prop_assert_eq!(found.len(), sorted.len());
            for (near, best) in found.iter().zip(&sorted) {
                assert_close(f64::from(near.score), *best, 1e-5, "similarity at a rank");
                let own = row[near.item as usize];
                assert_close(f64::from(near.score), own, 1e-5, "similarity of a pair");
            }
            prop_assert!(found.is_sorted_by(|a, b| a.best_first(b).is_lt()));
        }
    }

    #[test]
    fn a_shoppers_score_is_the_sum_over_the_history(train in matrices()) {
        let config =
            ItemKnnConfig { neighbours: 20, similarity: Similarity::Cosine, shrink: 0.0 };
        let model = ItemKnn::fit(&config, &TrainSet::from(&train)).unwrap();
        let pairs = similarities(&config, &train);
        for user in 0..train.n_rows() {
            let history = train.history(user);
            let mut scores = vec![0.0; train.n_cols()];
            model.score(&history, &mut scores);
            for (item, score) in scores.iter().enumerate() {
                let added = |&(j, w): &(u32, f32)| f64::from(w) * pairs[j as usize][item];
                let expected: f64 = history.iter().map(added).sum();
                assert_close(f64::from(*score), expected, 1e-5, "score");
            }
        }
    }

    #[test]
    fn exact_factors_solve_dense_normal_equations(
        train in matrices(),
        config in als_configs(),
    ) {
        // Items are solved last, from the users' final factors.
        let (model, users, items) = als(&train, &config);
        let twin = dense(&train.transpose());
        for (found, w) in items.iter().zip(&twin) {
            for (found, expected) in found.iter().zip(normal_solution(&config, w, &users)) {
                assert_close(*found, expected, 1e-4, "item factor");
            }
        }
        for (user, w) in dense(&train).iter().enumerate() {
            let folded = model.fold_in(&train.history(user));
            for (found, expected) in folded.iter().zip(normal_solution(&config, w, &items)) {
                assert_close(f64::from(*found), expected, 1e-4, "folded factor");
            }
        }
    }

    #[test]
    fn conjugate_gradients_converge_to_the_exact_solution(
        train in matrices(),
        config in als_configs(),
    ) {
        let (_, users, items) = als(&train, &config);
        let solver = Solver::ConjugateGradient { steps: 12 };
        let (_, near_users, near_items) = als(&train, &IAlsConfig { solver, ..config });
        let exact = users.iter().chain(&items).flatten();
        for (near, exact) in near_users.iter().chain(&near_items).flatten().zip(exact) {
            assert_close(*near, *exact, 2e-3, "factor");
        }
    }
}

/// Rows long enough to leave the block that holds a batch's factors, beside short ones.
#[test]
fn long_rows_are_solved_like_short_ones() {
    let (n_users, n_items) = (2_100_u32, 3);
    let triplets: Vec<_> = (0..n_users)
        .flat_map(|user| (0..n_items).map(move |item| (user, item, 1.0 + (user % 3) as f32)))
        .filter(|&(user, item, _)| item == 0 || user % (item + 3) == 0)
        .collect();
    let train = Csr::from_triplets(n_users as usize, n_items as usize, &triplets).unwrap();
    let config = IAlsConfig {
        factors: 70,
        iterations: 1,
        // Large, so that single precision can resolve the smallest eigenvalue.
        regularization: 20.0,
        frequency_scaling: 0.0,
        alpha: 2.0,
        start: 1.0,
        solver: Solver::Cholesky,
        seed: 5,
    };
    let (_, _, exact) = als(&train, &config);
    let solver = Solver::ConjugateGradient { steps: 40 };
    let (_, _, near) = als(&train, &IAlsConfig { solver, ..config });
    for (near, exact) in near.iter().flatten().zip(exact.iter().flatten()) {
        assert_close(*near, *exact, 1e-3, "item factor");
    }
}

/// The score of every item for a history, straight from the definition of user neighbours.
fn scores_by_people(config: &UserKnnConfig, train: &Csr, history: &[f64]) -> Vec<f64> {
    let w = dense(train);
    let n_users = w.len() as f64;
    let idf = |item: usize| {
        let n = w.iter().filter(|row| row[item] > 0.0).count() as f64;
        (n_users / n.max(1.0)).ln().max(f64::from(f32::EPSILON))
    };
    let weigh = |row: &[f64]| -> Vec<f64> {
        let cell = |(item, x): (usize, &f64)| match config.similarity {
            Similarity::TfIdf => x.sqrt() * idf(item),
            _ => *x,
        };
        row.iter().enumerate().map(cell).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let v: Vec<Vec<f64>> = w.iter().map(|row| weigh(row)).collect();
    let squares: f64 = v.iter().map(|row| dot(row, row)).sum();
    let shrink = f64::from(config.shrink) * squares / train.nnz().max(1) as f64;
    let h = weigh(history);
    let of_item = |item: usize| {
        let of_person = |(v, w): (&Vec<f64>, &Vec<f64>)| {
            let product = dot(&h, v);
            let divisor = (dot(&h, &h) * dot(v, v)).sqrt() + shrink;
            if product > 0.0 { product / divisor * w[item] } else { 0.0 }
        };
        v.iter().zip(&w).map(of_person).sum()
    };
    (0..train.n_cols()).map(of_item).collect()
}

proptest! {
    #[test]
    fn people_alike_are_those_of_the_definition(train in matrices(), shrink in 0.0_f32..3.0) {
        for similarity in [Similarity::Cosine, Similarity::TfIdf] {
            let config = UserKnnConfig { neighbours: 50, similarity, shrink };
            let model = UserKnn::fit(&config, &train.clone().into()).unwrap();
            let history = train.history(0);
            let mut row = vec![0.0; train.n_cols()];
            history.iter().for_each(|&(item, w)| row[item as usize] = f64::from(w));
            let mut found = vec![0.0; train.n_cols()];
            model.score(&history, &mut found);
            let expected = scores_by_people(&config, &train, &row);
            for (found, expected) in found.iter().zip(expected) {
                assert_close(f64::from(*found), expected, 1e-4, "score");
            }
        }
    }
}
