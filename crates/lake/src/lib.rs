//! Durable storage: the hot log, exactly-once, quarantine, segments, snapshots and scans.
//!
//! A data directory holds
//!
//! ```text
//! LOCK            held by the one process that has the lake open
//! dongcha.db      SQLite: hot log, keys of everything stored, catalogue, items, quarantine, …
//! segments/site=<site>/month=YYYY-MM/<n>.parquet    published events, sorted by user
//! tmp/            unfinished files and sort runs; emptied at every start
//! ```
//!
//! An event is acknowledged after the commit that holds it is on disk, and is in every
//! [`Snapshot`] taken from then on. Publishing moves hot rows into segments in one catalogue
//! transaction, so that a crash leaves them in one place.
//!
//! The lake knows no model, no HTTP and no file format but its own.

mod append;
mod catalogue;
mod checkpoint;
mod compact;
mod core;
mod database;
mod decisions;
mod dedupe;
mod digest;
mod doctor;
mod error;
mod export;
mod hot;
mod items;
mod keys;
mod lake;
mod lock;
mod maintain;
mod merge;
mod models;
mod month;
mod news;
mod notes;
mod order;
mod partition;
mod pin;
mod publish;
mod quarantine;
mod segment_read;
mod segment_write;
mod site;
mod snapshot;
mod sweep;
mod table_write;
mod time_order;
mod writer;

pub use catalogue::TableFile;
pub use core::OpenOptions;
pub use decisions::DecisionRow;
pub use doctor::{Finding, Severity};
pub use error::LakeError;
pub use export::Exported;
pub use items::ItemRow;
pub use keys::{KeyKind, KeyRow};
pub use lake::Lake;
pub use merge::Batches;
pub use models::ModelRow;
pub use news::{Mark, News, SiteNews};
pub use order::Order;
pub use partition::{Partition, Partitioner};
pub use publish::Published;
pub use quarantine::{QuarantineEntry, QuarantineFilter, QuarantineState, Replay, Replayed};
pub use site::SiteConfig;
pub use snapshot::{ScanOptions, Snapshot};
pub use table_write::TableWriter;
