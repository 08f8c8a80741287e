//! Explicit ratings: how many points a person would give an item.
//!
//! [`Ratings`] holds who gave what how many points; [`RatingConfig`] names every model of them and
//! fits it; a [`RatingPredictor`] predicts and explains; [`judge_ratings`] judges by folds.

mod bias_baseline;
mod evaluation;
mod factor_fold_in;
mod mean_rating;
mod pearson;
mod predictor;
mod rating_knn;
mod ratings;
mod registry;
mod store;
mod svd;
mod svd_pp;

pub use bias_baseline::{BiasBaseline, BiasBaselineConfig};
pub use evaluation::{RatingFolds, RatingJudgement, judge_ratings};
pub use mean_rating::{MeanRating, MeanRatingConfig};
pub use predictor::{FittedRatings, Rater, RatingPredictor, RatingReasons};
pub use rating_knn::{Likeness, RatingKnn, RatingKnnConfig};
pub use ratings::Ratings;
pub use registry::{AnyRating, RatingConfig};
pub use store::RatingManifest;
pub use svd::{Svd, SvdConfig};
pub use svd_pp::{SvdPp, SvdPpConfig};
