//! New and returning people of each period, and what they spent.
//!
//! Time `O(n)` for `n` rows; memory one row per period.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use event::Currency;
use jiff::tz::TimeZone;

use super::calendar::{Calendar, Period, check_range, usual_zone};
use super::step_columns::{StepColumns, reads};
use super::step_rule::{ItemCategories, StepRule};
use super::sums_by_key::{SumsByKey, count};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};

/// Most periods from the first to the last: 270 years of days.
const MOST_PERIODS: i64 = 100_000;

/// Settings of new versus returning.
///
/// The scan must begin with the first event ever, not at `from_ms`: who is new is decided by it.
#[derive(Debug, Clone)]
pub struct NewcomersPlan {
    /// Currency of the amounts; purchases in another are left out of them.
    pub currency: Currency,
    /// Length of a period.
    pub period: Period,
    /// Zone in which periods are cut.
    pub zone: TimeZone,
    /// What counts as coming: a person is new in the period of their first such event.
    pub event: StepRule,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
    /// Categories of items, for rules that ask for them.
    pub categories: ItemCategories,
}

impl NewcomersPlan {
    /// Buyers by week in UTC; change the fields for anything else.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            period: Period::Week,
            zone: usual_zone(),
            event: StepRule::of_type("purchase"),
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            categories: ItemCategories::default(),
        }
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] names the one that cannot be used.
    pub fn validate(&self) -> Result<(), FeatureError> {
        check_range(self.from_ms, self.to_ms)
    }

    /// Columns to scan beside those that order rows.
    pub fn reads(&self) -> Vec<&'static str> {
        let mut columns = reads([&self.event]);
        columns.extend(["currency", "amount_minor"]);
        columns
    }
}

/// One period.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct NewcomersPeriod {
    /// First day of the period, `YYYY-MM-DD`.
    pub start: String,
    /// People whose first event ever lies in it.
    pub new: u64,
    /// People who came in it and had come in an earlier one.
    pub returning: u64,
    /// What new people's purchases among these events sum to, in minor units.
    pub new_revenue_minor: i64,
    /// What returning people's purchases among these events sum to, in minor units.
    pub returning_revenue_minor: i64,
}

/// New versus returning.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct NewcomersReport {
    /// What is counted: `people`.
    pub counting: &'static str,
    /// Length of a period.
    pub period: Period,
    /// What counts as coming.
    pub event: String,
    /// Currency of the amounts.
    pub currency: String,
    /// Purchases in another currency, left out of the amounts.
    pub other_currency: u64,
    /// By period, earliest first, periods without anybody included.
    pub periods: Vec<NewcomersPeriod>,
}

impl NewcomersReport {
    /// Counts a user-ordered scan of `plan.reads()`.
    ///
    /// # Errors
    /// A setting that cannot be used, a missing column, or an error of the scan.
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &NewcomersPlan,
    ) -> Result<Self, E> {
        plan.validate()?;
        let newcomers = Newcomers { plan: plan.clone() };
        let table = kernel::fold(batches, &newcomers)?;
        Ok(newcomers.report(&table)?)
    }
}

/// Period; new and returning people, their revenue, purchases in another currency.
type Came<'a> = SumsByKey<'a, 0, 1, 5>;

/// The kernel of new versus returning.
pub struct Newcomers {
    /// What is asked.
    pub plan: NewcomersPlan,
}

impl Kernel for Newcomers {
    fn reads(&self) -> Vec<&'static str> {
        self.plan.reads()
    }

    fn returns(&self) -> SchemaRef {
        let sums = ["new", "returning", "new_revenue", "returning_revenue", "other_currency"];
        Came::schema(&[&["period"], &sums[..]].concat())
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let plan = &self.plan;
        let columns = StepColumns::of(people, &plan.reads())?;
        let mut calendar = Calendar::new(plan.period, plan.zone.clone());
        let mut came = Came::default();
        for (_, rows) in kernel::people(people)? {
            let (mut first, mut counted) = (None, None);
            for row in rows.filter(|row| columns.time[*row] < plan.to_ms) {
                if !columns.matches(row, &plan.event, &plan.categories) {
                    continue;
                }
                let Some(period) = calendar.number(columns.time[row]) else { continue };
                let is_new = period == *first.get_or_insert(period);
                if columns.time[row] < plan.from_ms {
                    continue;
                }
                let person = i64::from(counted != Some(period));
                counted = Some(period);
                let (revenue, other) = self.revenue(&columns, row);
                let add = match is_new {
                    true => [person, 0, revenue, 0, other],
                    false => [0, person, 0, revenue, other],
                };
                came.add([], [period], add);
            }
        }
        came.table(self.returns())
    }
}

impl Tally for Newcomers {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        Came::of(answers)?.table(self.returns())
    }
}

impl Newcomers {
    /// Amount of a purchase in the shop's currency, and 1 if it is in another.
    fn revenue(&self, columns: &StepColumns<'_>, row: usize) -> (i64, i64) {
        if columns.kind.value(row) != "purchase" {
            return (0, 0);
        }
        match columns.money(row) {
            (Some(currency), _) if currency != self.plan.currency.as_str() => (0, 1),
            (_, amount) => (amount.unwrap_or(0), 0),
        }
    }

    fn report(&self, table: &RecordBatch) -> Result<NewcomersReport, FeatureError> {
        let plan = &self.plan;
        let calendar = Calendar::new(plan.period, plan.zone.clone());
        let mut periods: Vec<NewcomersPeriod> = Vec::new();
        let mut other_currency = 0;
        let rows = Came::of(table)?.sorted();
        let begin = rows.first().map_or(0, |((_, [number]), _)| *number);
        for (([], [number]), [new, returning, new_revenue, returning_revenue, other]) in rows {
            if number - begin >= MOST_PERIODS {
                return Err(FeatureError::Setting {
                    setting: "period",
                    found: plan.period.name().to_owned(),
                    advice: "the events span too many: choose a longer period or a range".into(),
                });
            }
            while begin + (periods.len() as i64) < number {
                let start = calendar.label(begin + periods.len() as i64);
                periods.push(NewcomersPeriod { start, ..NewcomersPeriod::default() });
            }
            other_currency += count(other);
            periods.push(NewcomersPeriod {
                start: calendar.label(number),
                new: count(new),
                returning: count(returning),
                new_revenue_minor: new_revenue,
                returning_revenue_minor: returning_revenue,
            });
        }
        Ok(NewcomersReport {
            counting: "people",
            period: plan.period,
            event: plan.event.to_string(),
            currency: plan.currency.to_string(),
            other_currency,
            periods,
        })
    }
}
