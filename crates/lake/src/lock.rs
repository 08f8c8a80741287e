//! One process per data directory: an operating-system lock that dies with its holder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::{LakeError, io_error};

/// The lock file's name within the data directory.
pub(crate) const LOCK: &str = "LOCK";

/// Holds the data directory until dropped.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    file: File,
}

impl DirectoryLock {
    /// Takes the lock, or says who has it.
    pub(crate) fn take(dir: &Path) -> Result<Self, LakeError> {
        let path = dir.join(LOCK);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io_error("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(in_use(dir, &mut file)),
            Err(TryLockError::Error(error)) => return Err(io_error("lock", &path)(error)),
        }
        let command = std::env::args().collect::<Vec<_>>().join(" ");
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}\n{command}\n", std::process::id()))
            .map_err(io_error("write", &path))?;
        Ok(Self { file })
    }
}

impl Drop for DirectoryLock {
    fn drop(&mut self) {
        // Said aloud: a child process that was just forked may still hold a copy of the file.
        let _ = self.file.unlock();
    }
}

fn in_use(dir: &Path, file: &mut File) -> LakeError {
    let mut text = String::new();
    // The holder may be about to write; a lock without a name is still a lock.
    let _ = file.read_to_string(&mut text);
    let mut lines = text.lines();
    let mut next = || lines.next().unwrap_or("unknown").to_owned();
    LakeError::InUse { dir: dir.to_owned(), pid: next(), command: next() }
}
