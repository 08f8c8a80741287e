//! Recommenders on public data: quality in the papers' protocols, speed beside `implicit`.

mod duel;
mod epochs;
mod evaluated;
mod field;
pub mod growth;
mod network_step;
mod quality;
mod ratings;
mod retrieval;

use crate::bench::Job;

/// Everything the suite measures.
pub fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for set in &field::SETS {
        jobs.push(quality::job(set));
    }
    for duel in &field::DUELS {
        jobs.push(duel::job(duel));
    }
    jobs.push(ratings::job());
    jobs.push(epochs::job());
    jobs.push(network_step::job());
    jobs.push(retrieval::job());
    jobs.extend(growth::jobs());
    jobs
}
