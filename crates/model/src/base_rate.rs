//! The base rate: the same probability for every row, what every classifier has to beat.
//!
//! `log-odds = ln(P / N)`.
//!
//! Symbols: `P`, `N`, rows labelled yes and no. Time `O(rows)`, memory `O(1)`.
//! Source: G. Brier, "Verification of forecasts expressed in terms of probability", Monthly
//! Weather Review 78, 1950 (the forecast of climatology).

use serde::{Deserialize, Serialize};

use crate::classifier::{Classifier, FittedClassifier, Reasons};
use crate::error::ModelError;
use crate::table::LabelledTable;
use crate::tensors::{Tensors, TensorsOut};

/// Nothing to set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BaseRateConfig {}

/// The share of yes among the rows seen.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseRate {
    config: BaseRateConfig,
    n_columns: usize,
    log_odds: f64,
}

/// `ln(P / N)` of a checked table.
pub(crate) fn log_odds(table: &LabelledTable) -> f64 {
    let yes = table.n_positive();
    (yes as f64 / (table.n_rows() - yes) as f64).ln()
}

impl FittedClassifier for BaseRate {
    type Config = BaseRateConfig;

    const NAME: &'static str = "BaseRate";

    fn fit(config: &BaseRateConfig, table: &LabelledTable) -> Result<Self, ModelError> {
        table.check(Self::NAME)?;
        let log_odds = log_odds(table);
        Ok(Self { config: config.clone(), n_columns: table.n_columns(), log_odds })
    }

    fn config(&self) -> &BaseRateConfig {
        &self.config
    }

    fn to_tensors(&self) -> TensorsOut {
        TensorsOut::default()
            .with_u64("log_odds", &[self.log_odds.to_bits()])
            .with_u64("n_columns", &[self.n_columns as u64])
    }

    fn from_tensors(config: BaseRateConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        let n_columns = tensors.u64("n_columns")?.first().copied().unwrap_or(0) as usize;
        let [log_odds] = tensors.f64_bits("log_odds")?[..] else {
            return Err("array log_odds does not hold one number".to_owned());
        };
        Ok(Self { config, n_columns, log_odds })
    }
}

impl Classifier for BaseRate {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_columns(&self) -> usize {
        self.n_columns
    }

    fn log_odds(&self, _row: &[Option<f64>]) -> f64 {
        self.log_odds
    }

    fn explain(&self, _row: &[Option<f64>]) -> Reasons {
        let contributions = vec![0.0; self.n_columns];
        Reasons { log_odds: self.log_odds, contributions, base: self.log_odds }
    }
}
