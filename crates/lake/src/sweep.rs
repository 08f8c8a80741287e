//! At start: files that no catalogue entry names are left over from a crash, and go.

use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::core::{segment_folder, temporary_folder};
use crate::error::{LakeError, io_error};

/// Every file below a folder; an absent folder has none.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(io_error("list", &folder)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(io_error("list", &folder))?;
            let kind = entry.file_type().map_err(io_error("read", &folder))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Segment files that the catalogue does not name.
pub(crate) fn orphans(dir: &Path, known: &FxHashSet<PathBuf>) -> Result<Vec<PathBuf>, LakeError> {
    let mut files = files_below(&segment_folder(dir))?;
    files.retain(|file| file.extension().is_some_and(|e| e == "parquet") && !known.contains(file));
    Ok(files)
}

/// Removes orphans and unfinished files.
pub(crate) fn sweep(dir: &Path, known: &FxHashSet<PathBuf>) -> Result<(), LakeError> {
    let mut files = orphans(dir, known)?;
    files.extend(files_below(&temporary_folder(dir))?);
    for file in files {
        tracing::info!(file = %file.display(), "removing a file left by an interrupted run");
        fs::remove_file(&file).map_err(io_error("remove", &file))?;
    }
    Ok(())
}
