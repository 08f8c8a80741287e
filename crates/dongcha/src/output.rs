//! Results as a table for people, JSON for programs, CSV for spreadsheets.

use std::io::Write;

use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};
use serde_json::Value;

use crate::cli::Format;

/// Rows under named columns; a column's key is its name in JSON and CSV. A column without a header
/// is for programs only.
pub struct Table {
    keys: Vec<&'static str>,
    headers: Vec<String>,
    rows: Vec<Vec<Value>>,
    shown: Vec<Vec<String>>,
}

/// One cell: the value for programs and, where it differs, the text for people.
pub struct Cell {
    value: Value,
    shown: Option<String>,
}

impl Cell {
    /// A value shown to people in another form than to programs.
    pub fn shown(value: impl Into<Value>, shown: impl Into<String>) -> Self {
        Self { value: value.into(), shown: Some(shown.into()) }
    }
}

impl<T: Into<Value>> From<T> for Cell {
    fn from(value: T) -> Self {
        Self { value: value.into(), shown: None }
    }
}

impl Table {
    /// An empty table with `(key, header)` columns.
    pub fn new(columns: &[(&'static str, &str)]) -> Self {
        Self {
            keys: columns.iter().map(|(key, _)| *key).collect(),
            headers: columns.iter().map(|(_, header)| (*header).to_owned()).collect(),
            rows: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// Adds a row with one cell per column.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.shown.push(cells.iter().map(|c| c.shown.clone().unwrap_or(text(&c.value))).collect());
        self.rows.push(cells.into_iter().map(|c| c.value).collect());
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Columns that people see, by number, with their headers.
    pub fn seen(&self) -> impl Iterator<Item = (usize, &str)> {
        let headers = self.headers.iter().map(String::as_str).enumerate();
        headers.filter(|(_, header)| !header.is_empty())
    }

    /// The rows as people see them, one text per column.
    pub fn shown(&self) -> &[Vec<String>] {
        &self.shown
    }

    /// Which columns hold numbers only, some of them perhaps missing.
    pub fn numeric(&self) -> Vec<bool> {
        let cells = |column: usize| self.rows.iter().map(move |row| &row[column]);
        let numeric = |column| {
            cells(column).any(Value::is_number)
                && cells(column).all(|cell| cell.is_number() || cell.is_null())
        };
        (0..self.keys.len()).map(numeric).collect()
    }

    /// The rows as a JSON list of objects.
    pub fn to_json(&self) -> Value {
        let object = |row: &Vec<Value>| -> Value {
            self.keys.iter().map(|k| (*k).to_owned()).zip(row.iter().cloned()).collect()
        };
        self.rows.iter().map(object).collect()
    }

    /// The table as text for people.
    pub fn to_text(&self) -> String {
        let mut grid = Grid::new();
        grid.load_style(presets::UTF8_FULL_CONDENSED);
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        grid.set_width(width());
        let seen: Vec<usize> = self.seen().map(|(i, _)| i).collect();
        grid.set_header(seen.iter().map(|i| self.headers[*i].clone()));
        for row in &self.shown {
            grid.add_row(seen.iter().map(|i| row[*i].clone()));
        }
        let numeric = self.numeric();
        for (i, column) in seen.iter().zip(grid.column_iter_mut()) {
            if numeric[*i] {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        grid.to_string()
    }

    /// The table as CSV with its keys as header.
    pub fn to_csv(&self) -> String {
        let line = |cells: Vec<String>| cells.join(",") + "\r\n";
        let mut out = line(self.keys.iter().map(|k| (*k).to_owned()).collect());
        for row in &self.rows {
            out += &line(row.iter().map(|v| quoted(&text(v))).collect());
        }
        out
    }

    /// Prints in the asked form.
    pub fn print(&self, format: Format) -> Result<()> {
        match format {
            Format::Table => say(&self.to_text()),
            Format::Json => say(&serde_json::to_string_pretty(&self.to_json())?),
            Format::Csv => say(self.to_csv().trim_end()),
        }
    }
}

/// Prints text and a line end to standard output; a closed pipe ends the program quietly.
pub fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => Ok(result?),
    }
}

/// Columns of the terminal as the shell says, or a width that most have.
fn width() -> u16 {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.filter(|columns| *columns >= 40).unwrap_or(120)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// RFC 4180 quoting; a leading `=`, `+`, `-` or `@` that is no number is defused for spreadsheets.
pub fn quoted(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@']) && text.parse::<f64>().is_err();
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_table_in_three_forms() {
        let mut table = Table::new(&[("item", "Item"), ("n", "Count")]);
        table.row(vec!["a,\"b\"".into(), 3.into()]);
        table.row(vec!["=SUM(A1)".into(), Cell::shown(-4, "minus four")]);
        assert_eq!(table.to_csv(), "item,n\r\n\"a,\"\"b\"\"\",3\r\n'=SUM(A1),-4\r\n");
        assert_eq!(table.to_json()[1]["n"], -4);
        assert!(table.to_text().contains("minus four") && table.to_text().contains("Count"));
    }
}
