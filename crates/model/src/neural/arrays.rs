//! Small helpers over two-dimensional arrays: flat access, products that add, exponentials.
//!
//! All loops run in an order fixed by the shapes, so that results are equal bit for bit at any
//! number of threads.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use pulp::Arch;

/// The numbers of an array that nothing has transposed or sliced, row after row.
#[expect(clippy::expect_used, reason = "arrays are made by this crate and kept row after row")]
pub(crate) fn flat(array: &Array2<f32>) -> &[f32] {
    array.as_slice().expect("an owned array is kept row after row")
}

/// As [`flat`], to be changed.
#[expect(clippy::expect_used, reason = "arrays are made by this crate and kept row after row")]
pub(crate) fn flat_mut(array: &mut Array2<f32>) -> &mut [f32] {
    array.as_slice_mut().expect("an owned array is kept row after row")
}

/// A row of such an array.
pub(crate) fn row_of(array: &Array2<f32>, row: usize) -> &[f32] {
    &flat(array)[row * array.ncols()..][..array.ncols()]
}

/// `out += factor · a b`.
pub(crate) fn add_product(
    factor: f32,
    a: &ArrayView2<'_, f32>,
    b: &ArrayView2<'_, f32>,
    out: &mut ArrayViewMut2<'_, f32>,
) {
    general_mat_mul(factor, a, b, 1.0, out);
}

/// `Σ a_i b_i`.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut sums = [0.0_f32; 16];
            let (a, a_rest) = a.as_chunks::<16>();
            let (b, b_rest) = b.as_chunks::<16>();
            for (a, b) in a.iter().zip(b) {
                for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
                    *sum = a.mul_add(*b, *sum);
                }
            }
            let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
            sums.iter().sum::<f32>() + rest
        },
    )
}

/// `y += factor · x`.
pub(crate) fn add_scaled(factor: f32, x: &[f32], y: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                *y = factor.mul_add(*x, *y);
            }
        },
    );
}

/// Replaces numbers by their softmax, `exp(x_i) / Σ_j exp(x_j)`, and returns `ln Σ_j exp(x_j)`.
pub(crate) fn softmax(values: &mut [f32]) -> f32 {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let mut tops = [f32::NEG_INFINITY; 16];
            let (chunks, rest) = values.as_chunks::<16>();
            for chunk in chunks {
                for (top, &value) in tops.iter_mut().zip(chunk) {
                    *top = if value > *top { value } else { *top };
                }
            }
            let top = tops.iter().chain(rest).fold(f32::NEG_INFINITY, |top, &v| top.max(v));
            let mut sums = [0.0_f32; 16];
            let (chunks, rest) = values.as_chunks_mut::<16>();
            for chunk in chunks {
                for (sum, value) in sums.iter_mut().zip(chunk) {
                    *value = exp(*value - top);
                    *sum += *value;
                }
            }
            let mut sum = sums.iter().sum::<f32>();
            for value in rest {
                *value = exp(*value - top);
                sum += *value;
            }
            let scale = 1.0 / sum;
            values.iter_mut().for_each(|value| *value *= scale);
            top + sum.ln()
        },
    )
}

/// `exp(x)` for `x` of 0 or below, within 2e-7 of the value, in steps that vectorise: `x` is split
/// into `n ln 2 + r` with `|r| ≤ ln 2 / 2`, `exp(r)` is its Taylor polynomial of degree 6, and
/// `2ⁿ` is put into the exponent's bits. Below −87 the result is 0.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding 1.5 · 2²³ leaves the nearest whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = if x > -87.0 { x } else { -88.0 };
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = n.mul_add(-0.693_359_375, x);
    let r = n.mul_add(2.121_944_4e-4, r);
    let p = r.mul_add(1.0 / 720.0, 1.0 / 120.0);
    let p = r.mul_add(p, 1.0 / 24.0);
    let p = r.mul_add(p, 1.0 / 6.0);
    let p = r.mul_add(p, 0.5);
    let p = r.mul_add(p, 1.0);
    let p = r.mul_add(p, 1.0);
    let two_to_n = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if x > -87.0 { p * two_to_n } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponentials_are_those_of_the_standard_library() {
        for step in 0..20_000 {
            let x = -step as f32 * 0.004_3;
            let (found, expected) = (exp(x), x.exp());
            let error = (found - expected).abs();
            assert!(error <= 3e-7 * expected, "{x}: {found}, expected {expected}");
        }
        assert_eq!([exp(-90.0), exp(f32::NEG_INFINITY), exp(0.0)], [0.0, 0.0, 1.0]);
    }

    #[test]
    fn softmax_sums_to_1_and_keeps_the_logarithm() {
        for n in [1, 3, 16, 37] {
            let values: Vec<f32> = (0..n).map(|at| (at * 7 % 5) as f32 * 1.5 - 2.0).collect();
            let mut found = values.clone();
            let log_sum = softmax(&mut found);
            let sum: f64 = values.iter().map(|&v| f64::from(v).exp()).sum();
            assert!((f64::from(log_sum) - sum.ln()).abs() < 1e-6);
            for (found, value) in found.iter().zip(values) {
                assert!((f64::from(*found) - f64::from(value).exp() / sum).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn dots_and_sums_are_those_of_plain_loops() {
        for n in [0, 5, 16, 33] {
            let a: Vec<f32> = (0..n).map(|at| at as f32 * 0.5 - 3.0).collect();
            let b: Vec<f32> = (0..n).map(|at| 2.0 - at as f32 * 0.25).collect();
            let plain: f32 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            assert!((dot(&a, &b) - plain).abs() < 1e-3);
            let mut sum = b.clone();
            add_scaled(2.0, &a, &mut sum);
            let doubled: Vec<f32> = a.iter().zip(&b).map(|(a, b)| 2.0 * a + b).collect();
            assert_eq!(sum, doubled);
        }
    }
}
