//! Adam, with a moving average of the gradients and of their squares per weight.
//!
//! `m = β₁ m' + (1 − β₁) g`, `v = β₂ v' + (1 − β₂) g²`,
//! `w = w' − η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)`.
//!
//! Symbols: `w`, weights; `g`, their gradients; `m`, `v`, the averages; a dash, the value before;
//! `t`, the step from 1; `η`, the rate; `β₁` = 0.9, `β₂` = 0.98, `ε` = 1e-8. Time
//! `O(weights changed)`, memory two numbers per weight.
//!
//! Source: D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015,
//! algorithm 1.
//! DIFFERENCE: rows of a table that a step does not touch keep their averages as they are, so that
//! a step over a large catalogue costs what its batch costs.

use pulp::{Arch, Simd, WithSimd};

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.98;
const EPSILON: f32 = 1e-8;

/// The averages of a list of weights.
#[derive(Debug, Clone)]
pub(crate) struct Adam {
    means: Vec<f32>,
    squares: Vec<f32>,
}

/// One step of the optimiser: its number from 1 and its rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) number: usize,
    pub(crate) rate: f32,
}

impl Adam {
    /// Averages for so many weights.
    pub(crate) fn new(n: usize) -> Self {
        Self { means: vec![0.0; n], squares: vec![0.0; n] }
    }

    /// Moves the weights from `first` on against their gradients.
    pub(crate) fn step(&mut self, step: Step, first: usize, weights: &mut [f32], g: &[f32]) {
        let number = i32::try_from(step.number).unwrap_or(i32::MAX);
        let rate = step.rate / (1.0 - BETA_1.powi(number));
        let unbias = 1.0 / (1.0 - BETA_2.powi(number));
        let means = &mut self.means[first..][..g.len()];
        let squares = &mut self.squares[first..][..g.len()];
        Arch::new().dispatch(Move { rate, unbias, means, squares, weights, g });
    }
}

struct Move<'a> {
    rate: f32,
    unbias: f32,
    means: &'a mut [f32],
    squares: &'a mut [f32],
    weights: &'a mut [f32],
    g: &'a [f32],
}

impl WithSimd for Move<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let averages = self.means.iter_mut().zip(self.squares);
        for ((weight, g), (mean, square)) in self.weights.iter_mut().zip(self.g).zip(averages) {
            *mean = BETA_1 * *mean + (1.0 - BETA_1) * g;
            *square = BETA_2 * *square + (1.0 - BETA_2) * g * g;
            *weight -= self.rate * *mean / ((*square * self.unbias).sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_steps_are_those_of_the_equations() {
        let (mut weights, mut adam) = (vec![1.0_f32, -1.0], Adam::new(3));
        let (mut w, mut m, mut v) = (1.0_f64, 0.0_f64, 0.0_f64);
        for (number, g) in [0.5_f32, -0.25, 2.0].into_iter().enumerate() {
            let step = Step { number: number + 1, rate: 0.1 };
            adam.step(step, 1, &mut weights, &[g, 0.0]);
            let g = f64::from(g);
            m = 0.9 * m + 0.1 * g;
            v = 0.98 * v + 0.02 * g * g;
            let t = number as i32 + 1;
            w -= 0.1 * (m / (1.0 - 0.9_f64.powi(t))) / ((v / (1.0 - 0.98_f64.powi(t))).sqrt());
        }
        assert!((f64::from(weights[0]) - w).abs() < 1e-5, "{weights:?}, expected {w}");
        assert_eq!(weights[1], -1.0);
    }
}
