//! Files of texts with labels or ratings.

use std::path::Path;

use anyhow::{Context, Result};
use collect::layout::{TextTable, read_table};
use text::label_of_rating;

use crate::cli::{LabelledArgs, TextLayout};
use crate::trouble::both;

/// A text with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledText {
    /// The text; a sentence with `$T$` in the layout of terms.
    pub text: String,
    /// The term in its place, in the layout of terms.
    pub term: Option<String>,
    /// The label, where there is one.
    pub label: Option<String>,
    /// The rating, where there is one.
    pub rating: Option<f64>,
}

impl LabelledText {
    /// What it teaches: its rating's label, else its own.
    pub fn taught(&self) -> Option<&str> {
        match self.rating {
            Some(rating) => label_of_rating(rating),
            None => self.label.as_deref(),
        }
    }
}

/// The texts of a file that has a column each for text and label or rating, or another layout.
pub fn read(from: &LabelledArgs) -> Result<Vec<LabelledText>> {
    match from.layout {
        TextLayout::Table => of_table(from, &from.file),
        TextLayout::Lines => of_lines(&from.file),
        TextLayout::Terms => of_terms(&from.file),
    }
}

/// The same of another file of the same form.
pub fn read_other(from: &LabelledArgs, file: &Path) -> Result<Vec<LabelledText>> {
    read(&LabelledArgs { file: file.to_owned(), ..from.clone() })
}

/// The texts of columns that are put together.
pub fn read_texts(file: &Path, columns: &[String]) -> Result<Vec<String>> {
    texts(&read_table(file)?, columns)
}

/// A column of a table.
pub fn column<'a>(table: &'a TextTable, name: &str) -> Result<&'a [String]> {
    let Some(at) = table.names.iter().position(|other| other == name) else {
        let names = table.names.join(", ");
        return Err(both(
            format!("there is no column `{name}`; there is {names}"),
            format!("没有列 `{name}`；可用：{names}"),
        ));
    };
    Ok(&table.columns[at])
}

/// Each row's text, of several columns put together.
pub fn texts(table: &TextTable, names: &[String]) -> Result<Vec<String>> {
    let columns: Vec<&[String]> =
        names.iter().map(|name| column(table, name)).collect::<Result<_>>()?;
    let n_rows = columns.first().map_or(0, |column| column.len());
    let row = |row: usize| {
        let parts: Vec<&str> = columns.iter().map(|column| column[row].as_str()).collect();
        parts.join("\n").trim().to_owned()
    };
    Ok((0..n_rows).map(row).collect())
}

fn of_table(from: &LabelledArgs, file: &Path) -> Result<Vec<LabelledText>> {
    if from.text.is_empty() || (from.label.is_none() && from.rating.is_none()) {
        return Err(both(
            "name the columns with --text and --label, or --text and --rating",
            "请用 --text 和 --label，或 --text 和 --rating 指定列",
        ));
    }
    let table = read_table(file)?;
    let labels = from.label.as_ref().map(|name| column(&table, name)).transpose()?;
    let ratings = from.rating.as_ref().map(|name| column(&table, name)).transpose()?;
    let mut rows = Vec::new();
    for (at, text) in texts(&table, &from.text)?.into_iter().enumerate() {
        let rating = ratings.map(|column| column[at].trim().parse()).transpose();
        let Ok(rating) = rating else {
            let found = ratings.map_or("", |column| &column[at]);
            return Err(both(
                format!("row {}: `{found}` is no rating", at + 1),
                format!("第 {} 行：`{found}` 不是评分", at + 1),
            ));
        };
        let label = labels.map(|column| column[at].trim().to_owned());
        rows.push(LabelledText { text, term: None, label, rating });
    }
    Ok(rows)
}

/// Lines of a file; one that is not UTF-8 is read as Latin-1.
fn lines(file: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let line = |line: &[u8]| match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => line.iter().map(|byte| char::from(*byte)).collect(),
    };
    let lines = bytes.split(|byte| *byte == b'\n').map(line);
    Ok(lines.map(|line| line.trim_end_matches('\r').to_owned()).collect())
}

fn of_lines(file: &Path) -> Result<Vec<LabelledText>> {
    let mut rows = Vec::new();
    for line in lines(file)?.iter().filter(|line| !line.trim().is_empty()) {
        let (label, text) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        rows.push(LabelledText {
            text: text.trim().to_owned(),
            term: None,
            label: Some(label.to_owned()),
            rating: None,
        });
    }
    Ok(rows)
}

fn of_terms(file: &Path) -> Result<Vec<LabelledText>> {
    let all = lines(file)?;
    let cases = all.chunks(3).take_while(|case| case.len() == 3);
    let row = |case: &[String]| LabelledText {
        text: case[0].trim().to_owned(),
        term: Some(case[1].trim().to_owned()),
        label: Some(case[2].trim().to_lowercase()),
        rating: None,
    };
    Ok(cases.map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(file: &Path, layout: TextLayout) -> LabelledArgs {
        let text = vec!["title".to_owned(), "text".to_owned()];
        let (label, rating) = (Some("label".to_owned()), None);
        LabelledArgs { file: file.to_owned(), layout, text, label, rating }
    }

    #[test]
    fn the_three_forms_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "title,text,label\nNice,\"good, warm\",1\n,坏,0\n").unwrap();
        let rows = read(&from(&path, TextLayout::Table)).unwrap();
        assert_eq!((rows[0].text.as_str(), rows[0].taught()), ("Nice\ngood, warm", Some("1")));
        assert_eq!((rows[1].text.as_str(), rows[1].taught()), ("坏", Some("0")));
        let mut args = from(&path, TextLayout::Table);
        args.rating = Some("label".to_owned());
        assert_eq!(read(&args).unwrap()[1].taught(), Some("bad"));
        args.text = vec!["none".to_owned()];
        assert!(read(&args).unwrap_err().to_string().contains("no column `none`"));
        std::fs::write(&path, b"0 caf\xe9 bad\n1 fine\r\n\n").unwrap();
        let rows = read(&from(&path, TextLayout::Lines)).unwrap();
        assert_eq!((rows.len(), rows[0].text.as_str()), (2, "caf\u{e9} bad"));
        assert_eq!((rows[1].text.as_str(), rows[1].taught()), ("fine", Some("1")));
        std::fs::write(&path, "The $T$ is odd .\nscreen\nNegative\n").unwrap();
        let rows = read(&from(&path, TextLayout::Terms)).unwrap();
        assert_eq!(rows[0].term.as_deref(), Some("screen"));
        assert_eq!(rows[0].taught(), Some("negative"));
    }
}
