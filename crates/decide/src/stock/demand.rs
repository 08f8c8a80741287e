//! Demand over the time that a decision has to cover, as a distribution.

use super::normal::{normal_cdf, normal_density, normal_quantile};
use super::poisson::Poisson;
use crate::error::DecideError;

/// How much will be asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    /// Many small buyers of a slow item.
    Poisson(Poisson),
    /// A forecast with the deviation of its error.
    Normal {
        /// Units expected.
        mean: f64,
        /// Standard deviation, units.
        deviation: f64,
    },
    /// Cases seen or drawn, sorted, each as likely.
    Cases(Vec<f64>),
}

impl Demand {
    /// Cases in any order.
    ///
    /// # Errors
    /// When there are none, or one is not finite.
    pub fn cases(mut cases: Vec<f64>) -> Result<Self, DecideError> {
        if cases.is_empty() || cases.iter().any(|case| !case.is_finite()) {
            let reason = "cases of demand must be finite, and at least one".to_owned();
            return Err(DecideError::Input { what: "demand", reason });
        }
        cases.sort_unstable_by(f64::total_cmp);
        Ok(Self::Cases(cases))
    }

    /// Units expected.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Self::Poisson(demand) => demand.mean(),
            Self::Normal { mean, .. } => *mean,
            Self::Cases(cases) => cases.iter().sum::<f64>() / cases.len() as f64,
        }
    }

    /// The least stock that covers a share of cases.
    #[must_use]
    pub fn quantile(&self, share: f64) -> f64 {
        match self {
            Self::Poisson(demand) => demand.quantile(share) as f64,
            Self::Normal { mean, deviation } if *deviation == 0.0 => *mean,
            Self::Normal { mean, deviation } => mean + deviation * normal_quantile(share),
            Self::Cases(cases) => {
                let rank = (share * cases.len() as f64 - 1e-9).ceil().max(1.0) as usize;
                cases[rank.min(cases.len()) - 1]
            }
        }
    }

    /// Units lacking on average at a stock.
    #[must_use]
    pub fn lacking(&self, stock: f64) -> f64 {
        match self {
            Self::Poisson(demand) => demand.lacking(stock.floor() as i64),
            Self::Normal { mean, deviation } if *deviation == 0.0 => (mean - stock).max(0.0),
            Self::Normal { mean, deviation } => {
                let z = (stock - mean) / deviation;
                deviation * (normal_density(z) - z * (1.0 - normal_cdf(z)))
            }
            Self::Cases(cases) => {
                let lacking = cases.iter().map(|case| (case - stock).max(0.0));
                lacking.sum::<f64>() / cases.len() as f64
            }
        }
    }

    /// Units left over on average at a stock.
    #[must_use]
    pub fn left(&self, stock: f64) -> f64 {
        match self {
            Self::Poisson(demand) => demand.left(stock.floor() as i64),
            _ => (stock - self.mean() + self.lacking(stock)).max(0.0),
        }
    }
}
