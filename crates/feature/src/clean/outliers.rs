//! Values far from the others: flagged, or drawn in to a fence, group by group.
//!
//! A value is outside when `x < low` or `x > high`, with the fences
//! `median ± threshold·MAD / 0.6745` (robust z), `Q(¼) − fence·IQR` and `Q(¾) + fence·IQR`, or
//! `Q(low)` and `Q(high)` (winsorise, which moves the value to its fence).
//!
//! Symbols: Q exact quantiles of a group's known values; `IQR = Q(¾) − Q(¼)`; MAD their median
//! distance from the median. A group that has no spread, or fewer than `least` known values, is
//! not judged. Fences of whole numbers that values are moved to are rounded to whole numbers.
//! Time `O(n log n)`, memory `O(n)`.
//! Source: Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993, section 3.4 (robust
//! z, 3.5); Tukey, "Exploratory Data Analysis", 1977, section 2D (fences); Dixon, "Simplified
//! estimation from censored normal samples", 1960 (winsorising).

use serde::{Deserialize, Serialize};

use crate::clean::column::{Column, ColumnChoice, GroupBy, NumberColumn, setting};
use crate::clean::statistics::{median, median_deviation, quantile, sorted};
use crate::error::FeatureError;

/// The median distance of normal values, in standard deviations.
const NORMAL_MAD: f64 = 0.6745;

/// Judge the values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutliersRule {
    /// The column.
    pub column: NumberColumn,
    /// Event types looked at; the column's own when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Groups judged apart; the whole column when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<GroupBy>,
    /// How fences are set.
    pub method: OutlierMethod,
    /// Robust z: distance in standard deviations, above 0; 3.5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// IQR: distance in interquartile ranges, above 0; 1.5 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<f64>,
    /// Winsorise: share below the lower fence, in [0, 0.5); 0.01 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Winsorise: share up to the upper fence, in (0.5, 1]; 0.99 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Known values a group needs to be judged, at least 3; 8 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least: Option<usize>,
}

/// How fences are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutlierMethod {
    /// By distance from the median in units of the median distance.
    RobustZ,
    /// By distance from the quartiles in units of what lies between them.
    Iqr,
    /// At two quantiles; values beyond are moved to them.
    Winsorise,
}

/// Where values begin to be outside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fences {
    /// Smallest value inside.
    pub low: f64,
    /// Largest value inside.
    pub high: f64,
}

/// A judged column.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Whether each row's value lies outside.
    pub outside: Vec<bool>,
    /// The column, moved to the fences where the method says so.
    pub values: Vec<Option<f64>>,
    /// Fences by group number; none for a group that was not judged.
    pub fences: Vec<Option<Fences>>,
}

impl OutliersRule {
    /// Refuses settings of another method and settings out of range.
    pub fn validate(&self) -> Result<(), FeatureError> {
        self.choice().validate()?;
        let method = self.method;
        let numbers = [
            ("threshold", self.threshold, OutlierMethod::RobustZ, (f64::MIN_POSITIVE, 1e6)),
            ("fence", self.fence, OutlierMethod::Iqr, (f64::MIN_POSITIVE, 1e6)),
            ("low", self.low, OutlierMethod::Winsorise, (0.0, 0.4999)),
            ("high", self.high, OutlierMethod::Winsorise, (0.5001, 1.0)),
        ];
        for (name, value, owner, (least, most)) in numbers {
            let Some(value) = value else { continue };
            if owner != method {
                return Err(setting(name, value, "belongs to another method; take it out"));
            }
            if !(least..=most).contains(&value) {
                let advice = match owner {
                    OutlierMethod::Winsorise => "low is in [0, 0.5) and high in (0.5, 1]",
                    _ => "a number above 0, at most 1,000,000",
                };
                return Err(setting(name, value, advice));
            }
        }
        match self.least {
            Some(least) if least < 3 => Err(setting("least", least, "at least 3 values")),
            _ => Ok(()),
        }
    }

    /// The rule with every setting of its method said.
    pub fn with_defaults(&self) -> Self {
        let own = |method, value: Option<f64>, usual| {
            (self.method == method).then(|| value.unwrap_or(usual))
        };
        Self {
            threshold: own(OutlierMethod::RobustZ, self.threshold, 3.5),
            fence: own(OutlierMethod::Iqr, self.fence, 1.5),
            low: own(OutlierMethod::Winsorise, self.low, 0.01),
            high: own(OutlierMethod::Winsorise, self.high, 0.99),
            least: Some(self.least.unwrap_or(8)),
            ..self.clone()
        }
    }

    /// Which values it is about.
    pub fn choice(&self) -> ColumnChoice<'_> {
        ColumnChoice { column: self.column, types: &self.types, by: self.by }
    }

    /// The fences of ascending values; none where they have no spread or are too few.
    pub fn fences(&self, sorted: &[f64]) -> Option<Fences> {
        if sorted.len() < self.least.unwrap_or(8) {
            return None;
        }
        let (low, high) = match self.method {
            OutlierMethod::RobustZ => {
                let centre = median(sorted)?;
                let spread = median_deviation(sorted, centre)?;
                let reach = self.threshold.unwrap_or(3.5) * spread / NORMAL_MAD;
                (spread > 0.0).then_some((centre - reach, centre + reach))?
            }
            OutlierMethod::Iqr => {
                let (first, third) = (quantile(sorted, 0.25)?, quantile(sorted, 0.75)?);
                let reach = self.fence.unwrap_or(1.5) * (third - first);
                (third > first).then_some((first - reach, third + reach))?
            }
            OutlierMethod::Winsorise => {
                let low = quantile(sorted, self.low.unwrap_or(0.01))?;
                (low, quantile(sorted, self.high.unwrap_or(0.99))?)
            }
        };
        Some(Fences { low: low.max(f64::MIN), high: high.min(f64::MAX) })
    }

    /// Judges a column.
    pub fn judge(&self, column: &Column) -> Judged {
        let mut outside = vec![false; column.values.len()];
        let mut values = column.values.clone();
        let mut fences = vec![None; column.group_names.len()];
        for rows in column.groups_in_time() {
            let known = sorted(rows.iter().map(|row| column.values[*row]));
            let Some(mut found) = self.fences(&known) else { continue };
            let moves = self.method == OutlierMethod::Winsorise;
            if moves && column.is_whole {
                found = Fences { low: found.low.round(), high: found.high.round() };
            }
            for row in &rows {
                let Some(value) = values[*row] else { continue };
                outside[*row] = value < found.low || value > found.high;
                if moves {
                    values[*row] = Some(value.clamp(found.low, found.high));
                }
            }
            if let Some(row) = rows.first() {
                fences[column.group_of[*row] as usize] = Some(found);
            }
        }
        Judged { outside, values, fences }
    }
}
