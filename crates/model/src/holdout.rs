//! Validation parts cut from what may be learnt from, so that settings can be chosen without a look
//! at the test part.
//!
//! Each cut takes `O(interactions)` time and memory, and draws by position in a seeded stream, so
//! that the same seed cuts the same at any number of threads.

use feature::{Csr, FeatureError, Sequences};

use crate::evaluate::GivenNegatives;
use crate::seed::Stream;
use crate::train_set::TrainSet;

/// What remains to be learnt from, and what was held out.
#[derive(Debug, Clone, PartialEq)]
pub struct Held {
    /// Users in their rows, without what was held out.
    pub train: TrainSet,
    /// User and item held out, by user.
    pub held: Vec<(u32, u32)>,
}

/// Holds out a seeded tenth of each user's items, rounded, at least one; users with a single item
/// keep it.
///
/// # Errors
/// As [`TrainSet::ordered`].
pub fn tenth_of_each(train: &TrainSet, seed: u64) -> Result<Held, FeatureError> {
    cut(train, |user, n| drawn(user, n, if n < 2 { 0 } else { ((n + 5) / 10).max(1) }, seed))
}

/// Holds out one seeded item of each user, for histories whose order says nothing; users with a
/// single item keep it.
///
/// # Errors
/// As [`TrainSet::ordered`].
pub fn one_of_each(train: &TrainSet, seed: u64) -> Result<Held, FeatureError> {
    cut(train, |user, n| drawn(user, n, usize::from(n >= 2), seed))
}

/// So many of a user's `n` places.
fn drawn(user: usize, n: usize, wanted: usize, seed: u64) -> Vec<usize> {
    let draws = Stream::new(seed).fork(user as u64);
    let mut places: Vec<usize> = (0..n).collect();
    places.sort_by_key(|&place| (draws.bits(place as u64), place));
    places.truncate(wanted);
    places
}

/// Holds out the last item of each user that `is_asked` accepts, given the user and how many items
/// the history has.
///
/// # Errors
/// As [`TrainSet::ordered`].
pub fn last_of_each(
    train: &TrainSet,
    is_asked: &dyn Fn(u32, usize) -> bool,
) -> Result<Held, FeatureError> {
    let last = |user: usize, n: usize| n.checked_sub(1).filter(|_| is_asked(user as u32, n));
    cut(train, |user, n| last(user, n).into_iter().collect())
}

/// Removes the places that `choose` names, given a user and the length of the history.
fn cut(
    train: &TrainSet,
    choose: impl Fn(usize, usize) -> Vec<usize>,
) -> Result<Held, FeatureError> {
    let mut kept = Sequences::new(train.n_items());
    let mut held = Vec::new();
    for user in 0..train.n_users() {
        let history = train.history(user);
        let mut chosen = choose(user, history.len());
        chosen.sort_unstable();
        held.extend(chosen.iter().map(|&place| (user as u32, history[place].0)));
        let rest = history.iter().enumerate();
        let rest = rest.filter(|(place, _)| chosen.binary_search(place).is_err());
        kept.push(&rest.map(|(_, one)| *one).collect::<Vec<_>>())?;
    }
    Ok(Held { train: TrainSet::ordered(kept)?, held })
}

/// For each item held out, `n` seeded items that its user never met in `known`, each once; fewer
/// where the catalogue has no more.
#[must_use]
pub fn negatives_for(held: &[(u32, u32)], known: &Csr, n: usize, seed: u64) -> Vec<GivenNegatives> {
    let n_items = known.n_cols();
    let stream = Stream::new(seed);
    let case = |(at, &(user, positive)): (usize, &(u32, u32))| {
        let (met, _) = known.row(user as usize);
        let is_met = |item: u32| item == positive || met.binary_search(&item).is_ok();
        let positive_is_met = met.binary_search(&positive).is_ok();
        let possible = n_items - met.len() - usize::from(!positive_is_met);
        let draws = stream.fork(at as u64);
        let mut negatives: Vec<u32> = Vec::with_capacity(n.min(possible));
        if possible <= 2 * n {
            // Too few to hit by luck: all of them in a drawn order.
            negatives.extend((0..n_items as u32).filter(|&item| !is_met(item)));
            negatives.sort_by_key(|&item| (draws.bits(u64::from(item)), item));
            negatives.truncate(n);
        }
        let mut draw = 0;
        while negatives.len() < n.min(possible) {
            let item = draws.below(draw, n_items) as u32;
            draw += 1;
            if !is_met(item) && !negatives.contains(&item) {
                negatives.push(item);
            }
        }
        GivenNegatives { user, positive, negatives }
    };
    held.iter().enumerate().map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn histories(rows: &[Vec<u32>], n_items: usize) -> TrainSet {
        let mut all = Sequences::new(n_items);
        for row in rows {
            all.push(&row.iter().map(|&item| (item, 1.0)).collect::<Vec<_>>()).unwrap();
        }
        TrainSet::ordered(all).unwrap()
    }

    proptest! {
        #[test]
        fn every_item_is_either_kept_or_held(
            rows in prop::collection::vec(prop::collection::vec(0..30_u32, 0..25), 1..6),
            seed in 0..100_u64,
        ) {
            let all = histories(&rows, 30);
            let tenth = tenth_of_each(&all, seed).unwrap();
            let last = last_of_each(&all, &|_, n| n >= 3).unwrap();
            let one = one_of_each(&all, seed).unwrap();
            let several = rows.iter().filter(|row| row.len() > 1).count();
            prop_assert_eq!(one.held.len(), several);
            prop_assert!(one.held.iter().all(|(user, item)| rows[*user as usize].contains(item)));
            prop_assert_eq!(&tenth, &tenth_of_each(&all, seed).unwrap());
            for (user, row) in rows.iter().enumerate() {
                let own = |held: &Held| -> Vec<u32> {
                    let of_user = held.held.iter().filter(|one| one.0 as usize == user);
                    let kept = held.train.history(user).into_iter().map(|one| one.0);
                    let mut items: Vec<u32> = kept.chain(of_user.map(|one| one.1)).collect();
                    items.sort_unstable();
                    items
                };
                let mut sorted = row.clone();
                sorted.sort_unstable();
                prop_assert_eq!(own(&tenth), sorted.clone());
                prop_assert_eq!(own(&last), sorted);
                let n_held = tenth.held.iter().filter(|one| one.0 as usize == user).count();
                let share = (row.len() as f64 / 10.0).round().max(1.0) as usize;
                prop_assert_eq!(n_held, if row.len() < 2 { 0 } else { share });
                let found = last.held.iter().find(|one| one.0 as usize == user).map(|one| one.1);
                prop_assert_eq!(found, row.last().copied().filter(|_| row.len() >= 3));
            }
        }

        #[test]
        fn negatives_were_never_met(
            rows in prop::collection::vec(prop::collection::vec(0..40_u32, 1..20), 1..4),
            n in 1..45_usize,
        ) {
            let all = histories(&rows, 40);
            let held: Vec<(u32, u32)> =
                rows.iter().enumerate().map(|(user, row)| (user as u32, row[0])).collect();
            for case in negatives_for(&held, all.matrix(), n, 5) {
                let met = &rows[case.user as usize];
                let mut seen = case.negatives.clone();
                seen.sort_unstable();
                seen.dedup();
                prop_assert_eq!(seen.len(), case.negatives.len());
                prop_assert!(case.negatives.iter().all(|item| !met.contains(item)));
                let free = (0..40).filter(|item| !met.contains(item)).count();
                prop_assert_eq!(case.negatives.len(), n.min(free));
            }
        }
    }
}
