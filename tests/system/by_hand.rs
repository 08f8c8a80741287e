//! Reasons recomputed from the stored files by the formulas alone, in 64-bit floats.
//!
//! ItemKnn: what history item `j` adds to item `i` is `w_j s_ji`. iALS: it is
//! `(1 + α w_j) y_iᵀ W y_j` with `W = (Yᵀ Y + α Σ_j w_j y_j y_jᵀ + λ I)⁻¹` and
//! `λ = λ₀ (n_items + α Σ_j w_j)^ν` (Y. Hu, Y. Koren and C. Volinsky, 2008, section 5).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::stored;

/// The models that serve a shop, as they lie on disk.
pub struct Bundle {
    folder: PathBuf,
    items: Vec<String>,
    /// Folder of the model that serves.
    pub champion: String,
}

impl Bundle {
    /// The bundle that a record rests on.
    pub fn of(data: &Path, record: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let site = data.join("models").join(text(&record["site"]));
        let folder = site.join(text(&record["model"]["version"]));
        let about = json_file(&folder.join("bundle.json"));
        let items = about["items"].as_array().unwrap();
        let items = items.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        Self { folder, items, champion: about["champion"].as_str().unwrap().to_owned() }
    }

    /// What each item of a record's history adds to the score of `item`.
    pub fn contributions(&self, record: &Value, item: &str) -> BTreeMap<String, f64> {
        let index = |id: &str| self.items.iter().position(|known| known == id);
        let history: Vec<(usize, f64)> = record["request"]["history"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| Some((index(one["item_id"].as_str()?)?, one["weight"].as_f64()?)))
            .collect();
        let target = index(item).unwrap();
        let folder = self.folder.join(&self.champion);
        let manifest = json_file(&folder.join("manifest.json"));
        let tensors = Tensors::read(&folder.join(manifest["tensors_file"].as_str().unwrap()));
        let added = match self.champion.as_str() {
            "item-knn" => item_knn(&tensors, &history, target),
            "ials" => ials(&tensors, &config(&manifest), &history, target),
            _ => Vec::new(),
        };
        added.into_iter().map(|(item, add)| (self.items[item].clone(), add)).collect()
    }

    /// Recomputes every reason of a record; how many there were to recompute.
    pub fn check(&self, record: &Value) -> usize {
        let mut checked = 0;
        for choice in record["items"].as_array().unwrap() {
            let evidence = choice["reason"]["evidence"].as_array().unwrap();
            if evidence.is_empty() {
                continue;
            }
            let item = choice["item_id"].as_str().unwrap();
            if !["item-knn", "ials"].contains(&self.champion.as_str()) {
                // Other models are compared with slow twins where they are made.
                checked += 1;
                continue;
            }
            let by_hand = self.contributions(record, item);
            let sum: f64 = by_hand.values().sum();
            let score = choice["score"].as_f64().unwrap();
            let close = |a: f64, b: f64| (a - b).abs() <= 2e-3 * sum.abs().max(1e-3);
            if record["model"]["name"] == "Ranker" {
                // The evidence tells the score that made the item a candidate; candidates score
                // from 1 to 2, the others of the lead up to a half.
                assert!(sum > 0.0, "{item}: nothing by hand made it a candidate");
                assert!((1.0..=2.0).contains(&score) || (0.0..=0.5).contains(&score), "{score}");
            } else {
                assert!(close(sum, score), "{item}: they sum to {sum}, the score is {score}");
            }
            let mut last = f64::INFINITY;
            for one in evidence {
                let id = one["item_id"].as_str().unwrap();
                let told = one["contribution"].as_f64().unwrap();
                assert!(close(by_hand[id], told), "{item}: {id} adds {}, told {told}", by_hand[id]);
                assert!(told <= last, "{item}: strongest first");
                last = told;
            }
            // Nothing that is not shown adds more than what is shown.
            let shown = |id: &str| evidence.iter().any(|one| one["item_id"] == id);
            let hidden = by_hand.iter().filter(|(id, _)| !shown(id)).map(|(_, add)| *add);
            let most = hidden.fold(f64::NEG_INFINITY, f64::max);
            assert!(most <= last + 2e-3 * sum.abs(), "{item}: {most} is hidden, {last} is shown");
            checked += 1;
        }
        checked
    }
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The model's own configuration, whatever the manifest wraps it in.
fn config(manifest: &Value) -> Value {
    let config = &manifest["config"];
    let inner = config.as_object().and_then(|map| map.values().find(|v| v.is_object()));
    if config.get("alpha").is_some() { config.clone() } else { inner.unwrap().clone() }
}

fn item_knn(tensors: &Tensors, history: &[(usize, f64)], target: usize) -> Vec<(usize, f64)> {
    let counts = tensors.u32("neighbour_counts");
    let (items, scores) = (tensors.u32("neighbour_items"), tensors.f32("neighbour_scores"));
    let added = |&(item, weight): &(usize, f64)| {
        let from: usize = counts[..item].iter().map(|&count| count as usize).sum();
        let near = from..from + counts[item] as usize;
        let found = near.into_iter().find(|&at| items[at] as usize == target);
        (item, found.map_or(0.0, |at| weight * f64::from(scores[at])))
    };
    history.iter().map(added).collect()
}

fn ials(
    tensors: &Tensors,
    config: &Value,
    history: &[(usize, f64)],
    target: usize,
) -> Vec<(usize, f64)> {
    let number = |key: &str| config[key].as_f64().unwrap();
    let (alpha, k) = (number("alpha"), number("factors") as usize);
    let factors = tensors.f32("item_factors");
    let n_items = factors.len() / k;
    let y = |item: usize| &factors[item * k..][..k];
    let weights: f64 = history.iter().map(|(_, weight)| weight).sum();
    let scale = (n_items as f64 + alpha * weights).max(1.0).powf(number("frequency_scaling"));
    let mut matrix = vec![0.0_f64; k * k];
    let mut add = |y: &[f32], times: f64| {
        for row in 0..k {
            let left = times * f64::from(y[row]);
            for col in 0..k {
                matrix[row * k + col] += left * f64::from(y[col]);
            }
        }
    };
    (0..n_items).for_each(|item| add(y(item), 1.0));
    history.iter().for_each(|&(item, weight)| add(y(item), alpha * weight));
    (0..k).for_each(|at| matrix[at * k + at] += number("regularization") * scale);
    let seen_from = solve(matrix, y(target).iter().map(|&v| f64::from(v)).collect());
    let added = |&(item, weight): &(usize, f64)| {
        let likeness: f64 = seen_from.iter().zip(y(item)).map(|(a, &b)| a * f64::from(b)).sum();
        (item, (1.0 + alpha * weight) * likeness)
    };
    history.iter().map(added).collect()
}

/// Gaussian elimination with row exchange.
fn solve(mut matrix: Vec<f64>, mut right: Vec<f64>) -> Vec<f64> {
    let k = right.len();
    for col in 0..k {
        let size = |row: &usize| matrix[row * k + col].abs();
        let pivot = (col..k).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap();
        for at in 0..k {
            matrix.swap(col * k + at, pivot * k + at);
        }
        right.swap(col, pivot);
        for row in col + 1..k {
            let factor = matrix[row * k + col] / matrix[col * k + col];
            for at in col..k {
                matrix[row * k + at] -= factor * matrix[col * k + at];
            }
            right[row] -= factor * right[col];
        }
    }
    for row in (0..k).rev() {
        let known: f64 = (row + 1..k).map(|at| matrix[row * k + at] * right[at]).sum();
        right[row] = (right[row] - known) / matrix[row * k + row];
    }
    right
}

/// Arrays of a `safetensors` file: a length, a JSON header, bytes.
struct Tensors {
    header: Value,
    bytes: Vec<u8>,
}

impl Tensors {
    fn read(path: &Path) -> Self {
        let all = fs::read(path).unwrap();
        let length = u64::from_le_bytes(all[..8].try_into().unwrap()) as usize;
        let header = serde_json::from_slice(&all[8..8 + length]).unwrap();
        Self { header, bytes: all[8 + length..].to_vec() }
    }

    fn array(&self, name: &str) -> impl Iterator<Item = [u8; 4]> {
        let place = &self.header[name]["data_offsets"];
        let at = |n: usize| place[n].as_u64().unwrap_or_else(|| panic!("no array {name}")) as usize;
        self.bytes[at(0)..at(1)].chunks_exact(4).map(|four| four.try_into().unwrap())
    }

    fn f32(&self, name: &str) -> Vec<f32> {
        self.array(name).map(f32::from_le_bytes).collect()
    }

    fn u32(&self, name: &str) -> Vec<u32> {
        self.array(name).map(u32::from_le_bytes).collect()
    }
}

/// Every item a record's evidence names was really met by the person, by the stored events.
pub fn evidence_is_history(
    record: &Value,
    events: &BTreeMap<String, stored::Stored>,
    user_key: &str,
) {
    let own: Vec<&stored::Stored> = events.values().filter(|e| e.user_key == user_key).collect();
    for choice in record["items"].as_array().unwrap() {
        for one in choice["reason"]["evidence"].as_array().unwrap() {
            let id = &one["item_id"];
            let met = own.iter().any(|event| {
                let lines = event.data["lines"].as_array().into_iter().flatten();
                event.data["item_id"] == *id || lines.into_iter().any(|line| line["item_id"] == *id)
            });
            assert!(met, "{user_key} never met {id}, which is given as a reason");
        }
    }
}

#[test]
fn elimination_solves() {
    assert_eq!(solve(vec![0.0, 2.0, 1.0, 1.0], vec![4.0, 3.0]), [1.0, 2.0]);
}
