//! The table of people's features: a kernel over the user-ordered scan, one row per person.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow_array::builder::{Float64Builder, ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use super::definition::{FeatureDef, FeatureKind, Value};
use super::facts::ShopFacts;
use super::step::{self, History};
use super::{definitions, vector};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel};

static COLUMNS: LazyLock<SchemaRef> = LazyLock::new(|| columns_schema("user_key", definitions()));

/// Features of every person with an event before a moment.
pub struct PeopleTable {
    /// The moment.
    pub as_of_ms: i64,
    /// The shop at that moment.
    pub facts: Arc<ShopFacts>,
}

impl Kernel for PeopleTable {
    fn reads(&self) -> Vec<&'static str> {
        step::reads()
    }

    fn returns(&self) -> SchemaRef {
        COLUMNS.clone()
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let mut keys = Vec::new();
        let mut vectors = Vec::new();
        for (key, rows) in kernel::people(people)? {
            let history = History::read(people, rows)?;
            if history.steps.first().is_some_and(|step| step.time_ms < self.as_of_ms) {
                keys.push(key);
                vectors.push(vector(&history, self.as_of_ms, &self.facts));
            }
        }
        batch(self.returns(), &keys, &vectors)
    }
}

/// A table's columns: a key and one column per feature, which carries its unit, group and
/// definitions as metadata.
pub fn columns_schema<'a>(
    key: &str,
    definitions: impl Iterator<Item = &'a FeatureDef>,
) -> SchemaRef {
    let mut fields = vec![Field::new(key, DataType::Utf8, false)];
    fields.extend(definitions.map(|def| {
        let kind = match def.kind {
            FeatureKind::Number => DataType::Float64,
            FeatureKind::Text => DataType::Utf8,
            FeatureKind::List => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
        };
        let about = [
            ("unit", def.unit),
            ("group", def.group),
            ("definition_en", &def.definition.en),
            ("definition_zh", &def.definition.zh),
        ];
        let about = about.map(|(name, text)| (name.to_owned(), text.to_owned()));
        Field::new(&def.name, kind, true).with_metadata(HashMap::from(about))
    }));
    Arc::new(Schema::new(fields))
}

/// Rows of values as columns of a schema of [`columns_schema`].
pub(super) fn batch(
    schema: SchemaRef,
    keys: &[&str],
    rows: &[Vec<Value>],
) -> Result<RecordBatch, FeatureError> {
    let mut columns: Vec<ArrayRef> =
        vec![Arc::new(StringArray::from_iter_values(keys.iter().copied()))];
    for (at, field) in schema.fields().iter().skip(1).enumerate() {
        let values = rows.iter().map(|row| &row[at]);
        columns.push(match field.data_type() {
            DataType::Float64 => numbers(values),
            DataType::Utf8 => texts(values),
            _ => lists(values),
        });
    }
    Ok(RecordBatch::try_new(schema, columns)?)
}

fn numbers<'a>(values: impl Iterator<Item = &'a Value>) -> ArrayRef {
    let mut column = Float64Builder::new();
    values.for_each(|value| match value {
        Value::Number(number) => column.append_value(*number),
        _ => column.append_null(),
    });
    Arc::new(column.finish())
}

fn texts<'a>(values: impl Iterator<Item = &'a Value>) -> ArrayRef {
    let mut column = StringBuilder::new();
    values.for_each(|value| match value {
        Value::Text(text) => column.append_value(text),
        _ => column.append_null(),
    });
    Arc::new(column.finish())
}

fn lists<'a>(values: impl Iterator<Item = &'a Value>) -> ArrayRef {
    let mut column = ListBuilder::new(StringBuilder::new());
    values.for_each(|value| match value {
        Value::List(list) => column.append_value(list.iter().map(Some)),
        _ => column.append_null(),
    });
    Arc::new(column.finish())
}
