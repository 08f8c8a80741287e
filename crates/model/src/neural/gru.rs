//! A gated recurrent unit over sequences of items, the encoder of GRU4Rec.
//!
//! `r = σ(W_r x + U_r h + b_r)`, `z = σ(W_z x + U_z h + b_z)`,
//! `n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n))`, `h' = (1 − z) ⊙ n + z ⊙ h`, from `h = 0` at each
//! sequence's start; `h'` is the query. Backward in time, with the gradient `∂h'`:
//! `∂n = ∂h' (1 − z)`, `∂z = ∂h' (h − n)`, and the gates' own slopes.
//!
//! Symbols: `x`, `h`, d numbers, item and state; `W`, `U`, d × d per gate; `b`, `c`, d each; `σ`,
//! the logistic function. All sequences take a step together, the longest first, so that each step
//! is one product. Time `O(steps · d²)`, memory `O(steps · d)`.
//! Source: K. Cho et al., "Learning phrase representations using RNN encoder-decoder for
//! statistical machine translation", EMNLP 2014, section 2.3. The gates' order and the two biases
//! are those of PyTorch's `GRU`, whose weights fit these.

use ndarray::{Array2, s};

use crate::neural::arrays::{flat_mut, row_of};
use crate::neural::encoder::{Encoder, Pass};
use crate::neural::linear::Linear;
use crate::neural::parameters::Parameters;

/// Where the weights lie.
#[derive(Debug, Clone, PartialEq)]
pub struct Gru {
    /// `W` of the three gates, then `U`.
    of_input: Linear,
    of_state: Linear,
    width: usize,
    dropout: f32,
}

/// What the way back needs.
#[derive(Debug)]
pub struct GruTrace {
    x: Array2<f32>,
    /// The state before each step, steps × d.
    before: Array2<f32>,
    /// `r`, `z`, `n` and `U_n h + c_n` of each step, steps × 4 d.
    gates: Array2<f32>,
}

impl Gru {
    /// The network, its tables added to `all`.
    pub(crate) fn new(all: &mut Parameters, width: usize, dropout: f32) -> Self {
        let bound = 1.0 / (width as f32).sqrt();
        let mut of = |part: &str| {
            let names = ["weight", "bias"].map(|kind| format!("gru.{kind}_{part}_l0"));
            Linear::named(all, names, (width, 3 * width), bound)
        };
        Self { of_input: of("ih"), of_state: of("hh"), width, dropout }
    }

    /// For each moment, the rows of the steps that sequences take then.
    fn moments(pass: Pass<'_>) -> Vec<Vec<usize>> {
        let mut by_length: Vec<(usize, usize)> = pass.offsets().collect();
        by_length.sort_by_key(|&(_, length)| std::cmp::Reverse(length));
        let longest = by_length.first().map_or(0, |&(_, length)| length);
        let at = |moment: usize| {
            let running = by_length.iter().take_while(|&&(_, length)| length > moment);
            running.map(|&(start, _)| start + moment).collect()
        };
        (0..longest).map(at).collect()
    }
}

impl Encoder for Gru {
    type Trace = GruTrace;

    fn forward(
        &self,
        weights: &[f32],
        mut x: Array2<f32>,
        pass: Pass<'_>,
    ) -> (Array2<f32>, GruTrace) {
        let d = self.width;
        pass.drop(self.dropout, 0, &mut x);
        let of_input = self.of_input.forward(weights, x.view());
        let mut y = Array2::zeros(x.raw_dim());
        let mut before = Array2::zeros(x.raw_dim());
        let mut gates = Array2::zeros((x.nrows(), 4 * d));
        let moments = Self::moments(pass);
        let mut state = Array2::zeros((moments.first().map_or(0, Vec::len), d));
        for rows in moments {
            let running = state.slice(s![..rows.len(), ..]);
            let of_state = self.of_state.forward(weights, running);
            for (at, &row) in rows.iter().enumerate() {
                let (input, own) = (row_of(&of_input, row), row_of(&of_state, at));
                let gates = &mut flat_mut(&mut gates)[row * 4 * d..][..4 * d];
                let state = &mut flat_mut(&mut state)[at * d..][..d];
                flat_mut(&mut before)[row * d..][..d].copy_from_slice(state);
                for (i, h) in state.iter_mut().enumerate() {
                    let r = sigmoid(input[i] + own[i]);
                    let z = sigmoid(input[d + i] + own[d + i]);
                    let n = (input[2 * d + i] + r * own[2 * d + i]).tanh();
                    *h = (1.0 - z) * n + z * *h;
                    (gates[i], gates[d + i], gates[2 * d + i]) = (r, z, n);
                    gates[3 * d + i] = own[2 * d + i];
                }
                flat_mut(&mut y)[row * d..][..d].copy_from_slice(state);
            }
        }
        pass.drop(self.dropout, 1, &mut y);
        (y, GruTrace { x, before, gates })
    }

    fn backward(
        &self,
        weights: &[f32],
        trace: &GruTrace,
        pass: Pass<'_>,
        mut dy: Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32> {
        let d = self.width;
        pass.drop(self.dropout, 1, &mut dy);
        let mut d_input = Array2::zeros((dy.nrows(), 3 * d));
        let moments = Self::moments(pass);
        // The gradient of each running sequence's state, from the moments after.
        let mut d_state = Array2::zeros((moments.first().map_or(0, Vec::len), d));
        for rows in moments.iter().rev() {
            let mut d_own = Array2::zeros((rows.len(), 3 * d));
            let mut before = Array2::zeros((rows.len(), d));
            for (at, &row) in rows.iter().enumerate() {
                let (gates, h) = (row_of(&trace.gates, row), row_of(&trace.before, row));
                flat_mut(&mut before)[at * d..][..d].copy_from_slice(h);
                let d_state = &mut flat_mut(&mut d_state)[at * d..][..d];
                let d_input = &mut flat_mut(&mut d_input)[row * 3 * d..][..3 * d];
                let d_own = &mut flat_mut(&mut d_own)[at * 3 * d..][..3 * d];
                for (i, d_h) in d_state.iter_mut().enumerate() {
                    let (r, z, n) = (gates[i], gates[d + i], gates[2 * d + i]);
                    let own = gates[3 * d + i];
                    let d_new = *d_h + row_of(&dy, row)[i];
                    let d_n = d_new * (1.0 - z) * (1.0 - n * n);
                    let d_r = d_n * own * r * (1.0 - r);
                    let d_z = d_new * (h[i] - n) * z * (1.0 - z);
                    (d_input[i], d_input[d + i], d_input[2 * d + i]) = (d_r, d_z, d_n);
                    (d_own[i], d_own[d + i], d_own[2 * d + i]) = (d_r, d_z, d_n * r);
                    *d_h = d_new * z;
                }
            }
            let through = self.of_state.backward(weights, before.view(), &d_own, gradients);
            let mut running = d_state.slice_mut(s![..rows.len(), ..]);
            running += &through;
        }
        let mut dx = self.of_input.backward(weights, trace.x.view(), &d_input, gradients);
        pass.drop(self.dropout, 0, &mut dx);
        dx
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::check::assert_encoder;
    use crate::seed::Stream;

    #[test]
    fn the_way_back_is_that_of_finite_differences() {
        let mut all = Parameters::new(Stream::new(5));
        let gru = Gru::new(&mut all, 3, 0.25);
        assert_encoder(&gru, &all, 3);
    }
}
