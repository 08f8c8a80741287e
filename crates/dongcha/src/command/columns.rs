//! Columns of a table by name, as texts and as numbers.

use anyhow::Result;
use collect::layout::TextTable;

use crate::trouble::both;

/// A table whose columns are asked for by name.
pub struct Columns(pub TextTable);

impl Columns {
    /// The texts of a column.
    pub fn texts(&self, name: &str) -> Result<&[String]> {
        let found = self.0.names.iter().position(|known| known == name);
        found.map(|at| self.0.columns[at].as_slice()).ok_or_else(|| {
            let all = self.0.names.join(", ");
            both(
                format!("there is no column `{name}`; the columns are: {all}"),
                format!("没有列 `{name}`；现有的列为：{all}"),
            )
        })
    }

    /// The numbers of a column.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        let read = |(row, text): (usize, &String)| {
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| {
                let row = row + 1;
                both(
                    format!("column {name} is `{text}` in row {row}, not a finite number"),
                    format!("列 {name} 第 {row} 行为 `{text}`，不是有限数字"),
                )
            })
        };
        self.texts(name)?.iter().enumerate().map(read).collect()
    }
}
