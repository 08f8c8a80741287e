//! Writing any table as one Parquet file that other tools read.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::error::{LakeError, io_error, write_error};

/// A Parquet file being written beside its place. It appears there when it is whole, in the place
/// of any file before it; dropped unfinished, it leaves nothing.
pub struct TableWriter {
    writer: Option<ArrowWriter<File>>,
    temporary: PathBuf,
    place: PathBuf,
    rows: u64,
}

impl TableWriter {
    /// Begins a file of these columns; `about` is kept in it as key-value metadata.
    pub fn create(
        place: &Path,
        schema: SchemaRef,
        about: &[(&str, String)],
    ) -> Result<Self, LakeError> {
        let mut name = place.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let temporary = place.with_file_name(name);
        let file = File::create(&temporary).map_err(io_error("create", &temporary))?;
        let about = about.iter().map(|(key, text)| KeyValue::new((*key).to_owned(), text.clone()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_key_value_metadata(Some(about.collect()))
            .build();
        let writer = ArrowWriter::try_new(file, schema, Some(properties));
        let writer = writer.map_err(write_error(&temporary))?;
        Ok(Self { writer: Some(writer), temporary, place: place.to_owned(), rows: 0 })
    }

    /// Adds rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.rows += batch.num_rows() as u64;
        let writer = self.writer.as_mut().ok_or(LakeError::Closed)?;
        writer.write(batch).map_err(write_error(&self.temporary))
    }

    /// Completes the file, syncs it and puts it in its place; returns its rows.
    pub fn finish(mut self) -> Result<u64, LakeError> {
        let writer = self.writer.take().ok_or(LakeError::Closed)?;
        let file = writer.into_inner().map_err(write_error(&self.temporary))?;
        file.sync_all().map_err(io_error("sync", &self.temporary))?;
        std::fs::rename(&self.temporary, &self.place).map_err(io_error("rename", &self.place))?;
        self.temporary = PathBuf::new();
        Ok(self.rows)
    }
}

impl Drop for TableWriter {
    fn drop(&mut self) {
        if !self.temporary.as_os_str().is_empty() {
            // What resists is a stray file beside the one that was asked for, named `.part`.
            let _ = std::fs::remove_file(&self.temporary);
        }
    }
}
