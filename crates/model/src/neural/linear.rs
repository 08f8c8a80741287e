//! A linear layer: `y = x Wᵀ + b`.
//!
//! `x`, rows × inputs; `W`, outputs × inputs; `b`, outputs. Backward: `∂W = ∂yᵀ x`, `∂b = Σ ∂y`,
//! `∂x = ∂y W`. Time `O(rows · inputs · outputs)` each way. The start is that of PyTorch's
//! `Linear`: evenly between `±1/√inputs`.

use ndarray::{Array2, ArrayView2};

use crate::neural::arrays::{add_product, add_scaled, flat};
use crate::neural::parameters::{Parameters, Slot, Start};

/// The weights of a linear layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Linear {
    weight: Slot,
    bias: Slot,
}

impl Linear {
    /// A layer whose tables are `{name}weight` and `{name}bias`.
    pub(crate) fn new(all: &mut Parameters, name: &str, inputs: usize, outputs: usize) -> Self {
        let bound = 1.0 / (inputs.max(1) as f32).sqrt();
        let names = [format!("{name}weight"), format!("{name}bias")];
        Self::named(all, names, (inputs, outputs), bound)
    }

    /// A layer whose tables have these names and start evenly between plus and minus `bound`.
    pub(crate) fn named(
        all: &mut Parameters,
        [weight, bias]: [String; 2],
        (inputs, outputs): (usize, usize),
        bound: f32,
    ) -> Self {
        Self {
            weight: all.add(weight, outputs, inputs, Start::Uniform(bound)),
            bias: all.add(bias, 1, outputs, Start::Uniform(bound)),
        }
    }

    /// `y`, rows × outputs.
    pub(crate) fn forward(&self, weights: &[f32], x: ArrayView2<'_, f32>) -> Array2<f32> {
        let bias = self.bias.of(weights);
        let mut y = Array2::zeros((x.nrows(), self.weight.rows()));
        y.rows_mut().into_iter().for_each(|mut row| row.assign(&bias.row(0)));
        add_product(1.0, &x, &self.weight.of(weights).t(), &mut y.view_mut());
        y
    }

    /// `∂x`, rows × inputs; the gradients of the weights are added to `gradients`.
    pub(crate) fn backward(
        &self,
        weights: &[f32],
        x: ArrayView2<'_, f32>,
        dy: &Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32> {
        add_product(1.0, &dy.t(), &x, &mut self.weight.of_mut(gradients));
        let bias = self.bias.flat_mut(gradients);
        flat(dy).chunks_exact(bias.len().max(1)).for_each(|row| add_scaled(1.0, row, bias));
        dy.dot(&self.weight.of(weights))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::neural::check::{assert_gradients, drawn};
    use crate::seed::Stream;

    #[test]
    fn the_way_back_is_that_of_finite_differences() {
        let mut all = Parameters::new(Stream::new(2));
        let linear = Linear::new(&mut all, "", 3, 5);
        assert_gradients(
            all.values(),
            &drawn(4, 3, 1),
            &|weights, x| linear.forward(weights, x.view()),
            &|weights, x, dy, gradients| linear.backward(weights, x.view(), &dy, gradients),
        );
    }
}
