//! A column brought to a common scale, by parameters that are fitted once, saved, and applied
//! unchanged to every later value.
//!
//! `z = (x − centre) / spread`: mean and standard deviation (z-score), minimum and range
//! (min-max), median and interquartile range (robust); `z = sign(x)·ln(1 + |x|)` (log); the share
//! of fitted values below x (quantile), on lines between knots.
//!
//! Symbols: x a value in the column's unit, z without unit; the knots are the exact quantiles at
//! 0, 1/m, …, 1. Unknown, infinite or unreachable values, and any value where the fitted values
//! have no spread, give null. Values beyond the fitted range keep their distance, but for quantile
//! they give 0 or 1. Fitting takes time `O(n log n)` and memory `O(n)`, a value `O(1)`, `O(log m)`
//! for quantile.
//! Source: Han, Kamber and Pei, "Data Mining", 2011, section 3.5.2; quantile: Bolstad et al., "A
//! comparison of normalization methods", 2003, section 2.

use serde::{Deserialize, Serialize};

use crate::clean::column::{ColumnChoice, NumberColumn, setting};
use crate::clean::statistics::{mean, median, quantile, quantile_at, sorted, standard_deviation};
use crate::error::FeatureError;

/// Steps between the knots of the quantile scale.
const STEPS: usize = 1_000;

/// Scale a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleRule {
    /// The column.
    pub column: NumberColumn,
    /// Event types looked at; the column's own when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// The scale.
    pub method: Scaling,
}

impl ScaleRule {
    /// Which values it is about.
    pub fn choice(&self) -> ColumnChoice<'_> {
        ColumnChoice { column: self.column, types: &self.types, by: None }
    }
}

/// A scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Mean 0, standard deviation 1.
    ZScore,
    /// Minimum 0, maximum 1.
    MinMax,
    /// Median 0, interquartile range 1.
    Robust,
    /// Signed logarithm of 1 + size.
    Log,
    /// Share of the fitted values below.
    Quantile,
}

/// A fitted scale. Written as JSON and read again it gives the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaler {
    /// The scale.
    pub method: Scaling,
    /// Known values it was fitted to.
    pub n: u64,
    /// What becomes 0; null when nothing was known, and for log and quantile.
    pub centre: Option<f64>,
    /// What becomes 1; null as above.
    pub spread: Option<f64>,
    /// Quantile: ascending, one step apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub knots: Vec<f64>,
}

impl Scaler {
    /// Fits a scale to the finite values of a column.
    pub fn fit(method: Scaling, values: &[Option<f64>]) -> Self {
        let known = sorted(values.iter().copied());
        let range =
            |low: Option<f64>, high: Option<f64>| Some((high? - low?).clamp(f64::MIN, f64::MAX));
        let at = |share| quantile(&known, share);
        let (centre, spread) = match method {
            Scaling::ZScore => (mean(&known), standard_deviation(&known)),
            Scaling::MinMax => (at(0.0), range(at(0.0), at(1.0))),
            Scaling::Robust => (median(&known), range(at(0.25), at(0.75))),
            Scaling::Log | Scaling::Quantile => (None, None),
        };
        let steps = STEPS.min(known.len().saturating_sub(1)).max(1);
        let knots = match method {
            Scaling::Quantile => {
                (0..=steps).filter_map(|i| quantile_at(&known, i, steps)).collect()
            }
            _ => Vec::new(),
        };
        Self { method, n: known.len() as u64, centre, spread, knots }
    }

    /// Refuses parameters that no fit gives: read from a file they may be anything.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let numbers = self.centre.iter().chain(&self.spread).chain(&self.knots);
        let ascending = self.knots.windows(2).all(|pair| pair[0] <= pair[1]);
        let is_linear = !matches!(self.method, Scaling::Log | Scaling::Quantile);
        let fits = is_linear == (self.centre.is_some() || (is_linear && self.n == 0))
            && self.centre.is_some() == self.spread.is_some()
            && (self.method == Scaling::Quantile && self.n > 0) == (self.knots.len() >= 2)
            && self.spread.is_none_or(|spread| spread >= 0.0);
        if numbers.into_iter().all(|number| number.is_finite()) && ascending && fits {
            return Ok(());
        }
        Err(setting("scaler", format!("{:?}", self.method), "not what fitting gives; fit it again"))
    }

    /// A value on the scale; null where it is not known or the scale has no spread.
    pub fn apply(&self, value: Option<f64>) -> Option<f64> {
        let value = value.filter(|value| value.is_finite())?;
        let scaled = match self.method {
            Scaling::Log => value.abs().ln_1p().copysign(value),
            Scaling::Quantile => self.share_below(value)?,
            _ => (value - self.centre?) / self.spread.filter(|spread| *spread > 0.0)?,
        };
        scaled.is_finite().then_some(scaled)
    }

    /// The value that gives a place on the scale.
    pub fn invert(&self, scaled: Option<f64>) -> Option<f64> {
        let scaled = scaled.filter(|scaled| scaled.is_finite())?;
        let value = match self.method {
            Scaling::Log => scaled.abs().exp_m1().copysign(scaled),
            Scaling::Quantile => quantile(&self.knots, scaled)?,
            _ => self.spread.filter(|spread| *spread > 0.0)? * scaled + self.centre?,
        };
        value.is_finite().then_some(value)
    }

    /// Every value of a column on the scale.
    pub fn apply_all(&self, values: &[Option<f64>]) -> Vec<Option<f64>> {
        values.iter().map(|value| self.apply(*value)).collect()
    }

    /// Share of the fitted values below; a value that stands on several knots is in their middle.
    fn share_below(&self, value: f64) -> Option<f64> {
        let last = self.knots.len().checked_sub(1).filter(|last| *last > 0)?;
        if self.knots[0] == self.knots[last] {
            return None;
        }
        let below = self.knots.partition_point(|knot| *knot < value);
        let upto = self.knots.partition_point(|knot| *knot <= value);
        let place = if below == 0 && upto == 0 {
            0.0
        } else if below > last {
            last as f64
        } else if upto > below {
            (below + upto - 1) as f64 / 2.0
        } else {
            let (low, high) = (self.knots[below - 1], self.knots[below]);
            let part = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
            (below - 1) as f64 + part
        };
        Some(place / last as f64)
    }
}
