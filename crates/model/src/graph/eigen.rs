//! All eigenvectors of a small symmetric matrix that has no eigenvalue below 0.
//!
//! Plane rotations make the rows of `W = Q T` orthogonal; then `Q T² Qᵀ = W Wᵀ` is diagonal, the
//! rows of `Q` are eigenvectors, and row `i` of `W` is `λ_i q_iᵀ`, so that `Q` is not stored.
//!
//! Symbols: `T`, `W`, `Q`: k × k, row after row; `λ`: k, 0 or above. Time `O(k³)` per sweep, some
//! ten sweeps, fewer where `T` is nearly diagonal; memory `O(k²)`.
//! Source: M. Hestenes, "Inversion of matrices by biorthogonalization and related results",
//! Journal of the SIAM 6(1), 1958 (one-sided Jacobi).
//! DIFFERENCE: eigenvectors of eigenvalues below `1e-13` of the largest are given as zeros.

use pulp::{Arch, Simd, WithSimd};

/// Sweeps after which rotation ends in any case.
const SWEEPS: usize = 40;

/// Eigenvalues, largest first, and their eigenvectors, one per row.
pub(crate) struct Eigen {
    pub(crate) values: Vec<f64>,
    pub(crate) vectors: Vec<f64>,
}

/// Decomposes a symmetric `k × k` matrix.
pub(crate) fn symmetric_eigen(k: usize, mut rows: Vec<f64>) -> Eigen {
    Arch::new().dispatch(Sweeps { k, rows: &mut rows });
    let norm = |row: usize| dot(&rows[row * k..][..k], &rows[row * k..][..k]).sqrt();
    let norms: Vec<f64> = (0..k).map(norm).collect();
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| norms[b].total_cmp(&norms[a]));
    let least = order.first().map_or(0.0, |&first| norms[first]) * 1e-13;
    let mut vectors = Vec::with_capacity(k * k);
    for &row in &order {
        let scale = if norms[row] > least { 1.0 / norms[row] } else { 0.0 };
        vectors.extend(rows[row * k..][..k].iter().map(|value| value * scale));
    }
    Eigen { values: order.iter().map(|&row| norms[row]).collect(), vectors }
}

struct Sweeps<'a> {
    k: usize,
    rows: &'a mut [f64],
}

impl WithSimd for Sweeps<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { k, rows } = self;
        let mut squares: Vec<f64> = vec![0.0; k];
        for _ in 0..SWEEPS {
            for (square, row) in squares.iter_mut().zip(rows.chunks_exact(k.max(1))) {
                *square = dot(row, row);
            }
            let least = squares.iter().fold(0.0_f64, |most, &square| most.max(square)) * 1e-26;
            let mut n_turned = 0_usize;
            for p in 0..k {
                for q in p + 1..k {
                    let (above, below) = rows.split_at_mut(q * k);
                    let (first, second) = (&mut above[p * k..][..k], &mut below[..k]);
                    let (a, b) = (squares[p], squares[q]);
                    if a <= least || b <= least {
                        continue;
                    }
                    let product = dot(first, second);
                    if product * product <= a * b * 1e-26 {
                        continue;
                    }
                    n_turned += 1;
                    let zeta = (b - a) / (2.0 * product);
                    let tangent = zeta.signum() / (zeta.abs() + (1.0 + zeta * zeta).sqrt());
                    let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                    let sine = cosine * tangent;
                    for (x, y) in first.iter_mut().zip(second) {
                        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
                    }
                    squares[p] = (a - tangent * product).max(0.0);
                    squares[q] = b + tangent * product;
                }
            }
            if n_turned == 0 {
                return;
            }
        }
    }
}

/// Eight running sums, so that the products need not wait for one another.
#[inline(always)]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_blocks, a_rest) = a.as_chunks::<8>();
    let (b_blocks, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn vectors_are_orthonormal_and_give_the_matrix_back(
            (k, rank, roots) in (1..12_usize, 1..12_usize).prop_flat_map(|(k, rank)| {
                (Just(k), Just(rank), prop::collection::vec(-2.0..2.0_f64, k * rank))
            }),
        ) {
            let cell = |i: usize, j: usize| -> f64 {
                (0..rank).map(|t| roots[i * rank + t] * roots[j * rank + t]).sum()
            };
            let matrix: Vec<f64> = (0..k * k).map(|at| cell(at / k, at % k)).collect();
            let Eigen { values, vectors } = symmetric_eigen(k, matrix.clone());
            prop_assert!(values.is_sorted_by(|a, b| a >= b));
            for i in 0..k {
                for j in 0..k {
                    let back: f64 =
                        (0..k).map(|t| values[t] * vectors[t * k + i] * vectors[t * k + j]).sum();
                    prop_assert!((back - matrix[i * k + j]).abs() < 1e-8);
                    let product = dot(&vectors[i * k..][..k], &vectors[j * k..][..k]);
                    let is_there = values[i] > 1e-6 && values[j] > 1e-6;
                    let expected = if i == j { 1.0 } else { 0.0 };
                    prop_assert!(!is_there || (product - expected).abs() < 1e-7);
                }
            }
        }
    }
}
