//! A map laid over the columns of one file: which field stands at which position.

use std::path::Path;

use crate::CollectError;
use crate::map::{ColumnMap, Field, Layout, Names};
use crate::source::Table;

/// Positions of the fields of one map in one file.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    fields: Vec<Option<usize>>,
    /// Column names of the file, for messages.
    pub columns: Vec<String>,
    /// Attributes of the item and their positions.
    pub attrs: Vec<(String, usize)>,
    /// Levels of the category, widest first.
    pub category_path: Vec<usize>,
}

impl Binding {
    /// Lays a map over columns; `Err` lists the required fields that are missing.
    pub fn of(map: &ColumnMap, columns: &[String]) -> Result<Self, Vec<Field>> {
        let keys: Vec<String> = columns.iter().map(|c| key(c)).collect();
        let find = |names: &Names| {
            names.0.iter().find_map(|name| keys.iter().position(|k| *k == key(name)))
        };
        let fields: Vec<Option<usize>> =
            Field::ALL.iter().map(|f| map.columns.get(f).and_then(find)).collect();
        let mut required = map.required.clone();
        match map.layout {
            Layout::Orders => required.extend([Field::Order, Field::Item, Field::Qty]),
            Layout::Rows => {}
        }
        let missing: Vec<Field> = Field::ALL
            .iter()
            .filter(|f| required.contains(f) && fields[**f as usize].is_none())
            .copied()
            .collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let found = |(name, names): (&String, &Names)| Some((name.clone(), find(names)?));
        Ok(Self {
            fields,
            columns: columns.to_vec(),
            attrs: map.attrs.iter().filter_map(found).collect(),
            category_path: map.category_path.iter().filter_map(find).collect(),
        })
    }

    /// The position of a field.
    pub fn position(&self, field: Field) -> Option<usize> {
        self.fields[field as usize]
    }

    /// The column of a field, for messages; the field's own name where no column holds it.
    pub fn column(&self, field: Field) -> &str {
        self.position(field).map_or(field.as_str(), |i| &self.columns[i])
    }

    /// Columns that the map does not use.
    pub fn unused(&self) -> Vec<String> {
        let used = |i: usize| {
            self.fields.contains(&Some(i))
                || self.category_path.contains(&i)
                || self.attrs.iter().any(|(_, at)| *at == i)
        };
        let columns = self.columns.iter().enumerate();
        columns.filter(|(i, _)| !used(*i)).map(|(_, name)| name.clone()).collect()
    }
}

/// How column names are compared: letters and digits in lower case; RecBole's `name:type`
/// loses its type.
pub(crate) fn key(name: &str) -> String {
    let name = match name.split_once(':') {
        Some((head, "token" | "float" | "token_seq" | "float_seq")) => head,
        _ => name,
    };
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Lays the map over a table, taking the first row as data where the map has its own header.
pub(crate) fn bind(map: &ColumnMap, table: &mut Table) -> Result<Binding, CollectError> {
    let missing = match Binding::of(map, &table.columns) {
        Ok(binding) => return Ok(binding),
        Err(missing) => missing,
    };
    if headerless(map, table)
        && let Ok(binding) = Binding::of(map, &map.header)
    {
        table.set_header(&map.header);
        return Ok(binding);
    }
    Err(columns_missing(&table.path, map, &missing, &table.columns))
}

/// Whether the first row can be data under the map's own header.
fn headerless(map: &ColumnMap, table: &Table) -> bool {
    let count = table.first_row().map(|row| row.len());
    !map.header.is_empty() && count == Some(map.header.len())
}

/// Whether the first row reads as data: numbers where numbers belong and a known event.
pub(crate) fn first_row_is_data(map: &ColumnMap, table: &Table) -> bool {
    let (true, Some(row)) = (headerless(map, table), table.first_row()) else { return false };
    let Ok(binding) = Binding::of(map, &map.header) else { return false };
    let value = |field| binding.position(field).map(|i| row.get(i).trim());
    let number = |field| value(field).is_none_or(|text| text.parse::<f64>().is_ok());
    let event = |text: &str| map.events.keys().any(|k| k.eq_ignore_ascii_case(text));
    number(Field::Time)
        && number(Field::Rating)
        && number(Field::Price)
        && value(Field::Event).is_none_or(event)
}

fn columns_missing(
    path: &Path,
    map: &ColumnMap,
    missing: &[Field],
    found: &[String],
) -> CollectError {
    let need = |field: &Field| {
        let names = map.columns.get(field).map_or(String::new(), |n| n.0.join(" or "));
        format!("{} (a column {names})", field.as_str())
    };
    CollectError::ColumnsMissing {
        path: path.to_owned(),
        map: map.name.clone(),
        missing: missing.iter().map(need).collect::<Vec<_>>().join(", "),
        found: found.join(", "),
    }
}
