//! Gradients compared with finite differences: what every layer's way back is tested by.

use ndarray::Array2;

use crate::neural::arrays::flat;
use crate::neural::encoder::{Encoder, Pass};
use crate::neural::parameters::Parameters;
use crate::seed::Stream;

/// The result for weights and an input.
type Forward<'a> = &'a dyn Fn(&[f32], &Array2<f32>) -> Array2<f32>;
/// The gradient of the input for weights, the input and the gradient of the result; the weights' is
/// added to the last.
type Backward<'a> = &'a dyn Fn(&[f32], &Array2<f32>, Array2<f32>, &mut [f32]) -> Array2<f32>;

/// Numbers between −1 and 1.
pub(crate) fn drawn(rows: usize, cols: usize, seed: u64) -> Array2<f32> {
    let stream = Stream::new(seed);
    Array2::from_shape_fn((rows, cols), |(row, col)| {
        2.0 * stream.unit((row * cols + col) as u64) - 1.0
    })
}

/// Checks the gradient of `Σ y ⊙ c` for a fixed `c` with respect to every number of the weights and
/// of the input: moving a number by a little changes the sum by the gradient times that little.
pub(crate) fn assert_gradients(
    weights: &[f32],
    x: &Array2<f32>,
    forward: Forward<'_>,
    backward: Backward<'_>,
) {
    const LITTLE: f32 = 5e-3;
    let y = forward(weights, x);
    let c = drawn(y.nrows(), y.ncols(), 99);
    let sum = |weights: &[f32], x: &Array2<f32>| -> f64 {
        let y = forward(weights, x);
        flat(&y).iter().zip(flat(&c)).map(|(y, c)| f64::from(*y) * f64::from(*c)).sum()
    };
    let mut gradients = vec![0.0; weights.len()];
    let dx = backward(weights, x, c.clone(), &mut gradients);
    let assert_like = |found: f32, up: f64, down: f64, what: String| {
        let expected = (up - down) / f64::from(2.0 * LITTLE);
        let error = (f64::from(found) - expected).abs();
        assert!(error < 2e-2 * expected.abs().max(0.5), "{what}: {found}, expected {expected}");
    };
    for at in 0..weights.len() {
        let moved = |by: f32| {
            let mut weights = weights.to_vec();
            weights[at] += by;
            sum(&weights, x)
        };
        assert_like(gradients[at], moved(LITTLE), moved(-LITTLE), format!("weight {at}"));
    }
    for row in 0..x.nrows() {
        for col in 0..x.ncols() {
            let moved = |by: f32| {
                let mut x = x.clone();
                x[[row, col]] += by;
                sum(weights, &x)
            };
            let found = dx[[row, col]];
            assert_like(found, moved(LITTLE), moved(-LITTLE), format!("input {row}, {col}"));
        }
    }
}

/// The same for a network over sequences, with and without noise; and no step sees a later one.
pub(crate) fn assert_encoder<E: Encoder>(encoder: &E, all: &Parameters, width: usize) {
    let lengths = [3, 1, 4];
    let x = drawn(8, width, 7);
    for noise in [None, Some(Stream::new(3))] {
        let pass = Pass { lengths: &lengths, noise };
        let forward =
            |weights: &[f32], x: &Array2<f32>| encoder.forward(weights, x.clone(), pass).0;
        let backward = |weights: &[f32], x: &Array2<f32>, dy, gradients: &mut [f32]| {
            let (_, trace) = encoder.forward(weights, x.clone(), pass);
            encoder.backward(weights, &trace, pass, dy, gradients)
        };
        assert_gradients(all.values(), &x, &forward, &backward);
    }
    let pass = Pass { lengths: &lengths, noise: None };
    let (y, _) = encoder.forward(all.values(), x.clone(), pass);
    let mut later = x;
    later.row_mut(2).fill(9.0);
    later.row_mut(7).fill(-9.0);
    let (again, _) = encoder.forward(all.values(), later, pass);
    for row in 0..8 {
        let is_same = y.row(row) == again.row(row);
        assert_eq!(is_same, row != 2 && row != 7, "row {row}");
    }
}
