//! Reports as one HTML file: plots drawn as SVG, each beside the table of its figures.
//!
//! Nothing is fetched when a report is opened: style and plots stand in the file, and it may be
//! mailed, printed or kept.

pub mod bars;
pub mod cleaning;
pub mod flow;
pub mod grid;
pub mod histogram;
pub mod lines;
pub mod page;
mod svg;
pub mod whiskers;

pub use page::{Page, Section};
