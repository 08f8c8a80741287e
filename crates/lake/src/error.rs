//! What can go wrong in the lake; each message says what, where and what to do.

use std::io;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use rusqlite::{ErrorCode, ffi};

/// An error of the lake. Nothing was acknowledged when one is returned.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// Another process has the data directory open.
    #[error(
        "data directory {} is in use by process {pid} ({command}); stop it, or work through it",
        dir.display()
    )]
    InUse {
        /// The data directory.
        dir: PathBuf,
        /// The holder's process id, as its lock file says.
        pid: String,
        /// The holder's command line.
        command: String,
    },
    /// Written by a newer version.
    #[error(
        "{} has format {found}, this version reads up to {supported}; use a newer dongcha",
        path.display()
    )]
    Newer {
        /// The database or segment.
        path: PathBuf,
        /// Format found.
        found: u32,
        /// Newest format understood.
        supported: u32,
    },
    /// A file is damaged.
    #[error(
        "{} is damaged: {reason}; run `dongcha doctor`, restore it from a copy",
        file.display()
    )]
    Corrupt {
        /// The file.
        file: PathBuf,
        /// What was found there.
        reason: String,
    },
    /// The disk refused a write, as a rule for want of space.
    #[error(
        "cannot write {}: the disk is full or failing; free some space and send again",
        path.display()
    )]
    DiskFull {
        /// What was being written.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The log database failed.
    #[error("log database: {0}; if it lasts, run `dongcha doctor`")]
    Sqlite(rusqlite::Error),
    /// No such site.
    #[error("no site `{0}`; list the sites, or create it with `dongcha init`")]
    SiteUnknown(String),
    /// A site of this name exists with other settings.
    #[error("site `{0}` exists with other settings; choose another id")]
    SiteExists(String),
    /// A stored value cannot be read back.
    #[error("stored {what} `{key}` cannot be read back: {reason}; run `dongcha doctor`")]
    Stored {
        /// Kind of value.
        what: &'static str,
        /// Which one.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The destination already holds something.
    #[error("{} already exists; choose an empty folder", .0.display())]
    Exists(PathBuf),
    /// Too many requests wait for the writer.
    #[error("the writer has more waiting than it may hold; send again in a moment")]
    Busy,
    /// The lake is closing.
    #[error("the lake is closed; open it again")]
    Closed,
}

impl LakeError {
    /// Whether trying again later may succeed without anybody changing the request.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::Busy | Self::Io { .. })
    }

    /// Whether the database connection should be opened anew.
    pub(crate) fn is_storage(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::Sqlite(_) | Self::Corrupt { .. })
    }
}

/// Name of the database file within the data directory.
pub(crate) const DATABASE: &str = "dongcha.db";

impl From<rusqlite::Error> for LakeError {
    fn from(error: rusqlite::Error) -> Self {
        let file = || PathBuf::from(DATABASE);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path: file() },
            Some(ErrorCode::SystemIoFailure) if !is_read(&error) => Self::DiskFull { path: file() },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { file: file(), reason: error.to_string() }
            }
            _ => Self::Sqlite(error),
        }
    }
}

/// Whether an I/O failure was one of reading.
fn is_read(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|e| e.extended_code);
    matches!(code, Some(ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ))
}

/// Wraps an I/O error with what was attempted and where.
pub(crate) fn io_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> LakeError + use<> {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            LakeError::DiskFull { path }
        }
        _ => LakeError::Io { action, path, source },
    }
}

/// Wraps an error of reading a Parquet file: whatever is not the system's is damage.
pub(crate) fn read_error(path: &Path) -> impl Fn(ParquetError) -> LakeError + use<> {
    let path = path.to_owned();
    move |error| LakeError::Corrupt { file: path.clone(), reason: error.to_string() }
}

/// Wraps an error of writing a Parquet file.
pub(crate) fn write_error(path: &Path) -> impl Fn(ParquetError) -> LakeError + use<> {
    let path = path.to_owned();
    move |error| match error {
        ParquetError::External(source) => {
            let source = match source.downcast::<io::Error>() {
                Ok(source) => *source,
                Err(other) => io::Error::other(other),
            };
            io_error("write", &path)(source)
        }
        other => {
            let source = io::Error::other(other);
            LakeError::Io { action: "write", path: path.clone(), source }
        }
    }
}
