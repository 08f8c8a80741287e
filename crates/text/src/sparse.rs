//! Sparse rows and their transpose: what logistic regression multiplies with.

use rayon::prelude::*;

/// A matrix of mostly zeros, row by row.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sparse {
    /// Where each row starts in the lists; one more than rows.
    start: Vec<usize>,
    at: Vec<u32>,
    value: Vec<f32>,
    n_columns: usize,
}

impl Sparse {
    pub(crate) fn new(n_columns: usize) -> Self {
        Self { start: vec![0], at: Vec::new(), value: Vec::new(), n_columns }
    }

    /// Rows of (column, value), columns rising.
    pub(crate) fn of_rows(n_columns: usize, rows: &[Vec<(u32, f32)>]) -> Self {
        let mut out = Self::new(n_columns);
        let total = rows.iter().map(Vec::len).sum();
        out.at.reserve(total);
        out.value.reserve(total);
        for row in rows {
            out.at.extend(row.iter().map(|cell| cell.0));
            out.value.extend(row.iter().map(|cell| cell.1));
            out.start.push(out.at.len());
        }
        out
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.start.len() - 1
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Columns and values of a row.
    pub(crate) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.start[row]..self.start[row + 1];
        (&self.at[range.clone()], &self.value[range])
    }

    /// Some of the rows, in the order given.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let mut out = Self::new(self.n_columns);
        for &row in rows {
            let (at, value) = self.row(row);
            out.at.extend_from_slice(at);
            out.value.extend_from_slice(value);
            out.start.push(out.at.len());
        }
        out
    }

    /// Columns as rows.
    pub(crate) fn transposed(&self) -> Self {
        let mut start = vec![0_usize; self.n_columns + 1];
        for &at in &self.at {
            start[at as usize + 1] += 1;
        }
        for column in 0..self.n_columns {
            start[column + 1] += start[column];
        }
        let mut next = start.clone();
        let (mut at, mut value) = (vec![0; self.at.len()], vec![0.0; self.at.len()]);
        for row in 0..self.n_rows() {
            let (columns, values) = self.row(row);
            for (&column, &x) in columns.iter().zip(values) {
                let place = next[column as usize];
                (at[place], value[place]) = (row as u32, x);
                next[column as usize] += 1;
            }
        }
        Self { start, at, value, n_columns: self.n_rows() }
    }

    /// `self · dense`, where dense has `width` numbers per column; each row's sum is made by one
    /// thread in the order of its columns, so that it does not depend on how many there are.
    pub(crate) fn times(&self, dense: &[f32], width: usize) -> Vec<f32> {
        let mut out = vec![0.0_f32; self.n_rows() * width];
        out.par_chunks_mut(width).with_min_len(64).enumerate().for_each(|(row, sums)| {
            let (at, value) = self.row(row);
            if let [sum] = sums {
                let terms = at.iter().zip(value).map(|(&at, x)| f64::from(x * dense[at as usize]));
                *sum = terms.sum::<f64>() as f32;
                return;
            }
            for (&at, &x) in at.iter().zip(value) {
                let line = &dense[at as usize * width..][..width];
                sums.iter_mut().zip(line).for_each(|(sum, w)| *sum += x * w);
            }
        });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_transpose_are_those_of_the_dense_matrix() {
        let rows = [vec![(0, 1.0), (2, 2.0)], vec![], vec![(1, 3.0), (2, -1.0)]];
        let matrix = Sparse::of_rows(3, &rows);
        let dense = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        assert_eq!(matrix.times(&dense, 2), [7.0, 70.0, 0.0, 0.0, 3.0, 30.0]);
        assert_eq!(matrix.times(&[1.0, 2.0, 3.0], 1), [7.0, 0.0, 3.0]);
        assert_eq!(matrix.transposed().transposed(), matrix);
        assert_eq!(matrix.transposed().row(2), (&[0, 2][..], &[2.0, -1.0][..]));
        assert_eq!(matrix.select(&[2, 2]).n_rows(), 2);
    }
}
