//! Readers of the project's own files, for the checks in `tidy.rs`.
//!
//! A check is a pure function from text to the violations it finds, one sentence each, so that
//! it can be tested on small bad snippets here and be run over the whole tree there.

pub mod dependencies;
pub mod documents;
pub mod lexer;
pub mod prose;
pub mod rust_source;
pub mod tree;
