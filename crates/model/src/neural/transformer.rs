//! Transformer blocks over sequences of items, the encoder of SASRec.
//!
//! `x₀ = dropout(√d · e + p)` with the items' rows `e` and a row `p` per place counted from the
//! end of the longest sequence; each block adds `dropout(attention(norm(x)))` and then
//! `dropout(W₂ dropout(relu(W₁ norm(x))))`; a last normalisation follows.
//!
//! Symbols: `x`, steps × d; `e`, `p`, d numbers each; `W₁`, (expansion · d) × d, `W₂` the other
//! way. Time `O(steps · d² · blocks + Σ length² · d · blocks)`, memory `O((steps · d + Σ length² ·
//! heads) · blocks)`.
//!
//! Source: W.-C. Kang and J. McAuley, "Self-attentive sequential recommendation", ICDM 2018,
//! section III.
//! DIFFERENCE: normalisation stands before each layer and its result is not added, as in PyTorch's
//! `TransformerEncoderLayer` with `norm_first`, whose weights fit these.

use ndarray::{Array2, s};

use crate::neural::arrays::flat_mut;
use crate::neural::attention::{Attended, Attention};
use crate::neural::encoder::{Encoder, Pass};
use crate::neural::layer_norm::{LayerNorm, Normed};
use crate::neural::linear::Linear;
use crate::neural::parameters::{Parameters, Slot, Start};

/// The name of the noise on the way in; blocks have their number.
const DROP_INPUT: u64 = 1 << 32;

/// The shape of the network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    pub(crate) width: usize,
    pub(crate) blocks: usize,
    pub(crate) heads: usize,
    /// Width inside the second half of a block, in widths.
    pub(crate) expansion: usize,
    /// Longest sequence.
    pub(crate) length: usize,
    pub(crate) dropout: f32,
}

/// Where the weights of the network lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Transformer {
    shape: Shape,
    places: Slot,
    blocks: Vec<Block>,
    last: LayerNorm,
}

#[derive(Debug, Clone, PartialEq)]
struct Block {
    attention: Attention,
    norms: [LayerNorm; 2],
    inner: Linear,
    outer: Linear,
    dropout: f32,
}

/// What the way back needs.
#[derive(Debug)]
pub struct Trace {
    blocks: Vec<BlockTrace>,
    last: Normed,
}

#[derive(Debug)]
struct BlockTrace {
    normed: [(Array2<f32>, Normed); 2],
    attended: Attended,
    /// `dropout(relu(W₁ norm(x)))`.
    hidden: Array2<f32>,
}

impl Transformer {
    /// The network, its tables added to `all`.
    pub(crate) fn new(all: &mut Parameters, shape: Shape) -> Self {
        let width = shape.width;
        let places =
            all.add("positions.weight".to_owned(), shape.length, width, Start::Normal(0.02));
        let block = |at: usize| {
            let name = format!("layers.{at}.");
            let heads = shape.heads;
            let inside = shape.expansion * width;
            Block {
                attention: Attention::new(
                    all,
                    &format!("{name}self_attn."),
                    width,
                    heads,
                    shape.dropout,
                ),
                norms: ["norm1.", "norm2."]
                    .map(|norm| LayerNorm::new(all, &format!("{name}{norm}"), width)),
                inner: Linear::new(all, &format!("{name}linear1."), width, inside),
                outer: Linear::new(all, &format!("{name}linear2."), inside, width),
                dropout: shape.dropout,
            }
        };
        let blocks = (0..shape.blocks).map(block).collect();
        Self { shape, places, blocks, last: LayerNorm::new(all, "norm.", width) }
    }
}

impl Encoder for Transformer {
    type Trace = Trace;

    fn forward(&self, weights: &[f32], mut x: Array2<f32>, pass: Pass<'_>) -> (Array2<f32>, Trace) {
        let places = self.places.of(weights);
        x *= (self.shape.width as f32).sqrt();
        for (start, length) in pass.offsets() {
            let mut rows = x.slice_mut(s![start..start + length, ..]);
            rows += &places.slice(s![self.shape.length - length.., ..]);
        }
        pass.drop(self.shape.dropout, DROP_INPUT, &mut x);
        let mut blocks = Vec::with_capacity(self.blocks.len());
        for (at, block) in self.blocks.iter().enumerate() {
            blocks.push(block.forward(weights, &mut x, pass.fork(at as u64)));
        }
        let (y, last) = self.last.forward(weights, &x);
        (y, Trace { blocks, last })
    }

    fn backward(
        &self,
        weights: &[f32],
        trace: &Trace,
        pass: Pass<'_>,
        dy: Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32> {
        let mut dx = self.last.backward(weights, &trace.last, dy, gradients);
        for (at, block) in self.blocks.iter().enumerate().rev() {
            block.backward(weights, &trace.blocks[at], pass.fork(at as u64), &mut dx, gradients);
        }
        pass.drop(self.shape.dropout, DROP_INPUT, &mut dx);
        let mut places = self.places.of_mut(gradients);
        for (start, length) in pass.offsets() {
            let mut rows = places.slice_mut(s![self.shape.length - length.., ..]);
            rows += &dx.slice(s![start..start + length, ..]);
        }
        dx *= (self.shape.width as f32).sqrt();
        dx
    }
}

impl Block {
    fn forward(&self, weights: &[f32], x: &mut Array2<f32>, pass: Pass<'_>) -> BlockTrace {
        let first = self.norms[0].forward(weights, x);
        let (mut y, attended) = self.attention.forward(weights, first.0.view(), pass.fork(0));
        pass.drop(self.dropout, 1, &mut y);
        *x += &y;
        let second = self.norms[1].forward(weights, x);
        let mut hidden = self.inner.forward(weights, second.0.view());
        flat_mut(&mut hidden).iter_mut().for_each(|value| *value = value.max(0.0));
        pass.drop(self.dropout, 2, &mut hidden);
        let mut y = self.outer.forward(weights, hidden.view());
        pass.drop(self.dropout, 3, &mut y);
        *x += &y;
        BlockTrace { normed: [first, second], attended, hidden }
    }

    /// Turns the gradient of the block's result into that of its input.
    fn backward(
        &self,
        weights: &[f32],
        trace: &BlockTrace,
        pass: Pass<'_>,
        dx: &mut Array2<f32>,
        gradients: &mut [f32],
    ) {
        let dropped = |name: u64, values: &Array2<f32>| {
            let mut values = values.clone();
            pass.drop(self.dropout, name, &mut values);
            values
        };
        let [(first, first_normed), (second, second_normed)] = &trace.normed;
        let dy = dropped(3, dx);
        let mut hidden = self.outer.backward(weights, trace.hidden.view(), &dy, gradients);
        pass.drop(self.dropout, 2, &mut hidden);
        hidden.zip_mut_with(&trace.hidden, |d, &kept| *d = if kept > 0.0 { *d } else { 0.0 });
        let dy = self.inner.backward(weights, second.view(), &hidden, gradients);
        *dx += &self.norms[1].backward(weights, second_normed, dy, gradients);
        let dy = dropped(1, dx);
        let (view, attended) = (first.view(), &trace.attended);
        let dy = self.attention.backward(weights, view, attended, pass.fork(0), &dy, gradients);
        *dx += &self.norms[0].backward(weights, first_normed, dy, gradients);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::check::assert_encoder;
    use crate::seed::Stream;

    #[test]
    fn the_way_back_is_that_of_finite_differences() {
        let mut all = Parameters::new(Stream::new(5));
        let shape = Shape { width: 4, blocks: 2, heads: 2, expansion: 2, length: 5, dropout: 0.25 };
        let transformer = Transformer::new(&mut all, shape);
        assert_encoder(&transformer, &all, 4);
    }
}
