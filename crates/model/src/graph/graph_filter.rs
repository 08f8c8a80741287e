//! Graph filter: histories smoothed over the graph of shoppers and items, then sharpened.
//!
//! `scores = w (B(P) + β D^−½ V Vᵀ D^½) S(P)` with `P = R̃ᵀR̃`, `R̃ = E^−½ R D^−½`. Blurring takes
//! `K_b` Euler steps of the heat equation, `B(P) = ((1 − h) I + h P)^{K_b}`, `h = T_b / K_b`;
//! sharpening takes `K_s` Runge–Kutta steps the other way,
//! `S(P) = (Σ_{n ≤ 4} (−g P)ⁿ / n!)^{K_s}`, `g = T_s / K_s`. With `T_b = 1`, `K_b = 1`, `T_s = 0`
//! it is GF-CF, with `T_s` above 0 the early-merging blurring–sharpening process. Nothing is
//! trained: a shopper never seen before is scored in the same way as any other.
//!
//! Symbols: `R`, users × items, weights, 0 or above; `E`, `D`: sums of its rows and columns; `w`:
//! items, the history; `V`: items × k, leading right singular vectors of `R̃`; `β`, 0 or above.
//! Time of a fit: see `spectrum.rs`; of a list `O((K_b + 4 K_s) · entries + items · k)`. Memory
//! `O(entries + items · k)`.
//!
//! Source: Y. Shen et al., "How powerful is graph convolution for recommendation?", CIKM 2021,
//! section 4 (GF-CF); J. Choi, S. Hong, N. Park and S.-B. Cho, "Blurring-sharpening process models
//! for collaborative filtering", SIGIR 2023, section 3 (early merge).
//! DIFFERENCE: the Runge–Kutta step is used as the polynomial that it is for a linear equation;
//! items that nobody chose get exactly 0.

use feature::Csr;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::dense::Factors;
use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::graph::spectrum::{ROUNDS, right_vectors};
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, top_of_scores};
use crate::train_set::TrainSet;

/// Shoppers scored at once.
const LANES: usize = 32;

/// How histories are filtered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GraphFilterConfig {
    /// Singular vectors of the ideal low-pass filter, 0 to 2048.
    pub factors: usize,
    /// Weight of the ideal low-pass filter `β`, 0 or above.
    pub ideal_weight: f32,
    /// Time of blurring `T_b`, above 0, at most 10.
    pub blur_time: f32,
    /// Steps of blurring `K_b`, 1 to 100.
    pub blur_steps: usize,
    /// Time of sharpening `T_s`, 0 (none) to 2.7 per step.
    pub sharpen_time: f32,
    /// Steps of sharpening `K_s`, 1 to 100.
    pub sharpen_steps: usize,
    /// Seed of the search for singular vectors.
    pub seed: u64,
}

impl Default for GraphFilterConfig {
    fn default() -> Self {
        Self {
            factors: 256,
            ideal_weight: 0.3,
            blur_time: 1.0,
            blur_steps: 1,
            sharpen_time: 2.5,
            sharpen_steps: 1,
            seed: 1,
        }
    }
}

impl GraphFilterConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = GraphFilter::NAME;
        let is_in = |value: f32, low: f32, high: f32| (low..=high).contains(&value);
        check_config(self.factors <= 2048, name, "factors", self.factors, "at most 2048")?;
        let ideal = self.ideal_weight;
        let ideal_is_ok = ideal.is_finite() && ideal >= 0.0;
        check_config(ideal_is_ok, name, "ideal_weight", ideal, "0 or above")?;
        let time = self.blur_time;
        let time_is_ok = time > 0.0 && time <= 10.0;
        check_config(time_is_ok, name, "blur_time", time, "above 0, at most 10")?;
        let steps = self.blur_steps;
        check_config((1..=100).contains(&steps), name, "blur_steps", steps, "between 1 and 100")?;
        let steps = self.sharpen_steps;
        let steps_are_ok = (1..=100).contains(&steps);
        check_config(steps_are_ok, name, "sharpen_steps", steps, "between 1 and 100")?;
        let time = self.sharpen_time;
        // Beyond this a Runge–Kutta step amplifies what it should damp.
        let time_is_ok = is_in(time, 0.0, 2.7 * steps as f32);
        check_config(time_is_ok, name, "sharpen_time", time, "between 0 and 2.7 per step")
    }
}

/// A graph and the filter over it.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphFilter {
    config: GraphFilterConfig,
    /// `R̃`, users × items.
    graph: Csr,
    /// `√D`; 0 for an item that nobody chose.
    root_degrees: Vec<f32>,
    vectors: Factors,
}

impl Fitted for GraphFilter {
    type Config = GraphFilterConfig;

    const NAME: &'static str = "GraphFilter";

    fn fit_watched(
        config: &GraphFilterConfig,
        train: &TrainSet,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        config.check()?;
        check_weights(Self::NAME, train)?;
        let mut rows = vec![0.0_f64; train.n_rows()];
        let mut cols = vec![0.0_f64; train.n_cols()];
        for (user, sum) in rows.iter_mut().enumerate() {
            let (items, weights) = train.row(user);
            for (&item, &weight) in items.iter().zip(weights) {
                *sum += f64::from(weight);
                cols[item as usize] += f64::from(weight);
            }
        }
        let graph = train.map_weights(|user, item, weight| {
            let both = rows[user] * cols[item as usize];
            if both > 0.0 { (f64::from(weight) / both.sqrt()) as f32 } else { 0.0 }
        });
        let root_degrees = cols.iter().map(|sum| sum.sqrt() as f32).collect();
        let k = if config.ideal_weight > 0.0 { config.factors } else { 0 };
        let vectors = if k > 0 {
            let stream = Stream::new(config.seed);
            right_vectors(&graph, &graph.transpose(), k, stream, &mut |done| {
                watch(FitStep { done, total: ROUNDS, ..FitStep::default() });
            })
        } else {
            Factors::zeros(train.n_cols(), 0)
        };
        Ok(Self { config: config.clone(), graph, root_degrees, vectors })
    }

    fn config(&self) -> &GraphFilterConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.graph.n_rows()
    }

    fn seed(&self) -> Option<u64> {
        Some(self.config.seed)
    }

    fn to_tensors(&self) -> TensorsOut {
        let starts: Vec<u64> = self.graph.indptr().iter().map(|&start| start as u64).collect();
        let weights = self.graph.weights();
        let shape = vec![self.vectors.n_rows(), self.vectors.k()];
        TensorsOut::default()
            .with_u64("graph_starts", &starts)
            .with_u32("graph_items", self.graph.cols())
            .with_f32("graph_weights", vec![weights.len()], weights)
            .with_f32("root_degrees", vec![self.root_degrees.len()], &self.root_degrees)
            .with_f32("vectors", shape, &self.vectors.to_unpadded())
    }

    fn from_tensors(config: GraphFilterConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let (_, root_degrees) = tensors.f32("root_degrees")?;
        let n_items = root_degrees.len();
        let starts = tensors.u64("graph_starts")?.into_iter().map(|start| start as usize).collect();
        let (_, weights) = tensors.f32("graph_weights")?;
        let graph = Csr::from_parts(n_items, starts, tensors.u32("graph_items")?, weights)
            .map_err(|error| error.to_string())?;
        let (rows, k, values) = tensors.f32_table("vectors")?;
        if rows != n_items || (k != 0 && k != config.factors) {
            return Err(format!("array vectors is {rows} × {k}, not {n_items} × factors"));
        }
        let vectors = Factors::from_unpadded(rows, k, &values);
        Ok(Self { config, graph, root_degrees, vectors })
    }
}

impl GraphFilter {
    /// The scores of up to `W` histories, one per lane.
    fn filter<const W: usize>(&self, histories: &[Vec<(u32, f32)>]) -> Vec<[f32; W]> {
        let mut x = vec![[0.0; W]; self.n_items()];
        for (lane, history) in histories.iter().enumerate().take(W) {
            for (item, weight) in tidy_history(history, self.n_items()) {
                x[item as usize][lane] = weight;
            }
        }
        Arch::new().dispatch(Filter { model: self, x: &mut x, is_adjoint: false });
        x
    }
}

/// The whole filter over one block of histories, in place.
struct Filter<'a, const W: usize> {
    model: &'a GraphFilter,
    x: &'a mut Vec<[f32; W]>,
    /// From items to what each item of a history adds to them, instead of from a history to items.
    is_adjoint: bool,
}

impl<const W: usize> WithSimd for Filter<'_, W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { model, x, is_adjoint } = self;
        let mut room = vec![[0.0; W]; x.len()];
        if is_adjoint {
            mask(model, x);
            sharpen(model, x, &mut room);
            blur_and_idealize(model, x, &mut room, is_adjoint);
        } else {
            blur_and_idealize(model, x, &mut room, is_adjoint);
            sharpen(model, x, &mut room);
            mask(model, x);
        }
    }
}

/// Items that nobody chose get exactly 0.
#[inline(always)]
fn mask<const W: usize>(model: &GraphFilter, x: &mut [[f32; W]]) {
    for (x, &root) in x.iter_mut().zip(&model.root_degrees) {
        if root == 0.0 {
            *x = [0.0; W];
        }
    }
}

/// `out = x P`.
#[inline(always)]
fn smooth<const W: usize>(graph: &Csr, x: &[[f32; W]], out: &mut [[f32; W]]) {
    out.fill([0.0; W]);
    for user in 0..graph.n_rows() {
        let (items, weights) = graph.row(user);
        let mut sums = [0.0; W];
        for (&item, &weight) in items.iter().zip(weights) {
            add(weight, &x[item as usize], &mut sums);
        }
        for (&item, &weight) in items.iter().zip(weights) {
            add(weight, &sums, &mut out[item as usize]);
        }
    }
}

#[inline(always)]
fn add<const W: usize>(factor: f32, x: &[f32; W], y: &mut [f32; W]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// `x ← x (B(P) + β D^−½ V Vᵀ D^½)`, or with the roots the other way round.
#[inline(always)]
fn blur_and_idealize<const W: usize>(
    model: &GraphFilter,
    x: &mut Vec<[f32; W]>,
    room: &mut Vec<[f32; W]>,
    is_adjoint: bool,
) {
    let config = &model.config;
    let (roots, vectors) = (&model.root_degrees, &model.vectors);
    let inverse = |root: f32| if root > 0.0 { 1.0 / root } else { 0.0 };
    let (into, out_of): (Vec<f32>, Vec<f32>) = roots
        .iter()
        .map(|&root| if is_adjoint { (root, inverse(root)) } else { (inverse(root), root) })
        .unzip();
    let mut in_space = vec![[0.0; W]; vectors.k()];
    for (item, x) in x.iter().enumerate().filter(|(_, x)| **x != [0.0; W]) {
        for (sum, &v) in in_space.iter_mut().zip(vectors.row(item)) {
            add(v * into[item], x, sum);
        }
    }
    let h = config.blur_time / config.blur_steps as f32;
    for _ in 0..config.blur_steps {
        smooth(&model.graph, x, room);
        for (new, old) in room.iter_mut().zip(x.iter()) {
            for (new, old) in new.iter_mut().zip(old) {
                *new = h * *new + (1.0 - h) * old;
            }
        }
        std::mem::swap(x, room);
    }
    if vectors.k() == 0 {
        return;
    }
    for (item, x) in x.iter_mut().enumerate() {
        let mut sums = [0.0; W];
        for (&v, of_factor) in vectors.row(item).iter().zip(&in_space) {
            add(v, of_factor, &mut sums);
        }
        add(config.ideal_weight * out_of[item], &sums, x);
    }
}

/// `x ← x S(P)`, by Horner's rule.
#[inline(always)]
fn sharpen<const W: usize>(model: &GraphFilter, x: &mut [[f32; W]], room: &mut Vec<[f32; W]>) {
    let g = model.config.sharpen_time / model.config.sharpen_steps as f32;
    if g == 0.0 {
        return;
    }
    let mut sum = x.to_vec();
    for _ in 0..model.config.sharpen_steps {
        for order in [4.0, 3.0, 2.0, 1.0] {
            smooth(&model.graph, &sum, room);
            std::mem::swap(&mut sum, room);
            for (sum, x) in sum.iter_mut().zip(x.iter()) {
                for (sum, x) in sum.iter_mut().zip(x) {
                    *sum = x - g / order * *sum;
                }
            }
        }
        x.copy_from_slice(&sum);
    }
}

impl Recommender for GraphFilter {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.root_degrees.len()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        let lanes = self.filter::<1>(&[history.to_vec()]);
        scores.copy_from_slice(lanes.as_flattened());
    }

    fn recommend_all(&self, train: &TrainSet, n: usize) -> Vec<Vec<Scored>> {
        let users: Vec<usize> = (0..train.n_users()).collect();
        let lists = |users: &[usize]| -> Vec<Vec<Scored>> {
            let histories: Vec<_> = users.iter().map(|&user| train.history(user)).collect();
            let lanes = self.filter::<LANES>(&histories);
            let best = |(lane, &user): (usize, &usize)| {
                let scores: Vec<f32> = lanes.iter().map(|of_item| of_item[lane]).collect();
                let (owned, _) = train.matrix().row(user);
                top_of_scores(&scores, n, &|item| owned.binary_search(&item).is_err())
            };
            users.iter().enumerate().map(best).collect()
        };
        users.par_chunks(LANES).flat_map_iter(lists).collect()
    }

    /// The best for a history of `item` alone.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        self.recommend(&[(item, 1.0)], n, &|other| other != item)
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        if item as usize >= self.n_items() {
            return Explanation::nothing();
        }
        let mut x = vec![[0.0]; self.n_items()];
        x[item as usize] = [1.0];
        Arch::new().dispatch(Filter { model: self, x: &mut x, is_adjoint: true });
        let contributions: Vec<(u32, f32)> = tidy_history(history, self.n_items())
            .into_iter()
            .map(|(chosen, weight)| (chosen, weight * x[chosen as usize][0]))
            .collect();
        let score = contributions.iter().map(|(_, added)| added).sum();
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: 0.0, is_estimate: false }
    }
}
