//! Sessions: a person's events cut where they paused.
//!
//! A session ends when the next event comes more than `gap_ms` after the one before it: at exactly
//! thirty minutes the session goes on, one millisecond later a new one begins. Nothing else ends
//! one: neither midnight nor a change of clocks nor equal times. When asked, a session also ends at
//! an event that carries another campaign than the session came by; a session that came by none
//! ends at the first campaign. Late and repeated events are put in their place before this
//! ([`crate::arrange`], the lake's merge), so order of arrival and repetition change nothing.
//!
//! [`spans`] cuts; the kernel [`Sessions`] answers with a row per session. Time `O(n)`; memory is
//! one session per few rows of the people at hand.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder, TimestampMillisecondBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use event::columns::{ColumnError, EventColumns, NAMES};
use rustc_hash::FxHashSet;
use serde::Deserialize;

use crate::error::FeatureError;
use crate::kernel::{self, Kernel};

/// The pause that ends a session where nothing else is asked for: 30 minutes.
pub const GAP_MS: i64 = 30 * 60 * 1000;

/// What ends a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRule {
    /// A pause longer than this, in milliseconds; 0 or more.
    pub gap_ms: i64,
    /// Whether another campaign ends it too.
    pub ends_at_campaign_change: bool,
}

impl Default for SessionRule {
    fn default() -> Self {
        Self { gap_ms: GAP_MS, ends_at_campaign_change: false }
    }
}

impl SessionRule {
    /// Refuses a negative gap.
    pub fn validate(&self) -> Result<(), FeatureError> {
        validate_gap(self.gap_ms)
    }
}

/// Refuses a negative gap.
pub fn validate_gap(gap_ms: i64) -> Result<(), FeatureError> {
    if gap_ms >= 0 {
        return Ok(());
    }
    let advice = "give 0 milliseconds or more, as a rule 30 minutes".to_owned();
    Err(FeatureError::Setting { setting: "gap_ms", found: gap_ms.to_string(), advice })
}

/// Whether an event at `now_ms` is too long after the one before it to be of its session.
pub fn is_pause(before_ms: i64, now_ms: i64, gap_ms: i64) -> bool {
    now_ms.saturating_sub(before_ms) > gap_ms
}

/// The sessions of one person, as ranges of rows: `times_ms` ascend, `campaigns` has one entry per
/// time, or none at all where campaigns do not matter. Ranges are never empty, touch each other
/// and cover all times.
pub fn spans<C: PartialEq>(
    times_ms: &[i64],
    campaigns: &[Option<C>],
    rule: &SessionRule,
) -> Vec<Range<usize>> {
    let campaign = |row: usize| campaigns.get(row).and_then(|campaign| campaign.as_ref());
    let mut spans = Vec::new();
    let (mut start, mut came_by) = (0, campaign(0));
    for row in 1..times_ms.len() {
        let paused = is_pause(times_ms[row - 1], times_ms[row], rule.gap_ms);
        let brought = campaign(row).is_some() && campaign(row) != came_by;
        if paused || (rule.ends_at_campaign_change && brought) {
            spans.push(start..row);
            (start, came_by) = (row, campaign(row));
        }
    }
    if !times_ms.is_empty() {
        spans.push(start..times_ms.len());
    }
    spans
}

/// What brought a person, as stored in `ctx`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CampaignText<'a> {
    /// `wechat`, `google`, …
    #[serde(borrow)]
    pub source: Option<Cow<'a, str>>,
    /// `social`, `cpc`, …
    #[serde(borrow)]
    pub medium: Option<Cow<'a, str>>,
    /// The campaign's name.
    #[serde(borrow)]
    pub name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct ContextText<'a> {
    #[serde(borrow)]
    campaign: Option<CampaignText<'a>>,
}

/// The campaign in a row's `ctx` text; none where there is none.
pub fn campaign(ctx: &str) -> Option<CampaignText<'_>> {
    // Most rows have none; those are not read further.
    if !ctx.contains("\"campaign\"") {
        return None;
    }
    serde_json::from_str::<ContextText<'_>>(ctx).ok()?.campaign
}

/// The kernel: a row per session of each person.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    /// What ends a session.
    pub rule: SessionRule,
}

impl Sessions {
    /// The kernel of a rule, checked.
    pub fn new(rule: SessionRule) -> Result<Self, FeatureError> {
        rule.validate()?;
        Ok(Self { rule })
    }
}

impl Kernel for Sessions {
    fn reads(&self) -> Vec<&'static str> {
        NAMES.into_iter().chain(["ctx"]).collect()
    }

    fn returns(&self) -> SchemaRef {
        let whole = |name: &str| Field::new(name, DataType::Int64, false);
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let time = || DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
        Arc::new(Schema::new(vec![
            Field::new("user_key", DataType::Utf8, false),
            whole("session"),
            Field::new("start", time(), false),
            Field::new("end", time(), false),
            whole("events"),
            whole("views"),
            whole("carts"),
            whole("purchases"),
            whole("items"),
            whole("duration_ms"),
            text("source"),
            text("medium"),
            text("campaign"),
        ]))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = EventColumns::of(people)?;
        let ctx = people.column_by_name("ctx").and_then(|column| column.as_string_opt());
        let ctx: &StringArray = ctx.ok_or(ColumnError("ctx"))?;
        let mut table = SessionTable::default();
        for (key, rows) in kernel::people(people)? {
            let times_ms = &columns.time.values()[rows.clone()];
            let campaigns: Vec<Option<CampaignText<'_>>> = rows
                .clone()
                .map(|row| ctx.is_valid(row).then(|| campaign(ctx.value(row)))?)
                .collect();
            for (number, span) in (1..).zip(spans(times_ms, &campaigns, &self.rule)) {
                let campaign = campaigns[span.clone()].iter().flatten().next();
                let rows = rows.start + span.start..rows.start + span.end;
                table.push(key, number, rows, &columns, campaign);
            }
        }
        table.finish(self.returns())
    }
}

/// Names of the counts of a session, as types of events.
const COUNTED: [&str; 3] = ["view", "cart", "purchase"];

#[derive(Default)]
struct SessionTable {
    user_key: StringBuilder,
    session: Int64Builder,
    start: TimestampMillisecondBuilder,
    end: TimestampMillisecondBuilder,
    events: Int64Builder,
    counted: [Int64Builder; 3],
    items: Int64Builder,
    duration_ms: Int64Builder,
    campaign: [StringBuilder; 3],
}

impl SessionTable {
    fn push(
        &mut self,
        key: &str,
        number: i64,
        rows: Range<usize>,
        columns: &EventColumns<'_>,
        campaign: Option<&CampaignText<'_>>,
    ) {
        let (start, end) = (columns.time.value(rows.start), columns.time.value(rows.end - 1));
        self.user_key.append_value(key);
        self.session.append_value(number);
        self.start.append_value(start);
        self.end.append_value(end);
        self.events.append_value(rows.len() as i64);
        for (builder, name) in self.counted.iter_mut().zip(COUNTED) {
            let count = rows.clone().filter(|row| columns.kind.value(*row) == name).count();
            builder.append_value(count as i64);
        }
        self.items.append_value(items(rows, columns));
        self.duration_ms.append_value(end.saturating_sub(start));
        let texts = campaign.map(|c| [&c.source, &c.medium, &c.name]);
        for (i, builder) in self.campaign.iter_mut().enumerate() {
            builder.append_option(texts.and_then(|texts| texts[i].as_deref()));
        }
    }

    fn finish(mut self, schema: SchemaRef) -> Result<RecordBatch, FeatureError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.user_key.finish()),
            Arc::new(self.session.finish()),
            Arc::new(self.start.finish().with_timezone("UTC")),
            Arc::new(self.end.finish().with_timezone("UTC")),
            Arc::new(self.events.finish()),
        ];
        columns.extend(self.counted.iter_mut().map(|c| Arc::new(c.finish()) as ArrayRef));
        columns.push(Arc::new(self.items.finish()));
        columns.push(Arc::new(self.duration_ms.finish()));
        columns.extend(self.campaign.iter_mut().map(|c| Arc::new(c.finish()) as ArrayRef));
        Ok(RecordBatch::try_new(schema, columns)?)
    }
}

/// Different items that the rows name, alone or as goods on a line.
fn items(rows: Range<usize>, columns: &EventColumns<'_>) -> i64 {
    let mut met = FxHashSet::default();
    for row in rows {
        if columns.item_id.is_valid(row) {
            met.insert(columns.item_id.value(row));
        }
        met.extend(columns.lines(row).filter(|line| line.is_product).map(|line| line.item_id));
    }
    met.len() as i64
}
