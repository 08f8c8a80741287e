//! Carrying out a plan, and what is told of every rule: rows, before and after.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use event::Currency;
use event::columns::ColumnError;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::clean::bots::{self, Bots, BotsRule};
use crate::clean::clocks::{self, Clocks, SourceClock};
use crate::clean::column::{Column, ColumnChoice, NumberColumn, text};
use crate::clean::duplicates::{self, Repeats};
use crate::clean::local_times::LocalTimes;
use crate::clean::missing::fill;
use crate::clean::near_duplicates::{NearDuplicates, NearDuplicatesRule};
use crate::clean::plan::{CleanPlan, Rule};
use crate::clean::scaling::Scaler;
use crate::clean::summary::{Histogram, Summary};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel};
use crate::overview;

/// The sign that a made-up clock gives to all.
const REGULAR: &str = "too_regular";

/// Flagged people or events named in a report, at most.
pub const SAMPLE: usize = 10;

/// What the caller knows of the shop.
#[derive(Debug, Clone)]
pub struct CleanShop {
    /// Zone of the shop.
    pub zone: TimeZone,
    /// Currency of the amounts.
    pub currency: Currency,
    /// What was refused at the door as a repeat, by code.
    pub refused: Vec<(String, u64)>,
}

/// A plan carried out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CleanReport {
    /// One entry per rule, in the plan's order.
    pub rules: Vec<RuleReport>,
}

/// One rule carried out. Flagged rows stay where they are.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RuleReport {
    /// Kind of the rule.
    pub rule: String,
    /// The column it is about.
    pub column: Option<String>,
    /// Its settings, `name=value`.
    pub settings: String,
    /// Rows looked at: events, lines of events for columns of lines.
    pub rows: u64,
    /// Rows flagged.
    pub flagged: u64,
    /// Missing values filled.
    pub filled: u64,
    /// Values changed in what the rule hands on.
    pub changed: u64,
    /// The numbers it judges, before.
    pub before: Option<Summary>,
    /// After: filled, moved or scaled; of flagged rows, without them.
    pub after: Option<Summary>,
    /// Their bars before; of clocks, the spread about each source's offset is what is after.
    pub bars_before: Option<Histogram>,
    /// Their bars after, between the same edges unless the scale changed.
    pub bars_after: Option<Histogram>,
    /// What was found, by code and where.
    pub findings: Vec<Finding>,
    /// The first of what was flagged: event ids, or people.
    pub sample: Vec<String>,
    /// Clocks by source.
    pub clocks: Vec<SourceClock>,
    /// The fitted scale, to be saved and applied to later values.
    pub scaler: Option<Scaler>,
}

/// A count of something found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable code.
    pub what: String,
    /// Where: type and source, or empty.
    pub place: String,
    /// How many rows; of the signs of machines, people.
    pub n: u64,
}

/// Columns as earlier rules of the plan left them, and whether their values are whole.
type Left = FxHashMap<(NumberColumn, Vec<String>), (Vec<Option<f64>>, bool)>;

impl CleanReport {
    /// Carries out a plan over user-ordered scans of one snapshot: `scan` is given the names of
    /// columns and may be called many times.
    pub fn read<E, I>(
        plan: &CleanPlan,
        shop: &CleanShop,
        scan: impl Fn(&[&'static str]) -> Result<I, E>,
    ) -> Result<Self, E>
    where
        E: From<FeatureError> + Send,
        I: Iterator<Item = Result<RecordBatch, E>>,
    {
        plan.validate()?;
        let mut left = Left::default();
        let mut rules = Vec::new();
        for rule in &plan.rules {
            let mut told = match rule {
                Rule::Duplicates(_) => repeats(shop, &scan)?,
                Rule::NearDuplicates(rule) => near_duplicates(rule, &scan)?,
                Rule::Clocks(rule) => of_clocks(Clocks::read(scan(&clocks::READS)?, rule)?),
                Rule::LocalTimes(rule) => local_times(rule.zone.as_deref(), shop, &scan)?,
                Rule::Bots(rule) => bots(rule, &scan)?,
                Rule::Missing(_) | Rule::Outliers(_) | Rule::Scale(_) => {
                    let Some(choice) = rule.choice() else { continue };
                    let batches = scan(&choice.reads())?;
                    let column = Column::gather(batches, &choice, shop.currency)?;
                    of_column(rule, &choice, column, &mut left)
                }
            };
            told.rule = rule.kind().to_owned();
            told.settings = rule.settings();
            rules.push(told);
        }
        Ok(Self { rules })
    }
}

impl RuleReport {
    /// Sums up numbers before and after, with bars between common edges.
    fn compare(&mut self, before: &[Option<f64>], after: &[Option<f64>]) {
        let edges = Histogram::edges(before).or_else(|| Histogram::edges(after));
        self.before = Some(Summary::of(before));
        self.after = Some(Summary::of(after));
        self.bars_before = edges.map(|edges| Histogram::of(before, edges));
        self.bars_after = edges.map(|edges| Histogram::of(after, edges));
    }

    fn find(&mut self, what: &str, place: &str, n: u64) {
        if n > 0 {
            self.findings.push(Finding { what: what.to_owned(), place: place.to_owned(), n });
        }
    }

    fn add_to_sample(&mut self, name: &str) {
        if self.sample.len() < SAMPLE {
            self.sample.push(name.to_owned());
        }
    }
}

fn repeats<E, I>(
    shop: &CleanShop,
    scan: &impl Fn(&[&'static str]) -> Result<I, E>,
) -> Result<RuleReport, E>
where
    E: From<FeatureError>,
    I: Iterator<Item = Result<RecordBatch, E>>,
{
    let repeats = Repeats::count(|| scan(&duplicates::READS))?;
    let flagged = repeats.same_id + repeats.same_order;
    let mut told = RuleReport { rows: repeats.rows, flagged, ..RuleReport::default() };
    told.find("same_id", "", repeats.same_id);
    told.find("same_order", "", repeats.same_order);
    for (code, n) in &shop.refused {
        told.find("refused", code, *n);
    }
    Ok(told)
}

/// Rows are counted on their way to the kernel, so that one scan does.
fn counted<E, I>(batches: I, rows: &std::cell::Cell<u64>) -> impl Iterator<Item = I::Item>
where
    I: Iterator<Item = Result<RecordBatch, E>>,
{
    batches.inspect(|batch| {
        rows.set(rows.get() + batch.as_ref().map_or(0, |batch| batch.num_rows() as u64));
    })
}

fn near_duplicates<E, I>(
    rule: &NearDuplicatesRule,
    scan: &impl Fn(&[&'static str]) -> Result<I, E>,
) -> Result<RuleReport, E>
where
    E: From<FeatureError> + Send,
    I: Iterator<Item = Result<RecordBatch, E>>,
{
    let kernel = NearDuplicates { rule: rule.clone() };
    let rows = std::cell::Cell::new(0);
    let mut told = RuleReport::default();
    let mut places = std::collections::BTreeMap::<String, u64>::new();
    kernel::map(counted(scan(&kernel.reads())?, &rows), &kernel, |found| {
        let column = |name| text(&found, name).map_err(FeatureError::from);
        let (id, kind, source) = (column("id")?, column("type")?, column("source")?);
        for row in 0..found.num_rows() {
            told.flagged += 1;
            told.add_to_sample(id.value(row));
            *places.entry(format!("{} {}", kind.value(row), source.value(row))).or_default() += 1;
        }
        Ok::<(), E>(())
    })?;
    told.rows = rows.get();
    for (place, n) in places {
        told.find("near_duplicate", &place, n);
    }
    Ok(told)
}

fn of_clocks(clocks: Clocks) -> RuleReport {
    let mut told = RuleReport {
        rows: clocks.rows,
        flagged: clocks.sources.iter().map(|source| source.future_after).sum(),
        changed: clocks.corrected,
        ..RuleReport::default()
    };
    if !clocks.offsets_ms.is_empty() {
        told.compare(&clocks.offsets_ms, &clocks.residuals_ms);
    }
    for source in &clocks.sources {
        told.find("future_by_own_clock", &source.source, source.future_before);
        told.find("future", &source.source, source.future_after);
        told.find("wrong_clock", &source.source, if source.is_wrong { source.events } else { 0 });
    }
    told.clocks = clocks.sources;
    told
}

fn local_times<E, I>(
    zone: Option<&str>,
    shop: &CleanShop,
    scan: &impl Fn(&[&'static str]) -> Result<I, E>,
) -> Result<RuleReport, E>
where
    E: From<FeatureError> + Send,
    I: Iterator<Item = Result<RecordBatch, E>>,
{
    let zone = zone.map_or(Ok(shop.zone.clone()), overview::zone)?;
    let kernel = LocalTimes { zone };
    let counts = kernel::fold(scan(&kernel.reads())?, &kernel)?;
    let names = text(&counts, "finding").map_err(FeatureError::from)?;
    let numbers = whole(&counts, "rows")?;
    let mut told = RuleReport::default();
    for row in 0..counts.num_rows() {
        match names.value(row) {
            "rows" => told.rows = numbers.value(row),
            // An offset of another zone is no fault by itself, nor an hour that came twice.
            name => {
                let is_fault = ["skipped", "out_of_calendar"].contains(&name);
                told.flagged += if is_fault { numbers.value(row) } else { 0 };
                told.find(name, "", numbers.value(row));
            }
        }
    }
    Ok(told)
}

fn bots<E, I>(
    rule: &BotsRule,
    scan: &impl Fn(&[&'static str]) -> Result<I, E>,
) -> Result<RuleReport, E>
where
    E: From<FeatureError> + Send,
    I: Iterator<Item = Result<RecordBatch, E>>,
{
    let kernel = Bots { rule: rule.clone() };
    let mut told = RuleReport::default();
    let mut people = Vec::new();
    let (mut judged, mut regular) = (0, 0);
    kernel::map(scan(&kernel.reads())?, &kernel, |found| {
        let column = |name| text(&found, name).map_err(FeatureError::from);
        let (key, reasons) = (column("user_key")?, column("reasons")?);
        let (events, peak) = (whole(&found, "events")?, whole(&found, "peak_per_minute")?);
        let gaps = whole(&found, "gaps")?;
        for row in 0..found.num_rows() {
            judged += u64::from(gaps.value(row) >= rule.least_gaps);
            regular += u64::from(reasons.value(row).contains(REGULAR));
            // Only who may be flagged needs a name.
            let who = match reasons.value(row) {
                "" => None,
                reasons => Some((key.value(row).to_owned(), reasons.to_owned())),
            };
            people.push((events.value(row), Some(peak.value(row) as f64), who));
        }
        Ok::<(), E>(())
    })?;
    let made_up = bots::clock_is_made_up(regular, judged);
    let mut by_reason = [0_u64; bots::REASONS.len()];
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for (events, peak, who) in &people {
        told.rows += events;
        before.push(*peak);
        let (key, reasons) = who.as_ref().map_or(("", ""), |(key, reasons)| (key, reasons));
        let given = |reason: &str| {
            reasons.split(' ').any(|r| r == reason) && !(made_up && reason == REGULAR)
        };
        let signs = bots::REASONS.map(given);
        if !signs.contains(&true) {
            after.push(*peak);
            continue;
        }
        told.flagged += events;
        told.add_to_sample(key);
        for (n, sign) in by_reason.iter_mut().zip(signs) {
            *n += u64::from(sign);
        }
    }
    told.column = Some("peak_per_minute".to_owned());
    told.compare(&before, &after);
    for (reason, n) in bots::REASONS.iter().zip(by_reason) {
        told.find(reason, "", n);
    }
    told.find("made_up_clock", "", if made_up { regular } else { 0 });
    Ok(told)
}

fn of_column(
    rule: &Rule,
    choice: &ColumnChoice<'_>,
    mut column: Column,
    left: &mut Left,
) -> RuleReport {
    let key = (choice.column, choice.types.to_vec());
    if let Some((values, is_whole)) = left.remove(&key) {
        (column.values, column.is_whole) = (values, is_whole);
    }
    let mut told = RuleReport {
        column: Some(choice.column.name().to_owned()),
        rows: column.values.len() as u64,
        ..RuleReport::default()
    };
    told.find("other_currency", "", column.other_currency);
    match rule {
        Rule::Missing(rule) => {
            let filled = fill(&column, rule.method, rule.value.unwrap_or_default());
            let known = |values: &[Option<f64>]| values.iter().flatten().count() as u64;
            told.filled = known(&filled) - known(&column.values);
            told.compare(&column.values, &filled);
            column.values = filled;
        }
        Rule::Outliers(rule) => {
            let judged = rule.judge(&column);
            told.flagged = judged.outside.iter().filter(|outside| **outside).count() as u64;
            let moved = column.values.iter().zip(&judged.values).filter(|(a, b)| a != b);
            told.changed = moved.count() as u64;
            if told.changed > 0 {
                told.compare(&column.values, &judged.values);
            } else {
                let inside = column.values.iter().zip(&judged.outside);
                let inside: Vec<_> = inside.filter(|(_, out)| !**out).map(|(v, _)| *v).collect();
                told.compare(&column.values, &inside);
            }
            column.values = judged.values;
        }
        Rule::Scale(rule) => {
            let scaler = Scaler::fit(rule.method, &column.values);
            let scaled = scaler.apply_all(&column.values);
            told.changed = scaled.iter().flatten().count() as u64;
            told.compare(&column.values, &scaled);
            told.bars_after = Histogram::edges(&scaled).map(|edges| Histogram::of(&scaled, edges));
            told.scaler = Some(scaler);
            (column.values, column.is_whole) = (scaled, false);
        }
        _ => {}
    }
    left.insert(key, (column.values, column.is_whole));
    told
}

fn whole<'a>(
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a arrow_array::UInt64Array, FeatureError> {
    let column = batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<UInt64Type>());
    Ok(column.ok_or(ColumnError(name))?)
}
