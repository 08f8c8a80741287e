//! Judging a classifier on rows it has not seen, fold by fold.
//!
//! Rows are numbered by their content, those of each label are shuffled by the seed and dealt to
//! the folds in turn, so that every fold has its share of yes: `fold(i) = position(i) mod k`. Each
//! fold is scored by a model that was fitted, and chose whatever it chooses, on the others only.
//! The area under the curve is the mean of the folds' areas; its interval comes from drawing each
//! fold's rows anew.
//!
//! Symbols: `k`, folds; `i`, a row; `n`, rows. Time `k` fits and `O(B · n)` for `B` resamples,
//! memory `O(k · n)`.
//! Source: R. Kohavi, "A study of cross-validation and bootstrap for accuracy estimation and model
//! selection", IJCAI 1995, section 2.2 (stratified); B. Efron and R. Tibshirani, "An introduction
//! to the bootstrap", 1993, section 13.3 (percentile interval).

use rayon::prelude::*;
use serde_json::Value;

use crate::auc::Ranked;
use crate::bootstrap::{Bootstrap, Interval};
use crate::calibration::{Calibration, brier, calibration_error, log_loss};
use crate::classifier::ClassifierConfig;
use crate::error::ModelError;
use crate::seed::Stream;
use crate::table::LabelledTable;

const NAME: &str = "cross-validation";

/// The fold of each row, `0..folds`, every label spread evenly; rows of equal content share their
/// places, so the order in which rows arrived does not matter.
///
/// # Errors
/// When there are fewer than 2 folds, or fewer rows of a label than folds.
pub fn stratified_folds(
    table: &LabelledTable,
    folds: usize,
    seed: u64,
) -> Result<Vec<usize>, ModelError> {
    let yes = table.n_positive();
    let rare = yes.min(table.n_rows() - yes);
    if folds < 2 || folds > rare {
        let reason = format!(
            "{folds} folds for {yes} rows of yes and {} of no; take from 2 to {rare} folds, so \
             that each holds both",
            table.n_rows() - yes
        );
        return Err(ModelError::Input { model: NAME, reason });
    }
    Ok(deal(table, &table.order(), folds, seed))
}

/// Deals rows, given in the order of their content, to folds.
pub(crate) fn deal(table: &LabelledTable, order: &[usize], folds: usize, seed: u64) -> Vec<usize> {
    let draws = Stream::new(seed);
    let mut shuffled: Vec<(usize, usize)> = order.iter().copied().enumerate().collect();
    shuffled.sort_by_key(|&(rank, row)| (table.labels()[row], draws.bits(rank as u64), rank));
    let mut fold = vec![0; order.len()];
    for (place, (_, row)) in shuffled.into_iter().enumerate() {
        fold[row] = place % folds;
    }
    fold
}

/// Every row scored by a model that has not seen it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// Log-odds of each row.
    pub log_odds: Vec<f64>,
    /// Fold of each row.
    pub fold: Vec<usize>,
    /// What training chose in each fold.
    pub chosen: Vec<Value>,
    labels: Vec<bool>,
}

/// Fits a classifier once per fold on the other folds and scores the fold.
///
/// # Errors
/// As [`stratified_folds`] and [`ClassifierConfig::fit`].
pub fn cross_validate(
    config: &ClassifierConfig,
    table: &LabelledTable,
    folds: usize,
    seed: u64,
) -> Result<OutOfFold, ModelError> {
    let fold = stratified_folds(table, folds, seed)?;
    let one = |number: usize| {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..table.n_rows()).partition(|&row| fold[row] == number);
        let model = config.fit(&table.select(&train))?;
        let score = |&row: &usize| (row, model.classifier().log_odds(&table.row(row)));
        let scores: Vec<(usize, f64)> = test.iter().map(score).collect();
        Ok((scores, model.chosen()))
    };
    let scored: Result<Vec<_>, ModelError> = (0..folds).into_par_iter().map(one).collect();
    let mut log_odds = vec![0.0; table.n_rows()];
    let mut chosen = Vec::with_capacity(folds);
    for (scores, choice) in scored? {
        scores.into_iter().for_each(|(row, score)| log_odds[row] = score);
        chosen.push(choice);
    }
    Ok(OutOfFold { log_odds, fold, chosen, labels: table.labels().to_vec() })
}

impl OutOfFold {
    /// Rows that one model scored and none learnt from: a single fold.
    pub(crate) fn unseen(log_odds: Vec<f64>, labels: Vec<bool>) -> Self {
        Self { fold: vec![0; log_odds.len()], chosen: vec![Value::Null], log_odds, labels }
    }

    fn ranked(&self) -> Vec<Ranked> {
        let of = |number: usize| {
            let rows = (0..self.fold.len()).filter(|&row| self.fold[row] == number);
            Ranked::new(rows.map(|row| (self.log_odds[row], self.labels[row])))
        };
        (0..self.chosen.len()).map(of).collect()
    }

    /// The same rows with calibrated log-odds: each fold is calibrated on the scores of the others.
    ///
    /// # Errors
    /// When a score is not finite.
    pub fn calibrated(&self, calibration: Calibration) -> Result<Self, ModelError> {
        let mut calibrated = self.clone();
        for number in 0..self.chosen.len() {
            let others = (0..self.fold.len()).filter(|&row| self.fold[row] != number);
            let (scores, labels): (Vec<f64>, Vec<bool>) =
                others.map(|row| (self.log_odds[row], self.labels[row])).unzip();
            let calibrator = calibration.fit(&scores, &labels)?;
            for (row, score) in calibrated.log_odds.iter_mut().enumerate() {
                if self.fold[row] == number {
                    *score = calibrator.log_odds(*score);
                }
            }
        }
        Ok(calibrated)
    }

    /// The area under the ROC curve of each fold.
    #[must_use]
    pub fn fold_aucs(&self) -> Vec<f64> {
        self.ranked().iter().filter_map(|fold| fold.auc(|_| 1)).collect()
    }

    /// The mean of the folds' areas, with its 95 % interval.
    #[must_use]
    pub fn auc(&self, bootstrap: &Bootstrap) -> Interval {
        let folds = self.ranked();
        let mean = |areas: Vec<f64>| areas.iter().sum::<f64>() / areas.len().max(1) as f64;
        let resample = |number: usize| {
            let stream = Stream::new(bootstrap.seed).fork(number as u64);
            let areas = folds.iter().enumerate().filter_map(|(at, fold)| {
                let (draws, n) = (stream.fork(at as u64), fold.len());
                let mut times = vec![0_u64; n];
                (0..n as u64).for_each(|draw| times[draws.below(draw, n)] += 1);
                fold.auc(|row| times[row])
            });
            mean(areas.collect())
        };
        let mut means: Vec<f64> = (0..bootstrap.resamples).into_par_iter().map(resample).collect();
        means.sort_unstable_by(f64::total_cmp);
        let all = mean(self.fold_aucs());
        let percentile = |share: f64| {
            let place = (share * means.len().saturating_sub(1) as f64).round() as usize;
            means.get(place).copied().unwrap_or(all)
        };
        Interval { mean: all, low: percentile(0.025), high: percentile(0.975) }
    }

    /// The mean log loss of all rows, in nats, with its 95 % interval.
    #[must_use]
    pub fn log_loss(&self, bootstrap: &Bootstrap) -> Interval {
        bootstrap.interval(&self.losses(log_loss))
    }

    /// The mean Brier score of all rows, with its 95 % interval.
    #[must_use]
    pub fn brier(&self, bootstrap: &Bootstrap) -> Interval {
        bootstrap.interval(&self.losses(brier))
    }

    /// How far the share of yes lies from the probability said, over ten bins.
    #[must_use]
    pub fn calibration_error(&self) -> f64 {
        calibration_error(&self.log_odds, &self.labels)
    }

    fn losses(&self, loss: fn(f64, bool) -> f64) -> Vec<f64> {
        self.log_odds.iter().zip(&self.labels).map(|(&z, &label)| loss(z, label)).collect()
    }
}
