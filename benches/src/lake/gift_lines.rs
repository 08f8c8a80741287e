//! The gift shop's lines as files: the shipped Parquet, and the same as CSV.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use crate::bench::Bench;

const YEARS: [&str; 2] = ["2009-2010", "2010-2011"];

/// The shipped files.
pub fn parquet(bench: &Bench) -> Result<[PathBuf; 2]> {
    let files = YEARS.map(|year| bench.data.join(format!("online-retail/{year}.parquet")));
    match files.iter().find(|file| !file.exists()) {
        Some(missing) => bail!("{} is not there; name its folder with --data", missing.display()),
        None => Ok(files),
    }
}

/// The same lines as CSV, written once.
pub fn csv(bench: &Bench) -> Result<[PathBuf; 2]> {
    let folder = bench.out.join("online-retail");
    fs::create_dir_all(&folder)?;
    for (year, from) in YEARS.iter().zip(parquet(bench)?) {
        let to = folder.join(format!("{year}.csv"));
        if !to.exists() {
            // Under another name until it is whole.
            let part = folder.join(format!("{year}.part"));
            convert(&from, fs::File::create(&part)?)?;
            fs::rename(part, to)?;
        }
    }
    Ok(YEARS.map(|year| folder.join(format!("{year}.csv"))))
}

fn convert(from: &Path, to: impl Write) -> Result<()> {
    let reader = SerializedFileReader::new(fs::File::open(from)?)?;
    let schema = reader.metadata().file_metadata().schema();
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(schema.get_fields().iter().map(|field| field.name()))?;
    for row in reader.get_row_iter(None)? {
        csv.write_record(cells(&row?)?)?;
    }
    Ok(csv.flush()?)
}

fn cells(row: &Row) -> Result<Vec<String>> {
    row.get_column_iter().map(|(name, field)| cell(field).with_context(|| name.clone())).collect()
}

fn cell(field: &Field) -> Result<String> {
    Ok(match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Int(number) => number.to_string(),
        Field::Long(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        other => bail!("{other} has a type that CSV is not made of here"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text() {
        assert_eq!(cell(&Field::Double(2.55)).unwrap(), "2.55");
        assert_eq!(cell(&Field::Double(17850.0)).unwrap(), "17850");
        assert_eq!(cell(&Field::Null).unwrap(), "");
        assert!(cell(&Field::Bool(true)).is_err());
    }
}
