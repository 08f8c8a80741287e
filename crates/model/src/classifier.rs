//! What every classifier can do: say how likely a yes is, and why.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::base_rate::{BaseRate, BaseRateConfig};
use crate::calibration;
use crate::error::ModelError;
use crate::gradient_boosting::{BoostedTrees, BoostedTreesConfig};
use crate::logistic::{Logistic, LogisticConfig};
use crate::table::LabelledTable;
use crate::tensors::{Tensors, TensorsOut};

/// Why a row got its log-odds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reasons {
    /// The log-odds explained.
    pub log_odds: f64,
    /// What each column added, in the order of the columns.
    pub contributions: Vec<f64>,
    /// Log-odds before any column is looked at; with the contributions it sums to `log_odds`.
    pub base: f64,
}

/// A fitted model of yes and no. A row has one value per column of the table it was fitted on;
/// values that are absent or not finite count as missing, and values beyond the last are ignored.
pub trait Classifier: Send + Sync {
    /// The model's name, as manifests and reports write it.
    fn name(&self) -> &'static str;

    /// Columns of the table it was fitted on.
    fn n_columns(&self) -> usize;

    /// `ln(p / (1 − p))` of a row; always finite.
    fn log_odds(&self, row: &[Option<f64>]) -> f64;

    /// What each column added to the log-odds of a row.
    fn explain(&self, row: &[Option<f64>]) -> Reasons;

    /// The probability of yes.
    fn probability(&self, row: &[Option<f64>]) -> f64 {
        calibration::probability(self.log_odds(row))
    }
}

/// The value of a row in a column, if it is a number.
pub(crate) fn value(row: &[Option<f64>], column: usize) -> Option<f64> {
    row.get(column).copied().flatten().filter(|number| number.is_finite())
}

/// A classifier with a configuration, a fit and a file form.
pub trait FittedClassifier: Classifier + Sized {
    /// How the model is trained; [`Default`] holds the values recommended.
    type Config: Clone + Default + PartialEq + Serialize + DeserializeOwned + std::fmt::Debug;

    /// The model's name in manifests.
    const NAME: &'static str;

    /// Trains on a table; the order of its rows does not matter.
    ///
    /// # Errors
    /// When the configuration is out of range, or the table has no column or fewer than two rows
    /// of a label.
    fn fit(config: &Self::Config, table: &LabelledTable) -> Result<Self, ModelError>;

    /// The configuration it was trained with.
    fn config(&self) -> &Self::Config;

    /// What training chose by itself.
    fn chosen(&self) -> Value {
        Value::Null
    }

    /// What must be written to get the model back.
    fn to_tensors(&self) -> TensorsOut;

    /// The model from what was written.
    ///
    /// # Errors
    /// When an array is missing or does not fit the others, as a sentence.
    fn from_tensors(config: Self::Config, tensors: &Tensors<'_>) -> Result<Self, String>;
}

macro_rules! classifiers {
    ($($name:literal $variant:ident $config:ident;)+) => {
        /// How to train a classifier: which one, and its configuration.
        #[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
        #[serde(tag = "model")]
        pub enum ClassifierConfig {
            $(
                #[doc = concat!("Trains [`", stringify!($variant), "`].")]
                #[serde(rename = $name)]
                $variant($config),
            )+
        }

        /// A fitted classifier of any kind.
        #[derive(Debug, Clone, PartialEq)]
        pub enum AnyClassifier {
            $(
                #[doc = concat!("A fitted [`", stringify!($variant), "`].")]
                $variant($variant),
            )+
        }

        impl ClassifierConfig {
            /// The name of every classifier.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The recommended configuration of every classifier, the simplest first.
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

            /// Trains on a table; the order of its rows does not matter.
            ///
            /// # Errors
            /// When the configuration is out of range, or the table has no column or fewer than
            /// two rows of a label.
            pub fn fit(&self, table: &LabelledTable) -> Result<AnyClassifier, ModelError> {
                Ok(match self {
                    $(Self::$variant(config) => {
                        AnyClassifier::$variant($variant::fit(config, table)?)
                    })+
                })
            }

            pub(crate) fn restore(self, tensors: &Tensors<'_>) -> Result<AnyClassifier, String> {
                Ok(match self {
                    $(Self::$variant(config) => {
                        AnyClassifier::$variant($variant::from_tensors(config, tensors)?)
                    })+
                })
            }
        }

        impl AnyClassifier {
            /// The model as a classifier.
            #[must_use]
            pub fn classifier(&self) -> &dyn Classifier {
                match self {
                    $(Self::$variant(model) => model,)+
                }
            }

            /// How it was trained.
            #[must_use]
            pub fn config(&self) -> ClassifierConfig {
                match self {
                    $(Self::$variant(model) => {
                        ClassifierConfig::$variant(model.config().clone())
                    })+
                }
            }

            /// What training chose by itself, such as the number of trees.
            #[must_use]
            pub fn chosen(&self) -> Value {
                match self {
                    $(Self::$variant(model) => model.chosen(),)+
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

classifiers! {
    "BaseRate" BaseRate BaseRateConfig;
    "Logistic" Logistic LogisticConfig;
    "BoostedTrees" BoostedTrees BoostedTreesConfig;
}
