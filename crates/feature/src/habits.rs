//! Habits: how often a person comes, for how long, and how recently; one row per person.
//!
//! Of the events at or before `as_of_ms`: their number and that of views, carts, purchases and
//! custom events (favourites and the like); sessions (see [`crate::session`]), the time between
//! their first and last events in sum, at most and in the mean (whole milliseconds, rounded down);
//! the first and last event and the time since the last. A person without such an event has no row.
//!
//! One way of counting ([`Habit::of`]) under two kernels: [`Habits`] over rows in the order of
//! people, and [`unordered`] over packed rows in any order, some of them twice
//! ([`crate::packed`]). Time `O(n)` and `O(n log m)` for a person's `m` rows; memory is the rows of
//! the people at hand and a row per person.

use std::sync::Arc;

use arrow_array::builder::Int64Builder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use arrow_select::take::take_record_batch;
use event::columns::ColumnError;

use crate::error::FeatureError;
use crate::kernel::{self, Kernel};
use crate::packed::{Deed, Form, Forms, Key, Moment, each_person};
use crate::session::{GAP_MS, is_pause, validate_gap};

/// What habits are counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HabitsPlan {
    /// The moment from which recency is told; later events do not count. Milliseconds since 1970.
    pub as_of_ms: i64,
    /// The pause that ends a session, in milliseconds.
    pub gap_ms: i64,
}

impl HabitsPlan {
    /// As of a moment, with sessions that end after 30 minutes.
    pub fn as_of(as_of_ms: i64) -> Self {
        Self { as_of_ms, gap_ms: GAP_MS }
    }

    /// Refuses a negative gap.
    pub fn validate(&self) -> Result<(), FeatureError> {
        validate_gap(self.gap_ms)
    }
}

/// The figures of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habit {
    /// Events by what was done, in the order of [`Deed`].
    pub deeds: [i64; 5],
    /// Sessions.
    pub sessions: i64,
    /// Time in all sessions.
    pub session_ms: i64,
    /// Time in the longest.
    pub session_ms_max: i64,
    /// First event.
    pub first_ms: i64,
    /// Last event.
    pub last_ms: i64,
}

impl Habit {
    /// Counts moments in the order of time; `None` of none.
    pub fn of(moments: impl IntoIterator<Item = (i64, Deed)>, gap_ms: i64) -> Option<Self> {
        let mut moments = moments.into_iter();
        let (first_ms, deed) = moments.next()?;
        let mut habit = Self {
            deeds: [0; 5],
            sessions: 1,
            session_ms: 0,
            session_ms_max: 0,
            first_ms,
            last_ms: first_ms,
        };
        habit.deeds[deed as usize] = 1;
        let mut start_ms = first_ms;
        for (now_ms, deed) in moments {
            habit.deeds[deed as usize] += 1;
            if is_pause(habit.last_ms, now_ms, gap_ms) {
                habit.close(start_ms);
                habit.sessions += 1;
                start_ms = now_ms;
            }
            habit.last_ms = now_ms;
        }
        habit.close(start_ms);
        Some(habit)
    }

    fn close(&mut self, start_ms: i64) {
        let ms = self.last_ms.saturating_sub(start_ms);
        self.session_ms = self.session_ms.saturating_add(ms);
        self.session_ms_max = self.session_ms_max.max(ms);
    }

    /// The figures in the order of [`FIGURES`].
    fn figures(&self, plan: &HabitsPlan) -> [i64; 13] {
        let [views, carts, purchases, customs, _] = self.deeds;
        [
            self.deeds.iter().sum(),
            views,
            carts,
            purchases,
            customs,
            self.sessions,
            self.session_ms,
            self.session_ms_max,
            // There is at least one session.
            self.session_ms.div_euclid(self.sessions.max(1)),
            self.first_ms,
            self.last_ms,
            self.last_ms.saturating_sub(self.first_ms),
            plan.as_of_ms.saturating_sub(self.last_ms),
        ]
    }
}

/// The columns beside the person's key, all whole numbers.
pub const FIGURES: [&str; 13] = [
    "events",
    "views",
    "carts",
    "purchases",
    "customs",
    "sessions",
    "session_ms",
    "session_ms_max",
    "session_ms_mean",
    "first_ms",
    "last_ms",
    "span_ms",
    "recency_ms",
];

fn schema(key: &str, form: DataType) -> SchemaRef {
    let figure = |name: &&str| Field::new(*name, DataType::Int64, false);
    let key = Field::new(key, form, false);
    Arc::new(Schema::new(
        std::iter::once(key).chain(FIGURES.iter().map(figure)).collect::<Vec<_>>(),
    ))
}

/// The kernel over rows in the order of people, each event once.
#[derive(Debug, Clone)]
pub struct Habits {
    plan: HabitsPlan,
}

impl Habits {
    /// The kernel of a plan, checked.
    pub fn new(plan: HabitsPlan) -> Result<Self, FeatureError> {
        plan.validate()?;
        Ok(Self { plan })
    }
}

impl Kernel for Habits {
    fn reads(&self) -> Vec<&'static str> {
        vec!["type"]
    }

    fn returns(&self) -> SchemaRef {
        schema("user_key", DataType::Utf8)
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let column = |name| people.column_by_name(name).ok_or(ColumnError(name));
        let time = column("time")?.as_primitive_opt::<TimestampMillisecondType>();
        let time = time.ok_or(ColumnError("time"))?.values();
        let kind = column("type")?.as_string_opt::<i32>().ok_or(ColumnError("type"))?;
        let mut keys = Vec::new();
        let mut table = HabitTable::new(self.plan);
        for (key, rows) in kernel::people(people)? {
            let moments = rows.map(|row| (time[row], Deed::of_type(kind.value(row))));
            if table.push(moments) {
                keys.push(key);
            }
        }
        table.finish(Arc::new(StringArray::from(keys)), self.returns())
    }
}

/// What [`unordered`] found.
#[derive(Debug, Clone)]
pub struct Unordered {
    /// A row per person, by key.
    pub habits: RecordBatch,
    /// Rows that repeated an event.
    pub duplicates: u64,
}

/// The kernel over packed rows in any order: all rows of some people, each event once or more.
/// The first column is `user`, whole numbers or text as `forms` says.
pub fn unordered(
    chunks: &[Vec<u8>],
    forms: Forms,
    plan: &HabitsPlan,
) -> Result<Unordered, FeatureError> {
    match (forms.user, forms.id) {
        (Form::Whole, Form::Whole) => keyed::<i64, i64>(chunks, plan),
        (Form::Whole, Form::Text) => keyed::<i64, &str>(chunks, plan),
        (Form::Text, Form::Whole) => keyed::<&str, i64>(chunks, plan),
        (Form::Text, Form::Text) => keyed::<&str, &str>(chunks, plan),
    }
}

fn keyed<'a, U: Key<'a>, I: Key<'a>>(
    chunks: &'a [Vec<u8>],
    plan: &HabitsPlan,
) -> Result<Unordered, FeatureError> {
    let mut keys: Vec<U> = Vec::new();
    let mut table = HabitTable::new(*plan);
    let duplicates = each_person::<U, I>(chunks, |user, moments| {
        if table.push(moments.iter().map(|moment: &Moment| (moment.time_ms(), moment.deed()))) {
            keys.push(user);
        }
    })?;
    let form = match U::FORM {
        Form::Whole => DataType::Int64,
        Form::Text => DataType::Utf8,
    };
    let habits = table.finish(U::column(&keys), schema("user", form))?;
    Ok(Unordered { habits, duplicates })
}

/// Answers about different people as one table, by key.
pub fn by_key(answers: &[RecordBatch]) -> Result<RecordBatch, FeatureError> {
    let Some(first) = answers.first() else {
        return Ok(RecordBatch::new_empty(schema("user", DataType::Int64)));
    };
    let all = concat_batches(&first.schema(), answers)?;
    let rows = u32::try_from(all.num_rows())
        .map_err(|_| FeatureError::TooLarge { n_rows: all.num_rows(), n_cols: 1 })?;
    let mut order: Vec<u32> = (0..rows).collect();
    if let Some(keys) = all.column(0).as_primitive_opt::<Int64Type>() {
        order.sort_unstable_by_key(|row| keys.value(*row as usize));
    } else if let Some(keys) = all.column(0).as_string_opt::<i32>() {
        order.sort_unstable_by_key(|row| keys.value(*row as usize));
    }
    Ok(take_record_batch(&all, &UInt32Array::from(order))?)
}

/// Rows of figures, to be put beside their keys.
struct HabitTable {
    plan: HabitsPlan,
    figures: [Int64Builder; 13],
}

impl HabitTable {
    fn new(plan: HabitsPlan) -> Self {
        Self { plan, figures: std::array::from_fn(|_| Int64Builder::new()) }
    }

    /// Adds a person; whether there is anything to tell as of the plan's moment.
    fn push(&mut self, moments: impl Iterator<Item = (i64, Deed)>) -> bool {
        let plan = self.plan;
        let known = moments.take_while(|(time_ms, _)| *time_ms <= plan.as_of_ms);
        let Some(habit) = Habit::of(known, plan.gap_ms) else { return false };
        for (builder, figure) in self.figures.iter_mut().zip(habit.figures(&plan)) {
            builder.append_value(figure);
        }
        true
    }

    fn finish(mut self, keys: ArrayRef, schema: SchemaRef) -> Result<RecordBatch, FeatureError> {
        let figures = self.figures.iter_mut().map(|builder| {
            let figures: Int64Array = builder.finish();
            Arc::new(figures) as ArrayRef
        });
        let columns = std::iter::once(keys).chain(figures).collect();
        Ok(RecordBatch::try_new(schema, columns)?)
    }
}
