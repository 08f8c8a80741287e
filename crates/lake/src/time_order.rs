//! The time-ordered scan: month after month, each sorted by time in bounded memory.
//!
//! Problem: segments are sorted by user; give all rows by (`time`, `user_key`, `seq`, `id`).
//! Method: months do not overlap in time, so they are taken one after the other. A month's
//! segment rows are read up to `M` bytes at a time, each portion sorted by index; if there is
//! more than one portion, each is written as a sorted run and the runs are merged. Hot rows
//! come sorted from the database and join the merge.
//! Symbols: `n` rows of the month, `r = ⌈bytes / M⌉` runs.
//! Time O(n log n); memory `M` while sorting, `r` small batches while merging.
//! Source: Knuth, The Art of Computer Programming 3 (1998), section 5.4, external sorting.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use arrow_select::interleave::interleave_record_batch;

use crate::catalogue::TableFile;
use crate::error::LakeError;
use crate::hot::{self, arrow};
use crate::merge::{Batches, Merge, Span};
use crate::month::Month;
use crate::order::{Keys, Order};
use crate::segment_read::SegmentScan;
use crate::segment_write::{Purpose, SegmentWriter};
use crate::snapshot::{Snapshot, rows_per_stream};

/// The scan over all months of the span.
pub(crate) fn scan<'a>(
    snapshot: &'a Snapshot,
    span: Span,
    columns: Option<SchemaRef>,
) -> Result<Batches<'a>, LakeError> {
    let mut months = snapshot.query(|conn| hot::months(conn, snapshot.range))?;
    months.extend(snapshot.segments.iter().filter_map(|s| Month::parse(&s.month)));
    months.sort_unstable();
    months.dedup();
    months.retain(|month| {
        let (from, until) = month.bounds_ms();
        from < span.until_ms && until > span.from_ms
    });
    Ok(Box::new(months.into_iter().flat_map(move |month| {
        let opened = one_month(snapshot, month, span, columns.clone());
        opened.unwrap_or_else(|error| Box::new(std::iter::once(Err(error))))
    })))
}

fn one_month<'a>(
    snapshot: &'a Snapshot,
    month: Month,
    span: Span,
    columns: Option<SchemaRef>,
) -> Result<Batches<'a>, LakeError> {
    let (from, until) = month.bounds_ms();
    let within = Span { from_ms: from.max(span.from_ms), until_ms: until.min(span.until_ms) };
    let name = month.to_string();
    let segments: Vec<Arc<TableFile>> =
        snapshot.overlapping(within).into_iter().filter(|s| s.month == name).cloned().collect();
    let mut streams = sorted(snapshot, &segments, within, columns.clone())?;
    streams.push(snapshot.hot(Order::Time, within, columns)?);
    Ok(Box::new(Merge::new(streams, Order::Time, within, snapshot.core.options.batch_rows)))
}

/// The rows of segments as streams sorted by time: one from memory, or runs on disk.
fn sorted(
    snapshot: &Snapshot,
    segments: &[Arc<TableFile>],
    span: Span,
    columns: Option<SchemaRef>,
) -> Result<Vec<Batches<'static>>, LakeError> {
    let options = &snapshot.core.options;
    let mut held: Vec<RecordBatch> = Vec::new();
    let mut held_bytes = 0;
    let mut runs: Vec<Run> = Vec::new();
    for segment in segments {
        let rows = snapshot.segment(segment, columns.as_deref(), options.batch_rows)?;
        for batch in Merge::new(vec![rows], Order::User, span, options.batch_rows) {
            let batch = batch?;
            held_bytes += batch.get_array_memory_size();
            held.push(batch);
            if held_bytes >= options.sort_bytes {
                runs.push(spill(snapshot, std::mem::take(&mut held))?);
                held_bytes = 0;
            }
        }
    }
    if runs.is_empty() {
        return Ok(vec![in_memory(held, options.batch_rows)?]);
    }
    if !held.is_empty() {
        runs.push(spill(snapshot, held)?);
    }
    let rows = rows_per_stream(options.batch_rows, runs.len());
    runs.into_iter().map(|run| run.read(rows)).collect()
}

/// Batches in memory, given out in time order.
fn in_memory(held: Vec<RecordBatch>, rows: usize) -> Result<Batches<'static>, LakeError> {
    let keys = held.iter().map(Keys::of).collect::<Result<Vec<_>, _>>()?;
    let mut index: Vec<(usize, usize)> =
        keys.iter().enumerate().flat_map(|(b, k)| (0..k.len()).map(move |r| (b, r))).collect();
    index.sort_unstable_by(|a, b| keys[a.0].compare(a.1, &keys[b.0], b.1, Order::Time));
    let mut done = 0;
    Ok(Box::new(std::iter::from_fn(move || {
        let end = index.len().min(done + rows);
        let chunk = &index[done..end];
        done = end;
        if chunk.is_empty() {
            return None;
        }
        let sources: Vec<&RecordBatch> = held.iter().collect();
        Some(interleave_record_batch(&sources, chunk).map_err(arrow))
    })))
}

/// A sorted run on disk, removed when dropped.
struct Run {
    path: PathBuf,
}

fn spill(snapshot: &Snapshot, held: Vec<RecordBatch>) -> Result<Run, LakeError> {
    let options = &snapshot.core.options;
    let schema = held[0].schema();
    let path = snapshot.core.temporary();
    let mut writer = SegmentWriter::create(path, schema, Purpose::Run, options.row_group_rows)?;
    for batch in in_memory(held, options.batch_rows)? {
        writer.write(&batch?)?;
    }
    let (path, _) = writer.finish()?;
    Ok(Run { path })
}

impl Run {
    fn read(self, rows: usize) -> Result<Batches<'static>, LakeError> {
        let mut scan = SegmentScan::open(&self.path, None, rows)?;
        Ok(Box::new(std::iter::from_fn(move || {
            let _held_until_read = &self;
            scan.next()
        })))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Whatever resists is swept at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}
