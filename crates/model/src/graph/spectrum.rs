//! The leading right singular vectors of a sparse matrix.
//!
//! `A = RᵀR` has the right singular vectors of `R` as eigenvectors, with `λ = σ²`. A block `X` of
//! somewhat more than `k` random columns is filtered by Chebyshev polynomials,
//! `Y_{j+1} = 2 (A − c) Y_j / e − Y_{j−1}` with `c = e = a / 2`, which stay within ±1 for the
//! eigenvalues in `[0, a]` and grow fast above `a`, the least eigenvalue the block has found. After
//! each filter `X ← X M` with `M` from the small problem `(XᵀAX) m = λ (XᵀX) m` makes its columns
//! the best eigenvectors of their span (Rayleigh and Ritz). The last filter is `A` itself, so a
//! column of `R` without entries gets exactly 0.
//!
//! Symbols: `R`, users × items; `X`, items × b, `b = k + max(16, k / 4)`; `m`: b; `a`: a number.
//! Time `O(rounds · (4 · entries · b + (users + items) b² + b³))`; memory `O((users + items) b)`.
//! Every sum is taken in an order that the data fix, so the result is equal bit for bit at any
//! number of threads.
//!
//! Source: Y. Zhou, Y. Saad, M. Tiago and J. Chelikowsky, "Self-consistent-field calculations
//! using Chebyshev-filtered subspace iteration", Journal of Computational Physics 219(1), 2006,
//! algorithm 4.3.
//! DIFFERENCE: columns are made independent by the eigenvectors of `XᵀX`, dropping those that
//! single precision cannot tell from 0, so a matrix of low rank is no special case.

use feature::Csr;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use crate::dense::{Factors, Gram, add_scaled_in, times_matrix};
use crate::graph::eigen::{Eigen, symmetric_eigen};
use crate::seed::Stream;

/// Degree of a filter: more would drown the weaker vectors in the rounding of the strongest.
const DEGREE: usize = 4;
/// Filters after the first two products.
pub(crate) const ROUNDS: usize = 8;

/// The `k` leading right singular vectors of `by_user`, one per column; columns beyond its rank
/// are 0. `watch` is told the rounds done.
pub(crate) fn right_vectors(
    by_user: &Csr,
    by_item: &Csr,
    k: usize,
    stream: Stream,
    watch: &mut dyn FnMut(usize),
) -> Factors {
    let n_items = by_user.n_cols();
    let most = n_items.min(by_user.n_rows());
    let wide = (k + (k / 4).max(16)).min(most);
    let mut vectors = Factors::zeros(n_items, k);
    if wide == 0 {
        return vectors;
    }
    let mut x = Factors::zeros(n_items, wide);
    for item in 0..n_items {
        for (at, value) in x.row_mut(item).iter_mut().enumerate() {
            *value = stream.unit((item * wide + at) as u64) - 0.5;
        }
    }
    let product = |x: &Factors| times(by_item, &times(by_user, x));
    let mut values = Vec::new();
    for _ in 0..2 {
        (x, values) = best_of_span(by_user, &product(&x));
    }
    for round in 0..ROUNDS {
        let (most, least) = (values[0], values[wide - 1]);
        let filtered =
            if least > 1e-6 * most { chebyshev(&product, &x, least) } else { product(&x) };
        (x, values) = best_of_span(by_user, &filtered);
        watch(round + 1);
    }
    (x, _) = best_of_span(by_user, &product(&x));
    let kept = k.min(wide);
    for item in 0..n_items {
        vectors.row_mut(item)[..kept].copy_from_slice(&x.row(item)[..kept]);
    }
    vectors
}

/// The filter that grows above `a`.
fn chebyshev(product: &dyn Fn(&Factors) -> Factors, x: &Factors, a: f64) -> Factors {
    let centre = (a / 2.0) as f32;
    let step = |x: &Factors, scale: f32, before: Option<&Factors>| {
        let mut next = product(x);
        let before = before.map(Factors::values);
        let chunk = 1 << 14;
        next.values_mut().par_chunks_mut(chunk).enumerate().for_each(|(number, next)| {
            let from = number * chunk;
            for (at, next) in next.iter_mut().enumerate() {
                let back = before.map_or(0.0, |before| before[from + at]);
                *next = scale * (*next - centre * x.values()[from + at]) - back;
            }
        });
        next
    };
    let mut last = step(x, 1.0 / centre, None);
    let mut before = None;
    for _ in 1..DEGREE {
        let next = step(&last, 2.0 / centre, Some(before.as_ref().unwrap_or(x)));
        before = Some(std::mem::replace(&mut last, next));
    }
    last
}

/// The best eigenvectors in the span of the columns, best first, with their eigenvalues.
fn best_of_span(by_user: &Csr, x: &Factors) -> (Factors, Vec<f64>) {
    let k = x.k();
    let cells = |gram: &Gram| -> Vec<f64> {
        (0..k * k).map(|at| f64::from(gram.at(at / k, at % k))).collect()
    };
    let gram = cells(&Gram::of(x));
    let seen = cells(&Gram::of(&times(by_user, x)));
    let inverse = |square: f64| if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
    let scale: Vec<f64> = (0..k).map(|at| inverse(gram[at * k + at])).collect();
    let scaled = |matrix: &[f64]| -> Vec<f64> {
        (0..k * k).map(|at| matrix[at] * scale[at / k] * scale[at % k]).collect()
    };
    // Rows of `whiten` are combinations of the scaled columns that are orthonormal.
    let Eigen { values, vectors: mut whiten } = symmetric_eigen(k, scaled(&gram));
    for (row, &value) in whiten.chunks_exact_mut(k).zip(&values) {
        let inverse = if value > 1e-5 * values[0] { 1.0 / value.sqrt() } else { 0.0 };
        row.iter_mut().for_each(|cell| *cell *= inverse);
    }
    let half = matrix_product(k, &whiten, &scaled(&seen));
    let small = matrix_product(k, &half, &transposed(k, &whiten));
    let Eigen { values, vectors } = symmetric_eigen(k, small);
    let mut turn = transposed(k, &matrix_product(k, &vectors, &whiten));
    for (row, scale) in turn.chunks_exact_mut(k).zip(scale) {
        for (cell, &value) in row.iter_mut().zip(&values) {
            *cell *= if value > 1e-7 * values[0] { scale } else { 0.0 };
        }
    }
    (times_matrix(x, &turn), values)
}

fn transposed(k: usize, matrix: &[f64]) -> Vec<f64> {
    (0..k * k).map(|at| matrix[at % k * k + at / k]).collect()
}

fn matrix_product(k: usize, left: &[f64], right: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; k * k];
    out.par_chunks_mut(k).zip(left.par_chunks(k)).for_each(|(out, left)| {
        for (left, right) in left.iter().zip(right.chunks_exact(k)) {
            for (out, right) in out.iter_mut().zip(right) {
                *out += left * right;
            }
        }
    });
    out
}

/// A sparse matrix times a table.
fn times(rows: &Csr, table: &Factors) -> Factors {
    let mut out = Factors::zeros(rows.n_rows(), table.k());
    let stride = out.stride();
    let arch = Arch::new();
    out.values_mut().par_chunks_mut(16 * stride).enumerate().for_each(|(chunk, out)| {
        arch.dispatch(Times { rows, table, first: chunk * 16, out });
    });
    out
}

struct Times<'a> {
    rows: &'a Csr,
    table: &'a Factors,
    first: usize,
    out: &'a mut [f32],
}

impl WithSimd for Times<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for (at, out) in self.out.chunks_exact_mut(self.table.stride()).enumerate() {
            let (cols, weights) = self.rows.row(self.first + at);
            for (&col, &weight) in cols.iter().zip(weights) {
                add_scaled_in(simd, weight, self.table.padded_row(col as usize), out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The projection on all eigenvectors of `RᵀR` from the `k` leading ones, from the dense
    /// matrix.
    fn slow_projection(matrix: &Csr, k: usize) -> (Vec<f64>, Vec<f64>) {
        let n = matrix.n_cols();
        let cell = |i: usize, j: usize| -> f64 {
            let value = |row, col: usize| matrix.get(row, col as u32).map_or(0.0, f64::from);
            (0..matrix.n_rows()).map(|row| value(row, i) * value(row, j)).sum()
        };
        let dense = (0..n * n).map(|at| cell(at / n, at % n)).collect();
        let Eigen { values, vectors } = symmetric_eigen(n, dense);
        let kept = k.min(n);
        let at = |i: usize, j: usize| -> f64 {
            (0..kept).map(|t| vectors[t * n + i] * vectors[t * n + j]).sum()
        };
        (values, (0..n * n).map(|cell| at(cell / n, cell % n)).collect())
    }

    proptest! {
        #[test]
        fn the_projection_is_that_of_the_dense_matrix(
            entries in prop::collection::vec((0..40_u32, 0..30_u32, 1..5_u32), 1..300),
            k in 1..8_usize,
        ) {
            let triplets: Vec<_> = entries.iter().map(|&(u, i, w)| (u, i, w as f32)).collect();
            let matrix = Csr::from_triplets(40, 30, &triplets).unwrap();
            let (values, expected) = slow_projection(&matrix, k);
            // Where two eigenvalues all but agree, the leading k are not one space.
            prop_assume!(values[k] < 0.97 * values[k - 1]);
            prop_assume!(values[k - 1] > 1e-3 * values[0]);
            let twin = matrix.transpose();
            let found = right_vectors(&matrix, &twin, k, Stream::new(3), &mut |_| {});
            for i in 0..30 {
                for j in 0..30 {
                    let pairs = found.row(i).iter().zip(found.row(j));
                    let product = f64::from(pairs.map(|(a, b)| a * b).sum::<f32>());
                    let expected = expected[i * 30 + j];
                    prop_assert!((product - expected).abs() < 2e-3, "{product} {expected}");
                }
            }
        }
    }
}
