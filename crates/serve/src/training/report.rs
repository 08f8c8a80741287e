//! What training found, as it is printed, kept with the model and shown.

use event::Bilingual;
use feature::ContactKind;
use model::Interval;
use serde::Serialize;

use super::Candidate;
use super::rank::RankingReport;
use crate::exam::Protocol;

/// How one model did on held-out weeks.
#[derive(Debug, Clone, Serialize)]
pub struct Marks {
    /// Recall@20 with its 95 % interval.
    pub recall: Interval,
    /// NDCG@20 with its 95 % interval.
    pub ndcg: Interval,
    /// NDCG@20 minus popularity's, shopper by shopper; none for popularity itself.
    pub ndcg_over_popularity: Option<Interval>,
    /// Share of the catalogue shown to anyone.
    pub coverage: f64,
}

/// How one family did.
#[derive(Debug, Clone, Serialize)]
pub struct FamilyReport {
    /// The model.
    pub model: String,
    /// Its configuration; none for a blend or a ranker, which the report describes.
    pub candidate: Option<Candidate>,
    /// On the test weeks, which took part in no choice.
    #[serde(flatten)]
    pub test: Marks,
    /// On the validation weeks, by which it was chosen; of a blend or a ranker on the shoppers
    /// that it did not learn from.
    pub validation: Marks,
    /// What tuning found for it, if it was tuned.
    pub tuned: Option<Tuned>,
}

/// What tuning found for one family.
#[derive(Debug, Clone, Serialize)]
pub struct Tuned {
    /// Settings tried.
    pub trials: usize,
    /// The best of them.
    pub candidate: Candidate,
    /// Its NDCG@20 minus that of the usual settings on the validation shoppers that the search
    /// did not look at, with its 95 % interval.
    pub over_usual: Interval,
    /// Whether it took the place of the usual settings: the interval is clear of zero.
    pub is_kept: bool,
}

/// A search for weights across families.
#[derive(Debug, Clone, Serialize)]
pub struct BlendReport {
    /// Each model's share, largest first; they sum to 1.
    pub parts: Vec<BlendShare>,
    /// Its NDCG@20 minus the best single model's on the validation shoppers that the search did
    /// not look at, with its 95 % interval.
    pub over_best: Interval,
    /// Whether it serves: the interval is clear of zero.
    pub serves: bool,
}

/// One model of a blend.
#[derive(Debug, Clone, Serialize)]
pub struct BlendShare {
    /// The model.
    pub model: String,
    /// Its share.
    pub share: f32,
}

/// What training found.
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    /// Contacts learnt from.
    pub contacts: usize,
    /// People.
    pub users: usize,
    /// Items.
    pub items: usize,
    /// How models were judged.
    pub protocol: Protocol,
    /// What counted as an answer.
    pub target: ContactKind,
    /// Length of the test period in days.
    pub holdout_days: u32,
    /// First moment of the test period, milliseconds since 1970 UTC.
    pub test_from_ms: i64,
    /// Shoppers judged in the test period.
    pub shoppers: usize,
    /// Shoppers judged in the validation period.
    pub validation_shoppers: usize,
    /// Seed of every random step.
    pub seed: u64,
    /// The model that serves.
    pub champion: String,
    /// Why, where it is not simply the best.
    pub note: Option<Bilingual>,
    /// Models that were not tried, and why.
    pub left_out: Vec<Bilingual>,
    /// The blend that was looked for.
    pub blend: Option<BlendReport>,
    /// The ranker that was looked for.
    pub ranking: Option<RankingReport>,
    /// Each family, best on the test weeks first; empty when too few shoppers came back.
    pub families: Vec<FamilyReport>,
}
