//! Several recommenders as one: their scores, each on its own scale, weighted and summed.
//!
//! `s(h, i) = Σ_m w_m · s_m(h, i) / σ_m(h)`, with `σ_m(h)` the deviation of model `m`'s scores over
//! the catalogue for history `h`. Taking each model's mean off as well would add the same number to
//! every item, so no order would change; without it a score of 0 still means no evidence, and the
//! explanation stays the weighted sum of the models' own explanations.
//!
//! Symbols: `w_m`, weights, 0 or above; `s_m`, the scores of model `m`, `items`. Time that of the
//! models plus `O(models · items)`; memory `O(items)`.
//! Source: E. Fox and J. Shaw, "Combination of multiple searches", TREC-2 1994 (CombSUM), with the
//! standard normalisation of M. Montague and J. Aslam, "Relevance score normalization for
//! metasearch", CIKM 2001, section 3.
//! DIFFERENCE: means are not taken off, for the reason above; models are weighted.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::ModelError;
use crate::recommender::{Explanation, Recommender, sorted_contributions};
use crate::topk::Scored;

/// Recommenders with their weights.
pub struct Blend {
    parts: Vec<(Arc<dyn Recommender>, f32)>,
    n_items: usize,
}

impl Blend {
    /// The name in manifests and reports.
    pub const NAME: &'static str = "Blend";

    /// Joins recommenders of one catalogue.
    ///
    /// # Errors
    /// When there are none, their catalogues differ in size, or a weight is below 0 or not finite.
    pub fn new(parts: Vec<(Arc<dyn Recommender>, f32)>) -> Result<Self, ModelError> {
        let input = |reason: String| ModelError::Input { model: Self::NAME, reason };
        let Some((first, _)) = parts.first() else {
            return Err(input("it has no models; name at least one".to_owned()));
        };
        let n_items = first.n_items();
        for (model, weight) in &parts {
            if model.n_items() != n_items {
                let (name, other) = (model.name(), model.n_items());
                return Err(input(format!(
                    "{name} knows {other} items and the first model {n_items}; train both again"
                )));
            }
            if !weight.is_finite() || *weight < 0.0 {
                let name = model.name();
                return Err(input(format!("the weight of {name} is {weight}; use 0 or above")));
            }
        }
        Ok(Self { parts, n_items })
    }

    /// By how much each model's scores are multiplied for a history; 0 for a model that tells no
    /// items apart.
    fn factors(&self, history: &[(u32, f32)]) -> Vec<f32> {
        let mut scores = vec![0.0; self.n_items];
        let factor = |(model, weight): &(Arc<dyn Recommender>, f32)| {
            model.score(history, &mut scores);
            weight * scale(&scores)
        };
        self.parts.iter().map(factor).collect()
    }
}

/// One over the deviation of scores; 0 where they are all alike or not finite.
#[must_use]
pub fn scale(scores: &[f32]) -> f32 {
    let n = scores.len().max(1) as f64;
    let mean = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / n;
    let square = |&score: &f32| (f64::from(score) - mean).powi(2);
    let factor = (scores.iter().map(square).sum::<f64>() / n).sqrt().recip() as f32;
    if factor.is_finite() { factor } else { 0.0 }
}

impl Recommender for Blend {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.n_items
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        let mut own = vec![0.0; self.n_items];
        for (model, weight) in &self.parts {
            model.score(history, &mut own);
            let factor = weight * scale(&own);
            if factor > 0.0 {
                scores.iter_mut().zip(&own).for_each(|(sum, score)| *sum += factor * score);
            }
        }
    }

    /// From the model with the most weight that knows something of the item.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        let mut order: Vec<&(Arc<dyn Recommender>, f32)> = self.parts.iter().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1));
        let found = order.into_iter().map(|(model, _)| model.similar_items(item, n));
        found.into_iter().find(|list| !list.is_empty()).unwrap_or_default()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let mut whole = Explanation::nothing();
        let mut added: BTreeMap<u32, f32> = BTreeMap::new();
        for ((model, _), factor) in self.parts.iter().zip(self.factors(history)) {
            if factor == 0.0 {
                continue;
            }
            let own = model.explain(history, item);
            whole.score += factor * own.score;
            whole.rest += factor * own.rest;
            whole.is_estimate |= own.is_estimate;
            for (item, share) in own.contributions {
                *added.entry(item).or_default() += factor * share;
            }
        }
        whole.contributions = sorted_contributions(added.into_iter().collect());
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IAlsConfig, ItemKnnConfig, ModelConfig, TrainSet};
    use feature::Csr;
    use proptest::prelude::*;

    struct Held(crate::AnyModel);

    impl Recommender for Held {
        fn name(&self) -> &'static str {
            self.0.recommender().name()
        }
        fn n_items(&self) -> usize {
            self.0.recommender().n_items()
        }
        fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
            self.0.recommender().score(history, scores);
        }
        fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
            self.0.recommender().similar_items(item, n)
        }
        fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
            self.0.recommender().explain(history, item)
        }
    }

    fn parts() -> [Arc<dyn Recommender>; 3] {
        let rows: Vec<(u32, u32, f32)> = (0..30_u32)
            .flat_map(|user| (0..6).map(move |n| (user, (user * 7 + n * n) % 12, 1.0)))
            .collect();
        let train = TrainSet::from(Csr::from_triplets(30, 12, &rows).unwrap());
        [
            ModelConfig::Popularity(Default::default()),
            ModelConfig::ItemKnn(ItemKnnConfig::default()),
            ModelConfig::IAls(IAlsConfig { factors: 4, ..IAlsConfig::default() }),
        ]
        .map(|config| Arc::new(Held(config.fit(&train).unwrap())) as Arc<dyn Recommender>)
    }

    proptest! {
        /// The sum, written out, and what the explanation adds up to.
        #[test]
        fn scores_and_explanations_are_weighted_sums(
            weights in prop::array::uniform3(0.0_f32..3.0),
            history in prop::collection::vec((0..14_u32, 0.1_f32..2.0), 0..6),
            item in 0..12_u32,
        ) {
            let parts = parts();
            let blend = Blend::new(parts.iter().cloned().zip(weights).collect()).unwrap();
            let mut expected = [0.0_f64; 12];
            for (model, weight) in parts.iter().zip(weights) {
                let mut own = vec![0.0; 12];
                model.score(&history, &mut own);
                let mean = own.iter().map(|&s| f64::from(s)).sum::<f64>() / 12.0;
                let spread = own.iter().map(|&s| (f64::from(s) - mean).powi(2)).sum::<f64>();
                let sigma = (spread / 12.0).sqrt();
                for (sum, score) in expected.iter_mut().zip(own) {
                    if sigma > 0.0 {
                        *sum += f64::from(weight) * f64::from(score) / sigma;
                    }
                }
            }
            let mut found = vec![0.0; 12];
            blend.score(&history, &mut found);
            for (found, expected) in found.iter().zip(expected) {
                prop_assert!((f64::from(*found) - expected).abs() < 1e-3 * (1.0 + expected.abs()));
            }
            let why = blend.explain(&history, item);
            let sum = why.rest + why.contributions.iter().map(|(_, share)| share).sum::<f32>();
            prop_assert!((sum - why.score).abs() < 1e-3 * (1.0 + why.score.abs()), "{why:?}");
            prop_assert!((why.score - found[item as usize]).abs() < 1e-3 * (1.0 + sum.abs()));
        }
    }

    #[test]
    fn a_blend_of_one_ranks_as_that_one() {
        let [_, knn, _] = parts();
        let blend = Blend::new(vec![(knn.clone(), 0.4)]).unwrap();
        let items = |list: Vec<Scored>| list.iter().map(|one| one.item).collect::<Vec<_>>();
        let history = [(1, 1.0), (4, 1.0)];
        let own = items(knn.recommend(&history, 12, &|_| true));
        assert_eq!(items(blend.recommend(&history, 12, &|_| true)), own);
        assert_eq!(blend.similar_items(1, 5), knn.similar_items(1, 5));
        // Nothing known, nothing said.
        assert!(blend.recommend(&[], 12, &|_| true).is_empty());
        assert_eq!(scale(&[]), 0.0);
        assert_eq!(scale(&[1.0, f32::NAN]), 0.0);
    }

    #[test]
    fn what_cannot_be_joined_is_refused() {
        let [popular, knn, _] = parts();
        assert!(Blend::new(Vec::new()).is_err());
        assert!(Blend::new(vec![(knn.clone(), f32::NAN)]).is_err());
        assert!(Blend::new(vec![(knn, 1.0), (popular.clone(), -1.0)]).is_err());
        let train = TrainSet::from(Csr::from_triplets(1, 3, &[(0, 1, 1.0)]).unwrap());
        let other = ModelConfig::Popularity(Default::default()).fit(&train).unwrap();
        let error = Blend::new(vec![(popular, 1.0), (Arc::new(Held(other)), 1.0)]).err().unwrap();
        assert!(error.to_string().contains("3 items"), "{error}");
    }
}
