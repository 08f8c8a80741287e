//! Writing one sorted Parquet file, so that it exists completely or not at all:
//! temporary name, sync, rename, sync of the folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use sha2::{Digest as _, Sha256};

use crate::error::{LakeError, io_error, write_error};
use crate::order::{KEY_COLUMNS, Keys};

/// Name of the version among a file's key-value metadata.
pub(crate) const VERSION_KEY: &str = "dongcha.schema_version";

/// Rows in one page: a reader of one person decodes little, a merge of many files holds little.
const PAGE_ROWS: usize = 1024;
const PAGE_BYTES: usize = 128 * 1024;
const DICTIONARY_BYTES: usize = 128 * 1024;
/// Share of absent users that the bloom filter does not recognise.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A segment, sorted by user: small, indexed, synced.
    Segment,
    /// A run of an external sort, sorted by time: fast to write, gone after a crash anyway.
    Run,
}

/// What is known of a file once it is written.
#[derive(Debug)]
pub(crate) struct Written {
    pub rows: u64,
    pub bytes: u64,
    pub min_time_ms: i64,
    pub max_time_ms: i64,
    pub min_user: String,
    pub max_user: String,
    pub sha256: String,
}

/// Counts and hashes what passes to the file.
struct Hashing {
    file: File,
    hasher: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.file.write(buf)?;
        self.hasher.update(&buf[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A Parquet file being written; dropped unfinished, it is removed.
pub(crate) struct SegmentWriter {
    writer: Option<ArrowWriter<Hashing>>,
    temporary: PathBuf,
    purpose: Purpose,
    seen: Option<(i64, i64, String, String)>,
    rows: u64,
}

impl SegmentWriter {
    /// Begins a file.
    pub(crate) fn create(
        temporary: PathBuf,
        schema: SchemaRef,
        purpose: Purpose,
        row_group_rows: usize,
    ) -> Result<Self, LakeError> {
        let file = File::create(&temporary).map_err(io_error("create", &temporary))?;
        let sink = Hashing { file, hasher: Sha256::new(), bytes: 0 };
        let properties = properties(&schema, purpose, row_group_rows);
        let writer = ArrowWriter::try_new(sink, schema, Some(properties))
            .map_err(write_error(&temporary))?;
        Ok(Self { writer: Some(writer), temporary, purpose, seen: None, rows: 0 })
    }

    /// Adds rows, which continue the order.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let keys = Keys::of(batch)?;
        for row in 0..keys.len() {
            let (time, user) = (keys.time(row), keys.user(row));
            match &mut self.seen {
                None => self.seen = Some((time, time, user.to_owned(), user.to_owned())),
                Some((min, max, first, last)) => {
                    (*min, *max) = (time.min(*min), time.max(*max));
                    if user < first.as_str() {
                        user.clone_into(first);
                    }
                    if user > last.as_str() {
                        user.clone_into(last);
                    }
                }
            }
        }
        self.rows += batch.num_rows() as u64;
        let writer = self.writer.as_mut().ok_or(LakeError::Closed)?;
        writer.write(batch).map_err(write_error(&self.temporary))
    }

    /// Completes the file and syncs it, still under its temporary name.
    pub(crate) fn finish(mut self) -> Result<(PathBuf, Written), LakeError> {
        let writer = self.writer.take().ok_or(LakeError::Closed)?;
        let sink = writer.into_inner().map_err(write_error(&self.temporary))?;
        if self.purpose == Purpose::Segment {
            sink.file.sync_all().map_err(io_error("sync", &self.temporary))?;
        }
        let (min_time_ms, max_time_ms, min_user, max_user) = self.seen.take().unwrap_or_default();
        let sha256 = hex(&sink.hasher.finalize());
        let (rows, bytes) = (self.rows, sink.bytes);
        let path = std::mem::take(&mut self.temporary);
        let written = Written { rows, bytes, min_time_ms, max_time_ms, min_user, max_user, sha256 };
        Ok((path, written))
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            // Whatever resists is swept at the next start.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

fn properties(schema: &SchemaRef, purpose: Purpose, row_group_rows: usize) -> WriterProperties {
    let common = WriterProperties::builder()
        .set_max_row_group_row_count(Some(row_group_rows))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE_BYTES)
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_column_dictionary_enabled(ColumnPath::from("id"), false)
        .set_column_dictionary_enabled(ColumnPath::from("data"), false);
    if purpose == Purpose::Run {
        return common
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::None)
            .build();
    }
    let sorting = KEY_COLUMNS
        .iter()
        .filter_map(|name| i32::try_from(schema.index_of(name).ok()?).ok())
        .map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false })
        .collect();
    let version = KeyValue::new(VERSION_KEY.to_owned(), event::schema::SCHEMA_VERSION.to_string());
    let user = ColumnPath::from("user_key");
    common
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled(user.clone(), EnabledStatistics::Page)
        .set_column_statistics_enabled(ColumnPath::from("time"), EnabledStatistics::Page)
        .set_column_bloom_filter_fpp(user.clone(), BLOOM_FALSE_POSITIVES)
        .set_column_bloom_filter_max_ndv(user, row_group_rows as u64)
        .set_sorting_columns(Some(sorting))
        .set_key_value_metadata(Some(vec![version]))
        .build()
}

/// Gives a finished file its name and makes the name durable.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), LakeError> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    fs::rename(from, to).map_err(io_error("rename", from))?;
    // The folders above may be new too: `month=`, `site=`.
    for folder in folder.ancestors().take(3) {
        File::open(folder).and_then(|open| open.sync_all()).map_err(io_error("sync", folder))?;
    }
    Ok(())
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
