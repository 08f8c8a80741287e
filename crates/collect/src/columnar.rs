//! The few columns of a raw Parquet log that behaviour is counted from, a row group at a time and
//! typed, without making an event of each row.
//!
//! Keys of people and events stay what they are: whole numbers or text. What was done is read
//! through its dictionary, so that a column map's words are looked up once per batch and not once
//! per row.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type,
};
use arrow_array::{Array, ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};

use crate::CollectError;
use crate::binding::{Binding, key};
use crate::map::{ColumnMap, Field as Column};
use crate::shipped::{detect, map_named};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 16 * 1024;

/// Which column is which; what is absent is taken from the column map.
#[derive(Debug, Clone, Default)]
pub struct LogColumns {
    /// The person.
    pub user: Option<String>,
    /// When: Unix time as whole numbers, or timestamps.
    pub time: Option<String>,
    /// What was done; without one every row is a view.
    pub event: Option<String>,
    /// The event's own id; without one, and without a column `id` or `event_id`, each row is an
    /// event.
    pub id: Option<String>,
    /// The unit of whole-number times; seconds where the map does not say.
    pub unit: Option<LogUnit>,
}

/// The unit of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogUnit {
    /// Seconds.
    Seconds,
    /// Thousandths.
    Millis,
    /// Millionths.
    Micros,
    /// Billionths.
    Nanos,
}

impl LogUnit {
    /// Whole milliseconds; what is finer is rounded down. `None` beyond 64 bits.
    fn ms(self, time: i64) -> Option<i64> {
        match self {
            Self::Seconds => time.checked_mul(1000),
            Self::Millis => Some(time),
            Self::Micros => Some(time.div_euclid(1000)),
            Self::Nanos => Some(time.div_euclid(1_000_000)),
        }
    }

    /// The unit that a map's time formats name.
    fn of_formats(formats: &[String]) -> Option<Self> {
        formats.iter().find_map(|format| match format.as_str() {
            "unix_s" => Some(Self::Seconds),
            "unix_ms" => Some(Self::Millis),
            "unix_us" => Some(Self::Micros),
            _ => None,
        })
    }
}

/// A key of a person or an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKey<'a> {
    /// A whole number.
    Whole(i64),
    /// Text.
    Text(&'a str),
}

/// One usable row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogRow<'a> {
    /// The person.
    pub user: LogKey<'a>,
    /// The event's id; the row's number in the file where there is none.
    pub id: LogKey<'a>,
    /// When, milliseconds since 1970 UTC.
    pub time_ms: i64,
    /// Position in [`LogBatch::types`].
    pub kind: usize,
}

/// A Parquet log, opened.
pub struct ParquetLog {
    path: PathBuf,
    footer: ArrowReaderMetadata,
    user: usize,
    time: usize,
    event: Option<usize>,
    id: Option<usize>,
    unit: LogUnit,
    events: BTreeMap<String, String>,
    first_rows: Vec<i64>,
}

/// Some rows of a log.
pub struct LogBatch {
    users: Keys,
    ids: Keys,
    times: Int64Array,
    unit: LogUnit,
    kinds: Option<Int32Array>,
    /// Event types of the batch, such as `view`; the last stands for rows that say nothing.
    pub types: Vec<String>,
}

enum Keys {
    Whole(Int64Array),
    Text(StringArray),
    /// Numbers from here on.
    Rows(i64),
}

impl ParquetLog {
    /// Opens a file and finds its columns: the named ones, else those of the map, else those of
    /// the shipped map that fits.
    pub fn open(
        path: &Path,
        map: Option<&ColumnMap>,
        named: &LogColumns,
    ) -> Result<Self, CollectError> {
        let file = open(path)?;
        let options = ArrowReaderOptions::new();
        let footer = ArrowReaderMetadata::load(&file, options).map_err(unreadable(path))?;
        let columns: Vec<String> =
            footer.schema().fields().iter().map(|f| f.name().clone()).collect();
        let fitting = map.cloned().or_else(|| detect(&columns)).or_else(|| map_named("generic"));
        let map = &fitting.ok_or_else(|| CollectError::MapUnknown {
            path: path.to_owned(),
            found: columns.join(", "),
        })?;
        let binding = Binding::of(&ColumnMap { required: Vec::new(), ..map.clone() }, &columns)
            .map_err(|_| lacking(path, map, "columns", &columns))?;
        let place = |named: &Option<String>, field: Option<Column>| match named {
            Some(name) => {
                let found = columns.iter().position(|column| key(column) == key(name));
                found.map(Some).ok_or_else(|| lacking(path, map, name, &columns))
            }
            None => Ok(field.and_then(|field| binding.position(field))),
        };
        let needed = |named: &Option<String>, field: Column| {
            place(named, Some(field))?.ok_or_else(|| lacking(path, map, field.as_str(), &columns))
        };
        let (user, time) = (needed(&named.user, Column::User)?, needed(&named.time, Column::Time)?);
        let event = place(&named.event, Some(Column::Event))?;
        let usual_id = || columns.iter().position(|c| ["id", "eventid"].contains(&&*key(c)));
        let id = place(&named.id, None)?.or_else(usual_id);
        let unit = named.unit.or_else(|| LogUnit::of_formats(&map.time_formats));
        let unit = unit.unwrap_or(LogUnit::Seconds);
        let hinted = hinted(footer.schema(), user, id, event);
        let options = ArrowReaderOptions::new().with_schema(hinted);
        let footer = ArrowReaderMetadata::try_new(footer.metadata().clone(), options)
            .map_err(unreadable(path))?;
        let mut first_rows = vec![0];
        for group in footer.metadata().row_groups() {
            first_rows.push(first_rows[first_rows.len() - 1] + group.num_rows());
        }
        let events = map.events.iter().map(|(word, name)| (word.to_lowercase(), name.clone()));
        let events = events.collect();
        let path = path.to_owned();
        Ok(Self { path, footer, user, time, event, id, unit, events, first_rows })
    }

    /// Row groups: what can be read apart.
    pub fn groups(&self) -> usize {
        self.footer.metadata().num_row_groups()
    }

    /// Whether people's keys are text.
    pub fn user_is_text(&self) -> bool {
        self.is_text(self.user)
    }

    /// Whether events' ids are text.
    pub fn id_is_text(&self) -> bool {
        self.id.is_some_and(|id| self.is_text(id))
    }

    fn is_text(&self, column: usize) -> bool {
        matches!(self.footer.schema().field(column).data_type(), DataType::Utf8)
    }

    /// The rows of one group.
    pub fn read(&self, group: usize) -> Result<LogRows<'_>, CollectError> {
        let wanted: Vec<usize> =
            [Some(self.user), Some(self.time), self.event, self.id].into_iter().flatten().collect();
        let mask = ProjectionMask::roots(self.footer.parquet_schema(), wanted);
        let file = open(&self.path)?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.footer.clone())
            .with_projection(mask)
            .with_row_groups(vec![group])
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(unreadable(&self.path))?;
        Ok(LogRows { log: self, reader, row: self.first_rows[group] })
    }

    fn batch(&self, batch: &RecordBatch, row: i64) -> Result<LogBatch, CollectError> {
        let column = |at: usize| {
            let name = self.footer.schema().field(at).name();
            let found = batch.column_by_name(name);
            found.ok_or_else(|| self.wrong(at, "is not in a part of the file"))
        };
        let keys = |at: usize| {
            let found = keys(column(at)?);
            found.ok_or_else(|| self.wrong(at, "must be whole numbers or text"))
        };
        let (times, own_unit) = times(column(self.time)?)
            .ok_or_else(|| self.wrong(self.time, "must be Unix times or timestamps"))?;
        let (mut types, mut kinds) = (Vec::new(), None);
        if let Some(event) = self.event {
            let words = column(event)?.as_dictionary_opt::<Int32Type>();
            let words = words.ok_or_else(|| self.wrong(event, "must be text"))?;
            let values = words.values().as_string_opt::<i32>();
            let values = values.ok_or_else(|| self.wrong(event, "must be text"))?;
            types.extend(values.iter().map(|word| self.event_type(word.unwrap_or_default())));
            kinds = Some(words.keys().clone());
        }
        types.push(if kinds.is_some() { "" } else { "view" }.to_owned());
        Ok(LogBatch {
            users: keys(self.user)?,
            ids: self.id.map_or(Ok(Keys::Rows(row)), keys)?,
            times,
            unit: own_unit.unwrap_or(self.unit),
            kinds,
            types,
        })
    }

    /// `cart:remove` is a cart, `custom:favourite` a custom event; unknown words stay.
    fn event_type(&self, word: &str) -> String {
        let word = word.trim().to_lowercase();
        let name = self.events.get(&word).unwrap_or(&word);
        name.split(':').next().unwrap_or_default().to_owned()
    }

    fn wrong(&self, column: usize, problem: &str) -> CollectError {
        let field = self.footer.schema().field(column);
        let problem = format!("column {} ({}) {problem}", field.name(), field.data_type());
        CollectError::Format { path: self.path.clone(), problem }
    }
}

/// The batches of a row group.
pub struct LogRows<'a> {
    log: &'a ParquetLog,
    reader: ParquetRecordBatchReader,
    row: i64,
}

impl Iterator for LogRows<'_> {
    type Item = Result<LogBatch, CollectError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.reader.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(unreadable(&self.log.path)(error))),
        };
        let row = self.row;
        self.row += batch.num_rows() as i64;
        Some(self.log.batch(&batch, row))
    }
}

impl LogBatch {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row; `None` without person, id or time, or with a time beyond reckoning.
    pub fn row(&self, row: usize) -> Option<LogRow<'_>> {
        if self.times.is_null(row) {
            return None;
        }
        let time_ms = self.unit.ms(self.times.value(row))?;
        let last = self.types.len() - 1;
        let kind = self.kinds.as_ref().map_or(last, |kinds| match kinds.is_null(row) {
            true => last,
            false => kinds.value(row) as usize,
        });
        Some(LogRow { user: self.users.get(row)?, id: self.ids.get(row)?, time_ms, kind })
    }
}

impl Keys {
    fn get(&self, row: usize) -> Option<LogKey<'_>> {
        match self {
            Self::Whole(keys) => keys.is_valid(row).then(|| LogKey::Whole(keys.value(row))),
            Self::Text(keys) => {
                let text = keys.is_valid(row).then(|| keys.value(row))?;
                (!text.is_empty()).then_some(LogKey::Text(text))
            }
            Self::Rows(first) => Some(LogKey::Whole(first + row as i64)),
        }
    }
}

fn open(path: &Path) -> Result<File, CollectError> {
    if path.is_dir() {
        return Err(CollectError::Directory { path: path.to_owned() });
    }
    File::open(path).map_err(|source| CollectError::Read { path: path.to_owned(), source })
}

fn unreadable<E: std::error::Error + Send + Sync + 'static>(
    path: &Path,
) -> impl FnOnce(E) -> CollectError + use<E> {
    let path = path.to_owned();
    move |error| CollectError::Read { path, source: io::Error::other(error) }
}

fn lacking(path: &Path, map: &ColumnMap, missing: &str, found: &[String]) -> CollectError {
    CollectError::ColumnsMissing {
        path: path.to_owned(),
        map: map.name.clone(),
        missing: missing.to_owned(),
        found: found.join(", "),
    }
}

/// The schema to read by: text keys as plain text, what was done as a dictionary.
fn hinted(schema: &SchemaRef, user: usize, id: Option<usize>, event: Option<usize>) -> SchemaRef {
    let words = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let is_text = |kind: &DataType| match kind {
        DataType::Dictionary(_, values) => values.is_string(),
        other => other.is_string(),
    };
    let field = |(at, field): (usize, &Arc<Field>)| {
        let kind = field.data_type();
        let kind = match is_text(kind) {
            true if Some(at) == event => words(),
            true if at == user || Some(at) == id => DataType::Utf8,
            _ => kind.clone(),
        };
        field.as_ref().clone().with_data_type(kind)
    };
    let fields: Vec<Field> = schema.fields().iter().enumerate().map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn keys(column: &ArrayRef) -> Option<Keys> {
    match column.data_type() {
        DataType::Utf8 => column.as_string_opt().cloned().map(Keys::Text),
        _ => whole(column).map(Keys::Whole),
    }
}

/// Times, and the unit that their type states.
fn times(column: &ArrayRef) -> Option<(Int64Array, Option<LogUnit>)> {
    let DataType::Timestamp(unit, _) = column.data_type() else {
        return Some((whole(column)?, None));
    };
    Some(match unit {
        TimeUnit::Second => (widened::<TimestampSecondType>(column), Some(LogUnit::Seconds)),
        TimeUnit::Millisecond => {
            (widened::<TimestampMillisecondType>(column), Some(LogUnit::Millis))
        }
        TimeUnit::Microsecond => {
            (widened::<TimestampMicrosecondType>(column), Some(LogUnit::Micros))
        }
        TimeUnit::Nanosecond => (widened::<TimestampNanosecondType>(column), Some(LogUnit::Nanos)),
    })
}

fn whole(column: &ArrayRef) -> Option<Int64Array> {
    Some(match column.data_type() {
        DataType::Int64 => column.as_primitive::<Int64Type>().clone(),
        DataType::Int32 => widened::<Int32Type>(column),
        DataType::Int16 => widened::<Int16Type>(column),
        DataType::Int8 => widened::<Int8Type>(column),
        DataType::UInt32 => widened::<UInt32Type>(column),
        DataType::UInt16 => widened::<UInt16Type>(column),
        DataType::UInt8 => widened::<UInt8Type>(column),
        _ => return None,
    })
}

fn widened<T: ArrowPrimitiveType<Native: Into<i64>>>(column: &ArrayRef) -> Int64Array {
    column.as_primitive::<T>().unary(Into::into)
}
