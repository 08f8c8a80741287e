//! BPR: factors that put an item somebody chose above one they did not.
//!
//! `x_ui = b_i + p_u · q_i`. For drawn triples of a user `u`, an item `i` of theirs and another
//! `j`, with `s = σ(−(x_ui − x_uj))`, one step of stochastic gradient descent on
//! `−ln σ(x_ui − x_uj) + λ (‖p_u‖² + ‖q_i‖² + ‖q_j‖² + b_i² + b_j²) / 2` is
//! `p_u += η (s (q_i − q_j) − λ p_u)`, `q_i += η (s p_u − λ q_i)`, `q_j −= η (s p_u + λ q_j)`,
//! `b_i += η (s − λ b_i)`, `b_j −= η (s + λ b_j)`.
//!
//! A history `h` gets `p_h = M z_h`, `z_h = Σ_j w_hj q_j / ‖w_h‖`, with the `M` that best turns the
//! training users' `z_u` into their `p_u`: `M = (Σ p_u z_uᵀ)(Σ z_u z_uᵀ + ε I)⁻¹`. So an
//! explanation is exact: item `j` adds `w_hj q_jᵀ Mᵀ q_i / ‖w_h‖`, and `b_i` is the rest.
//!
//! Symbols: `P`, users × k; `Q`, items × k; `b`, items; `w`, users × items, weights: a pair is
//! drawn as often as its weight says, once per pass where all are equal; `η`, falling evenly to 0;
//! `λ`, 0 or above. Steps follow one another, so the number of threads changes nothing. Time per
//! pass `O(entries · k)`; memory `O((users + items) k)`.
//!
//! Source: S. Rendle, C. Freudenthaler, Z. Gantner and L. Schmidt-Thieme, "BPR: Bayesian
//! personalized ranking from implicit feedback", UAI 2009, sections 4 and 5.1.
//! DIFFERENCE: pairs are drawn without replacement, `η` falls, and `M` is ours.

use feature::Csr;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cholesky::Cholesky;
use crate::dense::{Factors, Gram, add_scaled_in, dot_in, times_vector};
use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::score_all::best_of_products;
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// How BPR is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BprConfig {
    /// Factors `k`, 1 to 2048.
    pub factors: usize,
    /// Passes over all pairs, at least 1.
    pub epochs: usize,
    /// Largest rate `η`, above 0; it falls evenly to 0.
    pub learning_rate: f32,
    /// Regularization `λ`, 0 or above.
    pub regularization: f32,
    /// Seed of the start and of what is drawn.
    pub seed: u64,
}

impl Default for BprConfig {
    fn default() -> Self {
        Self { factors: 64, epochs: 60, learning_rate: 0.05, regularization: 0.01, seed: 1 }
    }
}

impl BprConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = Bpr::NAME;
        let factors_are_ok = (1..=2048).contains(&self.factors);
        check_config(factors_are_ok, name, "factors", self.factors, "between 1 and 2048")?;
        check_config(self.epochs >= 1, name, "epochs", self.epochs, "1 or more")?;
        let rate_is_ok = self.learning_rate.is_finite() && self.learning_rate > 0.0;
        check_config(rate_is_ok, name, "learning_rate", self.learning_rate, "above 0")?;
        let lambda = self.regularization;
        let lambda_is_ok = lambda.is_finite() && lambda >= 0.0;
        check_config(lambda_is_ok, name, "regularization", lambda, "0 or above")
    }
}

/// Fitted factors of users and items.
#[derive(Debug, Clone, PartialEq)]
pub struct Bpr {
    config: BprConfig,
    /// `P`; 0 for a user without items.
    users: Factors,
    /// `Q`; 0 for an item nobody chose.
    items: Factors,
    /// `b`; 0 for an item nobody chose.
    biases: Vec<f32>,
    /// `Mᵀ`, one row per factor of `z`.
    fold: Factors,
}

impl Bpr {
    /// Factors of a shopper with this history; nothing where no item of it is known.
    #[must_use]
    pub fn fold_in(&self, history: &[(u32, f32)]) -> Option<Vec<f32>> {
        let mut p = vec![0.0; self.config.factors];
        for (weight, item) in self.shares(&tidy_history(history, self.items.n_rows()))? {
            let q = self.items.row(item as usize);
            p.iter_mut().zip(q).for_each(|(z, q)| *z += weight * q);
        }
        Some(self.folded(&p))
    }

    /// The known items of a tidy history, each with `w / ‖w‖`; nothing where there is none.
    fn shares(&self, tidy: &[(u32, f32)]) -> Option<Vec<(f32, u32)>> {
        let known = || tidy.iter().filter(|one| !is_zero(self.items.row(one.0 as usize)));
        let norm = known().map(|one| f64::from(one.1) * f64::from(one.1)).sum::<f64>().sqrt();
        let share = |&(item, weight): &(u32, f32)| ((f64::from(weight) / norm) as f32, item);
        (norm > 0.0).then(|| known().map(share).collect())
    }

    /// `M z`.
    fn folded(&self, z: &[f32]) -> Vec<f32> {
        let mut p = vec![0.0; z.len()];
        for (row, &z) in z.iter().enumerate() {
            p.iter_mut().zip(self.fold.row(row)).for_each(|(p, &m)| *p += z * m);
        }
        p
    }

    fn score_factors(&self, p: &[f32], scores: &mut [f32]) {
        let mut padded = vec![0.0; self.items.stride()];
        padded[..p.len()].copy_from_slice(p);
        times_vector(&self.items, &padded, scores);
        scores.iter_mut().zip(&self.biases).for_each(|(score, bias)| *score += bias);
    }

    /// The factors of a user of the training set who has any.
    fn user_factors(&self, user: u32) -> Option<&[f32]> {
        let is_inside = (user as usize) < self.users.n_rows();
        let row = is_inside.then(|| self.users.row(user as usize))?;
        (!is_zero(row)).then_some(row)
    }
}

fn is_zero(row: &[f32]) -> bool {
    row.iter().all(|&value| value == 0.0)
}

impl Fitted for Bpr {
    type Config = BprConfig;

    const NAME: &'static str = "Bpr";

    fn fit_watched(
        config: &BprConfig,
        train: &TrainSet,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        config.check()?;
        check_weights(Self::NAME, train)?;
        let stream = Stream::new(config.seed);
        let k = config.factors;
        let owners: Vec<u32> =
            (0..train.n_rows()).flat_map(|u| vec![u as u32; train.row_nnz(u)]).collect();
        let mut is_met = vec![false; train.n_cols()];
        train.cols().iter().for_each(|&item| is_met[item as usize] = true);
        let met: Vec<u32> = (0..).zip(&is_met).filter(|one| *one.1).map(|one| one.0).collect();
        let has_any = |user: usize| train.row_nnz(user) > 0;
        let mut users = start(train.n_rows(), k, stream.fork(0), &has_any);
        let mut items = start(train.n_cols(), k, stream.fork(1), &|item| is_met[item]);
        let mut biases = vec![0.0; train.n_cols()];
        let arch = Arch::new();
        for epoch in 0..config.epochs {
            let noise = stream.fork(2).fork(epoch as u64);
            let mut drawn = drawn(train.weights(), noise.fork(0));
            noise.fork(1).shuffle(&mut drawn);
            let share = 1.0 - epoch as f32 / config.epochs as f32;
            let (rate, lambda) = (config.learning_rate * share, config.regularization);
            let pass =
                Pass { train, owners: &owners, met: &met, drawn: &drawn, noise, rate, lambda };
            let tables = (&mut users, &mut items, &mut biases[..]);
            let loss = arch.dispatch(pass.over(tables));
            if !loss.is_finite() {
                return Err(ModelError::Diverged { model: Self::NAME });
            }
            let (done, total) = (epoch + 1, config.epochs);
            watch(FitStep { done, total, loss: Some(loss), ..FitStep::default() });
        }
        let fold = fold(train, &users, &items).ok_or(ModelError::Diverged { model: Self::NAME })?;
        Ok(Self { config: config.clone(), users, items, biases, fold })
    }

    fn config(&self) -> &BprConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.users.n_rows()
    }

    fn seed(&self) -> Option<u64> {
        Some(self.config.seed)
    }

    fn to_tensors(&self) -> TensorsOut {
        let k = self.config.factors;
        let shape = |table: &Factors| vec![table.n_rows(), k];
        TensorsOut::default()
            .with_f32("user_factors", shape(&self.users), &self.users.to_unpadded())
            .with_f32("item_factors", shape(&self.items), &self.items.to_unpadded())
            .with_f32("item_biases", vec![self.biases.len()], &self.biases)
            .with_f32("fold", shape(&self.fold), &self.fold.to_unpadded())
    }

    fn from_tensors(config: BprConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let table = |name: &str| {
            let (rows, cols, values) = tensors.f32_table(name)?;
            if cols != config.factors {
                return Err(format!("array {name} has {cols} factors, not {}", config.factors));
            }
            Ok(Factors::from_unpadded(rows, cols, &values))
        };
        let (users, items, fold) = (table("user_factors")?, table("item_factors")?, table("fold")?);
        let (_, biases) = tensors.f32("item_biases")?;
        if biases.len() != items.n_rows() || fold.n_rows() != config.factors {
            return Err("the arrays of the items do not fit one another".to_owned());
        }
        Ok(Self { config, users, items, biases, fold })
    }
}

/// Factors of the rows in use, drawn from a normal distribution of deviation 0.1.
fn start(rows: usize, k: usize, stream: Stream, is_used: &dyn Fn(usize) -> bool) -> Factors {
    let mut table = Factors::zeros(rows, k);
    for row in (0..rows).filter(|&row| is_used(row)) {
        let first = (row * k) as u64;
        let values = table.row_mut(row).iter_mut().zip(first..);
        values.for_each(|(value, at)| *value = 0.1 * stream.normal(at));
    }
    table
}

/// As many entries as there are, each as often as its weight says (systematic sampling): once where
/// all weights are equal.
fn drawn(weights: &[f32], stream: Stream) -> Vec<u32> {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let step = total / weights.len().max(1) as f64;
    let mut drawn = Vec::with_capacity(weights.len());
    let (mut until, mut next) = (0.0, step * (0.25 + 0.5 * f64::from(stream.unit(0))));
    for (entry, &weight) in weights.iter().enumerate() {
        until += f64::from(weight);
        while next < until && drawn.len() < weights.len() {
            drawn.push(entry as u32);
            next += step;
        }
    }
    drawn
}

/// One pass over the drawn entries.
struct Pass<'a> {
    train: &'a Csr,
    /// The user of each entry.
    owners: &'a [u32],
    /// Items that somebody chose.
    met: &'a [u32],
    drawn: &'a [u32],
    noise: Stream,
    rate: f32,
    lambda: f32,
}

impl<'a> Pass<'a> {
    fn over<'t>(self, tables: (&'t mut Factors, &'t mut Factors, &'t mut [f32])) -> Steps<'a, 't> {
        let (users, items, biases) = tables;
        Steps { pass: self, users, items, biases }
    }

    /// An item that the user did not choose; few tries, so that one who chose nearly all costs no
    /// more.
    fn other(&self, user: u32, at: u64) -> Option<u32> {
        let (own, _) = self.train.row(user as usize);
        let tries = (0..8).map(|n| self.met[self.noise.below(8 * at + n, self.met.len())]);
        tries.into_iter().find(|item| own.binary_search(item).is_err())
    }
}

struct Steps<'a, 't> {
    pass: Pass<'a>,
    users: &'t mut Factors,
    items: &'t mut Factors,
    biases: &'t mut [f32],
}

impl WithSimd for Steps<'_, '_> {
    type Output = f64;

    /// The mean loss.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Self { pass, users, items, biases } = self;
        let (stride, rate) = (users.stride(), pass.rate);
        let shrink = 1.0 - rate * pass.lambda;
        let mut own = vec![0.0_f32; stride];
        let mut apart = vec![0.0_f32; stride];
        let (mut loss, mut steps) = (0.0_f64, 0_u64);
        for (at, &entry) in (0..).zip(pass.drawn) {
            let (user, i) = (pass.owners[entry as usize], pass.train.cols()[entry as usize]);
            let Some(j) = pass.other(user, at) else { continue };
            let (i, j, user) = (i as usize, j as usize, user as usize);
            own.copy_from_slice(users.padded_row(user));
            apart.copy_from_slice(items.padded_row(i));
            add_scaled_in(simd, -1.0, items.padded_row(j), &mut apart);
            let x = biases[i] - biases[j] + dot_in(simd, &own, &apart);
            let s = 1.0 / (1.0 + x.exp());
            loss += f64::from((-x.abs()).exp().ln_1p() + (-x).max(0.0));
            steps += 1;
            let row = |table: &'_ mut Factors, row: usize, by: f32, to: &[f32]| {
                let values = &mut table.values_mut()[row * stride..][..stride];
                values.iter_mut().for_each(|value| *value *= shrink);
                add_scaled_in(simd, by, to, values);
            };
            row(users, user, rate * s, &apart);
            row(items, i, rate * s, &own);
            row(items, j, -rate * s, &own);
            biases[i] = shrink * biases[i] + rate * s;
            biases[j] = shrink * biases[j] - rate * s;
        }
        loss / steps.max(1) as f64
    }
}

/// `Mᵀ` by least squares over the users; nothing where their factors are no numbers any more.
fn fold(train: &Csr, users: &Factors, items: &Factors) -> Option<Factors> {
    let k = users.k();
    let mut z = Factors::zeros(train.n_rows(), k);
    let stride = z.stride();
    z.values_mut().par_chunks_mut(stride).enumerate().for_each(|(user, z)| {
        let (chosen, weights) = train.row(user);
        let norm = weights.iter().map(|&w| f64::from(w) * f64::from(w)).sum::<f64>().sqrt();
        for (&item, &weight) in chosen.iter().zip(weights) {
            let share = (f64::from(weight) / norm) as f32;
            z.iter_mut().zip(items.row(item as usize)).for_each(|(z, q)| *z += share * q);
        }
    });
    let gram = Gram::of(&z);
    let trace: f64 = (0..k).map(|row| f64::from(gram.at(row, row))).sum();
    let ridge = 1e-3 * trace / k as f64 + 1e-6;
    let at = |place: usize| {
        let (row, col) = (place / k, place % k);
        f64::from(gram.at(row, col)) + if row == col { ridge } else { 0.0 }
    };
    let matrix = Cholesky::factor(k, (0..k * k).map(at).collect())?;
    let mut fold = Factors::zeros(k, k);
    // Column by column: Σ_u z_u p_uc, solved.
    let columns: Vec<Vec<f64>> = (0..k)
        .into_par_iter()
        .map(|col| {
            let mut sum = vec![0.0; k];
            for user in 0..train.n_rows() {
                let p = f64::from(users.row(user)[col]);
                sum.iter_mut().zip(z.row(user)).for_each(|(sum, &z)| *sum += p * f64::from(z));
            }
            matrix.solve(&mut sum);
            sum
        })
        .collect();
    for (col, values) in columns.iter().enumerate() {
        let each = values.iter().enumerate();
        each.for_each(|(row, &value)| fold.row_mut(row)[col] = value as f32);
    }
    fold.values().iter().all(|value| value.is_finite()).then_some(fold)
}

impl Recommender for Bpr {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.items.n_rows()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        match self.fold_in(history) {
            Some(p) => self.score_factors(&p, scores),
            None => scores.fill(0.0),
        }
    }

    fn score_user(&self, user: u32, history: &[(u32, f32)], scores: &mut [f32]) {
        match self.user_factors(user) {
            Some(p) => self.score_factors(p, scores),
            None => self.score(history, scores),
        }
    }

    fn recommend_all(&self, train: &TrainSet, n: usize) -> Vec<Vec<Scored>> {
        let matrix = train.matrix();
        // Biases are one factor more, which is 1 for everyone who has factors.
        let wider = |table: &Factors, last: &dyn Fn(usize) -> f32| {
            let k = table.k();
            let mut wide = Factors::zeros(table.n_rows(), k + 1);
            for row in 0..table.n_rows() {
                wide.row_mut(row)[..k].copy_from_slice(table.row(row));
                wide.row_mut(row)[k] = last(row);
            }
            wide
        };
        let mut people = Factors::zeros(matrix.n_rows(), self.config.factors);
        for user in 0..matrix.n_rows() {
            let history = || self.fold_in(&matrix.history(user));
            let known = self.user_factors(user as u32).map(<[f32]>::to_vec);
            if let Some(p) = known.or_else(history) {
                people.row_mut(user).copy_from_slice(&p);
            }
        }
        let has_any = |user: usize| f32::from(u8::from(!is_zero(people.row(user))));
        let people = wider(&people, &has_any);
        best_of_products(&people, &wider(&self.items, &|item| self.biases[item]), matrix, n)
    }

    /// By the cosine of the items' factors.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        if item as usize >= self.n_items() {
            return Vec::new();
        }
        let norm = |q: &[f32]| q.iter().map(|q| q * q).sum::<f32>().sqrt();
        let own = self.items.row(item as usize);
        let mut best = TopK::new(n);
        for other in (0..self.n_items()).filter(|&other| other != item as usize) {
            let row = self.items.row(other);
            let (product, both): (f32, f32) =
                (own.iter().zip(row).map(|(a, b)| a * b).sum(), norm(own) * norm(row));
            if both > 0.0 {
                best.push(Scored { item: other as u32, score: product / both });
            }
        }
        best.into_sorted()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let tidy = tidy_history(history, self.n_items());
        let is_inside = (item as usize) < self.n_items();
        let Some(shares) = self.shares(&tidy).filter(|_| is_inside) else {
            let contributions = tidy.iter().map(|&(chosen, _)| (chosen, 0.0)).collect();
            return Explanation { contributions, ..Explanation::nothing() };
        };
        // What a unit of each factor of z adds: Mᵀ q_i.
        let target = self.items.row(item as usize);
        let dot = |row: &[f32]| row.iter().zip(target).map(|(m, q)| m * q).sum::<f32>();
        let seen_from: Vec<f32> = (0..target.len()).map(|row| dot(self.fold.row(row))).collect();
        let mut shares = shares.into_iter().peekable();
        let mut score = self.biases[item as usize];
        let added = |(chosen, _): (u32, f32)| {
            let Some((share, _)) = shares.next_if(|one| one.1 == chosen) else {
                return (chosen, 0.0);
            };
            let q = self.items.row(chosen as usize);
            let added = share * q.iter().zip(&seen_from).map(|(q, s)| q * s).sum::<f32>();
            score += added;
            (chosen, added)
        };
        let contributions: Vec<(u32, f32)> = tidy.into_iter().map(added).collect();
        let contributions = sorted_contributions(contributions);
        let rest = self.biases[item as usize];
        Explanation { score, contributions, rest, is_estimate: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_drawn_as_often_as_their_weights_say() {
        let ones = drawn(&[1.0; 5], Stream::new(3));
        assert_eq!(ones, [0, 1, 2, 3, 4]);
        let counts = |weights: &[f32]| {
            let all = drawn(weights, Stream::new(4));
            assert_eq!(all.len(), weights.len());
            (0..weights.len() as u32)
                .map(|entry| all.iter().filter(|one| **one == entry).count())
                .collect::<Vec<_>>()
        };
        assert_eq!(counts(&[4.0, 0.0, 0.0, 0.0]), [4, 0, 0, 0]);
        assert_eq!(counts(&[2.0, 2.0, 0.0, 0.0]), [2, 2, 0, 0]);
        assert!(drawn(&[], Stream::new(1)).is_empty());
    }

    #[test]
    fn a_step_is_that_of_the_equations() {
        let train = Csr::from_triplets(1, 2, &[(0, 0, 1.0)]).unwrap();
        let table = |rows: usize, values: &[f32]| Factors::from_unpadded(rows, 2, values);
        let (mut users, mut items) = (table(1, &[0.5, -1.0]), table(2, &[1.0, 0.5, -0.5, 2.0]));
        let mut biases = [0.25, -0.5];
        let (rate, lambda) = (0.1, 0.2);
        let pass = Pass {
            train: &train,
            owners: &[0],
            met: &[1],
            drawn: &[0],
            noise: Stream::new(1),
            rate,
            lambda,
        };
        Arch::new().dispatch(pass.over((&mut users, &mut items, &mut biases)));
        let x = 0.75 + 0.5 * 1.5 + -1.5 * -1.0_f32;
        let s = 1.0 / (1.0 + x.exp());
        let close = |found: &[f32], expected: [f32; 2]| {
            let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
            assert!(near, "{found:?}, expected {expected:?}");
        };
        let moved = |old: f32, slope: f32| old + rate * (s * slope - lambda * old);
        close(users.row(0), [moved(0.5, 1.5), moved(-1.0, -1.5)]);
        close(items.row(0), [moved(1.0, 0.5), moved(0.5, -1.0)]);
        close(items.row(1), [moved(-0.5, -0.5), moved(2.0, 1.0)]);
        close(&biases, [moved(0.25, 1.0), moved(-0.5, -1.0)]);
    }
}
