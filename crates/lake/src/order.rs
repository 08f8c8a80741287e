//! The two orders of a scan, as comparisons of rows of two batches.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMillisecondType, UInt32Type};
use arrow_array::{RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array};

use crate::error::LakeError;

/// The order of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By (`user_key`, `time`, `seq`, `id`): one person after the other.
    User,
    /// By (`time`, `user_key`, `seq`, `id`): as it happened.
    Time,
}

/// The columns that order rows, in the order of segments; every scan carries them.
pub(crate) const KEY_COLUMNS: [&str; 4] = ["user_key", "time", "seq", "id"];

/// The ordering columns of one batch.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    user: StringArray,
    time: TimestampMillisecondArray,
    seq: UInt32Array,
    /// Absent where a scan leaves ids out.
    id: Option<StringArray>,
}

impl Keys {
    /// Takes the ordering columns of a batch.
    pub(crate) fn of(batch: &RecordBatch) -> Result<Self, LakeError> {
        let missing = |column: &str| LakeError::Stored {
            what: "event table",
            key: column.to_owned(),
            reason: "the column is absent or of another type".to_owned(),
        };
        let text = |name: &str| -> Result<StringArray, LakeError> {
            let column = batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
            column.cloned().ok_or_else(|| missing(name))
        };
        let time = batch.column_by_name("time");
        let seq = batch.column_by_name("seq");
        Ok(Self {
            user: text("user_key")?,
            time: time
                .and_then(|c| c.as_primitive_opt::<TimestampMillisecondType>())
                .cloned()
                .ok_or_else(|| missing("time"))?,
            seq: seq
                .and_then(|c| c.as_primitive_opt::<UInt32Type>())
                .cloned()
                .ok_or_else(|| missing("seq"))?,
            id: batch.column_by_name("id").map(|_| text("id")).transpose()?,
        })
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.time.len()
    }

    /// Time of a row.
    pub(crate) fn time(&self, row: usize) -> i64 {
        self.time.value(row)
    }

    /// User key of a row.
    pub(crate) fn user(&self, row: usize) -> &str {
        self.user.value(row)
    }

    /// Compares a row with a row of another batch.
    pub(crate) fn compare(&self, row: usize, other: &Self, to: usize, order: Order) -> Ordering {
        let user = || self.user.value(row).cmp(other.user.value(to));
        let time = || self.time.value(row).cmp(&other.time.value(to));
        let first = match order {
            Order::User => user().then_with(time),
            Order::Time => time().then_with(user),
        };
        first.then_with(|| self.seq.value(row).cmp(&other.seq.value(to))).then_with(|| {
            match (&self.id, &other.id) {
                (Some(id), Some(their)) => id.value(row).cmp(their.value(to)),
                _ => Ordering::Equal,
            }
        })
    }

    /// Whether a row is the event of a row of another batch once more. Without ids none is known
    /// to be; none is expected either, as each event is stored once.
    pub(crate) fn repeats(&self, row: usize, other: &Self, to: usize) -> bool {
        self.id.is_some() && self.compare(row, other, to, Order::User) == Ordering::Equal
    }
}
