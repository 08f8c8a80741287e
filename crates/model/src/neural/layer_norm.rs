//! Layer normalisation: `y = g (x − m) / √(v + ε) + b` per row, with the row's mean `m` and
//! variance `v`, `ε` = 1e-5.
//!
//! Backward, with `x̂ = (x − m)/√(v + ε)`, `d = ∂y g`: `∂x = (d − mean(d) − x̂ mean(d x̂))/√(v +
//! ε)`.
//!
//! Symbols: `x`, `y`, rows × width; `g`, `b`, width numbers each, gain and shift. Time and memory
//! `O(rows · width)`.
//! Source: J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization",
//! arXiv 1607.06450, 2016, section 3.

use ndarray::Array2;

use crate::neural::arrays::{flat, flat_mut};
use crate::neural::parameters::{Parameters, Slot, Start};

const EPSILON: f32 = 1e-5;

/// The weights of a normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LayerNorm {
    gain: Slot,
    shift: Slot,
    width: usize,
}

/// What the way back needs.
#[derive(Debug)]
pub(crate) struct Normed {
    x_hat: Array2<f32>,
    inverse_deviations: Vec<f32>,
}

impl LayerNorm {
    /// A layer whose tables are `{name}weight` and `{name}bias`.
    pub(crate) fn new(all: &mut Parameters, name: &str, width: usize) -> Self {
        Self {
            gain: all.add(format!("{name}weight"), 1, width, Start::Constant(1.0)),
            shift: all.add(format!("{name}bias"), 1, width, Start::Constant(0.0)),
            width,
        }
    }

    /// `y`, rows × width, and what [`Self::backward`] needs.
    pub(crate) fn forward(&self, weights: &[f32], x: &Array2<f32>) -> (Array2<f32>, Normed) {
        let (gain, shift) = (self.gain.flat(weights), self.shift.flat(weights));
        let mut x_hat = x.clone();
        let mut y = Array2::zeros(x.raw_dim());
        let mut inverse_deviations = Vec::with_capacity(x.nrows());
        let rows = flat_mut(&mut x_hat).chunks_exact_mut(self.width);
        for (x_hat, y) in rows.zip(flat_mut(&mut y).chunks_exact_mut(self.width)) {
            let mean = sum(x_hat) / self.width as f32;
            x_hat.iter_mut().for_each(|x| *x -= mean);
            let variance = sum_of_products(x_hat, x_hat) / self.width as f32;
            let inverse = 1.0 / (variance + EPSILON).sqrt();
            x_hat.iter_mut().for_each(|x| *x *= inverse);
            for ((y, x), (gain, shift)) in y.iter_mut().zip(x_hat).zip(gain.iter().zip(shift)) {
                *y = *x * gain + shift;
            }
            inverse_deviations.push(inverse);
        }
        (y, Normed { x_hat, inverse_deviations })
    }

    /// `∂x`, rows × width; the gradients of the weights are added to `gradients`.
    pub(crate) fn backward(
        &self,
        weights: &[f32],
        normed: &Normed,
        mut dy: Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32> {
        let gain = self.gain.flat(weights);
        let rows = flat(&normed.x_hat).chunks_exact(self.width);
        let dy_rows = flat_mut(&mut dy).chunks_exact_mut(self.width);
        for ((dy, x_hat), inverse) in dy_rows.zip(rows).zip(&normed.inverse_deviations) {
            let of_gain = self.gain.flat_mut(gradients);
            for ((sum, dy), x) in of_gain.iter_mut().zip(&*dy).zip(x_hat) {
                *sum += dy * x;
            }
            let of_shift = self.shift.flat_mut(gradients);
            of_shift.iter_mut().zip(&*dy).for_each(|(sum, dy)| *sum += dy);
            dy.iter_mut().zip(gain).for_each(|(dy, gain)| *dy *= gain);
            let mean = sum(dy) / self.width as f32;
            let along = sum_of_products(dy, x_hat) / self.width as f32;
            for (dy, x) in dy.iter_mut().zip(x_hat) {
                *dy = inverse * (*dy - mean - x * along);
            }
        }
        dy
    }
}

/// Sums in eight lanes, which vectorises and rounds less than one running sum.
fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<8>();
    let mut lanes = [0.0_f32; 8];
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().chain(rest).sum()
}

fn sum_of_products(a: &[f32], b: &[f32]) -> f32 {
    crate::neural::arrays::dot(a, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::check::{assert_gradients, drawn};
    use crate::seed::Stream;

    #[test]
    fn the_way_back_is_that_of_finite_differences() {
        let mut all = Parameters::new(Stream::new(2));
        let norm = LayerNorm::new(&mut all, "", 9);
        let (y, _) = norm.forward(all.values(), &drawn(4, 9, 1));
        for row in y.rows() {
            assert!(row.sum().abs() < 1e-4 && (row.dot(&row) / 9.0 - 1.0).abs() < 1e-3);
        }
        assert_gradients(
            all.values(),
            &drawn(4, 9, 1),
            &|weights, x| norm.forward(weights, x).0,
            &|weights, x, dy, gradients| {
                let (_, normed) = norm.forward(weights, x);
                norm.backward(weights, &normed, dy, gradients)
            },
        );
    }
}
