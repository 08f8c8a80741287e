//! Steps over whole people: Arrow batches in, Arrow batches out, nothing kept between calls.
//!
//! A [`Kernel`] sees all rows of some people, in the order of (`user_key`, `time`, `seq`, `id`),
//! and answers with rows. It holds its settings and nothing else, so the same step runs here on
//! threads and elsewhere inside another engine's executors. A [`Tally`] is a kernel whose answers
//! about different people add up to one: counts, sums, the rows of a funnel.
//!
//! [`map`] and [`fold`] cut a user-ordered stream where a person ends, run the kernel on as many
//! pieces at once as there are threads, and hand over its answers in the order of the stream, so
//! the result is the same at any number of threads. Memory is that of two waves of pieces (each
//! [`PIECE_ROWS`] rows, or one person where a person has more) plus the kernel's answers to one.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use arrow_select::concat::concat_batches;
use event::columns::ColumnError;
use rayon::prelude::*;

use crate::error::FeatureError;

/// Rows that a piece of work aims at.
pub const PIECE_ROWS: usize = 1 << 15;

/// A pure step over the rows of whole people.
pub trait Kernel: Sync {
    /// Columns it reads beside those that order rows (`user_key`, `time`, `seq`, `id`).
    fn reads(&self) -> Vec<&'static str>;

    /// Columns of its answers.
    fn returns(&self) -> SchemaRef;

    /// The answer about some people: all rows of each, ordered; never empty.
    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError>;
}

/// A kernel whose answers about different people combine into one.
pub trait Tally: Kernel {
    /// Answers, one below the other, combined: of the same columns, the same in any order of
    /// answers and for any split of people between them.
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError>;
}

/// Where each person's rows lie in a batch ordered by person, with the person's key. Rows that
/// belong to nobody (the catalogue's) are left out.
pub fn people(batch: &RecordBatch) -> Result<Vec<(&str, Range<usize>)>, FeatureError> {
    let keys = keys(batch)?;
    let mut people = Vec::new();
    let mut start = 0;
    for row in 1..=keys.len() {
        if row == keys.len() || keys.value(row) != keys.value(start) {
            people.push((keys.value(start), start..row));
            start = row;
        }
    }
    people.retain(|(key, rows)| !key.is_empty() && !rows.is_empty());
    Ok(people)
}

/// Runs a kernel over a user-ordered stream and hands over its answers in order.
pub fn map<E: From<FeatureError> + Send>(
    batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
    kernel: &dyn Kernel,
    mut each: impl FnMut(RecordBatch) -> Result<(), E>,
) -> Result<(), E> {
    let mut pieces = Pieces { batches: batches.into_iter(), held: Vec::new(), held_rows: 0 };
    let threads = rayon::current_num_threads();
    let mut wave = pieces.wave(threads)?;
    while !wave.is_empty() {
        // The next wave is read while this one is worked on.
        let (mut answers, mut next) = (Vec::new(), Ok(Vec::new()));
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| {
                wave.par_iter().map(|piece| kernel.run(piece)).collect_into_vec(&mut answers);
            });
            next = pieces.wave(threads);
        });
        for answer in answers {
            each(answer?)?;
        }
        wave = next?;
    }
    Ok(())
}

/// Runs a tally over a user-ordered stream; an empty stream gives an answer without rows.
pub fn fold<E: From<FeatureError> + Send>(
    batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
    tally: &dyn Tally,
) -> Result<RecordBatch, E> {
    let mut answers: Vec<RecordBatch> = Vec::new();
    let mut rows = 0;
    let mut merged_rows = 0;
    let merge = |answers: &[RecordBatch]| -> Result<RecordBatch, FeatureError> {
        tally.merge(&concat_batches(&tally.returns(), answers)?)
    };
    map(batches, tally, |answer| {
        rows += answer.num_rows();
        answers.push(answer);
        // Merging at every doubling keeps memory and time in proportion to the result.
        if rows > PIECE_ROWS.max(2 * merged_rows) {
            answers = vec![merge(&answers)?];
            merged_rows = answers[0].num_rows();
            rows = merged_rows;
        }
        Ok(())
    })?;
    Ok(merge(&answers)?)
}

fn keys(batch: &RecordBatch) -> Result<&StringArray, FeatureError> {
    let column = batch.column_by_name("user_key").and_then(|column| column.as_string_opt());
    Ok(column.ok_or(ColumnError("user_key"))?)
}

/// A user-ordered stream cut into pieces of whole people.
struct Pieces<I> {
    batches: I,
    /// Rows read and not handed out yet; the last person may go on in the next batch.
    held: Vec<RecordBatch>,
    held_rows: usize,
}

impl<E: From<FeatureError>, I: Iterator<Item = Result<RecordBatch, E>>> Pieces<I> {
    /// The next pieces, as many as asked for; fewer at the end of the stream.
    fn wave(&mut self, pieces: usize) -> Result<Vec<RecordBatch>, E> {
        let mut wave = Vec::with_capacity(pieces);
        while wave.len() < pieces {
            match self.piece()? {
                Some(piece) => wave.push(piece),
                None => break,
            }
        }
        Ok(wave)
    }

    fn piece(&mut self) -> Result<Option<RecordBatch>, E> {
        while let Some(batch) = self.batches.next() {
            let batch = batch?;
            if batch.num_rows() == 0 {
                continue;
            }
            let cut = self.cut(&batch)?;
            let (before, after) = (batch.slice(0, cut), batch.slice(cut, batch.num_rows() - cut));
            self.held_rows += cut;
            if cut > 0 {
                self.held.push(before);
            }
            if self.held_rows >= PIECE_ROWS && after.num_rows() > 0 {
                let piece = self.take()?;
                self.held_rows = after.num_rows();
                self.held.push(after);
                return Ok(piece);
            }
            if after.num_rows() > 0 {
                self.held_rows += after.num_rows();
                self.held.push(after);
            }
        }
        self.take()
    }

    /// First row of the batch's last person; 0 when that person began before this batch.
    fn cut(&self, batch: &RecordBatch) -> Result<usize, FeatureError> {
        let keys = keys(batch)?;
        let last = keys.value(keys.len() - 1);
        let start = (0..keys.len()).rev().take_while(|row| keys.value(*row) == last).last();
        let start = start.unwrap_or(0);
        match self.held.last() {
            Some(held) if start == 0 => {
                let before = self::keys(held)?;
                Ok(if before.value(before.len() - 1) == last { 0 } else { start })
            }
            _ => Ok(start),
        }
    }

    fn take(&mut self) -> Result<Option<RecordBatch>, E> {
        let held = std::mem::take(&mut self.held);
        self.held_rows = 0;
        let Some(first) = held.first() else { return Ok(None) };
        let piece = concat_batches(&first.schema(), &held).map_err(FeatureError::from)?;
        Ok(Some(piece))
    }
}
