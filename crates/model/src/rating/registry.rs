//! Every rating model there is: one line per model in the table at the end.

use serde::{Deserialize, Serialize};

use super::bias_baseline::{BiasBaseline, BiasBaselineConfig};
use super::mean_rating::{MeanRating, MeanRatingConfig};
use super::predictor::{FittedRatings, RatingPredictor};
use super::rating_knn::{RatingKnn, RatingKnnConfig};
use super::ratings::Ratings;
use super::svd::{Svd, SvdConfig};
use super::svd_pp::{SvdPp, SvdPpConfig};
use crate::error::ModelError;
use crate::fitted::FitStep;
use crate::tensors::{Tensors, TensorsOut};

macro_rules! rating_models {
    ($($name:literal $variant:ident $config:ident;)+) => {
        /// How to fit a rating model: which one, and its configuration.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "model")]
        pub enum RatingConfig {
            $(
                #[doc = concat!("Fits [`", stringify!($variant), "`].")]
                #[serde(rename = $name)]
                $variant($config),
            )+
        }

        /// A fitted rating model of any kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum AnyRating {
            $(
                #[doc = concat!("A fitted [`", stringify!($variant), "`].")]
                $variant($variant),
            )+
        }

        impl RatingConfig {
            /// The name of every model.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The recommended configuration of every model, the simplest first.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$(Self::$variant($config::default())),+]
            }

            /// The name of the model it fits.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)+
                }
            }

            /// Fits to ratings, whose order does not matter.
            ///
            /// # Errors
            /// When the configuration is out of range or fitting diverges.
            pub fn fit(&self, ratings: &Ratings) -> Result<AnyRating, ModelError> {
                self.fit_watched(ratings, &mut |_| {})
            }

            /// Fits, telling `watch` after each round.
            ///
            /// # Errors
            /// As [`Self::fit`].
            pub fn fit_watched(
                &self,
                ratings: &Ratings,
                watch: &mut dyn FnMut(FitStep),
            ) -> Result<AnyRating, ModelError> {
                Ok(match self {
                    $(Self::$variant(config) => {
                        AnyRating::$variant($variant::fit_watched(config, ratings, watch)?)
                    })+
                })
            }

            pub(super) fn restore(self, tensors: &Tensors<'_>) -> Result<AnyRating, String> {
                Ok(match self {
                    $(Self::$variant(config) => {
                        AnyRating::$variant($variant::from_tensors(config, tensors)?)
                    })+
                })
            }
        }

        impl AnyRating {
            /// The model as a predictor.
            #[must_use]
            pub fn predictor(&self) -> &dyn RatingPredictor {
                match self {
                    $(Self::$variant(model) => model,)+
                }
            }

            /// How it was fitted.
            #[must_use]
            pub fn config(&self) -> RatingConfig {
                match self {
                    $(Self::$variant(model) => RatingConfig::$variant(model.config().clone()),)+
                }
            }

            /// The seed it was fitted with, if chance took part.
            #[must_use]
            pub fn seed(&self) -> Option<u64> {
                match self {
                    $(Self::$variant(model) => model.seed(),)+
                }
            }

            pub(super) fn to_tensors(&self) -> TensorsOut {
                match self {
                    $(Self::$variant(model) => model.to_tensors(),)+
                }
            }
        }
    };
}

rating_models! {
    "MeanRating" MeanRating MeanRatingConfig;
    "BiasBaseline" BiasBaseline BiasBaselineConfig;
    "RatingKnn" RatingKnn RatingKnnConfig;
    "Svd" Svd SvdConfig;
    "SvdPp" SvdPp SvdPpConfig;
}
