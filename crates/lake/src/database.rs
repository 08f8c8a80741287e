//! Opening the log database: pragmas, migrations, and the checks that guard old data.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::{DATABASE, LakeError, io_error};

/// One script per version; `PRAGMA user_version` says how many have run.
const MIGRATIONS: &[&str] = &[include_str!("schema_v1.sql"), include_str!("schema_v2.sql")];

/// Page cache of the writer; event keys of a few million events fit.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Page cache of one reader.
const READER_CACHE_KIB: i64 = 8 * 1024;
/// Log pages at which the writer itself completes a checkpoint: 64 MiB. By then the checkpoint
/// thread has moved most of them.
const CHECKPOINT_PAGES: i64 = 16_384;
/// The log file is cut back to this size after a checkpoint.
const LOG_BYTES: i64 = 96 * 1024 * 1024;

/// Path of the database in a data directory.
pub(crate) fn path(dir: &Path) -> PathBuf {
    dir.join(DATABASE)
}

/// Opens the writing connection.
pub(crate) fn open_writer(dir: &Path) -> Result<Connection, LakeError> {
    let conn = Connection::open(path(dir))?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "journal_mode", "WAL")?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    conn.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    conn.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// Opens a reading connection.
pub(crate) fn open_reader(dir: &Path) -> Result<Connection, LakeError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path(dir), flags)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.pragma_update(None, "query_only", true)?;
    conn.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// Brings the database to the newest version; refuses a newer one.
pub(crate) fn migrate(conn: &Connection, dir: &Path) -> Result<(), LakeError> {
    let found: u32 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let supported = MIGRATIONS.len() as u32;
    if found > supported {
        return Err(LakeError::Newer { path: path(dir), found, supported });
    }
    for (done, script) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let version = done + 1;
        conn.execute_batch(&format!(
            "BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {version};\nCOMMIT;"
        ))
        .inspect_err(|_| {
            let _ = conn.execute_batch("ROLLBACK");
        })?;
    }
    Ok(())
}

/// Refuses a database that was cut short, or that is empty beside segments it should list:
/// opening either would look like success and lose what is stored.
pub(crate) fn check_length(dir: &Path, segments_exist: bool) -> Result<(), LakeError> {
    let file = path(dir);
    let log = dir.join(format!("{DATABASE}-wal"));
    if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Ok(());
    }
    let length = match fs::metadata(&file) {
        Ok(meta) => meta.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(io_error("read", &file)(error)),
    };
    let corrupt = |reason: String| Err(LakeError::Corrupt { file: file.clone(), reason });
    if length == 0 {
        if segments_exist {
            return corrupt("it is empty or missing, but segments exist".to_owned());
        }
        return Ok(());
    }
    let mut header = [0_u8; 100];
    let read = fs::File::open(&file)
        .and_then(|mut open| std::io::Read::read_exact(&mut open, &mut header));
    if read.is_err() || !header.starts_with(b"SQLite format 3\0") {
        return corrupt("it does not begin like a database".to_owned());
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u32::from_be_bytes([header[28], header[29], header[30], header[31]]);
    let expected = page * u64::from(pages);
    if length < expected {
        return corrupt(format!("it has {length} of {expected} bytes"));
    }
    Ok(())
}
