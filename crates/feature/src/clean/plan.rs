//! The declared plan: rules in the order they are carried out.
//!
//! ```toml
//! [[rule]]
//! kind = "near_duplicates"
//! window_ms = 500
//!
//! [[rule]]
//! kind = "missing"
//! column = "dwell_ms"
//! by = "source"
//! method = "median"
//! ```
//!
//! Rules about the same column and event types follow each other: the second begins with what
//! the first left. Unknown keys are refused.

use serde::{Deserialize, Serialize};

use crate::clean::bots::BotsRule;
use crate::clean::clocks::ClocksRule;
use crate::clean::column::{ColumnChoice, NumberColumn, setting};
use crate::clean::duplicates::DuplicatesRule;
use crate::clean::local_times::LocalTimesRule;
use crate::clean::missing::{FillMethod, MissingRule};
use crate::clean::near_duplicates::NearDuplicatesRule;
use crate::clean::outliers::{OutlierMethod, OutliersRule};
use crate::clean::scaling::{ScaleRule, Scaling};
use crate::error::FeatureError;

/// Most rules of a plan.
pub const MAX_RULES: usize = 100;

/// What to look at, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CleanPlan {
    /// The rules.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rule {
    /// Events and orders stored more than once, and what was refused as such.
    Duplicates(DuplicatesRule),
    /// The same thing told twice in a moment.
    NearDuplicates(NearDuplicatesRule),
    /// Offsets of the sources' clocks, events from the future.
    Clocks(ClocksRule),
    /// Wall clocks against the shop's zone.
    LocalTimes(LocalTimesRule),
    /// People who look like machines.
    Bots(BotsRule),
    /// Missing values filled.
    Missing(MissingRule),
    /// Values far from the others.
    Outliers(OutliersRule),
    /// A column on another scale.
    Scale(ScaleRule),
}

impl Default for CleanPlan {
    /// Duplicates, clocks and machines; order totals, prices and quantities far from the others;
    /// dwell filled by source; order totals on a logarithmic scale.
    fn default() -> Self {
        let outliers = |column, method, fence| {
            Rule::Outliers(OutliersRule {
                column,
                types: Vec::new(),
                by: None,
                method,
                threshold: None,
                fence,
                low: None,
                high: None,
                least: None,
            })
        };
        let rules = vec![
            Rule::Duplicates(DuplicatesRule::default()),
            Rule::NearDuplicates(NearDuplicatesRule::default()),
            Rule::Clocks(ClocksRule::default()),
            Rule::LocalTimes(LocalTimesRule::default()),
            Rule::Bots(BotsRule::default()),
            Rule::Missing(MissingRule {
                column: NumberColumn::DwellMs,
                types: Vec::new(),
                by: Some(crate::clean::column::GroupBy::Source),
                method: FillMethod::Median,
                value: None,
            }),
            outliers(NumberColumn::UnitPriceMinor, OutlierMethod::Iqr, Some(3.0)),
            outliers(NumberColumn::Qty, OutlierMethod::Winsorise, None),
            outliers(NumberColumn::AmountMinor, OutlierMethod::RobustZ, None),
            Rule::Scale(ScaleRule {
                column: NumberColumn::AmountMinor,
                types: Vec::new(),
                method: Scaling::Log,
            }),
        ];
        Self { rules }
    }
}

impl CleanPlan {
    /// Refuses settings out of range, naming the setting.
    pub fn validate(&self) -> Result<(), FeatureError> {
        if !(1..=MAX_RULES).contains(&self.rules.len()) {
            let advice = format!("1 to {MAX_RULES} rules");
            return Err(setting("rule", format!("{} rules", self.rules.len()), advice));
        }
        self.rules.iter().try_for_each(Rule::validate)
    }
}

impl Rule {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Duplicates(_) => "duplicates",
            Self::NearDuplicates(_) => "near_duplicates",
            Self::Clocks(_) => "clocks",
            Self::LocalTimes(_) => "local_times",
            Self::Bots(_) => "bots",
            Self::Missing(_) => "missing",
            Self::Outliers(_) => "outliers",
            Self::Scale(_) => "scale",
        }
    }

    /// The values it is about, for a rule about a column.
    pub fn choice(&self) -> Option<ColumnChoice<'_>> {
        match self {
            Self::Missing(rule) => Some(rule.choice()),
            Self::Outliers(rule) => Some(rule.choice()),
            Self::Scale(rule) => Some(rule.choice()),
            _ => None,
        }
    }

    /// Its settings as `name=value`, the kind and column apart.
    pub fn settings(&self) -> String {
        let whole = match self {
            Self::Outliers(rule) => Self::Outliers(rule.with_defaults()),
            rule => rule.clone(),
        };
        let value = serde_json::to_value(whole).unwrap_or_default();
        let told = value.as_object().into_iter().flatten();
        let told = told.filter(|(name, _)| !["kind", "column"].contains(&name.as_str()));
        let text = |value: &serde_json::Value| value.to_string().replace('"', "");
        told.map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join(" ")
    }

    fn validate(&self) -> Result<(), FeatureError> {
        match self {
            Self::Duplicates(_) => Ok(()),
            Self::NearDuplicates(rule) => rule.validate(),
            Self::Clocks(rule) => rule.validate(),
            Self::LocalTimes(rule) => rule.validate(),
            Self::Bots(rule) => rule.validate(),
            Self::Missing(rule) => rule.validate(),
            Self::Outliers(rule) => rule.validate(),
            Self::Scale(rule) => rule.choice().validate(),
        }
    }
}
