//! Parquet columns as text fields. Doubles go through their shortest decimal text, so that an
//! identifier 17850.0 reads `17850` and a price 2.95 reads `2.95`, exactly.

use std::fmt::Write;
use std::fs::File;
use std::io;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use jiff::Timestamp;
use jiff::tz::Offset;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::record::Record;
use super::{RowRead, Rows};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8192;

/// Rows of a Parquet file.
pub(crate) struct ParquetRows {
    reader: ParquetRecordBatchReader,
    columns: Vec<String>,
    batch: Option<RecordBatch>,
    next: usize,
    number: u64,
    total_rows: u64,
}

impl ParquetRows {
    pub fn new(file: File) -> io::Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(io::Error::other)?;
        let columns = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
        let rows = builder.metadata().file_metadata().num_rows();
        let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(io::Error::other)?;
        let total_rows = u64::try_from(rows).unwrap_or(0);
        Ok(Self { reader, columns, batch: None, next: 0, number: 0, total_rows })
    }

    /// Column names; nested columns read as empty.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }
}

impl Rows for ParquetRows {
    fn next(&mut self, record: &mut Record) -> io::Result<Option<RowRead>> {
        let batch = loop {
            match &self.batch {
                Some(batch) if self.next < batch.num_rows() => break batch,
                _ => match self.reader.next() {
                    None => return Ok(None),
                    Some(Err(error)) => return Err(io::Error::other(error)),
                    Some(Ok(batch)) => {
                        self.batch = Some(batch);
                        self.next = 0;
                    }
                },
            }
        };
        record.clear();
        for column in batch.columns() {
            write_value(column, self.next, record.text_mut());
            record.end_field();
        }
        self.next += 1;
        self.number += 1;
        record.number = self.number;
        Ok(Some(RowRead::Fields))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some((self.number, self.total_rows))
    }
}

/// Appends one value as text; null and nested values append nothing.
fn write_value(column: &ArrayRef, row: usize, out: &mut String) {
    if column.is_null(row) {
        return;
    }
    // Writing to a String cannot fail.
    let _ = match column.data_type() {
        DataType::Utf8 => out.write_str(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.write_str(column.as_string::<i64>().value(row)),
        DataType::Utf8View => out.write_str(column.as_string_view().value(row)),
        DataType::Boolean => write!(out, "{}", column.as_boolean().value(row)),
        DataType::Int8 => write_number::<Int8Type>(column, row, out),
        DataType::Int16 => write_number::<Int16Type>(column, row, out),
        DataType::Int32 => write_number::<Int32Type>(column, row, out),
        DataType::Int64 => write_number::<Int64Type>(column, row, out),
        DataType::UInt8 => write_number::<UInt8Type>(column, row, out),
        DataType::UInt16 => write_number::<UInt16Type>(column, row, out),
        DataType::UInt32 => write_number::<UInt32Type>(column, row, out),
        DataType::UInt64 => write_number::<UInt64Type>(column, row, out),
        DataType::Float32 => write_number::<Float32Type>(column, row, out),
        DataType::Float64 => write_number::<Float64Type>(column, row, out),
        DataType::Decimal128(_, scale) => {
            write_decimal(column.as_primitive::<Decimal128Type>().value(row), *scale, out)
        }
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            write_date(days.saturating_mul(86_400_000), out)
        }
        DataType::Date64 => write_date(column.as_primitive::<Date64Type>().value(row), out),
        DataType::Timestamp(unit, zone) => {
            write_time(timestamp_ms(column, row, unit), zone.is_some(), out)
        }
        DataType::Dictionary(_, _) => {
            let dictionary = column.as_any_dictionary();
            let key = dictionary.normalized_keys()[row];
            write_value(dictionary.values(), key, out);
            Ok(())
        }
        _ => Ok(()),
    };
}

fn write_number<T: ArrowPrimitiveType>(
    column: &ArrayRef,
    row: usize,
    out: &mut String,
) -> std::fmt::Result
where
    T::Native: std::fmt::Display,
{
    write!(out, "{}", column.as_primitive::<T>().value(row))
}

fn write_decimal(value: i128, scale: i8, out: &mut String) -> std::fmt::Result {
    write!(out, "{value}e{}", -i32::from(scale))
}

fn timestamp_ms(column: &ArrayRef, row: usize, unit: &TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => {
            column.as_primitive::<TimestampSecondType>().value(row).saturating_mul(1000)
        }
        TimeUnit::Millisecond => column.as_primitive::<TimestampMillisecondType>().value(row),
        TimeUnit::Microsecond => {
            column.as_primitive::<TimestampMicrosecondType>().value(row).div_euclid(1000)
        }
        TimeUnit::Nanosecond => {
            column.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000_000)
        }
    }
}

/// A moment with a zone is written with `Z`, one without as the clock on the wall.
fn write_time(ms: i64, zoned: bool, out: &mut String) -> std::fmt::Result {
    match Timestamp::from_millisecond(ms) {
        Ok(moment) if zoned => write!(out, "{moment:.3}"),
        Ok(moment) => write!(out, "{:.3}", Offset::UTC.to_datetime(moment)),
        Err(_) => Ok(()),
    }
}

fn write_date(ms: i64, out: &mut String) -> std::fmt::Result {
    match Timestamp::from_millisecond(ms) {
        Ok(moment) => write!(out, "{}", Offset::UTC.to_datetime(moment).date()),
        Err(_) => Ok(()),
    }
}
