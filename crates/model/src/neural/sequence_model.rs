//! A recommender that reads a history in order and scores every item as the next.
//!
//! `score(j) = h · E_j` with the encoder's query `h` after the last item and the items' rows `E`
//! (items × width), which also are the encoder's input. An explanation leaves each item of the
//! history out in turn, so its parts are estimates and the rest is what they do not cover.
//! Time to score: the encoder's on one history plus `O(items · width)`.

use std::fmt::Debug;

use ndarray::Array2;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_weights};
use crate::neural::arrays::{dot, flat, gather, row_of};
use crate::neural::encoder::{Encoder, Pass};
use crate::neural::parameters::{Parameters, Start};
use crate::neural::sequence_fit::{Plan, SequenceFit};
use crate::recommender::{Explanation, Recommender, sorted_contributions};
use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// Deviation of the items' rows at the start: small, so that what few items are met with soon
/// outweighs it.
const START: f32 = 0.02;

/// Settings of a next-item network: which encoder, how wide, how trained.
pub trait SequenceConfig:
    Clone + Default + PartialEq + Serialize + DeserializeOwned + Debug + Send + Sync
{
    /// The network.
    type Encoder: Encoder + Clone + PartialEq + Debug;

    /// The model's name in manifests.
    const NAME: &'static str;

    /// Refuses values out of range.
    ///
    /// # Errors
    /// When a value is out of range.
    fn check(&self) -> Result<(), ModelError>;

    /// Numbers per item.
    fn width(&self) -> usize;

    /// How it is trained.
    fn plan(&self) -> Plan;

    /// The network, its tables added to those given.
    fn encoder(&self, all: &mut Parameters) -> Self::Encoder;
}

/// A fitted next-item network.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceModel<C: SequenceConfig> {
    config: C,
    n_users: usize,
    encoder: C::Encoder,
    parameters: Parameters,
    items: Array2<f32>,
    /// Whether training met the item.
    is_known: Vec<bool>,
}

impl<C: SequenceConfig> SequenceModel<C> {
    fn start(config: &C, n_users: usize, n_items: usize) -> Self {
        let stream = Stream::new(config.plan().seed);
        let mut parameters = Parameters::new(stream.fork(3));
        let encoder = config.encoder(&mut parameters);
        let width = config.width();
        let mut rows = Parameters::new(stream.fork(4));
        let slot = rows.add(String::new(), n_items, width, Start::Normal(START));
        let items = slot.of(rows.values()).to_owned();
        let config = config.clone();
        Self { config, n_users, encoder, parameters, items, is_known: vec![false; n_items] }
    }

    /// The items of a history that can be used, the last ones, oldest first.
    fn usable(&self, history: &[(u32, f32)]) -> Vec<u32> {
        let is_usable = |&&(item, weight): &&(u32, f32)| {
            self.is_known.get(item as usize).is_some_and(|known| *known)
                && weight.is_finite()
                && weight > 0.0
        };
        let all: Vec<u32> = history.iter().filter(is_usable).map(|&(item, _)| item).collect();
        all[all.len().saturating_sub(self.config.plan().length)..].to_vec()
    }

    /// The query after each of some histories, none of them empty.
    fn queries(&self, histories: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let lengths: Vec<usize> = histories.iter().map(Vec::len).collect();
        let x = gather(&self.items, &histories.concat());
        let pass = Pass { lengths: &lengths, noise: None };
        let (queries, _) = self.encoder.forward(self.parameters.values(), x, pass);
        let last = |(first, length): (usize, usize)| row_of(&queries, first + length - 1).to_vec();
        pass.offsets().map(last).collect()
    }

    fn score_of(&self, query: &[f32], item: usize) -> f32 {
        if self.is_known[item] { dot(query, row_of(&self.items, item)) } else { 0.0 }
    }
}

impl<C: SequenceConfig> Recommender for SequenceModel<C> {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn n_items(&self) -> usize {
        self.items.nrows()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        let usable = self.usable(history);
        if usable.is_empty() {
            return;
        }
        for query in self.queries(&[usable]) {
            let each = scores.iter_mut().enumerate();
            each.for_each(|(item, score)| *score = self.score_of(&query, item));
        }
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        let item = item as usize;
        if !self.is_known.get(item).is_some_and(|known| *known) {
            return Vec::new();
        }
        let length = |row: usize| dot(row_of(&self.items, row), row_of(&self.items, row)).sqrt();
        let of_item = length(item);
        let mut best = TopK::new(n);
        for other in (0..self.n_items()).filter(|&other| other != item && self.is_known[other]) {
            let product = self.score_of(row_of(&self.items, item), other);
            let score = product / (of_item * length(other)).max(f32::MIN_POSITIVE);
            best.push(Scored { item: other as u32, score });
        }
        best.into_sorted()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let none = || history.iter().map(|&(item, _)| (item, 0.0)).collect();
        let usable = self.usable(history);
        if usable.is_empty() || item as usize >= self.n_items() {
            let contributions = sorted_contributions(none());
            return Explanation { contributions, is_estimate: true, ..Explanation::nothing() };
        }
        let score = |query: &[f32]| self.score_of(query, item as usize);
        let without = |at: usize| {
            let mut rest = history.to_vec();
            rest.remove(at);
            self.usable(&rest)
        };
        let shortened: Vec<Vec<u32>> = (0..history.len()).map(without).collect();
        // All are run at once; one that is empty scores nothing.
        let mut runs: Vec<Vec<u32>> = shortened.iter().filter(|s| !s.is_empty()).cloned().collect();
        runs.push(usable);
        let mut scores: Vec<f32> = self.queries(&runs).iter().map(|query| score(query)).collect();
        let score = scores.pop().unwrap_or(0.0);
        let mut scores = scores.into_iter();
        let of_each = |(&(item, _), rest): (&(u32, f32), &Vec<u32>)| {
            let left = if rest.is_empty() { 0.0 } else { scores.next().unwrap_or(0.0) };
            (item, score - left)
        };
        let contributions: Vec<(u32, f32)> = history.iter().zip(&shortened).map(of_each).collect();
        let covered: f32 = contributions.iter().map(|(_, added)| added).sum();
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: score - covered, is_estimate: true }
    }
}

impl<C: SequenceConfig> Fitted for SequenceModel<C> {
    type Config = C;
    const NAME: &'static str = C::NAME;

    fn fit_watched(
        config: &C,
        train: &TrainSet,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check()?;
        check_weights(C::NAME, train.matrix())?;
        let mut model = Self::start(config, train.n_users(), train.n_items());
        let histories = histories(train);
        // Without two items in a row nothing can be learnt, and so nothing is known.
        for &item in histories.iter().filter(|one| one.len() > 1).flatten() {
            model.is_known[item as usize] = true;
        }
        let known: Vec<u32> =
            (0..).zip(&model.is_known).filter(|one| *one.1).map(|one| one.0).collect();
        let mut fit = SequenceFit {
            name: C::NAME,
            plan: config.plan(),
            encoder: &model.encoder,
            weights: model.parameters.values_mut(),
            items: &mut model.items,
            known: &known,
        };
        fit.run(&histories, watch)?;
        Ok(model)
    }

    fn config(&self) -> &C {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn seed(&self) -> Option<u64> {
        Some(self.config.plan().seed)
    }

    fn to_tensors(&self) -> TensorsOut {
        let known: Vec<u32> = self.is_known.iter().map(|&known| u32::from(known)).collect();
        let shape = vec![self.items.nrows(), self.items.ncols()];
        let out = TensorsOut::default()
            .with_u64("n_users", &[self.n_users as u64])
            .with_u32("is_known", &known)
            .with_f32("items.weight", shape, flat(&self.items));
        self.parameters.write(out)
    }

    fn from_tensors(config: C, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        let is_known: Vec<bool> = tensors.u32("is_known")?.iter().map(|&one| one != 0).collect();
        let (rows, cols, values) = tensors.f32_table("items.weight")?;
        if cols != config.width() || rows != is_known.len() {
            return Err(format!("array items.weight is {rows} × {cols}, which does not fit"));
        }
        let items = Array2::from_shape_vec((rows, cols), values).map_err(|e| e.to_string())?;
        let mut model = Self::start(&config, n_users, 0);
        model.parameters.read(tensors)?;
        Ok(Self { items, is_known, ..model })
    }
}

/// Every user's items in order, those with weight.
fn histories(train: &TrainSet) -> Vec<Vec<u32>> {
    let of_user = |user: usize| {
        let history = train.history(user);
        history.iter().filter(|step| step.1 > 0.0).map(|step| step.0).collect()
    };
    (0..train.n_users()).map(of_user).collect()
}
