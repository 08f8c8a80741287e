//! Caser: convolutions over the last items of a history.
//!
//! `score(j) = h · E_j` with the query `h` of the encoder in `convolution.rs`; the loss stands in
//! `next_item.rs`, training in `sequence_fit.rs`.
//!
//! Symbols: `h`, d numbers; `E`, items × d. Time per epoch
//! `O(steps · (L² · d · filters + candidates · d))`, memory `O(items · d)` and that of a batch.
//!
//! Source: J. Tang and K. Wang, "Personalized top-N sequential recommendation via convolutional
//! sequence embedding", WSDM 2018.
//! DIFFERENCE: the loss is a softmax over sampled items, shared with the other networks here.

use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::check_config;
use crate::neural::convolution::{Convolution, ConvolutionShape};
use crate::neural::parameters::Parameters;
use crate::neural::sequence_fit::Plan;
use crate::neural::sequence_model::{SequenceConfig, SequenceModel};

/// A fitted convolutional network.
pub type Caser = SequenceModel<CaserConfig>;

/// How Caser is built and trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaserConfig {
    /// Numbers per item `d`, 1 to 1024.
    pub factors: usize,
    /// Last items that a filter sees `L`, 1 to 64.
    pub window: usize,
    /// Horizontal filters of each height from 1 to `window`, at least 1.
    pub horizontal: usize,
    /// Vertical filters, at least 1.
    pub vertical: usize,
    /// Items of a history learnt from at once, 1 to 2048.
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

impl Default for CaserConfig {
    fn default() -> Self {
        Self {
            factors: 64,
            window: 5,
            horizontal: 16,
            vertical: 4,
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

impl SequenceConfig for CaserConfig {
    type Encoder = Convolution;
    const NAME: &'static str = "Caser";

    fn check(&self) -> Result<(), ModelError> {
        let name = Self::NAME;
        let factors_are_ok = (1..=1024).contains(&self.factors);
        check_config(factors_are_ok, name, "factors", self.factors, "between 1 and 1024")?;
        let window_is_ok = (1..=64).contains(&self.window);
        check_config(window_is_ok, name, "window", self.window, "between 1 and 64")?;
        check_config(self.horizontal >= 1, name, "horizontal", self.horizontal, "1 or more")?;
        check_config(self.vertical >= 1, name, "vertical", self.vertical, "1 or more")?;
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

    fn encoder(&self, all: &mut Parameters) -> Convolution {
        let shape = ConvolutionShape {
            width: self.factors,
            window: self.window,
            horizontal: self.horizontal,
            vertical: self.vertical,
            dropout: self.dropout,
        };
        Convolution::new(all, shape)
    }
}
