//! Nearest neighbours for ratings: points as alike items got from the person, or as alike people
//! gave the item.
//!
//! `r̂(u, i) = b_ui + Σ_{j ∈ N(i)} s_ij (r_uj − b_uj) / Σ_{j ∈ N(i)} |s_ij|` by items, and
//! `r̂(u, i) = b_ui + Σ_{v ∈ N(u)} s_uv (r_vi − b_vi) / Σ_{v ∈ N(u)} |s_uv|` by users, with
//! `b_ui = μ + b_u + b_i` (see `bias_baseline.rs`) and `s` from `pearson.rs`. `N(i)` are the `K`
//! items most like `i` among those that `u` rated; `N(u)`, the `K` users most like `u` among those
//! who rated `i`. Without neighbours the baseline stands alone.
//!
//! Symbols: `r`, ratings, users × items, points; `s`, likeness, 0 to 1; `K`, neighbours. Time: see
//! `pearson.rs`; `O(C + K log K)` per prediction, `C` partners kept or ratings of the item. Memory
//! `O(rows · C + ratings)`.
//! Source: Y. Koren, "Factor in the neighbors: scalable and accurate collaborative filtering", ACM
//! TKDD 4(1), 2010, section 2.2, equation 4.
//! DIFFERENCE: partners that are not alike (`s ≤ 0`) are left out, and at most `C` partners per row
//! are kept, so that memory does not grow with the square of the catalogue.

use serde::{Deserialize, Serialize};

use super::bias_baseline::{BiasBaseline, BiasBaselineConfig};
use super::pearson::{Partners, Shared};
use super::predictor::{FittedRatings, Rater, RatingPredictor, RatingReasons, clip};
use super::ratings::{Lists, Ratings, tidy};
use crate::error::ModelError;
use crate::fitted::{FitStep, check_config};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::Scored;

const RESIDUALS: [&str; 3] = ["residual_starts", "residual_others", "residual_values"];
const PARTNERS: [&str; 3] = ["partner_starts", "partner_others", "partner_values"];

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Items by who rated them.
    Items,
    /// Users by what they rated.
    Users,
}

/// How neighbours are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RatingKnnConfig {
    /// What is compared.
    pub likeness: Likeness,
    /// Neighbours `K` that a prediction looks at, at least 1.
    pub neighbours: usize,
    /// Shrink `h` of a likeness, in common raters, 0 or above.
    pub shrink: f64,
    /// Partners `C` kept per item or user, at least `K`.
    pub partners: usize,
    /// Shrinkage of a user's bias, in ratings, 0 or above.
    pub user_regularization: f64,
    /// Shrinkage of an item's bias, in ratings, 0 or above.
    pub item_regularization: f64,
}

impl Default for RatingKnnConfig {
    fn default() -> Self {
        let bias = BiasBaselineConfig::default();
        Self {
            likeness: Likeness::Items,
            neighbours: 40,
            shrink: 100.0,
            partners: 2_000,
            user_regularization: bias.user_regularization,
            item_regularization: bias.item_regularization,
        }
    }
}

impl RatingKnnConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = RatingKnn::NAME;
        self.bias().check(name)?;
        check_config(self.neighbours >= 1, name, "neighbours", self.neighbours, "1 or more")?;
        let shrink_is_ok = self.shrink.is_finite() && self.shrink >= 0.0;
        check_config(shrink_is_ok, name, "shrink", self.shrink, "0 or above")?;
        let holds = self.partners >= self.neighbours;
        check_config(holds, name, "partners", self.partners, "at least as many as neighbours")
    }

    fn bias(&self) -> BiasBaselineConfig {
        BiasBaselineConfig {
            user_regularization: self.user_regularization,
            item_regularization: self.item_regularization,
            ..BiasBaselineConfig::default()
        }
    }

    fn of_partners(&self) -> Partners {
        Partners { shrink: self.shrink, kept: self.partners }
    }
}

/// Partners of every item or user, and what the baseline leaves over of the ratings.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingKnn {
    config: RatingKnnConfig,
    bias: BiasBaseline,
    /// By user where items are compared, by item where users are.
    residuals: Lists,
    partners: Lists,
}

/// One neighbour of a prediction.
#[derive(Debug, Clone, Copy)]
struct Near {
    /// The item or the user.
    other: u32,
    likeness: f64,
    residual: f64,
}

/// A person, ready to be predicted for.
struct Person {
    bias: f64,
    /// Where items are compared: what the baseline leaves over of the person's rating of each
    /// item; where users are, how alike each user is; NaN where there is nothing.
    known: Vec<f32>,
}

impl RatingKnn {
    fn person(&self, rater: Rater<'_>) -> Person {
        let history = match rater {
            Rater::Known(_) => Vec::new(),
            Rater::New(history) => tidy(history, self.n_items()),
        };
        let bias = match rater {
            Rater::Known(user) => self.bias.user_bias(user),
            Rater::New(_) => self.bias.fold_in(&history),
        };
        let residual = |&(item, points): &(u32, f32)| {
            let base = self.bias.mean() + bias + self.bias.item_bias(item);
            (item, (f64::from(points) - base) as f32)
        };
        let left_over = || history.iter().map(residual);
        let pairs: Vec<(u32, f32)> = match (self.config.likeness, rater) {
            (Likeness::Items, Rater::Known(user)) => self.residuals.pairs(user as usize).collect(),
            (Likeness::Items, Rater::New(_)) => left_over().collect(),
            (Likeness::Users, Rater::Known(user)) => self.partners.pairs(user as usize).collect(),
            (Likeness::Users, Rater::New(_)) => {
                let mut shared = vec![Shared::default(); self.n_users()];
                let partners = self.config.of_partners();
                let alike = partners.of(left_over(), None, &self.residuals, &mut shared);
                alike.into_iter().map(|one| (one.item, one.score)).collect()
            }
        };
        let n = match self.config.likeness {
            Likeness::Items => self.n_items(),
            Likeness::Users => self.n_users(),
        };
        let mut known = vec![f32::NAN; n];
        pairs.into_iter().for_each(|(at, value)| known[at as usize] = value);
        Person { bias, known }
    }

    /// The neighbours that a prediction looks at.
    fn near(&self, person: &Person, item: u32) -> Vec<Near> {
        let known = |other: u32| Some(person.known[other as usize]).filter(|v| !v.is_nan());
        let k = self.config.neighbours;
        match self.config.likeness {
            Likeness::Items => {
                let partners = self.partners.pairs(item as usize);
                let near = partners.filter_map(|(other, likeness)| {
                    let residual = known(other)?.into();
                    Some(Near { other, likeness: likeness.into(), residual })
                });
                near.take(k).collect()
            }
            Likeness::Users => {
                let raters = self.residuals.pairs(item as usize);
                let mut near: Vec<Near> = raters
                    .filter_map(|(other, residual)| {
                        let likeness = known(other)?.into();
                        Some(Near { other, likeness, residual: residual.into() })
                    })
                    .collect();
                near.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.other.cmp(&b.other)));
                near.truncate(k);
                near
            }
        }
    }
}

/// What the neighbours add, each by its share.
fn shares(near: &[Near]) -> impl Iterator<Item = (u32, f64)> + '_ {
    let total: f64 = near.iter().map(|one| one.likeness.abs()).sum();
    near.iter().map(move |one| (one.other, one.likeness * one.residual / total))
}

impl FittedRatings for RatingKnn {
    type Config = RatingKnnConfig;

    const NAME: &'static str = "RatingKnn";

    fn fit_watched(
        config: &RatingKnnConfig,
        ratings: &Ratings,
        watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check()?;
        let bias = BiasBaseline::fit_watched(&config.bias(), ratings, watch)?;
        let residual = |user, item, points: f32| {
            let base = bias.mean() + bias.user_bias(user) + bias.item_bias(item);
            (f64::from(points) - base) as f32
        };
        let by_user = ratings.by_user.map(residual);
        let by_item = ratings.by_item.map(|item, user, points| residual(user, item, points));
        let partners = config.of_partners();
        let (residuals, partners): (Lists, Vec<Vec<Scored>>) = match config.likeness {
            Likeness::Items => {
                let partners = partners.of_all(&by_item, &by_user);
                (by_user, partners)
            }
            Likeness::Users => {
                let partners = partners.of_all(&by_user, &by_item);
                (by_item, partners)
            }
        };
        let partners = Lists::from_rows(&partners);
        Ok(Self { config: config.clone(), bias, residuals, partners })
    }

    fn config(&self) -> &RatingKnnConfig {
        &self.config
    }

    fn to_tensors(&self) -> TensorsOut {
        let out = self.residuals.write(RESIDUALS, self.bias.to_tensors());
        self.partners.write(PARTNERS, out)
    }

    fn from_tensors(config: RatingKnnConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let bias = BiasBaseline::from_tensors(config.bias(), tensors)?;
        let (n_users, n_items) = (bias.n_users(), bias.n_items());
        let (rated_by, compared) = match config.likeness {
            Likeness::Items => (n_users, n_items),
            Likeness::Users => (n_items, n_users),
        };
        let residuals = Lists::read(RESIDUALS, tensors, compared)?;
        let partners = Lists::read(PARTNERS, tensors, compared)?;
        if residuals.n_rows() != rated_by || partners.n_rows() != compared {
            return Err("residuals and partners are not one list per user or item".to_owned());
        }
        Ok(Self { config, bias, residuals, partners })
    }
}

impl RatingPredictor for RatingKnn {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_users(&self) -> usize {
        self.bias.n_users()
    }

    fn n_items(&self) -> usize {
        self.bias.n_items()
    }

    fn predict(&self, rater: Rater<'_>, items: &[u32]) -> Vec<f64> {
        let person = self.person(rater);
        let one = |&item: &u32| {
            let base = self.bias.mean() + person.bias + self.bias.item_bias(item);
            let near = self.near(&person, item);
            let added: f64 = shares(&near).map(|one| one.1).sum();
            clip(base + added, self.bias.scale())
        };
        items.iter().map(one).collect()
    }

    fn explain(&self, rater: Rater<'_>, item: u32) -> RatingReasons {
        let person = self.person(rater);
        let near = self.near(&person, item);
        let added = shares(&near).collect();
        let (ratings, raters) = match self.config.likeness {
            Likeness::Items => (added, Vec::new()),
            Likeness::Users => (Vec::new(), added),
        };
        let (mean, user) = (self.bias.mean(), person.bias);
        let item = self.bias.item_bias(item);
        let reasons = RatingReasons { mean, user, item, ratings, raters, ..Default::default() };
        reasons.within(self.bias.scale())
    }
}
