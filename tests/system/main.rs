//! The whole program, from outside: the real `dongcha` binary on real files and over HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and tells what it counted"
)]

mod advice;
mod analyse;
mod bad_input;
mod browser;
mod by_hand;
mod compare;
mod crash;
mod demo;
mod engines;
mod full_disk;
mod oracles;
mod program;
mod refusals;
mod reviews;
mod spine;
mod stored;
mod totals;
