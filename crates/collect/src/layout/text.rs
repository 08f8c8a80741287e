//! Lines and numbering shared by the layouts' readers.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::CollectError;
use crate::source::{TextLine, TextLines};

/// Reads the lines of a text file, gzipped or not, each with its number; blank lines are
/// passed over.
pub(crate) fn each_line(
    path: &Path,
    mut take: impl FnMut(u64, &str) -> Result<(), CollectError>,
) -> Result<(), CollectError> {
    let mut lines = TextLines::open(path)?;
    loop {
        match lines.next().map_err(|source| CollectError::Read { path: path.into(), source })? {
            None => return Ok(()),
            Some(TextLine::Bad(number)) => {
                return Err(wrong(path, number, "is no text in UTF-8, or too long"));
            }
            Some(TextLine::Text(number, text)) if !text.trim().is_empty() => {
                take(number, text.trim())?;
            }
            Some(TextLine::Text(..)) => {}
        }
    }
}

/// A line that is not of the layout.
pub(crate) fn wrong(path: &Path, number: u64, problem: &str) -> CollectError {
    CollectError::Layout { path: path.to_owned(), problem: format!("line {number} {problem}") }
}

/// The file of a folder whose name passes the test, `.gz` aside; the first by name.
pub(crate) fn find(
    folder: &Path,
    what: &str,
    test: impl Fn(&str) -> bool,
) -> Result<PathBuf, CollectError> {
    let failed = |source| CollectError::Read { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            test(name.strip_suffix(".gz").unwrap_or(&name))
        })
        .collect();
    found.sort();
    let missing = || CollectError::Layout {
        path: folder.to_owned(),
        problem: format!("has no file {what} (or the same with .gz)"),
    };
    found.into_iter().next().ok_or_else(missing)
}

/// Numbers for ids.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    ids: Vec<String>,
    numbers: FxHashMap<String, u32>,
}

impl Numbering {
    /// The number of an id, given out in the order of first use.
    pub fn of(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id.to_owned(), number);
        self.ids.push(id.to_owned());
        number
    }

    /// The ids by number, and for each number given out the final one: by size where every id
    /// is a whole number.
    pub fn finish(self) -> (Vec<String>, Vec<u32>) {
        let sizes: Option<Vec<u64>> = self.ids.iter().map(|id| id.parse().ok()).collect();
        let mut order: Vec<usize> = (0..self.ids.len()).collect();
        if let Some(sizes) = sizes {
            order.sort_by_key(|i| sizes[*i]);
        }
        let mut finals = vec![0_u32; order.len()];
        for (number, first) in order.iter().enumerate() {
            finals[*first] = u32::try_from(number).unwrap_or(u32::MAX);
        }
        let ids = order.into_iter().map(|i| self.ids[i].clone()).collect();
        (ids, finals)
    }
}
