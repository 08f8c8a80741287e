//! Two towers: one network turns what a person met into a vector, another turns an item and its
//! attributes into one, and their product is the score.
//!
//! `score(H, i) = u(H) · v_i`; training is described in `pair_fit.rs`. The items' vectors are kept
//! after training, so a list costs one pass of the people's tower and `O(items · d)`. Items with
//! attributes that nobody has met are scored by these. Symbols: `H`, the items of a history; `u`,
//! `v`, d numbers. Time of a list `O(items · d)`, memory the same. An explanation leaves each item
//! of the history out in turn, so its parts are estimates.
//!
//! Source: P. Covington, J. Adams and E. Sargin, "Deep neural networks for YouTube
//! recommendations", RecSys 2016, section 3 (histories averaged into a query, retrieval by the
//! nearest vectors); the loss over drawn items from X. He et al., "Neural collaborative filtering",
//! WWW 2017, section 3.1.
//! DIFFERENCE: a history is summed over the root of its length, and weights are not looked at.

use feature::Csr;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::dense::{Factors, times_vector};
use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::neural::arrays::{add_scaled, flat, row_of, stacked};
use crate::neural::mlp::Mlp;
use crate::neural::pair_fit::{PairFit, PairPlan, Towers, item_inputs, scale_of};
use crate::neural::parameters::{Parameters, Start};
use crate::recommender::{Explanation, Recommender, by_leaving_out, tidy_history};
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// How two towers are built and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TwoTowerConfig {
    /// Numbers per item and person `d`, 1 to 1024.
    pub factors: usize,
    /// Numbers in the hidden layer of each tower, 1 to 4096.
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

impl Default for TwoTowerConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            hidden: 128,
            negatives: 4,
            batch_size: 1024,
            learning_rate: 0.003,
            epochs: 8,
            kept_back: 0.0,
            seed: 1,
        }
    }
}

impl TwoTowerConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = TwoTower::NAME;
        let factors_are_ok = (1..=1024).contains(&self.factors);
        check_config(factors_are_ok, name, "factors", self.factors, "between 1 and 1024")?;
        let hidden_is_ok = (1..=4096).contains(&self.hidden);
        check_config(hidden_is_ok, name, "hidden", self.hidden, "between 1 and 4096")?;
        check_config(self.negatives >= 1, name, "negatives", self.negatives, "1 or more")?;
        check_config(self.batch_size >= 1, name, "batch_size", self.batch_size, "1 or more")?;
        let rate_is_ok = self.learning_rate.is_finite() && self.learning_rate > 0.0;
        check_config(rate_is_ok, name, "learning_rate", self.learning_rate, "above 0")?;
        check_config(self.epochs >= 1, name, "epochs", self.epochs, "1 or more")?;
        let share_is_ok = (0.0..1.0).contains(&self.kept_back);
        check_config(share_is_ok, name, "kept_back", self.kept_back, "0 or more and below 1")
    }

    fn towers(&self, all: &mut Parameters) -> Towers {
        let sizes = [self.factors, self.hidden, self.factors];
        Towers {
            of_people: Mlp::new(all, "people", sizes),
            of_items: Mlp::new(all, "items", sizes),
        }
    }
}

/// Fitted towers.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoTower {
    config: TwoTowerConfig,
    n_users: usize,
    towers: Towers,
    parameters: Parameters,
    /// Rows of items as history, items × d.
    history_rows: Array2<f32>,
    /// Vectors of items, items × d; 0 for those nothing is known of.
    vectors: Factors,
}

impl TwoTower {
    /// The vector of a tidy history; nothing for one without a known item.
    fn query(&self, history: &[(u32, f32)]) -> Option<Vec<f32>> {
        let is_known = |item: u32| self.vectors.row(item as usize).iter().any(|&v| v != 0.0);
        let known: Vec<u32> =
            history.iter().map(|one| one.0).filter(|&item| is_known(item)).collect();
        if known.is_empty() {
            return None;
        }
        let mut sum = vec![0.0; self.config.factors];
        for &item in &known {
            add_scaled(scale_of(known.len()), row_of(&self.history_rows, item as usize), &mut sum);
        }
        let x = stacked(sum, 1, self.config.factors);
        let (query, _) = self.towers.of_people.forward(self.parameters.values(), &x);
        Some(flat(&query).to_vec())
    }

    fn score_of(&self, history: &[(u32, f32)], item: u32) -> f32 {
        let score = |query: Vec<f32>| {
            let products = query.iter().zip(self.vectors.row(item as usize)).map(|(u, v)| u * v);
            products.sum()
        };
        self.query(history).map_or(0.0, score)
    }
}

impl Recommender for TwoTower {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.vectors.n_rows()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        match self.query(&tidy_history(history, self.n_items())) {
            Some(query) => {
                let mut padded = vec![0.0; self.vectors.stride()];
                padded[..query.len()].copy_from_slice(&query);
                times_vector(&self.vectors, &padded, scores);
            }
            None => scores.fill(0.0),
        }
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        if item as usize >= self.n_items() {
            return Vec::new();
        }
        let length = |row: &[f32]| row.iter().map(|v| v * v).sum::<f32>().sqrt();
        let of_item = self.vectors.row(item as usize);
        let mut best = TopK::new(n);
        for other in (0..self.n_items()).filter(|&other| other != item as usize) {
            let row = self.vectors.row(other);
            let product: f32 = of_item.iter().zip(row).map(|(a, b)| a * b).sum();
            let lengths = length(of_item) * length(row);
            if lengths > 0.0 {
                best.push(Scored { item: other as u32, score: product / lengths });
            }
        }
        best.into_sorted()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let is_inside = (item as usize) < self.n_items();
        let score_of = |history: &[(u32, f32)]| {
            if is_inside { self.score_of(history, item) } else { 0.0 }
        };
        by_leaving_out(history, self.n_items(), &score_of)
    }
}

impl Fitted for TwoTower {
    type Config = TwoTowerConfig;
    const NAME: &'static str = "TwoTower";

    fn fit_watched(
        config: &TwoTowerConfig,
        train: &TrainSet,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check()?;
        check_weights(Self::NAME, train.matrix())?;
        let stream = Stream::new(config.seed);
        let (met, kept_back) = split(train.matrix(), config.kept_back, stream.fork(5));
        let n_items = met.n_cols();
        let attributes = train.attributes();
        let n_attributes = attributes.map_or(0, |all| all.names.len());
        let mut parameters = Parameters::new(stream.fork(3));
        let towers = config.towers(&mut parameters);
        let width = config.factors;
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
            net: towers,
            weights: parameters.values_mut(),
            rows: &mut rows,
            train: &met,
            kept_back: &kept_back,
            attributes,
        };
        fit.run(watch)?;
        let all: Vec<u32> = (0..n_items as u32).collect();
        let inputs = item_inputs(&rows, n_items, attributes, &all);
        let (vectors, _) = towers.of_items.forward(parameters.values(), &inputs);
        let is_known = known(&met, attributes);
        let mut table = Factors::zeros(n_items, width);
        for item in (0..n_items).filter(|&item| is_known[item]) {
            table.row_mut(item).copy_from_slice(row_of(&vectors, item));
        }
        let history_rows = stacked(flat(&rows)[..n_items * width].to_vec(), n_items, width);
        let (config, n_users) = (config.clone(), train.n_users());
        Ok(Self { config, n_users, towers, parameters, history_rows, vectors: table })
    }

    fn config(&self) -> &TwoTowerConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn seed(&self) -> Option<u64> {
        Some(self.config.seed)
    }

    fn to_tensors(&self) -> TensorsOut {
        let shape = vec![self.n_items(), self.config.factors];
        let out = TensorsOut::default()
            .with_u64("n_users", &[self.n_users as u64])
            .with_f32("history_rows", shape.clone(), flat(&self.history_rows))
            .with_f32("vectors", shape, &self.vectors.to_unpadded());
        self.parameters.write(out)
    }

    fn from_tensors(config: TwoTowerConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        let (rows, cols, history_rows) = tensors.f32_table("history_rows")?;
        let (n_items, width, vectors) = tensors.f32_table("vectors")?;
        if (rows, cols) != (n_items, width) || width != config.factors {
            return Err("the arrays of the items do not fit one another".to_owned());
        }
        let mut parameters = Parameters::new(Stream::new(config.seed).fork(3));
        let towers = config.towers(&mut parameters);
        parameters.read(tensors)?;
        let history_rows = stacked(history_rows, rows, cols);
        let vectors = Factors::from_unpadded(n_items, width, &vectors);
        Ok(Self { config, n_users, towers, parameters, history_rows, vectors })
    }
}

/// Items that a person with another item met; where there are any, also those with attributes.
pub(super) fn known(met: &Csr, attributes: Option<&feature::ItemAttributes>) -> Vec<bool> {
    let mut is_known = vec![false; met.n_cols()];
    let rows = (0..met.n_rows()).map(|person| met.row(person).0).filter(|items| items.len() > 1);
    rows.flatten().for_each(|&item| is_known[item as usize] = true);
    if let Some(all) = attributes.filter(|_| is_known.contains(&true)) {
        let has_any =
            |item: usize| item < all.weights.n_rows() && !all.weights.row(item).0.is_empty();
        (0..met.n_cols()).filter(|&item| has_any(item)).for_each(|item| is_known[item] = true);
    }
    is_known
}

/// Pairs to learn from, and a share of them kept back.
pub(super) fn split(matrix: &Csr, share: f32, stream: Stream) -> (Csr, Csr) {
    let mut at = 0;
    let mut parts = [Vec::new(), Vec::new()];
    for person in 0..matrix.n_rows() {
        for (item, weight) in matrix.history(person) {
            if weight > 0.0 {
                let is_kept = stream.unit(at) < share;
                parts[usize::from(is_kept)].push((person as u32, item, 1.0));
            }
            at += 1;
        }
    }
    let of = |part: &[(u32, u32, f32)]| {
        Csr::from_triplets(matrix.n_rows(), matrix.n_cols(), part)
            .unwrap_or_else(|_| Csr::empty(matrix.n_rows(), matrix.n_cols()))
    };
    (of(&parts[0]), of(&parts[1]))
}
