//! The files of the project as they lie.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold no source: built, fetched, or the version history.
const SKIPPED: [&str; 5] = [".git", "target", "node_modules", ".venv", "demo-data"];

/// A file with its path from the project's root.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The project's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Paths of every file of the project from its root, sorted.
pub fn paths() -> Vec<String> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !SKIPPED.contains(&name.as_str()) => {
                walk(&entry.path(), &format!("{path}/"), found);
            }
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
}

/// The text of a file, or nothing where it is absent or no text.
pub fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// Every text file for which `wanted` holds.
pub fn files(wanted: impl Fn(&str) -> bool) -> Vec<SourceFile> {
    let wanted = paths().into_iter().filter(|path| wanted(path));
    wanted.filter_map(|path| read(&path).map(|text| SourceFile { path, text })).collect()
}

/// Rust files of the crates' `src` folders.
pub fn crate_sources() -> Vec<SourceFile> {
    files(|path| path.starts_with("crates/") && path.contains("/src/") && path.ends_with(".rs"))
}
