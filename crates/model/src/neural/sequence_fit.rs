//! Training of next-item networks by mini-batches.
//!
//! Every history is cut from its end into sequences of at most `length + 1` items; after each item
//! but the last the next one is to be found. A batch is dealt to [`SHARDS`] shards of like length,
//! which run side by side; their gradients are added in the order of the shards, so that the same
//! seed gives the same weights at any number of threads. The rate of Adam rises over the first
//! twentieth of the steps and falls to 0 along a cosine.
//!
//! Memory: the network's per shard, and three numbers per weight and item row.

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::ModelError;
use crate::fitted::{FitStep, check_config};
use crate::neural::adam::{Adam, Step};
use crate::neural::arrays::{add_scaled, flat, flat_mut, gather, stacked};
use crate::neural::encoder::{Encoder, Pass};
use crate::neural::next_item::{self, Loss};
use crate::neural::row_gradients::RowGradients;
use crate::seed::Stream;

/// Parts of a batch that may run side by side.
const SHARDS: usize = 8;
/// Share of the steps over which the rate rises.
const WARM_UP: f32 = 0.05;

/// How a network is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    pub(crate) length: usize,
    pub(crate) epochs: usize,
    pub(crate) batch_size: usize,
    pub(crate) learning_rate: f32,
    /// Items sampled per batch; all of them where there is no number.
    pub(crate) negatives: Option<usize>,
    pub(crate) seed: u64,
}

/// A network in training.
pub(crate) struct SequenceFit<'a, E> {
    pub(crate) name: &'static str,
    pub(crate) plan: Plan,
    pub(crate) encoder: &'a E,
    /// The network's weights.
    pub(crate) weights: &'a mut [f32],
    /// Items × width.
    pub(crate) items: &'a mut Array2<f32>,
    /// The items met in training, ascending: samples are drawn from them.
    pub(crate) known: &'a [u32],
}

/// What a shard of a batch gave.
struct ShardGradients {
    weights: Vec<f32>,
    /// Rows of items and their gradients.
    rows: Vec<u32>,
    of_rows: Array2<f32>,
    loss: Loss,
}

impl<E: Encoder> SequenceFit<'_, E> {
    /// Trains on histories of known items.
    ///
    /// # Errors
    /// When the loss is no number any more.
    pub(crate) fn run(
        &mut self,
        histories: &[Vec<u32>],
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<(), ModelError> {
        let mut sequences = cut(histories, self.plan.length);
        if sequences.is_empty() {
            return Ok(());
        }
        let stream = Stream::new(self.plan.seed);
        let mut of_weights = Adam::new(self.weights.len());
        let mut of_items = Adam::new(self.items.len());
        let mut gradients = RowGradients::new(self.items);
        let batches = sequences.len().div_ceil(self.plan.batch_size);
        let steps = batches * self.plan.epochs;
        for epoch in 0..self.plan.epochs {
            stream.fork(1).fork(epoch as u64).shuffle(&mut sequences);
            let (mut loss, mut targets) = (0.0, 0);
            for (at, batch) in sequences.chunks(self.plan.batch_size).enumerate() {
                let number = epoch * batches + at + 1;
                let noise = stream.fork(2).fork(number as u64);
                let step = Step { number, rate: self.plan.rate(number, steps) };
                let n: usize = batch.iter().map(|one| one.len() - 1).sum();
                loss += self.step(
                    batch,
                    n,
                    noise,
                    (&mut of_weights, &mut of_items),
                    step,
                    &mut gradients,
                );
                targets += n;
            }
            let loss = loss / targets as f64;
            if !loss.is_finite() {
                return Err(ModelError::Diverged { model: self.name });
            }
            let (done, total) = (epoch + 1, self.plan.epochs);
            watch(FitStep { done, total, loss: Some(loss), accuracy: None });
        }
        Ok(())
    }

    /// One step of the optimiser; the sum of the losses.
    fn step(
        &mut self,
        batch: &[&[u32]],
        n_targets: usize,
        noise: Stream,
        (of_weights, of_items): (&mut Adam, &mut Adam),
        step: Step,
        gradients: &mut RowGradients,
    ) -> f64 {
        let sample = self.plan.negatives.map(|n| self.sample(n, noise.fork(0)));
        let sampled = sample.as_ref().map(|sample| gather(self.items, sample));
        let scale = 1.0 / n_targets as f32;
        let shards: Vec<ShardGradients> = deal(batch)
            .par_iter()
            .enumerate()
            .map(|(at, shard)| {
                let sample = sample.as_deref().zip(sampled.as_ref());
                self.shard(shard, sample, scale, noise.fork(at as u64 + 1))
            })
            .collect();
        let mut sum = vec![0.0; self.weights.len()];
        shards.iter().for_each(|shard| add_scaled(1.0, &shard.weights, &mut sum));
        of_weights.step(step, 0, self.weights, &sum);
        for shard in &shards {
            gradients.add(&shard.rows, &shard.of_rows);
            if let Some(sample) = &sample {
                gradients.add(sample, &shard.loss.d_candidates);
            }
        }
        if sample.is_none() {
            gradients.add_tables(shards.iter().map(|shard| &shard.loss.d_candidates).collect());
        }
        gradients.apply(self.items, of_items, step);
        shards.iter().map(|shard| shard.loss.total).sum()
    }

    fn sample(&self, n: usize, stream: Stream) -> Vec<u32> {
        (0..n).map(|at| self.known[stream.below(at as u64, self.known.len())]).collect()
    }

    /// The gradients of some sequences.
    fn shard(
        &self,
        sequences: &[&[u32]],
        sample: Option<(&[u32], &Array2<f32>)>,
        scale: f32,
        noise: Stream,
    ) -> ShardGradients {
        let lengths: Vec<usize> = sequences.iter().map(|one| one.len() - 1).collect();
        let inputs = sequences.iter().flat_map(|one| &one[..one.len() - 1]).copied();
        let mut rows: Vec<u32> = inputs.collect();
        let targets: Vec<u32> = sequences.iter().flat_map(|one| &one[1..]).copied().collect();
        let pass = Pass { lengths: &lengths, noise: Some(noise) };
        let (queries, trace) = self.encoder.forward(self.weights, gather(self.items, &rows), pass);
        let mut loss = match sample {
            Some(sample) => next_item::over_sample(&queries, sample, (&targets, self.items), scale),
            None => next_item::over_all(&queries, self.items, &targets, scale),
        };
        let mut weights = vec![0.0; self.weights.len()];
        let d_queries = std::mem::take(&mut loss.d_queries);
        let mut of_rows =
            self.encoder.backward(self.weights, &trace, pass, d_queries, &mut weights);
        if sample.is_some() {
            let mut of_targets = queries;
            let width = of_targets.ncols();
            let each = flat_mut(&mut of_targets).chunks_exact_mut(width).zip(&loss.pulls);
            each.for_each(|(row, pull)| row.iter_mut().for_each(|value| *value *= pull));
            let mut all = flat(&of_rows).to_vec();
            all.extend_from_slice(flat(&of_targets));
            rows.extend_from_slice(&targets);
            of_rows = stacked(all, rows.len(), width);
        }
        ShardGradients { weights, rows, of_rows, loss }
    }
}

impl Plan {
    /// Refuses values out of range.
    ///
    /// # Errors
    /// When a value is out of range.
    pub(crate) fn check(&self, name: &'static str, dropout: f32) -> Result<(), ModelError> {
        let length_is_ok = (1..=2048).contains(&self.length);
        check_config(length_is_ok, name, "length", self.length, "between 1 and 2048")?;
        let dropout_is_ok = (0.0..1.0).contains(&dropout);
        check_config(dropout_is_ok, name, "dropout", dropout, "0 or more and below 1")?;
        let rate_is_ok = self.learning_rate.is_finite() && self.learning_rate > 0.0;
        check_config(rate_is_ok, name, "learning_rate", self.learning_rate, "above 0")?;
        let at_least_1 = [("batch_size", self.batch_size), ("epochs", self.epochs)]
            .map(|(field, value)| check_config(value >= 1, name, field, value, "1 or more"));
        at_least_1.into_iter().collect::<Result<(), _>>()?;
        let negatives = self.negatives.unwrap_or(1);
        check_config(negatives >= 1, name, "negatives", negatives, "1 or more, or null for all")
    }

    /// The rate of a step, counted from 1.
    fn rate(&self, number: usize, steps: usize) -> f32 {
        let warm = (WARM_UP * steps as f32).max(1.0);
        let at = number as f32;
        let falling = ((at - warm) / (steps as f32 - warm).max(1.0)).clamp(0.0, 1.0);
        let cosine = 0.5 * (1.0 + (std::f32::consts::PI * falling).cos());
        self.learning_rate * (at / warm).min(1.0) * cosine
    }
}

/// Histories cut from their end into sequences of at most `length` steps to learn from.
fn cut(histories: &[Vec<u32>], length: usize) -> Vec<&[u32]> {
    let mut sequences = Vec::new();
    for history in histories {
        let mut end = history.len();
        while end >= 2 {
            let start = end.saturating_sub(length + 1);
            sequences.push(&history[start..end]);
            end = start + 1;
        }
    }
    sequences
}

/// Deals a batch to shards so that each has about as many steps, the longest first.
fn deal<'a>(batch: &[&'a [u32]]) -> Vec<Vec<&'a [u32]>> {
    let mut by_length = batch.to_vec();
    by_length.sort_by_key(|one| std::cmp::Reverse(one.len()));
    let mut shards = vec![(0, Vec::new()); SHARDS];
    for one in by_length {
        if let Some(least) = shards.iter_mut().min_by_key(|(steps, _)| *steps) {
            least.0 += one.len();
            least.1.push(one);
        }
    }
    shards.into_iter().map(|(_, shard)| shard).filter(|shard| !shard.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_are_cut_so_that_each_item_is_a_target_once() {
        let histories = vec![vec![1], vec![], (0..8).collect(), vec![5, 6]];
        let found = cut(&histories, 3);
        let expected: Vec<&[u32]> = vec![&[4, 5, 6, 7], &[1, 2, 3, 4], &[0, 1], &[5, 6]];
        assert_eq!(found, expected);
    }

    #[test]
    fn shards_are_of_like_length_and_hold_the_batch() {
        let all: Vec<u32> = (0..40).collect();
        let batch: Vec<&[u32]> = (2..30).map(|n| &all[..n]).collect();
        let shards = deal(&batch);
        let steps = |shard: &Vec<&[u32]>| shard.iter().map(|one| one.len()).sum::<usize>();
        let each: Vec<usize> = shards.iter().map(steps).collect();
        assert_eq!(each.iter().sum::<usize>(), (2..30).sum::<usize>());
        assert!(each.iter().max().unwrap() - each.iter().min().unwrap() < 30, "{each:?}");
        assert_eq!(shards.len(), SHARDS);
    }

    #[test]
    fn the_rate_rises_and_falls() {
        let plan = Plan {
            length: 1,
            epochs: 1,
            batch_size: 1,
            learning_rate: 0.5,
            negatives: None,
            seed: 1,
        };
        assert_eq!(plan.rate(100, 2_000), 0.5);
        assert!(plan.rate(1, 2_000) < 0.01 && plan.rate(1_999, 2_000) < 0.01);
        assert!((plan.rate(1_050, 2_000) - 0.25).abs() < 0.01);
        assert!(plan.rate(1, 1).is_finite());
    }
}
