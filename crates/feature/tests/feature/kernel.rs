//! Kernels over cut streams, and the order rows are put in.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, RecordBatch, StringArray, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use feature::FeatureError;
use feature::arrange::arrange;
use feature::kernel::{self, Kernel, Tally};

use crate::random_log::{batch, disturbed, oracle, pieces};

/// Counts a person's rows; the tally adds people of the same number of rows.
struct RowsPerPerson;

impl Kernel for RowsPerPerson {
    fn reads(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn returns(&self) -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("rows", DataType::UInt64, false),
        ]))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let people = kernel::people(people)?;
        let keys = StringArray::from_iter_values(people.iter().map(|(key, _)| key));
        let rows = UInt64Array::from_iter_values(people.iter().map(|(_, r)| r.len() as u64));
        Ok(RecordBatch::try_new(self.returns(), vec![Arc::new(keys), Arc::new(rows)])?)
    }
}

impl Tally for RowsPerPerson {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let sum: u64 = answers.column(1).as_primitive::<UInt64Type>().iter().flatten().sum();
        let rows = UInt64Array::from(vec![sum]);
        let keys = StringArray::from(vec!["all"]);
        Ok(RecordBatch::try_new(self.returns(), vec![Arc::new(keys), Arc::new(rows)])?)
    }
}

#[test]
fn every_person_is_seen_once_and_whole_however_the_stream_is_cut() {
    oracle("kernel map and fold", |number, log| {
        let ordered = batch(log);
        let whole = match ordered.num_rows() {
            0 => Vec::new(),
            _ => vec![RowsPerPerson.run(&ordered).unwrap()],
        };
        let mut cut = Vec::new();
        kernel::map(pieces(number, &ordered), &RowsPerPerson, |answer| {
            cut.push(answer);
            Ok::<_, FeatureError>(())
        })
        .unwrap();
        let rows = |answers: &[RecordBatch]| -> Vec<(String, u64)> {
            let one = |answer: &RecordBatch| -> Vec<_> {
                let keys = answer.column(0).as_string::<i32>().clone();
                let counts = answer.column(1).as_primitive::<UInt64Type>().clone();
                (0..keys.len()).map(|i| (keys.value(i).to_owned(), counts.value(i))).collect()
            };
            answers.iter().flat_map(one).collect()
        };
        assert_eq!(rows(&cut), rows(&whole));
        let sum = kernel::fold(pieces(number, &ordered), &RowsPerPerson).unwrap();
        let belong = log.iter().filter(|e| !e.user_key().as_str().is_empty()).count() as u64;
        assert_eq!(sum.column(1).as_primitive::<UInt64Type>().value(0), belong);
    });
}

#[test]
fn arranging_undoes_any_order_and_any_doubling() {
    oracle("arrange", |number, log| {
        assert_eq!(arrange(&disturbed(number, log)).unwrap(), batch(log));
    });
}
