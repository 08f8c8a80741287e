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

/// Reads a whole table; the file may be gzipped.
///
/// # Errors
/// When the file cannot be read, or a row does not have the columns of the header.
pub fn read_table(path: &Path) -> Result<TextTable, CollectError> {
    let mut table = Table::open(path, None)?;
    let names = table.columns.clone();
    let mut columns = vec![Vec::new(); names.len()];
    let mut record = Record::default();
    let failed = |source| CollectError::Read { path: path.to_owned(), source };
    while let Some(read) = table.next(&mut record).map_err(failed)? {
        if read != RowRead::Fields {
            return Err(wrong(path, record.number, "has not the columns of the header"));
        }
        for (at, column) in columns.iter_mut().enumerate() {
            column.push(record.get(at).to_owned());
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
        std::fs::write(&path, "a,b\n1,2\n3\n").unwrap();
        let message = read_table(&path).unwrap_err().to_string();
        assert!(message.contains("line 3 has not the columns"), "{message}");
    }
}
