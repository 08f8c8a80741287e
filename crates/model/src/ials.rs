//! iALS: matrix factorization of implicit feedback by alternating least squares.
//!
//! Minimize `Σ_ui c_ui (p_ui − x_u · y_i)² + Σ_u λ_u ‖x_u‖² + Σ_i λ_i ‖y_i‖²` with preference
//! `p_ui = [w_ui > 0]`, confidence `c_ui = 1 + α w_ui` and `λ_u = λ (Σ_i c_ui)^ν`. With the items
//! fixed, `x_u = (Yᵀ C_u Y + λ_u I)⁻¹ Yᵀ C_u p_u`, and the same the other way round. A shopper
//! never seen in training gets `x_u` from the history by the same formula (fold-in).
//!
//! Symbols: `X`, users × k; `Y`, items × k; `w`, users × items, weights, 0 or above; `α` above 0,
//! confidence per unit of weight; `λ` above 0; `ν` from 0 (the same `λ` for all) to 1.
//! Time per iteration: see `conjugate_gradient.rs`; exact `O(entries · k² + (users + items) k³)`.
//! Memory `O((users + items) k)`.
//!
//! Source: Y. Hu, Y. Koren and C. Volinsky, "Collaborative filtering for implicit feedback
//! datasets", ICDM 2008, sections 4 and 5 (explanations); frequency-scaled regularization from
//! S. Rendle, W. Krichene, L. Zhang and Y. Koren, "Revisiting the performance of iALS on item
//! recommendation benchmarks", RecSys 2022, section 3.3.
//! DIFFERENCE: with `ν = 1` our `λ` is theirs, and their weight of the unobserved is our `1 / α`.

use feature::Csr;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::cholesky::Cholesky;
use crate::conjugate_gradient::HalfStep;
use crate::dense::{Factors, Gram, times_vector};
use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::normal_equations::{normal_matrix, right_side};
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::score_all::best_of_products;
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// How the least-squares problems of training are solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    /// So many conjugate-gradient steps from where the last iteration ended; 3 is usual.
    ConjugateGradient {
        /// Steps, at least 1.
        steps: usize,
    },
    /// Exactly, by Cholesky: slower, to check the other by.
    Cholesky,
}

/// How iALS is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IAlsConfig {
    /// Factors `k`, 1 to 2048.
    pub factors: usize,
    /// Rounds over users and items, at least 1.
    pub iterations: usize,
    /// Confidence per unit of weight `α`, above 0.
    pub alpha: f32,
    /// Regularization `λ`, above 0.
    pub regularization: f32,
    /// Exponent `ν` by which regularization grows with a row's total confidence, 0 to 1.
    pub frequency_scaling: f32,
    /// Size of the random start, above 0: a factor is drawn with deviation `start / √k`.
    pub start: f32,
    /// How the least-squares problems of training are solved.
    pub solver: Solver,
    /// Seed of the random start.
    pub seed: u64,
}

impl Default for IAlsConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            iterations: 15,
            alpha: 10.0,
            regularization: 0.003,
            frequency_scaling: 1.0,
            start: 0.1,
            solver: Solver::ConjugateGradient { steps: 3 },
            seed: 1,
        }
    }
}

impl IAlsConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = IAls::NAME;
        let above_0 = |value: f32| value.is_finite() && value > 0.0;
        let factors_are_ok = (1..=2048).contains(&self.factors);
        check_config(factors_are_ok, name, "factors", self.factors, "between 1 and 2048")?;
        check_config(self.iterations >= 1, name, "iterations", self.iterations, "1 or more")?;
        check_config(above_0(self.alpha), name, "alpha", self.alpha, "above 0")?;
        let lambda = self.regularization;
        check_config(above_0(lambda), name, "regularization", lambda, "above 0")?;
        let nu = self.frequency_scaling;
        let nu_is_ok = (0.0..=1.0).contains(&nu);
        check_config(nu_is_ok, name, "frequency_scaling", nu, "between 0 and 1")?;
        check_config(above_0(self.start), name, "start", self.start, "above 0")?;
        let steps = match self.solver {
            Solver::ConjugateGradient { steps } => steps,
            Solver::Cholesky => 1,
        };
        check_config(steps >= 1, name, "steps", steps, "1 or more")
    }

    /// `λ_u` for a row with this sum of weights over so many others.
    fn lambda(&self, weight_sum: f64, n_others: usize) -> f32 {
        let confidence = n_others as f64 + f64::from(self.alpha) * weight_sum;
        let scaled = confidence.max(1.0).powf(f64::from(self.frequency_scaling));
        (f64::from(self.regularization) * scaled) as f32
    }

    fn lambdas(&self, weights: &Csr) -> Vec<f32> {
        let of_row = |row| {
            let (_, of_row) = weights.row(row);
            self.lambda(of_row.iter().map(|&weight| f64::from(weight)).sum(), weights.n_cols())
        };
        (0..weights.n_rows()).map(of_row).collect()
    }
}

/// Fitted factors of users and items.
#[derive(Debug, Clone, PartialEq)]
pub struct IAls {
    config: IAlsConfig,
    users: Factors,
    items: Factors,
    item_gram: Gram,
}

impl Fitted for IAls {
    type Config = IAlsConfig;

    const NAME: &'static str = "iALS";

    fn fit_watched(
        config: &IAlsConfig,
        train: &TrainSet,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        config.check()?;
        check_weights(Self::NAME, train)?;
        let twin = train.transpose();
        let (user_lambdas, item_lambdas) = (config.lambdas(train), config.lambdas(&twin));
        let stream = Stream::new(config.seed);
        let mut users = random_start(config, train.n_rows(), stream.fork(0));
        let mut items = random_start(config, train.n_cols(), stream.fork(1));
        for done in 1..=config.iterations {
            solve_half(config, train, &items, &user_lambdas, &mut users)?;
            solve_half(config, &twin, &users, &item_lambdas, &mut items)?;
            watch(FitStep { done, total: config.iterations, ..FitStep::default() });
        }
        let is_finite = |table: &Factors| table.values().iter().all(|value| value.is_finite());
        if !is_finite(&users) || !is_finite(&items) {
            return Err(ModelError::Diverged { model: Self::NAME });
        }
        let item_gram = Gram::of(&items);
        Ok(Self { config: config.clone(), users, items, item_gram })
    }

    fn config(&self) -> &IAlsConfig {
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
    }

    fn from_tensors(config: IAlsConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let table = |name: &str| {
            let (rows, cols, values) = tensors.f32_table(name)?;
            if cols != config.factors {
                return Err(format!("array {name} has {cols} factors, not {}", config.factors));
            }
            Ok(Factors::from_unpadded(rows, cols, &values))
        };
        let (users, items) = (table("user_factors")?, table("item_factors")?);
        let item_gram = Gram::of(&items);
        Ok(Self { config, users, items, item_gram })
    }
}

impl IAls {
    /// Factors of a shopper with this history, solved exactly.
    #[must_use]
    pub fn fold_in(&self, history: &[(u32, f32)]) -> Vec<f32> {
        let history = tidy_history(history, self.items.n_rows());
        if history.is_empty() {
            return vec![0.0; self.config.factors];
        }
        let mut x = self.right_side(&history);
        match self.normal_matrix(&history) {
            Some(matrix) => matrix.solve(&mut x),
            None => x.fill(0.0),
        }
        x.into_iter().map(|value| value as f32).collect()
    }

    /// Factors of an item.
    #[must_use]
    pub fn item_factors(&self, item: u32) -> Option<&[f32]> {
        ((item as usize) < self.items.n_rows()).then(|| self.items.row(item as usize))
    }

    /// Factors of a training user.
    #[must_use]
    pub fn user_factors(&self, user: u32) -> Option<&[f32]> {
        ((user as usize) < self.users.n_rows()).then(|| self.users.row(user as usize))
    }

    fn normal_matrix(&self, history: &[(u32, f32)]) -> Option<Cholesky> {
        let sum = history.iter().map(|&(_, weight)| f64::from(weight)).sum();
        let lambda = self.config.lambda(sum, self.items.n_rows());
        normal_matrix(&self.items, &self.item_gram, self.config.alpha, lambda, history)
    }

    fn right_side(&self, history: &[(u32, f32)]) -> Vec<f64> {
        right_side(&self.items, self.config.alpha, history)
    }

    fn score_factors(&self, x: &[f32], scores: &mut [f32]) {
        let mut padded = vec![0.0; self.items.stride()];
        padded[..x.len()].copy_from_slice(x);
        times_vector(&self.items, &padded, scores);
    }
}

/// Factors drawn evenly around 0; an item nobody chose is set to 0 by the first half-step.
fn random_start(config: &IAlsConfig, rows: usize, stream: Stream) -> Factors {
    let mut table = Factors::zeros(rows, config.factors);
    // A uniform draw from ±√3 s has deviation s.
    let width = 2.0 * 3.0_f32.sqrt() * config.start / (config.factors as f32).sqrt();
    for row in 0..rows {
        let first = (row * config.factors) as u64;
        for (at, value) in table.row_mut(row).iter_mut().enumerate() {
            *value = (stream.unit(first + at as u64) - 0.5) * width;
        }
    }
    table
}

fn solve_half(
    config: &IAlsConfig,
    weights: &Csr,
    fixed: &Factors,
    lambda: &[f32],
    solved: &mut Factors,
) -> Result<(), ModelError> {
    let gram = Gram::of(fixed);
    let alpha = config.alpha;
    match config.solver {
        Solver::ConjugateGradient { steps } => {
            HalfStep { weights, fixed, gram: &gram, alpha, lambda, steps }.run(solved);
            Ok(())
        }
        Solver::Cholesky => {
            let stride = solved.stride();
            let rows = solved.values_mut().par_chunks_mut(stride).enumerate();
            rows.try_for_each(|(row, x)| {
                let history = weights.history(row);
                let matrix = normal_matrix(fixed, &gram, alpha, lambda[row], &history)
                    .ok_or(ModelError::Diverged { model: IAls::NAME })?;
                let mut b = right_side(fixed, alpha, &history);
                matrix.solve(&mut b);
                x.iter_mut().zip(b).for_each(|(x, b)| *x = b as f32);
                Ok(())
            })
        }
    }
}

impl Recommender for IAls {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.items.n_rows()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        self.score_factors(&self.fold_in(history), scores);
    }

    fn score_user(&self, user: u32, history: &[(u32, f32)], scores: &mut [f32]) {
        match self.user_factors(user) {
            Some(x) => self.score_factors(x, scores),
            None => self.score(history, scores),
        }
    }

    fn recommend_all(&self, train: &TrainSet, n: usize) -> Vec<Vec<Scored>> {
        let train = train.matrix();
        if train.n_rows() != self.users.n_rows() || train.n_cols() != self.items.n_rows() {
            let fold_in = |user| {
                let (owned, _) = train.row(user);
                let keep = |item: u32| owned.binary_search(&item).is_err();
                self.recommend(&train.history(user), n, &keep)
            };
            return (0..train.n_rows()).into_par_iter().map(fold_in).collect();
        }
        best_of_products(&self.users, &self.items, train, n)
    }

    /// By the cosine of the items' factors.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        let Some(own) = self.item_factors(item) else {
            return Vec::new();
        };
        let mut dots = vec![0.0; self.n_items()];
        self.score_factors(own, &mut dots);
        let norm = |y: &[f32]| y.iter().map(|y| y * y).sum::<f32>().sqrt();
        let own_norm = norm(own);
        let mut best = TopK::new(n);
        for (other, dot) in dots.into_iter().enumerate() {
            let both = own_norm * norm(self.items.row(other));
            if other != item as usize && both > 0.0 {
                best.push(Scored { item: other as u32, score: dot / both });
            }
        }
        best.into_sorted()
    }

    /// `score = Σ_j s_ij c_uj` with `s_ij = y_iᵀ W^u y_j` and `W^u = (Yᵀ C_u Y + λ_u I)⁻¹`.
    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let history = tidy_history(history, self.n_items());
        let Some(target) = self.item_factors(item) else {
            return Explanation::nothing();
        };
        let Some(matrix) = self.normal_matrix(&history) else {
            return Explanation::nothing();
        };
        let mut seen_from: Vec<f64> = target.iter().map(|&y| f64::from(y)).collect();
        matrix.solve(&mut seen_from);
        let mut score = 0.0;
        let mut contributions = Vec::with_capacity(history.len());
        for (chosen, weight) in history {
            let y = self.items.row(chosen as usize);
            let likeness: f64 = seen_from.iter().zip(y).map(|(a, &b)| a * f64::from(b)).sum();
            let added = (1.0 + f64::from(self.config.alpha) * f64::from(weight)) * likeness;
            score += added;
            contributions.push((chosen, added as f32));
        }
        let contributions = sorted_contributions(contributions);
        Explanation { score: score as f32, contributions, rest: 0.0, is_estimate: false }
    }
}
