//! AUC of each user: the chance that an item they took is ranked above one they did not.
//!
//! `AUC_u = (Σ_{i ∈ R, j ∈ N} [s_i > s_j] + ½ [s_i = s_j]) / (|R| · |N|)`, and its mean over users.
//! An item without evidence (a score of exactly 0) is never shown, so it ranks below all others.
//!
//! Symbols: `s`, scores; `R`, items to be found; `N`, all others that may be shown. ½ where one of
//! the two is empty. Time for each user one scoring of the catalogue and `O(items · log |R|)`;
//! memory `O(items)` per thread.
//! Source: S. Rendle, C. Freudenthaler, Z. Gantner and L. Schmidt-Thieme, "BPR: Bayesian
//! personalized ranking from implicit feedback", UAI 2009, section 6.2.

use feature::Csr;
use rayon::prelude::*;

/// The AUC of each of some users, in their order. `score` scores the catalogue for one of them;
/// items of a user's row in `hidden` do not take part.
pub(crate) fn user_auc(
    users: &[u32],
    relevant: &[Vec<u32>],
    hidden: &Csr,
    score: &(dyn Fn(u32, &mut [f32]) + Sync),
) -> Vec<f64> {
    let scratch = || vec![0.0; hidden.n_cols()];
    let of_user = |scores: &mut Vec<f32>, (&user, relevant): (&u32, &Vec<u32>)| {
        score(user, scores);
        auc_of(scores, hidden.row(user as usize).0, relevant)
    };
    users.par_iter().zip(relevant).map_init(scratch, of_user).collect()
}

/// The AUC of one user; `hidden` and `relevant` ascend and share no item.
fn auc_of(scores: &[f32], hidden: &[u32], relevant: &[u32]) -> f64 {
    // Items without evidence come last, all alike.
    let rank = |item: usize| match scores[item] {
        score if score == 0.0 || score.is_nan() => f32::NEG_INFINITY,
        score => score,
    };
    let mut found: Vec<f32> = relevant.iter().map(|&item| rank(item as usize)).collect();
    found.sort_unstable_by(f32::total_cmp);
    let (mut hidden, mut skipped) = (hidden.iter().peekable(), relevant.iter().peekable());
    let (mut half_wins, mut others) = (0_u64, 0_u64);
    for item in 0..scores.len() {
        let is = |next: Option<&&u32>| next.is_some_and(|next| **next as usize == item);
        let (is_hidden, is_relevant) = (is(hidden.peek()), is(skipped.peek()));
        if is_hidden {
            hidden.next();
        }
        if is_relevant {
            skipped.next();
        }
        if is_hidden || is_relevant {
            continue;
        }
        let own = rank(item);
        others += 1;
        let not_above = found.partition_point(|score| *score <= own);
        let below = found.partition_point(|score| *score < own);
        half_wins += (2 * (found.len() - not_above) + (not_above - below)) as u64;
    }
    let pairs = found.len() as u64 * others;
    if pairs == 0 { 0.5 } else { half_wins as f64 / (2 * pairs) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_item_without_evidence_ranks_below_a_bad_score() {
        assert_eq!(auc_of(&[-2.0, 0.0], &[], &[0]), 1.0);
        assert_eq!(auc_of(&[-2.0, 0.0, 0.0], &[], &[1]), 0.25);
        assert_eq!(auc_of(&[3.0, 1.0], &[1], &[0]), 0.5);
        assert_eq!(auc_of(&[], &[], &[]), 0.5);
    }

    proptest! {
        #[test]
        fn every_pair_is_counted(
            rows in prop::collection::vec((-3..4_i8, 0..3_u8), 1..40),
        ) {
            let scores: Vec<f32> = rows.iter().map(|row| f32::from(row.0)).collect();
            let of = |kind: u8| -> Vec<u32> {
                (0..).zip(&rows).filter(|one| one.1.1 == kind).map(|one| one.0).collect()
            };
            let (hidden, relevant, others) = (of(0), of(1), of(2));
            let rank = |item: u32| match scores[item as usize] {
                0.0 => -100.0,
                score => score,
            };
            let mut wins = 0.0;
            for &i in &relevant {
                for &j in &others {
                    let (own, other) = (rank(i), rank(j));
                    wins += if own > other { 1.0 } else if own == other { 0.5 } else { 0.0 };
                }
            }
            let pairs = (relevant.len() * others.len()) as f64;
            let expected = if pairs > 0.0 { wins / pairs } else { 0.5 };
            prop_assert!((auc_of(&scores, &hidden, &relevant) - expected).abs() < 1e-12);
        }
    }
}
