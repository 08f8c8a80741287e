//! Popularity: the same list for everyone, the baseline every model has to beat.
//!
//! `score(i) = Σ_u [w_ui > 0]` (users) or `Σ_u w_ui` (weights).
//!
//! Symbols: `w`, users × items, the weight of user `u` on item `i` (no unit; a time decay put in
//! the weights makes this "popular lately"). Time `O(entries)`, memory `O(items)`.
//! Source: P. Cremonesi, Y. Koren and R. Turrin, "Performance of recommender algorithms on top-N
//! recommendation tasks", RecSys 2010, section 3.1 (TopPop).

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_weights};
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, top_of_scores};
use crate::train_set::TrainSet;

/// What popularity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Users who touched the item, each once.
    #[default]
    Users,
    /// The sum of their weights.
    Weights,
}

/// How popularity is counted.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PopularityConfig {
    /// What is counted.
    pub count: Count,
}

/// A fitted popularity list.
#[derive(Debug, Clone, PartialEq)]
pub struct Popularity {
    config: PopularityConfig,
    n_users: usize,
    scores: Vec<f32>,
}

impl Fitted for Popularity {
    type Config = PopularityConfig;

    const NAME: &'static str = "Popularity";

    fn fit_watched(
        config: &PopularityConfig,
        train: &TrainSet,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        check_weights(Self::NAME, train)?;
        let mut sums = vec![0.0_f64; train.n_cols()];
        for (&item, &weight) in train.cols().iter().zip(train.weights()) {
            sums[item as usize] += match config.count {
                Count::Users => 1.0,
                Count::Weights => f64::from(weight),
            };
        }
        let scores = sums.into_iter().map(|sum| (sum as f32).min(f32::MAX)).collect();
        Ok(Self { config: config.clone(), n_users: train.n_rows(), scores })
    }

    fn config(&self) -> &PopularityConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn to_tensors(&self) -> TensorsOut {
        TensorsOut::default()
            .with_f32("scores", vec![self.scores.len()], &self.scores)
            .with_u64("n_users", &[self.n_users as u64])
    }

    fn from_tensors(config: PopularityConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        let (_, scores) = tensors.f32("scores")?;
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        Ok(Self { config, n_users, scores })
    }
}

impl Recommender for Popularity {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.scores.len()
    }

    fn score(&self, _history: &[(u32, f32)], scores: &mut [f32]) {
        scores.copy_from_slice(&self.scores);
    }

    /// One order serves everyone: each user gets its first `n` items not yet owned.
    fn recommend_all(&self, train: &TrainSet, n: usize) -> Vec<Vec<Scored>> {
        let train = train.matrix();
        let order = top_of_scores(&self.scores, self.scores.len(), &|_| true);
        let of_user = |user| {
            let (owned, _) = train.row(user);
            let is_new = |one: &&Scored| owned.binary_search(&one.item).is_err();
            order.iter().filter(is_new).take(n).copied().collect()
        };
        (0..train.n_rows()).into_par_iter().map(of_user).collect()
    }

    /// None: popularity knows nothing of likeness.
    fn similar_items(&self, _item: u32, _n: usize) -> Vec<Scored> {
        Vec::new()
    }

    /// The whole score is the rest: it does not depend on the history.
    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let score = self.scores.get(item as usize).copied().unwrap_or(0.0);
        let history = tidy_history(history, self.n_items());
        let contributions = history.into_iter().map(|(item, _)| (item, 0.0)).collect();
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: score, is_estimate: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use feature::Csr;

    #[test]
    fn counts_users_or_weights() {
        let train = Csr::from_triplets(3, 3, &[(0, 1, 5.0), (1, 0, 1.0), (2, 0, 2.0)]).unwrap();
        let order = |count| -> Vec<(u32, f32)> {
            let model =
                Popularity::fit(&PopularityConfig { count }, &TrainSet::from(&train)).unwrap();
            model.recommend(&[], 9, &|_| true).iter().map(|s| (s.item, s.score)).collect()
        };
        assert_eq!(order(Count::Users), vec![(0, 2.0), (1, 1.0)]);
        assert_eq!(order(Count::Weights), vec![(1, 5.0), (0, 3.0)]);
    }
}
