//! What a model needs to be trained, saved and loaded beside recommending.

use feature::Csr;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ModelError;
use crate::recommender::Recommender;
use crate::tensors::{Tensors, TensorsOut};
use crate::train_set::TrainSet;

/// How far a fit has come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FitStep {
    /// Rounds done.
    pub done: usize,
    /// Rounds in all.
    pub total: usize,
    /// Mean loss of the round, where the model knows one.
    pub loss: Option<f64>,
    /// Share of the pairs kept back that were answered rightly, where the model keeps some.
    pub accuracy: Option<f64>,
}

/// A recommender with a configuration, a fit and a file form.
pub trait Fitted: Recommender + Sized {
    /// How the model is trained; [`Default`] holds the values recommended.
    type Config: Clone + Default + PartialEq + Serialize + DeserializeOwned + std::fmt::Debug;

    /// The model's name in manifests.
    const NAME: &'static str;

    /// Trains on histories whose weights are none of them below 0, telling `watch` after each
    /// round; models that need no rounds tell nothing.
    ///
    /// # Errors
    /// When the configuration is out of range, a weight is negative, or training diverges.
    fn fit_watched(
        config: &Self::Config,
        train: &TrainSet,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError>;

    /// Trains without telling.
    ///
    /// # Errors
    /// As [`Self::fit_watched`].
    fn fit(config: &Self::Config, train: &TrainSet) -> Result<Self, ModelError> {
        Self::fit_watched(config, train, &mut |_| {})
    }

    /// The configuration it was trained with.
    fn config(&self) -> &Self::Config;

    /// Number of users it was trained on.
    fn n_users(&self) -> usize;

    /// The seed it was trained with, if chance took part.
    fn seed(&self) -> Option<u64> {
        None
    }

    /// What must be written to get the model back.
    fn to_tensors(&self) -> TensorsOut;

    /// The model from what was written.
    ///
    /// # Errors
    /// When a tensor is missing or has the wrong shape, as a sentence.
    fn from_tensors(config: Self::Config, tensors: &Tensors<'_>) -> Result<Self, String>;
}

/// Refuses weights below 0, which no model here gives a meaning to.
pub(crate) fn check_weights(model: &'static str, train: &Csr) -> Result<(), ModelError> {
    match train.weights().iter().position(|&weight| weight < 0.0) {
        None => Ok(()),
        Some(at) => {
            let user = train.indptr().partition_point(|&start| start <= at) - 1;
            let (item, weight) = (train.cols()[at], train.weights()[at]);
            let reason = format!(
                "user {user} has weight {weight} on item {item}; leave out or clamp weights \
                 below 0 before training"
            );
            Err(ModelError::Input { model, reason })
        }
    }
}

/// A configuration error, unless the value is allowed.
pub(crate) fn check_config(
    is_allowed: bool,
    model: &'static str,
    field: &'static str,
    value: impl ToString,
    allowed: &'static str,
) -> Result<(), ModelError> {
    if is_allowed {
        return Ok(());
    }
    Err(ModelError::Config { model, field, value: value.to_string(), allowed })
}
