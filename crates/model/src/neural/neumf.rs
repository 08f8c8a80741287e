//! NeuMF: a product of factors and a network of layers, side by side, say whether a person and an
//! item meet.
//!
//! With the query and the item each in two halves, `q = [q^G, q^M]` and `e_i = [e_i^G, e_i^M]`,
//! `score(H, i) = h · [q^G ⊙ e_i^G, φ(q^M, e_i^M)] + b`,
//! `φ(q, e) = relu(W₂ relu(W₁ [q, e] + b₁) + b₂)`; queries, items and training are those of
//! `pair_fit.rs`.
//!
//! Symbols: `H`, the items of a history; `q`, `e`, 2d numbers; `W₁`, 2n × 2d; `W₂`, n × 2n; `h`,
//! d + n numbers. Time of a list `O(items · n (d + n))`; memory `O((items + attributes) d)`. An
//! explanation leaves each item of the history out in turn, so its parts are estimates.
//!
//! Source: X. He, L. Liao, H. Zhang, L. Nie, X. Hu and T.-S. Chua, "Neural collaborative
//! filtering", WWW 2017, sections 3.2 to 3.4.
//! DIFFERENCE: a person is the sum of what they met and no row of their own, so that people never
//! seen are scored; both parts are trained together from the start; there are two hidden layers.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::neural::arrays::{add_scaled, dot, flat, flat_mut, row_of, stacked};
use crate::neural::linear::Linear;
use crate::neural::pair_fit::{PairFit, PairNet, PairPlan, Pairs, item_inputs, scale_of};
use crate::neural::parameters::{Parameters, Start};
use crate::neural::two_tower::{known, split};
use crate::recommender::{Explanation, Recommender, by_leaving_out, tidy_history};
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// Items scored at once.
const ITEMS: usize = 1024;

/// How NeuMF is built and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NeuMfConfig {
    /// Numbers per item in each part `d`, 1 to 1024.
    pub factors: usize,
    /// Numbers in the second hidden layer `n`, half of the first, 1 to 2048.
    pub hidden: usize,
    /// Items drawn for each item met, at least 1.
    pub negatives: usize,
    /// Items met per step, at least 1.
    pub batch_size: usize,
    /// Largest rate of Adam, above 0; it falls evenly to 0.
    pub learning_rate: f32,
    /// Passes over all items met, at least 1.
    pub epochs: usize,
    /// Share of the items met that is kept back to tell the share answered rightly after each
    /// epoch, 0 to below 1.
    pub kept_back: f32,
    /// Seed of the start, the order and the items drawn.
    pub seed: u64,
}

impl Default for NeuMfConfig {
    fn default() -> Self {
        Self {
            factors: 32,
            hidden: 32,
            negatives: 4,
            batch_size: 1024,
            learning_rate: 0.002,
            epochs: 12,
            kept_back: 0.0,
            seed: 1,
        }
    }
}

impl NeuMfConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = NeuMf::NAME;
        let factors_are_ok = (1..=1024).contains(&self.factors);
        check_config(factors_are_ok, name, "factors", self.factors, "between 1 and 1024")?;
        let hidden_is_ok = (1..=2048).contains(&self.hidden);
        check_config(hidden_is_ok, name, "hidden", self.hidden, "between 1 and 2048")?;
        check_config(self.negatives >= 1, name, "negatives", self.negatives, "1 or more")?;
        check_config(self.batch_size >= 1, name, "batch_size", self.batch_size, "1 or more")?;
        let rate_is_ok = self.learning_rate.is_finite() && self.learning_rate > 0.0;
        check_config(rate_is_ok, name, "learning_rate", self.learning_rate, "above 0")?;
        check_config(self.epochs >= 1, name, "epochs", self.epochs, "1 or more")?;
        let share_is_ok = (0.0..1.0).contains(&self.kept_back);
        check_config(share_is_ok, name, "kept_back", self.kept_back, "0 or more and below 1")
    }

    /// Numbers in a row: both halves.
    fn width(&self) -> usize {
        2 * self.factors
    }
}

/// Where the weights of both parts lie.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fusion {
    factors: usize,
    first: Linear,
    second: Linear,
    last: Linear,
}

/// What the way forward leaves for the way back.
struct Trace {
    both: Array2<f32>,
    first: Array2<f32>,
    /// Products and the second hidden layer, side by side.
    fused: Array2<f32>,
}

impl Fusion {
    fn new(all: &mut Parameters, factors: usize, hidden: usize) -> Self {
        Self {
            factors,
            first: Linear::new(all, "layers.0.", 2 * factors, 2 * hidden),
            second: Linear::new(all, "layers.2.", 2 * hidden, hidden),
            last: Linear::new(all, "predict.", factors + hidden, 1),
        }
    }

    fn forward(&self, weights: &[f32], pairs: Pairs<'_>) -> (Array2<f32>, Trace) {
        let (d, n) = (self.factors, pairs.of_query.len());
        let mut both = Vec::with_capacity(2 * d * n);
        for (at, &query) in pairs.of_query.iter().enumerate() {
            both.extend_from_slice(&row_of(pairs.queries, query)[d..]);
            both.extend_from_slice(&row_of(pairs.items, at)[d..]);
        }
        let both = stacked(both, n, 2 * d);
        let mut first = self.first.forward(weights, both.view());
        first.mapv_inplace(|value| value.max(0.0));
        let mut second = self.second.forward(weights, first.view());
        second.mapv_inplace(|value| value.max(0.0));
        let mut fused = Vec::with_capacity((d + second.ncols()) * n);
        for (at, &query) in pairs.of_query.iter().enumerate() {
            let (q, e) = (row_of(pairs.queries, query), row_of(pairs.items, at));
            fused.extend(q[..d].iter().zip(e).map(|(q, e)| q * e));
            fused.extend_from_slice(row_of(&second, at));
        }
        let fused = stacked(fused, n, d + second.ncols());
        (self.last.forward(weights, fused.view()), Trace { both, first, fused })
    }

    /// The gradients of queries and items from those of the scores.
    fn backward(
        &self,
        weights: &[f32],
        pairs: Pairs<'_>,
        trace: &Trace,
        d_scores: &Array2<f32>,
        gradients: &mut [f32],
    ) -> (Array2<f32>, Array2<f32>) {
        let (d, n) = (self.factors, pairs.of_query.len());
        let d_fused = self.last.backward(weights, trace.fused.view(), d_scores, gradients);
        let hidden = d_fused.ncols() - d;
        let mut d_second = Vec::with_capacity(hidden * n);
        for at in 0..n {
            let (slopes, values) = (row_of(&d_fused, at), row_of(&trace.fused, at));
            let passed = slopes[d..].iter().zip(&values[d..]);
            d_second.extend(passed.map(|(&slope, &value)| if value > 0.0 { slope } else { 0.0 }));
        }
        let d_second = stacked(d_second, n, hidden);
        let mut d_first = self.second.backward(weights, trace.first.view(), &d_second, gradients);
        d_first.zip_mut_with(&trace.first, |d, &value| *d = if value > 0.0 { *d } else { 0.0 });
        let d_both = self.first.backward(weights, trace.both.view(), &d_first, gradients);
        let mut d_queries = Array2::zeros(pairs.queries.raw_dim());
        let mut d_items = Array2::zeros(pairs.items.raw_dim());
        for (at, &query) in pairs.of_query.iter().enumerate() {
            let (q, e) = (row_of(pairs.queries, query), row_of(pairs.items, at));
            let (products, layers) = (&row_of(&d_fused, at)[..d], row_of(&d_both, at));
            let to = &mut flat_mut(&mut d_queries)[query * 2 * d..][..2 * d];
            to.iter_mut().zip(products.iter().zip(e)).for_each(|(to, (d, e))| *to += d * e);
            add_scaled(1.0, &layers[..d], &mut to[d..]);
            let to = &mut flat_mut(&mut d_items)[at * 2 * d..][..2 * d];
            to.iter_mut().zip(products.iter().zip(q)).for_each(|(to, (d, q))| *to += d * q);
            add_scaled(1.0, &layers[d..], &mut to[d..]);
        }
        (d_queries, d_items)
    }
}

impl PairNet for Fusion {
    fn scores(&self, weights: &[f32], pairs: Pairs<'_>) -> Vec<f32> {
        flat(&self.forward(weights, pairs).0).to_vec()
    }

    fn learn(
        &self,
        weights: &[f32],
        pairs: Pairs<'_>,
        slope: &mut dyn FnMut(usize, f32) -> f32,
        gradients: &mut [f32],
    ) -> (Array2<f32>, Array2<f32>) {
        let (scores, trace) = self.forward(weights, pairs);
        let slopes = flat(&scores).iter().enumerate().map(|(at, &x)| slope(at, x)).collect();
        let d_scores = stacked(slopes, scores.nrows(), 1);
        self.backward(weights, pairs, &trace, &d_scores, gradients)
    }
}

/// A fitted network.
#[derive(Debug, Clone, PartialEq)]
pub struct NeuMf {
    config: NeuMfConfig,
    n_users: usize,
    net: Fusion,
    parameters: Parameters,
    /// Rows of items as history, items × 2d.
    history_rows: Array2<f32>,
    /// Rows of items as answers, their attributes included, items × 2d; 0 where nothing is known.
    item_rows: Array2<f32>,
}

impl NeuMf {
    fn is_known(&self, item: usize) -> bool {
        row_of(&self.item_rows, item).iter().any(|&value| value != 0.0)
    }

    /// The query of a tidy history, one row; nothing for one without a known item.
    fn query(&self, history: &[(u32, f32)]) -> Option<Array2<f32>> {
        let known: Vec<usize> =
            history.iter().map(|one| one.0 as usize).filter(|&item| self.is_known(item)).collect();
        let mut sum = vec![0.0; self.config.width()];
        for &item in &known {
            add_scaled(scale_of(known.len()), row_of(&self.history_rows, item), &mut sum);
        }
        (!known.is_empty()).then(|| stacked(sum, 1, self.config.width()))
    }

    /// Scores of some items for one query.
    fn scores_of(&self, query: &Array2<f32>, items: std::ops::Range<usize>) -> Vec<f32> {
        let width = self.config.width();
        let n = items.len();
        let rows = flat(&self.item_rows)[items.start * width..items.end * width].to_vec();
        let pairs =
            Pairs { queries: query, items: &stacked(rows, n, width), of_query: &vec![0; n] };
        self.net.scores(self.parameters.values(), pairs)
    }

    fn score_of(&self, history: &[(u32, f32)], item: usize) -> f32 {
        let query = self.query(history).filter(|_| self.is_known(item));
        query.and_then(|query| self.scores_of(&query, item..item + 1).pop()).unwrap_or(0.0)
    }
}

impl Recommender for NeuMf {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.item_rows.nrows()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        let Some(query) = self.query(&tidy_history(history, self.n_items())) else {
            return scores.fill(0.0);
        };
        for (block, scores) in scores.chunks_mut(ITEMS).enumerate() {
            let first = block * ITEMS;
            let found = self.scores_of(&query, first..first + scores.len());
            for (at, (score, found)) in scores.iter_mut().zip(found).enumerate() {
                *score = if self.is_known(first + at) { found } else { 0.0 };
            }
        }
    }

    /// By the cosine of their rows as answers.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        let item = item as usize;
        if item >= self.n_items() {
            return Vec::new();
        }
        let row = |item: usize| row_of(&self.item_rows, item);
        let length = |item: usize| dot(row(item), row(item)).sqrt();
        let of_item = length(item);
        let mut best = TopK::new(n);
        for other in (0..self.n_items()).filter(|&other| other != item) {
            let lengths = of_item * length(other);
            if lengths > 0.0 {
                let score = dot(row(item), row(other)) / lengths;
                best.push(Scored { item: other as u32, score });
            }
        }
        best.into_sorted()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let item = item as usize;
        let is_inside = item < self.n_items();
        let score_of = |history: &[(u32, f32)]| {
            if is_inside { self.score_of(history, item) } else { 0.0 }
        };
        by_leaving_out(history, self.n_items(), &score_of)
    }
}

impl Fitted for NeuMf {
    type Config = NeuMfConfig;
    const NAME: &'static str = "NeuMf";

    fn fit_watched(
        config: &NeuMfConfig,
        train: &TrainSet,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check()?;
        check_weights(Self::NAME, train.matrix())?;
        let stream = Stream::new(config.seed);
        let (met, kept_back) = split(train.matrix(), config.kept_back, stream.fork(5));
        let (n_items, width) = (met.n_cols(), config.width());
        let attributes = train.attributes();
        let n_attributes = attributes.map_or(0, |all| all.names.len());
        let mut parameters = Parameters::new(stream.fork(3));
        let net = Fusion::new(&mut parameters, config.factors, config.hidden);
        let mut start = Parameters::new(stream.fork(4));
        let normal = Start::Normal(0.1);
        let slot = start.add(String::new(), 2 * n_items + n_attributes, width, normal);
        let mut rows = slot.of(start.values()).to_owned();
        let mut fit = PairFit {
            name: Self::NAME,
            plan: PairPlan {
                negatives: config.negatives,
                batch_size: config.batch_size,
                epochs: config.epochs,
                learning_rate: config.learning_rate,
                seed: config.seed,
            },
            net,
            weights: parameters.values_mut(),
            rows: &mut rows,
            train: &met,
            kept_back: &kept_back,
            attributes,
        };
        fit.run(watch)?;
        let all: Vec<u32> = (0..n_items as u32).collect();
        let mut item_rows = item_inputs(&rows, n_items, attributes, &all);
        for (item, is_known) in known(&met, attributes).into_iter().enumerate() {
            if !is_known {
                item_rows.row_mut(item).fill(0.0);
            }
        }
        let history_rows = stacked(flat(&rows)[..n_items * width].to_vec(), n_items, width);
        let (config, n_users) = (config.clone(), train.n_users());
        Ok(Self { config, n_users, net, parameters, history_rows, item_rows })
    }

    fn config(&self) -> &NeuMfConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn seed(&self) -> Option<u64> {
        Some(self.config.seed)
    }

    fn to_tensors(&self) -> TensorsOut {
        let shape = vec![self.n_items(), self.config.width()];
        let out = TensorsOut::default()
            .with_u64("n_users", &[self.n_users as u64])
            .with_f32("history_rows", shape.clone(), flat(&self.history_rows))
            .with_f32("item_rows", shape, flat(&self.item_rows));
        self.parameters.write(out)
    }

    fn from_tensors(config: NeuMfConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        let (rows, cols, history_rows) = tensors.f32_table("history_rows")?;
        let (n_items, width, item_rows) = tensors.f32_table("item_rows")?;
        if (rows, cols) != (n_items, width) || width != config.width() {
            return Err("the arrays of the items do not fit one another".to_owned());
        }
        let mut parameters = Parameters::new(Stream::new(config.seed).fork(3));
        let net = Fusion::new(&mut parameters, config.factors, config.hidden);
        parameters.read(tensors)?;
        let history_rows = stacked(history_rows, rows, cols);
        let item_rows = stacked(item_rows, rows, cols);
        Ok(Self { config, n_users, net, parameters, history_rows, item_rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::check::{assert_gradients, drawn};

    #[test]
    fn the_way_back_is_that_of_finite_differences() {
        let mut all = Parameters::new(Stream::new(6));
        let net = Fusion::new(&mut all, 3, 4);
        let of_query = [0, 0, 1, 1, 1];
        // Two queries, then five items.
        let part = |x: &Array2<f32>, from: usize, to: usize| {
            stacked(flat(x)[from * 6..to * 6].to_vec(), to - from, 6)
        };
        assert_gradients(
            all.values(),
            &drawn(7, 6, 5),
            &|weights, x| {
                let (queries, items) = (&part(x, 0, 2), &part(x, 2, 7));
                net.forward(weights, Pairs { queries, items, of_query: &of_query }).0
            },
            &|weights, x, dy, gradients| {
                let (queries, items) = (&part(x, 0, 2), &part(x, 2, 7));
                let pairs = Pairs { queries, items, of_query: &of_query };
                let mut slope = |at: usize, _: f32| dy[[at, 0]];
                let (mut d, of_items) = net.learn(weights, pairs, &mut slope, gradients);
                d.append(ndarray::Axis(0), of_items.view()).unwrap();
                d
            },
        );
    }
}
