//! Files in, events out: bad input, shipped maps, conservation, idempotence, real data.

mod bad_input;
mod conservation;
mod formats;
mod layouts;
mod maps;
mod memory_lake;
mod real_data;
