//! The event store: files in, events in over HTTP, and what the service holds at rest.

mod footprint;
mod gift_lines;
mod import;
mod ingest;
mod server;

use crate::bench::Job;

/// Everything the suite measures.
pub fn jobs() -> Vec<Job> {
    let mut jobs = Vec::from(import::jobs());
    jobs.push(ingest::job());
    jobs.push(footprint::job());
    jobs
}
