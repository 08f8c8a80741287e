//! What every recommender can do.
//!
//! A *history* is what one shopper did: `(item, weight)` pairs, oldest first. Models that look at
//! the order say so; to all others any order is the same and repeats are summed. Items outside the
//! catalogue and weights that are not above 0 are passed over, so no history can make a recommender
//! fail. A user needs no training: a history is enough.

use feature::Csr;
use rayon::prelude::*;

use crate::topk::{Scored, top_of_scores};
use crate::train_set::TrainSet;

/// Why an item got its score: what each item of the history added.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explanation {
    /// The score explained.
    pub score: f32,
    /// `(history item, what it added)`, largest first.
    pub contributions: Vec<(u32, f32)>,
    /// What no single item of the history accounts for; the contributions and the rest sum to the
    /// score.
    pub rest: f32,
    /// Whether the split is an estimate; else it is the model's own arithmetic.
    pub is_estimate: bool,
}

impl Explanation {
    /// A score of 0 with nothing behind it.
    #[must_use]
    pub fn nothing() -> Self {
        Self { score: 0.0, contributions: Vec::new(), rest: 0.0, is_estimate: false }
    }
}

/// A model that scores the items of a catalogue for a history.
pub trait Recommender: Send + Sync {
    /// The model's name, as manifests and reports write it.
    fn name(&self) -> &'static str;

    /// Number of items in the catalogue the model knows.
    fn n_items(&self) -> usize;

    /// Scores every item for a history; `scores` has [`Self::n_items`] entries. A score of exactly
    /// 0 means that the model has no evidence about the item.
    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]);

    /// Scores every item for user `user` of the training set, who did `history`. Models
    /// that learnt something about their training users use it.
    fn score_user(&self, user: u32, history: &[(u32, f32)], scores: &mut [f32]) {
        let _ = user;
        self.score(history, scores);
    }

    /// The best `n` items that `keep` accepts; equal scores are ordered by item index. Fewer come
    /// back where fewer exist or the model has no evidence.
    fn recommend(
        &self,
        history: &[(u32, f32)],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<Scored> {
        let mut scores = vec![0.0; self.n_items()];
        self.score(history, &mut scores);
        top_of_scores(&scores, n, keep)
    }

    /// The best `n` items for every training user, without the items the user has met.
    fn recommend_all(&self, train: &TrainSet, n: usize) -> Vec<Vec<Scored>> {
        let scratch = || vec![0.0; self.n_items()];
        (0..train.n_users())
            .into_par_iter()
            .map_init(scratch, |scores, user| {
                self.score_user(user as u32, &train.history(user), scores);
                let (owned, _) = train.matrix().row(user);
                top_of_scores(scores, n, &|item| owned.binary_search(&item).is_err())
            })
            .collect()
    }

    /// The best `n` items for people the model may never have met, one per row of `histories`,
    /// without the items of their row in `hidden`. Models that learnt nothing about users may do
    /// them all at once.
    fn recommend_folded(&self, histories: &TrainSet, hidden: &Csr, n: usize) -> Vec<Vec<Scored>> {
        let scratch = || vec![0.0; self.n_items()];
        (0..histories.n_users())
            .into_par_iter()
            .map_init(scratch, |scores, row| {
                self.score(&histories.history(row), scores);
                let (hidden, _) = hidden.row(row);
                top_of_scores(scores, n, &|item| hidden.binary_search(&item).is_err())
            })
            .collect()
    }

    /// The `n` items most like `item`, best first; none for an item the model knows nothing of.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored>;

    /// Splits the score of `item` into what each item of the history adds.
    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation;
}

/// A history in item order with repeats summed and what cannot be used left out.
pub(crate) fn tidy_history(history: &[(u32, f32)], n_items: usize) -> Vec<(u32, f32)> {
    let usable = |&&(item, weight): &&(u32, f32)| {
        (item as usize) < n_items && weight.is_finite() && weight > 0.0
    };
    let mut tidy: Vec<_> = history.iter().filter(usable).copied().collect();
    // Ordering repeats by weight makes their rounded sum independent of the history's order.
    tidy.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    tidy.dedup_by(|next, first| {
        let same = next.0 == first.0;
        if same {
            first.1 = (first.1 + next.1).min(f32::MAX);
        }
        same
    });
    tidy
}

/// What each item of a history adds, told by leaving it out: estimates.
pub(crate) fn by_leaving_out(
    history: &[(u32, f32)],
    n_items: usize,
    score_of: &impl Fn(&[(u32, f32)]) -> f32,
) -> Explanation {
    let tidy = tidy_history(history, n_items);
    let score = score_of(&tidy);
    let without = |(at, &(item, _)): (usize, &(u32, f32))| {
        let mut rest = tidy.clone();
        rest.remove(at);
        (item, score - score_of(&rest))
    };
    let mut of_each: Vec<(u32, f32)> = tidy.iter().enumerate().map(without).collect();
    // Whatever could not be used added nothing; a repeat is told once, by its first.
    let contributions: Vec<(u32, f32)> = history
        .iter()
        .map(|&(item, _)| match of_each.iter_mut().find(|one| one.0 == item) {
            Some(one) => (item, std::mem::take(&mut one.1)),
            None => (item, 0.0),
        })
        .collect();
    let covered: f32 = contributions.iter().map(|(_, added)| added).sum();
    let contributions = sorted_contributions(contributions);
    Explanation { score, contributions, rest: score - covered, is_estimate: true }
}

/// Contributions in order, largest first, equal ones by item.
pub(crate) fn sorted_contributions(mut all: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    all.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_tidied() {
        let history = [(3, 1.0), (9, 1.0), (1, f32::NAN), (2, -1.0), (3, 2.0), (0, 1.0), (1, 0.0)];
        assert_eq!(tidy_history(&history, 5), vec![(0, 1.0), (3, 3.0)]);
    }
}
