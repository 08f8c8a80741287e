//! What an import did, in rows of the source: received = stored + duplicate + quarantined.

use std::collections::BTreeMap;
use std::path::PathBuf;

use event::{LineKind, Received, RefusalCode, Verdict};
use serde::Serialize;

use crate::found::{Found, Notes};

/// Examples kept of each reason for quarantine.
const EXAMPLES: usize = 3;

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows read; always the sum of the other three.
    pub received: u64,
    /// Stored now.
    pub stored: u64,
    /// Stored before, or a copy that the map drops.
    pub duplicate: u64,
    /// Set aside with a reason.
    pub quarantined: u64,
}

/// Events by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Events {
    /// Stored now.
    pub stored: u64,
    /// Stored before.
    pub duplicate: u64,
    /// Set aside.
    pub quarantined: u64,
}

/// Rows set aside for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// How many rows.
    pub rows: u64,
    /// The first of them: file, line and column.
    pub examples: Vec<String>,
}

/// Something the map recognised: in all rows read, and in those stored now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Among all rows read.
    pub received: u64,
    /// Among rows stored now.
    pub stored: u64,
}

/// The counts of a file or of a whole import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Rows by what became of them.
    pub rows: Rows,
    /// Events of rows by type and what became of them; rows that are no event are not among
    /// them.
    pub events: BTreeMap<&'static str, Events>,
    /// Catalogue entries, which stand for no row.
    pub catalogue: Events,
    /// Rows set aside, by reason.
    pub quarantined: BTreeMap<RefusalCode, Refused>,
    /// What the map recognised, by name.
    pub found: BTreeMap<Found, Count>,
    /// Lines that are no products, by `kind:code`.
    pub codes: BTreeMap<String, Count>,
}

/// A file that could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incomplete {
    /// What happened.
    pub reason: String,
    /// Bytes of the file read before it.
    pub offset_bytes: u64,
    /// The last good row.
    pub after_row: u64,
    /// Rows of the order that the file broke off in: they are not stored and not among the rows
    /// received, so that the whole order can come with the whole file.
    pub withheld_rows: u64,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// The file.
    pub path: PathBuf,
    /// `csv`, `json` or `parquet`, with `+gzip`.
    pub format: String,
    /// The map used; none for native events.
    pub map: Option<String>,
    /// Its size.
    pub bytes: u64,
    /// Columns that the map does not use.
    pub unused_columns: Vec<String>,
    /// Its counts.
    pub tally: Tally,
    /// Set when it broke off.
    pub incomplete: Option<Incomplete>,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportSummary {
    /// File by file, in their order.
    pub files: Vec<FileSummary>,
    /// Their sum.
    pub total: Tally,
}

impl ImportSummary {
    /// Whether every file was read to its end.
    pub fn is_complete(&self) -> bool {
        self.files.iter().all(|file| file.incomplete.is_none())
    }
}

/// What is kept of an event while the sink has it.
pub(crate) struct Sent {
    units: u64,
    kind: Option<&'static str>,
    origin: String,
    notes: Notes,
}

impl Sent {
    pub fn of(received: &Received, notes: Notes) -> Self {
        let kind = received.event.as_ref().ok().map(|event| event.data.type_name());
        let origin = received.origin.clone();
        Self { units: u64::from(received.units), kind, origin, notes }
    }
}

impl Tally {
    /// A copy of an earlier row, which the map drops.
    pub(crate) fn count_copy(&mut self) {
        self.rows.received += 1;
        self.rows.duplicate += 1;
        self.found.entry(Found::RepeatedLines).or_default().received += 1;
    }

    /// Counts one event by its verdict.
    pub(crate) fn count(&mut self, sent: &Sent, verdict: &Verdict) {
        let catalogue = sent.units == 0;
        let mut spare = Events::default();
        let events = match sent.kind {
            _ if catalogue => &mut self.catalogue,
            Some(kind) => self.events.entry(kind).or_default(),
            None => &mut spare,
        };
        self.rows.received += sent.units;
        match verdict {
            Verdict::Accepted => {
                events.stored += 1;
                self.rows.stored += sent.units;
            }
            Verdict::Duplicate => {
                events.duplicate += 1;
                self.rows.duplicate += sent.units;
            }
            Verdict::Quarantined(refusal) => {
                events.quarantined += 1;
                self.rows.quarantined += sent.units;
                let refused = self.quarantined.entry(refusal.code).or_default();
                refused.rows += sent.units;
                if refused.examples.len() < EXAMPLES {
                    refused.examples.push(format!("{} {}", sent.origin, refusal.path));
                }
            }
        }
        let stored = *verdict == Verdict::Accepted;
        for (found, n) in sent.notes.counts() {
            self.found.entry(found).or_default().add(n, stored);
        }
        for (kind, code) in &sent.notes.codes {
            self.count_code(*kind, code, stored);
        }
    }

    fn count_code(&mut self, kind: LineKind, code: &str, stored: bool) {
        let key = format!("{}:{code}", kind.as_str());
        self.codes.entry(key).or_default().add(1, stored);
    }

    /// Adds another tally.
    pub(crate) fn add(&mut self, other: &Self) {
        self.rows.received += other.rows.received;
        self.rows.stored += other.rows.stored;
        self.rows.duplicate += other.rows.duplicate;
        self.rows.quarantined += other.rows.quarantined;
        for (kind, events) in &other.events {
            self.events.entry(kind).or_default().add(events);
        }
        self.catalogue.add(&other.catalogue);
        for (code, refused) in &other.quarantined {
            let mine = self.quarantined.entry(*code).or_default();
            mine.rows += refused.rows;
            let room = EXAMPLES.saturating_sub(mine.examples.len());
            mine.examples.extend(refused.examples.iter().take(room).cloned());
        }
        for (found, count) in &other.found {
            self.found.entry(*found).or_default().sum(count);
        }
        for (code, count) in &other.codes {
            self.codes.entry(code.clone()).or_default().sum(count);
        }
    }
}

impl Events {
    fn add(&mut self, other: &Self) {
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.quarantined += other.quarantined;
    }
}

impl Count {
    fn add(&mut self, n: u64, stored: bool) {
        self.received += n;
        if stored {
            self.stored += n;
        }
    }

    fn sum(&mut self, other: &Self) {
        self.received += other.received;
        self.stored += other.stored;
    }
}
