//! A table of numbers with a yes or no for each row: what a classifier learns from.

use std::cmp::Ordering;

use crate::error::ModelError;

/// Rows of numbers, some of them missing, each row with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledTable {
    names: Vec<String>,
    columns: Vec<Vec<Option<f64>>>,
    labels: Vec<bool>,
}

impl LabelledTable {
    /// A table of named columns, each with one number or nothing per row, and one label per row.
    ///
    /// # Errors
    /// When a column has another length than the labels, names and columns differ in number, or a
    /// number is not finite.
    pub fn new(
        names: Vec<String>,
        mut columns: Vec<Vec<Option<f64>>>,
        labels: Vec<bool>,
    ) -> Result<Self, ModelError> {
        if names.len() != columns.len() {
            return Err(refused(format!("{} names for {} columns", names.len(), columns.len())));
        }
        if u32::try_from(labels.len()).is_err() {
            return Err(refused("more than 4,294,967,295 rows; train on a sample".to_owned()));
        }
        for (name, column) in names.iter().zip(&mut columns) {
            if column.len() != labels.len() {
                let (found, rows) = (column.len(), labels.len());
                return Err(refused(format!("column {name} has {found} values for {rows} rows")));
            }
            for (row, value) in column.iter_mut().enumerate() {
                let Some(number) = value else { continue };
                if !number.is_finite() {
                    return Err(refused(format!(
                        "column {name} is {number} in row {}; leave it empty or drop the column",
                        row + 1
                    )));
                }
                // One zero only, so that equal numbers have equal bits.
                *number += 0.0;
            }
        }
        Ok(Self { names, columns, labels })
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns, each with a number or nothing per row.
    #[must_use]
    pub fn columns(&self) -> &[Vec<Option<f64>>] {
        &self.columns
    }

    /// The label of each row.
    #[must_use]
    pub fn labels(&self) -> &[bool] {
        &self.labels
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.labels.len()
    }

    /// Number of columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// Rows whose label is yes.
    #[must_use]
    pub fn n_positive(&self) -> usize {
        self.labels.iter().filter(|&&label| label).count()
    }

    /// One row; empty beyond the last.
    #[must_use]
    pub fn row(&self, row: usize) -> Vec<Option<f64>> {
        let inside = self.columns.iter().filter_map(|column| column.get(row));
        inside.copied().collect()
    }

    /// The rows of these numbers, in this order; numbers beyond the last row are passed over.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let of = |column: &Vec<Option<f64>>| {
            rows.iter().filter_map(|&row| column.get(row)).copied().collect()
        };
        Self {
            names: self.names.clone(),
            columns: self.columns.iter().map(of).collect(),
            labels: rows.iter().filter_map(|&row| self.labels.get(row)).copied().collect(),
        }
    }

    /// Row numbers in an order that depends on the rows' content alone: by the values of the first
    /// column, then of the second, and so on, then by label. Whoever works in this order gives the
    /// same result for the same rows however they arrived.
    #[must_use]
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.n_rows()).collect();
        order.sort_by(|&a, &b| {
            let by_column = |column: &Vec<Option<f64>>| compare(column[a], column[b]);
            let differs = self.columns.iter().map(by_column).find(|order| order.is_ne());
            differs.unwrap_or_else(|| self.labels[a].cmp(&self.labels[b]))
        });
        order
    }

    /// Refuses a table that nothing can be learnt from: no column, or fewer than two rows of a
    /// label (one to learn from and one to check with).
    pub(crate) fn check(&self, model: &'static str) -> Result<(), ModelError> {
        let (yes, rows) = (self.n_positive(), self.n_rows());
        let reason = if self.columns.is_empty() {
            "the table has no column beside the label".to_owned()
        } else if yes < 2 || rows - yes < 2 {
            format!(
                "{yes} of {rows} rows are labelled yes; there must be at least 2 rows of yes and \
                 2 of no to learn what tells them apart"
            )
        } else {
            return Ok(());
        };
        Err(ModelError::Input { model, reason })
    }
}

fn compare(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn refused(reason: String) -> ModelError {
    ModelError::Input { model: "labelled table", reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(columns: Vec<Vec<Option<f64>>>, labels: &[bool]) -> Result<LabelledTable, ModelError> {
        let names = (0..columns.len()).map(|at| format!("c{at}")).collect();
        LabelledTable::new(names, columns, labels.to_vec())
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_place() {
        for bad in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            let found = table(vec![vec![Some(1.0), Some(bad)]], &[true, false]);
            let message = found.unwrap_err().to_string();
            assert!(message.contains("c0") && message.contains("row 2"), "{message}");
        }
        assert!(table(vec![vec![None]], &[true, false]).is_err());
        assert!(LabelledTable::new(vec![], vec![vec![]], vec![]).is_err());
    }

    #[test]
    fn the_order_is_by_content_alone() {
        let columns = vec![
            vec![Some(2.0), None, Some(-0.0), Some(0.0), Some(2.0)],
            vec![Some(1.0), Some(9.0), Some(5.0), Some(4.0), Some(1.0)],
        ];
        let table = table(columns, &[true, true, false, false, false]).unwrap();
        assert_eq!(table.order(), [1, 3, 2, 4, 0]);
        let turned = table.select(&[4, 2, 0, 3, 1]);
        assert_eq!(turned.select(&turned.order()), table.select(&table.order()));
        assert_eq!(table.row(1), [None, Some(9.0)]);
        assert_eq!((table.row(9), table.n_positive()), (vec![], 2));
    }

    #[test]
    fn one_label_alone_teaches_nothing() {
        let column = || vec![vec![Some(1.0); 4]];
        for labels in [[true; 4], [false; 4], [true, false, false, false]] {
            let message = table(column(), &labels).unwrap().check("m").unwrap_err().to_string();
            assert!(message.contains("at least 2"), "{message}");
        }
        assert!(table(column(), &[true, false, true, false]).unwrap().check("m").is_ok());
        assert!(table(vec![], &[true, true, false, false]).unwrap().check("m").is_err());
        assert!(table(vec![vec![]], &[]).unwrap().check("m").is_err());
    }
}
