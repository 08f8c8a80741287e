//! Texts: accuracy and calibration on public labelled sets, beside `fastText`.

mod field;
mod labelled;
mod shop;

use crate::bench::Job;

/// Everything the suite measures.
pub fn jobs() -> Vec<Job> {
    let mut jobs: Vec<Job> = field::SETS.iter().map(labelled::job).collect();
    jobs.push(shop::ratings());
    jobs.push(shop::aspects());
    jobs
}
