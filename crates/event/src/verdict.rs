//! What became of an event: the answer every sender gets, one per event.

use serde::Serialize;

use crate::{Event, Refusal, RefusalCode};

/// What became of one event. Every event received has exactly one verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Stored now.
    Accepted,
    /// Already stored, with the same content.
    Duplicate,
    /// Kept aside with its reason; can be corrected and replayed.
    Quarantined(Refusal),
}

/// An event on its way into the lake: what arrived and what it was read as.
#[derive(Debug, Clone)]
pub struct Received {
    /// The text as it arrived, kept when it has to be quarantined.
    pub raw: String,
    /// Where it came from: `http`, or a file and row.
    pub origin: String,
    /// How many units of the source it stands for: 1, or the rows of an order's lines.
    pub units: u32,
    /// The event, or why it is none.
    pub event: Result<Box<Event>, Refusal>,
}

/// The answer to a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BatchVerdict {
    /// Events stored now.
    pub accepted: usize,
    /// Events already stored.
    pub duplicate: usize,
    /// Events set aside, by their index in the batch.
    pub quarantined: Vec<Quarantined>,
}

/// One event set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// Index in the batch, from 0.
    pub index: usize,
    /// Why.
    pub code: RefusalCode,
    /// Where.
    pub path: String,
    /// What to do, in English; the code's other language is in the documentation.
    pub message: String,
}

impl BatchVerdict {
    /// Sums up the verdicts of a batch, in its order.
    pub fn of(verdicts: &[Verdict]) -> Self {
        let mut sum = Self::default();
        for (index, verdict) in verdicts.iter().enumerate() {
            match verdict {
                Verdict::Accepted => sum.accepted += 1,
                Verdict::Duplicate => sum.duplicate += 1,
                Verdict::Quarantined(refusal) => sum.quarantined.push(Quarantined {
                    index,
                    code: refusal.code,
                    path: refusal.path.clone(),
                    message: refusal.code.advice().en,
                }),
            }
        }
        sum
    }
}
