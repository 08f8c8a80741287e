//! One column of a feature table, seen as numbers, text or flags; and names like a misspelt one.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int32Type, Int64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, StringArray};
use arrow_schema::DataType;

/// Names listed where none is near.
const NAMES_LISTED: usize = 12;

/// A column of a feature table. Unknown is none or null.
#[derive(Debug, Clone)]
pub(super) enum TableColumn<'a> {
    /// Finite numbers; what is not finite is unknown.
    Numbers(Vec<Option<f64>>),
    /// Words.
    Texts(&'a StringArray),
    /// Yes or no.
    Flags(&'a BooleanArray),
}

impl<'a> TableColumn<'a> {
    /// None for a column of another type.
    pub(super) fn of(array: &'a ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Int32 => numbers::<Int32Type>(array, f64::from),
            DataType::Int64 => numbers::<Int64Type>(array, |n| n as f64),
            DataType::UInt32 => numbers::<UInt32Type>(array, f64::from),
            DataType::UInt64 => numbers::<UInt64Type>(array, |n| n as f64),
            DataType::Float32 => numbers::<Float32Type>(array, f64::from),
            DataType::Float64 => numbers::<Float64Type>(array, |n| n),
            DataType::Utf8 => Self::Texts(array.as_string_opt()?),
            DataType::Boolean => Self::Flags(array.as_boolean_opt()?),
            _ => return None,
        })
    }

    /// Whether a row's value is not known.
    pub(super) fn is_unknown(&self, row: usize) -> bool {
        match self {
            Self::Numbers(numbers) => numbers[row].is_none(),
            Self::Texts(texts) => texts.is_null(row),
            Self::Flags(flags) => flags.is_null(row),
        }
    }

    /// A row as a number, a flag being 1 or 0; none for text and where it is not known.
    pub(super) fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Numbers(numbers) => numbers[row],
            Self::Texts(_) => None,
            Self::Flags(flags) => {
                flags.is_valid(row).then(|| f64::from(u8::from(flags.value(row))))
            }
        }
    }
}

fn numbers<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    number: impl Fn(T::Native) -> f64,
) -> TableColumn<'_> {
    let values = array.as_primitive::<T>().iter();
    TableColumn::Numbers(values.map(|v| v.map(&number).filter(|n| n.is_finite())).collect())
}

/// Advice for a name that is not there: up to three names like it, else some that are there.
pub(super) fn near_names(name: &str, names: &[String]) -> String {
    let lower = name.to_lowercase();
    let letters = lower.chars().count();
    let far = letters.div_ceil(2).min(3.max(letters / 3));
    let mut near: Vec<(usize, &String)> = names
        .iter()
        .map(|known| (likeness(&lower, &known.to_lowercase()), known))
        .filter(|(distance, _)| *distance <= far)
        .collect();
    near.sort_unstable();
    let quoted = |names: Vec<&String>| {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    if near.is_empty() {
        let more = if names.len() > NAMES_LISTED { ", …" } else { "" };
        return format!("there are {}{more}", quoted(names.iter().take(NAMES_LISTED).collect()));
    }
    format!("did you mean {}?", quoted(near.into_iter().take(3).map(|(_, name)| name).collect()))
}

/// How far a name is from a known one or, a step further, from its beginning: `order` is near
/// `orders_30d`.
fn likeness(name: &str, known: &str) -> usize {
    let beginning: String = known.chars().take(name.chars().count()).collect();
    edit_distance(name, known).min(edit_distance(name, &beginning).saturating_add(1))
}

/// Insertions, removals and replacements of a character that turn one word into the other
/// (Levenshtein, 1966), row by row; words longer than 64 characters are never near.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().max(b.len()) > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_those_a_slip_away() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        let names = ["orders", "order_value", "views"].map(str::to_owned);
        assert!(near_names("oders", &names).starts_with("did you mean `orders`"));
        assert_eq!(near_names("view", &["views_30d".to_owned()]), "did you mean `views_30d`?");
        assert!(near_names("zzzzzz", &names).starts_with("there are `orders`, "));
        assert!(near_names("z", &names).starts_with("there are"));
        assert!(near_names(&"x".repeat(10_000), &names).starts_with("there are"));
    }
}
