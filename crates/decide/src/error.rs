//! What can go wrong when a decision is made or replayed.

/// A decision that could not be made or replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The parts handed over do not belong together.
    #[error("{what} has {found} items but the model knows {expected}: train the site again")]
    Mismatch {
        /// Which part.
        what: &'static str,
        /// Its number of items.
        found: usize,
        /// The model's number of items.
        expected: usize,
    },
    /// Figures that nothing can be decided from.
    #[error("{what}: {reason}")]
    Input {
        /// Decision or formula that was given them.
        what: &'static str,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A request that cannot be met, told in both languages.
    #[error("{}", .0.en)]
    Refused(event::Bilingual),
    /// A record of another kind or a newer version.
    #[error("decision {id} cannot be replayed here: {reason}")]
    NotReplayable {
        /// The decision.
        id: String,
        /// Why.
        reason: String,
    },
}
