//! Features of items as of a moment: how people met them, what the catalogue said of them, what
//! goes with them.
//!
//! [`ItemTally`] counts over people: one row per item, and one per pair of items that the same
//! person viewed or ordered. Of a person only the [`PAIRED`] latest different items are paired, so
//! that nobody adds more than 190 pairs of a sort. All counts are whole, so the answers about
//! different people add up to the same in any order. [`item_table`] joins the counts with the
//! catalogue's events.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::Currency;
use event::columns::ColumnError;
use rustc_hash::FxHashMap;

use super::facts::ShopFacts;
use super::item_features::{item_definitions, values};
use super::moment::{KnownItems, Moment};
use super::shelf::Shelf;
use super::step::{self, History, StepKind, Word};
use super::table;
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};

/// Latest different items of a person that are paired with each other.
pub const PAIRED: usize = 20;
const RECENT_MS: i64 = 30 * 86_400_000;
/// A rating is kept as billionths of its maximum, so that sums are exact.
pub(super) const RATING_ONE: f64 = 1e9;

/// The columns that count, after the two ids.
const COUNTS: [&str; 18] = [
    "views",
    "viewers",
    "clicks",
    "cart_adds",
    "orders",
    "buyers",
    "units",
    "revenue_minor",
    "returned_units",
    "views_30d",
    "orders_30d",
    "units_30d",
    "dwell_ms",
    "dwell_views",
    "reviews",
    "rating_sum",
    "first_ms",
    "last_ms",
];
const FIRST: usize = 16;
const LAST: usize = 17;

/// What is counted of an item, or of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts([i64; COUNTS.len()]);

impl Default for Counts {
    fn default() -> Self {
        let mut counts = [0; COUNTS.len()];
        (counts[FIRST], counts[LAST]) = (i64::MAX, i64::MIN);
        Self(counts)
    }
}

impl Counts {
    /// A count by its column's name; 0 of an unknown name.
    pub(super) fn get(&self, name: &str) -> i64 {
        COUNTS.iter().position(|column| *column == name).map_or(0, |at| self.0[at])
    }

    fn add(&mut self, name: &str, more: i64) {
        if let Some(at) = COUNTS.iter().position(|column| *column == name) {
            self.0[at] = self.0[at].saturating_add(more);
        }
    }

    fn seen(&mut self, time_ms: i64) {
        self.0[FIRST] = self.0[FIRST].min(time_ms);
        self.0[LAST] = self.0[LAST].max(time_ms);
    }

    fn join(&mut self, other: &Self) {
        for at in 0..FIRST {
            self.0[at] = self.0[at].saturating_add(other.0[at]);
        }
        self.0[FIRST] = self.0[FIRST].min(other.0[FIRST]);
        self.0[LAST] = self.0[LAST].max(other.0[LAST]);
    }
}

/// Counts by (item, other item); the item's own under an empty other.
type Table = FxHashMap<(Box<str>, Box<str>), Counts>;

/// Counts of items over people, of events before a moment.
pub struct ItemTally {
    /// The moment.
    pub as_of_ms: i64,
    /// The shop's currency: amounts in another are left out.
    pub currency: Currency,
}

impl Kernel for ItemTally {
    fn reads(&self) -> Vec<&'static str> {
        step::reads()
    }

    fn returns(&self) -> SchemaRef {
        let text = |name| Field::new(name, DataType::Utf8, false);
        let mut fields = vec![text("item_id"), text("other_id")];
        fields.extend(COUNTS.iter().map(|name| Field::new(*name, DataType::Int64, false)));
        Arc::new(Schema::new(fields))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let facts = ShopFacts::bare(self.currency, jiff::tz::TimeZone::UTC);
        let mut table = Table::default();
        for (_, rows) in kernel::people(people)? {
            let history = History::read(people, rows)?;
            let items = KnownItems::of(&history, &facts);
            person(&mut table, &Moment::new(&history, &items, self.as_of_ms, &facts));
        }
        self.batch(table)
    }
}

impl Tally for ItemTally {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let mut table = Table::default();
        for (item, other, counts) in read(answers)? {
            table.entry((item.into(), other.into())).or_default().join(&counts);
        }
        self.batch(table)
    }
}

impl ItemTally {
    fn batch(&self, table: Table) -> Result<RecordBatch, FeatureError> {
        let mut rows: Vec<_> = table.into_iter().collect();
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(rows.iter().map(|(key, _)| &key.0))),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|(key, _)| &key.1))),
        ];
        columns.extend((0..COUNTS.len()).map(|at| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, counts)| counts.0[at])))
        }));
        Ok(RecordBatch::try_new(self.returns(), columns)?)
    }
}

/// Adds what one person did.
fn person(table: &mut Table, moment: &Moment<'_>) {
    let words = moment.history.words();
    let mut own: Vec<Option<Counts>> = vec![None; words];
    for (at, step) in moment.steps.iter().enumerate() {
        let recent = i64::from(moment.since(step.time_ms) <= RECENT_MS);
        let mut counts = |item: Word, add: &[(&str, i64)]| {
            let counts = own[item as usize].get_or_insert_default();
            counts.seen(step.time_ms);
            add.iter().for_each(|(name, more)| counts.add(name, *more));
        };
        let goods = moment.history.lines_of(step).iter().filter(|line| line.is_product);
        match (step.kind, step.item) {
            (StepKind::View, Some(item)) => {
                let dwell = moment.dwell_ms[at];
                let views = [("views", 1), ("views_30d", recent)];
                counts(item, &views);
                let known = [("dwell_ms", dwell.unwrap_or(0)), ("dwell_views", 1)];
                counts(item, if dwell.is_some() { &known } else { &[] });
            }
            (StepKind::Click, Some(item)) => counts(item, &[("clicks", 1)]),
            (StepKind::Review, Some(item)) => {
                let known = step.rating.map_or(0, |share| (share * RATING_ONE).round() as i64);
                let one = i64::from(step.rating.is_some());
                counts(item, &[("reviews", one), ("rating_sum", known)]);
            }
            (StepKind::CartAdd, _) => {
                goods.for_each(|line| counts(line.item, &[("cart_adds", 1)]));
            }
            (StepKind::Order, _) => {
                let mut items: Vec<Word> = goods.clone().map(|line| line.item).collect();
                items.sort_unstable();
                items.dedup();
                for item in items {
                    counts(item, &[("orders", 1), ("orders_30d", recent)]);
                }
                for line in goods {
                    let amount = if moment.is_ours(step) { line.amount_minor } else { 0 };
                    let units = [("units", line.qty), ("units_30d", recent * line.qty)];
                    counts(line.item, &units);
                    counts(line.item, &[("revenue_minor", amount)]);
                }
            }
            (StepKind::Refund, _) => {
                goods.for_each(|line| counts(line.item, &[("returned_units", line.qty)]));
            }
            _ => {}
        }
    }
    for (word, mut counts) in own.into_iter().enumerate().filter_map(|(w, c)| Some((w, c?))) {
        counts.add("viewers", i64::from(counts.get("views") > 0));
        counts.add("buyers", i64::from(counts.get("orders") > 0));
        let item = moment.word(word as Word);
        table.entry((item.into(), "".into())).or_default().join(&counts);
    }
    pairs(table, moment, StepKind::View, "viewers");
    pairs(table, moment, StepKind::Order, "buyers");
}

/// Adds the pairs of a person's latest different items of a kind of step.
fn pairs(table: &mut Table, moment: &Moment<'_>, kind: StepKind, name: &str) {
    let mut items: Vec<Word> = Vec::new();
    for item in moment.of_kind(kind).rev().flat_map(|step| moment.touched(step)) {
        if items.len() == PAIRED {
            break;
        }
        if !items.contains(&item) {
            items.push(item);
        }
    }
    for a in &items {
        for b in items.iter().filter(|b| *b != a) {
            let key = (moment.word(*a).into(), moment.word(*b).into());
            table.entry(key).or_default().add(name, 1);
        }
    }
}

fn read(answers: &RecordBatch) -> Result<Vec<(&str, &str, Counts)>, FeatureError> {
    let column = |name| answers.column_by_name(name).ok_or(ColumnError(name));
    let text = |name| column(name)?.as_string_opt::<i32>().ok_or(ColumnError(name));
    let (item, other) = (text("item_id")?, text("other_id")?);
    let mut counts = Vec::with_capacity(COUNTS.len());
    for name in COUNTS {
        let column = column(name)?.as_primitive_opt::<Int64Type>().ok_or(ColumnError(name))?;
        counts.push(column);
    }
    let row = |row: usize| {
        let counts = Counts(std::array::from_fn(|at| counts[at].value(row)));
        (item.value(row), other.value(row), counts)
    };
    Ok((0..answers.num_rows()).map(row).collect())
}

/// What is known of one item at the moment.
#[derive(Default)]
pub(super) struct ItemMeasures {
    pub counts: Counts,
    /// Items that the same people viewed, most people first.
    pub also_viewed: Vec<String>,
    /// Items that the same people ordered, most people first.
    pub also_ordered: Vec<String>,
}

/// One row per item that somebody met or the catalogue sells, by id: [`item_definitions`] as
/// columns after `item_id`. `tallied` is the answer of [`ItemTally`] at the same moment,
/// `catalogue` holds the events of nobody in order.
pub fn item_table<E: From<FeatureError>>(
    tallied: &RecordBatch,
    catalogue: impl IntoIterator<Item = Result<RecordBatch, E>>,
    as_of_ms: i64,
    facts: &ShopFacts,
) -> Result<RecordBatch, E> {
    let shelf = Shelf::read(catalogue, as_of_ms, facts.currency)?;
    let mut items: BTreeMap<&str, ItemMeasures> = BTreeMap::new();
    for item in shelf.goods() {
        items.entry(item).or_default();
    }
    let mut viewed: Vec<(i64, &str)> = Vec::new();
    let mut ordered: Vec<(i64, &str)> = Vec::new();
    let mut rows = read(tallied)?.into_iter().peekable();
    while let Some((item, other, counts)) = rows.next() {
        if other.is_empty() {
            items.entry(item).or_default().counts = counts;
        } else {
            let with = [(&mut viewed, "viewers"), (&mut ordered, "buyers")];
            for (list, name) in with {
                list.extend(Some((counts.get(name), other)).filter(|(people, _)| *people > 0));
            }
        }
        if rows.peek().is_none_or(|(next, ..)| *next != item) {
            let measures = items.entry(item).or_default();
            measures.also_viewed = most(&mut viewed);
            measures.also_ordered = most(&mut ordered);
        }
    }
    let keys: Vec<&str> = items.keys().copied().collect();
    let value =
        |(item, measures): (&&str, &ItemMeasures)| values(item, measures, &shelf, as_of_ms, facts);
    let rows: Vec<_> = items.iter().map(value).collect();
    let schema = table::columns_schema("item_id", item_definitions());
    Ok(table::batch(schema, &keys, &rows)?)
}

/// The five that most people share, of equals by id; the list is emptied.
fn most(list: &mut Vec<(i64, &str)>) -> Vec<String> {
    list.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    list.drain(..).take(5).map(|(_, item)| item.to_owned()).collect()
}
