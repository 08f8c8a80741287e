//! Merging sorted streams of batches into one, in bounded memory.
//!
//! Problem: given `k` streams, each sorted, give their rows in one order, each key once.
//! Method: a binary heap of the streams' first rows; output rows are gathered by index from
//! the batches they lie in. Equal keys come out next to each other, so repeats are dropped.
//! Symbols: `n` rows, `k` streams, `b` rows per batch.
//! Time O(n log k); memory `k` input batches and one output batch of at most `b` rows.
//! Source: Knuth, The Art of Computer Programming 3 (1998), section 5.4.1.
//! DIFFERENCE: a heap of streams in place of a tree of losers; `k` is small.

use std::cmp::Ordering;

use arrow_array::RecordBatch;
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

/// The merge of sorted streams.
pub(crate) struct Merge<'a> {
    waiting: Vec<Batches<'a>>,
    /// A heap by the key of each cursor's row; the smallest is first.
    heap: Vec<Cursor<'a>>,
    /// Batches that cursors or gathered rows still refer to.
    batches: Vec<RecordBatch>,
    picked: Vec<(usize, usize)>,
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

    /// Moves the first cursor to its next row; drops it at its end.
    fn step(&mut self) -> Result<(), LakeError> {
        let cursor = &mut self.heap[0];
        let next = (cursor.row + 1..cursor.keys.len())
            .find(|&row| self.span.contains(cursor.keys.time(row)));
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

    fn is_repeat(&self) -> bool {
        let cursor = &self.heap[0];
        self.last.as_ref().is_some_and(|(keys, row)| {
            keys.compare(*row, &cursor.keys, cursor.row, self.order) == Ordering::Equal
        })
    }

    fn gather(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        if !self.waiting.is_empty() {
            self.start()?;
        }
        while self.picked.len() < self.rows && !self.heap.is_empty() {
            if !self.is_repeat() {
                let cursor = &self.heap[0];
                self.picked.push((cursor.batch, cursor.row));
                let same = self.same_batch();
                match &mut self.last {
                    Some((_, row)) if same => *row = self.heap[0].row,
                    last => *last = Some((self.heap[0].keys.clone(), self.heap[0].row)),
                }
            }
            self.step()?;
        }
        if self.picked.is_empty() {
            return Ok(None);
        }
        let sources: Vec<&RecordBatch> = self.batches.iter().collect();
        let out = interleave_record_batch(&sources, &self.picked).map_err(crate::hot::arrow)?;
        self.picked.clear();
        self.forget();
        Ok(Some(out))
    }

    /// Whether the last two rows picked lie in one batch, so that its keys are at hand.
    fn same_batch(&self) -> bool {
        let n = self.picked.len();
        n > 1 && self.picked[n - 1].0 == self.picked[n - 2].0
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
