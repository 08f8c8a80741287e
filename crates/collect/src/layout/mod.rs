//! Public benchmark layouts of recommenders, as `dongcha evaluate --layout` reads them.
//!
//! Each layout becomes the same plain [`Benchmark`]. Users and items are numbered from 0 in the
//! order in which train and then test name them, unless all ids are whole numbers: then the
//! numbering follows their size, so that ties broken by number are ties broken by id.

mod labels;
mod lightgcn;
mod ncf;
mod pickle;
mod ratings;
mod sequences;
mod sessions;
mod text;

use std::path::Path;

use crate::CollectError;

pub use labels::{TableRows, TextTable, read_table};

/// A train and test split as its publisher gives it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Benchmark {
    /// Users.
    pub n_users: usize,
    /// Items.
    pub n_items: usize,
    /// User, item, rating (1 where the layout has none); for sequences in their order.
    pub train: Vec<(u32, u32, f32)>,
    /// Unix seconds of each train row, where the layout has them.
    pub times_s: Vec<i64>,
    /// What is to be found.
    pub test: Test,
    /// Ids of the users, by number.
    pub user_ids: Vec<String>,
    /// Ids of the items, by number.
    pub item_ids: Vec<String>,
}

/// What a test set asks.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Test {
    /// The layout has no test set: the caller splits.
    #[default]
    None,
    /// Items withheld, by user number.
    Items(Vec<Vec<u32>>),
    /// By case: user, the item withheld and the items it is ranked among.
    Among(Vec<(u32, u32, Vec<u32>)>),
    /// By case: the items before, oldest first, and the one that followed; none is a train user.
    Next(Vec<(Vec<u32>, u32)>),
}

/// A layout of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BenchmarkLayout {
    /// A folder with `train.txt` and `test.txt`, lines `user item item …`.
    Lightgcn,
    /// A folder with `*train*`, `*test.rating` and `*test.negative`: leave one out, ranked among
    /// given negatives.
    Ncf,
    /// A file of `user item` lines in order, or `user item item …` lines.
    Sequences,
    /// A file of `user item [rating [time]]`, any separator, header or not.
    Ratings,
    /// A file with the items of one session per line, or a folder with `*train*` and `*test*`.
    Sessions,
}

impl BenchmarkLayout {
    /// Reads the name used on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "lightgcn" => Self::Lightgcn,
            "ncf" => Self::Ncf,
            "sequences" => Self::Sequences,
            "ratings" => Self::Ratings,
            "sessions" => Self::Sessions,
            _ => return None,
        })
    }

    /// The names used on the command line.
    pub const NAMES: [&'static str; 5] = ["lightgcn", "ncf", "sequences", "ratings", "sessions"];
}

/// Reads a benchmark; every file may be gzipped.
pub fn read(layout: BenchmarkLayout, path: &Path) -> Result<Benchmark, CollectError> {
    match layout {
        BenchmarkLayout::Lightgcn => lightgcn::read(path),
        BenchmarkLayout::Ncf => ncf::read(path),
        BenchmarkLayout::Sequences => sequences::read(path),
        BenchmarkLayout::Ratings => ratings::read(path),
        BenchmarkLayout::Sessions => sessions::read(path, None),
    }
}

/// Reads sessions with the file of those to be asked about; both may be gzipped.
pub fn read_sessions(path: &Path, test: &Path) -> Result<Benchmark, CollectError> {
    sessions::read(path, Some(test))
}
