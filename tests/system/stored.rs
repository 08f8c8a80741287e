//! What is stored, read from an export with a Parquet reader and nothing of ours.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::program::Dongcha;

/// One stored event, as its row says.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Type.
    pub kind: String,
    /// Person or visitor.
    pub user_key: String,
    /// Client's clock, milliseconds since 1970 UTC.
    pub ts_ms: i64,
    /// Amount, where there is one.
    pub amount_minor: Option<i64>,
    /// The payload.
    pub data: Value,
}

/// The events of an export of one site by id; no id may stand there twice.
pub fn events(export: &Path) -> BTreeMap<String, Stored> {
    read(&export.join("events"))
}

/// The events of one site in an export of several.
pub fn events_of(export: &Path, site: &str) -> BTreeMap<String, Stored> {
    read(&export.join("events").join(format!("site={site}")))
}

fn read(folder: &Path) -> BTreeMap<String, Stored> {
    let mut found = BTreeMap::new();
    for file in parquet_files(folder) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&file).unwrap()).unwrap();
        for batch in reader.build().unwrap() {
            for (id, event) in rows(&batch.unwrap()) {
                let twice = found.insert(id.clone(), event);
                assert!(twice.is_none(), "{id} is stored twice, again in {}", file.display());
            }
        }
    }
    found
}

fn rows(batch: &RecordBatch) -> Vec<(String, Stored)> {
    let column = |name: &str| batch.column_by_name(name).unwrap();
    let text = |name: &str| column(name).as_string::<i32>();
    let (id, kind, user, data) = (text("id"), text("type"), text("user_key"), text("data"));
    let ts = column("ts").as_primitive::<TimestampMillisecondType>();
    let amount = column("amount_minor").as_primitive::<Int64Type>();
    let row = |at: usize| {
        let event = Stored {
            kind: kind.value(at).to_owned(),
            user_key: user.value(at).to_owned(),
            ts_ms: ts.value(at),
            amount_minor: amount.is_valid(at).then(|| amount.value(at)),
            data: serde_json::from_str(data.value(at)).unwrap(),
        };
        (id.value(at).to_owned(), event)
    };
    (0..batch.num_rows()).map(row).collect()
}

/// Every Parquet file below a folder.
pub fn parquet_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(parquet_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "parquet") {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Dongcha {
    /// Everything stored for a site, through `dongcha export`.
    pub fn stored(&self, site: &str) -> BTreeMap<String, Stored> {
        let out = tempfile::tempdir().unwrap();
        let to = out.path().join("copy");
        let done = self.json(&["export", "--site", site, "--out", to.to_str().unwrap()]);
        let events = events(&to);
        assert_eq!(done[0]["events"], events.len());
        events
    }
}
