//! The least-squares problem of one row of iALS, written out.
//!
//! `(YᵀY + λ I + Σ_i α w_i y_i y_iᵀ) x = Σ_i (1 + α w_i) y_i`.
//!
//! Symbols: `Y`, others × k, fixed factors; `w`, weights of the row's entries; `α`, `λ` above 0.
//! Time `O(entries · k² / 2)`, then Cholesky; memory `O(k²)`; in double precision.
//! Source: Y. Hu, Y. Koren and C. Volinsky, "Collaborative filtering for implicit feedback
//! datasets", ICDM 2008, section 4, equation 4.
//! DIFFERENCE: the sum over others without an entry is taken from `YᵀY`, in single precision.

use crate::cholesky::Cholesky;
use crate::dense::{Factors, Gram};

/// `YᵀY + λ I + Σ_i α w_i y_i y_iᵀ`, factored.
pub(crate) fn normal_matrix(
    fixed: &Factors,
    gram: &Gram,
    alpha: f32,
    lambda: f32,
    history: &[(u32, f32)],
) -> Option<Cholesky> {
    let k = fixed.k();
    let mut matrix = vec![0.0_f64; k * k];
    for row in 0..k {
        for col in 0..=row {
            matrix[row * k + col] = f64::from(gram.at(row, col));
        }
        matrix[row * k + row] += f64::from(lambda);
    }
    for &(other, weight) in history {
        let y = fixed.row(other as usize);
        for row in 0..k {
            let factor = f64::from(alpha) * f64::from(weight) * f64::from(y[row]);
            let cells = &mut matrix[row * k..][..=row];
            cells.iter_mut().zip(y).for_each(|(cell, &y)| *cell += factor * f64::from(y));
        }
    }
    Cholesky::factor(k, matrix)
}

/// `Σ_i (1 + α w_i) y_i`.
pub(crate) fn right_side(fixed: &Factors, alpha: f32, history: &[(u32, f32)]) -> Vec<f64> {
    let mut b = vec![0.0_f64; fixed.k()];
    for &(other, weight) in history {
        let confidence = 1.0 + f64::from(alpha) * f64::from(weight);
        let y = fixed.row(other as usize);
        b.iter_mut().zip(y).for_each(|(b, &y)| *b += confidence * f64::from(y));
    }
    b
}
