//! What a model needs to be trained, saved and loaded beside recommending.

use feature::Csr;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ModelError;
use crate::recommender::Recommender;
use crate::tensors::{Tensors, TensorsOut};

/// A recommender with a configuration, a fit and a file form.
pub trait Fitted: Recommender + Sized {
    /// How the model is trained; [`Default`] holds the values recommended.
    type Config: Clone + Default + PartialEq + Serialize + DeserializeOwned + std::fmt::Debug;

    /// The model's name in manifests.
    const NAME: &'static str;

    /// Trains on a users × items matrix of weights, none of them below 0.
    ///
    /// # Errors
    /// When the configuration is out of range, a weight is negative, or training diverges.
    fn fit(config: &Self::Config, train: &Csr) -> Result<Self, ModelError>;

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
