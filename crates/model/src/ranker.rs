//! A ranker: how likely a candidate is clicked or bought, from all that is known about it.
//!
//! A row is one candidate for one person: the scores of the recommenders that proposed it, how many
//! people met it and how lately, where its price lies, what the person did so far; any columns do.
//! A classifier learns which rows got a yes; its scores of rows it has not seen are calibrated, so
//! that `p = f(s)` means what it says, with `f` rising: the order is the classifier's.
//!
//! Symbols: `s`, log-odds of the classifier; `p`, probability; `f`, the calibration. Time `k + 1`
//! fits of the classifier for `k` folds, memory as the classifier's and `O(k · rows)`.
//! Source: J. Platt, "Probabilistic outputs for support vector machines and comparisons to
//! regularized likelihood methods", 1999, section 2.1 (scores out of fold).

use serde::{Deserialize, Serialize};

use crate::bootstrap::{Bootstrap, Interval};
use crate::calibration::{Calibration, Calibrator};
use crate::classifier::{AnyClassifier, ClassifierConfig};
use crate::cross_validation::{OutOfFold, cross_validate};
use crate::error::ModelError;
use crate::gradient_boosting::BoostedTreesConfig;
use crate::table::LabelledTable;

/// How a ranker is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RankerConfig {
    /// What learns from the rows.
    pub classifier: ClassifierConfig,
    /// How its scores become probabilities.
    pub calibration: Calibration,
    /// Folds whose scores are calibrated on, 2 or more.
    pub folds: usize,
    /// Seed of the folds.
    pub seed: u64,
}

impl Default for RankerConfig {
    fn default() -> Self {
        Self {
            classifier: ClassifierConfig::BoostedTrees(BoostedTreesConfig::default()),
            calibration: Calibration::default(),
            folds: 5,
            seed: 42,
        }
    }
}

/// How good probabilities of rows not seen are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ProbabilityQuality {
    /// Area under the ROC curve, mean of the folds.
    pub auc: Interval,
    /// Mean log loss, nats.
    pub log_loss: Interval,
    /// How far the share of yes lies from the probability said, over ten bins.
    pub calibration_error: f64,
}

impl ProbabilityQuality {
    /// Of scores out of fold.
    #[must_use]
    pub fn of(scores: &OutOfFold, bootstrap: &Bootstrap) -> Self {
        Self {
            auc: scores.auc(bootstrap),
            log_loss: scores.log_loss(bootstrap),
            calibration_error: scores.calibration_error(),
        }
    }

    /// Of log-odds of rows that took no part in any fit.
    #[must_use]
    pub fn unseen(log_odds: Vec<f64>, labels: Vec<bool>, bootstrap: &Bootstrap) -> Self {
        Self::of(&OutOfFold::unseen(log_odds, labels), bootstrap)
    }
}

/// How good a ranker is on rows it has not seen, before and after calibration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RankerReport {
    /// The classifier's own probabilities.
    pub raw: ProbabilityQuality,
    /// The calibrated ones; the calibration of each fold has not seen it.
    pub calibrated: ProbabilityQuality,
}

/// A fitted ranker.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranker {
    columns: Vec<String>,
    classifier: AnyClassifier,
    calibrator: Calibrator,
}

impl Ranker {
    /// Learns from candidates with their labels and says how good it is; the order of rows does
    /// not matter.
    ///
    /// # Errors
    /// When the configuration is out of range, or a label has fewer rows than there are folds.
    pub fn fit(
        candidates: &LabelledTable,
        config: &RankerConfig,
    ) -> Result<(Self, RankerReport), ModelError> {
        let scores = cross_validate(&config.classifier, candidates, config.folds, config.seed)?;
        let calibrator = config.calibration.fit(&scores.log_odds, candidates.labels())?;
        let bootstrap = Bootstrap::default();
        let report = RankerReport {
            raw: ProbabilityQuality::of(&scores, &bootstrap),
            calibrated: ProbabilityQuality::of(&scores.calibrated(config.calibration)?, &bootstrap),
        };
        let classifier = config.classifier.fit(candidates)?;
        let columns = candidates.names().to_vec();
        Ok((Self { columns, classifier, calibrator }, report))
    }

    /// A ranker as it was saved: its classifier with the names of the columns that reads, and its
    /// calibration.
    ///
    /// # Errors
    /// When there is not one name per column.
    pub fn restore(
        columns: Vec<String>,
        classifier: AnyClassifier,
        calibrator: Calibrator,
    ) -> Result<Self, ModelError> {
        let (names, reads) = (columns.len(), classifier.classifier().n_columns());
        if names != reads {
            let reason = format!("{names} names were given for {reads} columns");
            return Err(ModelError::Input { model: classifier.classifier().name(), reason });
        }
        Ok(Self { columns, classifier, calibrator })
    }

    /// Names of the columns of a row, in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What learnt from the rows; it also says what each column added to a score.
    #[must_use]
    pub fn classifier(&self) -> &AnyClassifier {
        &self.classifier
    }

    /// How scores become probabilities.
    #[must_use]
    pub fn calibrator(&self) -> &Calibrator {
        &self.calibrator
    }

    /// The classifier's log-odds of a candidate, which order candidates.
    #[must_use]
    pub fn score(&self, row: &[Option<f64>]) -> f64 {
        self.classifier.classifier().log_odds(row)
    }

    /// The calibrated probability of yes; never lower for a higher [`Self::score`].
    #[must_use]
    pub fn probability(&self, row: &[Option<f64>]) -> f64 {
        self.calibrator.probability(self.score(row))
    }

    /// Candidates by number, the most likely first; equal ones by number.
    #[must_use]
    pub fn rank(&self, rows: &[Vec<Option<f64>>]) -> Vec<(usize, f64)> {
        let mut scored: Vec<(usize, f64)> =
            rows.iter().map(|row| self.score(row)).enumerate().collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let calibrated = |(at, score)| (at, self.calibrator.probability(score));
        scored.into_iter().map(calibrated).collect()
    }
}
