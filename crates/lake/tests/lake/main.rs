//! The lake from outside: what is acknowledged is there, once, in order, whatever happens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

mod damage;
mod export;
mod full_disk;
mod items;
mod kit;
mod one_view;
mod quarantine;
mod registry;
mod round_trip;
mod threads;
