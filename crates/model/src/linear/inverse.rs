//! The inverse of a large symmetric positive definite matrix.
//!
//! Sweeping a block `K` of rows and columns out of `A`, with `D = A_KK⁻¹`, sets
//! `A_RR ← A_RR − A_RK D A_KR`, `A_RK ← A_RK D` and `A_KK ← −D` for all other rows `R`; once every
//! block is swept, `A` holds `−A⁻¹`. Only the lower triangle is kept.
//!
//! Symbols: `A`: n × n, row after row, in double precision. Time `O(n³ / 2)`; memory `O(n²)`, in
//! the matrix's own place, plus two panels of n × 64. Each row is changed by one thread, so the
//! result is equal bit for bit at any number of threads.
//! Source: J. Goodnight, "A tutorial on the SWEEP operator", The American Statistician 33(3),
//! 1979, section 3.
//! DIFFERENCE: 64 pivots are swept at once, so that the work is a product of matrices.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Pivots swept at once.
const BLOCK: usize = 64;
/// Rows and columns of a product that stay in registers.
const ROWS: usize = 4;
const COLS: usize = 8;

/// A symmetric matrix, padded by ones on the diagonal to whole blocks.
pub(crate) struct Symmetric {
    n: usize,
    stride: usize,
    values: Vec<f64>,
}

impl Symmetric {
    /// The identity; what is added to it goes to the lower triangle.
    pub(crate) fn identity(n: usize) -> Self {
        let stride = n.next_multiple_of(BLOCK);
        let mut values = vec![0.0; stride * stride];
        values.iter_mut().step_by(stride + 1).for_each(|one| *one = 1.0);
        Self { n, stride, values }
    }

    /// The rows, each with its padding; of row `i` only the first `i + 1` numbers count.
    pub(crate) fn rows_mut(&mut self) -> impl IndexedParallelIterator<Item = &mut [f64]> {
        self.values.par_chunks_mut(self.stride.max(1)).take(self.n)
    }

    /// The number at a row and column.
    pub(crate) fn at(&self, row: usize, col: usize) -> f64 {
        self.values[row.max(col) * self.stride + row.min(col)]
    }

    /// Replaces the matrix by its inverse; false if it is not positive definite.
    pub(crate) fn invert(&mut self) -> bool {
        for first in (0..self.stride).step_by(BLOCK) {
            if !self.sweep(first) {
                return false;
            }
        }
        self.values.par_iter_mut().for_each(|value| *value = -*value);
        true
    }

    fn sweep(&mut self, first: usize) -> bool {
        let stride = self.stride;
        // The columns of the block, as rows.
        let mut across = vec![0.0; BLOCK * stride];
        for (pivot, across) in across.chunks_exact_mut(stride).enumerate() {
            across
                .iter_mut()
                .enumerate()
                .for_each(|(row, cell)| *cell = self.at(row, first + pivot));
        }
        let mut inner: Vec<f64> =
            (0..BLOCK * BLOCK).map(|at| across[at / BLOCK * stride + first + at % BLOCK]).collect();
        if !sweep_all(&mut inner) {
            return false;
        }
        inner.iter_mut().for_each(|value| *value = -*value);
        let arch = Arch::new();
        let mut down = vec![0.0; stride * BLOCK];
        down.par_chunks_mut(BLOCK).enumerate().for_each(|(row, down)| {
            for (pivot, inner) in inner.chunks_exact(BLOCK).enumerate() {
                let factor = across[pivot * stride + row];
                down.iter_mut().zip(inner).for_each(|(down, inner)| *down += factor * inner);
            }
        });
        self.values
            .par_chunks_mut(ROWS * stride)
            .zip(down.par_chunks(ROWS * BLOCK))
            .enumerate()
            .for_each(|(group, (rows, down))| {
                if (first..first + BLOCK).contains(&(group * ROWS)) {
                    return;
                }
                let until = ((group + 1) * ROWS).next_multiple_of(COLS);
                arch.dispatch(Subtract { stride, rows, down, across: &across, until });
                for (row, down) in rows.chunks_exact_mut(stride).zip(down.chunks_exact(BLOCK)) {
                    row[first..first + BLOCK].copy_from_slice(down);
                }
            });
        let block = &mut self.values[first * stride..][..BLOCK * stride];
        for (pivot, row) in block.chunks_exact_mut(stride).enumerate() {
            for (col, cell) in row[..first].iter_mut().enumerate() {
                *cell = down[col * BLOCK + pivot];
            }
            for (cell, inner) in row[first..][..BLOCK].iter_mut().zip(&inner[pivot * BLOCK..]) {
                *cell = -inner;
            }
        }
        true
    }
}

/// Sweeps every pivot of one block; it then holds minus its inverse.
fn sweep_all(block: &mut [f64]) -> bool {
    for pivot in 0..BLOCK {
        let d = block[pivot * BLOCK + pivot];
        if !(d > 0.0 && d.is_finite()) {
            return false;
        }
        let own: Vec<f64> = block[pivot * BLOCK..][..BLOCK].to_vec();
        for (row, cells) in block.chunks_exact_mut(BLOCK).enumerate() {
            let factor = own[row] / d;
            if row != pivot {
                cells.iter_mut().zip(&own).for_each(|(cell, own)| *cell -= factor * own);
                cells[pivot] = factor;
            }
        }
        for (cell, own) in block[pivot * BLOCK..][..BLOCK].iter_mut().zip(own) {
            *cell = own / d;
        }
        block[pivot * BLOCK + pivot] = -1.0 / d;
    }
    true
}

/// `rows −= down · across`, in columns before `until`.
struct Subtract<'a> {
    stride: usize,
    rows: &'a mut [f64],
    down: &'a [f64],
    across: &'a [f64],
    until: usize,
}

impl WithSimd for Subtract<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Self { stride, rows, down, across, until } = self;
        let mut turned = [[0.0; ROWS]; BLOCK];
        for (row, down) in down.chunks_exact(BLOCK).enumerate() {
            turned.iter_mut().zip(down).for_each(|(turned, down)| turned[row] = *down);
        }
        for col in (0..until).step_by(COLS) {
            let mut sums = [[0.0; COLS]; ROWS];
            for (left, right) in turned.iter().zip(across.chunks_exact(stride)) {
                let (right, _) = right[col..col + COLS].as_chunks::<COLS>();
                for (sums, left) in sums.iter_mut().zip(left) {
                    sums.iter_mut().zip(&right[0]).for_each(|(sum, right)| *sum += left * right);
                }
            }
            for (row, sums) in rows.chunks_exact_mut(stride).zip(sums) {
                row[col..].iter_mut().zip(sums).for_each(|(cell, sum)| *cell -= sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Stream;

    #[test]
    fn the_inverse_times_the_matrix_is_one() {
        for n in [1, 5, 64, 65, 150] {
            let stream = Stream::new(n as u64);
            let root = |i: usize, j: usize| f64::from(stream.unit((i * n + j) as u64)) - 0.5;
            let cell = |i: usize, j: usize| (0..n).map(|t| root(i, t) * root(j, t)).sum::<f64>();
            let mut matrix = Symmetric::identity(n);
            matrix.rows_mut().enumerate().for_each(|(i, row)| {
                (0..=i).for_each(|j| row[j] += cell(i, j));
            });
            let before: Vec<f64> = (0..n * n).map(|at| matrix.at(at / n, at % n)).collect();
            assert!(matrix.invert());
            for i in 0..n {
                for j in 0..n {
                    let product: f64 = (0..n).map(|t| before[i * n + t] * matrix.at(t, j)).sum();
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((product - expected).abs() < 1e-9, "{n}: {i} {j} {product}");
                }
            }
        }
    }

    #[test]
    fn a_matrix_that_is_not_definite_is_refused() {
        let mut matrix = Symmetric::identity(2);
        matrix.rows_mut().enumerate().for_each(|(i, row)| row[0] = [1.0, 2.0][i]);
        assert!(!matrix.invert());
    }
}
