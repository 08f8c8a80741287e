//! Causal self-attention with several heads, over sequences of different length.
//!
//! Per head with queries `Q`, keys `K` and values `V` (steps × `d/heads`), each a linear function
//! of the input: `A = softmax(Q Kᵀ / √(d/heads))` over this and earlier steps, `y = W_o [A V]`.
//! Backward: `∂V = Aᵀ ∂O`, `∂S = A ⊙ (∂O Vᵀ − rowsum(∂O Vᵀ ⊙ A))`, `∂Q = ∂S K / √(d/heads)`, `∂K =
//! ∂Sᵀ Q / √(d/heads)`.
//!
//! Symbols: `d`, the width; `W_o`, d × d; `O = A V`; sequences stand one below the other without
//! padding. Time `O(steps · d² + Σ length² · d)`,
//! memory `O(steps · d + Σ length² · heads)`.
//! Source: A. Vaswani et al., "Attention is all you need", NIPS 2017, section 3.2. The layout of
//! the weights is that of PyTorch's `MultiheadAttention`.

use ndarray::{Array2, ArrayView2, s};

use crate::neural::arrays::{add_product, dot, flat, flat_mut, softmax};
use crate::neural::encoder::Pass;
use crate::neural::linear::Linear;
use crate::neural::parameters::Parameters;

/// The weights of an attention layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Attention {
    inward: Linear,
    outward: Linear,
    heads: usize,
    width: usize,
    dropout: f32,
}

/// What the way back needs.
#[derive(Debug)]
pub(crate) struct Attended {
    /// Queries, keys and values side by side, steps × 3 d.
    projected: Array2<f32>,
    /// `A` per sequence and head, before dropout.
    shares: Vec<Array2<f32>>,
    /// `A V` of all heads side by side, steps × d.
    mixed: Array2<f32>,
}

impl Attention {
    /// A layer of `width` numbers in `heads` heads, with its tables under `name`.
    pub(crate) fn new(
        all: &mut Parameters,
        name: &str,
        width: usize,
        heads: usize,
        dropout: f32,
    ) -> Self {
        Self {
            inward: Linear::new(all, &format!("{name}in_proj_"), width, 3 * width),
            outward: Linear::new(all, &format!("{name}out_proj."), width, width),
            heads,
            width,
            dropout,
        }
    }

    /// `y`, steps × width, of the sequences of a pass.
    pub(crate) fn forward(
        &self,
        weights: &[f32],
        x: ArrayView2<'_, f32>,
        pass: Pass<'_>,
    ) -> (Array2<f32>, Attended) {
        let projected = self.inward.forward(weights, x);
        let mut mixed = Array2::zeros((x.nrows(), self.width));
        let mut shares = Vec::with_capacity(pass.lengths.len() * self.heads);
        for part in self.parts(pass) {
            let [queries, keys, values] = self.of_part(&projected, &part);
            let mut share = Array2::zeros((part.length, part.length));
            add_product(self.scale(), &queries, &keys.t(), &mut share.view_mut());
            let rows = flat_mut(&mut share).chunks_exact_mut(part.length);
            for (step, row) in rows.enumerate() {
                let (past, future) = row.split_at_mut(step + 1);
                softmax(past);
                future.fill(0.0);
            }
            let mut dropped = share.clone();
            pass.drop(self.dropout, shares.len() as u64, &mut dropped);
            let mut out = mixed.slice_mut(s![part.rows(), part.cols(0)]);
            add_product(1.0, &dropped.view(), &values, &mut out);
            shares.push(share);
        }
        let y = self.outward.forward(weights, mixed.view());
        (y, Attended { projected, shares, mixed })
    }

    /// `∂x`, steps × width; the gradients of the weights are added to `gradients`.
    pub(crate) fn backward(
        &self,
        weights: &[f32],
        x: ArrayView2<'_, f32>,
        attended: &Attended,
        pass: Pass<'_>,
        dy: &Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32> {
        let d_mixed = self.outward.backward(weights, attended.mixed.view(), dy, gradients);
        let mut d_projected = Array2::zeros(attended.projected.raw_dim());
        for (at, part) in self.parts(pass).into_iter().enumerate() {
            let share = &attended.shares[at];
            let [queries, keys, values] = self.of_part(&attended.projected, &part);
            let d_out = d_mixed.slice(s![part.rows(), part.cols(0)]);
            let mut dropped = share.clone();
            pass.drop(self.dropout, at as u64, &mut dropped);
            let mut slot = d_projected.slice_mut(s![part.rows(), part.cols(2 * self.width)]);
            add_product(1.0, &dropped.t(), &d_out, &mut slot);
            let mut d_share = d_out.dot(&values.t());
            pass.drop(self.dropout, at as u64, &mut d_share);
            let rows = flat_mut(&mut d_share).chunks_exact_mut(part.length);
            for (d_row, row) in rows.zip(flat(share).chunks_exact(part.length)) {
                let along = dot(d_row, row);
                d_row.iter_mut().zip(row).for_each(|(d, share)| *d = share * (*d - along));
            }
            let mut slot = d_projected.slice_mut(s![part.rows(), part.cols(0)]);
            add_product(self.scale(), &d_share.view(), &keys, &mut slot);
            let mut slot = d_projected.slice_mut(s![part.rows(), part.cols(self.width)]);
            add_product(self.scale(), &d_share.t(), &queries, &mut slot);
        }
        self.inward.backward(weights, x, &d_projected, gradients)
    }

    fn scale(&self) -> f32 {
        1.0 / ((self.width / self.heads) as f32).sqrt()
    }

    /// Every head of every sequence, sequence after sequence.
    fn parts(&self, pass: Pass<'_>) -> Vec<Part> {
        let size = self.width / self.heads;
        let of_heads = |(start, length)| {
            (0..self.heads).map(move |head| Part { start, length, first: head * size, size })
        };
        pass.offsets().flat_map(of_heads).collect()
    }

    /// Queries, keys and values of a head of a sequence.
    fn of_part<'a>(&self, projected: &'a Array2<f32>, part: &Part) -> [ArrayView2<'a, f32>; 3] {
        [0, 1, 2].map(|third| projected.slice(s![part.rows(), part.cols(third * self.width)]))
    }
}

/// One head of one sequence.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: usize,
    length: usize,
    first: usize,
    size: usize,
}

impl Part {
    fn rows(&self) -> std::ops::Range<usize> {
        self.start..self.start + self.length
    }

    fn cols(&self, from: usize) -> std::ops::Range<usize> {
        from + self.first..from + self.first + self.size
    }
}
