//! What every model of ratings can do: predict points for a person, and say why.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ratings::Ratings;
use crate::error::ModelError;
use crate::fitted::FitStep;
use crate::tensors::{Tensors, TensorsOut};

/// Whose rating is predicted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rater<'a> {
    /// A user of the training set; a number beyond the last is a person without ratings.
    Known(u32),
    /// A person never seen, by `(item, points)` in any order. Repeats count as their mean; items
    /// beyond the catalogue and points that are not finite are passed over.
    New(&'a [(u32, f32)]),
}

/// Why a rating was predicted; all parts sum to the rating.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct RatingReasons {
    /// The rating explained.
    pub rating: f64,
    /// The mean rating.
    pub mean: f64,
    /// How much more the person gives than others do.
    pub user: f64,
    /// How much more the item is given than others are.
    pub item: f64,
    /// `(item, what it added)` for the person's own ratings, largest first.
    pub ratings: Vec<(u32, f64)>,
    /// `(user, what was added)` for other people's ratings of the item, largest first.
    pub raters: Vec<(u32, f64)>,
    /// The match of the tastes learnt in training, which no single rating accounts for; ask with
    /// the history ([`Rater::New`]) to split it.
    pub taste: f64,
    /// What the ends of the scale took off or added.
    pub clipped: f64,
}

impl RatingReasons {
    /// The rating that the parts sum to, kept inside the scale, with lists in order.
    pub(super) fn within(mut self, scale: (f32, f32)) -> Self {
        let in_order = |list: &mut Vec<(u32, f64)>| {
            list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        };
        in_order(&mut self.ratings);
        in_order(&mut self.raters);
        let lists = self.ratings.iter().chain(&self.raters).map(|one| one.1);
        let raw = self.mean + self.user + self.item + self.taste + lists.sum::<f64>();
        self.rating = clip(raw, scale);
        self.clipped = self.rating - raw;
        self
    }
}

/// A value kept inside a scale.
pub(super) fn clip(value: f64, (low, high): (f32, f32)) -> f64 {
    value.max(f64::from(low)).min(f64::from(high))
}

/// A model that predicts ratings. Predictions lie inside the scale of the ratings it was fitted
/// on; an item beyond the catalogue counts as one nobody rated.
pub trait RatingPredictor: Send + Sync {
    /// The model's name, as manifests and reports write it.
    fn name(&self) -> &'static str;

    /// Number of users it was fitted on.
    fn n_users(&self) -> usize;

    /// Number of items in the catalogue.
    fn n_items(&self) -> usize;

    /// The points a person would give each of these items.
    fn predict(&self, rater: Rater<'_>, items: &[u32]) -> Vec<f64>;

    /// Splits the points predicted into what carries them.
    fn explain(&self, rater: Rater<'_>, item: u32) -> RatingReasons;
}

/// A rating model with a configuration, a fit and a file form.
pub trait FittedRatings: RatingPredictor + Sized {
    /// How the model is fitted; [`Default`] holds the values recommended.
    type Config: Clone + Default + PartialEq + Serialize + DeserializeOwned + std::fmt::Debug;

    /// The model's name in manifests.
    const NAME: &'static str;

    /// Fits, telling `watch` after each round.
    ///
    /// # Errors
    /// When the configuration is out of range or fitting diverges.
    fn fit_watched(
        config: &Self::Config,
        ratings: &Ratings,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError>;

    /// The configuration it was fitted with.
    fn config(&self) -> &Self::Config;

    /// The seed it was fitted with, if chance took part.
    fn seed(&self) -> Option<u64> {
        None
    }

    /// What must be written to get the model back.
    fn to_tensors(&self) -> TensorsOut;

    /// The model from what was written.
    ///
    /// # Errors
    /// When an array is missing or does not fit the others, as a sentence.
    fn from_tensors(config: Self::Config, tensors: &Tensors<'_>) -> Result<Self, String>;
}

/// Two numbers from an array that was read.
pub(super) fn pair(tensors: &Tensors<'_>, name: &str) -> Result<(f32, f32), String> {
    match tensors.f32(name)?.1[..] {
        [low, high] => Ok((low, high)),
        _ => Err(format!("array {name} does not hold two numbers")),
    }
}

/// One double from an array that was read.
pub(super) fn single(tensors: &Tensors<'_>, name: &str) -> Result<f64, String> {
    match tensors.f64_bits(name)?[..] {
        [value] => Ok(value),
        _ => Err(format!("array {name} does not hold one number")),
    }
}
