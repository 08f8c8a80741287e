//! SASRec: self-attention over the order of a history.
//!
//! `score(j) = h · E_j` with the query `h` of the encoder in `transformer.rs`; the loss stands in
//! `next_item.rs`, training in `sequence_fit.rs`.
//!
//! Symbols: `h`, d numbers; `E`, items × d. Time per epoch `O(steps · (d² · blocks + length · d ·
//! blocks + candidates · d))`, memory `O(items · d)` and that of a batch.
//!
//! Source: W.-C. Kang and J. McAuley, "Self-attentive sequential recommendation", ICDM 2018; the
//! softmax loss in place of theirs from A. Klenitskiy and A. Vasilev, "Turning dross into gold
//! loss: is BERT4Rec really better than SASRec?", RecSys 2023.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::check_config;
use crate::neural::parameters::Parameters;
use crate::neural::sequence_fit::Plan;
use crate::neural::sequence_model::{SequenceConfig, SequenceModel};
use crate::neural::transformer::{Shape, Transformer};

/// A fitted self-attention network.
pub type SasRec = SequenceModel<SasRecConfig>;

/// How SASRec is built and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SasRecConfig {
    /// Numbers per item `d`, 1 to 1024, a multiple of the heads.
    pub factors: usize,
    /// Transformer blocks, 1 to 16.
    pub blocks: usize,
    /// Attention heads, at least 1.
    pub heads: usize,
    /// Width inside a block's second half, in `d`, 1 to 8.
    pub expansion: usize,
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

impl Default for SasRecConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            blocks: 2,
            heads: 2,
            expansion: 1,
            length: 50,
            dropout: 0.2,
            learning_rate: 0.001,
            batch_size: 128,
            negatives: Some(512),
            epochs: 30,
            seed: 1,
        }
    }
}

impl SequenceConfig for SasRecConfig {
    type Encoder = Transformer;
    const NAME: &'static str = "SasRec";

    fn check(&self) -> Result<(), ModelError> {
        let name = Self::NAME;
        let (d, heads) = (self.factors, self.heads);
        let factors_are_ok = (1..=1024).contains(&d) && heads >= 1 && d % heads == 0;
        let allowed = "between 1 and 1024 and a multiple of heads";
        check_config(factors_are_ok, name, "factors", d, allowed)?;
        let blocks_are_ok = (1..=16).contains(&self.blocks);
        check_config(blocks_are_ok, name, "blocks", self.blocks, "between 1 and 16")?;
        let expansion_is_ok = (1..=8).contains(&self.expansion);
        check_config(expansion_is_ok, name, "expansion", self.expansion, "between 1 and 8")?;
        self.plan().check(name, self.dropout)
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

    fn encoder(&self, all: &mut Parameters) -> Transformer {
        let shape = Shape {
            width: self.factors,
            blocks: self.blocks,
            heads: self.heads,
            expansion: self.expansion,
            length: self.length,
            dropout: self.dropout,
        };
        Transformer::new(all, shape)
    }
}
