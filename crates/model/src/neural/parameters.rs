//! The weights of a network: named tables in one list of numbers, so that an optimiser, a file and
//! a sum of gradients each need one loop.

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::seed::Stream;
use crate::tensors::{Tensors, TensorsOut};

/// Where a table of weights lies in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    start: usize,
    rows: usize,
    cols: usize,
}

impl Slot {
    /// Number of rows.
    pub(crate) fn rows(self) -> usize {
        self.rows
    }

    /// The numbers of the table, row after row.
    pub(crate) fn flat(self, values: &[f32]) -> &[f32] {
        &values[self.start..][..self.rows * self.cols]
    }

    /// As [`Self::flat`], to be changed.
    pub(crate) fn flat_mut(self, values: &mut [f32]) -> &mut [f32] {
        &mut values[self.start..][..self.rows * self.cols]
    }

    /// The table, rows × columns.
    #[expect(clippy::expect_used, reason = "invariant: the slice has the slot's own size")]
    pub(crate) fn of(self, values: &[f32]) -> ArrayView2<'_, f32> {
        ArrayView2::from_shape((self.rows, self.cols), self.flat(values))
            .expect("a slot holds rows × columns numbers")
    }

    /// The table, to be changed.
    #[expect(clippy::expect_used, reason = "invariant: the slice has the slot's own size")]
    pub(crate) fn of_mut(self, values: &mut [f32]) -> ArrayViewMut2<'_, f32> {
        ArrayViewMut2::from_shape((self.rows, self.cols), self.flat_mut(values))
            .expect("a slot holds rows × columns numbers")
    }
}

/// How a table of weights starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Start {
    /// All the same.
    Constant(f32),
    /// Drawn evenly from `−bound` to `bound`.
    Uniform(f32),
    /// Drawn from a normal distribution of mean 0 and this deviation.
    Normal(f32),
}

/// Named tables of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters {
    slots: Vec<(String, Slot)>,
    values: Vec<f32>,
    stream: Stream,
}

impl Parameters {
    /// No tables yet; starts are drawn from the stream.
    pub(crate) fn new(stream: Stream) -> Self {
        Self { slots: Vec::new(), values: Vec::new(), stream }
    }

    /// Appends a table.
    pub(crate) fn add(&mut self, name: String, rows: usize, cols: usize, start: Start) -> Slot {
        let slot = Slot { start: self.values.len(), rows, cols };
        let stream = self.stream.fork(self.slots.len() as u64);
        let draw = |at: usize| match start {
            Start::Constant(value) => value,
            Start::Uniform(bound) => bound * (2.0 * stream.unit(at as u64) - 1.0),
            Start::Normal(deviation) => deviation * stream.normal(at as u64),
        };
        self.values.extend((0..rows * cols).map(draw));
        self.slots.push((name, slot));
        slot
    }

    /// All numbers.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, to be changed.
    pub(crate) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// Adds the tables to what is written.
    pub(crate) fn write(&self, mut out: TensorsOut) -> TensorsOut {
        for (name, slot) in &self.slots {
            let shape = vec![slot.rows, slot.cols];
            out = out.with_f32(name.clone(), shape, slot.flat(&self.values));
        }
        out
    }

    /// Takes over the tables that were written. A table of one row may have been written as a list.
    ///
    /// # Errors
    /// When one is missing or of another shape.
    pub(crate) fn read(&mut self, tensors: &Tensors<'_>) -> Result<(), String> {
        for (name, slot) in &self.slots {
            let (shape, values) = tensors.f32(name)?;
            let is_row = slot.rows == 1 && shape == [slot.cols];
            if shape != [slot.rows, slot.cols] && !is_row {
                let expected = (slot.rows, slot.cols);
                return Err(format!("array {name} has the shape {shape:?}, not {expected:?}"));
            }
            slot.flat_mut(&mut self.values).copy_from_slice(&values);
        }
        Ok(())
    }
}
