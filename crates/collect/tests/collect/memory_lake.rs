//! A sink that keeps events in memory, once per id and once per order number.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use collect::{CollectError, ColumnMap, ImportJob, ImportSummary, import};
use event::{Currency, Data, Event, Received, Refusal, RefusalCode, TimeMs, Verdict};

/// 2026-01-01.
pub const NOW: TimeMs = TimeMs(1_767_225_600_000);

/// Stored events and what was set aside.
#[derive(Default)]
pub struct MemoryLake {
    pub events: Vec<Event>,
    pub aside: Vec<(Refusal, Received)>,
    contents: HashMap<String, String>,
    orders: HashMap<String, String>,
    pub batches: usize,
}

impl MemoryLake {
    pub fn store(&mut self, batch: Vec<Received>) -> Vec<Verdict> {
        self.batches += 1;
        batch.into_iter().map(|received| self.store_one(received)).collect()
    }

    fn store_one(&mut self, received: Received) -> Verdict {
        let event = match &received.event {
            Ok(event) => event.clone(),
            Err(refusal) => return self.set_aside(refusal.clone(), received),
        };
        let content = event.to_json().to_string();
        let order = match &event.data {
            Data::Purchase { order_id, .. } => Some(order_id.to_string()),
            _ => None,
        };
        let by_order = order.as_ref().and_then(|order| self.orders.get(order));
        if let Some(before) = by_order {
            return match *before == content {
                true => Verdict::Duplicate,
                false => self.set_aside(Refusal::new(RefusalCode::OrderConflict, ""), received),
            };
        }
        if let Some(before) = self.contents.get(event.id.as_str()) {
            return match *before == content {
                true => Verdict::Duplicate,
                false => self.set_aside(Refusal::new(RefusalCode::EventConflict, ""), received),
            };
        }
        if let Some(order) = order {
            self.orders.insert(order, content.clone());
        }
        self.contents.insert(event.id.to_string(), content);
        self.events.push(*event);
        Verdict::Accepted
    }

    fn set_aside(&mut self, refusal: Refusal, received: Received) -> Verdict {
        self.aside.push((refusal.clone(), received));
        Verdict::Quarantined(refusal)
    }

    pub fn of_type(&self, name: &str) -> Vec<&Event> {
        self.events.iter().filter(|e| e.data.type_name() == name).collect()
    }

    pub fn contents(&self) -> Vec<String> {
        let mut all: Vec<String> = self.contents.values().cloned().collect();
        all.sort();
        all
    }
}

pub fn job(files: &[&Path], map: Option<ColumnMap>) -> ImportJob {
    ImportJob {
        files: files.iter().map(|path| path.to_path_buf()).collect(),
        map,
        received: NOW,
        batch_events: 500,
        currency: Currency::new("EUR"),
        time_zone: Some("Europe/Paris".to_owned()),
    }
}

/// Imports and checks that the rows add up.
pub fn run(job: &ImportJob, lake: &mut MemoryLake) -> Result<ImportSummary, CollectError> {
    let mut last = 0;
    let summary = import(job, &mut |batch| Ok(lake.store(batch)), &mut |progress| {
        assert!(progress.bytes_read >= last && progress.bytes_read <= progress.bytes_total);
        last = progress.bytes_read;
    })?;
    let tallies = summary.files.iter().map(|f| &f.tally).chain([&summary.total]);
    for tally in tallies {
        let rows = tally.rows;
        assert_eq!(rows.received, rows.stored + rows.duplicate + rows.quarantined);
        let aside: u64 = tally.quarantined.values().map(|r| r.rows).sum();
        assert_eq!(aside, rows.quarantined);
    }
    Ok(summary)
}

/// A file in a folder of its own, and its import with the map that fits.
pub fn import_text(name: &str, content: impl AsRef<[u8]>) -> (MemoryLake, ImportSummary) {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), name, content);
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&path], None), &mut lake).unwrap();
    (lake, summary)
}

pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
