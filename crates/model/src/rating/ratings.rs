//! Ratings: who gave what how many points, by user and by item.

use crate::error::ModelError;
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::Scored;

/// Rows of `(other, value)` pairs.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Lists {
    starts: Vec<usize>,
    others: Vec<u32>,
    values: Vec<f32>,
}

impl Lists {
    /// Lists from triplets `(row, other, value)` that are sorted and hold no pair twice.
    fn of(n_rows: usize, sorted: impl Iterator<Item = (u32, u32, f32)>) -> Self {
        let mut lists = Self { starts: vec![0; n_rows + 1], ..Self::default() };
        for (row, other, value) in sorted {
            lists.starts[row as usize + 1] += 1;
            lists.others.push(other);
            lists.values.push(value);
        }
        for row in 0..n_rows {
            lists.starts[row + 1] += lists.starts[row];
        }
        lists
    }

    /// Lists from whole rows.
    pub(super) fn from_rows(rows: &[Vec<Scored>]) -> Self {
        let of_row = |(row, list): (usize, &'_ Vec<Scored>)| {
            let of_one = |one: &Scored| (row as u32, one.item, one.score);
            list.iter().map(of_one).collect::<Vec<_>>()
        };
        Self::of(rows.len(), rows.iter().enumerate().flat_map(of_row))
    }

    /// Adds the lists to what is written, under three names.
    pub(super) fn write(&self, names: [&'static str; 3], out: TensorsOut) -> TensorsOut {
        let [starts, others, values] = names;
        let places: Vec<u64> = self.starts.iter().map(|&start| start as u64).collect();
        out.with_u64(starts, &places).with_u32(others, &self.others).with_f32(
            values,
            vec![self.values.len()],
            &self.values,
        )
    }

    /// The lists from what was written; every other is below `n_others`.
    pub(super) fn read(
        names: [&str; 3],
        tensors: &Tensors<'_>,
        n_others: usize,
    ) -> Result<Self, String> {
        let starts: Vec<usize> = tensors.u64(names[0])?.into_iter().map(|s| s as usize).collect();
        let others = tensors.u32(names[1])?;
        let values = tensors.f32(names[2])?.1;
        let ends = (starts.first(), starts.last());
        let is_whole = ends == (Some(&0), Some(&others.len())) && starts.is_sorted();
        if !is_whole || others.len() != values.len() {
            return Err(format!("arrays {} do not fit each other", names.join(", ")));
        }
        if others.iter().any(|&other| other as usize >= n_others) {
            return Err(format!("array {} names one beyond the last", names[1]));
        }
        Ok(Self { starts, others, values })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of pairs in all.
    pub(super) fn len(&self) -> usize {
        self.others.len()
    }

    /// Others and values of a row; nothing for a row beyond the last.
    pub(super) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        if row >= self.n_rows() {
            return (&[], &[]);
        }
        let range = self.starts[row]..self.starts[row + 1];
        (&self.others[range.clone()], &self.values[range])
    }

    /// The pairs of a row.
    pub(super) fn pairs(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let (others, values) = self.row(row);
        others.iter().copied().zip(values.iter().copied())
    }

    /// All `(row, other, value)` in order.
    pub(super) fn triplets(&self) -> impl Iterator<Item = (u32, u32, f32)> + '_ {
        let of_row = |row| self.pairs(row).map(move |(other, value)| (row as u32, other, value));
        (0..self.n_rows()).flat_map(of_row)
    }

    /// The same lists with other values.
    pub(super) fn map(&self, value: impl Fn(u32, u32, f32) -> f32) -> Self {
        let values = self.triplets().map(|(row, other, old)| value(row, other, old)).collect();
        Self { starts: self.starts.clone(), others: self.others.clone(), values }
    }
}

/// Who gave what how many points. A pair that is given more than once counts once, with the mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratings {
    pub(super) by_user: Lists,
    pub(super) by_item: Lists,
    mean: f64,
    scale: (f32, f32),
}

impl Ratings {
    /// Ratings from `(user, item, points)` in any order.
    ///
    /// # Errors
    /// When a number lies outside the shape or a rating is not finite.
    pub fn new(
        n_users: usize,
        n_items: usize,
        triplets: &[(u32, u32, f32)],
    ) -> Result<Self, ModelError> {
        let is_bad = |&(user, item, points): &(u32, u32, f32)| {
            user as usize >= n_users || item as usize >= n_items || !points.is_finite()
        };
        if let Some(at) = triplets.iter().position(is_bad) {
            let (user, item, points) = triplets[at];
            let reason = format!(
                "rating {at} is {points} by user {user} of item {item}; give finite numbers for \
                 {n_users} users and {n_items} items"
            );
            return Err(ModelError::Input { model: "ratings", reason });
        }
        let mut sorted = triplets.to_vec();
        // Equal pairs ordered by value, so that their mean does not depend on their order.
        sorted.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let same_pair = sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1));
        let unique: Vec<_> = same_pair.map(|same| (same[0].0, same[0].1, mean_of(same))).collect();
        Ok(Self::of_unique(n_users, n_items, unique))
    }

    /// Ratings from sorted triplets without repeats.
    fn of_unique(n_users: usize, n_items: usize, sorted: Vec<(u32, u32, f32)>) -> Self {
        let points = || sorted.iter().map(|one| one.2);
        let mean = points().map(f64::from).sum::<f64>() / sorted.len().max(1) as f64;
        let ends = |(low, high): (f32, f32), points: f32| (low.min(points), high.max(points));
        let scale = match sorted.is_empty() {
            true => (0.0, 0.0),
            false => points().fold((f32::INFINITY, f32::NEG_INFINITY), ends),
        };
        let by_user = Lists::of(n_users, sorted.iter().copied());
        let mut turned: Vec<_> =
            sorted.into_iter().map(|(user, item, r)| (item, user, r)).collect();
        turned.sort_by_key(|one| (one.0, one.1));
        Self { by_user, by_item: Lists::of(n_items, turned.into_iter()), mean, scale }
    }

    /// Number of users.
    #[must_use]
    pub fn n_users(&self) -> usize {
        self.by_user.n_rows()
    }

    /// Number of items.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.by_item.n_rows()
    }

    /// Number of ratings, each pair once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_user.len()
    }

    /// Whether there is no rating.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The mean rating; 0 for none.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The lowest and the highest rating.
    #[must_use]
    pub fn scale(&self) -> (f32, f32) {
        self.scale
    }

    /// `(user, item, points)` in the order of users, then items.
    pub fn triplets(&self) -> impl Iterator<Item = (u32, u32, f32)> + '_ {
        self.by_user.triplets()
    }

    /// What a user rated, by item.
    #[must_use]
    pub fn of_user(&self, user: usize) -> Vec<(u32, f32)> {
        self.by_user.pairs(user).collect()
    }

    /// The ratings, numbered in the order of [`Self::triplets`], for which `keep` says yes.
    #[must_use]
    pub fn select(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept = self.triplets().enumerate().filter(|(at, _)| keep(*at)).map(|(_, one)| one);
        Self::of_unique(self.n_users(), self.n_items(), kept.collect())
    }
}

fn mean_of(same: &[(u32, u32, f32)]) -> f32 {
    (same.iter().map(|one| f64::from(one.2)).sum::<f64>() / same.len() as f64) as f32
}

/// A history as `(item, points)` by item: repeats give their mean, and what no model can use is
/// passed over.
pub(super) fn tidy(history: &[(u32, f32)], n_items: usize) -> Vec<(u32, f32)> {
    let usable = |&&(item, points): &&(u32, f32)| (item as usize) < n_items && points.is_finite();
    let mut all: Vec<_> = history.iter().filter(usable).map(|&(i, r)| (0, i, r)).collect();
    all.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.2.total_cmp(&b.2)));
    all.chunk_by(|a, b| a.1 == b.1).map(|same| (same[0].1, mean_of(same))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_give_their_mean_and_both_views_agree() {
        let rows = [(1, 0, 5.0), (0, 2, 3.0), (1, 0, 2.0), (0, 0, 1.0)];
        let ratings = Ratings::new(2, 3, &rows).unwrap();
        let all: Vec<_> = ratings.triplets().collect();
        assert_eq!(all, [(0, 0, 1.0), (0, 2, 3.0), (1, 0, 3.5)]);
        assert_eq!((ratings.mean(), ratings.scale()), (2.5, (1.0, 3.5)));
        let by_item: Vec<_> = ratings.by_item.triplets().collect();
        assert_eq!(by_item, [(0, 0, 1.0), (0, 1, 3.5), (2, 0, 3.0)]);
        assert_eq!(ratings.select(|at| at == 1).of_user(0), [(2, 3.0)]);
        assert_eq!(tidy(&[(1, 4.0), (7, 1.0), (1, 2.0), (0, f32::NAN)], 2), [(1, 3.0)]);
    }

    #[test]
    fn what_is_no_rating_is_refused_with_its_place() {
        for bad in [(2, 0, 1.0), (0, 3, 1.0), (0, 0, f32::NAN)] {
            let error = Ratings::new(2, 3, &[(0, 0, 1.0), bad]).unwrap_err().to_string();
            assert!(error.contains("rating 1 "), "{error}");
        }
        assert_eq!(Ratings::new(0, 0, &[]).unwrap().scale(), (0.0, 0.0));
    }
}
