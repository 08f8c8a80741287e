//! What can go wrong when features are built.

use thiserror::Error;

/// An input from which no feature can be built.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum FeatureError {
    /// A row or column index lies outside the stated shape.
    #[error(
        "entry {position} is at ({row}, {col}) but the matrix is {n_rows} × {n_cols}: \
         check the indices or state a larger shape"
    )]
    OutOfShape {
        /// Position of the entry in the input.
        position: usize,
        /// Row index found.
        row: u32,
        /// Column index found.
        col: u32,
        /// Rows stated.
        n_rows: usize,
        /// Columns stated.
        n_cols: usize,
    },
    /// A weight is NaN or infinite.
    #[error("entry {position} has weight {weight}: weights must be finite numbers")]
    NotFinite {
        /// Position of the entry in the input.
        position: usize,
        /// The weight found.
        weight: f32,
    },
    /// The shape does not fit the index type.
    #[error(
        "a matrix of {n_rows} × {n_cols} is too large: at most {max} rows and columns",
        max = u32::MAX
    )]
    TooLarge {
        /// Rows stated.
        n_rows: usize,
        /// Columns stated.
        n_cols: usize,
    },
    /// Ready-made parts do not form a compressed-row matrix.
    #[error("compressed rows are not well formed at row {row}: {reason}")]
    Malformed {
        /// First row at fault.
        row: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// An event table lacks a column.
    #[error(transparent)]
    Column(#[from] event::columns::ColumnError),
    /// Batches cannot be put together.
    #[error("event batches do not fit together: {0}")]
    Arrow(String),
    /// A setting is outside what it may be.
    #[error("{setting} is `{found}`: {advice}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// What it was.
        found: String,
        /// What it may be.
        advice: String,
    },
    /// The shop's time zone has no such name.
    #[error("unknown time zone `{0}`: use an IANA name such as Asia/Shanghai")]
    TimeZone(String),
}

impl From<arrow_schema::ArrowError> for FeatureError {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::Arrow(error.to_string())
    }
}
