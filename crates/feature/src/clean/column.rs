//! A numeric column of the shop, gathered in memory with each value's time and group.
//!
//! 28 bytes per value. Values stand in the order of the scan, so that two scans of one snapshot
//! give the same rows. Amounts in another currency than the shop's are counted and left out.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch, StringArray};
use event::columns::{ColumnError, EventColumns, NAMES};
use event::{Currency, Data};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::error::FeatureError;

/// A numeric column that rules may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberColumn {
    /// Total of an order or refund, price of a view, in minor units.
    AmountMinor,
    /// Price of one unit on a product line, in minor units.
    UnitPriceMinor,
    /// Units of a product line.
    Qty,
    /// Time on a page, milliseconds.
    DwellMs,
    /// Rating as a share of its maximum.
    Rating,
}

/// What groups of a column are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Event type.
    Type,
    /// Source of the event.
    Source,
    /// Country.
    Country,
    /// Class of the device.
    DeviceClass,
    /// Item; of a line, the line's.
    Item,
    /// Person.
    Person,
}

/// Which values of the shop a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnChoice<'a> {
    /// The column.
    pub column: NumberColumn,
    /// Event types; the column's own when empty.
    pub types: &'a [String],
    /// Groups; one when absent.
    pub by: Option<GroupBy>,
}

/// The values of a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Values; none where absent or not finite.
    pub values: Vec<Option<f64>>,
    /// When each happened, milliseconds since 1970 UTC.
    pub times_ms: Vec<i64>,
    /// The group of each, an index into the names.
    pub group_of: Vec<u32>,
    /// Names of the groups in the order met; empty text for none.
    pub group_names: Vec<String>,
    /// Whether values are whole numbers and stay so.
    pub is_whole: bool,
    /// Amounts left out because they are in another currency.
    pub other_currency: u64,
}

/// A setting that cannot be used.
pub(crate) fn setting(
    setting: &'static str,
    found: impl ToString,
    advice: impl Into<String>,
) -> FeatureError {
    FeatureError::Setting { setting, found: found.to_string(), advice: advice.into() }
}

impl NumberColumn {
    /// The name it has in a plan.
    pub fn name(self) -> &'static str {
        match self {
            Self::AmountMinor => "amount_minor",
            Self::UnitPriceMinor => "unit_price_minor",
            Self::Qty => "qty",
            Self::DwellMs => "dwell_ms",
            Self::Rating => "rating",
        }
    }

    /// The event types that carry it where a rule names none.
    pub fn own_types(self) -> &'static [&'static str] {
        match self {
            Self::AmountMinor | Self::UnitPriceMinor | Self::Qty => &["purchase"],
            Self::DwellMs => &["view"],
            Self::Rating => &["review"],
        }
    }

    fn is_of_lines(self) -> bool {
        matches!(self, Self::UnitPriceMinor | Self::Qty)
    }

    fn is_money(self) -> bool {
        matches!(self, Self::UnitPriceMinor | Self::AmountMinor)
    }
}

impl GroupBy {
    /// The column of the event table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Source => "source",
            Self::Country => "country",
            Self::DeviceClass => "device_class",
            Self::Item => "item_id",
            Self::Person => "user_key",
        }
    }
}

impl ColumnChoice<'_> {
    /// Refuses event types that do not exist.
    pub fn validate(&self) -> Result<(), FeatureError> {
        match self.types.iter().find(|name| !Data::TYPES.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(setting("types", name, format!("one of {}", Data::TYPES.join(", ")))),
        }
    }

    /// Columns of the event table to scan.
    pub fn reads(&self) -> Vec<&'static str> {
        let mut names = match self.column {
            column if column.is_of_lines() => NAMES.to_vec(),
            column => vec!["type", "currency", column.name()],
        };
        names.extend(self.by.map(GroupBy::name));
        names
    }

    fn has(&self, kind: &str) -> bool {
        match self.types {
            [] => self.column.own_types().contains(&kind),
            types => types.iter().any(|name| name == kind),
        }
    }
}

impl Column {
    /// A column of given values, times and groups, all of the same length; the rest is cut off.
    pub fn new(values: &[Option<f64>], times_ms: &[i64], groups: &[&str], is_whole: bool) -> Self {
        let mut gatherer = Gatherer::default();
        for ((value, time_ms), group) in values.iter().zip(times_ms).zip(groups) {
            gatherer.push(*value, *time_ms, group);
        }
        Self { is_whole, ..gatherer.column }
    }

    /// Gathers the chosen column of a shop.
    pub fn gather<E: From<FeatureError>>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        choice: &ColumnChoice<'_>,
        currency: Currency,
    ) -> Result<Self, E> {
        let mut gatherer = Gatherer::default();
        for batch in batches {
            gatherer.batch(&batch?, choice, currency)?;
        }
        gatherer.column.is_whole = choice.column != NumberColumn::Rating;
        Ok(gatherer.column)
    }

    /// Rows of each group, in the order of time and row.
    pub fn groups_in_time(&self) -> Vec<Vec<usize>> {
        let mut groups = vec![Vec::new(); self.group_names.len()];
        for (row, group) in self.group_of.iter().enumerate() {
            groups[*group as usize].push(row);
        }
        for rows in &mut groups {
            rows.sort_by_key(|row| self.times_ms[*row]);
        }
        groups
    }
}

#[derive(Default)]
struct Gatherer {
    column: Column,
    numbers: FxHashMap<String, u32>,
}

impl Gatherer {
    fn push(&mut self, value: Option<f64>, time_ms: i64, group: &str) {
        let number = match self.numbers.get(group) {
            Some(number) => *number,
            None => {
                let number = self.column.group_names.len() as u32;
                self.numbers.insert(group.to_owned(), number);
                self.column.group_names.push(group.to_owned());
                number
            }
        };
        self.column.values.push(value.filter(|value| value.is_finite()));
        self.column.times_ms.push(time_ms);
        self.column.group_of.push(number);
    }

    fn batch(
        &mut self,
        batch: &RecordBatch,
        choice: &ColumnChoice<'_>,
        currency: Currency,
    ) -> Result<(), FeatureError> {
        let (kind, money_of) = (text(batch, "type")?, text(batch, "currency")?);
        let time = batch.column_by_name("time").and_then(|column| column.as_primitive_opt());
        let time = time.ok_or(ColumnError("time"))?;
        let group = choice.by.map(|by| text(batch, by.name())).transpose()?;
        let group_of = |row: usize| match group {
            Some(names) if !names.is_null(row) => names.value(row),
            _ => "",
        };
        let lines = choice.column.is_of_lines().then(|| EventColumns::of(batch)).transpose()?;
        let numbers = Numbers::of(batch, choice.column)?;
        for row in (0..batch.num_rows()).filter(|row| choice.has(kind.value(*row))) {
            let foreign = !money_of.is_null(row) && money_of.value(row) != currency.as_str();
            if choice.column.is_money() && foreign {
                self.column.other_currency += 1;
                continue;
            }
            let time_ms = arrow_array::PrimitiveArray::<TimestampMillisecondType>::value(time, row);
            let Some(columns) = &lines else {
                self.push(numbers.value(row), time_ms, group_of(row));
                continue;
            };
            for line in columns.lines(row).filter(|line| line.is_product) {
                let value = match choice.column {
                    NumberColumn::Qty => Some(line.qty),
                    _ => line.unit_price_minor,
                };
                let own = choice.by == Some(GroupBy::Item);
                let group = if own { line.item_id } else { group_of(row) };
                self.push(value.map(|value| value as f64), time_ms, group);
            }
        }
        Ok(())
    }
}

/// A numeric column of a batch, whatever its type; empty for columns of lines.
enum Numbers<'a> {
    Whole(&'a arrow_array::Int64Array),
    Real(&'a arrow_array::Float64Array),
    Lines,
}

impl<'a> Numbers<'a> {
    fn of(batch: &'a RecordBatch, column: NumberColumn) -> Result<Self, ColumnError> {
        let name = column.name();
        if column.is_of_lines() {
            return Ok(Self::Lines);
        }
        let array = batch.column_by_name(name).ok_or(ColumnError(name))?;
        if let Some(whole) = array.as_primitive_opt::<Int64Type>() {
            return Ok(Self::Whole(whole));
        }
        Ok(Self::Real(array.as_primitive_opt::<Float64Type>().ok_or(ColumnError(name))?))
    }

    fn value(&self, row: usize) -> Option<f64> {
        match self {
            Self::Whole(array) => (!array.is_null(row)).then(|| array.value(row) as f64),
            Self::Real(array) => (!array.is_null(row)).then(|| array.value(row)),
            Self::Lines => None,
        }
    }
}

pub(crate) fn text<'a>(
    batch: &'a RecordBatch,
    name: &'static str,
) -> Result<&'a StringArray, ColumnError> {
    batch.column_by_name(name).and_then(|c| c.as_string_opt()).ok_or(ColumnError(name))
}
