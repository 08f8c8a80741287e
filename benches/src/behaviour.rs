//! Behaviour: what is counted of people's events, beside DuckDB and from our own segments.

mod habits;
mod online;
mod purchase;
mod segments;
mod shoppers_log;

use crate::bench::Job;

/// Everything the suite measures.
pub fn jobs() -> Vec<Job> {
    let mut jobs = vec![habits::job(), habits::growth_job(), segments::job(), online::job()];
    jobs.extend(purchase::jobs());
    jobs
}
