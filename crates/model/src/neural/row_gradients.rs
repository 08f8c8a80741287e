//! The gradient of a table of which a step may touch few rows, and its way into the table.

use ndarray::Array2;
use rayon::prelude::*;

use crate::neural::adam::{Adam, Step};
use crate::neural::arrays::{add_scaled, flat, flat_mut, row_of};

/// Rows summed at once by one thread.
const ROWS: usize = 1024;

/// The gradient of a table; rows not touched are 0.
pub(crate) struct RowGradients {
    table: Array2<f32>,
    is_touched: Vec<bool>,
    touched: Vec<u32>,
}

impl RowGradients {
    /// No gradients yet for a table of this shape.
    pub(crate) fn new(items: &Array2<f32>) -> Self {
        Self {
            table: Array2::zeros(items.raw_dim()),
            is_touched: vec![false; items.nrows()],
            touched: Vec::new(),
        }
    }

    fn touch(&mut self, row: u32) {
        if !std::mem::replace(&mut self.is_touched[row as usize], true) {
            self.touched.push(row);
        }
    }

    /// Adds the gradients of some rows, which may repeat.
    pub(crate) fn add(&mut self, rows: &[u32], gradients: &Array2<f32>) {
        for (at, &row) in rows.iter().enumerate() {
            self.touch(row);
            let width = gradients.ncols();
            let to = &mut flat_mut(&mut self.table)[row as usize * width..][..width];
            add_scaled(1.0, row_of(gradients, at), to);
        }
    }

    /// Adds gradients of every row, table after table.
    pub(crate) fn add_tables(&mut self, tables: Vec<&Array2<f32>>) {
        (0..self.table.nrows() as u32).for_each(|row| self.touch(row));
        let chunk = ROWS * self.table.ncols();
        flat_mut(&mut self.table).par_chunks_mut(chunk).enumerate().for_each(|(at, to)| {
            for table in &tables {
                add_scaled(1.0, &flat(table)[at * chunk..][..to.len()], to);
            }
        });
    }

    /// Moves the rows touched and forgets their gradients.
    pub(crate) fn apply(&mut self, items: &mut Array2<f32>, adam: &mut Adam, step: Step) {
        let width = items.ncols();
        for row in self.touched.drain(..) {
            self.is_touched[row as usize] = false;
            let first = row as usize * width;
            let gradient = &mut flat_mut(&mut self.table)[first..][..width];
            adam.step(step, first, &mut flat_mut(items)[first..][..width], gradient);
            gradient.fill(0.0);
        }
    }
}
