//! Export: a copy of one snapshot as hive-partitioned Parquet, readable by any tool.
//!
//! ```text
//! <out>/events/site=<site>/month=YYYY-MM/<n>.parquet
//! <out>/items/site=<site>/items.parquet
//! ```

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use event::SiteId;
use parquet::arrow::ArrowWriter;

use crate::core::Core;
use crate::error::{LakeError, io_error, write_error};
use crate::hot::{self, arrow};
use crate::items::ItemRow;
use crate::merge::Span;
use crate::order::Order;
use crate::segment_write::{self, Purpose, SegmentWriter};
use crate::snapshot::Snapshot;

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Events written.
    pub events: u64,
    /// Files of events written.
    pub files: usize,
    /// Items written.
    pub items: usize,
}

/// Writes the copy; the site's folder must not exist yet.
pub(crate) fn export(core: &Arc<Core>, site: &SiteId, out: &Path) -> Result<Exported, LakeError> {
    let events = out.join("events").join(format!("site={site}"));
    let items = out.join("items").join(format!("site={site}"));
    for folder in [&events, &items] {
        if folder.exists() {
            return Err(LakeError::Exists(folder.clone()));
        }
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    }
    let snapshot = Snapshot::take(core, site)?;
    let mut done = Exported::default();
    for segment in snapshot.segments() {
        let name = segment.path.file_name().unwrap_or_default();
        let folder = events.join(format!("month={}", segment.month));
        fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        let target = folder.join(name);
        fs::copy(&segment.path, &target).map_err(io_error("write", &target))?;
        done.events += segment.rows;
        done.files += 1;
    }
    for month in snapshot.query(|conn| hot::months(conn, snapshot.range))? {
        let (from_ms, until_ms) = month.bounds_ms();
        let folder = events.join(format!("month={month}"));
        fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        let mut writer = SegmentWriter::create(
            folder.join("hot.tmp"),
            event::schema::schema(),
            Purpose::Segment,
            core.options.row_group_rows,
        )?;
        for batch in snapshot.hot(Order::User, Span { from_ms, until_ms }, None)? {
            writer.write(&batch?)?;
        }
        let (temporary, written) = writer.finish()?;
        segment_write::rename(&temporary, &folder.join("hot.parquet"))?;
        done.events += written.rows;
        done.files += 1;
    }
    let rows = core.items(site)?;
    done.items = rows.len();
    write_items(&items.join("items.parquet"), &rows)?;
    Ok(done)
}

fn write_items(path: &Path, rows: &[ItemRow]) -> Result<(), LakeError> {
    let batch = item_batch(rows)?;
    let file = fs::File::create(path).map_err(io_error("create", path))?;
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).map_err(write_error(path))?;
    writer.write(&batch).map_err(write_error(path))?;
    let file = writer.into_inner().map_err(write_error(path))?;
    file.sync_all().map_err(io_error("sync", path))
}

fn item_batch(rows: &[ItemRow]) -> Result<RecordBatch, LakeError> {
    let text = |of: fn(&ItemRow) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let whole = |of: fn(&ItemRow) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<Int64Array>())
    };
    let mut category = ListBuilder::new(StringBuilder::new());
    for row in rows {
        category.append_value(row.category.iter().map(Some));
    }
    let attrs = rows.iter().map(|row| serde_json::to_string(&row.attrs).unwrap_or_default());
    let updated = TimestampMillisecondArray::from_iter_values(rows.iter().map(|r| r.updated.0));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("item_id", text(|row| Some(&row.item_id))),
        ("title", text(|row| row.title.as_deref())),
        ("category", Arc::new(category.finish())),
        ("price_minor", whole(|row| row.price_minor)),
        ("cost_minor", whole(|row| row.cost_minor)),
        ("currency", text(|row| row.currency.as_deref())),
        ("kind", text(|row| Some(row.kind.as_str()))),
        ("in_stock", Arc::new(rows.iter().map(|r| r.in_stock).collect::<BooleanArray>())),
        ("stock_level", whole(|row| row.stock_level)),
        ("attrs", Arc::new(StringArray::from_iter_values(attrs))),
        ("updated", Arc::new(updated.with_timezone("UTC"))),
    ];
    RecordBatch::try_from_iter(columns).map_err(arrow)
}
