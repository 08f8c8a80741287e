//! Missing values of a column, filled group by group.
//!
//! Linear: `x = x₀ + (x₁ − x₀)·(t − t₀) / (t₁ − t₀)` between the known values before and after;
//! forward: `x = x₀`; else the group's mean, median or most frequent value, or a constant.
//!
//! Symbols: t milliseconds; x₀, x₁ the nearest known values of the group in the order of time and
//! row. Nothing is carried to where a group has no known value on the side asked for: it stays
//! missing. A column of whole numbers is filled with whole numbers, halves rounded away from 0.
//! Time `O(n log n)`, memory `O(n)`.
//! Source: Little and Rubin, "Statistical Analysis with Missing Data", 2002, section 4.2; forward
//! and linear as in Moritz and Bartz-Beielstein, "imputeTS", 2017, section 3.

use serde::{Deserialize, Serialize};

use crate::clean::column::{Column, ColumnChoice, GroupBy, NumberColumn, setting};
use crate::clean::statistics::{between, mean, median, sorted};
use crate::error::FeatureError;

/// Fill the missing values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingRule {
    /// The column.
    pub column: NumberColumn,
    /// Event types looked at; the column's own when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Groups filled apart; the whole column when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<GroupBy>,
    /// What to fill with.
    pub method: FillMethod,
    /// The constant, with the method `constant` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
}

/// What a missing value is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillMethod {
    /// One value for all.
    Constant,
    /// The group's mean.
    Mean,
    /// The group's median.
    Median,
    /// The group's most frequent value; of several the smallest.
    Mode,
    /// The last known value before.
    Forward,
    /// On the line between the known values before and after, by time.
    Linear,
}

impl MissingRule {
    /// Refuses a constant that is absent, not finite, or not asked for.
    pub fn validate(&self) -> Result<(), FeatureError> {
        self.choice().validate()?;
        let found = self.value.map_or("absent".to_owned(), |value| value.to_string());
        match (self.method, self.value) {
            (FillMethod::Constant, Some(value)) if value.is_finite() => Ok(()),
            (FillMethod::Constant, _) => {
                Err(setting("value", found, "the method constant needs a finite value"))
            }
            (_, None) => Ok(()),
            _ => Err(setting("value", found, "only the method constant takes a value")),
        }
    }

    /// Which values it is about.
    pub fn choice(&self) -> ColumnChoice<'_> {
        ColumnChoice { column: self.column, types: &self.types, by: self.by }
    }
}

/// The column with its missing values filled where that is possible.
pub fn fill(column: &Column, method: FillMethod, constant: f64) -> Vec<Option<f64>> {
    let mut filled = column.values.clone();
    for rows in column.groups_in_time() {
        match method {
            FillMethod::Forward => forward(&mut filled, &rows),
            FillMethod::Linear => linear(&mut filled, &column.times_ms, &rows),
            FillMethod::Constant => with_one(&mut filled, &rows, Some(constant)),
            FillMethod::Mean => {
                let value = mean(&sorted(rows.iter().map(|row| column.values[*row])));
                with_one(&mut filled, &rows, value);
            }
            FillMethod::Median => {
                let value = median(&sorted(rows.iter().map(|row| column.values[*row])));
                with_one(&mut filled, &rows, value);
            }
            FillMethod::Mode => {
                let value = mode(&sorted(rows.iter().map(|row| column.values[*row])));
                with_one(&mut filled, &rows, value);
            }
        }
    }
    if column.is_whole {
        for (value, before) in filled.iter_mut().zip(&column.values) {
            if before.is_none() {
                *value = value.map(f64::round);
            }
        }
    }
    filled
}

fn with_one(filled: &mut [Option<f64>], rows: &[usize], value: Option<f64>) {
    for row in rows {
        filled[*row] = filled[*row].or(value);
    }
}

fn forward(filled: &mut [Option<f64>], rows: &[usize]) {
    let mut last = None;
    for row in rows {
        last = filled[*row].or(last);
        filled[*row] = last;
    }
}

fn linear(filled: &mut [Option<f64>], times_ms: &[i64], rows: &[usize]) {
    let known: Vec<usize> =
        (0..rows.len()).filter(|place| filled[rows[*place]].is_some()).collect();
    for pair in known.windows(2) {
        let (before, after) = (rows[pair[0]], rows[pair[1]]);
        let (Some(first), Some(second)) = (filled[before], filled[after]) else { continue };
        let span = times_ms[after].saturating_sub(times_ms[before]) as f64;
        for row in &rows[pair[0] + 1..pair[1]] {
            let passed = times_ms[*row].saturating_sub(times_ms[before]) as f64;
            let point = if span > 0.0 { between(first, second, passed, span) } else { first };
            filled[*row] = Some(point);
        }
    }
}

/// The most frequent of ascending values; the smallest of several.
fn mode(sorted: &[f64]) -> Option<f64> {
    let runs = sorted.chunk_by(|a, b| a == b);
    let best = runs.reduce(|best, run| if run.len() > best.len() { run } else { best })?;
    best.first().copied()
}
