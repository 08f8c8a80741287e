//! Paths: what people do one after the other within a session.
//!
//! Events within the range are cut into sessions; of each the part asked for becomes a sequence
//! of steps. A path is its first `depth` steps, before an event its last; nodes and transitions
//! are counted over the whole sequence, with `(start)` and `(end)` at its ends.
//!
//! Time `O(n)` for `n` rows; memory one row per distinct step, transition and path.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::calendar::check_range;
use super::step_columns::{StepColumns, reads};
use super::step_rule::{ItemCategories, StepRule};
use super::sums_by_key::{SumsByKey, count, share};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};
use crate::session::{GAP_MS, is_pause};

/// Most nodes, and most transitions, that a report holds.
const MOST_ROWS: usize = 500;
/// Before the first step.
const START: &str = "(start)";
/// After the last step.
const END: &str = "(end)";

/// Which part of a session is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// From the session's start.
    #[default]
    Start,
    /// Up to the first event that `around` matches, which ends the path.
    Before,
    /// From the first event that `around` matches, which begins the path.
    After,
}

impl Side {
    /// Reads `start`, `before` or `after`.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] for any other text.
    pub fn parse(text: &str) -> Result<Self, FeatureError> {
        match text.trim() {
            "start" => Ok(Self::Start),
            "before" => Ok(Self::Before),
            "after" => Ok(Self::After),
            _ => Err(FeatureError::Setting {
                setting: "side",
                found: text.to_owned(),
                advice: "use start, before or after".to_owned(),
            }),
        }
    }
}

/// Settings of paths.
#[derive(Debug, Clone)]
pub struct PathsPlan {
    /// A pause longer than this ends a session; 0 or more.
    pub gap_ms: i64,
    /// Longest path, in steps, 1 to 20.
    pub depth: u32,
    /// How many of the most frequent paths to report, 1 to 1,000.
    pub top: u32,
    /// An event to look around; sessions without it are not counted.
    pub around: Option<StepRule>,
    /// Which part of a session; `before` and `after` need `around`, `start` forbids it.
    pub side: Side,
    /// Whether the same step several times in a row counts once.
    pub collapse: bool,
    /// Whether a step is a type with the category of its item, `view[category=Sale]`.
    pub by_category: bool,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
    /// Categories of items.
    pub categories: ItemCategories,
}

/// The first five steps of sessions that half an hour of quiet ends.
impl Default for PathsPlan {
    fn default() -> Self {
        Self {
            gap_ms: GAP_MS,
            depth: 5,
            top: 20,
            around: None,
            side: Side::Start,
            collapse: true,
            by_category: false,
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            categories: ItemCategories::default(),
        }
    }
}

impl PathsPlan {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] names the one that cannot be used.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let wrong = |setting, found: String, advice: &str| {
            Err(FeatureError::Setting { setting, found, advice: advice.to_owned() })
        };
        if self.gap_ms < 0 {
            return wrong("gap", self.gap_ms.to_string(), "let it be 0 ms or more");
        }
        if !(1..=20).contains(&self.depth) {
            return wrong("depth", self.depth.to_string(), "let it be 1 to 20");
        }
        if !(1..=1_000).contains(&self.top) {
            return wrong("top", self.top.to_string(), "let it be 1 to 1000");
        }
        if self.around.is_some() == (self.side == Side::Start) {
            let advice = "before and after need an event to look around, start has none";
            return wrong("side", format!("{:?}", self.side).to_lowercase(), advice);
        }
        check_range(self.from_ms, self.to_ms)
    }

    /// Columns to scan beside those that order rows.
    pub fn reads(&self) -> Vec<&'static str> {
        let mut columns = reads(&self.around);
        if self.by_category {
            columns.extend(["item_id", "lines"]);
        }
        columns.sort_unstable();
        columns.dedup();
        columns
    }
}

/// A kind of step and how many sessions have it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PathNode {
    /// The step.
    pub node: String,
    /// Sessions with it in the part looked at.
    pub sessions: u64,
}

/// A sequence of steps.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Path {
    /// The steps in order, at most `depth`.
    pub steps: Vec<String>,
    /// Sessions that go this way.
    pub sessions: u64,
    /// Of all sessions counted.
    pub share: f64,
}

/// One step to the next.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Transition {
    /// The step before; `(start)` before the first.
    pub from: String,
    /// The step after; `(end)` after the last.
    pub to: String,
    /// How often.
    pub count: u64,
    /// Of all transitions from the same step.
    pub share: f64,
}

/// Paths through sessions.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PathsReport {
    /// What is counted: `sessions`.
    pub counting: &'static str,
    /// Sessions counted.
    pub sessions: u64,
    /// Steps, most sessions first; at most 500.
    pub nodes: Vec<PathNode>,
    /// The most frequent sequences.
    pub top: Vec<Path>,
    /// The transition graph, most frequent first; at most 500.
    pub transitions: Vec<Transition>,
    /// The event looked around.
    pub around: Option<String>,
    /// Which part of a session.
    pub side: Side,
}

impl PathsReport {
    /// Counts a user-ordered scan of `plan.reads()`.
    ///
    /// # Errors
    /// A setting that cannot be used, a missing column, or an error of the scan.
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &PathsPlan,
    ) -> Result<Self, E> {
        plan.validate()?;
        let paths = Paths { plan: plan.clone() };
        let table = kernel::fold(batches, &paths)?;
        Ok(paths.report(&table)?)
    }
}

/// Two texts and what they are ([`SESSION`] and its like); how often.
type Seen<'a> = SumsByKey<'a, 2, 1, 1>;
/// A session; no text.
const SESSION: i64 = 0;
/// A session with a step; the step.
const NODE: i64 = 1;
/// A session with a path; the steps as a JSON list.
const PATH: i64 = 2;
/// One step and the next.
const TRANSITION: i64 = 3;

/// The kernel of paths.
pub struct Paths {
    /// What is asked.
    pub plan: PathsPlan,
}

impl Kernel for Paths {
    fn reads(&self) -> Vec<&'static str> {
        self.plan.reads()
    }

    fn returns(&self) -> SchemaRef {
        Seen::schema(&["one", "other", "what", "times"])
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = StepColumns::of(people, &self.plan.reads())?;
        let mut seen = Seen::default();
        for (_, rows) in kernel::people(people)? {
            for session in self.sessions(columns.time, rows) {
                let part = self.part(&columns, session);
                self.count(&self.steps(&columns, part), &mut seen);
            }
        }
        seen.table(self.returns())
    }
}

impl Tally for Paths {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        Seen::of(answers)?.table(self.returns())
    }
}

impl Paths {
    /// One person's rows within the range, cut where a session ends.
    fn sessions(&self, time: &[i64], rows: Range<usize>) -> Vec<Range<usize>> {
        let before = |to_ms: i64| {
            rows.start + time[rows.clone()].partition_point(|time_ms| *time_ms < to_ms)
        };
        let rows = before(self.plan.from_ms)..before(self.plan.to_ms);
        let mut sessions = Vec::new();
        let mut start = rows.start;
        for row in rows.clone() {
            let quiet = row > start && is_pause(time[row - 1], time[row], self.plan.gap_ms);
            if quiet {
                sessions.push(start..row);
                start = row;
            }
        }
        if start < rows.end {
            sessions.push(start..rows.end);
        }
        sessions
    }

    /// The rows of a session that are looked at; none where it lacks the event asked for.
    fn part(&self, columns: &StepColumns<'_>, session: Range<usize>) -> Range<usize> {
        let Some(around) = &self.plan.around else { return session };
        let is = |row: &usize| columns.matches(*row, around, &self.plan.categories);
        match (session.clone().find(is), self.plan.side) {
            (None, _) => 0..0,
            (Some(at), Side::Before) => session.start..at + 1,
            (Some(at), _) => at..session.end,
        }
    }

    fn steps<'a>(&self, columns: &StepColumns<'a>, rows: Range<usize>) -> Vec<Cow<'a, str>> {
        let mut steps: Vec<Cow<'a, str>> = rows.map(|row| self.step(columns, row)).collect();
        if self.plan.collapse {
            steps.dedup();
        }
        steps
    }

    fn step<'a>(&self, columns: &StepColumns<'a>, row: usize) -> Cow<'a, str> {
        let kind = columns.kind.value(row);
        let category = match self.plan.by_category {
            true => columns.category(row, &self.plan.categories),
            false => None,
        };
        match category {
            Some(category) => Cow::Owned(StepRule::of_category(kind, category).to_string()),
            None => Cow::Borrowed(kind),
        }
    }

    fn count<'a>(&self, steps: &[Cow<'a, str>], seen: &mut Seen<'a>) {
        if steps.is_empty() {
            return;
        }
        let none = || Cow::Borrowed("");
        seen.add([none(), none()], [SESSION], [1]);
        let depth = steps.len().min(self.plan.depth as usize);
        let path = match self.plan.side {
            Side::Before => &steps[steps.len() - depth..],
            Side::Start | Side::After => &steps[..depth],
        };
        let text = serde_json::Value::from_iter(path.iter().map(AsRef::as_ref)).to_string();
        seen.add([text.into(), none()], [PATH], [1]);
        let mut last = Cow::Borrowed(START);
        for next in steps.iter().chain([&Cow::Borrowed(END)]) {
            seen.add([last, next.clone()], [TRANSITION], [1]);
            last = next.clone();
        }
        let mut nodes = steps.to_vec();
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            seen.add([node, none()], [NODE], [1]);
        }
    }

    fn report(&self, table: &RecordBatch) -> Result<PathsReport, FeatureError> {
        let (mut sessions, mut nodes, mut paths) = (0, Vec::new(), Vec::new());
        let mut transitions: Vec<Transition> = Vec::new();
        for (([one, other], [what]), [times]) in Seen::of(table)?.sorted() {
            let (one, times) = (one.into_owned(), count(times));
            match what {
                SESSION => sessions = times,
                NODE => nodes.push(PathNode { node: one, sessions: times }),
                PATH => paths.push((one, times)),
                _ => transitions.push(Transition {
                    from: one,
                    to: other.into_owned(),
                    count: times,
                    share: 0.0,
                }),
            }
        }
        settle(&mut transitions);
        nodes.sort_by_key(|node| Reverse(node.sessions));
        nodes.truncate(MOST_ROWS);
        paths.sort_by_key(|(_, times)| Reverse(*times));
        paths.truncate(self.plan.top as usize);
        let path = |(text, times): (String, u64)| Path {
            steps: serde_json::from_str(&text).unwrap_or_default(),
            sessions: times,
            share: share(times, sessions).unwrap_or(0.0),
        };
        Ok(PathsReport {
            counting: "sessions",
            sessions,
            nodes,
            top: paths.into_iter().map(path).collect(),
            transitions,
            around: self.plan.around.as_ref().map(StepRule::to_string),
            side: self.plan.side,
        })
    }
}

/// Shares of transitions sorted by where they come from; then the most frequent first. Sorts are
/// stable: equals stay in the order of their names.
fn settle(transitions: &mut Vec<Transition>) {
    for from_one in transitions.chunk_by_mut(|a, b| a.from == b.from) {
        let all = from_one.iter().map(|transition| transition.count).sum();
        for transition in from_one {
            transition.share = share(transition.count, all).unwrap_or(0.0);
        }
    }
    transitions.sort_by_key(|transition| Reverse(transition.count));
    transitions.truncate(MOST_ROWS);
}
