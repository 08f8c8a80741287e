//! The catalogue: which segments hold a site's published events.

use std::path::PathBuf;

use event::TimeMs;
use rusqlite::{Connection, Row, params};

use crate::error::LakeError;

/// One segment file, as the catalogue describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    /// Its number, never used twice.
    pub id: i64,
    /// The month of its events, `YYYY-MM` in UTC.
    pub month: String,
    /// Its full path.
    pub path: PathBuf,
    /// Events in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Time of its earliest event.
    pub min_time: TimeMs,
    /// Time of its latest event.
    pub max_time: TimeMs,
    /// First user key in it.
    pub min_user: String,
    /// Last user key in it.
    pub max_user: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// 0 as published, one more for each compaction it went through.
    pub level: u32,
    /// Version of the columns it was written with.
    pub version: u32,
}

/// A segment that is written and synced but not yet in the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub file: TableFile,
    /// Path within the data directory.
    pub relative: String,
}

const COLUMNS: &str = "id, month, path, rows, bytes, min_time, max_time, min_user, max_user, \
                       sha256, level, version";

fn read(row: &Row<'_>, dir: &std::path::Path) -> rusqlite::Result<TableFile> {
    let relative: String = row.get(2)?;
    Ok(TableFile {
        id: row.get(0)?,
        month: row.get(1)?,
        path: dir.join(relative),
        rows: row.get::<_, i64>(3)?.unsigned_abs(),
        bytes: row.get::<_, i64>(4)?.unsigned_abs(),
        min_time: TimeMs(row.get(5)?),
        max_time: TimeMs(row.get(6)?),
        min_user: row.get(7)?,
        max_user: row.get(8)?,
        sha256: row.get(9)?,
        level: row.get(10)?,
        version: row.get(11)?,
    })
}

/// The segments of a site, or of all, by month and number.
pub(crate) fn list(
    conn: &Connection,
    dir: &std::path::Path,
    site: Option<i64>,
) -> Result<Vec<TableFile>, LakeError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM segment WHERE ?1 IS NULL OR site = ?1 ORDER BY site, month, id"
    );
    Ok(conn
        .prepare_cached(&sql)?
        .query_map([site], |row| read(row, dir))?
        .collect::<Result<_, _>>()?)
}

/// Enters a segment.
pub(crate) fn add(conn: &Connection, site: i64, draft: &Draft) -> Result<(), LakeError> {
    let file = &draft.file;
    conn.prepare_cached(
        "INSERT INTO segment (id, site, month, path, rows, bytes, min_time, max_time, min_user,
         max_user, sha256, level, version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        file.id,
        site,
        file.month,
        draft.relative,
        file.rows as i64,
        file.bytes as i64,
        file.min_time.0,
        file.max_time.0,
        file.min_user,
        file.max_user,
        file.sha256,
        file.level,
        file.version,
    ])?;
    Ok(())
}

/// Removes a segment from the catalogue.
pub(crate) fn remove(conn: &Connection, id: i64) -> Result<(), LakeError> {
    conn.prepare_cached("DELETE FROM segment WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// The number up to which a site's hot rows lie in segments.
pub(crate) fn hot_floor(conn: &Connection, site: i64) -> Result<i64, LakeError> {
    Ok(conn
        .prepare_cached("SELECT hot_floor FROM site WHERE no = ?1")?
        .query_row([site], |row| row.get(0))?)
}
