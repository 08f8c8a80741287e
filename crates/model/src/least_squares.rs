//! Least squares with standard errors, plain, robust or with a ridge penalty.
//!
//! `β = (XᵀX + λ J)⁻¹ Xᵀ y`, `J` the identity without the intercept's 1; classical errors
//! `s² (XᵀX)⁻¹` with `s² = Σ e² / (n − k)`, robust ones
//! `(XᵀX)⁻¹ Xᵀ diag(e²) X (XᵀX)⁻¹ · n / (n − k)`.
//!
//! Symbols: `X`, n × k, its last column 1 where there is an intercept; `y`, n; `e`, residuals.
//! Time `O(n k² + k³)`, memory `O(k²)` beside the data.
//! Source: W. Greene, "Econometric analysis", 7th edition, 2012, sections 3.2, 4.3 and 9.2 (HC1);
//! T. Hastie, R. Tibshirani and J. Friedman, "The elements of statistical learning", 2nd edition,
//! 2009, section 3.4.1.

use crate::cholesky::Cholesky;
use crate::error::ModelError;

/// A column that others explain to this share of its squares cannot be told apart from them.
const COLLINEAR: f64 = 1e-10;

/// A fitted line through rows of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    /// One coefficient per column.
    pub coefficients: Vec<f64>,
    /// Classical standard errors.
    pub errors: Vec<f64>,
    /// Errors that allow for rows of unequal spread.
    pub robust_errors: Vec<f64>,
    /// Share of the variance explained, about the mean of `y`.
    pub r_squared: f64,
    /// Rows.
    pub n_rows: usize,
}

/// Rows of `k` numbers one after the other, and what they are to explain.
#[derive(Debug, Clone, Copy)]
pub struct Rows<'a> {
    /// Names of the columns, k.
    pub names: &'a [String],
    /// n · k numbers.
    pub cells: &'a [f64],
    /// n numbers.
    pub target: &'a [f64],
    /// Degrees of freedom already spent on means that were taken out.
    pub spent: usize,
}

impl LeastSquares {
    /// Fits; `ridge` penalises all columns but the last.
    ///
    /// # Errors
    /// When there are fewer rows than columns, a number is not finite, or a column is a
    /// combination of those before it.
    pub fn fit(rows: Rows<'_>, ridge: f64) -> Result<Self, ModelError> {
        let (k, n) = (rows.names.len(), rows.target.len());
        let refused = |reason: String| ModelError::Input { model: "least squares", reason };
        if k == 0 || rows.cells.len() != n * k || n <= k + rows.spent {
            let used = k + rows.spent;
            return Err(refused(format!("{n} rows for {used} effects: more rows are needed")));
        }
        let all = || rows.cells.chunks_exact(k).zip(rows.target);
        if let Some(at) =
            all().position(|(row, y)| !(y.is_finite() && row.iter().all(|x| x.is_finite())))
        {
            return Err(refused(format!("row {} has a number that is not finite", at + 1)));
        }
        let (mut gram, mut right) = (vec![0.0; k * k], vec![0.0; k]);
        for (row, y) in all() {
            for (i, x) in row.iter().enumerate() {
                right[i] += x * y;
                gram[i * k..][..=i]
                    .iter_mut()
                    .zip(row)
                    .for_each(|(cell, other)| *cell += x * other);
            }
        }
        for i in 0..k - 1 {
            gram[i * k + i] += ridge;
        }
        if let Some(column) = dependent(k, &gram) {
            return Err(refused(format!(
                "column {} does not vary, or is a combination of the columns before it; leave it \
                 out",
                rows.names[column]
            )));
        }
        let factor = Cholesky::factor(k, gram)
            .ok_or_else(|| refused("the columns are combinations of each other".to_owned()))?;
        let mut coefficients = right;
        factor.solve(&mut coefficients);
        let inverse = inverse(k, &factor);
        let mean = rows.target.iter().sum::<f64>() / n as f64;
        let (mut rest, mut total) = (0.0, 0.0);
        let mut meat = vec![0.0; k * k];
        for (row, y) in all() {
            let fitted: f64 = row.iter().zip(&coefficients).map(|(x, b)| x * b).sum();
            let square = (y - fitted).powi(2);
            rest += square;
            total += (y - mean).powi(2);
            for (i, x) in row.iter().enumerate() {
                let scaled = square * x;
                meat[i * k..][..k].iter_mut().zip(row).for_each(|(cell, o)| *cell += scaled * o);
            }
        }
        let free = (n - k - rows.spent) as f64;
        let error = |i: usize| (rest / free * inverse[i * k + i]).sqrt();
        let robust = |i: usize| {
            let line = &inverse[i * k..][..k];
            let carried = |j: usize| -> f64 {
                line.iter().enumerate().map(|(l, v)| v * meat[l * k + j]).sum()
            };
            let variance: f64 = (0..k).map(|j| carried(j) * line[j]).sum();
            (variance * n as f64 / free).sqrt()
        };
        Ok(Self {
            errors: (0..k).map(error).collect(),
            robust_errors: (0..k).map(robust).collect(),
            r_squared: if total > 0.0 { 1.0 - rest / total } else { 0.0 },
            coefficients,
            n_rows: n,
        })
    }
}

/// The first column that those before it explain wholly, by elimination on the lower triangle.
fn dependent(k: usize, gram: &[f64]) -> Option<usize> {
    let mut lower = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..=i {
            let known: f64 = (0..j).map(|l| lower[i * k + l] * lower[j * k + l]).sum();
            let left = gram[i * k + j] - known;
            if i == j {
                if left <= COLLINEAR * gram[i * k + i] || left.is_nan() {
                    return Some(i);
                }
                lower[i * k + i] = left.sqrt();
            } else {
                lower[i * k + j] = left / lower[j * k + j];
            }
        }
    }
    None
}

fn inverse(k: usize, factor: &Cholesky) -> Vec<f64> {
    let mut inverse = vec![0.0; k * k];
    for (i, line) in inverse.chunks_exact_mut(k).enumerate() {
        line[i] = 1.0;
        factor.solve(line);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(names: &[&str], cells: &[f64], target: &[f64]) -> Result<LeastSquares, ModelError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        LeastSquares::fit(Rows { names: &names, cells, target, spent: 0 }, 0.0)
    }

    #[test]
    fn a_line_through_four_points_has_the_errors_of_the_textbook() {
        // By hand: x 1 2 3 4, y 1 3 2 5: slope 1.1, intercept 0, Σ e² 2.7, s² 1.35.
        let cells = [1.0, 1.0, 2.0, 1.0, 3.0, 1.0, 4.0, 1.0];
        let found = fit(&["x", "1"], &cells, &[1.0, 3.0, 2.0, 5.0]).unwrap();
        assert!((found.coefficients[0] - 1.1).abs() < 1e-12);
        assert!(found.coefficients[1].abs() < 1e-12);
        assert!((found.errors[0] - (1.35_f64 / 5.0).sqrt()).abs() < 1e-12);
        assert!((found.r_squared - (1.0 - 2.7 / 8.75)).abs() < 1e-12);
        // By hand: Σ (x − 2.5)² e² = 2.25 · 0.01 + 0.25 · 0.64 + 0.25 · 1.69 + 2.25 · 0.36 = 1.415.
        let robust = (1.415_f64 / 25.0 * 4.0 / 2.0).sqrt();
        assert!((found.robust_errors[0] - robust).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn columns_that_say_the_same_are_named() {
        let cells = [1.0, 2.0, 1.0, 2.0, 4.0, 1.0, 3.0, 6.0, 1.0, 4.0, 8.0, 1.0, 5.0, 10.0, 1.0];
        let error = fit(&["x", "twice", "1"], &cells, &[1.0, 2.0, 2.0, 3.0, 1.0]).unwrap_err();
        assert!(error.to_string().contains("column twice"), "{error}");
        assert!(fit(&["x"], &[1.0], &[1.0]).is_err());
        let error = fit(&["x"], &[1.0, f64::NAN, 2.0], &[1.0, 1.0, 1.0]).unwrap_err();
        assert!(error.to_string().contains("row 2"), "{error}");
    }
}
