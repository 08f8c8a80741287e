//! The answer to a batch of events.

use event::Verdict;
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;

/// What became of a batch: `accepted + duplicate + quarantined` is what was sent.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct Batch {
    /// Events stored now.
    accepted: usize,
    /// Events already stored.
    duplicate: usize,
    /// Events set aside, each with its reason.
    quarantined: Vec<SetAside>,
}

/// An event that was set aside.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SetAside {
    /// Its place in the batch, from 0.
    index: usize,
    /// Stable code.
    code: &'static str,
    /// Where in the event.
    path: String,
    /// What is wrong and what to do.
    message: Text,
}

impl Batch {
    /// Sums up verdicts in the order of the batch.
    pub(crate) fn of(verdicts: &[Verdict]) -> Self {
        let mut sum = Self::default();
        for (index, verdict) in verdicts.iter().enumerate() {
            match verdict {
                Verdict::Accepted => sum.accepted += 1,
                Verdict::Duplicate => sum.duplicate += 1,
                Verdict::Quarantined(refusal) => sum.quarantined.push(SetAside {
                    index,
                    code: refusal.code.as_str(),
                    path: refusal.path.clone(),
                    message: refusal.code.advice().into(),
                }),
            }
        }
        sum
    }
}
