//! Rows as a table for people and as the suite's JSON file.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::row::Row;

/// Writes the rows as `<folder>/<suite>.json`.
pub fn write(folder: &Path, suite: &str, rows: &[Row]) -> Result<()> {
    let path = folder.join(format!("{suite}.json"));
    let text = serde_json::to_string_pretty(rows)? + "\n";
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The rows as a table.
pub fn table(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.set_header([
        "set", "model", "metric", "value", "pass", "holds", "moon", "baseline", "peer", "seconds",
        "RSS MiB",
    ]);
    for row in rows {
        let holds = row.holds.map_or("", |holds| if holds { "yes" } else { "NO" });
        table.add_row([
            row.set.clone(),
            row.model.clone(),
            row.metric.clone(),
            figure(row.value),
            figure(row.pass),
            holds.to_owned(),
            figure(row.moon),
            figure(row.baseline),
            figure(row.peer),
            figure(row.seconds),
            row.rss_mib.map_or(String::new(), |mib| format!("{mib:.0}")),
        ]);
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// A number with as many digits as people read.
pub fn figure(value: Option<f64>) -> String {
    let Some(value) = value else { return String::new() };
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Prints a line of the result.
pub fn say(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout().lock(), "{text}")?)
}

/// Prints a line about what is going on, beside the result.
pub fn tell(text: &str) {
    // A closed standard error hides the line and nothing else.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Side;

    #[test]
    fn the_table_shows_figures_and_failures() {
        let row = Row::new("Gowalla", "iALS 64", "Recall@20", "dongcha").value(0.148_54);
        let text = table(&[row.pass(Side::AtLeast, 0.19, true).cost(12.345, 80.6)]);
        for part in ["Gowalla", "0.1485", "0.1900", "NO", "12.35", "81"] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert_eq!(figure(Some(16_700.4)), "16700");
        assert_eq!(figure(None), "");
    }

    #[test]
    fn the_file_is_a_list_of_rows() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "lake", &[Row::new("gifts", "import", "seconds", "dongcha")]).unwrap();
        let text = fs::read_to_string(folder.path().join("lake.json")).unwrap();
        let rows: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!((rows.len(), &rows[0]["set"]), (1, &"gifts".into()));
    }
}
