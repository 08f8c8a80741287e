//! Retention: of the people who began in a period, how many came back in each later one.
//!
//! `returned_k(c) = Σ_people [cohort = c and an `again` event in period c + k]`, and all of the
//! cohort at `k = 0`.
//!
//! Symbols: `c` number of the period of a person's first event, `k` periods later.
//! Time `O(n)` for `n` rows; memory one row per cohort and period after it.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use jiff::tz::TimeZone;

use super::calendar::{Calendar, Period, check_range, usual_zone};
use super::step_columns::{StepColumns, reads};
use super::step_rule::{ItemCategories, StepRule};
use super::sums_by_key::{SumsByKey, count, share};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};

/// Most periods after a cohort's own.
const MOST_PERIODS: u32 = 400;
/// Stands in place of a cohort in the one row that says when the last event was.
const LAST_EVENT: i64 = i64::MIN;

/// Settings of a retention table.
///
/// The scan must begin with the first event ever, not at `from_ms`: whose first event lies before
/// `from_ms` belongs to no cohort of the table.
#[derive(Debug, Clone)]
pub struct RetentionPlan {
    /// Length of a period.
    pub period: Period,
    /// Zone in which periods are cut.
    pub zone: TimeZone,
    /// What begins: a person's cohort is the period of their first such event.
    pub first: StepRule,
    /// What counts as coming back.
    pub again: StepRule,
    /// Most periods after a cohort's own, 1 to 400.
    pub periods: u32,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
    /// Categories of items, for rules that ask for them.
    pub categories: ItemCategories,
}

/// Weeks of buyers in UTC, twelve weeks on.
impl Default for RetentionPlan {
    fn default() -> Self {
        Self {
            period: Period::Week,
            zone: usual_zone(),
            first: StepRule::of_type("purchase"),
            again: StepRule::of_type("purchase"),
            periods: 12,
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            categories: ItemCategories::default(),
        }
    }
}

impl RetentionPlan {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] names the one that cannot be used.
    pub fn validate(&self) -> Result<(), FeatureError> {
        if !(1..=MOST_PERIODS).contains(&self.periods) {
            return Err(FeatureError::Setting {
                setting: "periods",
                found: self.periods.to_string(),
                advice: "let it be 1 to 400".to_owned(),
            });
        }
        check_range(self.from_ms, self.to_ms)
    }

    /// Columns to scan beside those that order rows.
    pub fn reads(&self) -> Vec<&'static str> {
        reads([&self.first, &self.again])
    }
}

/// The people who began in one period.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cohort {
    /// First day of the period, `YYYY-MM-DD`.
    pub start: String,
    /// How many.
    pub people: u64,
    /// How many came back `k` periods later; at 0 all of them. As long as the data goes.
    pub returned: Vec<u64>,
    /// How many of these periods had ended by the last event; the rest may still grow.
    pub complete: u32,
}

/// A retention table.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RetentionReport {
    /// What is counted: `people`.
    pub counting: &'static str,
    /// Length of a period.
    pub period: Period,
    /// What begins.
    pub first: String,
    /// What counts as coming back.
    pub again: String,
    /// By period, earliest first; periods in which nobody began are left out.
    pub cohorts: Vec<Cohort>,
    /// Share that came back `k` periods later, of all people whose period `k` is complete; null
    /// where there are none.
    pub average: Vec<Option<f64>>,
}

impl RetentionReport {
    /// Counts a user-ordered scan of `plan.reads()`.
    ///
    /// # Errors
    /// A setting that cannot be used, a missing column, or an error of the scan.
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &RetentionPlan,
    ) -> Result<Self, E> {
        plan.validate()?;
        let retention = Retention { plan: plan.clone() };
        let table = kernel::fold(batches, &retention)?;
        Ok(retention.report(&table)?)
    }
}

/// Cohort and periods after it; people.
type Returned<'a> = SumsByKey<'a, 0, 2, 1>;

/// The kernel of a retention table.
pub struct Retention {
    /// What is asked.
    pub plan: RetentionPlan,
}

impl Kernel for Retention {
    fn reads(&self) -> Vec<&'static str> {
        self.plan.reads()
    }

    fn returns(&self) -> SchemaRef {
        Returned::schema(&["cohort", "after", "people"])
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let plan = &self.plan;
        let columns = StepColumns::of(people, &plan.reads())?;
        let mut calendar = Calendar::new(plan.period, plan.zone.clone());
        let mut returned = Returned::default();
        let mut last_ms = None;
        for (_, rows) in kernel::people(people)? {
            let time = &columns.time[rows.clone()];
            let rows = rows.start..rows.start + time.partition_point(|ms| *ms < plan.to_ms);
            let known = |ms: &i64| calendar.number(*ms).is_some();
            last_ms = time.iter().copied().take(rows.len()).rfind(known).max(last_ms);
            let is = |row: usize, rule| columns.matches(row, rule, &plan.categories);
            let Some(first) = rows.clone().find(|row| is(*row, &plan.first)) else { continue };
            let Some(cohort) = calendar.number(columns.time[first]) else { continue };
            if columns.time[first] < plan.from_ms {
                continue;
            }
            returned.add([], [cohort, 0], [1]);
            let mut counted = 0;
            for row in (first + 1..rows.end).filter(|row| is(*row, &plan.again)) {
                let Some(period) = calendar.number(columns.time[row]) else { continue };
                let after = period - cohort;
                if after > counted && after <= i64::from(plan.periods) {
                    returned.add([], [cohort, after], [1]);
                    counted = after;
                }
            }
        }
        if let Some(last_ms) = last_ms {
            returned.add([], [LAST_EVENT, last_ms], [1]);
        }
        returned.table(self.returns())
    }
}

impl Tally for Retention {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let mut merged = Returned::default();
        let mut last_ms = None;
        for (([], [cohort, after]), people) in Returned::of(answers)?.sorted() {
            match cohort {
                LAST_EVENT => last_ms = Some(after).max(last_ms),
                _ => merged.add([], [cohort, after], people),
            }
        }
        if let Some(last_ms) = last_ms {
            merged.add([], [LAST_EVENT, last_ms], [1]);
        }
        merged.table(self.returns())
    }
}

impl Retention {
    fn report(&self, table: &RecordBatch) -> Result<RetentionReport, FeatureError> {
        let plan = &self.plan;
        let mut calendar = Calendar::new(plan.period, plan.zone.clone());
        let rows = Returned::of(table)?.sorted();
        // The row of the last event sorts first.
        let last_ms = match rows.first() {
            Some((([], [LAST_EVENT, ms]), _)) => *ms,
            _ => i64::MIN,
        };
        let last_period = calendar.number(last_ms);
        let mut cohorts: Vec<(i64, Cohort)> = Vec::new();
        for (([], [number, after]), [people]) in rows {
            if number == LAST_EVENT {
                continue;
            }
            if cohorts.last().is_none_or(|(last, _)| *last != number) {
                let periods = last_period.unwrap_or(number) - number;
                let periods = periods.clamp(0, i64::from(plan.periods)) as usize;
                cohorts.push((number, self.cohort(&calendar, number, periods, last_ms)));
            }
            let Some((_, cohort)) = cohorts.last_mut() else { continue };
            if let Some(returned) = cohort.returned.get_mut(after as usize) {
                *returned = count(people);
            }
            cohort.people = cohort.returned[0];
        }
        let cohorts: Vec<Cohort> = cohorts.into_iter().map(|(_, cohort)| cohort).collect();
        Ok(RetentionReport {
            counting: "people",
            period: plan.period,
            first: plan.first.to_string(),
            again: plan.again.to_string(),
            average: average(&cohorts),
            cohorts,
        })
    }

    /// A cohort without people yet.
    fn cohort(&self, calendar: &Calendar, number: i64, periods: usize, last_ms: i64) -> Cohort {
        let ended = |after: &i64| {
            let next_ms = calendar.start_ms(number.saturating_add(*after + 1));
            next_ms.is_some_and(|next_ms| next_ms <= last_ms.saturating_add(1))
        };
        Cohort {
            start: calendar.label(number),
            people: 0,
            returned: vec![0; periods + 1],
            complete: (0..=periods as i64).take_while(ended).count() as u32,
        }
    }
}

/// Share that came back after `k` periods, over the cohorts for which `k` is complete.
fn average(cohorts: &[Cohort]) -> Vec<Option<f64>> {
    let longest = cohorts.iter().map(|cohort| cohort.returned.len()).max().unwrap_or(0);
    let after = |k: usize| {
        let complete = || cohorts.iter().filter(move |cohort| (k as u32) < cohort.complete);
        share(complete().map(|c| c.returned[k]).sum(), complete().map(|c| c.people).sum())
    };
    (0..longest).map(after).collect()
}
