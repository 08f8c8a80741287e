//! The mean rating for everybody and everything: what every rating model has to beat.
//!
//! `r̂(u, i) = μ`.
//!
//! Symbols: `r̂`, points; `μ`, the mean of all ratings, in points. Time `O(ratings)`, memory
//! `O(1)`.
//! Source: Y. Koren, "Factor in the neighbors: scalable and accurate collaborative filtering", ACM
//! TKDD 4(1), 2010, section 2.1 (the overall average).

use serde::{Deserialize, Serialize};

use super::predictor::{FittedRatings, Rater, RatingPredictor, RatingReasons, single};
use super::ratings::Ratings;
use crate::error::ModelError;
use crate::fitted::FitStep;
use crate::tensors::{Tensors, TensorsOut};

/// Nothing to set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MeanRatingConfig {}

/// The mean of the ratings seen.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanRating {
    config: MeanRatingConfig,
    shape: [u64; 2],
    mean: f64,
}

impl FittedRatings for MeanRating {
    type Config = MeanRatingConfig;

    const NAME: &'static str = "MeanRating";

    fn fit_watched(
        config: &MeanRatingConfig,
        ratings: &Ratings,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let shape = [ratings.n_users() as u64, ratings.n_items() as u64];
        Ok(Self { config: config.clone(), shape, mean: ratings.mean() })
    }

    fn config(&self) -> &MeanRatingConfig {
        &self.config
    }

    fn to_tensors(&self) -> TensorsOut {
        TensorsOut::default()
            .with_u64("shape", &self.shape)
            .with_u64("mean", &[self.mean.to_bits()])
    }

    fn from_tensors(config: MeanRatingConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        let [n_users, n_items] = tensors.u64("shape")?[..] else {
            return Err("array shape does not hold two numbers".to_owned());
        };
        Ok(Self { config, shape: [n_users, n_items], mean: single(tensors, "mean")? })
    }
}

impl RatingPredictor for MeanRating {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_users(&self) -> usize {
        self.shape[0] as usize
    }

    fn n_items(&self) -> usize {
        self.shape[1] as usize
    }

    fn predict(&self, _rater: Rater<'_>, items: &[u32]) -> Vec<f64> {
        vec![self.mean; items.len()]
    }

    fn explain(&self, _rater: Rater<'_>, _item: u32) -> RatingReasons {
        RatingReasons { rating: self.mean, mean: self.mean, ..RatingReasons::default() }
    }
}
