//! A recommender whose best candidates are put in order by a ranker.
//!
//! The lead names the candidates of a history: from its best on until `d` are not in the history,
//! so that whoever met much is ranked as much for as others. Each becomes a row: the lead's score
//! and its place among items not met, the scores of the other recommenders, each over the deviation
//! of its scores as in a blend, what is known of the item and of the history. The ranker says how
//! likely each is taken: `s(h, i) = 1 + σ(z(row(h, i)))` for candidates, whose order is the
//! ranker's; `s_l / (2 · max s_l)` for other items with a lead score above 0, and the lead's own
//! score for the rest, so that candidates come first and all others stay in the lead's order. An
//! explanation is the lead's, of the lead's score: it tells what brought the candidate in, and says
//! that it is an estimate, as the order is the ranker's.
//!
//! Symbols: `h`, a history; `i`, an item; `s_l`, the lead's scores; `z`, the ranker's log-odds;
//! `σ(z) = 1 / (1 + e^−z)`; `d`, depth. Time that of the recommenders plus
//! `O((d + |h|) · trees · depth of a tree)`, memory `O(items)`.
//! Source: P. Covington, J. Adams and E. Sargin, "Deep neural networks for YouTube
//! recommendations", RecSys 2016, section 2 (candidates from many sources, then one ranker).

use std::sync::Arc;

use crate::blend::scale;
use crate::calibration::probability;
use crate::error::ModelError;
use crate::ranker::Ranker;
use crate::recommender::{Explanation, Recommender, tidy_history};
use crate::topk::{Scored, top_of_scores};

/// Something known of each item as of the moment models learnt up to; whole, so that it can be
/// stored as text without loss.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ItemFact {
    /// Its name among the ranker's columns.
    pub name: String,
    /// One number or nothing per item.
    pub values: Vec<Option<i64>>,
}

/// What makes rows of candidates.
pub struct Shortlist {
    lead: Arc<dyn Recommender>,
    sources: Vec<Arc<dyn Recommender>>,
    facts: Vec<ItemFact>,
    depth: usize,
}

/// A candidate with what the ranker reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The item.
    pub item: u32,
    /// One number or nothing per column of [`Shortlist::columns`].
    pub row: Vec<Option<f64>>,
}

impl Shortlist {
    /// Joins the recommender that names candidates with others that have a say, and facts.
    ///
    /// # Errors
    /// When they do not know the same number of items, or the depth is 0.
    pub fn new(
        lead: Arc<dyn Recommender>,
        sources: Vec<Arc<dyn Recommender>>,
        facts: Vec<ItemFact>,
        depth: usize,
    ) -> Result<Self, ModelError> {
        let refused = |reason: String| Err(ModelError::Input { model: Reranked::NAME, reason });
        let n_items = lead.n_items();
        let of_sources = sources.iter().map(|one| (one.name().to_owned(), one.n_items()));
        let of_facts = facts.iter().map(|fact| (fact.name.clone(), fact.values.len()));
        for (name, found) in of_sources.chain(of_facts) {
            if found != n_items {
                return refused(format!("{name} knows {found} items, the lead {n_items}"));
            }
        }
        if depth == 0 {
            return refused("a depth of 0 leaves nothing to rank; use 1 or more".to_owned());
        }
        Ok(Self { lead, sources, facts, depth })
    }

    /// Names of the columns of a row.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let sources = self.sources.iter().map(|one| format!("score of {}", one.name()));
        let lead = ["lead score", "place"].map(str::to_owned).into_iter();
        let person = ["items met", "weight met"].map(str::to_owned);
        let facts = self.facts.iter().map(|fact| fact.name.clone());
        lead.chain(sources).chain(facts).chain(person).collect()
    }

    /// The candidates for a history that `keep` accepts, in the lead's order.
    #[must_use]
    pub fn candidates(&self, history: &[(u32, f32)], keep: &dyn Fn(u32) -> bool) -> Vec<Candidate> {
        let mut scores = vec![0.0; self.lead.n_items()];
        self.lead.score(history, &mut scores);
        let mut candidates = self.rows(history, &scores);
        candidates.retain(|one| keep(one.item));
        candidates
    }

    /// The lead's best, each with its place, until there are enough that are not in the history.
    fn named(&self, met: &[(u32, f32)], lead: &[f32]) -> Vec<(Scored, usize)> {
        let most = self.depth.saturating_add(met.len());
        let mut place = 1;
        let placed = |one: Scored| {
            let own = place;
            place += usize::from(met.binary_search_by_key(&one.item, |(item, _)| *item).is_err());
            (one, own)
        };
        let all = top_of_scores(lead, most, &|_| true).into_iter().map(placed);
        all.take_while(|(_, place)| *place <= self.depth).collect()
    }

    fn rows(&self, history: &[(u32, f32)], lead: &[f32]) -> Vec<Candidate> {
        let met = tidy_history(history, lead.len());
        let named = self.named(&met, lead);
        let number = |value: f32| value.is_finite().then_some(f64::from(value));
        let factor = scale(lead);
        let start =
            |(one, place): &(Scored, usize)| vec![number(one.score * factor), Some(*place as f64)];
        let mut rows: Vec<Vec<Option<f64>>> = named.iter().map(start).collect();
        let named: Vec<u32> = named.into_iter().map(|(one, _)| one.item).collect();
        let mut own = vec![0.0; lead.len()];
        for source in &self.sources {
            source.score(history, &mut own);
            let factor = scale(&own);
            for (row, item) in rows.iter_mut().zip(&named) {
                row.push(number(own[*item as usize] * factor));
            }
        }
        let weight: f64 = met.iter().map(|(_, weight)| f64::from(*weight)).sum();
        for (row, item) in rows.iter_mut().zip(&named) {
            let facts = self.facts.iter().map(|fact| fact.values[*item as usize]);
            row.extend(facts.map(|fact| fact.map(|value| value as f64)));
            row.extend([Some(met.len() as f64), Some(weight)]);
        }
        named.into_iter().zip(rows).map(|(item, row)| Candidate { item, row }).collect()
    }
}

/// A recommender with a ranker behind it.
pub struct Reranked {
    shortlist: Shortlist,
    ranker: Ranker,
}

impl Reranked {
    /// The name in manifests and reports.
    pub const NAME: &'static str = "Ranker";

    /// Puts a ranker behind a shortlist.
    ///
    /// # Errors
    /// When the ranker reads other columns than the shortlist writes.
    pub fn new(shortlist: Shortlist, ranker: Ranker) -> Result<Self, ModelError> {
        let (writes, reads) = (shortlist.columns(), ranker.columns());
        if writes != reads {
            let reason = format!("its ranker reads {reads:?}, its rows hold {writes:?}");
            return Err(ModelError::Input { model: Self::NAME, reason });
        }
        Ok(Self { shortlist, ranker })
    }
}

impl Recommender for Reranked {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.shortlist.lead.n_items()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        self.shortlist.lead.score(history, scores);
        let candidates = self.shortlist.rows(history, scores);
        let best = scores.iter().copied().fold(0.0, f32::max);
        if best > 0.0 {
            scores.iter_mut().filter(|score| **score > 0.0).for_each(|score| *score /= 2.0 * best);
        }
        for one in candidates {
            scores[one.item as usize] = 1.0 + probability(self.ranker.score(&one.row)) as f32;
        }
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        self.shortlist.lead.similar_items(item, n)
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        Explanation { is_estimate: true, ..self.shortlist.lead.explain(history, item) }
    }
}
