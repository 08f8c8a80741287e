//! GRU4Rec: a recurrent network over the order of a history.
//!
//! `score(j) = h · E_j` with the state `h` of the encoder in `gru.rs`; the loss stands in
//! `next_item.rs`, training in `sequence_fit.rs`.
//!
//! Symbols: `h`, d numbers; `E`, items × d. Time per epoch `O(steps · (d² + candidates · d))`,
//! memory `O(items · d)` and that of a batch.
//!
//! Source: B. Hidasi and A. Karatzoglou, "Recurrent neural networks with top-k gains for
//! session-based recommendations", CIKM 2018, section 3 (softmax over sampled items, items' rows
//! shared by the way in and out).
//! DIFFERENCE: whole histories are run side by side rather than sessions in turn, and the sample is
//! even.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::check_config;
use crate::neural::gru::Gru;
use crate::neural::parameters::Parameters;
use crate::neural::sequence_fit::Plan;
use crate::neural::sequence_model::{SequenceConfig, SequenceModel};

/// A fitted recurrent network.
pub type Gru4Rec = SequenceModel<Gru4RecConfig>;

/// How GRU4Rec is built and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gru4RecConfig {
    /// Numbers per item and of the state `d`, 1 to 1024.
    pub factors: usize,
    /// Items of a history looked at, the last ones, 1 to 2048.
    pub length: usize,
    /// Share of numbers dropped in training, 0 to below 1.
    pub dropout: f32,
    /// Largest rate of Adam, above 0.
    pub learning_rate: f32,
    /// Sequences per step, at least 1.
    pub batch_size: usize,
    /// Items sampled per step to tell the next one from; all of them where it is null.
    pub negatives: Option<usize>,
    /// Passes over the histories, at least 1.
    pub epochs: usize,
    /// Seed of the start, the order and the noise.
    pub seed: u64,
}

impl Default for Gru4RecConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            length: 50,
            dropout: 0.2,
            learning_rate: 0.002,
            batch_size: 64,
            negatives: Some(512),
            epochs: 20,
            seed: 1,
        }
    }
}

impl SequenceConfig for Gru4RecConfig {
    type Encoder = Gru;
    const NAME: &'static str = "Gru4Rec";

    fn check(&self) -> Result<(), ModelError> {
        let factors_are_ok = (1..=1024).contains(&self.factors);
        check_config(factors_are_ok, Self::NAME, "factors", self.factors, "between 1 and 1024")?;
        self.plan().check(Self::NAME, self.dropout)
    }

    fn width(&self) -> usize {
        self.factors
    }

    fn plan(&self) -> Plan {
        Plan {
            length: self.length,
            epochs: self.epochs,
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            negatives: self.negatives,
            seed: self.seed,
        }
    }

    fn encoder(&self, all: &mut Parameters) -> Gru {
        Gru::new(all, self.factors, self.dropout)
    }
}
