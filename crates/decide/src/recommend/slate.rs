//! The solver of a slate and its baseline: best score first, ties by popularity, then item id.

use super::{Candidate, RankResponse, Recommend, RecommendRequest, Subject, economics, filter};
use crate::record::{Baseline, Choice, Reason};

impl Recommend {
    /// The response that was measured for slates like this one; none for item slates, whose
    /// response was never measured.
    pub(super) fn response(&self, request: &RecommendRequest) -> Option<&RankResponse> {
        let responses = self.responses.as_ref()?;
        match &request.subject {
            Subject::Item(_) => None,
            _ if self.history(request).is_empty() => None,
            _ => Some(&responses.champion),
        }
    }

    /// The best `n` of the candidates as choices.
    pub(super) fn slate(
        &self,
        request: &RecommendRequest,
        candidates: Vec<Candidate>,
    ) -> Vec<Choice> {
        let response = self.response(request);
        let best = candidates.into_iter().take(request.n).enumerate();
        best.filter_map(|(i, candidate)| {
            let reason = self.reason(request, &candidate);
            self.choice(i, candidate, response, reason)
        })
        .collect()
    }

    /// What popularity alone would show, under the same constraints.
    pub(super) fn popular_slate(&self, request: &RecommendRequest) -> Baseline {
        let popular = if self.starved() { Vec::new() } else { self.popular(self.pool(request, 1)) };
        let (mut left, _) = filter::apply(&self.catalogue, request, popular);
        if let Subject::Item(id) = &request.subject {
            // Nothing goes with itself.
            let own = self.catalogue.index_of(id);
            left.retain(|candidate| Some(candidate.item) != own);
        }
        let measured =
            !self.history(request).is_empty() && !matches!(request.subject, Subject::Item(_));
        let response =
            self.responses.as_ref().filter(|_| measured).map(|responses| &responses.popularity);
        let best = left.into_iter().take(request.n).enumerate();
        let items: Vec<Choice> = best
            .filter_map(|(i, candidate)| {
                let reason = self.popular_reason(candidate.item);
                self.choice(i, candidate, response, reason)
            })
            .collect();
        let expected_value =
            response.and_then(|response| economics::slate_value(response, &items, self.currency));
        Baseline { name: "popularity", items, expected_value }
    }

    fn choice(
        &self,
        index: usize,
        candidate: Candidate,
        response: Option<&RankResponse>,
        reason: Reason,
    ) -> Option<Choice> {
        let entry = self.catalogue.entry(candidate.item)?;
        let probability_ppm = response.and_then(|r| r.rates().get(index).map(|rate| rate.ppm));
        let worth = |ppm| {
            let bought = response.is_some_and(|r| r.kind == super::ResponseKind::Purchase);
            entry.price_minor.filter(|_| bought).map(|price| economics::share(price, ppm))
        };
        Some(Choice {
            position: u32::try_from(index + 1).ok()?,
            item_id: entry.item_id.clone(),
            title: entry.label().to_owned(),
            price_minor: entry.price_minor,
            currency: entry.currency,
            score: candidate.score,
            probability_ppm,
            expected_value_minor: probability_ppm.and_then(worth),
            sources: candidate.sources,
            reason,
        })
    }
}
