//! What can go wrong with a whole file; single rows are quarantined instead.

use std::io;
use std::path::PathBuf;

/// A file, a map or a sink that stops an import.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// No file was named.
    #[error("no file to import; name at least one")]
    NoFiles,
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory was named.
    #[error("{} is a directory; name the files inside it", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// Nothing is in the file.
    #[error("{} is empty; nothing to import", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is of a kind that cannot be read.
    #[error("{} {problem}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What it is and what to do.
        problem: String,
    },
    /// Columns that the map needs are not there.
    #[error("{} lacks {missing} for the map {map}; its columns are: {found}", path.display())]
    ColumnsMissing {
        /// The file.
        path: PathBuf,
        /// The map.
        map: String,
        /// What is needed, each with the column names that would serve.
        missing: String,
        /// The columns of the file.
        found: String,
    },
    /// No shipped map fits the columns.
    #[error(
        "no shipped map fits {}; its columns are: {found}; name them user, item, time (and order, \
         qty, price, …) or write a map and pass it with --map", path.display()
    )]
    MapUnknown {
        /// The file.
        path: PathBuf,
        /// The columns of the file.
        found: String,
    },
    /// A column map is wrong.
    #[error("column map {name}: {problem}")]
    Map {
        /// The map's name or file.
        name: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// Prices without a currency.
    #[error(
        "{} has prices but no currency; add a currency column, set currency in the map or the \
         site's currency", path.display()
    )]
    CurrencyMissing {
        /// The file.
        path: PathBuf,
    },
    /// A benchmark folder or file is not of its layout.
    #[error("{}: {problem}", path.display())]
    Layout {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong, with the line.
        problem: String,
    },
    /// Storing failed; what was acknowledged before stays stored.
    #[error("cannot store: {0}")]
    Sink(Box<dyn std::error::Error + Send + Sync>),
}
