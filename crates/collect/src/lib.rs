//! Adapters from files to the native event.
//!
//! [`import`] reads CSV, TSV and their relatives, JSON lines and Parquet, plain or gzipped, lays
//! a [`ColumnMap`] over their columns and hands events to a sink in batches. It never stores by
//! itself, never asks the clock and never holds a whole file in memory. Every row of a source
//! ends as stored, duplicate or quarantined, and the [`ImportSummary`] counts them exactly.
//!
//! [`layout`] reads the public benchmark layouts of recommenders.

mod binding;
mod catalogue;
mod clock;
mod columnar;
mod error;
mod event_id;
mod found;
mod import;
pub mod layout;
mod map;
mod mapper;
mod order;
mod outgoing;
mod row;
mod row_event;
mod shipped;
mod source;
mod summary;
mod value;

pub use columnar::{LogBatch, LogColumns, LogKey, LogRow, LogRows, LogUnit, ParquetLog};
pub use error::CollectError;
pub use found::Found;
pub use import::{ImportJob, Progress, SinkResult, import};
pub use map::{
    Codes, ColumnMap, Field, Layout, Names, NegativeQuantity, OrderRules, Repeats, UnpricedLine,
};
pub use shipped::{detect, map_named, map_text, maps};
pub use summary::{Count, Events, FileSummary, ImportSummary, Incomplete, Refused, Rows, Tally};
