//! Files in, events out: reads, maps, hands batches to the sink and counts the verdicts.

use std::io;
use std::path::{Path, PathBuf};

use event::{Authority, Currency, Received, Refusal, TimeMs, Verdict};

use crate::CollectError;
use crate::binding::{Binding, bind};
use crate::found::Notes;
use crate::map::{ColumnMap, Field};
use crate::mapper::{Mapper, Taken};
use crate::outgoing::{Outgoing, Stamp};
use crate::row::RowReader;
use crate::shipped::detect_table;
use crate::source::{Record, RowRead, Table};
use crate::summary::{FileSummary, ImportSummary, Incomplete, Sent, Tally};

/// Bytes of a bad row that quarantine keeps.
const RAW_BYTES: usize = 4096;

/// Rows between two reports of progress.
const REPORT_ROWS: u64 = 5000;

/// What a sink answers: one verdict per event, or why nothing could be stored.
pub type SinkResult = Result<Vec<Verdict>, Box<dyn std::error::Error + Send + Sync>>;

/// What to import.
#[derive(Debug, Clone)]
pub struct ImportJob {
    /// The files, in the order in which their events are to be stored.
    pub files: Vec<PathBuf>,
    /// The map; without one the shipped map that fits each file.
    pub map: Option<ColumnMap>,
    /// When the import takes place: no event may lie over a day behind it.
    pub received: TimeMs,
    /// Events handed to the sink at a time.
    pub batch_events: usize,
    /// Currency where neither file nor map says it: the site's.
    pub currency: Option<Currency>,
    /// Zone (IANA) where the map names none: the site's.
    pub time_zone: Option<String>,
}

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The file being read, from 0.
    pub file: usize,
    /// Files in all.
    pub files: usize,
    /// Bytes read of all files, as they lie.
    pub bytes_read: u64,
    /// Bytes of all files.
    pub bytes_total: u64,
    /// Rows read.
    pub rows: u64,
}

/// Imports files. Every file is opened and matched with its map before the first event is
/// stored, so that a wrong name stores nothing; a file that breaks off keeps what was good and
/// is marked [`Incomplete`].
pub fn import(
    job: &ImportJob,
    sink: &mut dyn FnMut(Vec<Received>) -> SinkResult,
    progress: &mut dyn FnMut(Progress),
) -> Result<ImportSummary, CollectError> {
    if job.files.is_empty() {
        return Err(CollectError::NoFiles);
    }
    let mut sizes = Vec::new();
    for path in &job.files {
        let (table, plan) = open(path, job)?;
        mapper(path, plan.as_ref(), job)?;
        sizes.push(table.bytes);
    }
    let bytes_total = sizes.iter().sum();
    let mut summary = ImportSummary::default();
    let (mut bytes_before, mut rows_before) = (0, 0);
    for (file, (path, bytes)) in job.files.iter().zip(&sizes).enumerate() {
        let mut report = |bytes_read: u64, rows: u64| {
            progress(Progress {
                file,
                files: job.files.len(),
                bytes_read: bytes_before + bytes_read,
                bytes_total,
                rows: rows_before + rows,
            });
        };
        let done = import_file(path, job, sink, &mut report)?;
        bytes_before += bytes;
        rows_before += done.tally.rows.received;
        summary.total.add(&done.tally);
        summary.files.push(done);
    }
    Ok(summary)
}

/// The map of a file and where its columns stand; native events have none.
type Plan = Option<(ColumnMap, Binding)>;

/// Opens a file and finds its map.
fn open(path: &Path, job: &ImportJob) -> Result<(Table, Plan), CollectError> {
    let separator = job.map.as_ref().and_then(|map| map.separator.as_deref());
    let mut table = Table::open(path, separator)?;
    if table.is_native() {
        return Ok((table, None));
    }
    let map = match &job.map {
        Some(map) => map.clone(),
        None => detect_table(&table).ok_or_else(|| CollectError::MapUnknown {
            path: path.to_owned(),
            found: table.columns.join(", "),
        })?,
    };
    let binding = bind(&map, &mut table)?;
    Ok((table, Some((map, binding))))
}

fn mapper<'m>(
    path: &Path,
    plan: Option<&'m (ColumnMap, Binding)>,
    job: &ImportJob,
) -> Result<Option<Mapper<'m>>, CollectError> {
    let Some((map, binding)) = plan else { return Ok(None) };
    let wrong = |problem| CollectError::Map { name: map.name.clone(), problem };
    let zone = job.time_zone.as_deref();
    let reader =
        RowReader::new(map, binding.clone(), job.currency, zone, job.received).map_err(wrong)?;
    let priced = binding.position(Field::Price).is_some();
    let told = binding.position(Field::Currency).is_some() || reader.currency().is_some();
    if priced && !told {
        return Err(CollectError::CurrencyMissing { path: path.to_owned() });
    }
    Ok(Some(Mapper::new(reader)))
}

fn import_file(
    path: &Path,
    job: &ImportJob,
    sink: &mut dyn FnMut(Vec<Received>) -> SinkResult,
    report: &mut dyn FnMut(u64, u64),
) -> Result<FileSummary, CollectError> {
    let (mut table, plan) = open(path, job)?;
    let mut mapper = mapper(path, plan.as_ref(), job)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stamp = Stamp { received: job.received, file };
    let mut gate = Gate { sink, batch: job.batch_events.max(1), tally: Tally::default() };
    let mut record = Record::default();
    let mut out = Vec::new();
    let (mut rows, mut last) = (0, 0);
    let broken = loop {
        match table.next(&mut record) {
            Ok(None) => break None,
            Err(error) => break Some(error),
            Ok(Some(read)) => {
                if take(read, &record, mapper.as_mut(), &stamp, &mut out) == Taken::Copy {
                    gate.tally.count_copy();
                }
            }
        }
        rows += 1;
        last = record.number;
        gate.send(&mut out, false)?;
        if rows % REPORT_ROWS == 0 {
            report(table.bytes_read(), rows);
        }
    };
    let incomplete = broken.map(|error| Incomplete {
        reason: reason(&error),
        offset_bytes: table.bytes_read(),
        after_row: last,
        withheld_rows: mapper.as_mut().map_or(0, Mapper::withhold_last),
    });
    if let Some(mapper) = mapper {
        mapper.finish(&stamp, &mut out);
    }
    gate.send(&mut out, true)?;
    report(table.bytes, rows);
    Ok(FileSummary {
        path: path.to_owned(),
        format: table.format,
        map: plan.as_ref().map(|(map, _)| map.name.clone()),
        bytes: table.bytes,
        unused_columns: plan.as_ref().map_or_else(Vec::new, |(_, binding)| binding.unused()),
        tally: gate.tally,
        incomplete,
    })
}

/// Takes one row, good or bad.
fn take(
    read: RowRead,
    record: &Record,
    mapper: Option<&mut Mapper<'_>>,
    stamp: &Stamp,
    out: &mut Vec<Outgoing>,
) -> Taken {
    let number = record.number;
    let refusal = match (read, mapper) {
        (RowRead::Bad(code), _) => Refusal::new(code, "row"),
        (RowRead::Fields, Some(mapper)) => match mapper.take(record, stamp, out) {
            Ok(taken) => return taken,
            Err(refusal) => refusal,
        },
        (RowRead::Native | RowRead::Fields, _) => {
            let raw = String::from_utf8_lossy(&record.raw);
            let raw = raw.trim().to_owned();
            let event = event::parse(&raw, Authority::Server, stamp.received).map(Box::new);
            let received = Received { raw, origin: stamp.origin(number), units: 1, event };
            out.push(Outgoing { received, notes: Notes::default() });
            return Taken::Kept;
        }
    };
    out.push(stamp.refused(record.to_raw(RAW_BYTES), number, refusal));
    Taken::Kept
}

/// Why a file broke off, for people.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "the compressed file is cut off; get the whole file and import it again".to_owned()
        }
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("the compressed file is damaged ({error}); get it again and import it again")
        }
        _ => format!("reading failed: {error}"),
    }
}

/// Hands batches to the sink and counts the answers.
struct Gate<'a> {
    sink: &'a mut dyn FnMut(Vec<Received>) -> SinkResult,
    batch: usize,
    tally: Tally,
}

impl Gate<'_> {
    /// Sends full batches, and the rest too when `all`.
    fn send(&mut self, out: &mut Vec<Outgoing>, all: bool) -> Result<(), CollectError> {
        while out.len() >= self.batch || (all && !out.is_empty()) {
            let rest = out.split_off(out.len().min(self.batch));
            let mut sent = Vec::with_capacity(out.len());
            let mut received = Vec::with_capacity(out.len());
            for outgoing in std::mem::replace(out, rest) {
                sent.push(Sent::of(&outgoing.received, outgoing.notes));
                received.push(outgoing.received);
            }
            let verdicts = (self.sink)(received).map_err(CollectError::Sink)?;
            if verdicts.len() != sent.len() {
                let told = format!("{} verdicts for {} events", verdicts.len(), sent.len());
                return Err(CollectError::Sink(told.into()));
            }
            for (sent, verdict) in sent.iter().zip(&verdicts) {
                self.tally.count(sent, verdict);
            }
        }
        Ok(())
    }
}
