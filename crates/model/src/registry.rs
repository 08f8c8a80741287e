//! Every model there is: one line per model in the table at the end.

use serde::{Deserialize, Serialize};

use crate::association_rules::{AssociationRules, AssociationRulesConfig};
use crate::bpr::{Bpr, BprConfig};
use crate::content::{Content, ContentConfig};
use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted};
use crate::graph::graph_filter::{GraphFilter, GraphFilterConfig};
use crate::ials::{IAls, IAlsConfig};
use crate::item_knn::{ItemKnn, ItemKnnConfig};
use crate::linear::ease::{Ease, EaseConfig};
use crate::linear::slim::{Slim, SlimConfig};
use crate::neural::caser::{Caser, CaserConfig};
use crate::neural::gru4rec::{Gru4Rec, Gru4RecConfig};
use crate::neural::neumf::{NeuMf, NeuMfConfig};
use crate::neural::sasrec::{SasRec, SasRecConfig};
use crate::neural::two_tower::{TwoTower, TwoTowerConfig};
use crate::popularity::{Popularity, PopularityConfig};
use crate::recommender::Recommender;
use crate::tensors::{Tensors, TensorsOut};
use crate::train_set::TrainSet;
use crate::user_knn::{UserKnn, UserKnnConfig};

macro_rules! registry {
    ($($name:literal $variant:ident $config:ident;)+) => {
        /// How to train a model: which one, and its configuration.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "model")]
        pub enum ModelConfig {
            $(
                #[doc = concat!("Trains [`", stringify!($variant), "`].")]
                #[serde(rename = $name)]
                $variant($config),
            )+
        }

        /// A fitted model of any kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum AnyModel {
            $(
                #[doc = concat!("A fitted [`", stringify!($variant), "`].")]
                $variant($variant),
            )+
        }

        impl ModelConfig {
            /// The name of every model.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The recommended configuration of every model.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$(Self::$variant($config::default())),+]
            }

            /// The name of the model it trains.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)+
                }
            }

            /// Trains on histories of weights.
            ///
            /// # Errors
            /// When the configuration is out of range, a weight is below 0, or training diverges.
            pub fn fit(&self, train: &TrainSet) -> Result<AnyModel, ModelError> {
                self.fit_watched(train, &mut |_| {})
            }

            /// Trains, telling `watch` after each round.
            ///
            /// # Errors
            /// As [`Self::fit`].
            pub fn fit_watched(
                &self,
                train: &TrainSet,
                watch: &mut dyn FnMut(FitStep),
            ) -> Result<AnyModel, ModelError> {
                Ok(match self {
                    $(Self::$variant(config) => {
                        AnyModel::$variant($variant::fit_watched(config, train, watch)?)
                    })+
                })
            }

            pub(crate) fn restore(self, tensors: &Tensors<'_>) -> Result<AnyModel, String> {
                Ok(match self {
                    $(Self::$variant(config) => {
                        AnyModel::$variant($variant::from_tensors(config, tensors)?)
                    })+
                })
            }
        }

        impl AnyModel {
            /// The model as a recommender.
            #[must_use]
            pub fn recommender(&self) -> &dyn Recommender {
                match self {
                    $(Self::$variant(model) => model,)+
                }
            }

            /// How it was trained.
            #[must_use]
            pub fn config(&self) -> ModelConfig {
                match self {
                    $(Self::$variant(model) => ModelConfig::$variant(model.config().clone()),)+
                }
            }

            /// Number of users it was trained on.
            #[must_use]
            pub fn n_users(&self) -> usize {
                match self {
                    $(Self::$variant(model) => model.n_users(),)+
                }
            }

            /// The seed it was trained with, if chance took part.
            #[must_use]
            pub fn seed(&self) -> Option<u64> {
                match self {
                    $(Self::$variant(model) => model.seed(),)+
                }
            }

            pub(crate) fn to_tensors(&self) -> TensorsOut {
                match self {
                    $(Self::$variant(model) => model.to_tensors(),)+
                }
            }
        }
    };
}

registry! {
    "Popularity" Popularity PopularityConfig;
    "ItemKnn" ItemKnn ItemKnnConfig;
    "iALS" IAls IAlsConfig;
    "GraphFilter" GraphFilter GraphFilterConfig;
    "Ease" Ease EaseConfig;
    "Slim" Slim SlimConfig;
    "SasRec" SasRec SasRecConfig;
    "Gru4Rec" Gru4Rec Gru4RecConfig;
    "Caser" Caser CaserConfig;
    "TwoTower" TwoTower TwoTowerConfig;
    "UserKnn" UserKnn UserKnnConfig;
    "Bpr" Bpr BprConfig;
    "AssociationRules" AssociationRules AssociationRulesConfig;
    "Content" Content ContentConfig;
    "NeuMf" NeuMf NeuMfConfig;
}
