//! Files in, events out: bad input, shipped maps, conservation, idempotence, real data.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops where it fails")]

mod bad_input;
mod conservation;
mod formats;
mod layouts;
mod maps;
mod memory_lake;
mod real_data;
