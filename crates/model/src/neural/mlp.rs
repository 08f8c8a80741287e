//! Two linear layers with a rectifier between: `y = W₂ relu(W₁ x + b₁) + b₂`.
//!
//! Time `O(rows · hidden · (inputs + outputs))` each way.

use ndarray::Array2;

use crate::neural::linear::Linear;
use crate::neural::parameters::Parameters;

/// Where the weights lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mlp {
    first: Linear,
    second: Linear,
}

impl Mlp {
    /// Layers of `inputs`, `hidden` and `outputs` numbers, with their tables under `name`.
    pub(crate) fn new(
        all: &mut Parameters,
        name: &str,
        [inputs, hidden, outputs]: [usize; 3],
    ) -> Self {
        Self {
            first: Linear::new(all, &format!("{name}.0."), inputs, hidden),
            second: Linear::new(all, &format!("{name}.2."), hidden, outputs),
        }
    }

    /// `y`, rows × outputs, and the hidden rows that [`Self::backward`] needs.
    pub(crate) fn forward(&self, weights: &[f32], x: &Array2<f32>) -> (Array2<f32>, Array2<f32>) {
        let mut hidden = self.first.forward(weights, x.view());
        hidden.mapv_inplace(|value| value.max(0.0));
        (self.second.forward(weights, hidden.view()), hidden)
    }

    /// `∂x`, rows × inputs; the gradients of the weights are added to `gradients`.
    pub(crate) fn backward(
        &self,
        weights: &[f32],
        x: &Array2<f32>,
        hidden: &Array2<f32>,
        dy: &Array2<f32>,
        gradients: &mut [f32],
    ) -> Array2<f32> {
        let mut d_hidden = self.second.backward(weights, hidden.view(), dy, gradients);
        d_hidden.zip_mut_with(hidden, |d, &value| *d = if value > 0.0 { *d } else { 0.0 });
        self.first.backward(weights, x.view(), &d_hidden, gradients)
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
        let mlp = Mlp::new(&mut all, "tower", [3, 6, 2]);
        assert_gradients(
            all.values(),
            &drawn(4, 3, 1),
            &|weights, x| mlp.forward(weights, x).0,
            &|weights, x, dy, gradients| {
                let (_, hidden) = mlp.forward(weights, x);
                mlp.backward(weights, x, &hidden, &dy, gradients)
            },
        );
    }
}
