//! Files as tables of text fields: what the bytes are is found out, not asked.

mod delimited;
mod input;
mod json_lines;
mod lines;
mod parquet_rows;
mod record;
mod text_lines;

use std::io;
use std::path::{Path, PathBuf};

use event::RefusalCode;

use crate::CollectError;
use delimited::Delimited;
use input::{Bytes, Opened};
use json_lines::JsonLines;
use lines::{LineRead, Lines};
use parquet_rows::ParquetRows;

pub(crate) use input::ReadSoFar;
pub(crate) use record::Record;
pub(crate) use text_lines::{TextLine, TextLines};

/// How reading one row went.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RowRead {
    /// The record holds the fields of a row.
    Fields,
    /// The record's raw bytes are one native event.
    Native,
    /// The row cannot be read; the record's raw bytes say what stood there.
    Bad(RefusalCode),
}

/// A source of rows.
pub(crate) trait Rows {
    /// Reads the next row into `record`; `None` at the end.
    fn next(&mut self, record: &mut Record) -> io::Result<Option<RowRead>>;

    /// Rows read and rows in all, where the source knows them.
    fn progress(&self) -> Option<(u64, u64)> {
        None
    }
}

/// A file opened as a table.
pub(crate) struct Table {
    /// The file.
    pub path: PathBuf,
    /// `csv`, `json`, `parquet`, with `+gzip` where compressed.
    pub format: String,
    /// Column names; for delimited text the first row, which may turn out to be data.
    pub columns: Vec<String>,
    /// Size of the file.
    pub bytes: u64,
    read: ReadSoFar,
    body: Body,
}

enum Body {
    Text { rows: Delimited, first: Record },
    Json(JsonLines),
    Parquet(ParquetRows),
}

impl Table {
    /// Opens a file and reads its header. `separator` overrules sniffing.
    pub fn open(path: &Path, separator: Option<&str>) -> Result<Self, CollectError> {
        let Opened { bytes, gzip, read, content } = input::open(path)?;
        let failed = |source| CollectError::Read { path: path.to_owned(), source };
        let empty = || CollectError::Empty { path: path.to_owned() };
        let (kind, columns, body) = match content {
            Bytes::Parquet(file) => {
                let problem = |e: io::Error| CollectError::Format {
                    path: path.to_owned(),
                    problem: format!("is damaged Parquet: {e}"),
                };
                let rows = ParquetRows::new(file).map_err(problem)?;
                ("parquet", rows.columns().to_vec(), Body::Parquet(rows))
            }
            Bytes::Text(input) => {
                let mut lines = Lines::new(input);
                let head = first_line(&mut lines).map_err(failed)?.ok_or_else(empty)?;
                if head.trim_start().starts_with('{') {
                    let rows = JsonLines::new(lines);
                    ("json", rows.columns().to_vec(), Body::Json(rows))
                } else if head.trim_start().starts_with('[') {
                    let problem = "is a JSON array; write one object per line".to_owned();
                    return Err(CollectError::Format { path: path.to_owned(), problem });
                } else {
                    let separator =
                        separator.map_or_else(|| delimited::sniff(&head), str::to_owned);
                    let mut rows = Delimited::new(lines, separator, 0);
                    let mut first = Record::default();
                    match rows.next(&mut first).map_err(failed)? {
                        Some(RowRead::Fields) => {}
                        Some(_) => return Err(bad_header(path)),
                        None => return Err(empty()),
                    }
                    rows.set_columns(first.len());
                    ("csv", header_names(&first), Body::Text { rows, first })
                }
            }
        };
        let format = if gzip { format!("{kind}+gzip") } else { kind.to_owned() };
        Ok(Self { path: path.to_owned(), format, columns, bytes, read, body })
    }

    /// Whether the lines are native events, which need no map.
    pub fn is_native(&self) -> bool {
        matches!(&self.body, Body::Json(rows) if rows.is_native())
    }

    /// The first row, where it may be data: delimited text only.
    pub fn first_row(&self) -> Option<&Record> {
        match &self.body {
            Body::Text { first, .. } => Some(first),
            _ => None,
        }
    }

    /// Takes the first row as data under the given column names.
    pub fn set_header(&mut self, columns: &[String]) {
        if let Body::Text { rows, first } = &mut self.body {
            rows.put_back(first);
            columns.clone_into(&mut self.columns);
        }
    }

    /// Reads the next row into `record`; `None` at the end.
    pub fn next(&mut self, record: &mut Record) -> io::Result<Option<RowRead>> {
        match &mut self.body {
            Body::Text { rows, .. } => rows.next(record),
            Body::Json(rows) => rows.next(record),
            Body::Parquet(rows) => rows.next(record),
        }
    }

    /// Bytes of the file read so far, before decompression.
    pub fn bytes_read(&self) -> u64 {
        let progress = match &self.body {
            Body::Parquet(rows) => rows.progress(),
            _ => None,
        };
        match progress {
            Some((rows, total)) => {
                let share = u128::from(self.bytes) * u128::from(rows) / u128::from(total.max(1));
                u64::try_from(share).unwrap_or(self.bytes)
            }
            None => self.read.bytes().min(self.bytes),
        }
    }
}

/// The beginning of the first line that is not blank, left unread.
fn first_line(lines: &mut Lines) -> io::Result<Option<String>> {
    loop {
        let mut line = Vec::new();
        match lines.next(&mut line)? {
            LineRead::End => return Ok(None),
            LineRead::Line(_) if line.iter().all(u8::is_ascii_whitespace) => {}
            read => {
                let text = String::from_utf8_lossy(&line).into_owned();
                lines.put_back(vec![(read, line)]);
                return Ok(Some(text));
            }
        }
    }
}

fn bad_header(path: &Path) -> CollectError {
    let problem = "has no readable header line; save it as UTF-8 text with one row per line";
    CollectError::Format { path: path.to_owned(), problem: problem.to_owned() }
}

/// Column names; a column without one is called by its position, from 1.
fn header_names(first: &Record) -> Vec<String> {
    let fields = first.to_fields().into_iter().enumerate();
    let name = |(i, field): (usize, String)| match field.trim() {
        "" => format!("column {}", i + 1),
        text => text.to_owned(),
    };
    fields.map(name).collect()
}
