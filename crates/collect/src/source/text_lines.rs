//! Lines of a text file, gzipped or not, for layouts that are not tables.

use std::io;
use std::path::Path;

use super::input::{self, Bytes};
use super::lines::{LineRead, Lines};
use crate::CollectError;

/// A line.
pub(crate) enum TextLine<'a> {
    /// Its number and text, with its end.
    Text(u64, &'a str),
    /// The number of a line that is too long or no UTF-8.
    Bad(u64),
}

/// The lines of a file.
pub(crate) struct TextLines {
    lines: Lines,
    buffer: Vec<u8>,
}

impl TextLines {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, CollectError> {
        match input::open(path)?.content {
            Bytes::Text(text) => Ok(Self { lines: Lines::new(text), buffer: Vec::new() }),
            Bytes::Parquet(_) => Err(CollectError::Format {
                path: path.to_owned(),
                problem: "is Parquet; this layout is plain text".to_owned(),
            }),
        }
    }

    /// The next line; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<TextLine<'_>>> {
        self.buffer.clear();
        Ok(match self.lines.next(&mut self.buffer)? {
            LineRead::End => None,
            LineRead::TooLong(number) => Some(TextLine::Bad(number)),
            LineRead::Line(number) => Some(match std::str::from_utf8(&self.buffer) {
                Ok(text) => TextLine::Text(number, text),
                Err(_) => TextLine::Bad(number),
            }),
        })
    }
}
