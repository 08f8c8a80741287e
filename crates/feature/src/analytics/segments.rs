//! Segments: whom a rule over their features picks out, and how they differ from everybody.
//!
//! Counting unit: people, one row of the feature table each. A person is picked out where the rule
//! is true; where the unknown decides, not. One pass; memory is one batch and one sum per feature.
//! Sums run in the order of the table, so that its cuts change nothing.

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use event::columns::ColumnError;
use serde::Serialize;

use super::rule::Rule;
use super::table_column::TableColumn;
use crate::error::FeatureError;

/// What to pick out.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentPlan {
    /// The condition.
    pub rule: Rule,
    /// People named in the report, at most.
    pub sample: usize,
}

impl SegmentPlan {
    /// A rule with a sample of 20 people.
    pub fn new(rule: Rule) -> Self {
        Self { rule, sample: 20 }
    }
}

/// Whom a rule picks out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentReport {
    /// What is counted: `people`.
    pub counting: &'static str,
    /// The rule as read.
    pub rule: String,
    /// People for whom it is true.
    pub people: u64,
    /// People in the table.
    pub total: u64,
    /// `people / total`; null without people.
    pub share: Option<f64>,
    /// Every number and flag of the table, inside and overall, in the table's order.
    pub profile: Vec<FeatureMeans>,
    /// The first people picked out, by key.
    pub sample: Vec<String>,
}

/// A feature inside a segment and overall.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureMeans {
    /// The feature's name.
    pub feature: String,
    /// Mean over those picked out whose value is known; a flag counts 1. Null without any.
    pub in_mean: Option<f64>,
    /// Mean over everybody whose value is known.
    pub all_mean: Option<f64>,
}

impl SegmentReport {
    /// Reads a feature table (one row per person, with `user_key`) and picks out. Rows of nobody
    /// do not count. An empty stream gives a report of nobody, whatever the rule asks for.
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &SegmentPlan,
    ) -> Result<Self, E> {
        let mut counter =
            Counter { plan, people: 0, total: 0, sums: Vec::new(), sample: Vec::new() };
        for batch in batches {
            counter.batch(&batch?)?;
        }
        Ok(counter.finish())
    }
}

struct Counter<'a> {
    plan: &'a SegmentPlan,
    people: u64,
    total: u64,
    sums: Vec<(String, Sum, Sum)>,
    /// Smallest keys picked out so far, in order.
    sample: Vec<String>,
}

/// A sum and how many values it is of.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    sum: f64,
    n: u64,
}

impl Sum {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.sum += value;
            self.n += 1;
        }
    }

    /// None of no values, and where their sum is beyond what a number can hold.
    fn mean(self) -> Option<f64> {
        (self.n > 0).then(|| self.sum / self.n as f64).filter(|mean| mean.is_finite())
    }
}

impl Counter<'_> {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), FeatureError> {
        let keys =
            batch.column_by_name("user_key").and_then(|column| column.as_string_opt::<i32>());
        let keys = keys.ok_or(ColumnError("user_key"))?;
        let mask = self.plan.rule.mask(batch)?;
        let picked = |row: usize| mask.is_valid(row) && mask.value(row);
        let rows: Vec<usize> =
            (0..batch.num_rows()).filter(|r| !keys.value(*r).is_empty()).collect();
        self.total += rows.len() as u64;
        for &row in rows.iter().filter(|row| picked(**row)) {
            self.people += 1;
            self.name(keys.value(row));
        }
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let column = match TableColumn::of(array) {
                None | Some(TableColumn::Texts(_)) => continue,
                Some(column) => column,
            };
            let (inside, all) = self.sums(field.name());
            for &row in &rows {
                let value = column.number(row);
                all.add(value);
                inside.add(value.filter(|_| picked(row)));
            }
        }
        Ok(())
    }

    fn name(&mut self, key: &str) {
        let at = self.sample.partition_point(|other| other.as_str() < key);
        if at < self.plan.sample {
            self.sample.insert(at, key.to_owned());
            self.sample.truncate(self.plan.sample);
        }
    }

    fn sums(&mut self, name: &str) -> (&mut Sum, &mut Sum) {
        let at = self.sums.iter().position(|(known, ..)| known == name).unwrap_or_else(|| {
            self.sums.push((name.to_owned(), Sum::default(), Sum::default()));
            self.sums.len() - 1
        });
        let (_, inside, all) = &mut self.sums[at];
        (inside, all)
    }

    fn finish(self) -> SegmentReport {
        let profile = self.sums.into_iter().map(|(feature, inside, all)| FeatureMeans {
            feature,
            in_mean: inside.mean(),
            all_mean: all.mean(),
        });
        SegmentReport {
            counting: "people",
            rule: self.plan.rule.to_string(),
            people: self.people,
            total: self.total,
            share: (self.total > 0).then(|| self.people as f64 / self.total as f64),
            profile: profile.collect(),
            sample: self.sample,
        }
    }
}
