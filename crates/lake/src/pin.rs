//! Pins: a segment file is deleted only when no snapshot reads it any more.

use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::catalogue::TableFile;

/// How many snapshots read each segment, and which files go once nobody does.
#[derive(Debug, Default)]
pub(crate) struct Pins {
    count: FxHashMap<i64, usize>,
    doomed: FxHashMap<i64, PathBuf>,
}

impl Pins {
    /// One more snapshot reads these.
    pub(crate) fn pin(&mut self, segments: &[Arc<TableFile>]) {
        for segment in segments {
            *self.count.entry(segment.id).or_default() += 1;
        }
    }

    /// One snapshot fewer reads these; the files to delete now.
    pub(crate) fn unpin(&mut self, segments: &[Arc<TableFile>]) -> Vec<PathBuf> {
        let mut free = Vec::new();
        for segment in segments {
            let Some(count) = self.count.get_mut(&segment.id) else { continue };
            *count -= 1;
            if *count == 0 {
                self.count.remove(&segment.id);
                free.extend(self.doomed.remove(&segment.id));
            }
        }
        free
    }

    /// These left the catalogue; the files to delete now, the others when unpinned.
    pub(crate) fn doom(&mut self, segments: Vec<(i64, PathBuf)>) -> Vec<PathBuf> {
        let mut free = Vec::new();
        for (id, path) in segments {
            if self.count.contains_key(&id) {
                self.doomed.insert(id, path);
            } else {
                free.push(path);
            }
        }
        free
    }
}

/// Deletes files that nobody reads; one that resists is swept at the next start.
pub(crate) fn delete(files: &[PathBuf]) {
    for file in files {
        if let Err(error) = std::fs::remove_file(file) {
            tracing::warn!(file = %file.display(), %error, "old segment not deleted");
        }
    }
}
