//! What turns the items of a sequence into a query for the next one, step by step.

use ndarray::Array2;

use crate::neural::arrays::flat_mut;
use crate::neural::dropout::dropout;
use crate::seed::Stream;

/// Sequences that stand one below the other without padding, and the noise of training.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    /// Steps of each sequence.
    pub(crate) lengths: &'a [usize],
    /// What dropout draws from; nothing is dropped without it.
    pub(crate) noise: Option<Stream>,
}

impl Pass<'_> {
    /// The first step and the length of each sequence.
    pub(crate) fn offsets(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.lengths.iter().scan(0, |next, &length| {
            *next += length;
            Some((*next - length, length))
        })
    }

    /// The same sequences with noise of its own.
    pub(crate) fn fork(self, name: u64) -> Self {
        Self { noise: self.noise.map(|noise| noise.fork(name)), ..self }
    }

    /// Drops numbers; the same name drops the same ones again on the way back.
    pub(crate) fn drop(&self, rate: f32, name: u64, values: &mut Array2<f32>) {
        dropout(rate, self.noise.map(|noise| noise.fork(name)), flat_mut(values));
    }
}

/// A network over sequences: after each step it gives the vector whose product with an item's row
/// is the score of that item as the next. A step sees itself and earlier steps of its own sequence
/// only.
pub trait Encoder: Send + Sync {
    /// What the way back needs.
    type Trace: Send;

    /// `x`, steps × width, the items' rows, to queries of the same shape.
    fn forward(
        &self,
        weights: &[f32],
        x: Array2<f32>,
        pass: Pass<'_>,
    ) -> (Array2<f32>, Self::Trace);

    /// The gradient of `x` for that of the queries; the gradients of the weights are added to
    /// `gradients`. The pass is that of the way forward.
    fn backward(
        &self,
        weights: &[f32],
        trace: &Self::Trace,
        pass: Pass<'_>,
        dy: Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32>;
}
