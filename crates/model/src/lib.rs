//! Recommenders, their evaluation and their files.
//!
//! A [`Recommender`] scores a catalogue for a history; [`ModelConfig`] names every model there is
//! and trains it; [`AnyModel`] holds a trained one, saves it and loads it;
//! [`evaluate`](fn@evaluate) judges it. Nothing here reads a clock or knows a shop.

mod bootstrap;
mod cholesky;
mod conjugate_gradient;
mod dense;
mod error;
mod evaluate;
mod fitted;
mod ials;
mod item_knn;
mod manifest;
mod metrics;
mod neighbours;
mod normal_equations;
mod popularity;
mod recommender;
mod registry;
mod score_all;
mod seed;
mod store;
mod tensors;
mod topk;

pub use bootstrap::{Bootstrap, Interval};
pub use error::ModelError;
pub use evaluate::{
    EvaluateOptions, Evaluation, GivenNegatives, RankHits, evaluate, gains, hit_rates,
    rank_among_given,
};
pub use fitted::Fitted;
pub use ials::{IAls, IAlsConfig, Solver};
pub use item_knn::{ItemKnn, ItemKnnConfig, Similarity};
pub use manifest::{About, FORMAT_VERSION, Manifest};
pub use metrics::Metric;
pub use popularity::{Count, Popularity, PopularityConfig};
pub use recommender::{Explanation, Recommender};
pub use registry::{AnyModel, ModelConfig};
pub use tensors::{Tensors, TensorsOut};
pub use topk::{Scored, TopK, top_of_scores};
