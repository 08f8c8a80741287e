//! Small helpers over two-dimensional arrays: flat access, products that add, exponentials.
//!
//! All loops run in an order fixed by the shapes, so that results are equal bit for bit at any
//! number of threads.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use pulp::{Arch, Simd, WithSimd};

/// The numbers of an array that nothing has transposed or sliced, row after row.
#[expect(
    clippy::expect_used,
    reason = "invariant: arrays are made by this crate and kept row after row"
)]
pub(crate) fn flat(array: &Array2<f32>) -> &[f32] {
    array.as_slice().expect("an owned array is kept row after row")
}

/// As [`flat`], to be changed.
#[expect(
    clippy::expect_used,
    reason = "invariant: arrays are made by this crate and kept row after row"
)]
pub(crate) fn flat_mut(array: &mut Array2<f32>) -> &mut [f32] {
    array.as_slice_mut().expect("an owned array is kept row after row")
}

/// A row of such an array.
pub(crate) fn row_of(array: &Array2<f32>, row: usize) -> &[f32] {
    &flat(array)[row * array.ncols()..][..array.ncols()]
}

/// Some rows of an array, one below the other.
pub(crate) fn gather(array: &Array2<f32>, rows: &[u32]) -> Array2<f32> {
    let values = rows.iter().flat_map(|&row| row_of(array, row as usize)).copied().collect();
    stacked(values, rows.len(), array.ncols())
}

/// An array of whole rows.
#[expect(clippy::expect_used, reason = "invariant: the numbers are made of whole rows")]
pub(crate) fn stacked(values: Vec<f32>, rows: usize, cols: usize) -> Array2<f32> {
    Array2::from_shape_vec((rows, cols), values).expect("rows × columns numbers")
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
    Arch::new().dispatch(Dot { a, b })
}

/// `y += factor · x`.
pub(crate) fn add_scaled(factor: f32, x: &[f32], y: &mut [f32]) {
    Arch::new().dispatch(AddScaled { factor, x, y });
}

/// Replaces numbers by their softmax, `exp(x_i) / Σ_j exp(x_j)`, and returns `ln Σ_j exp(x_j)`.
pub(crate) fn softmax(values: &mut [f32]) -> f32 {
    Arch::new().dispatch(Softmax { values })
}

struct Dot<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl WithSimd for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (a, a_rest) = S::as_simd_f32s(self.a);
        let (b, b_rest) = S::as_simd_f32s(self.b);
        let zero = simd.splat_f32s(0.0);
        let (mut even, mut odd) = (zero, zero);
        let (a_pairs, a_last) = a.as_chunks::<2>();
        let (b_pairs, b_last) = b.as_chunks::<2>();
        for (a, b) in a_pairs.iter().zip(b_pairs) {
            even = simd.mul_add_e_f32s(a[0], b[0], even);
            odd = simd.mul_add_e_f32s(a[1], b[1], odd);
        }
        for (a, b) in a_last.iter().zip(b_last) {
            even = simd.mul_add_e_f32s(*a, *b, even);
        }
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
        simd.reduce_sum_f32s(simd.add_f32s(even, odd)) + rest
    }
}

struct AddScaled<'a> {
    factor: f32,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (x, x_rest) = S::as_simd_f32s(self.x);
        let (y, y_rest) = S::as_mut_simd_f32s(self.y);
        let factor = simd.splat_f32s(self.factor);
        for (y, x) in y.iter_mut().zip(x) {
            *y = simd.mul_add_e_f32s(factor, *x, *y);
        }
        for (y, x) in y_rest.iter_mut().zip(x_rest) {
            *y += self.factor * x;
        }
    }
}

struct Softmax<'a> {
    values: &'a mut [f32],
}

impl WithSimd for Softmax<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (values, rest) = S::as_mut_simd_f32s(self.values);
        let mut tops = simd.splat_f32s(f32::NEG_INFINITY);
        for value in values.iter() {
            tops = simd.max_f32s(tops, *value);
        }
        let top = rest.iter().fold(simd.reduce_max_f32s(tops), |top, &value| top.max(value));
        let tops = simd.splat_f32s(top);
        let mut sums = simd.splat_f32s(0.0);
        for value in values.iter_mut() {
            *value = exp(simd, simd.sub_f32s(*value, tops));
            sums = simd.add_f32s(sums, *value);
        }
        let mut sum = simd.reduce_sum_f32s(sums);
        for value in rest.iter_mut() {
            *value = (*value - top).exp();
            sum += *value;
        }
        let scale = 1.0 / sum;
        let scales = simd.splat_f32s(scale);
        for value in values.iter_mut() {
            *value = simd.mul_f32s(*value, scales);
        }
        rest.iter_mut().for_each(|value| *value *= scale);
        top + sum.ln()
    }
}

/// `exp(x)` for `x` of 0 or below, within 3e-7 of the value: `x` is split into `n ln 2 + r` with
/// `|r| ≤ ln 2 / 2`, `exp(r)` is its Taylor polynomial of degree 6, and `2ⁿ` is put together from
/// its exponent's bits. Below −87 the result is 0.
#[inline(always)]
fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// Adding 1.5 · 2²³ leaves the nearest whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LOWEST: f32 = -87.0;
    let splat = |value: f32| simd.splat_f32s(value);
    let is_inside = simd.greater_than_f32s(x, splat(LOWEST));
    let x = simd.max_f32s(x, splat(LOWEST));
    let shifted = simd.mul_add_e_f32s(x, splat(std::f32::consts::LOG2_E), splat(ROUND));
    let n = simd.sub_f32s(shifted, splat(ROUND));
    // ln 2 in two parts, so that n times the first is exact.
    let r = simd.mul_add_e_f32s(n, splat(-0.693_359_4), x);
    let r = simd.mul_add_e_f32s(n, splat(2.121_944_4e-4), r);
    let mut p = splat(1.0 / 720.0);
    for next in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = simd.mul_add_e_f32s(r, p, splat(next));
    }
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(127));
    let bits = simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23));
    let power = simd.transmute_f32s_u32s(bits);
    simd.select_f32s(is_inside, simd.mul_f32s(p, power), splat(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Exp<'a>(&'a mut [f32]);

    impl WithSimd for Exp<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (values, rest) = S::as_mut_simd_f32s(self.0);
            assert!(rest.is_empty());
            values.iter_mut().for_each(|value| *value = exp(simd, *value));
        }
    }

    #[test]
    fn exponentials_are_those_of_the_standard_library() {
        let mut found: Vec<f32> = (0..20_000).map(|step| step as f32 * -0.004_3).collect();
        let expected: Vec<f32> = found.iter().map(|x| x.exp()).collect();
        Arch::new().dispatch(Exp(&mut found));
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 3e-7 * expected, "{found}, expected {expected}");
        }
        let mut ends = [-90.0, f32::NEG_INFINITY, 0.0, -1e30].repeat(4);
        Arch::new().dispatch(Exp(&mut ends));
        assert_eq!(ends[..4], [0.0, 0.0, 1.0, 0.0]);
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
