//! Judging a model of ratings on ratings it has not seen, fold by fold.
//!
//! Ratings are numbered by user and item, shuffled by the seed and dealt to the folds in turn; each
//! fold is predicted by a model fitted on the others only. `RMSE = √(Σ (r − r̂)² / n)` and
//! `MAE = Σ |r − r̂| / n` over all ratings. As one user's ratings go together, the interval comes
//! from drawing users anew with all their errors.
//!
//! Symbols: `r`, `r̂`, rating and prediction, points; `n`, ratings. Time `k` fits for `k` folds and
//! `O(B · users)` for `B` resamples; memory `O(k · ratings)`.
//! Source: R. Kohavi, "A study of cross-validation and bootstrap for accuracy estimation and model
//! selection", IJCAI 1995; B. Efron and R. Tibshirani, "An introduction to the bootstrap", 1993,
//! section 13.3 (percentile interval).

use rayon::prelude::*;

use super::predictor::Rater;
use super::ratings::Ratings;
use super::registry::RatingConfig;
use super::svd::shuffled;
use crate::bootstrap::{Bootstrap, Interval};
use crate::error::ModelError;
use crate::seed::Stream;

/// How ratings are dealt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RatingFolds {
    /// Folds, 2 or more and no more than ratings.
    pub folds: usize,
    /// Seed of the shuffle.
    pub seed: u64,
}

/// The errors of one model over all folds.
#[derive(Debug, Clone, PartialEq)]
pub struct RatingJudgement {
    /// For each fold, user and prediction minus rating.
    errors: Vec<Vec<(u32, f64)>>,
    n_users: usize,
}

/// Fits once per fold on the other folds and predicts the fold.
///
/// # Errors
/// When there are fewer than 2 folds or more folds than ratings, and as [`RatingConfig::fit`].
pub fn judge_ratings(
    config: &RatingConfig,
    ratings: &Ratings,
    folds: RatingFolds,
) -> Result<RatingJudgement, ModelError> {
    if folds.folds < 2 || folds.folds > ratings.len() {
        let reason = format!(
            "{} folds for {} ratings; take 2 folds or more, and no more than ratings",
            folds.folds,
            ratings.len()
        );
        return Err(ModelError::Input { model: "rating folds", reason });
    }
    let mut fold = vec![0; ratings.len()];
    for (place, at) in shuffled(ratings.len(), Stream::new(folds.seed)).into_iter().enumerate() {
        fold[at as usize] = place % folds.folds;
    }
    let one = |number: usize| -> Result<Vec<(u32, f64)>, ModelError> {
        let fitted = config.fit(&ratings.select(|at| fold[at] != number))?;
        let test = ratings.select(|at| fold[at] == number);
        let of_user = |user: usize| {
            let (items, points): (Vec<u32>, Vec<f32>) = test.of_user(user).into_iter().unzip();
            let predicted = match items.is_empty() {
                true => Vec::new(),
                false => fitted.predictor().predict(Rater::Known(user as u32), &items),
            };
            let errors = predicted.into_iter().zip(points);
            errors.map(move |(p, r)| (user as u32, p - f64::from(r))).collect::<Vec<_>>()
        };
        Ok((0..ratings.n_users()).flat_map(of_user).collect())
    };
    let errors: Result<Vec<_>, ModelError> = (0..folds.folds).into_par_iter().map(one).collect();
    Ok(RatingJudgement { errors: errors?, n_users: ratings.n_users() })
}

impl RatingJudgement {
    /// The root mean squared error of each fold, points.
    #[must_use]
    pub fn fold_rmses(&self) -> Vec<f64> {
        self.errors.iter().map(|fold| mean(fold, |error| error * error).sqrt()).collect()
    }

    /// The mean absolute error of each fold, points.
    #[must_use]
    pub fn fold_maes(&self) -> Vec<f64> {
        self.errors.iter().map(|fold| mean(fold, f64::abs)).collect()
    }

    /// The root mean squared error over all ratings, points, with its 95 % interval.
    #[must_use]
    pub fn rmse(&self, bootstrap: &Bootstrap) -> Interval {
        let squared = self.over_users(bootstrap, |error| error * error);
        Interval { mean: squared.mean.sqrt(), low: squared.low.sqrt(), high: squared.high.sqrt() }
    }

    /// The mean absolute error over all ratings, points, with its 95 % interval.
    #[must_use]
    pub fn mae(&self, bootstrap: &Bootstrap) -> Interval {
        self.over_users(bootstrap, f64::abs)
    }

    /// The mean of a loss over all ratings; resamples draw users with all their ratings.
    fn over_users(&self, bootstrap: &Bootstrap, loss: impl Fn(f64) -> f64) -> Interval {
        let mut of_user = vec![(0.0, 0_usize); self.n_users];
        for &(user, error) in self.errors.iter().flatten() {
            of_user[user as usize].0 += loss(error);
            of_user[user as usize].1 += 1;
        }
        of_user.retain(|(_, n)| *n > 0);
        let mean = |users: &mut dyn Iterator<Item = usize>| {
            let (mut sum, mut n) = (0.0, 0);
            users.for_each(|at| {
                sum += of_user[at].0;
                n += of_user[at].1;
            });
            sum / n.max(1) as f64
        };
        let all = mean(&mut (0..of_user.len()));
        let resample = |number: usize| {
            let draws = Stream::new(bootstrap.seed).fork(number as u64);
            let n = of_user.len();
            mean(&mut (0..n as u64).map(|at| draws.below(at, n)))
        };
        let mut means: Vec<f64> = (0..bootstrap.resamples).into_par_iter().map(resample).collect();
        means.sort_unstable_by(f64::total_cmp);
        let percentile = |share: f64| {
            let place = (share * means.len().saturating_sub(1) as f64).round() as usize;
            means.get(place).copied().unwrap_or(all)
        };
        Interval { mean: all, low: percentile(0.025), high: percentile(0.975) }
    }
}

fn mean(fold: &[(u32, f64)], loss: impl Fn(f64) -> f64) -> f64 {
    fold.iter().map(|&(_, error)| loss(error)).sum::<f64>() / fold.len().max(1) as f64
}
