//! Finding the best items for one query in a large catalogue.
//!
//! [`ItemTable`] answers exactly by reading every item; [`ItemCells`] reads the most promising
//! cells only, which is worth its misses from [`ItemCells::WORTH_FROM`] items on.

mod cells;
mod exact;

pub use cells::{ItemCells, ItemCellsConfig};
pub use exact::{ItemTable, drawn_factors};
