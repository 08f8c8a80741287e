//! Reading segments: whole, in order; or one person's rows, touching little.

use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use arrow_array::cast::AsArray;
use arrow_array::{BooleanArray, RecordBatch, Scalar, StringArray};
use arrow_schema::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowFilter, RowSelection,
};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

use crate::catalogue::TableFile;
use crate::core::hold;
use crate::error::{LakeError, io_error, read_error};
use crate::segment_write::{VERSION_KEY, hex};

/// Footers kept for point reads, and the segments whose bytes were verified, per open lake.
#[derive(Debug, Default)]
pub(crate) struct FooterCache {
    footers: Mutex<FxHashMap<i64, ArrowReaderMetadata>>,
    verified: Mutex<FxHashMap<i64, ()>>,
}

impl FooterCache {
    /// Forgets segments that left the catalogue.
    pub(crate) fn forget(&self, ids: &[i64]) {
        for id in ids {
            hold(&self.footers).remove(id);
            hold(&self.verified).remove(id);
        }
    }

    /// Compares a segment with its checksum, once: Parquet pages carry none that is checked,
    /// and a damaged page can decode to wrong values.
    fn verify(&self, segment: &TableFile) -> Result<(), LakeError> {
        if hold(&self.verified).contains_key(&segment.id) {
            return Ok(());
        }
        let found = sha256(&segment.path)?;
        if found != segment.sha256 {
            let reason = "its checksum is not the one in the catalogue".to_owned();
            return Err(LakeError::Corrupt { file: segment.path.clone(), reason });
        }
        hold(&self.verified).insert(segment.id, ());
        Ok(())
    }

    fn footer(&self, segment: &TableFile, file: &File) -> Result<ArrowReaderMetadata, LakeError> {
        if let Some(footer) = hold(&self.footers).get(&segment.id) {
            return Ok(footer.clone());
        }
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let footer = load(&segment.path, file, options)?;
        hold(&self.footers).insert(segment.id, footer.clone());
        Ok(footer)
    }
}

/// SHA-256 of a file, in hex.
pub(crate) fn sha256(path: &Path) -> Result<String, LakeError> {
    let mut file = open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 256 * 1024];
    loop {
        match file.read(&mut buffer).map_err(io_error("read", path))? {
            0 => return Ok(hex(&hasher.finalize())),
            n => hasher.update(&buffer[..n]),
        }
    }
}

fn open(path: &Path) -> Result<File, LakeError> {
    File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => LakeError::Corrupt {
            file: path.to_owned(),
            reason: "the catalogue lists it, but it is missing".to_owned(),
        },
        _ => io_error("open", path)(error),
    })
}

/// Runs a decoder on bytes that may be damaged: a panic in it is damage, not a crash.
fn guarded<T>(path: &Path, body: impl FnOnce() -> T) -> Result<T, LakeError> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|_| LakeError::Corrupt {
        file: path.to_owned(),
        reason: "its pages cannot be decoded".to_owned(),
    })
}

fn load(
    path: &Path,
    file: &File,
    options: ArrowReaderOptions,
) -> Result<ArrowReaderMetadata, LakeError> {
    let footer =
        guarded(path, || ArrowReaderMetadata::load(file, options))?.map_err(read_error(path))?;
    let pairs = footer.metadata().file_metadata().key_value_metadata();
    let found = pairs
        .and_then(|pairs| pairs.iter().find(|pair| pair.key == VERSION_KEY))
        .and_then(|pair| pair.value.as_deref()?.parse().ok())
        .unwrap_or(0);
    let supported = event::schema::SCHEMA_VERSION;
    if found > supported {
        return Err(LakeError::Newer { path: path.to_owned(), found, supported });
    }
    Ok(footer)
}

/// Which columns of a file to read: all, or those named.
pub(crate) fn mask(footer: &ArrowReaderMetadata, columns: Option<&Schema>) -> ProjectionMask {
    let Some(wanted) = columns else { return ProjectionMask::all() };
    let roots = footer.schema().fields().iter().enumerate();
    let kept = roots.filter(|(_, field)| wanted.index_of(field.name()).is_ok()).map(|(i, _)| i);
    ProjectionMask::roots(footer.parquet_schema(), kept)
}

/// Which rows of a segment are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// All.
    All,
    /// From the first page that holds a person on: what belongs to nobody comes first.
    OfPeople,
}

/// A file's batches, in the order they were written.
pub(crate) struct SegmentScan {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    failed: bool,
}

impl SegmentScan {
    /// Opens a catalogue segment, verified.
    pub(crate) fn of(
        segment: &TableFile,
        cache: &FooterCache,
        columns: Option<&Schema>,
        rows: Rows,
        batch_rows: usize,
    ) -> Result<Self, LakeError> {
        cache.verify(segment)?;
        if rows == Rows::All {
            return Self::open(&segment.path, columns, batch_rows);
        }
        let footer = cache.footer(segment, &open(&segment.path)?)?;
        Self::build(&segment.path, footer, columns, rows, batch_rows)
    }

    /// Opens any file of event rows.
    pub(crate) fn open(
        path: &Path,
        columns: Option<&Schema>,
        batch_rows: usize,
    ) -> Result<Self, LakeError> {
        let footer = load(path, &open(path)?, ArrowReaderOptions::new())?;
        Self::build(path, footer, columns, Rows::All, batch_rows)
    }

    fn build(
        path: &Path,
        footer: ArrowReaderMetadata,
        columns: Option<&Schema>,
        rows: Rows,
        batch_rows: usize,
    ) -> Result<Self, LakeError> {
        let file = open(path)?;
        let mask = mask(&footer, columns);
        let reader = guarded(path, || {
            let of_people = (rows == Rows::OfPeople).then(|| of_people(&footer)).flatten();
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer)
                .with_projection(mask)
                .with_batch_size(batch_rows);
            match of_people {
                Some(selection) => builder.with_row_selection(selection).build(),
                None => builder.build(),
            }
        })?
        .map_err(read_error(path))?;
        Ok(Self { path: path.to_owned(), reader, failed: false })
    }
}

impl Iterator for SegmentScan {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = guarded(&self.path, || self.reader.next());
        let next = next.map(|batch| batch.transpose()).and_then(|batch| {
            batch.map_err(|error| LakeError::Corrupt {
                file: self.path.clone(),
                reason: error.to_string(),
            })
        });
        self.failed = next.is_err();
        next.transpose()
    }
}

/// The rows from the first page on that holds a key other than the empty one.
fn of_people(footer: &ArrowReaderMetadata) -> Option<RowSelection> {
    let column = footer.schema().index_of("user_key").ok()?;
    let mut skipped = 0;
    for group in 0..footer.metadata().num_row_groups() {
        let rows = usize::try_from(footer.metadata().row_group(group).num_rows()).ok()?;
        let index = footer.metadata().page_index_for_row_group(group);
        let Some(ColumnIndexMetaData::BYTE_ARRAY(pages)) = index.column_index(column) else {
            break;
        };
        let pages_of = index.offset_index(column)?.page_locations();
        let of_nobody = |page: &usize| pages.max_value(*page).is_some_and(<[u8]>::is_empty);
        let first = (0..pages_of.len()).take_while(of_nobody).count();
        if first < pages_of.len() {
            skipped += usize::try_from(pages_of[first].first_row_index).ok()?;
            break;
        }
        skipped += rows;
    }
    let total = usize::try_from(footer.metadata().file_metadata().num_rows()).ok()?;
    let kept = std::iter::once(skipped..total);
    (skipped > 0).then(|| RowSelection::from_consecutive_ranges(kept, total))
}

/// One person's rows of a segment: row groups by statistics and bloom filter, pages by their
/// index, rows by comparison.
pub(crate) fn user_rows(
    segment: &TableFile,
    cache: &FooterCache,
    user: &str,
    columns: Option<&Schema>,
) -> Result<Vec<RecordBatch>, LakeError> {
    if user < segment.min_user.as_str() || user > segment.max_user.as_str() {
        return Ok(Vec::new());
    }
    let path = &segment.path;
    let file = open(path)?;
    let footer = cache.footer(segment, &file)?;
    let read = guarded(path, || -> parquet::errors::Result<Vec<RecordBatch>> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer.clone());
        let Some(column) = footer.schema().index_of("user_key").ok() else { return Ok(Vec::new()) };
        let (mut groups, mut selection) = (Vec::new(), Vec::new());
        let mut offset = 0;
        for group in 0..footer.metadata().num_row_groups() {
            let rows = footer.metadata().row_group(group).num_rows() as usize;
            let spans = page_spans(&footer, group, column, user, rows);
            if spans.is_empty() {
                continue;
            }
            let bloom = builder.get_row_group_column_bloom_filter(group, column)?;
            if bloom.is_some_and(|bloom| !bloom.check(user)) {
                continue;
            }
            groups.push(group);
            selection.extend(spans.into_iter().map(|s| s.start + offset..s.end + offset));
            offset += rows;
        }
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let selection = RowSelection::from_consecutive_ranges(selection.into_iter(), offset);
        let wanted = Scalar::new(StringArray::from(vec![user.to_owned()]));
        let is_user = ArrowPredicateFn::new(
            ProjectionMask::roots(footer.parquet_schema(), [column]),
            move |batch| Ok(equal(&batch, &wanted)),
        );
        builder
            .with_projection(mask(&footer, columns))
            .with_row_groups(groups)
            .with_row_selection(selection)
            .with_row_filter(RowFilter::new(vec![Box::new(is_user)]))
            .build()?
            .map(|batch| batch.map_err(parquet::errors::ParquetError::from))
            .collect()
    })?;
    read.map_err(read_error(path))
}

fn equal(batch: &RecordBatch, wanted: &Scalar<StringArray>) -> BooleanArray {
    let wanted = arrow_array::Datum::get(wanted).0.as_string::<i32>().value(0);
    let users = batch.column(0).as_string::<i32>();
    users.iter().map(|user| Some(user == Some(wanted))).collect()
}

/// The row spans of a row group's pages that may hold the user; all rows without an index.
fn page_spans(
    footer: &ArrowReaderMetadata,
    group: usize,
    column: usize,
    user: &str,
    rows: usize,
) -> Vec<std::ops::Range<usize>> {
    let index = footer.metadata().page_index_for_row_group(group);
    let (Some(ColumnIndexMetaData::BYTE_ARRAY(pages)), Some(offsets)) =
        (index.column_index(column), index.offset_index(column))
    else {
        return std::iter::once(0..rows).collect();
    };
    let first = |page: usize| {
        offsets.page_locations().get(page).map_or(rows, |at| at.first_row_index as usize)
    };
    (0..offsets.page_locations().len())
        .filter(|&page| {
            pages.min_value(page).is_none_or(|min| min <= user.as_bytes())
                && pages.max_value(page).is_none_or(|max| max >= user.as_bytes())
        })
        .map(|page| first(page)..first(page + 1))
        .collect()
}
