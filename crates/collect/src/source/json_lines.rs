//! JSON lines: native events as they stand, or flat objects as rows.

use std::io;

use event::RefusalCode;
use serde_json::Value;

use super::lines::{LineRead, Lines};
use super::record::Record;
use super::{RowRead, Rows};

/// Objects read ahead to learn the columns of a file of flat objects.
const LOOK_AHEAD: usize = 1000;

/// Bytes read ahead at most, but for the last line.
const LOOK_AHEAD_BYTES: usize = 4 * 1024 * 1024;

/// Objects, one per line.
pub(crate) struct JsonLines {
    lines: Lines,
    columns: Vec<String>,
    native: bool,
}

impl JsonLines {
    /// Learns from the first lines whether these are native events and, if not, which columns
    /// the objects have.
    pub fn new(mut lines: Lines) -> Self {
        let (mut ahead, mut columns, mut native) = (Vec::new(), Vec::<String>::new(), None);
        let mut bytes = 0;
        while ahead.len() < LOOK_AHEAD && bytes < LOOK_AHEAD_BYTES {
            let mut line = Vec::new();
            let read = match lines.next(&mut line) {
                Ok(LineRead::End) => break,
                Ok(read) => read,
                Err(failure) => {
                    lines.fail_later(failure);
                    break;
                }
            };
            bytes += line.len();
            if let Ok(Value::Object(object)) = serde_json::from_slice(&line) {
                native.get_or_insert(object.contains_key("v") && object.contains_key("type"));
                for key in object.keys() {
                    if !columns.contains(key) {
                        columns.push(key.clone());
                    }
                }
            }
            ahead.push((read, line));
            if native == Some(true) {
                break;
            }
        }
        lines.put_back(ahead);
        let native = native.unwrap_or(false);
        Self { lines, columns, native }
    }

    /// The keys seen in the first objects.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether the lines are native events.
    pub fn is_native(&self) -> bool {
        self.native
    }
}

impl Rows for JsonLines {
    fn next(&mut self, record: &mut Record) -> io::Result<Option<RowRead>> {
        loop {
            record.clear();
            match self.lines.next(&mut record.raw)? {
                LineRead::End => return Ok(None),
                LineRead::TooLong(number) => {
                    record.number = number;
                    return Ok(Some(RowRead::Bad(RefusalCode::RowTooLong)));
                }
                LineRead::Line(number) => record.number = number,
            }
            if record.raw.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let Ok(text) = std::str::from_utf8(&record.raw) else {
                return Ok(Some(RowRead::Bad(RefusalCode::RowEncoding)));
            };
            if self.native {
                return Ok(Some(RowRead::Native));
            }
            let object = match serde_json::from_str(text) {
                Ok(Value::Object(object)) => object,
                Ok(_) => return Ok(Some(RowRead::Bad(RefusalCode::NotAnObject))),
                Err(_) => return Ok(Some(RowRead::Bad(RefusalCode::JsonInvalid))),
            };
            for column in &self.columns {
                match object.get(column) {
                    None | Some(Value::Null) => {}
                    Some(Value::String(text)) => record.push_text(text),
                    Some(other) => record.push_text(&other.to_string()),
                }
                record.end_field();
            }
            return Ok(Some(RowRead::Fields));
        }
    }
}
