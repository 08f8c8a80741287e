//! Sparse matrices in compressed-row form: the users × items matrix every recommender reads.
//!
//! Row `i` holds the columns `cols[indptr[i]..indptr[i + 1]]`, ascending and without repeats, and
//! their weights. Memory: 8 bytes per entry and 8 per row. Building takes
//! `O(entries + Σ row · log row)`; the result does not depend on the order of the input.

use crate::error::FeatureError;

/// A compressed-row matrix of `f32` weights.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Csr {
    n_cols: usize,
    indptr: Vec<usize>,
    cols: Vec<u32>,
    weights: Vec<f32>,
}

impl Csr {
    /// A matrix with no entries.
    #[must_use]
    pub fn empty(n_rows: usize, n_cols: usize) -> Self {
        Self { n_cols, indptr: vec![0; n_rows + 1], cols: Vec::new(), weights: Vec::new() }
    }

    /// Builds from `(row, column, weight)`; repeats are summed and sums of exactly zero dropped.
    ///
    /// # Errors
    /// When an index lies outside the shape, a weight or a sum is not finite, or the shape does
    /// not fit `u32`.
    pub fn from_triplets(
        n_rows: usize,
        n_cols: usize,
        triplets: &[(u32, u32, f32)],
    ) -> Result<Self, FeatureError> {
        check_shape(n_rows, n_cols)?;
        let mut starts = vec![0_usize; n_rows + 1];
        for (position, &(row, col, weight)) in triplets.iter().enumerate() {
            if row as usize >= n_rows || col as usize >= n_cols {
                return Err(FeatureError::OutOfShape { position, row, col, n_rows, n_cols });
            }
            if !weight.is_finite() {
                return Err(FeatureError::NotFinite { position, weight });
            }
            starts[row as usize + 1] += 1;
        }
        for row in 0..n_rows {
            starts[row + 1] += starts[row];
        }
        let mut by_row = vec![(0_u32, 0_f32, 0_usize); triplets.len()];
        let mut next = starts.clone();
        for (position, &(row, col, weight)) in triplets.iter().enumerate() {
            by_row[next[row as usize]] = (col, weight, position);
            next[row as usize] += 1;
        }
        let mut matrix = Self {
            n_cols,
            indptr: Vec::with_capacity(n_rows + 1),
            cols: Vec::with_capacity(triplets.len()),
            weights: Vec::with_capacity(triplets.len()),
        };
        matrix.indptr.push(0);
        for row in 0..n_rows {
            matrix.push_row(&mut by_row[starts[row]..starts[row + 1]])?;
        }
        matrix.cols.shrink_to_fit();
        matrix.weights.shrink_to_fit();
        Ok(matrix)
    }

    /// Appends a row given as `(column, weight, position in the input)` in any order.
    fn push_row(&mut self, entries: &mut [(u32, f32, usize)]) -> Result<(), FeatureError> {
        // Ordering repeats by weight makes their rounded sum independent of the input's order.
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for group in entries.chunk_by(|a, b| a.0 == b.0) {
            let weight = group.iter().map(|&(_, weight, _)| f64::from(weight)).sum::<f64>() as f32;
            if !weight.is_finite() {
                return Err(FeatureError::NotFinite { position: group[0].2, weight });
            }
            if weight != 0.0 {
                self.cols.push(group[0].0);
                self.weights.push(weight);
            }
        }
        self.indptr.push(self.cols.len());
        Ok(())
    }

    /// Builds from ready-made parts, checking that they are well formed.
    ///
    /// # Errors
    /// When `indptr` does not ascend to the number of entries, a row's columns do not ascend
    /// strictly, a column lies outside the shape, or a weight is not finite.
    pub fn from_parts(
        n_cols: usize,
        indptr: Vec<usize>,
        cols: Vec<u32>,
        weights: Vec<f32>,
    ) -> Result<Self, FeatureError> {
        let n_rows = indptr.len().saturating_sub(1);
        check_shape(n_rows, n_cols)?;
        let malformed = |row, reason| Err(FeatureError::Malformed { row, reason });
        if indptr.first() != Some(&0) {
            return malformed(0, "row offsets must begin with 0");
        }
        if cols.len() != weights.len() || indptr.last() != Some(&cols.len()) {
            return malformed(n_rows, "row offsets, columns and weights differ in length");
        }
        for row in 0..n_rows {
            let Some(of_row) = cols.get(indptr[row]..indptr[row + 1]) else {
                return malformed(row, "row offsets must ascend");
            };
            if of_row.windows(2).any(|pair| pair[0] >= pair[1]) {
                return malformed(row, "columns must ascend without repeats");
            }
            if of_row.last().is_some_and(|&col| col as usize >= n_cols) {
                return malformed(row, "a column lies outside the shape");
            }
        }
        if let Some(position) = weights.iter().position(|weight| !weight.is_finite()) {
            return Err(FeatureError::NotFinite { position, weight: weights[position] });
        }
        Ok(Self { n_cols, indptr, cols, weights })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.indptr.len().saturating_sub(1)
    }

    /// Number of columns.
    #[must_use]
    pub fn n_cols(&self) -> usize {
        self.n_cols
    }

    /// Number of stored entries.
    #[must_use]
    pub fn nnz(&self) -> usize {
        self.cols.len()
    }

    /// Offsets of the rows, one more than there are rows.
    #[must_use]
    pub fn indptr(&self) -> &[usize] {
        &self.indptr
    }

    /// Columns of all entries, row after row.
    #[must_use]
    pub fn cols(&self) -> &[u32] {
        &self.cols
    }

    /// Weights of all entries, row after row.
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Columns (ascending) and weights of row `i`, which must be below [`Self::n_rows`].
    #[must_use]
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[i]..self.indptr[i + 1];
        (&self.cols[range.clone()], &self.weights[range])
    }

    /// Number of entries in row `i`.
    #[must_use]
    pub fn row_nnz(&self, i: usize) -> usize {
        self.indptr[i + 1] - self.indptr[i]
    }

    /// Row `i` as `(column, weight)` pairs: a user's history.
    #[must_use]
    pub fn history(&self, i: usize) -> Vec<(u32, f32)> {
        let (cols, weights) = self.row(i);
        cols.iter().copied().zip(weights.iter().copied()).collect()
    }

    /// Weight at `(row, col)`, or `None` where nothing is stored.
    #[must_use]
    pub fn get(&self, row: usize, col: u32) -> Option<f32> {
        let (cols, weights) = self.row(row);
        cols.binary_search(&col).ok().map(|at| weights[at])
    }

    /// The rows named, in the order named, each of them below [`Self::n_rows`].
    #[must_use]
    pub fn select_rows(&self, rows: &[u32]) -> Self {
        let mut selected = Self::empty(0, self.n_cols);
        for &row in rows {
            let (cols, weights) = self.row(row as usize);
            selected.cols.extend_from_slice(cols);
            selected.weights.extend_from_slice(weights);
            selected.indptr.push(selected.cols.len());
        }
        selected
    }

    /// The same entries with other weights: `weight(row, column, old)`, which must be finite.
    #[must_use]
    pub fn map_weights(&self, weight: impl Fn(usize, u32, f32) -> f32) -> Self {
        let mut mapped = self.clone();
        for row in 0..self.n_rows() {
            for at in self.indptr[row]..self.indptr[row + 1] {
                mapped.weights[at] = weight(row, self.cols[at], self.weights[at]);
            }
        }
        mapped
    }

    /// The items × users twin, in `O(entries + rows + columns)`.
    #[must_use]
    pub fn transpose(&self) -> Self {
        let mut indptr = vec![0_usize; self.n_cols + 1];
        for &col in &self.cols {
            indptr[col as usize + 1] += 1;
        }
        for col in 0..self.n_cols {
            indptr[col + 1] += indptr[col];
        }
        let mut next = indptr.clone();
        let mut cols = vec![0_u32; self.nnz()];
        let mut weights = vec![0_f32; self.nnz()];
        for row in 0..self.n_rows() {
            let (of_row, of_weights) = self.row(row);
            for (&col, &weight) in of_row.iter().zip(of_weights) {
                let at = &mut next[col as usize];
                cols[*at] = row as u32;
                weights[*at] = weight;
                *at += 1;
            }
        }
        Self { n_cols: self.n_rows(), indptr, cols, weights }
    }
}

fn check_shape(n_rows: usize, n_cols: usize) -> Result<(), FeatureError> {
    if u32::try_from(n_rows).is_err() || u32::try_from(n_cols).is_err() {
        return Err(FeatureError::TooLarge { n_rows, n_cols });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_bad_entry_is_named() {
        assert!(matches!(
            Csr::from_triplets(2, 2, &[(0, 0, 1.0), (1, 2, 1.0)]),
            Err(FeatureError::OutOfShape { position: 1, col: 2, .. })
        ));
        assert!(matches!(
            Csr::from_triplets(2, 2, &[(0, 0, f32::NAN)]),
            Err(FeatureError::NotFinite { position: 0, .. })
        ));
        assert!(matches!(
            Csr::from_triplets(1, 1, &[(0, 0, f32::MAX), (0, 0, f32::MAX)]),
            Err(FeatureError::NotFinite { .. })
        ));
    }

    #[test]
    fn malformed_parts_are_refused() {
        let parts = |indptr: &[usize], cols: &[u32]| {
            Csr::from_parts(3, indptr.to_vec(), cols.to_vec(), vec![1.0; cols.len()])
        };
        assert!(parts(&[0, 2, 3], &[0, 2, 1]).is_ok());
        assert!(parts(&[0, 2, 3], &[2, 0, 1]).is_err());
        assert!(parts(&[0, 2, 3], &[0, 3, 1]).is_err());
        assert!(parts(&[0, 2, 1, 3], &[0, 2, 1]).is_err());
        assert!(parts(&[0, 2], &[0, 2, 1]).is_err());
        assert!(parts(&[], &[]).is_err());
    }

    fn triplets() -> impl Strategy<Value = Vec<(u32, u32, f32)>> {
        prop::collection::vec((0..6_u32, 0..5_u32, -4..5_i32), 0..60)
            .prop_map(|all| all.into_iter().map(|(r, c, w)| (r, c, w as f32)).collect())
    }

    proptest! {
        #[test]
        fn equals_a_map_of_sums(triplets in triplets()) {
            let mut sums = BTreeMap::new();
            for &(row, col, weight) in &triplets {
                *sums.entry((row, col)).or_insert(0.0) += weight;
            }
            sums.retain(|_, weight| *weight != 0.0);
            let matrix = Csr::from_triplets(6, 5, &triplets).unwrap();
            let mut found = BTreeMap::new();
            for row in 0..6 {
                for (col, weight) in matrix.history(row as usize) {
                    found.insert((row, col), weight);
                }
            }
            prop_assert_eq!(&found, &sums);
            prop_assert_eq!(matrix.nnz(), sums.len());
            let twin = matrix.transpose();
            for (&(row, col), &weight) in &sums {
                prop_assert_eq!(twin.get(col as usize, row), Some(weight));
            }
            prop_assert_eq!(twin.transpose(), matrix.clone());
            let selected = matrix.select_rows(&[3, 0, 3]);
            for (at, row) in [3, 0, 3].into_iter().enumerate() {
                prop_assert_eq!(selected.row(at), matrix.row(row));
            }
            let doubled = matrix.map_weights(|row, col, weight| {
                weight + matrix.get(row, col).unwrap_or(f32::NAN)
            });
            for (&(row, col), &weight) in &sums {
                prop_assert_eq!(doubled.get(row as usize, col), Some(2.0 * weight));
            }
            let parts = Csr::from_parts(
                5, matrix.indptr().to_vec(), matrix.cols().to_vec(), matrix.weights().to_vec());
            prop_assert_eq!(parts.unwrap(), matrix);
        }

        #[test]
        fn the_order_of_input_does_not_matter(
            entries in prop::collection::vec((0..2_u32, 0..2_u32, -1e3_f32..1e3), 0..30),
        ) {
            let mut reversed = entries.clone();
            reversed.reverse();
            let built = |entries: &[_]| Csr::from_triplets(2, 2, entries);
            prop_assert_eq!(built(&entries), built(&reversed));
        }
    }
}
