//! Merging sorted streams of batches into one, in bounded memory.
//!
//! Problem: given `k` streams, each sorted, give their rows in one order, each key once.
//! Method: a binary heap of the streams' first rows; of the first stream all rows before the
//! next stream's are taken as one run, found by doubling steps. Equal keys come out next to each
//! other, so repeats are dropped.
//! Symbols: `n` rows, `k` streams, `b` rows per batch.
//! Time O(n log k), and a few comparisons per run where runs are long; memory `k` input batches
//! and one output batch of at most `b` rows.
//! Source: Knuth, The Art of Computer Programming 3 (1998), section 5.4.1; Bentley and Yao, An
//! almost optimal algorithm for unbounded searching (1976).
//! DIFFERENCE: a heap of streams in place of a tree of losers; `k` is small.

use std::cmp::Ordering;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use arrow_select::concat::concat_batches;
use arrow_select::interleave::interleave_record_batch;

use crate::error::LakeError;
use crate::order::{Keys, Order};

/// A stream of event batches.
pub type Batches<'a> = Box<dyn Iterator<Item = Result<RecordBatch, LakeError>> + Send + 'a>;

/// The moments a scan keeps: `from` inclusive, `until` exclusive, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub from_ms: i64,
    pub until_ms: i64,
}

impl Span {
    /// Everything.
    pub(crate) const ALL: Self = Self { from_ms: i64::MIN, until_ms: i64::MAX };

    /// Whether a moment is kept.
    pub(crate) fn contains(&self, ms: i64) -> bool {
        (self.from_ms..self.until_ms).contains(&ms)
    }
}

/// A stream and its place in it.
struct Cursor<'a> {
    stream: Batches<'a>,
    keys: Keys,
    row: usize,
    /// Which of `Merge::batches` the keys are of.
    batch: usize,
}

/// Rows of one batch that come out one after the other.
struct Run {
    batch: usize,
    start: usize,
    rows: usize,
}

/// Runs of fewer rows than this in the mean are gathered row by row.
const LONG_RUN: usize = 8;

/// The merge of sorted streams.
pub(crate) struct Merge<'a> {
    waiting: Vec<Batches<'a>>,
    /// A heap by the key of each cursor's row; the smallest is first.
    heap: Vec<Cursor<'a>>,
    /// Batches that cursors or gathered rows still refer to.
    batches: Vec<RecordBatch>,
    picked: Vec<Run>,
    picked_rows: usize,
    last: Option<(Keys, usize)>,
    order: Order,
    span: Span,
    rows: usize,
    failed: bool,
}

impl<'a> Merge<'a> {
    /// Merges streams that are each sorted by `order` into batches of at most `rows` rows.
    pub(crate) fn new(streams: Vec<Batches<'a>>, order: Order, span: Span, rows: usize) -> Self {
        Self {
            waiting: streams,
            heap: Vec::new(),
            batches: Vec::new(),
            picked: Vec::new(),
            picked_rows: 0,
            last: None,
            order,
            span,
            rows: rows.max(1),
            failed: false,
        }
    }

    fn start(&mut self) -> Result<(), LakeError> {
        for mut stream in std::mem::take(&mut self.waiting) {
            if let Some((keys, row, batch)) = self.pull(&mut stream)? {
                self.heap.push(Cursor { stream, keys, row, batch });
                self.rise(self.heap.len() - 1);
            }
        }
        Ok(())
    }

    /// The next batch of a stream that has a row within the span.
    fn pull(
        &mut self,
        stream: &mut Batches<'a>,
    ) -> Result<Option<(Keys, usize, usize)>, LakeError> {
        for batch in stream {
            let batch = batch?;
            let keys = Keys::of(&batch)?;
            if let Some(row) = (0..keys.len()).find(|&row| self.span.contains(keys.time(row))) {
                self.batches.push(batch);
                return Ok(Some((keys, row, self.batches.len() - 1)));
            }
        }
        Ok(None)
    }

    fn less(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.heap[a], &self.heap[b]);
        a.keys.compare(a.row, &b.keys, b.row, self.order) == Ordering::Less
    }

    fn rise(&mut self, mut at: usize) {
        while at > 0 && self.less(at, (at - 1) / 2) {
            self.heap.swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    fn sink(&mut self) {
        let (mut at, len) = (0, self.heap.len());
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let mut least = at;
            if left < len && self.less(left, least) {
                least = left;
            }
            if right < len && self.less(right, least) {
                least = right;
            }
            if least == at {
                return;
            }
            self.heap.swap(at, least);
            at = least;
        }
    }

    /// Moves the first cursor to its next row from `row` on; drops it at its end.
    fn step_to(&mut self, row: usize) -> Result<(), LakeError> {
        let cursor = &mut self.heap[0];
        let next = (row..cursor.keys.len()).find(|&row| self.span.contains(cursor.keys.time(row)));
        if let Some(row) = next {
            cursor.row = row;
        } else {
            let mut cursor = self.heap.swap_remove(0);
            if let Some((keys, row, batch)) = self.pull(&mut cursor.stream)? {
                self.heap.push(Cursor { stream: cursor.stream, keys, row, batch });
                let end = self.heap.len() - 1;
                self.heap.swap(0, end);
            }
        }
        self.sink();
        Ok(())
    }

    /// Where the run of the first cursor ends: before the first row that is not before the next
    /// stream's row, is outside the span or repeats the row before it; after `most` rows at most.
    fn run_end(&self, most: usize) -> usize {
        let Cursor { keys, row, .. } = &self.heap[0];
        let last = keys.len().min(row + most);
        let next = match self.heap.len() {
            0 | 1 => None,
            2 => Some(1),
            _ => Some(if self.less(1, 2) { 1 } else { 2 }),
        };
        let end = next.map_or(last, |next| {
            let next = &self.heap[next];
            let before =
                |at: usize| keys.compare(at, &next.keys, next.row, self.order) == Ordering::Less;
            let (mut low, mut step) = (row + 1, 1);
            while low + step <= last && before(low + step - 1) {
                low += step;
                step *= 2;
            }
            let mut high = last.min(low + step);
            while low < high {
                let middle = low + (high - low) / 2;
                if before(middle) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            low
        });
        let breaks =
            |at: &usize| !self.span.contains(keys.time(*at)) || keys.repeats(*at, keys, at - 1);
        (row + 1..end).find(breaks).unwrap_or(end.max(row + 1))
    }

    fn is_repeat(&self) -> bool {
        let cursor = &self.heap[0];
        self.last.as_ref().is_some_and(|(keys, row)| keys.repeats(*row, &cursor.keys, cursor.row))
    }

    fn gather(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        if !self.waiting.is_empty() {
            self.start()?;
        }
        while self.picked_rows < self.rows && !self.heap.is_empty() {
            let row = self.heap[0].row;
            if self.is_repeat() {
                self.step_to(row + 1)?;
                continue;
            }
            let end = self.run_end(self.rows - self.picked_rows);
            let batch = self.heap[0].batch;
            let same = self.picked.last().is_some_and(|run| run.batch == batch);
            self.picked.push(Run { batch, start: row, rows: end - row });
            self.picked_rows += end - row;
            match &mut self.last {
                // Its keys are at hand.
                Some((_, row)) if same => *row = end - 1,
                last => *last = Some((self.heap[0].keys.clone(), end - 1)),
            }
            self.step_to(end)?;
        }
        if self.picked.is_empty() {
            return Ok(None);
        }
        let out = self.collected().map_err(crate::hot::arrow)?;
        self.picked.clear();
        self.picked_rows = 0;
        self.forget();
        Ok(Some(out))
    }

    /// The picked rows as one batch.
    fn collected(&self) -> Result<RecordBatch, ArrowError> {
        if self.picked_rows < LONG_RUN * self.picked.len() {
            let sources: Vec<&RecordBatch> = self.batches.iter().collect();
            let rows = |run: &Run| {
                let batch = run.batch;
                (run.start..run.start + run.rows).map(move |row| (batch, row))
            };
            let rows: Vec<(usize, usize)> = self.picked.iter().flat_map(rows).collect();
            return interleave_record_batch(&sources, &rows);
        }
        let slice = |run: &Run| self.batches[run.batch].slice(run.start, run.rows);
        let runs: Vec<RecordBatch> = self.picked.iter().map(slice).collect();
        match &runs[..] {
            [one] => Ok(one.clone()),
            runs => concat_batches(&runs[0].schema(), runs),
        }
    }

    /// Lets go of the batches that no cursor is in any more.
    fn forget(&mut self) {
        let old = std::mem::take(&mut self.batches);
        for cursor in &mut self.heap {
            self.batches.push(old[cursor.batch].clone());
            cursor.batch = self.batches.len() - 1;
        }
    }
}

impl Iterator for Merge<'_> {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let batch = self.gather();
        self.failed = batch.is_err();
        batch.transpose()
    }
}
