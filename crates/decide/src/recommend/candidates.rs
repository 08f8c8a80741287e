//! Candidates from several sources, each marked with where it came from.

use model::top_of_scores;

use super::{Recommend, RecommendRequest, Subject};

/// An item that could be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The model's index of the item.
    pub item: u32,
    /// The score it is ranked by.
    pub score: f32,
    /// Which sources named it.
    pub sources: Vec<&'static str>,
}

/// Named by the model's scores.
pub(super) const COLLABORATIVE: &str = "collaborative";
/// Named by the neighbours of the history.
pub(super) const SIMILAR: &str = "similar";
/// Named by what sells.
pub(super) const TRENDING: &str = "trending";
/// Named by the neighbours of one item.
pub(super) const TOGETHER: &str = "bought_together";

impl Recommend {
    /// The history as the models take it: `(item index, weight)`.
    pub(super) fn history(&self, request: &RecommendRequest) -> Vec<(u32, f32)> {
        let known = |h: &super::HistoryItem| {
            self.catalogue.index_of(&h.item_id).map(|item| (item, h.weight))
        };
        let counts = |h: &&super::HistoryItem| h.weight.is_finite() && h.weight > 0.0;
        request.history.iter().filter(counts).filter_map(known).collect()
    }

    /// How many candidates a source names: `times` the slate and what the filters may take, so
    /// that a full slate is left where there is one.
    pub(super) fn pool(&self, request: &RecommendRequest, times: usize) -> usize {
        let slate = request.n.saturating_mul(times).max(200);
        let taken = [&request.owned, &request.seen, &request.exclude].map(Vec::len);
        // One more, for the item itself that the slate stands beside.
        let taken = taken.iter().sum::<usize>() + self.catalogue.unavailable() + 1;
        slate.saturating_add(taken).min(self.catalogue.len())
    }

    /// Candidates of every source, best first by the champion's score; where it sees no
    /// difference, popularity decides.
    pub(super) fn gather(&self, request: &RecommendRequest) -> Vec<Candidate> {
        let pool = self.pool(request, 10);
        if let Subject::Item(id) = &request.subject {
            return self.beside(id, pool);
        }
        let history = self.history(request);
        if history.is_empty() {
            return self.popular(pool);
        }
        let mut scores = vec![0.0; self.catalogue.len()];
        self.models.champion.score(&history, &mut scores);
        let mut sources: Vec<Vec<&'static str>> = vec![Vec::new(); scores.len()];
        let mut popularity = vec![0.0; scores.len()];
        self.models.popularity.score(&history, &mut popularity);
        let all = |_: u32| true;
        let named = [
            (COLLABORATIVE, top_of_scores(&scores, pool, &all)),
            (SIMILAR, self.models.neighbours.recommend(&history, pool, &all)),
            (TRENDING, top_of_scores(&popularity, pool, &all)),
        ];
        for (source, list) in named {
            for scored in list {
                sources[scored.item as usize].push(source);
            }
        }
        let mut candidates: Vec<Candidate> = sources
            .into_iter()
            .enumerate()
            .filter(|(_, sources)| !sources.is_empty())
            .map(|(item, sources)| Candidate { item: item as u32, score: scores[item], sources })
            .collect();
        let known = |c: &Candidate| popularity[c.item as usize];
        candidates.sort_by(|a, b| {
            let best = b.score.total_cmp(&a.score);
            best.then(known(b).total_cmp(&known(a))).then(a.item.cmp(&b.item))
        });
        candidates
    }

    /// What is popular, for whoever nothing is known about.
    pub(super) fn popular(&self, pool: usize) -> Vec<Candidate> {
        let all = |_: u32| true;
        let scored = self.models.popularity.recommend(&[], pool, &all);
        let one =
            |s: model::Scored| Candidate { item: s.item, score: s.score, sources: vec![TRENDING] };
        scored.into_iter().map(one).collect()
    }

    /// What goes with an item.
    fn beside(&self, item_id: &str, pool: usize) -> Vec<Candidate> {
        let Some(item) = self.catalogue.index_of(item_id) else { return Vec::new() };
        let scored = self.models.neighbours.similar_items(item, pool);
        let one =
            |s: model::Scored| Candidate { item: s.item, score: s.score, sources: vec![TOGETHER] };
        scored.into_iter().filter(|s| s.item != item).map(one).collect()
    }
}
