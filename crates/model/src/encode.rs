//! Columns of text, as a file has them, to columns of numbers.
//!
//! A column whose every value reads as a number stays one column; yes and no become 1 and 0; any
//! other text, and any column said to be categorical, becomes one column of 0 and 1 per value,
//! named `column=value`, for its most frequent values. The label takes no part in this, so nothing
//! of it leaks into a column. Nothing, `NA`, `null`, `NaN` and `?` are missing.

use std::collections::BTreeMap;

use crate::error::ModelError;
use crate::table::LabelledTable;

/// Values of a categorical column that get a column each; the others are none of these.
pub const CATEGORIES_MAX: usize = 64;

/// Which column is the label, and which are not plain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EncodePlan {
    /// Column of the label: true or false, yes or no, 1 or 0.
    pub label: String,
    /// Columns left out.
    pub drop: Vec<String>,
    /// Columns whose numbers are codes, not amounts.
    pub categorical: Vec<String>,
}

/// Makes the table that a classifier learns from.
///
/// # Errors
/// When a named column is not there or there twice, a label is neither yes nor no, or a number is
/// not finite.
pub fn encode(
    names: &[String],
    columns: &[Vec<String>],
    plan: &EncodePlan,
) -> Result<LabelledTable, ModelError> {
    let asked = plan.drop.iter().chain(&plan.categorical).chain([&plan.label]);
    for name in asked {
        let found = names.iter().filter(|known| *known == name).count();
        if found != 1 {
            let all = names.join(", ");
            let reason = format!("there are {found} columns named {name}; the columns are: {all}");
            return Err(refused(reason));
        }
    }
    let (mut out_names, mut out_columns, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (name, texts) in names.iter().zip(columns) {
        if *name == plan.label {
            labels = label(name, texts)?;
        } else if !plan.drop.contains(name) {
            for (name, column) in numbers(name, texts, plan.categorical.contains(name)) {
                out_names.push(name);
                out_columns.push(column);
            }
        }
    }
    LabelledTable::new(out_names, out_columns, labels)
}

fn label(name: &str, texts: &[String]) -> Result<Vec<bool>, ModelError> {
    let one = |(row, text): (usize, &String)| match text.trim().to_lowercase().as_str() {
        "1" | "t" | "y" | "true" | "yes" => Ok(true),
        "0" | "f" | "n" | "false" | "no" => Ok(false),
        _ => Err(refused(format!(
            "the label {name} is `{text}` in row {}; write true or false, yes or no, 1 or 0",
            row + 1
        ))),
    };
    texts.iter().enumerate().map(one).collect()
}

type Named = (String, Vec<Option<f64>>);

fn numbers(name: &str, texts: &[String], categorical: bool) -> Vec<Named> {
    let texts: Vec<Option<&str>> = texts.iter().map(|text| present(text)).collect();
    if !categorical {
        for read in [number, yes_or_no] {
            let whole = |text: Option<&str>| text.map_or(Some(None), |text| read(text).map(Some));
            let column: Option<Vec<Option<f64>>> = texts.iter().map(|text| whole(*text)).collect();
            if let Some(column) = column {
                return vec![(name.to_owned(), column)];
            }
        }
    }
    let one = |value: &str| -> Named {
        let column = texts.iter().map(|text| text.map(|text| f64::from(text == value))).collect();
        (format!("{name}={value}"), column)
    };
    categories(&texts).into_iter().map(one).collect()
}

fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    let missing = ["", "na", "null", "nan", "?"].contains(&text.to_lowercase().as_str());
    (!missing).then_some(text)
}

/// A number, an infinite one too: the table refuses it with its place.
fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn yes_or_no(text: &str) -> Option<f64> {
    match text.to_lowercase().as_str() {
        "true" | "yes" => Some(1.0),
        "false" | "no" => Some(0.0),
        _ => None,
    }
}

/// The most frequent values, in the order of their text.
fn categories<'a>(texts: &[Option<&'a str>]) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts.iter().flatten() {
        *counts.entry(text).or_default() += 1;
    }
    let mut values: Vec<(&str, usize)> = counts.into_iter().collect();
    values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    values.truncate(CATEGORIES_MAX);
    let mut values: Vec<&str> = values.into_iter().map(|(value, _)| value).collect();
    values.sort_unstable();
    values
}

fn refused(reason: String) -> ModelError {
    ModelError::Input { model: "columns", reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(columns: &[(&str, &[&str])]) -> (Vec<String>, Vec<Vec<String>>) {
        let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        columns.iter().map(|(name, values)| ((*name).to_owned(), owned(values))).unzip()
    }

    fn plan(label: &str) -> EncodePlan {
        EncodePlan { label: label.to_owned(), ..EncodePlan::default() }
    }

    #[test]
    fn each_kind_of_column_becomes_numbers() {
        let (names, columns) = text(&[
            ("pages", &["3", "", " 2.5 "]),
            ("weekend", &["TRUE", "false", "NA"]),
            ("month", &["May", "Feb", "May"]),
            ("browser", &["1", "2", "?"]),
            ("bought", &["yes", "0", "False"]),
        ]);
        let plan = EncodePlan { categorical: vec!["browser".to_owned()], ..plan("bought") };
        let table = encode(&names, &columns, &plan).unwrap();
        let expected = ["pages", "weekend", "month=Feb", "month=May", "browser=1", "browser=2"];
        assert_eq!(table.names(), expected);
        assert_eq!(table.columns()[0], [Some(3.0), None, Some(2.5)]);
        assert_eq!(table.columns()[1], [Some(1.0), Some(0.0), None]);
        assert_eq!(table.columns()[3], [Some(1.0), Some(0.0), Some(1.0)]);
        assert_eq!(table.columns()[5], [Some(0.0), Some(1.0), None]);
        assert_eq!(table.labels(), [true, false, false]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let (names, columns) = text(&[("x", &["1", "inf"]), ("y", &["1", "maybe"])]);
        let told = |plan| encode(&names, &columns, &plan).unwrap_err().to_string();
        assert!(told(plan("y")).contains("`maybe` in row 2"));
        assert!(told(plan("z")).contains("0 columns named z; the columns are: x, y"));
        let (names, columns) = text(&[("x", &["1", "inf"]), ("y", &["1", "0"])]);
        let infinite = encode(&names, &columns, &plan("y")).unwrap_err().to_string();
        assert!(infinite.contains("column x is inf in row 2"), "{infinite}");
    }

    #[test]
    fn only_the_most_frequent_values_get_a_column() {
        let values: Vec<String> = (0..200).map(|at| format!("v{}", at % 100)).collect();
        let rare: Vec<String> = values.iter().cloned().chain(["rare".to_owned()]).collect();
        let labels = rare.iter().map(|_| "1".to_owned()).collect();
        let names = ["x".to_owned(), "y".to_owned()];
        let table = encode(&names, &[rare, labels], &plan("y")).unwrap();
        assert_eq!(table.n_columns(), CATEGORIES_MAX);
        assert!(table.columns().iter().all(|column| column[200] == Some(0.0)));
    }
}
