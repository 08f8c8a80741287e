//! Training of a network on pairs of a history and an item: did these meet?
//!
//! For each item `t` of a history `H` the query is `q = Σ_{j ∈ H \ t} A_j / √(|H| − 1)`, an item is
//! `e_i = B_i + Σ_a w_ia C_a` with its attributes `a` (weights of norm 1), and the network gives
//! `x_i = f(q, e_i)`; two towers give `tower_u(q) · tower_i(e_i)`. `t` is to be told from items
//! drawn evenly outside `H`: `L = −Σ log σ(x_t) − Σ_drawn log(1 − σ(x_i))`.
//!
//! Symbols: `A`, `B`, items × d; `C`, attributes × d; `w`, items × attributes; `q`, `e`, d numbers.
//! A person's items are taken up to [`TARGETS`] at a time; a step takes units of `batch_size` items
//! in all, dealt to [`SHARDS`] shards whose gradients are added in order, so that the same seed
//! gives the same weights at any number of threads. Time per epoch
//! `O(items met · (1 + negatives) · d · hidden)`, memory `O((items + attributes) · d)`.
//!
//! Source: X. He, L. Liao, H. Zhang, L. Nie, X. Hu and T.-S. Chua, "Neural collaborative
//! filtering", WWW 2017, section 3.1 (the loss over drawn items).

use feature::{Csr, ItemAttributes};
use ndarray::Array2;
use rayon::prelude::*;

use crate::error::ModelError;
use crate::fitted::FitStep;
use crate::neural::adam::{Adam, Step};
use crate::neural::arrays::{add_scaled, dot, flat_mut, row_of, stacked};
use crate::neural::mlp::Mlp;
use crate::neural::row_gradients::RowGradients;
use crate::seed::Stream;

/// Parts of a batch that may run side by side.
const SHARDS: usize = 8;
/// Items of a person that are targets at once.
const TARGETS: usize = 32;

/// Items with the queries they are scored for.
#[derive(Clone, Copy)]
pub(crate) struct Pairs<'a> {
    /// `q`, a row per query.
    pub(crate) queries: &'a Array2<f32>,
    /// `e`, a row per item.
    pub(crate) items: &'a Array2<f32>,
    /// The query of each item.
    pub(crate) of_query: &'a [usize],
}

/// A network that scores pairs of a query and an item.
pub(crate) trait PairNet: Sync {
    /// `x` of every pair.
    fn scores(&self, weights: &[f32], pairs: Pairs<'_>) -> Vec<f32>;

    /// The gradients of queries and items, where `slope` tells the slope of the loss in the score
    /// of a pair; the gradients of the weights are added to `gradients`.
    fn learn(
        &self,
        weights: &[f32],
        pairs: Pairs<'_>,
        slope: &mut dyn FnMut(usize, f32) -> f32,
        gradients: &mut [f32],
    ) -> (Array2<f32>, Array2<f32>);
}

/// Where the weights of both towers lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Towers {
    pub(crate) of_people: Mlp,
    pub(crate) of_items: Mlp,
}

impl PairNet for Towers {
    fn scores(&self, weights: &[f32], pairs: Pairs<'_>) -> Vec<f32> {
        let (people, _) = self.of_people.forward(weights, pairs.queries);
        let (items, _) = self.of_items.forward(weights, pairs.items);
        let score = |(at, &query): (usize, &usize)| dot(row_of(&people, query), row_of(&items, at));
        pairs.of_query.iter().enumerate().map(score).collect()
    }

    fn learn(
        &self,
        weights: &[f32],
        pairs: Pairs<'_>,
        slope: &mut dyn FnMut(usize, f32) -> f32,
        gradients: &mut [f32],
    ) -> (Array2<f32>, Array2<f32>) {
        let (people, of_people) = self.of_people.forward(weights, pairs.queries);
        let (items, of_items) = self.of_items.forward(weights, pairs.items);
        let mut d_people = Array2::zeros(people.raw_dim());
        let mut d_items = Array2::zeros(items.raw_dim());
        let outputs = items.ncols();
        for (at, &query) in pairs.of_query.iter().enumerate() {
            let (u, v) = (row_of(&people, query), row_of(&items, at));
            let slope = slope(at, dot(u, v));
            add_scaled(slope, v, &mut flat_mut(&mut d_people)[query * outputs..][..outputs]);
            add_scaled(slope, u, &mut flat_mut(&mut d_items)[at * outputs..][..outputs]);
        }
        let d_queries =
            self.of_people.backward(weights, pairs.queries, &of_people, &d_people, gradients);
        let d_inputs = self.of_items.backward(weights, pairs.items, &of_items, &d_items, gradients);
        (d_queries, d_inputs)
    }
}

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PairPlan {
    pub(crate) negatives: usize,
    pub(crate) batch_size: usize,
    pub(crate) epochs: usize,
    pub(crate) learning_rate: f32,
    pub(crate) seed: u64,
}

/// A network in training. The rows of one table are those of items as history (`A`), of items as
/// answers (`B`) and of attributes (`C`).
pub(crate) struct PairFit<'a, N> {
    pub(crate) name: &'static str,
    pub(crate) plan: PairPlan,
    pub(crate) net: N,
    pub(crate) weights: &'a mut [f32],
    pub(crate) rows: &'a mut Array2<f32>,
    pub(crate) train: &'a Csr,
    /// Pairs kept back, to tell the share answered rightly after each epoch.
    pub(crate) kept_back: &'a Csr,
    pub(crate) attributes: Option<&'a ItemAttributes>,
}

/// Some of a person's items as targets.
#[derive(Debug, Clone, Copy)]
struct Unit {
    person: usize,
    from: usize,
    to: usize,
}

/// Items to be told apart, each with the query it belongs to and whether it was met.
#[derive(Default)]
struct Answers {
    items: Vec<u32>,
    of_query: Vec<usize>,
    is_met: Vec<bool>,
}

/// What a shard gave.
struct Gradients {
    weights: Vec<f32>,
    rows: Vec<u32>,
    of_rows: Array2<f32>,
    loss: f64,
}

impl<N: PairNet> PairFit<'_, N> {
    /// Trains.
    ///
    /// # Errors
    /// When the loss is no number any more.
    pub(crate) fn run(&mut self, watch: &mut dyn FnMut(FitStep)) -> Result<(), ModelError> {
        let mut units = units(self.train);
        if units.is_empty() {
            return Ok(());
        }
        let stream = Stream::new(self.plan.seed);
        let mut of_weights = Adam::new(self.weights.len());
        let mut of_rows = Adam::new(self.rows.len());
        let mut gradients = RowGradients::new(self.rows);
        let mut number = 0;
        for epoch in 0..self.plan.epochs {
            stream.fork(1).fork(epoch as u64).shuffle(&mut units);
            let rate = self.plan.learning_rate * (1.0 - epoch as f32 / self.plan.epochs as f32);
            let (mut loss, mut answers) = (0.0, 0);
            for batch in batches(&units, self.plan.batch_size) {
                number += 1;
                let n: usize = batch.iter().map(|unit| unit.to - unit.from).sum();
                let n = n * (1 + self.plan.negatives);
                let noise = stream.fork(2).fork(number as u64);
                let parts: Vec<Gradients> = batch
                    .par_chunks(batch.len().div_ceil(SHARDS))
                    .enumerate()
                    .map(|(at, units)| self.shard(units, 1.0 / n as f32, noise.fork(at as u64)))
                    .collect();
                let step = Step { number, rate };
                let mut sum = vec![0.0; self.weights.len()];
                for part in &parts {
                    add_scaled(1.0, &part.weights, &mut sum);
                    gradients.add(&part.rows, &part.of_rows);
                    loss += part.loss;
                }
                of_weights.step(step, 0, self.weights, &sum);
                gradients.apply(self.rows, &mut of_rows, step);
                answers += n;
            }
            let loss = loss / answers as f64;
            if !loss.is_finite() {
                return Err(ModelError::Diverged { model: self.name });
            }
            watch(FitStep {
                done: epoch + 1,
                total: self.plan.epochs,
                loss: Some(loss),
                accuracy: self.accuracy(stream.fork(3)),
            });
        }
        Ok(())
    }

    fn shard(&self, units: &[Unit], scale: f32, noise: Stream) -> Gradients {
        let width = self.rows.ncols();
        let mut queries = Vec::new();
        let mut answers = Answers::default();
        for (at, unit) in units.iter().enumerate() {
            let (met, _) = self.train.row(unit.person);
            let sum = self.sum(met);
            let others = scale_of(met.len() - 1);
            for (place, &target) in met[unit.from..unit.to].iter().enumerate() {
                let own = row_of(self.rows, target as usize);
                queries.extend(sum.iter().zip(own).map(|(sum, own)| (sum - own) * others));
                let noise = noise.fork(at as u64).fork(place as u64);
                answers.add(queries.len() / width - 1, target, self.drawn(met, noise));
            }
        }
        let queries = stacked(queries, answers.n_queries(), width);
        let items = self.item_inputs(&answers.items);
        let pairs = Pairs { queries: &queries, items: &items, of_query: &answers.of_query };
        let mut weights = vec![0.0; self.weights.len()];
        let mut loss = 0.0;
        let mut slope = |at: usize, score: f32| {
            let (of_answer, slope) = logistic_loss(score, answers.is_met[at]);
            loss += of_answer;
            scale * slope
        };
        let (d_queries, d_inputs) = self.net.learn(self.weights, pairs, &mut slope, &mut weights);
        let (rows, of_rows) = self.row_gradients(units, &answers.items, &d_queries, &d_inputs);
        Gradients { weights, rows, of_rows, loss }
    }

    /// The gradients of the rows behind queries and answers.
    fn row_gradients(
        &self,
        units: &[Unit],
        items: &[u32],
        d_queries: &Array2<f32>,
        d_inputs: &Array2<f32>,
    ) -> (Vec<u32>, Array2<f32>) {
        let width = self.rows.ncols();
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        let mut next = 0;
        for unit in units {
            let (met, _) = self.train.row(unit.person);
            let others = scale_of(met.len() - 1);
            let mut sum = vec![0.0; width];
            let of_unit = next..next + unit.to - unit.from;
            next = of_unit.end;
            of_unit.clone().for_each(|at| add_scaled(others, row_of(d_queries, at), &mut sum));
            for (place, &item) in met.iter().enumerate() {
                rows.push(item);
                values.extend_from_slice(&sum);
                if (unit.from..unit.to).contains(&place) {
                    let from = values.len() - width;
                    let own = row_of(d_queries, of_unit.start + place - unit.from);
                    add_scaled(-others, own, &mut values[from..]);
                }
            }
        }
        let n_items = self.train.n_cols() as u32;
        for (at, &item) in items.iter().enumerate() {
            rows.push(n_items + item);
            values.extend_from_slice(row_of(d_inputs, at));
            for (attribute, share) in attributes_of(self.attributes, item) {
                rows.push(2 * n_items + attribute);
                values.extend(row_of(d_inputs, at).iter().map(|d| d * share));
            }
        }
        let n = rows.len();
        (rows, stacked(values, n, width))
    }

    fn sum(&self, items: &[u32]) -> Vec<f32> {
        let mut sum = vec![0.0; self.rows.ncols()];
        items.iter().for_each(|&item| add_scaled(1.0, row_of(self.rows, item as usize), &mut sum));
        sum
    }

    fn item_inputs(&self, items: &[u32]) -> Array2<f32> {
        item_inputs(self.rows, self.train.n_cols(), self.attributes, items)
    }

    /// Items that a person has not met, drawn evenly; few tries, so that one who met nearly all
    /// costs no more.
    fn drawn(&self, met: &[u32], stream: Stream) -> Vec<u32> {
        let n_items = self.train.n_cols();
        let tries = (0..8 * self.plan.negatives as u64)
            .map(|at| stream.below(at, n_items) as u32)
            .filter(|item| met.binary_search(item).is_err());
        tries.take(self.plan.negatives).collect()
    }

    /// The share of pairs kept back, and of as many drawn items each as in training, that the
    /// probability puts on the right side of one half; nothing without pairs.
    fn accuracy(&self, noise: Stream) -> Option<f64> {
        if self.kept_back.nnz() == 0 {
            return None;
        }
        let of_person = |person: usize| -> (usize, usize) {
            let (kept, _) = self.kept_back.row(person);
            let (met, _) = self.train.row(person);
            if kept.is_empty() || met.is_empty() {
                return (0, 0);
            }
            let mut query = self.sum(met);
            query.iter_mut().for_each(|value| *value *= scale_of(met.len()));
            let query = stacked(query, 1, self.rows.ncols());
            let mut known: Vec<u32> = met.iter().chain(kept).copied().collect();
            known.sort_unstable();
            let mut answers = Answers::default();
            for (place, &item) in kept.iter().enumerate() {
                let noise = noise.fork(person as u64).fork(place as u64);
                answers.add(0, item, self.drawn(&known, noise));
            }
            let items = self.item_inputs(&answers.items);
            let of_query = &answers.of_query;
            let pairs = Pairs { queries: &query, items: &items, of_query };
            let scores = self.net.scores(self.weights, pairs);
            let is_right = |(&score, &is_met): (&f32, &bool)| (score > 0.0) == is_met;
            let right = scores.iter().zip(&answers.is_met).filter(|one| is_right(*one));
            (right.count(), scores.len())
        };
        let sums = (0..self.train.n_rows())
            .into_par_iter()
            .map(of_person)
            .reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
        Some(sums.0 as f64 / sums.1.max(1) as f64)
    }
}

impl Answers {
    fn add(&mut self, query: usize, target: u32, drawn: Vec<u32>) {
        for (item, is_met) in
            std::iter::once((target, true)).chain(drawn.into_iter().map(|item| (item, false)))
        {
            self.items.push(item);
            self.of_query.push(query);
            self.is_met.push(is_met);
        }
    }

    fn n_queries(&self) -> usize {
        self.of_query.last().map_or(0, |last| last + 1)
    }
}

/// `1/√n`, so that long and short histories give numbers of like size.
pub(crate) fn scale_of(n: usize) -> f32 {
    1.0 / (n.max(1) as f32).sqrt()
}

/// The inputs of some items' tower.
pub(crate) fn item_inputs(
    rows: &Array2<f32>,
    n_items: usize,
    attributes: Option<&ItemAttributes>,
    items: &[u32],
) -> Array2<f32> {
    let width = rows.ncols();
    let mut values = Vec::with_capacity(items.len() * width);
    for &item in items {
        let from = values.len();
        values.extend_from_slice(row_of(rows, n_items + item as usize));
        for (attribute, share) in attributes_of(attributes, item) {
            let row = row_of(rows, 2 * n_items + attribute as usize);
            add_scaled(share, row, &mut values[from..]);
        }
    }
    stacked(values, items.len(), width)
}

/// An item's attributes with weights of norm 1.
pub(crate) fn attributes_of(
    attributes: Option<&ItemAttributes>,
    item: u32,
) -> impl Iterator<Item = (u32, f32)> + '_ {
    let (names, weights) = match attributes {
        Some(all) if (item as usize) < all.weights.n_rows() => all.weights.row(item as usize),
        _ => (&[][..], &[][..]),
    };
    let norm = dot(weights, weights).sqrt().max(f32::MIN_POSITIVE);
    names.iter().zip(weights).map(move |(&name, &weight)| (name, weight / norm))
}

/// `−log σ(x)`, or `−log(1 − σ(x))` where it was not met, and its slope in `x`.
fn logistic_loss(x: f32, is_met: bool) -> (f64, f32) {
    let signed = f64::from(if is_met { x } else { -x });
    let loss = (-signed.abs()).exp().ln_1p() + (-signed).max(0.0);
    let probability = 1.0 / (1.0 + (-x).exp());
    (loss, probability - f32::from(u8::from(is_met)))
}

/// Every met item as a target once; a person with one item only has nothing to ask with.
fn units(train: &Csr) -> Vec<Unit> {
    let of_person = |person: usize| {
        let n = train.row(person).0.len();
        let n = if n < 2 { 0 } else { n };
        let unit = move |from: usize| Unit { person, from, to: (from + TARGETS).min(n) };
        (0..n).step_by(TARGETS).map(unit)
    };
    (0..train.n_rows()).flat_map(of_person).collect()
}

/// Units in order, cut so that each batch has at least `size` targets where there are as many.
fn batches(units: &[Unit], size: usize) -> Vec<&[Unit]> {
    let mut all = Vec::new();
    let (mut from, mut targets) = (0, 0);
    for (at, unit) in units.iter().enumerate() {
        targets += unit.to - unit.from;
        if targets >= size || at + 1 == units.len() {
            all.push(&units[from..=at]);
            (from, targets) = (at + 1, 0);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_met_item_is_a_target_once() {
        let triplets: Vec<_> = (0..70).map(|item| (1, item, 1.0)).chain([(2, 0, 1.0)]).collect();
        let train = Csr::from_triplets(3, 70, &triplets).unwrap();
        let units = units(&train);
        let found: Vec<_> = units.iter().map(|unit| (unit.person, unit.from, unit.to)).collect();
        assert_eq!(found, [(1, 0, 32), (1, 32, 64), (1, 64, 70)]);
        let sizes: Vec<usize> = batches(&units, 40).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [2, 1]);
    }

    #[test]
    fn the_loss_is_that_of_the_logarithm() {
        for x in [-30.0_f32, -1.5, 0.0, 0.25, 30.0] {
            for is_met in [true, false] {
                let (loss, slope) = logistic_loss(x, is_met);
                let p = 1.0 / (1.0 + f64::from(-x).exp());
                let expected = if is_met { -p.ln() } else { -(1.0 - p).ln() };
                assert!((loss - expected).abs() < 1e-3 * expected.max(1e-3), "{loss} {expected}");
                let target = f64::from(u8::from(is_met));
                assert!((f64::from(slope) - (p - target)).abs() < 1e-6);
            }
        }
    }
}
