//! Recommenders and classifiers, their evaluation and their files.
//!
//! A [`Recommender`] scores a catalogue for a history; [`ModelConfig`] names every model there is
//! and trains it; [`AnyModel`] holds a trained one, saves it and loads it;
//! [`evaluate`](fn@evaluate) judges it. A [`Classifier`] says how likely a yes is for a row of
//! numbers, such as that a session ends in an order; [`cross_validate`] judges it. Nothing here
//! reads a clock or knows a shop.

mod association_rules;
mod auc;
mod base_rate;
mod bins;
mod blend;
mod bootstrap;
mod bpr;
mod calibration;
mod cholesky;
mod classifier;
mod classifier_store;
mod conjugate_gradient;
mod content;
mod cross_validation;
mod customer;
mod dense;
mod encode;
mod error;
mod evaluate;
mod exposure;
mod fitted;
mod gradient_boosting;
mod graph;
mod histogram_tree;
mod holdout;
mod ials;
mod item_knn;
mod least_squares;
mod linear;
mod logistic;
mod manifest;
mod metrics;
mod neighbours;
mod neural;
mod normal_equations;
mod optimise;
mod popularity;
mod price;
mod ranker;
mod rating;
mod recommender;
mod registry;
mod reranked;
mod retrieval;
mod score_all;
mod seed;
mod series;
mod sign_flip;
mod standard;
mod store;
mod table;
mod tensors;
mod topk;
mod train_set;
pub mod tuning;
mod uplift;
mod user_auc;
mod user_knn;

pub use association_rules::{AssociationRules, AssociationRulesConfig};
pub use auc::auc;
pub use base_rate::{BaseRate, BaseRateConfig};
pub use blend::{Blend, scale};
pub use bootstrap::{Bootstrap, Interval};
pub use bpr::{Bpr, BprConfig};
pub use calibration::{
    Calibration, Calibrator, Isotonic, Platt, brier, calibration_error, log_loss, probability,
};
pub use classifier::{AnyClassifier, Classifier, ClassifierConfig, FittedClassifier, Reasons};
pub use classifier_store::ClassifierManifest;
pub use content::{Content, ContentConfig};
pub use cross_validation::{OutOfFold, cross_validate, stratified_folds};
pub use customer::{
    BetaGeometric, Dropout, GammaGamma, Histories, History, Horizon, ParetoNbd, PurchaseModel,
    REPEATS_MAX, Spend, lifetime_value,
};
pub use encode::{CATEGORIES_MAX, EncodePlan, encode};
pub use error::ModelError;
pub use evaluate::{
    EvaluateOptions, Evaluation, GivenNegatives, RankHits, areas, evaluate, evaluate_folded, gains,
    hit_rates, rank_among_given,
};
pub use exposure::{GroupShare, Popular, PopularityGroup};
pub use fitted::{FitStep, Fitted};
pub use gradient_boosting::{BoostedTrees, BoostedTreesConfig, Capacity};
pub use graph::graph_filter::{GraphFilter, GraphFilterConfig};
pub use holdout::{Held, last_of_each, negatives_for, one_of_each, tenth_of_each};
pub use ials::{IAls, IAlsConfig, Solver};
pub use item_knn::{ItemKnn, ItemKnnConfig, Similarity};
pub use least_squares::{LeastSquares, Rows};
pub use linear::ease::{Ease, EaseConfig};
pub use linear::slim::{Slim, SlimConfig};
pub use logistic::{Logistic, LogisticConfig};
pub use manifest::{About, FORMAT_VERSION, Manifest};
pub use metrics::Metric;
pub use neural::caser::{Caser, CaserConfig};
pub use neural::gru4rec::{Gru4Rec, Gru4RecConfig};
pub use neural::neumf::{NeuMf, NeuMfConfig};
pub use neural::sasrec::{SasRec, SasRecConfig};
pub use neural::two_tower::{TwoTower, TwoTowerConfig};
pub use popularity::{Count, Popularity, PopularityConfig};
pub use price::{Elasticity, LogLog, shrunk};
pub use ranker::{ProbabilityQuality, Ranker, RankerConfig, RankerReport};
pub use rating::{
    AnyRating, BiasBaseline, BiasBaselineConfig, FittedRatings, Likeness, MeanRating,
    MeanRatingConfig, Rater, RatingConfig, RatingFolds, RatingJudgement, RatingKnn,
    RatingKnnConfig, RatingManifest, RatingPredictor, RatingReasons, Ratings, Svd, SvdConfig,
    SvdPp, SvdPpConfig, judge_ratings,
};
pub use recommender::{Explanation, Recommender};
pub use registry::{AnyModel, ModelConfig};
pub use reranked::{Candidate, ItemFact, Reranked, Shortlist};
pub use retrieval::{ItemCells, ItemCellsConfig, ItemTable, drawn_factors};
pub use series::{
    Accuracy, Ahead, BLEND_BIAS_MAX, COVER_ORIGINS_MIN, Chosen, Cover, CoverMethod, Ets, EtsForm,
    ForecastInterval, Measures, Method, POINTS_MAX, PooledLevel, Season, SeasonBlend, Trend, ahead,
    choose, choose_cover, conformal, forecast, rolling_errors, squared_scale,
};
pub use sign_flip::SignFlip;
pub use table::LabelledTable;
pub use tensors::{Tensors, TensorsOut};
pub use topk::{Scored, TopK, top_of_scores};
pub use train_set::TrainSet;
pub use uplift::{
    Balance, FittedUplift, Learner, Scored as UpliftScores, ShareOf, Trial, UpliftChoice, Verdict,
    auuc, choose_uplift, qini, uplift_at,
};
pub use user_knn::{UserKnn, UserKnnConfig};
