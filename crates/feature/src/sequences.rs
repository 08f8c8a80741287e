//! What each person did, in order: ragged rows of `(item, weight)`, oldest first.
//!
//! Row `i` holds `steps[indptr[i]..indptr[i + 1]]`. Memory: 8 bytes per step and per row. Building
//! takes `O(steps)`.

use crate::error::FeatureError;
use crate::sparse::Csr;
use crate::split::Interaction;

/// Histories in order, one per row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sequences {
    n_items: usize,
    indptr: Vec<usize>,
    steps: Vec<(u32, f32)>,
}

impl Sequences {
    /// No rows yet over a catalogue of so many items.
    #[must_use]
    pub fn new(n_items: usize) -> Self {
        Self { n_items, indptr: vec![0], steps: Vec::new() }
    }

    /// Appends a row, oldest step first.
    ///
    /// # Errors
    /// When an item lies outside the catalogue or a weight is not finite.
    pub fn push(&mut self, row: &[(u32, f32)]) -> Result<(), FeatureError> {
        for (at, &(item, weight)) in row.iter().enumerate() {
            let position = self.steps.len() + at;
            if item as usize >= self.n_items {
                let (row, n_rows) = (self.n_rows() as u32, self.n_rows() + 1);
                let n_cols = self.n_items;
                return Err(FeatureError::OutOfShape { position, row, col: item, n_rows, n_cols });
            }
            if !weight.is_finite() {
                return Err(FeatureError::NotFinite { position, weight });
            }
        }
        self.steps.extend_from_slice(row);
        self.indptr.push(self.steps.len());
        Ok(())
    }

    /// One row per user; interactions of a user may come between those of others, but each user's
    /// own stand in the order of time.
    ///
    /// # Errors
    /// When a user or item lies outside the shape or a weight is not finite.
    pub fn from_interactions(
        interactions: &[Interaction],
        n_users: usize,
        n_items: usize,
    ) -> Result<Self, FeatureError> {
        let mut indptr = vec![0_usize; n_users + 1];
        for (position, one) in interactions.iter().enumerate() {
            if one.user as usize >= n_users || one.item as usize >= n_items {
                let (row, col) = (one.user, one.item);
                let (n_rows, n_cols) = (n_users, n_items);
                return Err(FeatureError::OutOfShape { position, row, col, n_rows, n_cols });
            }
            if !one.weight.is_finite() {
                return Err(FeatureError::NotFinite { position, weight: one.weight });
            }
            indptr[one.user as usize + 1] += 1;
        }
        for user in 0..n_users {
            indptr[user + 1] += indptr[user];
        }
        let mut next = indptr.clone();
        let mut steps = vec![(0, 0.0); interactions.len()];
        for one in interactions {
            let at = &mut next[one.user as usize];
            steps[*at] = (one.item, one.weight);
            *at += 1;
        }
        Ok(Self { n_items, indptr, steps })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.indptr.len().saturating_sub(1)
    }

    /// Number of items in the catalogue.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.n_items
    }

    /// Number of steps in all rows.
    #[must_use]
    pub fn n_steps(&self) -> usize {
        self.steps.len()
    }

    /// Row `i`, oldest step first; `i` must be below [`Self::n_rows`].
    #[must_use]
    pub fn row(&self, i: usize) -> &[(u32, f32)] {
        &self.steps[self.indptr[i]..self.indptr[i + 1]]
    }

    /// Each item once per row, where it was met last, with the sum of its weights.
    #[must_use]
    pub fn distinct(&self) -> Self {
        let mut all = Self::new(self.n_items);
        for row in 0..self.n_rows() {
            all.steps.extend(latest_of_each(self.row(row)));
            all.indptr.push(all.steps.len());
        }
        all
    }

    /// The rows × items matrix of the weights; repeats are summed.
    ///
    /// # Errors
    /// When a sum is not finite or the shape does not fit the index type.
    pub fn to_matrix(&self) -> Result<Csr, FeatureError> {
        let of_row = |row: usize| self.row(row).iter().map(move |&(item, w)| (row as u32, item, w));
        let triplets: Vec<_> = (0..self.n_rows()).flat_map(of_row).collect();
        Csr::from_triplets(self.n_rows(), self.n_items, &triplets)
    }
}

/// Each item of a history once, where it was met last, with the sum of its weights.
#[must_use]
pub fn latest_of_each(history: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut at = rustc_hash::FxHashMap::default();
    let mut sums: Vec<(usize, u32, f64)> = Vec::new();
    for (position, &(item, weight)) in history.iter().enumerate() {
        let slot = *at.entry(item).or_insert(sums.len());
        match sums.get_mut(slot) {
            Some(known) => {
                known.0 = position;
                known.2 += f64::from(weight);
            }
            None => sums.push((position, item, f64::from(weight))),
        }
    }
    sums.sort_unstable_by_key(|one| one.0);
    let bounded = |sum: f64| (sum as f32).clamp(f32::MIN, f32::MAX);
    sums.into_iter().map(|(_, item, sum)| (item, bounded(sum))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_keep_their_order_whoever_came_between() {
        let one = |user, item, time_ms| Interaction { user, item, time_ms, weight: 1.0 };
        let all = [one(1, 3, 5), one(0, 2, 6), one(1, 0, 7), one(1, 3, 8)];
        let found = Sequences::from_interactions(&all, 3, 4).unwrap();
        assert_eq!(found.row(0), [(2, 1.0)]);
        assert_eq!(found.row(1), [(3, 1.0), (0, 1.0), (3, 1.0)]);
        assert_eq!(found.row(2), []);
        assert_eq!(found.distinct().row(1), [(0, 1.0), (3, 2.0)]);
        assert_eq!(found.to_matrix().unwrap().get(1, 3), Some(2.0));
        assert_eq!((found.n_rows(), found.n_steps()), (3, 4));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut all = Sequences::new(2);
        assert!(matches!(all.push(&[(2, 1.0)]), Err(FeatureError::OutOfShape { .. })));
        assert!(matches!(all.push(&[(0, f32::NAN)]), Err(FeatureError::NotFinite { .. })));
        let stranger = [Interaction { user: 9, item: 0, time_ms: 0, weight: 1.0 }];
        assert!(Sequences::from_interactions(&stranger, 1, 1).is_err());
    }
}
