//! Which way a score becomes a probability, and the fitted way.

use serde::{Deserialize, Serialize};

use super::isotonic::Isotonic;
use super::platt::Platt;
use super::probability;
use crate::error::ModelError;

/// How scores become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// Not at all: the score is the log-odds.
    Raw,
    /// By a line through the log-odds; for few rows.
    #[default]
    Platt,
    /// By rising steps; for a thousand rows or more.
    Isotonic,
}

impl Calibration {
    /// Every way, the simplest first.
    pub const ALL: [Self; 3] = [Self::Raw, Self::Platt, Self::Isotonic];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Platt => "platt",
            Self::Isotonic => "isotonic",
        }
    }

    /// Fits to scores of rows that the scoring model has not seen, with their labels.
    ///
    /// # Errors
    /// When there is no row, a score is not finite, or scores and labels differ in number.
    pub fn fit(self, scores: &[f64], labels: &[bool]) -> Result<Calibrator, ModelError> {
        Ok(match self {
            Self::Raw => Calibrator::Raw,
            Self::Platt => Calibrator::Platt(Platt::fit(scores, labels)?),
            Self::Isotonic => Calibrator::Isotonic(Isotonic::fit(scores, labels)?),
        })
    }
}

/// A fitted way from scores to probabilities; a higher score never gets a lower probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibrator {
    /// The score is the log-odds.
    Raw,
    /// A line through the log-odds.
    Platt(Platt),
    /// Rising steps.
    Isotonic(Isotonic),
}

impl Calibrator {
    /// Calibrated log-odds of a score.
    #[must_use]
    pub fn log_odds(&self, score: f64) -> f64 {
        match self {
            Self::Raw => score,
            Self::Platt(line) => line.log_odds(score),
            Self::Isotonic(steps) => steps.log_odds(score),
        }
    }

    /// Calibrated probability of a score.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        match self {
            Self::Isotonic(steps) => steps.probability(score),
            Self::Raw | Self::Platt(_) => probability(self.log_odds(score)),
        }
    }
}
