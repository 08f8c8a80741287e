//! What can go wrong when models are fitted, saved, loaded and judged.

use std::path::PathBuf;

use thiserror::Error;

/// A failure of this crate; each says what, where and what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A configuration value outside its documented range.
    #[error("{model}: {field} is {value}, but must be {allowed}")]
    Config {
        /// Model whose configuration it is.
        model: &'static str,
        /// Field of the configuration.
        field: &'static str,
        /// Value found.
        value: String,
        /// Values allowed.
        allowed: &'static str,
    },
    /// Training or evaluation data that no model can be fitted to or judged on.
    #[error("{model}: {reason}")]
    Input {
        /// Model or protocol that was given the data.
        model: &'static str,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The factors grew beyond what numbers can hold.
    #[error("{model}: training diverged; raise the regularization or lower alpha")]
    Diverged {
        /// Model that diverged.
        model: &'static str,
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
        /// The manifest.
        path: PathBuf,
        /// Version found.
        found: u64,
        /// Latest version that can be read.
        supported: u64,
    },
    /// A manifest that names a model this version does not have.
    #[error("{} names the model {name:?}, which this version does not have", path.display())]
    UnknownModel {
        /// The manifest.
        path: PathBuf,
        /// Name found.
        name: String,
    },
}
