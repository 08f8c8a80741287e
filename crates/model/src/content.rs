//! Content: what is like the things a shopper met, by what these are and not by who met them.
//!
//! `a_ix = t_ix · idf_x`, `idf_x = ln(1 + N / n_x)`, scaled so that each kind of attribute (the
//! part of its name before `:`, such as `category`, `price` or `word`) has norm 1 and then the
//! whole; `score(h, i) = (1 + m_i)^β · Σ_{j ∈ h} w_hj (a_j · a_i)`. An item that nobody met is
//! scored by the same formula, with a factor of 1, and a shopper from the first event on. An
//! explanation is exact: item `j` of the history adds its own term.
//!
//! A vector that the shop brings for an item is one more kind of attribute, with `idf` 1.
//!
//! Symbols: `t`, items × attributes, weights, such as how often a word stands in a title; `N`,
//! items with attributes; `n_x`, those with attribute `x`; `m_i`, people who met `i`; `β`, 0 or
//! above. Time of a fit `O(entries of t)`; of a list `O(entries of the history's attributes over
//! all items)`; memory `O(entries of t)`.
//!
//! Source: M. Pazzani and D. Billsus, "Content-based recommendation systems", The Adaptive Web,
//! LNCS 4321, 2007, sections 10.2 and 10.3.1; weights of terms from G. Salton and C. Buckley,
//! "Term-weighting approaches in automatic text retrieval", Information Processing and Management
//! 24(5), 1988.
//! DIFFERENCE: kinds of attributes count alike however many there are of each, and what many people
//! met is preferred by `β`.

use feature::{Csr, ItemAttributes};
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// How likeness is scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContentConfig {
    /// Power `β` of the number of people who met an item, 0 to 2; 0 looks at likeness alone.
    pub popularity: f32,
}

impl Default for ContentConfig {
    fn default() -> Self {
        Self { popularity: 0.3 }
    }
}

impl ContentConfig {
    fn check(&self) -> Result<(), ModelError> {
        let power = self.popularity;
        let is_ok = (0.0..=2.0).contains(&power);
        check_config(is_ok, Content::NAME, "popularity", power, "between 0 and 2")
    }
}

/// The attributes of a catalogue, weighted.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    config: ContentConfig,
    n_users: usize,
    /// `a`, items × attributes, rows of norm 1.
    items: Csr,
    /// The same, attributes × items.
    by_attribute: Csr,
    /// `m`.
    people: Vec<u32>,
    /// `(1 + m_i)^β`.
    factors: Vec<f32>,
}

impl Content {
    fn of(config: &ContentConfig, n_users: usize, items: Csr, people: Vec<u32>) -> Self {
        let power = f64::from(config.popularity);
        let factor = |&n: &u32| (1.0 + f64::from(n)).powf(power) as f32;
        let factors = people.iter().map(factor).collect();
        let by_attribute = items.transpose();
        Self { config: config.clone(), n_users, items, by_attribute, people, factors }
    }

    /// `a_j · a_i`.
    fn likeness(&self, j: u32, i: u32) -> f32 {
        let ((a, x), (b, y)) = (self.items.row(j as usize), self.items.row(i as usize));
        let (mut at, mut to, mut sum) = (0, 0, 0.0);
        while let (Some(left), Some(right)) = (a.get(at), b.get(to)) {
            if left == right {
                sum += x[at] * y[to];
            }
            at += usize::from(left <= right);
            to += usize::from(right <= left);
        }
        sum
    }

    /// Adds `a_i` of every item times a profile of attributes.
    fn add_like(&self, profile: &[(u32, f32)], scores: &mut [f32]) {
        for &(attribute, weight) in profile {
            let (items, shares) = self.by_attribute.row(attribute as usize);
            for (&item, &share) in items.iter().zip(shares) {
                scores[item as usize] += weight * share;
            }
        }
    }
}

/// `a`: attributes weighted by how telling they are, each kind of norm 1, then the whole.
fn weighted(attributes: &ItemAttributes, n_items: usize) -> Csr {
    let n_attributes = attributes.names.len();
    let kind_of: Vec<&str> =
        attributes.names.iter().map(|name| name.split(':').next().unwrap_or_default()).collect();
    let mut n_with = vec![0_u32; n_attributes];
    let rows = n_items.min(attributes.weights.n_rows());
    let mut described = 0;
    for item in 0..rows {
        let (own, _) = attributes.weights.row(item);
        described += u32::from(!own.is_empty());
        own.iter().for_each(|&attribute| n_with[attribute as usize] += 1);
    }
    let idf = |attribute: u32| {
        (1.0 + f64::from(described) / f64::from(n_with[attribute as usize].max(1))).ln()
    };
    let brought = attributes.embeddings.as_ref();
    let n_columns = n_attributes + brought.map_or(0, |vectors| vectors.k);
    let mut triplets = Vec::with_capacity(attributes.weights.nnz());
    for item in 0..rows {
        let (own, weights) = attributes.weights.row(item);
        let usable = own.iter().zip(weights).filter(|(_, weight)| **weight > 0.0);
        let mut row: Vec<(&str, u32, f64)> = usable
            .map(|(&x, &weight)| (kind_of[x as usize], x, f64::from(weight) * idf(x)))
            .collect();
        let vector = brought.map_or(&[][..], |vectors| vectors.row(item));
        let parts = (n_attributes as u32..).zip(vector).filter(|(_, value)| **value != 0.0);
        row.extend(parts.map(|(x, value)| ("vector", x, f64::from(*value))));
        row.sort_by(|a, b| a.0.cmp(b.0).then(a.1.cmp(&b.1)));
        let kinds = || row.chunk_by(|a, b| a.0 == b.0);
        let whole = (kinds().count() as f64).sqrt();
        for kind in kinds() {
            let norm = kind.iter().map(|one| one.2 * one.2).sum::<f64>().sqrt() * whole;
            let scaled = |one: &(&str, u32, f64)| (item as u32, one.1, (one.2 / norm) as f32);
            triplets.extend(kind.iter().map(scaled));
        }
    }
    // Every index comes from a matrix of this shape and every weight is at most 1.
    Csr::from_triplets(n_items, n_columns, &triplets)
        .unwrap_or_else(|_| Csr::empty(n_items, n_columns))
}

impl Fitted for Content {
    type Config = ContentConfig;

    const NAME: &'static str = "Content";

    /// Without attributes there is nothing to go by, and every score is 0.
    fn fit_watched(
        config: &ContentConfig,
        train: &TrainSet,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        config.check()?;
        check_weights(Self::NAME, train.matrix())?;
        let n_items = train.n_items();
        let items = match train.attributes() {
            Some(attributes) => weighted(attributes, n_items),
            None => Csr::empty(n_items, 0),
        };
        let mut people = vec![0_u32; n_items];
        train.matrix().cols().iter().for_each(|&item| people[item as usize] += 1);
        Ok(Self::of(config, train.n_users(), items, people))
    }

    fn config(&self) -> &ContentConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn to_tensors(&self) -> TensorsOut {
        let counts: Vec<u32> =
            (0..self.items.n_rows()).map(|item| self.items.row_nnz(item) as u32).collect();
        TensorsOut::default()
            .with_u32("counts", &counts)
            .with_u32("attributes", self.items.cols())
            .with_f32("weights", vec![self.items.nnz()], self.items.weights())
            .with_u32("people", &self.people)
            .with_u64("shape", &[self.n_users as u64, self.items.n_cols() as u64])
    }

    fn from_tensors(config: ContentConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let (counts, people) = (tensors.u32("counts")?, tensors.u32("people")?);
        let (_, weights) = tensors.f32("weights")?;
        let shape = tensors.u64("shape")?;
        let &[n_users, n_attributes] = &shape[..] else {
            return Err("array shape must hold two numbers".to_owned());
        };
        if counts.len() != people.len() {
            return Err("counts and people differ in length".to_owned());
        }
        let mut indptr = vec![0_usize];
        let mut at = 0;
        indptr.extend(counts.iter().map(|&count| {
            at += count as usize;
            at
        }));
        let items =
            Csr::from_parts(n_attributes as usize, indptr, tensors.u32("attributes")?, weights)
                .map_err(|error| error.to_string())?;
        Ok(Self::of(&config, n_users as usize, items, people))
    }
}

impl Recommender for Content {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.items.n_rows()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        let mut profile = Vec::new();
        for (item, weight) in tidy_history(history, self.n_items()) {
            let (attributes, shares) = self.items.row(item as usize);
            profile.extend(attributes.iter().zip(shares).map(|(&x, &share)| (x, weight * share)));
        }
        // A stable order, so that the sums do not depend on anything else.
        profile.sort_by_key(|one| one.0);
        profile.dedup_by(|next, first| {
            let same = next.0 == first.0;
            first.1 += if same { next.1 } else { 0.0 };
            same
        });
        self.add_like(&profile, scores);
        scores.iter_mut().zip(&self.factors).for_each(|(score, factor)| *score *= factor);
    }

    /// By likeness alone.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        if item as usize >= self.n_items() {
            return Vec::new();
        }
        let mut scores = vec![0.0; self.n_items()];
        let (attributes, shares) = self.items.row(item as usize);
        let profile: Vec<_> = attributes.iter().copied().zip(shares.iter().copied()).collect();
        self.add_like(&profile, &mut scores);
        let mut best = TopK::new(n);
        for (other, score) in (0..).zip(scores).filter(|&(o, score)| o != item && score > 0.0) {
            best.push(Scored { item: other, score });
        }
        best.into_sorted()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let tidy = tidy_history(history, self.n_items());
        let Some(factor) = self.factors.get(item as usize) else {
            let contributions = tidy.into_iter().map(|(chosen, _)| (chosen, 0.0)).collect();
            return Explanation { contributions, ..Explanation::nothing() };
        };
        let added =
            |(chosen, weight): (u32, f32)| (chosen, weight * self.likeness(chosen, item) * factor);
        let contributions: Vec<(u32, f32)> = tidy.into_iter().map(added).collect();
        let score = contributions.iter().map(|(_, added)| added).sum();
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: 0.0, is_estimate: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// Items 0 and 1 are red toys, 2 a blue toy, 3 a red tool that nobody met, 4 is unknown.
    fn shop() -> TrainSet {
        let names = ["category:toys", "category:tools", "word:red", "word:blue"];
        let rows = [(0, 0), (0, 2), (1, 0), (1, 2), (2, 0), (2, 3), (3, 1), (3, 2)];
        let ones: Vec<_> = rows.iter().map(|&(item, x)| (item, x, 1.0)).collect();
        let attributes = ItemAttributes {
            names: names.iter().map(ToString::to_string).collect(),
            weights: Csr::from_triplets(5, 4, &ones).unwrap(),
            embeddings: None,
        };
        let met = [(0, 0, 1.0), (0, 2, 1.0), (1, 4, 1.0)];
        let train = TrainSet::from(Csr::from_triplets(2, 5, &met).unwrap());
        train.with_attributes(Arc::new(attributes))
    }

    #[test]
    fn an_item_nobody_met_is_scored_from_the_first_event_on() {
        let model = Content::fit(&ContentConfig { popularity: 0.0 }, &shop()).unwrap();
        let mut scores = vec![0.0; 5];
        model.score(&[(0, 1.0)], &mut scores);
        // A kind with one attribute has norm 1 whatever its weight, so two kinds are halves.
        let expected = [1.0, 1.0, 0.5, 0.5, 0.0];
        for (found, expected) in scores.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{scores:?}");
        }
        let similar: Vec<u32> = model.similar_items(3, 9).iter().map(|one| one.item).collect();
        assert_eq!(similar, [0, 1]);
    }

    #[test]
    fn a_vector_that_the_shop_brings_is_one_more_kind() {
        let shop = shop();
        let known = shop.attributes().unwrap();
        // Items 0 and 4 point the same way, 1 the other; 2 and 3 have no vector.
        let values = vec![3.0, 4.0, -3.0, -4.0, 0.0, 0.0, 0.0, 0.0, 0.6, 0.8];
        let with = ItemAttributes::clone(known).with_embeddings(2, values).unwrap();
        let model = Content::fit(
            &ContentConfig { popularity: 0.0 },
            &shop.clone().with_attributes(Arc::new(with)),
        )
        .unwrap();
        let mut scores = vec![0.0; 5];
        model.score(&[(0, 1.0)], &mut scores);
        let third = 1.0_f32 / 3.0;
        let expected = [1.0, third, (third / 2.0).sqrt(), (third / 2.0).sqrt(), third.sqrt()];
        for (found, expected) in scores.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{scores:?}");
        }
        let told = model.explain(&[(0, 1.0), (4, 2.0)], 1);
        assert!((told.score - (third - 2.0 * third.sqrt())).abs() < 1e-6, "{told:?}");
    }

    #[test]
    fn what_many_met_is_preferred_where_asked_for() {
        let model = Content::fit(&ContentConfig { popularity: 1.0 }, &shop()).unwrap();
        let best = model.recommend(&[(0, 2.0)], 9, &|item| item != 0);
        let found: Vec<(u32, f32)> = best.iter().map(|one| (one.item, one.score)).collect();
        assert_eq!(found.len(), 3);
        // Two like items that nobody met score 2 and 1; the one that was met once counts double.
        let expected = [(1, 2.0), (2, 2.0), (3, 1.0)];
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 1e-5, "{found:?}");
        }
    }
}
