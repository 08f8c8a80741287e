//! Funnel: how many people go through steps in order, within a window.
//!
//! An attempt begins at any event of the first step and takes, for each further step, the first
//! event of that step in a later row (`time`, `seq`, `id`), as long as `t_k − t_1 ≤ window`. Of a
//! person's attempts the one that reaches the deepest step counts, of several such the earliest,
//! which is also the first to get there. One row is one step only.
//!
//! Symbols: `t_k` the moment of step `k`, milliseconds.
//! Time `O(n · steps)` for `n` rows: later attempts take no earlier rows, so each step's rows
//! are passed once. Memory `O(n)` for one person, and for the report one row per segment, step
//! and distinct time between steps, at most one per person and step reached: medians are exact.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::calendar::check_range;
use super::step_columns::{StepColumns, reads};
use super::step_rule::{ItemCategories, StepField, StepRule};
use super::sums_by_key::{SumsByKey, count, share};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};

/// Most steps of a funnel.
const MOST_STEPS: usize = 12;

/// What to split people by: a value at the first step of the attempt that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// The country.
    Country,
    /// The class of device.
    Device,
    /// What sent the event: `web`, `app`, …
    Source,
    /// The campaign's name.
    Campaign,
    /// The campaign's medium.
    Medium,
    /// What brought the person: the campaign's `source / medium`, as attribution has it.
    Channel,
}

impl Segment {
    /// Every segment with its name.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Country, "country"),
        (Self::Device, "device"),
        (Self::Source, "source"),
        (Self::Campaign, "campaign"),
        (Self::Medium, "medium"),
        (Self::Channel, "channel"),
    ];

    /// Reads its name.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] for any other text.
    pub fn parse(text: &str) -> Result<Self, FeatureError> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text.trim());
        found.map(|(segment, _)| *segment).ok_or_else(|| FeatureError::Setting {
            setting: "by",
            found: text.to_owned(),
            advice: "use country, device, source, campaign, medium or channel".to_owned(),
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(segment, _)| *segment == self).map_or("", |(_, name)| name)
    }

    /// The field it is the value of.
    fn field(self) -> StepField {
        match self {
            Self::Country => StepField::Country,
            Self::Device => StepField::Device,
            Self::Source => StepField::Source,
            Self::Campaign => StepField::Campaign,
            Self::Medium => StepField::Medium,
            Self::Channel => StepField::Channel,
        }
    }
}

/// A funnel's settings.
#[derive(Debug, Clone)]
pub struct FunnelPlan {
    /// The steps in order, 2 to 12.
    pub steps: Vec<StepRule>,
    /// Longest time from the first step to the last, both included; at least 0.
    pub window_ms: i64,
    /// What to split people by.
    pub by: Option<Segment>,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
    /// Categories of items, for rules that ask for them.
    pub categories: ItemCategories,
}

/// View, cart, purchase within seven days.
impl Default for FunnelPlan {
    fn default() -> Self {
        Self {
            steps: ["view", "cart", "purchase"].map(StepRule::of_type).to_vec(),
            window_ms: 7 * 24 * 3_600_000,
            by: None,
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            categories: ItemCategories::default(),
        }
    }
}

impl FunnelPlan {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] names the one that cannot be used.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let wrong = |setting, found: String, advice: &str| FeatureError::Setting {
            setting,
            found,
            advice: advice.to_owned(),
        };
        if !(2..=MOST_STEPS).contains(&self.steps.len()) {
            return Err(wrong("steps", self.steps.len().to_string(), "give 2 to 12 steps"));
        }
        if self.window_ms < 0 {
            return Err(wrong("window", self.window_ms.to_string(), "let it be 0 ms or more"));
        }
        check_range(self.from_ms, self.to_ms)
    }

    /// Columns to scan beside those that order rows.
    pub fn reads(&self) -> Vec<&'static str> {
        let mut columns = reads(&self.steps);
        columns.extend(self.by.iter().flat_map(|by| by.field().columns()));
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// One step of a funnel.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FunnelStep {
    /// The step's rule.
    pub label: String,
    /// People who reached it.
    pub people: u64,
    /// Of those at the first step; null when nobody was.
    pub share_of_first: Option<f64>,
    /// Of those at the step before; null at the first step and when nobody was there.
    pub share_of_previous: Option<f64>,
    /// Median time from the step before; null at the first step and when nobody got here.
    pub median_ms_from_previous: Option<i64>,
}

/// The funnel of the people of one segment.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FunnelSegment {
    /// The value; empty when not known.
    pub segment: String,
    /// Its steps.
    pub steps: Vec<FunnelStep>,
}

/// A funnel.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct FunnelReport {
    /// What is counted: `people`.
    pub counting: &'static str,
    /// The window.
    pub window_ms: i64,
    /// What people are split by.
    pub by: Option<String>,
    /// The steps, everybody together.
    pub steps: Vec<FunnelStep>,
    /// By segment, most people first; empty without `by`.
    pub segments: Vec<FunnelSegment>,
}

impl FunnelReport {
    /// Counts a user-ordered scan of `plan.reads()`.
    ///
    /// # Errors
    /// A setting that cannot be used, a missing column, or an error of the scan.
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &FunnelPlan,
    ) -> Result<Self, E> {
        plan.validate()?;
        let funnel = Funnel { plan: plan.clone() };
        let table = kernel::fold(batches, &funnel)?;
        Ok(funnel.report(&table)?)
    }
}

/// Segment, step and time from the step before (0 at the first); people.
type Reached<'a> = SumsByKey<'a, 1, 2, 1>;
/// People by time from the step before, for each step.
type Times = Vec<BTreeMap<i64, u64>>;

/// The kernel of a funnel.
pub struct Funnel {
    /// What is asked.
    pub plan: FunnelPlan,
}

impl Kernel for Funnel {
    fn reads(&self) -> Vec<&'static str> {
        self.plan.reads()
    }

    fn returns(&self) -> SchemaRef {
        Reached::schema(&["segment", "step", "ms_from_previous", "people"])
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = StepColumns::of(people, &self.plan.reads())?;
        let mut reached = Reached::default();
        let mut found = vec![Vec::new(); self.plan.steps.len()];
        for (_, rows) in kernel::people(people)? {
            self.find(&columns, rows, &mut found);
            let attempt = deepest(&found, columns.time, self.plan.window_ms);
            let Some(&first) = attempt.first() else { continue };
            let segment = self.plan.by.and_then(|by| columns.value(first, by.field()));
            let segment: Cow<'_, str> = Cow::Owned(segment.unwrap_or_default());
            let mut before = first;
            for (step, &row) in attempt.iter().enumerate() {
                let ms = columns.time[row].saturating_sub(columns.time[before]);
                reached.add([segment.clone()], [step as i64, ms], [1]);
                before = row;
            }
        }
        reached.table(self.returns())
    }
}

impl Tally for Funnel {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        Reached::of(answers)?.table(self.returns())
    }
}

impl Funnel {
    /// The rows of each step within the range.
    fn find(&self, columns: &StepColumns<'_>, rows: Range<usize>, found: &mut [Vec<usize>]) {
        let plan = &self.plan;
        found.iter_mut().for_each(Vec::clear);
        for row in rows {
            if !(plan.from_ms..plan.to_ms).contains(&columns.time[row]) {
                continue;
            }
            for (rule, found) in plan.steps.iter().zip(found.iter_mut()) {
                if columns.matches(row, rule, &plan.categories) {
                    found.push(row);
                }
            }
        }
    }

    fn report(&self, table: &RecordBatch) -> Result<FunnelReport, FeatureError> {
        let empty: Times = vec![BTreeMap::new(); self.plan.steps.len()];
        let mut all = empty.clone();
        let mut by_segment: BTreeMap<String, Times> = BTreeMap::new();
        for (([segment], [step, ms]), [people]) in Reached::of(table)?.sorted() {
            let segment = by_segment.entry(segment.into_owned()).or_insert_with(|| empty.clone());
            for times in [&mut all, segment] {
                if let Some(times) = times.get_mut(step as usize) {
                    *times.entry(ms).or_default() += count(people);
                }
            }
        }
        let mut segments: Vec<FunnelSegment> = Vec::new();
        if self.plan.by.is_some() {
            let each = by_segment.into_iter();
            segments.extend(
                each.map(|(segment, times)| FunnelSegment { segment, steps: self.steps(&times) }),
            );
            let people = |segment: &FunnelSegment| segment.steps.first().map_or(0, |s| s.people);
            // A stable sort: equals stay in the order of their names.
            segments.sort_by_key(|segment| std::cmp::Reverse(people(segment)));
        }
        Ok(FunnelReport {
            counting: "people",
            window_ms: self.plan.window_ms,
            by: self.plan.by.map(|by| by.name().to_owned()),
            steps: self.steps(&all),
            segments,
        })
    }

    fn steps(&self, times: &Times) -> Vec<FunnelStep> {
        let people: Vec<u64> = times.iter().map(|times| times.values().sum()).collect();
        let step = |(at, rule): (usize, &StepRule)| FunnelStep {
            label: rule.to_string(),
            people: people[at],
            share_of_first: share(people[at], people[0]),
            share_of_previous: at.checked_sub(1).and_then(|p| share(people[at], people[p])),
            median_ms_from_previous: if at == 0 { None } else { median(&times[at]) },
        };
        self.plan.steps.iter().enumerate().map(step).collect()
    }
}

/// Rows of the earliest of the attempts that go deepest; empty where nobody begins. `found` holds
/// the rows of each step in order.
fn deepest(found: &[Vec<usize>], time: &[i64], window_ms: i64) -> Vec<usize> {
    let mut best = Vec::new();
    // How many of each step's rows lie before every attempt still to come.
    let mut passed = vec![0; found.len()];
    let mut attempt = Vec::with_capacity(found.len());
    for &start in found.first().into_iter().flatten() {
        attempt.clear();
        attempt.push(start);
        let mut last = start;
        for (rows, passed) in found.iter().zip(&mut passed).skip(1) {
            while rows.get(*passed).is_some_and(|row| *row <= last) {
                *passed += 1;
            }
            let within = |row: &usize| time[*row].saturating_sub(time[start]) <= window_ms;
            let Some(row) = rows.get(*passed).copied().filter(within) else { break };
            attempt.push(row);
            last = row;
        }
        if attempt.len() > best.len() {
            best.clone_from(&attempt);
        }
        if best.len() == found.len() {
            break;
        }
    }
    best
}

/// Median of times with how often each occurs; the middle of the two middle ones, rounded down.
fn median(times: &BTreeMap<i64, u64>) -> Option<i64> {
    let people: u64 = times.values().sum();
    let nth = |n: u64| {
        let mut passed = 0;
        times.iter().find_map(|(ms, people)| {
            passed += people;
            (n < passed).then_some(*ms)
        })
    };
    let (low, high) = (nth(people.checked_sub(1)? / 2)?, nth(people / 2)?);
    Some(low + (high - low) / 2)
}
