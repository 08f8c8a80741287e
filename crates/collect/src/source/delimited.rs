//! Delimiter-separated text (CSV, TSV, `;`, `::` …) into records.
//!
//! RFC 4180 with the habits of real files: mixed line ends, quoted fields with line ends in
//! them, quotes inside unquoted fields as they stand. A quote that is opened and never properly
//! closed spoils its own line only: reading resumes at the next line. Between tabs, where quotes
//! need mean nothing, such a line is taken as it stands.

use std::io;

use event::RefusalCode;

use super::lines::{LineRead, Lines};
use super::record::Record;
use super::{RowRead, Rows};

/// A quoted record that runs over line ends stays below this; a longer one is an open quote.
const QUOTED_BYTES: usize = 256 * 1024;

/// Where the scanner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first character of a field.
    Start,
    /// In a field without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that may close the field or begin a doubled one.
    Closing,
}

/// Records from lines.
pub(crate) struct Delimited {
    lines: Lines,
    separator: String,
    columns: usize,
}

impl Delimited {
    /// Reads records of `columns` fields; 0 takes any number.
    pub fn new(lines: Lines, separator: String, columns: usize) -> Self {
        Self { lines, separator, columns }
    }

    /// Reads records of `columns` fields from now on.
    pub fn set_columns(&mut self, columns: usize) {
        self.columns = columns;
    }

    /// Gives the record back as unread.
    pub fn put_back(&mut self, record: &Record) {
        self.lines.put_back(vec![(LineRead::Line(record.number), record.raw.clone())]);
    }

    /// Fields of the record that begins with the line in `record.raw`, which takes further
    /// lines while a quote is open. False: the quoting is broken; only the first line is left.
    fn read_fields(&mut self, record: &mut Record) -> io::Result<bool> {
        let mut starts = vec![(LineRead::Line(record.number), 0)];
        let mut state = State::Start;
        let mut from = 0;
        loop {
            let line = record.raw[from..].to_vec();
            let Ok(text) = std::str::from_utf8(&line) else {
                return Ok(self.keep_first(record, &starts));
            };
            let body = text.trim_end_matches(['\r', '\n']);
            let crossed = starts.len() > 1;
            match scan(body, &self.separator, state, crossed, record) {
                Some(State::Quoted) => {}
                Some(_) => {
                    record.end_field();
                    return Ok(true);
                }
                None => return Ok(self.keep_first(record, &starts)),
            }
            state = State::Quoted;
            record.push_text(&text[body.len()..]);
            from = record.raw.len();
            match self.lines.next(&mut record.raw)? {
                LineRead::End => return Ok(self.keep_first(record, &starts)),
                read => starts.push((read, from)),
            }
            let too_long = matches!(starts.last(), Some((LineRead::TooLong(_), _)));
            if too_long || record.raw.len() > QUOTED_BYTES {
                return Ok(self.keep_first(record, &starts));
            }
        }
    }

    /// Fields of a line between tabs whose quotes are no quotes. False: it has another separator.
    fn read_literally(&self, record: &mut Record) -> bool {
        let Ok(line) = String::from_utf8(record.raw.clone()) else { return false };
        if self.separator != "\t" {
            return false;
        }
        record.clear_fields();
        for field in line.trim_end_matches(['\r', '\n']).split('\t') {
            record.push_text(field);
            record.end_field();
        }
        true
    }

    /// Gives all lines of a broken record back but its first.
    fn keep_first(&mut self, record: &mut Record, starts: &[(LineRead, usize)]) -> bool {
        let ends = starts.iter().skip(1).map(|s| s.1).chain([record.raw.len()]);
        let spans = starts.iter().zip(ends).skip(1);
        let rest = spans.map(|((read, start), end)| (*read, record.raw[*start..end].to_vec()));
        self.lines.put_back(rest.collect());
        record.raw.truncate(starts.get(1).map_or(record.raw.len(), |s| s.1));
        false
    }
}

impl Rows for Delimited {
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
            if record.raw.iter().all(|b| matches!(b, b'\r' | b'\n')) {
                continue;
            }
            if std::str::from_utf8(&record.raw).is_err() {
                return Ok(Some(RowRead::Bad(RefusalCode::RowEncoding)));
            }
            let whole = self.read_fields(record)? || self.read_literally(record);
            if !whole || (self.columns > 0 && record.len() != self.columns) {
                return Ok(Some(RowRead::Bad(RefusalCode::RowColumns)));
            }
            return Ok(Some(RowRead::Fields));
        }
    }
}

/// Scans one line into the record; the state at its end, or `None` when a quote that was opened
/// on an earlier line turns out not to be a field's quote.
fn scan(
    line: &str,
    separator: &str,
    mut state: State,
    crossed: bool,
    record: &mut Record,
) -> Option<State> {
    if state == State::Start && !line.contains('"') {
        let mut rest = line;
        while let Some(at) = rest.find(separator) {
            record.push_text(&rest[..at]);
            record.end_field();
            rest = &rest[at + separator.len()..];
        }
        record.push_text(rest);
        return Some(State::Plain);
    }
    let mut rest = line;
    let mut opened_before = crossed;
    while !rest.is_empty() {
        if state != State::Quoted && rest.starts_with(separator) {
            record.end_field();
            state = State::Start;
            opened_before = false;
            rest = &rest[separator.len()..];
            continue;
        }
        let width = rest.chars().next().map_or(1, char::len_utf8);
        let (head, tail) = rest.split_at(width);
        state = match (state, head) {
            (State::Start, "\"") => State::Quoted,
            (State::Quoted, "\"") => State::Closing,
            (State::Closing, "\"") => {
                record.push_text("\"");
                State::Quoted
            }
            (State::Closing, _) if opened_before => return None,
            (State::Quoted, _) => {
                record.push_text(head);
                State::Quoted
            }
            _ => {
                record.push_text(head);
                State::Plain
            }
        };
        rest = tail;
    }
    Some(state)
}

/// The separator of a header line: the candidate that stands in it most often outside quotes.
pub(crate) fn sniff(line: &str) -> String {
    let mut bare = String::new();
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            c if !quoted => bare.push(c),
            _ => {}
        }
    }
    let count = |candidate: &&str| bare.matches(*candidate).count();
    let known = ["::", "\t", ";", ",", "|"];
    let best = known.iter().rev().max_by_key(|c| count(c)).filter(|c| count(c) > 0);
    best.map_or(",", |c| *c).to_owned()
}
