//! Typed views of an event batch, so that kernels read columns and not names.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMillisecondType, UInt32Type};
use arrow_array::{
    Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMillisecondArray, UInt32Array,
};

/// A column is absent or of another type than [`crate::schema`] says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event table has no usable column `{0}`; was it written by another version?")]
pub struct ColumnError(pub &'static str);

/// The columns that [`EventColumns`] borrows: a scan for it needs to read no others.
pub const NAMES: [&str; 12] = [
    "user_key",
    "time",
    "seq",
    "id",
    "type",
    "item_id",
    "order_id",
    "currency",
    "amount_minor",
    "dwell_ms",
    "rating",
    "lines",
];

/// The columns that analytics read, borrowed from one batch.
#[derive(Clone, Copy)]
pub struct EventColumns<'a> {
    /// Whom each row is filed under.
    pub user_key: &'a StringArray,
    /// Corrected time.
    pub time: &'a TimestampMillisecondArray,
    /// Order within equal times.
    pub seq: &'a UInt32Array,
    /// Event id.
    pub id: &'a StringArray,
    /// Event type.
    pub kind: &'a StringArray,
    /// The one item, where there is one.
    pub item_id: &'a StringArray,
    /// Order id of purchases and refunds.
    pub order_id: &'a StringArray,
    /// Currency of the amount.
    pub currency: &'a StringArray,
    /// Total of a purchase or refund, price of a view.
    pub amount_minor: &'a Int64Array,
    /// Dwell.
    pub dwell_ms: &'a Int64Array,
    /// Rating as a share of its maximum.
    pub rating: &'a Float64Array,
    lines: &'a ListArray,
    line_item: &'a StringArray,
    line_qty: &'a Int64Array,
    line_price: &'a Int64Array,
    line_kind: &'a StringArray,
}

/// One line of an order, cart or refund, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRef<'a> {
    /// The item.
    pub item_id: &'a str,
    /// Units.
    pub qty: i64,
    /// Price of one unit in minor units, where the sender gave it.
    pub unit_price_minor: Option<i64>,
    /// Whether it is goods.
    pub is_product: bool,
}

fn text<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a StringArray, ColumnError> {
    batch.column_by_name(name).and_then(|c| c.as_string_opt()).ok_or(ColumnError(name))
}

fn whole<'a>(batch: &'a RecordBatch, name: &'static str) -> Result<&'a Int64Array, ColumnError> {
    let column = batch.column_by_name(name);
    column.and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or(ColumnError(name))
}

impl LineRef<'_> {
    /// Whether it is goods that were sold, not given away or charged for something else.
    pub fn is_sale(&self) -> bool {
        self.is_product && self.unit_price_minor != Some(0)
    }

    /// `qty × unit price`; 0 without a price. Saturating: validation keeps both far below.
    pub fn amount_minor(&self) -> i64 {
        self.qty.saturating_mul(self.unit_price_minor.unwrap_or(0))
    }
}

impl<'a> EventColumns<'a> {
    /// Borrows the columns of a batch of [`crate::schema`].
    pub fn of(batch: &'a RecordBatch) -> Result<Self, ColumnError> {
        let column = |name| batch.column_by_name(name).ok_or(ColumnError(name));
        let lines = column("lines")?.as_list_opt::<i32>().ok_or(ColumnError("lines"))?;
        let line: &StructArray = lines.values().as_struct_opt().ok_or(ColumnError("lines"))?;
        let line_text = |name: &'static str| {
            line.column_by_name(name).and_then(|c| c.as_string_opt()).ok_or(ColumnError("lines"))
        };
        let line_whole = |name: &'static str| {
            let column = line.column_by_name(name);
            column.and_then(|c| c.as_primitive_opt::<Int64Type>()).ok_or(ColumnError("lines"))
        };
        Ok(Self {
            user_key: text(batch, "user_key")?,
            time: column("time")?
                .as_primitive_opt::<TimestampMillisecondType>()
                .ok_or(ColumnError("time"))?,
            seq: column("seq")?.as_primitive_opt::<UInt32Type>().ok_or(ColumnError("seq"))?,
            id: text(batch, "id")?,
            kind: text(batch, "type")?,
            item_id: text(batch, "item_id")?,
            order_id: text(batch, "order_id")?,
            currency: text(batch, "currency")?,
            amount_minor: whole(batch, "amount_minor")?,
            dwell_ms: whole(batch, "dwell_ms")?,
            rating: column("rating")?
                .as_primitive_opt::<Float64Type>()
                .ok_or(ColumnError("rating"))?,
            lines,
            line_item: line_text("item_id")?,
            line_qty: line_whole("qty")?,
            line_price: line_whole("unit_price_minor")?,
            line_kind: line_text("kind")?,
        })
    }

    /// The lines of a row; empty for types that have none.
    pub fn lines(&self, row: usize) -> impl Iterator<Item = LineRef<'a>> + use<'a> {
        let offsets = self.lines.value_offsets();
        let span = match self.lines.is_null(row) {
            true => 0..0,
            false => offsets[row] as usize..offsets[row + 1] as usize,
        };
        let (item, qty, price, kind) =
            (self.line_item, self.line_qty, self.line_price, self.line_kind);
        span.map(move |i| LineRef {
            item_id: item.value(i),
            qty: qty.value(i),
            unit_price_minor: (!price.is_null(i)).then(|| price.value(i)),
            is_product: kind.value(i) == "product",
        })
    }
}
