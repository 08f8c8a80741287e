//! `labels`: a table with a header, one row per case and one column that is its label, in any form
//! that [`import`](fn@crate::import) reads: delimited text, JSON lines or Parquet.

use std::path::Path;

use super::text::wrong;
use crate::CollectError;
use crate::source::{Record, RowRead, Table};

/// A table as text, column by column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextTable {
    /// Names of the columns.
    pub names: Vec<String>,
    /// The text of each column, row by row; empty where there is none.
    pub columns: Vec<Vec<String>>,
}

/// A table read row by row, so that it need not fit in memory.
pub struct TableRows {
    table: Table,
    record: Record,
}

impl TableRows {
    /// Opens a file, which may be gzipped, and reads its header.
    ///
    /// # Errors
    /// When the file cannot be read or is no table.
    pub fn open(path: &Path) -> Result<Self, CollectError> {
        Ok(Self { table: Table::open(path, None)?, record: Record::default() })
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.table.columns
    }

    /// Reads the next row; false at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or the row does not have the columns of the header.
    pub fn advance(&mut self) -> Result<bool, CollectError> {
        let read = self
            .table
            .next(&mut self.record)
            .map_err(|source| CollectError::Read { path: self.table.path.clone(), source })?;
        match read {
            None => Ok(false),
            Some(RowRead::Fields) => Ok(true),
            Some(_) => {
                let lacks = "has not the columns of the header";
                Err(wrong(&self.table.path, self.record.number, lacks))
            }
        }
    }

    /// The text of a column in the row read last; empty where there is none.
    #[must_use]
    pub fn get(&self, column: usize) -> &str {
        self.record.get(column)
    }

    /// Line number (text) or row number (Parquet) of the row read last, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.record.number
    }
}

/// Reads a whole table; the file may be gzipped.
///
/// # Errors
/// When the file cannot be read, or a row does not have the columns of the header.
pub fn read_table(path: &Path) -> Result<TextTable, CollectError> {
    let mut rows = TableRows::open(path)?;
    let names = rows.names().to_vec();
    let mut columns = vec![Vec::new(); names.len()];
    while rows.advance()? {
        for (at, column) in columns.iter_mut().enumerate() {
            column.push(rows.get(at).to_owned());
        }
    }
    Ok(TextTable { names, columns })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_by_column_and_a_short_row_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cases.csv");
        std::fs::write(&path, "pages;month;bought\n3;\"May; late\";yes\n;Feb;no\n").unwrap();
        let table = read_table(&path).unwrap();
        assert_eq!(table.names, ["pages", "month", "bought"]);
        assert_eq!(table.columns, [["3", ""], ["May; late", "Feb"], ["yes", "no"]]);
        // Between tabs a quote that nobody closes is a character.
        std::fs::write(&path, "label\ttext\n1\t\"good\n0\tbad \"so\" bad\n1\t\"a\tb\"\n").unwrap();
        let table = read_table(&path).unwrap();
        assert_eq!(table.columns, [["1", "0", "1"], ["\"good", "bad \"so\" bad", "a\tb"]]);
        std::fs::write(&path, "a,b\n1,2\n3\n").unwrap();
        let message = read_table(&path).unwrap_err().to_string();
        assert!(message.contains("line 3 has not the columns"), "{message}");
    }
}
