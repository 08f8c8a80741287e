//! Behaviour of every recommender and classifier, slow obvious twins, golden numbers and files.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing fails, as it should")]

mod behaviour;
mod classifier_twins;
mod classifiers;
mod evaluation;
mod files;
mod golden;
mod golden_networks;
mod linear_twins;
mod ranker;
mod ratings;
mod reranked;
mod twins;

use std::sync::Arc;

use feature::{Csr, ItemAttributes, Sequences};
use model::{
    AssociationRulesConfig, BprConfig, CaserConfig, ContentConfig, Count, EaseConfig,
    GraphFilterConfig, Gru4RecConfig, IAlsConfig, ItemKnnConfig, ModelConfig, NeuMfConfig,
    PopularityConfig, SasRecConfig, Similarity, SlimConfig, Solver, TrainSet, TwoTowerConfig,
    UserKnnConfig,
};
use proptest::prelude::*;

/// A recommender the kit runs over, and what may be asked of it.
#[derive(Clone)]
struct Entry {
    config: ModelConfig,
    /// It looks at the history.
    is_personal: bool,
    /// It looks at the order of the history.
    is_ordered: bool,
    /// Fitting it takes long, so that random inputs are few.
    is_slow: bool,
}

impl Entry {
    /// A quick model to which any order of the history is the same.
    fn new(config: ModelConfig) -> Self {
        Self { config, is_personal: true, is_ordered: false, is_slow: false }
    }
}

/// Every recommender the kit runs over: a new one is one line here.
fn table() -> Vec<Entry> {
    let popularity =
        |config| Entry { is_personal: false, ..Entry::new(ModelConfig::Popularity(config)) };
    let knn = |similarity, shrink| {
        Entry::new(ModelConfig::ItemKnn(ItemKnnConfig { neighbours: 50, similarity, shrink }))
    };
    let als = |solver, frequency_scaling, regularization| {
        let small = IAlsConfig { factors: 2, alpha: 10.0, ..IAlsConfig::default() };
        let config = IAlsConfig { solver, frequency_scaling, regularization, ..small };
        Entry::new(ModelConfig::IAls(config))
    };
    let rules = |lift_power| {
        let config = AssociationRulesConfig { min_support: 1, lift_power, ..Default::default() };
        Entry::new(ModelConfig::AssociationRules(config))
    };
    let graph = |config| Entry { is_slow: true, ..Entry::new(ModelConfig::GraphFilter(config)) };
    let mut all = vec![
        popularity(PopularityConfig::default()),
        popularity(PopularityConfig { count: Count::Weights }),
        knn(Similarity::Cosine, 0.0),
        knn(Similarity::TfIdf, 0.5),
        knn(Similarity::Bm25 { k1: 1.2, b: 0.75 }, 0.0),
        Entry::new(ModelConfig::UserKnn(UserKnnConfig::default())),
        Entry::new(ModelConfig::UserKnn(UserKnnConfig {
            neighbours: 50,
            similarity: Similarity::Cosine,
            shrink: 0.0,
        })),
        als(Solver::ConjugateGradient { steps: 3 }, 1.0, 0.003),
        als(Solver::ConjugateGradient { steps: 3 }, 0.0, 0.05),
        als(Solver::Cholesky, 1.0, 0.003),
        Entry::new(ModelConfig::Bpr(BprConfig {
            factors: 2,
            epochs: 120,
            learning_rate: 0.1,
            ..BprConfig::default()
        })),
        rules(0.0),
        rules(0.5),
        Entry::new(ModelConfig::Content(ContentConfig::default())),
        Entry::new(ModelConfig::Content(ContentConfig { popularity: 0.0 })),
        graph(GraphFilterConfig { factors: 2, ..GraphFilterConfig::default() }),
        graph(GraphFilterConfig { factors: 2, sharpen_time: 0.0, ..GraphFilterConfig::default() }),
        Entry::new(ModelConfig::Ease(EaseConfig { regularization: 2.0 })),
        Entry::new(ModelConfig::Slim(SlimConfig { l1: 0.1, l2: 2.0, ..SlimConfig::default() })),
    ];
    all.extend(networks());
    all
}

/// The networks of the table.
fn networks() -> Vec<Entry> {
    let network = |config| Entry { is_slow: true, is_ordered: true, ..Entry::new(config) };
    vec![
        network(ModelConfig::SasRec(SasRecConfig {
            factors: 8,
            epochs: 60,
            length: 8,
            batch_size: 4,
            learning_rate: 0.01,
            negatives: None,
            ..SasRecConfig::default()
        })),
        network(ModelConfig::Gru4Rec(Gru4RecConfig {
            factors: 8,
            epochs: 60,
            batch_size: 4,
            learning_rate: 0.01,
            negatives: Some(8),
            ..Gru4RecConfig::default()
        })),
        network(ModelConfig::Caser(CaserConfig {
            factors: 8,
            epochs: 60,
            batch_size: 4,
            learning_rate: 0.01,
            horizontal: 4,
            ..CaserConfig::default()
        })),
        Entry {
            is_ordered: false,
            ..network(ModelConfig::TwoTower(TwoTowerConfig {
                factors: 8,
                hidden: 16,
                batch_size: 32,
                learning_rate: 0.01,
                epochs: 60,
                ..TwoTowerConfig::default()
            }))
        },
        Entry {
            is_ordered: false,
            ..network(ModelConfig::NeuMf(NeuMfConfig {
                factors: 8,
                hidden: 8,
                batch_size: 32,
                learning_rate: 0.01,
                epochs: 60,
                ..NeuMfConfig::default()
            }))
        },
    ]
}

/// What a model learns from. To one that goes by content, the people who met an item are its
/// attributes.
fn learnt(config: &ModelConfig, train: TrainSet) -> TrainSet {
    if !matches!(config, ModelConfig::Content(_)) {
        return train;
    }
    let names = (0..train.n_users()).map(|user| format!("met_by:{user}")).collect();
    let weights = train.matrix().map_weights(|_, _, weight| weight.max(0.0)).transpose();
    train.with_attributes(Arc::new(ItemAttributes { names, weights, embeddings: None }))
}

/// The models of the table that look at the history.
fn personal() -> Vec<Entry> {
    table().into_iter().filter(|entry| entry.is_personal).collect()
}

/// The models of the table that are fitted to many random inputs.
fn quick() -> Vec<Entry> {
    table().into_iter().filter(|entry| !entry.is_slow).collect()
}

/// The models of the table that are fitted to few random inputs.
fn slow() -> Vec<Entry> {
    table().into_iter().filter(|entry| entry.is_slow).collect()
}

/// Users and items of like parity belong together; each user's own number is withheld.
fn checkerboard(n: u32) -> Csr {
    let is_like = |&(user, item): &(u32, u32)| user % 2 == item % 2 && user != item;
    let pairs = (0..n).flat_map(|user| (0..n).map(move |item| (user, item))).filter(is_like);
    let triplets: Vec<_> = pairs.map(|(user, item)| (user, item, 1.0)).collect();
    Csr::from_triplets(n as usize, n as usize, &triplets).unwrap()
}

/// A checkerboard whose users went through their items in turn from their own number on, so that
/// the number withheld would be next.
fn in_turn(board: &Csr) -> TrainSet {
    let mut sequences = Sequences::new(board.n_cols());
    for user in 0..board.n_rows() {
        let mut history = board.history(user);
        let from = history.partition_point(|&(item, _)| (item as usize) < user);
        history.rotate_left(from);
        sequences.push(&history).unwrap();
    }
    TrainSet::ordered(sequences).unwrap()
}

/// Small random training matrices, with empty rows and columns among them.
fn matrices() -> impl Strategy<Value = Csr> {
    (1..14_usize, 1..12_usize).prop_flat_map(|(n_users, n_items)| {
        let entry = (0..n_users as u32, 0..n_items as u32, 1..5_u32);
        prop::collection::vec(entry, 0..60).prop_map(move |entries| {
            let triplets: Vec<_> =
                entries.into_iter().map(|(user, item, w)| (user, item, w as f32)).collect();
            Csr::from_triplets(n_users, n_items, &triplets).unwrap()
        })
    })
}

fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let scale = 1.0_f64.max(expected.abs());
    assert!(
        (found - expected).abs() <= tolerance * scale,
        "{what}: found {found}, expected {expected}"
    );
}
