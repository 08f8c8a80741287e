//! What to recommend: slates for a person, a visitor or an item.
//!
//! Candidates come from several sources (collaborative, similar to the history, trending); the
//! champion of the held-out weeks scores all of them; owned, excluded, unsold and unavailable
//! items are filtered; each choice carries the past interactions that put it there.

mod candidates;
mod catalogue;
mod economics;
mod filter;
mod reason;
mod request;
mod response;
mod slate;

pub use candidates::Candidate;
pub use catalogue::{Catalogue, CatalogueEntry};
pub use request::{HistoryItem, OwnedRule, RecommendRequest, Subject};
pub use response::{RankResponse, ResponseKind};

use std::sync::Arc;

use event::{Bilingual, Currency, SiteId};
use model::Recommender;

use crate::decision::Decision;
use crate::error::DecideError;
use crate::record::{Baseline, Binding, Choice, Estimate, Kind, ModelRef, Outcome};

/// Fewest interactions from which anything may be recommended.
pub const INTERACTIONS_MIN: usize = 30;

/// The fitted models of a site.
#[derive(Clone)]
pub struct Models {
    /// The model that won on the held-out weeks; may be the popularity baseline itself.
    pub champion: Arc<dyn Recommender>,
    /// Item-to-item neighbours, for similar items.
    pub neighbours: Arc<dyn Recommender>,
    /// The baseline.
    pub popularity: Arc<dyn Recommender>,
}

/// What the held-out weeks say about responses.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Responses {
    /// Of the champion's slates.
    pub champion: RankResponse,
    /// Of the baseline's slates.
    pub popularity: RankResponse,
}

/// Everything a recommend decision needs, loaded once per model version.
pub struct Recommend {
    site: SiteId,
    currency: Currency,
    model: ModelRef,
    models: Models,
    catalogue: Catalogue,
    responses: Option<Responses>,
    interactions: usize,
}

impl Recommend {
    /// Joins models and catalogue.
    ///
    /// # Errors
    /// When the models do not know the same items as the catalogue.
    pub fn new(
        site: SiteId,
        currency: Currency,
        model: ModelRef,
        models: Models,
        catalogue: Catalogue,
        responses: Option<Responses>,
        interactions: usize,
    ) -> Result<Self, DecideError> {
        let expected = models.champion.n_items();
        let parts = [
            ("the catalogue", catalogue.len()),
            ("the neighbour model", models.neighbours.n_items()),
            ("the popularity model", models.popularity.n_items()),
        ];
        for (what, found) in parts {
            if found != expected {
                return Err(DecideError::Mismatch { what, found, expected });
            }
        }
        Ok(Self { site, currency, model, models, catalogue, responses, interactions })
    }

    /// The items that can be recommended.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The item-to-item model.
    pub fn neighbours(&self) -> &dyn Recommender {
        self.models.neighbours.as_ref()
    }

    /// The currency of expected values.
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Whether there is too little data to say anything.
    fn starved(&self) -> bool {
        self.interactions < INTERACTIONS_MIN
    }
}

impl Decision for Recommend {
    const KIND: Kind = Kind::Recommend;
    type Request = RecommendRequest;
    type Candidate = Candidate;

    fn site(&self) -> &SiteId {
        &self.site
    }

    fn model(&self) -> ModelRef {
        self.model.clone()
    }

    fn candidates(&self, request: &RecommendRequest) -> Vec<Candidate> {
        if self.starved() { Vec::new() } else { self.gather(request) }
    }

    fn constrain(
        &self,
        request: &RecommendRequest,
        candidates: Vec<Candidate>,
    ) -> (Vec<Candidate>, Vec<Binding>) {
        filter::apply(&self.catalogue, request, candidates)
    }

    fn choose(&self, request: &RecommendRequest, candidates: Vec<Candidate>) -> Vec<Choice> {
        self.slate(request, candidates)
    }

    fn value(&self, request: &RecommendRequest, chosen: &[Choice]) -> Option<Estimate> {
        economics::slate_value(self.response(request)?, chosen, self.currency)
    }

    fn baseline(&self, request: &RecommendRequest) -> Baseline {
        self.popular_slate(request)
    }

    fn outcome(
        &self,
        request: &RecommendRequest,
        chosen: &[Choice],
    ) -> (Outcome, Option<Bilingual>) {
        if self.starved() || chosen.is_empty() {
            let note = Bilingual::new(
                format!(
                    "Not enough data: {} interactions are known, at least {INTERACTIONS_MIN} are \
                     needed and some items must be left after the filters.",
                    self.interactions
                ),
                format!(
                    "数据不足：目前只有 {} 次互动，至少需要 {INTERACTIONS_MIN} 次，且过滤后须有剩余商品。",
                    self.interactions
                ),
            );
            return (Outcome::NotEnoughData, Some(note));
        }
        if matches!(request.subject, Subject::Item(_)) {
            return (Outcome::Model, None);
        }
        if self.history(request).is_empty() {
            let note = Bilingual::new(
                "Nothing is known about this shopper's taste yet, so these are the most popular \
                 items.",
                "尚不了解该顾客的喜好，因此推荐最受欢迎的商品。",
            );
            return (Outcome::Baseline, Some(note));
        }
        if self.models.champion.name() == self.models.popularity.name() {
            let note = Bilingual::new(
                "No model has shown on held-out weeks that it beats popularity, so the shop \
                 recommends what is popular.",
                "尚无模型在留出周上证明优于热门榜，因此推荐热门商品。",
            );
            return (Outcome::Baseline, Some(note));
        }
        (Outcome::Model, None)
    }
}
