//! Slow obvious implementations beside the models whose scores are linear in the history.

use feature::Csr;
use model::{
    Ease, EaseConfig, Fitted, GraphFilter, GraphFilterConfig, Recommender, Slim, SlimConfig,
    TrainSet,
};
use proptest::prelude::*;

use crate::{assert_close, matrices};

type Dense = Vec<Vec<f64>>;

fn dense(matrix: &Csr) -> Dense {
    let cell = |row, col: usize| matrix.get(row, col as u32).map_or(0.0, f64::from);
    (0..matrix.n_rows())
        .map(|row| (0..matrix.n_cols()).map(|col| cell(row, col)).collect())
        .collect()
}

/// The inverse by Gauss and Jordan, without tricks.
fn inverse(mut a: Dense) -> Dense {
    let n = a.len();
    let mut b: Dense =
        (0..n).map(|i| (0..n).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect();
    for i in 0..n {
        let pivot = a[i][i];
        a[i].iter_mut().chain(&mut b[i]).for_each(|cell| *cell /= pivot);
        for row in (0..n).filter(|row| *row != i) {
            let factor = a[row][i];
            for col in 0..n {
                a[row][col] -= factor * a[i][col];
                b[row][col] -= factor * b[i][col];
            }
        }
    }
    b
}

fn gram(r: &Dense, n_items: usize) -> Dense {
    let cell = |i: usize, j: usize| r.iter().map(|row| row[i] * row[j]).sum::<f64>();
    (0..n_items).map(|i| (0..n_items).map(|j| cell(i, j)).collect()).collect()
}

fn scores(model: &dyn Recommender, history: &[(u32, f32)]) -> Vec<f32> {
    let mut scores = vec![0.0; model.n_items()];
    model.score(history, &mut scores);
    scores
}

/// `R̃` and the sums of the items' weights.
fn normalized(r: &Dense, n_items: usize) -> (Dense, Vec<f64>) {
    let items: Vec<f64> = (0..n_items).map(|i| r.iter().map(|row| row[i]).sum()).collect();
    let of_row = |row: &Vec<f64>| {
        let sum: f64 = row.iter().sum();
        let cell = |(i, w): (usize, &f64)| if *w > 0.0 { w / (sum * items[i]).sqrt() } else { 0.0 };
        row.iter().enumerate().map(cell).collect()
    };
    (r.iter().map(of_row).collect(), items)
}

/// `x P` by the definition.
fn smoothed(p: &Dense, x: &[f64]) -> Vec<f64> {
    (0..x.len()).map(|i| x.iter().zip(p).map(|(x, row)| x * row[i]).sum()).collect()
}

/// `x + step · d` number by number.
fn moved(x: &[f64], step: f64, d: &[f64]) -> Vec<f64> {
    x.iter().zip(d).map(|(x, d)| x + step * d).collect()
}

/// One step of the classical Runge–Kutta method along `dx/dt = −x P`.
fn sharpened(p: &Dense, x: &[f64], h: f64) -> Vec<f64> {
    let slope = |x: &[f64]| moved(&vec![0.0; x.len()], -1.0, &smoothed(p, x));
    let a = slope(x);
    let b = slope(&moved(x, h / 2.0, &a));
    let c = slope(&moved(x, h / 2.0, &b));
    let d = slope(&moved(x, h, &c));
    let steps = [(&a, 1.0), (&b, 2.0), (&c, 2.0), (&d, 1.0)];
    steps.into_iter().fold(x.to_vec(), |x, (slope, times)| moved(&x, h * times / 6.0, slope))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn ease_is_the_inverse_over_its_diagonal(train in matrices(), lambda in 1..9_u32) {
        let lambda = lambda as f32;
        let n = train.n_cols();
        let model =
            Ease::fit(&EaseConfig { regularization: lambda }, &TrainSet::from(&train)).unwrap();
        let mut matrix = gram(&dense(&train), n);
        (0..n).for_each(|i| matrix[i][i] += f64::from(lambda));
        let p = inverse(matrix);
        for i in 0..n {
            for (j, &found) in scores(&model, &[(i as u32, 1.0)]).iter().enumerate() {
                let expected = if i == j { 0.0 } else { -p[i][j] / p[j][j] };
                assert_close(f64::from(found), expected, 1e-5, "weight of a pair");
            }
        }
    }

    /// No coefficient can be moved to the better: the conditions of Karush, Kuhn and Tucker.
    #[test]
    fn slim_stands_at_the_least_of_its_loss(
        train in matrices(),
        (l1, l2) in (0..4_u32, 1..9_u32),
    ) {
        let (l1, l2) = (l1 as f32, l2 as f32);
        let config = SlimConfig { neighbours: 20, l1, l2, sweeps: 5_000 };
        let model = Slim::fit(&config, &TrainSet::from(&train)).unwrap();
        let (n, r) = (train.n_cols(), dense(&train));
        let b: Vec<Vec<f32>> = (0..n).map(|j| scores(&model, &[(j as u32, 1.0)])).collect();
        for i in 0..n {
            prop_assert_eq!(b[i][i], 0.0);
            let error = |row: &Vec<f64>| {
                row[i] - (0..n).map(|j| row[j] * f64::from(b[j][i])).sum::<f64>()
            };
            for j in (0..n).filter(|&j| j != i) {
                let weight = f64::from(b[j][i]);
                let product: f64 = r.iter().map(|row| row[j] * error(row)).sum();
                let slope = f64::from(l2) * weight + f64::from(l1) - product;
                let scale = f64::from(l2) + r.iter().map(|row| row[j] * row[j]).sum::<f64>();
                // Items that share no user are no neighbours, and their slope is no less than 0.
                let is_least = if weight > 0.0 { slope.abs() } else { -slope } <= 1e-3 * scale;
                prop_assert!(is_least, "{j} for {i}: weight {weight}, slope {slope}");
            }
        }
    }

    #[test]
    fn a_filtered_history_is_blurred_and_sharpened_step_by_step(
        train in matrices(),
        (blur_steps, sharpen_steps) in (1..4_usize, 1..3_usize),
        (blur_time, sharpen_time) in (0.2..2.0_f32, 0.0..2.5_f32),
        ideal_weight in prop_oneof![Just(0.0_f32), Just(0.3), Just(1.0)],
    ) {
        // A shopper of everything makes the graph one piece, whose leading vector is √D.
        let n = train.n_cols();
        let mut triplets: Vec<_> = (0..n as u32).map(|item| (0, item, 1.0)).collect();
        for user in 0..train.n_rows() {
            let of_user = train.history(user).into_iter();
            triplets.extend(of_user.map(|(item, weight)| (user as u32 + 1, item, weight)));
        }
        let train = Csr::from_triplets(train.n_rows() + 1, n, &triplets).unwrap();
        let config = GraphFilterConfig {
            factors: 1,
            ideal_weight,
            blur_time,
            blur_steps,
            sharpen_time,
            sharpen_steps,
            seed: 4,
        };
        let model = GraphFilter::fit(&config, &TrainSet::from(&train)).unwrap();
        let (r, degrees) = normalized(&dense(&train), n);
        let p = gram(&r, n);
        let total: f64 = degrees.iter().sum();
        let history = train.history(train.n_rows() - 1);
        let mut x = vec![0.0; n];
        history.iter().for_each(|&(item, weight)| x[item as usize] = f64::from(weight));
        // D^−½ v = 1 / √total for every item, and v D^½ = D / √total.
        let share = x.iter().sum::<f64>() / total * f64::from(ideal_weight);
        let h = f64::from(blur_time) / blur_steps as f64;
        for _ in 0..blur_steps {
            let slope = moved(&smoothed(&p, &x), -1.0, &x);
            x = moved(&x, h, &slope);
        }
        x = moved(&x, share, &degrees);
        for _ in 0..sharpen_steps {
            x = sharpened(&p, &x, f64::from(sharpen_time) / sharpen_steps as f64);
        }
        for (found, expected) in scores(&model, &history).iter().zip(x) {
            assert_close(f64::from(*found), expected, 2e-3, "filtered score");
        }
    }
}

#[test]
fn a_catalogue_too_large_for_a_matrix_is_refused() {
    let train = TrainSet::from(Csr::empty(1, 20_001));
    let message = Ease::fit(&EaseConfig::default(), &train).unwrap_err().to_string();
    assert!(message.contains("20001 items"), "{message}");
}
