//! Solving `A x = b` exactly for a symmetric positive definite `A`.
//!
//! `A = L Lᵀ` with `L` lower triangular, then two triangular solves, in double precision.
//!
//! Symbols: `A`, `L`: k × k, row after row; `b`, `x`: k. Time `O(k³ / 3)` to factor and `O(k²)`
//! per right-hand side; memory `O(k²)`.
//! Source: G. Golub and C. Van Loan, "Matrix computations", 4th edition, 2013, section 4.2.

use pulp::{Arch, Simd, WithSimd};

/// The factor `L` of a symmetric positive definite matrix.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    k: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors the matrix whose lower triangle is given; `None` if it is not positive definite.
    pub(crate) fn factor(k: usize, mut matrix: Vec<f64>) -> Option<Self> {
        let is_definite = Arch::new().dispatch(Factor { k, matrix: &mut matrix });
        is_definite.then_some(Self { k, lower: matrix })
    }

    /// Replaces `b` by the solution of `A x = b`.
    pub(crate) fn solve(&self, b: &mut [f64]) {
        for i in 0..self.k {
            let row = &self.lower[i * self.k..][..=i];
            let known: f64 = row.iter().zip(&*b).take(i).map(|(l, x)| l * x).sum();
            b[i] = (b[i] - known) / row[i];
        }
        for i in (0..self.k).rev() {
            let row = &self.lower[i * self.k..][..=i];
            b[i] /= row[i];
            let x = b[i];
            for (b, l) in b.iter_mut().zip(row).take(i) {
                *b -= l * x;
            }
        }
    }
}

struct Factor<'a> {
    k: usize,
    matrix: &'a mut [f64],
}

impl WithSimd for Factor<'_> {
    type Output = bool;

    /// Row by row, so that the inner loop is a product of two stored rows.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> bool {
        let Self { k, matrix } = self;
        for i in 0..k {
            let (above, row) = matrix.split_at_mut(i * k);
            for j in 0..i {
                let other = &above[j * k..][..=j];
                row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
            }
            let pivot = row[i] - dot(&row[..i], &row[..i]);
            if !(pivot > 0.0 && pivot.is_finite()) {
                return false;
            }
            row[i] = pivot.sqrt();
        }
        true
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

    #[test]
    fn a_matrix_that_is_not_definite_is_refused() {
        assert!(Cholesky::factor(2, vec![1.0, 2.0, 2.0, 1.0]).is_none());
        assert!(Cholesky::factor(1, vec![f64::NAN]).is_none());
    }

    proptest! {
        #[test]
        fn the_solution_solves(
            (k, roots, b) in (1..30_usize).prop_flat_map(|k| (
                Just(k),
                prop::collection::vec(-1.0..1.0_f64, k * k),
                prop::collection::vec(-1.0..1.0_f64, k),
            )),
        ) {
            let mut matrix = vec![0.0; k * k];
            for i in 0..k {
                for j in 0..k {
                    let product: f64 = (0..k).map(|t| roots[i * k + t] * roots[j * k + t]).sum();
                    matrix[i * k + j] = product + if i == j { 0.1 } else { 0.0 };
                }
            }
            let mut x = b.clone();
            Cholesky::factor(k, matrix.clone()).unwrap().solve(&mut x);
            for i in 0..k {
                let left: f64 = (0..k).map(|j| matrix[i * k + j] * x[j]).sum();
                prop_assert!((left - b[i]).abs() < 1e-8);
            }
        }
    }
}
