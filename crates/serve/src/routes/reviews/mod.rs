//! `/v1/reviews/…`: what reviews say, one file per question.

pub(crate) mod ask;
pub(crate) mod classify;
pub(crate) mod report;
