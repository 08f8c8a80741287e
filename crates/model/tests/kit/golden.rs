//! Numbers of another tool: implicit 0.7.3 on a small fixed matrix.

use feature::Csr;
use model::{
    Fitted, IAls, IAlsConfig, ItemKnn, ItemKnnConfig, Recommender, Similarity, Tensors, TensorsOut,
};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::assert_close;

#[derive(Deserialize)]
struct Golden {
    tool: String,
    version: String,
    n_users: usize,
    n_items: usize,
    triplets: Vec<(u32, u32, f32)>,
    similarities: BTreeMap<String, Vec<Vec<f64>>>,
    als_half_step: HalfStep,
}

#[derive(Deserialize)]
struct HalfStep {
    alpha: f32,
    regularization: f32,
    item_factors: Vec<Vec<f32>>,
    user_factors: Vec<Vec<f64>>,
    explain: Explained,
}

#[derive(Deserialize)]
struct Explained {
    user: usize,
    item: u32,
    score: f64,
    contributions: Vec<(u32, f64)>,
}

fn golden() -> (Golden, Csr) {
    let golden: Golden =
        serde_json::from_str(include_str!("../golden/implicit-0.7.3.json")).unwrap();
    assert_eq!((golden.tool.as_str(), golden.version.as_str()), ("implicit", "0.7.3"));
    let train = Csr::from_triplets(golden.n_users, golden.n_items, &golden.triplets).unwrap();
    (golden, train)
}

#[test]
fn item_similarities_are_implicits() {
    let (golden, train) = golden();
    for (name, similarity) in [
        ("cosine", Similarity::Cosine),
        ("tf_idf", Similarity::TfIdf),
        ("bm25", Similarity::Bm25 { k1: 1.2, b: 0.75 }),
    ] {
        let config = ItemKnnConfig { neighbours: golden.n_items, similarity, shrink: 0.0 };
        let model = ItemKnn::fit(&config, &train.clone().into()).unwrap();
        for (item, expected) in golden.similarities[name].iter().enumerate() {
            let mut found = vec![0.0; golden.n_items];
            for near in model.similar_items(item as u32, golden.n_items) {
                found[near.item as usize] = f64::from(near.score);
            }
            for (found, expected) in found.iter().zip(expected) {
                assert_close(*found, *expected, 1e-5, name);
            }
        }
    }
}

#[test]
fn an_exact_half_step_and_its_explanation_are_implicits() {
    let (golden, train) = golden();
    let half = golden.als_half_step;
    let k = half.item_factors[0].len();
    let config = IAlsConfig {
        factors: k,
        alpha: half.alpha,
        regularization: half.regularization,
        frequency_scaling: 0.0,
        ..IAlsConfig::default()
    };
    let bytes = TensorsOut::default()
        .with_f32("item_factors", vec![golden.n_items, k], &half.item_factors.concat())
        .with_f32("user_factors", vec![0, k], &[])
        .to_bytes()
        .unwrap();
    let model = IAls::from_tensors(config, &Tensors::from_bytes(&bytes).unwrap()).unwrap();
    for (user, expected) in half.user_factors.iter().enumerate() {
        // implicit takes confidence as it comes; the fixture gave it 1 + alpha · weight.
        for (found, expected) in model.fold_in(&train.history(user)).iter().zip(expected) {
            assert_close(f64::from(*found), *expected, 1e-5, "user factor");
        }
    }
    let found = model.explain(&train.history(half.explain.user), half.explain.item);
    assert_close(f64::from(found.score), half.explain.score, 1e-5, "explained score");
    assert_eq!(found.contributions.len(), half.explain.contributions.len());
    for (found, expected) in found.contributions.iter().zip(&half.explain.contributions) {
        assert_eq!(found.0, expected.0);
        assert_close(f64::from(found.1), expected.1, 1e-5, "contribution");
    }
}
