//! Rules over feature tables: `orders_all >= 2 and not (country = 'GB' or recency_days > 90)`.
//!
//! `and`, `or`, `not`, brackets; `= != < <= > >=` with a number, `'text'`, `true` or `false`;
//! `in (…)`, `not in (…)`, `is unknown`, `is not unknown`. `not` binds closest, then `and`.
//!
//! Three-valued (Kleene): a comparison with an unknown value is neither true nor false; `false and
//! unknown` is false, `true or unknown` is true, all else with unknown is unknown. Only `is
//! unknown` is never unknown. A number that is not finite counts as unknown. Whole numbers are
//! compared as `f64`: exact up to 2⁵³.

use std::collections::BTreeSet;
use std::fmt;

use arrow_array::{BooleanArray, RecordBatch};

use super::rule_text::{self, Refusal};
use super::table_column::{TableColumn, near_names};
use crate::error::FeatureError;

/// Longest rule, in bytes, as written and as [`Display`](fmt::Display) writes it.
pub const RULE_BYTES: usize = 16_384;
/// Most words, signs and values of a rule.
pub const RULE_TOKENS: usize = 2_048;
/// How deep brackets and `not` may nest.
pub const RULE_DEPTH: usize = 32;

/// A condition on a person's features. [`Display`](fmt::Display) gives text that parses to the
/// same rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    root: Node,
}

/// A condition and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Compare(String, Comparison, Value),
    In(String, Vec<Value>),
    Unknown(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Text(String),
    Flag(bool),
}

/// Truth of each row; none where it is not known.
type Truth = Vec<Option<bool>>;

impl Rule {
    /// Reads a rule. A refusal (setting `where`) says at which character and what was expected.
    pub fn parse(text: &str) -> Result<Self, FeatureError> {
        let refuse = |Refusal { at, advice }: Refusal| FeatureError::Setting {
            setting: "where",
            found: text.chars().take(200).collect(),
            advice: format!("character {at}: {advice}"),
        };
        let rule = Self { root: rule_text::parse(text).map_err(refuse)? };
        // Blanks and brackets of our own must not make it too long to be read again.
        match rule.to_string().len() {
            0..=RULE_BYTES => Ok(rule),
            _ => Err(refuse(rule_text::too_long())),
        }
    }

    /// Features it asks for, each once, in the order of their names.
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = BTreeSet::new();
        self.root.fields(&mut fields);
        fields.into_iter().collect()
    }

    /// Where the rule holds, row by row: true, false, or null where the unknown decides. Refused
    /// (setting `where`) for a feature the table lacks, with names near it, and for a value of
    /// another kind than the feature's.
    pub fn mask(&self, features: &RecordBatch) -> Result<BooleanArray, FeatureError> {
        let truth = self.root.truth(features).map_err(|advice| FeatureError::Setting {
            setting: "where",
            found: self.to_string().chars().take(200).collect(),
            advice,
        })?;
        Ok(BooleanArray::from(truth))
    }
}

impl Node {
    fn fields<'a>(&'a self, fields: &mut BTreeSet<&'a str>) {
        match self {
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|n| n.fields(fields)),
            Self::Not(node) => node.fields(fields),
            Self::Compare(field, ..) | Self::In(field, _) | Self::Unknown(field) => {
                fields.insert(field);
            }
        }
    }

    fn truth(&self, table: &RecordBatch) -> Result<Truth, String> {
        Ok(match self {
            Self::And(nodes) => joined(nodes, table, false)?,
            Self::Or(nodes) => joined(nodes, table, true)?,
            Self::Not(node) => {
                node.truth(table)?.into_iter().map(|truth| truth.map(|t| !t)).collect()
            }
            Self::Compare(field, how, value) => {
                let column = column(table, field)?;
                compare(&column, *how, value).ok_or_else(|| misfit(field, &column, *how))?
            }
            Self::In(field, values) => {
                let column = column(table, field)?;
                let mut found: Truth = vec![Some(false); table.num_rows()];
                for value in values {
                    let equal = compare(&column, Comparison::Equal, value)
                        .ok_or_else(|| misfit(field, &column, Comparison::Equal))?;
                    found.iter_mut().zip(equal).for_each(|(f, e)| *f = either(*f, e, true));
                }
                found
            }
            Self::Unknown(field) => {
                let column = column(table, field)?;
                (0..table.num_rows()).map(|row| Some(column.is_unknown(row))).collect()
            }
        })
    }
}

/// All of (`decisive` false) or one of (`decisive` true) the nodes.
fn joined(nodes: &[Node], table: &RecordBatch, decisive: bool) -> Result<Truth, String> {
    let mut all = vec![Some(!decisive); table.num_rows()];
    for node in nodes {
        let truth = node.truth(table)?;
        all.iter_mut().zip(truth).for_each(|(a, t)| *a = either(*a, t, decisive));
    }
    Ok(all)
}

/// The decisive value wins over the unknown, and the unknown over the rest.
fn either(a: Option<bool>, b: Option<bool>, decisive: bool) -> Option<bool> {
    match (a, b) {
        _ if a == Some(decisive) || b == Some(decisive) => Some(decisive),
        (None, _) | (_, None) => None,
        _ => Some(!decisive),
    }
}

fn column<'a>(table: &'a RecordBatch, field: &str) -> Result<TableColumn<'a>, String> {
    let names = || table.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
    match table.column_by_name(field) {
        None => Err(format!("no feature is called `{field}`; {}", near_names(field, &names()))),
        Some(array) => TableColumn::of(array)
            .ok_or_else(|| format!("`{field}` is neither a number nor text nor a flag")),
    }
}

/// Row by row; none where the value does not suit the column.
fn compare(column: &TableColumn<'_>, how: Comparison, value: &Value) -> Option<Truth> {
    let equality = matches!(how, Comparison::Equal | Comparison::Unequal);
    let equal = how == Comparison::Equal;
    Some(match (column, value) {
        (TableColumn::Numbers(numbers), Value::Number(value)) => {
            numbers.iter().map(|number| number.map(|n| how.holds(n, *value))).collect()
        }
        (TableColumn::Texts(texts), Value::Text(value)) if equality => {
            texts.iter().map(|text| text.map(|t| (t == value) == equal)).collect()
        }
        (TableColumn::Flags(flags), Value::Flag(value)) if equality => {
            flags.iter().map(|flag| flag.map(|f| (f == *value) == equal)).collect()
        }
        _ => return None,
    })
}

fn misfit(field: &str, column: &TableColumn<'_>, how: Comparison) -> String {
    let ordered = !matches!(how, Comparison::Equal | Comparison::Unequal);
    match column {
        TableColumn::Numbers(_) => format!("`{field}` is a number: write `{field} >= 2`"),
        TableColumn::Texts(_) if ordered => {
            format!("`{field}` is text: it has no `{how}`, only `=`, `!=` and `in`")
        }
        TableColumn::Texts(_) => format!("`{field}` is text: write `{field} = 'value'`"),
        TableColumn::Flags(_) => {
            format!("`{field}` is a flag: write `{field} = true` or `{field} = false`")
        }
    }
}

impl Comparison {
    pub(super) const ALL: [(&'static str, Self); 7] = [
        ("=", Self::Equal),
        ("!=", Self::Unequal),
        ("<=", Self::AtMost),
        ("<", Self::Less),
        (">=", Self::AtLeast),
        (">", Self::Greater),
        ("==", Self::Equal),
    ];

    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Unequal => a != b,
            Self::Less => a < b,
            Self::AtMost => a <= b,
            Self::Greater => a > b,
            Self::AtLeast => a >= b,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = Self::ALL.iter().find(|(_, how)| how == self).map_or("=", |(sign, _)| sign);
        f.write_str(sign)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

impl Node {
    fn bracketed(&self, brackets: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if brackets { write!(f, "({self})") } else { write!(f, "{self}") }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(nodes) | Self::Or(nodes) => {
                let and = matches!(self, Self::And(_));
                for (i, node) in nodes.iter().enumerate() {
                    if i > 0 {
                        f.write_str(if and { " and " } else { " or " })?;
                    }
                    let inner =
                        matches!(node, Self::Or(_)) || (and && matches!(node, Self::And(_)));
                    node.bracketed(inner, f)?;
                }
                Ok(())
            }
            Self::Not(node) => {
                f.write_str("not ")?;
                node.bracketed(matches!(**node, Self::And(_) | Self::Or(_)), f)
            }
            Self::Compare(field, how, value) => write!(f, "{field} {how} {value}"),
            Self::In(field, values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                write!(f, "{field} in ({})", values.join(", "))
            }
            Self::Unknown(field) => write!(f, "{field} is unknown"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}
