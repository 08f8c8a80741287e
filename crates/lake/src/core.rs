//! What the parts of an open lake share: the directory, the writer, the readers, the pins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use event::SiteId;
use rusqlite::Connection;

use crate::database;
use crate::error::LakeError;
use crate::lock::DirectoryLock;
use crate::pin::Pins;
use crate::segment_read::FooterCache;
use crate::writer::Writer;

/// How a lake is opened; the defaults suit a shop of any size.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Hot rows of a site at which they are published to segments by themselves; 0 for never.
    pub publish_rows: usize,
    /// Rows in one batch of a scan.
    pub batch_rows: usize,
    /// Memory for sorting one month by time; beyond it sorted runs are written to disk.
    pub sort_bytes: usize,
    /// Rows in one row group of a segment.
    pub row_group_rows: usize,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            publish_rows: 100_000,
            batch_rows: 8192,
            sort_bytes: 32 * 1024 * 1024,
            row_group_rows: 65_536,
        }
    }
}

/// The shared part of an open lake.
pub(crate) struct Core {
    pub dir: PathBuf,
    pub options: OpenOptions,
    pub writer: Writer,
    pub pins: Mutex<Pins>,
    pub footers: FooterCache,
    /// Held while segments are published or compacted: one at a time.
    pub maintenance: Mutex<()>,
    /// Number of the next segment.
    pub next_segment: AtomicI64,
    /// Number of the next temporary file.
    pub next_temporary: AtomicI64,
    readers: Mutex<Vec<Connection>>,
    sites: RwLock<BTreeMap<SiteId, i64>>,
    _lock: DirectoryLock,
}

/// Readers kept open between snapshots.
const READERS: usize = 16;

/// Takes a lock also after a thread panicked with it: what it guards is never half done.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Core {
    pub(crate) fn new(
        dir: PathBuf,
        options: OpenOptions,
        writer: Writer,
        lock: DirectoryLock,
        conn: &Connection,
    ) -> Result<Self, LakeError> {
        let last: Option<i64> = conn.query_row(
            "SELECT max(seq) FROM sqlite_sequence WHERE name = 'segment'",
            [],
            |row| row.get(0),
        )?;
        let core = Self {
            dir,
            options,
            writer,
            pins: Mutex::default(),
            footers: FooterCache::default(),
            maintenance: Mutex::default(),
            next_segment: AtomicI64::new(last.unwrap_or(0) + 1),
            next_temporary: AtomicI64::new(1),
            readers: Mutex::default(),
            sites: RwLock::default(),
            _lock: lock,
        };
        let mut sites = conn.prepare("SELECT id, no FROM site")?;
        let mut rows = sites.query([])?;
        while let Some(row) = rows.next()? {
            let id: String = row.get(0)?;
            if let Some(site) = SiteId::new(&id) {
                core.add_site(site, row.get(1)?);
            }
        }
        Ok(core)
    }

    /// The number of a site.
    pub(crate) fn site_number(&self, site: &SiteId) -> Result<i64, LakeError> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        sites.get(site).copied().ok_or_else(|| LakeError::SiteUnknown(site.to_string()))
    }

    /// The site of a number.
    pub(crate) fn site_by_number(&self, no: i64) -> Option<SiteId> {
        let sites = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        sites.iter().find(|(_, n)| **n == no).map(|(site, _)| site.clone())
    }

    /// Remembers a site that is stored.
    pub(crate) fn add_site(&self, site: SiteId, no: i64) {
        self.sites.write().unwrap_or_else(PoisonError::into_inner).insert(site, no);
    }

    /// A reading connection; give it back with [`Core::give_back`].
    pub(crate) fn reader(&self) -> Result<Connection, LakeError> {
        let pooled = hold(&self.readers).pop();
        pooled.map_or_else(|| database::open_reader(&self.dir), Ok)
    }

    /// Takes a reading connection back, outside any transaction.
    pub(crate) fn give_back(&self, conn: Connection) {
        let mut readers = hold(&self.readers);
        if readers.len() < READERS && conn.is_autocommit() {
            readers.push(conn);
        }
    }

    /// Runs a query on a reading connection.
    pub(crate) fn read<T>(
        &self,
        body: impl FnOnce(&Connection) -> Result<T, LakeError>,
    ) -> Result<T, LakeError> {
        let conn = self.reader()?;
        let result = body(&conn);
        self.give_back(conn);
        result
    }

    /// The full path of a catalogue path.
    pub(crate) fn full(&self, relative: &str) -> PathBuf {
        self.dir.join(relative)
    }

    /// A fresh name in the folder of temporary files.
    pub(crate) fn temporary(&self) -> PathBuf {
        let n = self.next_temporary.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        temporary_folder(&self.dir).join(format!("{n:09}.parquet"))
    }
}

/// Where unfinished files and sort runs lie.
pub(crate) fn temporary_folder(dir: &Path) -> PathBuf {
    dir.join("tmp")
}

/// Where segments lie.
pub(crate) fn segment_folder(dir: &Path) -> PathBuf {
    dir.join("segments")
}
