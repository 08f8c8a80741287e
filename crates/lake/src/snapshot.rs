//! A snapshot: the catalogue and the hot log at one moment, as one table of events.

use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use event::{SiteId, TimeMs, UserKey};
use rusqlite::Connection;

use crate::catalogue::{self, TableFile};
use crate::core::{Core, hold};
use crate::error::LakeError;
use crate::hot::{self, HotRange};
use crate::merge::{Batches, Merge, Span};
use crate::news::Mark;
use crate::order::{KEY_COLUMNS, Order};
use crate::segment_read::{self, Rows, SegmentScan};
use crate::{pin, time_order};

/// What a scan returns.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// Columns to read, by name; the ordering columns come with them. `None` for all.
    pub columns: Option<Vec<String>>,
    /// Events from this moment on.
    pub from: Option<TimeMs>,
    /// Events before this moment.
    pub until: Option<TimeMs>,
    /// Leaves out, in the order of people, most of what belongs to nobody: the catalogue's events.
    pub people_only: bool,
    /// Leaves out the events' ids, half of the bytes of a narrow scan. Events of one person, time
    /// and number in sequence then come in any order.
    pub without_ids: bool,
}

impl ScanOptions {
    /// Only these columns, and those that order rows.
    pub fn columns(names: &[&str]) -> Self {
        let columns = names.iter().map(|name| (*name).to_owned()).collect();
        Self { columns: Some(columns), ..Self::default() }
    }

    /// The same without what belongs to nobody.
    #[must_use]
    pub fn of_people(self) -> Self {
        Self { people_only: true, ..self }
    }

    /// The same without ids.
    #[must_use]
    pub fn no_ids(self) -> Self {
        Self { without_ids: true, ..self }
    }

    pub(crate) fn span(&self) -> Span {
        Span {
            from_ms: self.from.map_or(i64::MIN, |t| t.0),
            until_ms: self.until.map_or(i64::MAX, |t| t.0),
        }
    }

    /// The chosen columns as a schema, in the order of the table; `None` for all.
    pub(crate) fn projection(&self) -> Option<SchemaRef> {
        let columns = self.columns.as_ref()?;
        let all = event::schema::schema();
        let is_key =
            |name: &str| KEY_COLUMNS.contains(&name) && !(self.without_ids && name == "id");
        let wanted = |name: &str| is_key(name) || columns.iter().any(|c| c == name);
        let kept: Vec<_> = all.fields().iter().filter(|f| wanted(f.name())).cloned().collect();
        Some(Arc::new(Schema::new(kept)))
    }
}

/// A site's events at one moment. Reads the same however much is appended, published or
/// compacted meanwhile. While it lives, its files stay and the database log cannot shrink:
/// drop it when done.
pub struct Snapshot {
    pub(crate) core: Arc<Core>,
    /// In a read transaction; `None` only while being dropped.
    conn: Mutex<Option<Connection>>,
    site: SiteId,
    pub(crate) segments: Vec<Arc<TableFile>>,
    pub(crate) range: HotRange,
}

impl Snapshot {
    pub(crate) fn take(core: &Arc<Core>, site: &SiteId) -> Result<Self, LakeError> {
        let no = core.site_number(site)?;
        let conn = core.reader()?;
        // With the pins held, no file of the catalogue read here can be deleted before it is
        // pinned.
        let mut pins = hold(&core.pins);
        conn.execute_batch("BEGIN")?;
        let floor = catalogue::hot_floor(&conn, no)?;
        let segments = catalogue::list(&conn, &core.dir, Some(no))?;
        let segments: Vec<_> = segments.into_iter().map(Arc::new).collect();
        pins.pin(&segments);
        drop(pins);
        Ok(Self {
            core: core.clone(),
            conn: Mutex::new(Some(conn)),
            site: site.clone(),
            segments,
            range: HotRange { site: no, floor },
        })
    }

    /// The site.
    pub fn site(&self) -> &SiteId {
        &self.site
    }

    /// The mark of what it sees: events stored later are news since it.
    pub fn mark(&self) -> Result<Mark, LakeError> {
        self.query(Mark::of)
    }

    /// What was stored after a mark, in the order it was stored; `None` when some of it may have
    /// moved to segments since, where it cannot be told from what is older.
    pub fn stored_since(
        &self,
        mark: Mark,
        columns: &[&str],
    ) -> Result<Option<Vec<RecordBatch>>, LakeError> {
        if self.range.floor > mark.0 {
            return Ok(None);
        }
        let columns = ScanOptions::columns(columns).projection();
        let numbers = self.query(|conn| hot::numbers_after(conn, self.range, mark.0))?;
        let batch = |chunk: &[i64]| {
            let batch = self.query(|conn| hot::fetch(conn, chunk))?;
            project(batch, columns.as_ref())
        };
        numbers.chunks(HOT_BATCH_ROWS).map(batch).collect::<Result<_, _>>().map(Some)
    }

    /// The segments that hold its published events, by month.
    pub fn segments(&self) -> &[Arc<TableFile>] {
        &self.segments
    }

    /// Number of events.
    pub fn event_count(&self) -> Result<u64, LakeError> {
        let (hot, _) = self.query(|conn| hot::summary(conn, self.range))?;
        Ok(hot + self.segments.iter().map(|s| s.rows).sum::<u64>())
    }

    /// Number of events that are not in segments yet.
    pub fn hot_count(&self) -> Result<u64, LakeError> {
        Ok(self.query(|conn| hot::summary(conn, self.range))?.0)
    }

    /// Time of the latest event.
    pub fn last_event_time(&self) -> Result<Option<TimeMs>, LakeError> {
        let (_, hot) = self.query(|conn| hot::summary(conn, self.range))?;
        let published = self.segments.iter().map(|s| s.max_time.0).max();
        Ok(hot.max(published).map(TimeMs))
    }

    /// All events by (`user_key`, `time`, `seq`, `id`); a person may span batches.
    pub fn user_ordered(&self) -> Result<Batches<'_>, LakeError> {
        self.scan(Order::User, &ScanOptions::default())
    }

    /// All events by (`time`, `user_key`, `seq`, `id`).
    pub fn time_ordered(&self) -> Result<Batches<'_>, LakeError> {
        self.scan(Order::Time, &ScanOptions::default())
    }

    /// Events in an order, with chosen columns and times; memory is bounded.
    pub fn scan(&self, order: Order, options: &ScanOptions) -> Result<Batches<'_>, LakeError> {
        let columns = options.projection();
        let span = options.span();
        match order {
            Order::User => {
                let (segments, rows) = (self.overlapping(span), self.core.options.batch_rows);
                let rows_in = rows_per_stream(rows, segments.len());
                let mut streams: Vec<Batches<'_>> = Vec::with_capacity(segments.len() + 1);
                for segment in segments {
                    let rows = if options.people_only { Rows::OfPeople } else { Rows::All };
                    let (footers, columns) = (&self.core.footers, columns.as_deref());
                    let scan = SegmentScan::of(segment, footers, columns, rows, rows_in)?;
                    streams.push(Box::new(scan));
                }
                streams.push(self.hot(Order::User, span, columns)?);
                Ok(Box::new(Merge::new(streams, order, span, rows)))
            }
            Order::Time => time_order::scan(self, span, columns),
        }
    }

    /// One person's events in time order, newest state. Touches only the pages that may hold
    /// them.
    pub fn user(&self, user: &UserKey) -> Result<Vec<RecordBatch>, LakeError> {
        self.user_columns(user, &ScanOptions::default())
    }

    /// One person's events in time order, with chosen columns and times.
    pub fn user_columns(
        &self,
        user: &UserKey,
        options: &ScanOptions,
    ) -> Result<Vec<RecordBatch>, LakeError> {
        let (columns, span) = (options.projection(), options.span());
        let mut streams: Vec<Batches<'_>> = Vec::new();
        for segment in self.overlapping(span) {
            let footers = &self.core.footers;
            let key = user.as_str();
            let rows = segment_read::user_rows(segment, footers, key, columns.as_deref())?;
            streams.push(Box::new(rows.into_iter().map(Ok)));
        }
        let hot = self.query(|conn| {
            let numbers = hot::numbers_of_user(conn, self.range, user.as_str())?;
            hot::fetch(conn, &numbers)
        })?;
        streams.push(Box::new(std::iter::once(project(hot, columns.as_ref()))));
        Merge::new(streams, Order::User, span, self.core.options.batch_rows).collect()
    }

    /// The segments with events in a span.
    pub(crate) fn overlapping(&self, span: Span) -> Vec<&Arc<TableFile>> {
        let overlaps = |s: &TableFile| s.max_time.0 >= span.from_ms && s.min_time.0 < span.until_ms;
        self.segments.iter().filter(|s| overlaps(s)).collect()
    }

    /// A segment's batches.
    pub(crate) fn segment(
        &self,
        segment: &TableFile,
        columns: Option<&Schema>,
        batch_rows: usize,
    ) -> Result<Batches<'static>, LakeError> {
        let footers = &self.core.footers;
        let scan = SegmentScan::of(segment, footers, columns, Rows::All, batch_rows)?;
        Ok(Box::new(scan))
    }

    /// The hot rows of a span in an order.
    pub(crate) fn hot(
        &self,
        order: Order,
        span: Span,
        columns: Option<SchemaRef>,
    ) -> Result<Batches<'_>, LakeError> {
        let numbers =
            self.query(|conn| hot::numbers(conn, self.range, order, span.from_ms, span.until_ms))?;
        let mut done = 0;
        Ok(Box::new(std::iter::from_fn(move || {
            let end = numbers.len().min(done + HOT_BATCH_ROWS);
            let chunk = &numbers[done..end];
            done = end;
            if chunk.is_empty() {
                return None;
            }
            let batch = self.query(|conn| hot::fetch(conn, chunk));
            Some(batch.and_then(|batch| project(batch, columns.as_ref())))
        })))
    }

    /// Runs a query in the snapshot's transaction.
    pub(crate) fn query<T>(
        &self,
        body: impl FnOnce(&Connection) -> Result<T, LakeError>,
    ) -> Result<T, LakeError> {
        body(hold(&self.conn).as_ref().ok_or(LakeError::Closed)?)
    }
}

/// Hot rows rebuilt at a time.
const HOT_BATCH_ROWS: usize = 1024;

/// Rows per batch of each stream, so that many streams hold no more than a few.
pub(crate) fn rows_per_stream(rows: usize, streams: usize) -> usize {
    (4 * rows / streams.max(4)).clamp(256, rows.max(256))
}

/// Keeps the chosen columns of a full batch.
pub(crate) fn project(
    batch: RecordBatch,
    columns: Option<&SchemaRef>,
) -> Result<RecordBatch, LakeError> {
    let Some(columns) = columns else { return Ok(batch) };
    let schema = batch.schema();
    let kept: Vec<usize> =
        columns.fields().iter().filter_map(|f| schema.index_of(f.name()).ok()).collect();
    batch.project(&kept).map_err(hot::arrow)
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(conn) = hold(&self.conn).take() {
            // A connection that will not end its transaction is closed, which ends it.
            if conn.execute_batch("COMMIT").is_ok() {
                self.core.give_back(conn);
            }
        }
        let free = hold(&self.core.pins).unpin(&self.segments);
        pin::delete(&free);
    }
}
