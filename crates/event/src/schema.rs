//! Events as Arrow: one flat table for every type, the same in segments, scans and exports.
//!
//! Rows are sorted by (`user_key`, `time`, `seq`, `id`). The fields that most questions need
//! are columns; everything else is kept, losslessly, as JSON text in `ctx` and `data`. The site
//! is not a column: it is the hive partition `site=…` the file lies in.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int16Builder, Int64Builder, ListBuilder, StringBuilder,
    StructBuilder, TimestampMillisecondBuilder, UInt32Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef, TimeUnit};

use crate::{Authority, Data, Event, Line};

/// Version of the layout; a file of a newer one is refused, an older one is read.
pub const SCHEMA_VERSION: u32 = 1;

fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))
}

fn line_fields() -> Fields {
    Fields::from(vec![
        Field::new("item_id", DataType::Utf8, false),
        Field::new("qty", DataType::Int64, false),
        Field::new("unit_price_minor", DataType::Int64, true),
        Field::new("cost_minor", DataType::Int64, true),
        Field::new("kind", DataType::Utf8, false),
    ])
}

/// The columns of an event table.
pub fn schema() -> SchemaRef {
    let line = Field::new("item", DataType::Struct(line_fields()), true);
    let lines = DataType::List(Arc::new(line));
    Arc::new(Schema::new(vec![
        Field::new("user_key", DataType::Utf8, false),
        Field::new("time", utc(), false),
        Field::new("seq", DataType::UInt32, false),
        Field::new("id", DataType::Utf8, false),
        Field::new("type", DataType::Utf8, false),
        Field::new("user_id", DataType::Utf8, true),
        Field::new("anon_id", DataType::Utf8, true),
        Field::new("session_id", DataType::Utf8, true),
        Field::new("ts", utc(), false),
        Field::new("ts_offset_min", DataType::Int16, false),
        Field::new("sent_at", utc(), true),
        Field::new("received_at", utc(), false),
        Field::new("source", DataType::Utf8, false),
        Field::new("confirmed", DataType::Boolean, false),
        Field::new("consent_analytics", DataType::Boolean, true),
        Field::new("consent_personalize", DataType::Boolean, true),
        Field::new("consent_marketing", DataType::Boolean, true),
        Field::new("country", DataType::Utf8, true),
        Field::new("device_class", DataType::Utf8, true),
        Field::new("item_id", DataType::Utf8, true),
        Field::new("order_id", DataType::Utf8, true),
        Field::new("currency", DataType::Utf8, true),
        Field::new("amount_minor", DataType::Int64, true),
        Field::new("dwell_ms", DataType::Int64, true),
        Field::new("rating", DataType::Float64, true),
        Field::new("lines", lines, true),
        Field::new("ctx", DataType::Utf8, true),
        Field::new("data", DataType::Utf8, false),
    ]))
}

/// Builds record batches of [`schema`] from events, in the order they are pushed.
pub struct EventBatchBuilder {
    user_key: StringBuilder,
    time: TimestampMillisecondBuilder,
    seq: UInt32Builder,
    id: StringBuilder,
    kind: StringBuilder,
    user_id: StringBuilder,
    anon_id: StringBuilder,
    session_id: StringBuilder,
    ts: TimestampMillisecondBuilder,
    offset: Int16Builder,
    sent_at: TimestampMillisecondBuilder,
    received_at: TimestampMillisecondBuilder,
    source: StringBuilder,
    confirmed: BooleanBuilder,
    consent: [BooleanBuilder; 3],
    country: StringBuilder,
    device_class: StringBuilder,
    item_id: StringBuilder,
    order_id: StringBuilder,
    currency: StringBuilder,
    amount_minor: Int64Builder,
    dwell_ms: Int64Builder,
    rating: Float64Builder,
    lines: ListBuilder<StructBuilder>,
    ctx: StringBuilder,
    data: StringBuilder,
    rows: usize,
}

impl Default for EventBatchBuilder {
    fn default() -> Self {
        let time = || TimestampMillisecondBuilder::new().with_timezone("UTC");
        Self {
            user_key: StringBuilder::new(),
            time: time(),
            seq: UInt32Builder::new(),
            id: StringBuilder::new(),
            kind: StringBuilder::new(),
            user_id: StringBuilder::new(),
            anon_id: StringBuilder::new(),
            session_id: StringBuilder::new(),
            ts: time(),
            offset: Int16Builder::new(),
            sent_at: time(),
            received_at: time(),
            source: StringBuilder::new(),
            confirmed: BooleanBuilder::new(),
            consent: std::array::from_fn(|_| BooleanBuilder::new()),
            country: StringBuilder::new(),
            device_class: StringBuilder::new(),
            item_id: StringBuilder::new(),
            order_id: StringBuilder::new(),
            currency: StringBuilder::new(),
            amount_minor: Int64Builder::new(),
            dwell_ms: Int64Builder::new(),
            rating: Float64Builder::new(),
            lines: ListBuilder::new(StructBuilder::from_fields(line_fields(), 0)),
            ctx: StringBuilder::new(),
            data: StringBuilder::new(),
            rows: 0,
        }
    }
}

impl EventBatchBuilder {
    /// Rows pushed since the last [`finish`](Self::finish).
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds one event as a row.
    pub fn push(&mut self, event: &Event) {
        self.rows += 1;
        self.user_key.append_value(event.user_key().as_str());
        self.time.append_value(event.time().0);
        self.seq.append_value(event.seq);
        self.id.append_value(event.id.as_str());
        self.kind.append_value(event.data.type_name());
        self.user_id.append_option(event.user_id.as_ref().map(|id| id.as_str()));
        self.anon_id.append_option(event.anon_id.as_ref().map(|id| id.as_str()));
        self.session_id.append_option(event.session_id.as_ref().map(|id| id.as_str()));
        self.ts.append_value(event.clocks.ts.0);
        self.offset.append_value(event.clocks.offset_min);
        self.sent_at.append_option(event.clocks.sent_at.map(|t| t.0));
        self.received_at.append_value(event.clocks.received.0);
        self.source.append_value(&event.source);
        self.confirmed.append_value(event.authority == Authority::Server);
        let consent = &event.consent;
        let states = [consent.analytics, consent.personalize, consent.marketing];
        for (builder, state) in self.consent.iter_mut().zip(states) {
            builder.append_option(state);
        }
        self.push_summary(event);
        for line in event.data.lines() {
            push_line(self.lines.values(), line);
        }
        self.lines.append(!event.data.lines().is_empty());
        let ctx = crate::json(&event.ctx);
        self.ctx.append_option((!ctx.is_null()).then(|| ctx.to_string()));
        self.data.append_value(crate::json(&event.data).to_string());
    }

    /// The columns that are shortcuts into `ctx` and `data`.
    fn push_summary(&mut self, event: &Event) {
        let place = event.ctx.place.as_ref();
        self.country.append_option(place.and_then(|p| p.country.as_deref()));
        let class = event.ctx.device.as_ref().and_then(|d| d.class);
        self.device_class.append_option(class.map(|c| format!("{c:?}").to_lowercase()));
        self.item_id.append_option(event.data.item_id().map(|id| id.as_str()));
        let (order, currency, amount, dwell, rating) = match &event.data {
            Data::View { price_minor, currency, dwell_ms, .. } => {
                (None, *currency, *price_minor, *dwell_ms, None)
            }
            Data::Dwell { dwell_ms, .. } => (None, None, None, Some(*dwell_ms), None),
            Data::Purchase { order_id, currency, total_minor, .. } => {
                (Some(order_id), Some(*currency), Some(*total_minor), None, None)
            }
            Data::Refund { order_id, currency, amount_minor, .. } => {
                (Some(order_id), *currency, Some(*amount_minor), None, None)
            }
            Data::Review { order_id, rating, .. } => {
                (order_id.as_ref(), None, None, None, rating.map(|r| r.value / r.max))
            }
            Data::Item { price_minor, currency, .. } => (None, *currency, *price_minor, None, None),
            Data::Price { price_minor, currency, .. } => {
                (None, Some(*currency), Some(*price_minor), None, None)
            }
            _ => (None, None, None, None, None),
        };
        self.order_id.append_option(order.map(|id| id.as_str()));
        self.currency.append_option(currency.as_ref().map(|c| c.as_str()));
        self.amount_minor.append_option(amount);
        self.dwell_ms.append_option(dwell.and_then(|ms| i64::try_from(ms).ok()));
        self.rating.append_option(rating);
    }

    /// The rows pushed so far as one batch; the builder starts again empty.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let [analytics, personalize, marketing] = &mut self.consent;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.user_key.finish()),
            Arc::new(self.time.finish()),
            Arc::new(self.seq.finish()),
            Arc::new(self.id.finish()),
            Arc::new(self.kind.finish()),
            Arc::new(self.user_id.finish()),
            Arc::new(self.anon_id.finish()),
            Arc::new(self.session_id.finish()),
            Arc::new(self.ts.finish()),
            Arc::new(self.offset.finish()),
            Arc::new(self.sent_at.finish()),
            Arc::new(self.received_at.finish()),
            Arc::new(self.source.finish()),
            Arc::new(self.confirmed.finish()),
            Arc::new(analytics.finish()),
            Arc::new(personalize.finish()),
            Arc::new(marketing.finish()),
            Arc::new(self.country.finish()),
            Arc::new(self.device_class.finish()),
            Arc::new(self.item_id.finish()),
            Arc::new(self.order_id.finish()),
            Arc::new(self.currency.finish()),
            Arc::new(self.amount_minor.finish()),
            Arc::new(self.dwell_ms.finish()),
            Arc::new(self.rating.finish()),
            Arc::new(self.lines.finish()),
            Arc::new(self.ctx.finish()),
            Arc::new(self.data.finish()),
        ];
        self.rows = 0;
        RecordBatch::try_new(schema(), columns)
    }
}

fn push_line(builder: &mut StructBuilder, line: &Line) {
    if let Some(b) = builder.field_builder::<StringBuilder>(0) {
        b.append_value(line.item_id.as_str());
    }
    if let Some(b) = builder.field_builder::<Int64Builder>(1) {
        b.append_value(line.qty);
    }
    if let Some(b) = builder.field_builder::<Int64Builder>(2) {
        b.append_option(line.unit_price_minor);
    }
    if let Some(b) = builder.field_builder::<Int64Builder>(3) {
        b.append_option(line.cost_minor);
    }
    if let Some(b) = builder.field_builder::<StringBuilder>(4) {
        b.append_value(line.kind.as_str());
    }
    builder.append(true);
}
