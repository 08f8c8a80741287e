//! What can go wrong when text models are fitted, saved and loaded.

use std::path::PathBuf;

use thiserror::Error;

/// A failure of this crate; each says what, where and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TextError {
    /// A configuration value outside its documented range.
    #[error("text classifier: {field} is {value}, but must be {allowed}")]
    Config {
        /// Field of the configuration.
        field: &'static str,
        /// Value found.
        value: String,
        /// Values allowed.
        allowed: &'static str,
    },
    /// Rows that nothing can be learnt from.
    #[error("text classifier: {reason}")]
    Input {
        /// What is wrong and what to do.
        reason: String,
    },
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file that is not what was saved.
    #[error("{} is damaged: {reason}; train the model again or restore a copy", path.display())]
    Corrupt {
        /// The file at fault.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// A file written by a later version.
    #[error(
        "{} has format version {found}, but this version reads up to {supported}: \
         use a newer version of the program", path.display()
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Version found.
        found: u64,
        /// Latest version that can be read.
        supported: u64,
    },
}
