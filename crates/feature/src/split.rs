//! Splits of interactions into a part to learn from and a part to be judged on.
//!
//! The global time split is the honest one: nothing after the cut is seen in training. Leave last
//! out is what many papers use; it leaks the future of other users into training.
//! Both keep the order of the input and take `O(n)` time.

use crate::error::FeatureError;
use crate::sparse::Csr;

/// One user's contact with one item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction {
    /// Row in the users × items matrix.
    pub user: u32,
    /// Column in the users × items matrix.
    pub item: u32,
    /// When it happened, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Strength, above 0.
    pub weight: f32,
}

/// Two parts of the same interactions, each in the order of the input.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Split {
    /// What a model may see.
    pub train: Vec<Interaction>,
    /// What it is judged on.
    pub test: Vec<Interaction>,
}

/// Puts everything strictly before `cut_ms` in train and the rest in test.
#[must_use]
pub fn global_time_split(interactions: &[Interaction], cut_ms: i64) -> Split {
    let (train, test) = interactions.iter().partition(|one| one.time_ms < cut_ms);
    Split { train, test }
}

/// Puts each user's last interaction in test; a user with a single one keeps it in train.
///
/// Last means the largest time, and the later position in the input among equal times.
#[must_use]
pub fn leave_last_out(interactions: &[Interaction]) -> Split {
    let n_users = interactions.iter().map(|one| one.user as usize + 1).max().unwrap_or(0);
    let mut last: Vec<Option<usize>> = vec![None; n_users];
    let mut counts = vec![0_usize; n_users];
    for (position, one) in interactions.iter().enumerate() {
        let user = one.user as usize;
        counts[user] += 1;
        if last[user].is_none_or(|at| interactions[at].time_ms <= one.time_ms) {
            last[user] = Some(position);
        }
    }
    let mut split = Split::default();
    for (position, one) in interactions.iter().enumerate() {
        let user = one.user as usize;
        let is_test = counts[user] > 1 && last[user] == Some(position);
        if is_test { &mut split.test } else { &mut split.train }.push(*one);
    }
    split
}

/// The users × items matrix of the weights; repeats are summed.
///
/// # Errors
/// When a user or item lies outside the shape or a weight is not finite.
pub fn to_matrix(
    interactions: &[Interaction],
    n_users: usize,
    n_items: usize,
) -> Result<Csr, FeatureError> {
    let triplets: Vec<_> =
        interactions.iter().map(|one| (one.user, one.item, one.weight)).collect();
    Csr::from_triplets(n_users, n_items, &triplets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn log() -> impl Strategy<Value = Vec<Interaction>> {
        prop::collection::vec((0..5_u32, 0..9_u32, 0..6_i64), 0..40).prop_map(|all| {
            let weight = 1.0;
            let one = |(user, item, time_ms)| Interaction { user, item, time_ms, weight };
            all.into_iter().map(one).collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_in_train_is_at_or_after_the_cut(log in log(), cut_ms in -1..8_i64) {
            let split = global_time_split(&log, cut_ms);
            let mut train = log.clone();
            train.retain(|one| one.time_ms < cut_ms);
            let mut test = log;
            test.retain(|one| one.time_ms >= cut_ms);
            prop_assert_eq!(split, Split { train, test });
        }

        #[test]
        fn the_last_of_each_user_is_held_out(log in log()) {
            let split = leave_last_out(&log);
            let mut held = Vec::new();
            for user in 0..5 {
                let mut own: Vec<_> =
                    log.iter().enumerate().filter(|(_, one)| one.user == user).collect();
                own.sort_by_key(|(position, one)| (one.time_ms, *position));
                if own.len() > 1 {
                    held.push(own[own.len() - 1].0);
                }
            }
            let part = |is_test: bool| -> Vec<Interaction> {
                let all = log.iter().enumerate();
                all.filter(|(at, _)| held.contains(at) == is_test).map(|(_, one)| *one).collect()
            };
            prop_assert_eq!(split.train, part(false));
            prop_assert_eq!(split.test, part(true));
        }

        #[test]
        fn the_matrix_counts_repeats(log in log()) {
            let matrix = to_matrix(&log, 5, 9).unwrap();
            for user in 0..5_u32 {
                for item in 0..9_u32 {
                    let n = log.iter().filter(|one| (one.user, one.item) == (user, item)).count();
                    prop_assert_eq!(matrix.get(user as usize, item).unwrap_or(0.0), n as f32);
                }
            }
        }
    }
}
