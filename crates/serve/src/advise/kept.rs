//! Advice as it is kept: its record, and what people did with it.
//!
//! The record never changes; its life stands beside it, a step at a time. Advice is proposed until
//! somebody accepts or rejects it, once.

use decide::{Advice, Kind};
use event::{Bilingual, TimeMs};
use lake::DecisionRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Made;
use super::stock::{self, StockRequest};
use crate::error::ServeError;
use crate::shop::{Replayed, Shop};

/// What advice is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum AdviceRequest {
    /// What to order.
    Stock(Box<StockRequest>),
}

impl AdviceRequest {
    /// Reads the request of a stored record, which is one of [`is_advice`].
    fn of(record: &Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(record["request"].clone()).map(|one| Self::Stock(Box::new(one)))
    }

    /// The kind of advice.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Stock(_) => Kind::Stock,
        }
    }

    fn advise(&self, shop: &Shop, made: &Made) -> Result<Advice, ServeError> {
        match self {
            Self::Stock(request) => stock::advise(shop, request, made),
        }
    }
}

/// What people decided about advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// It is to be done.
    Accepted,
    /// It is not.
    Rejected,
}

/// Where advice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody decided yet.
    Proposed,
    /// Somebody did.
    #[serde(untagged)]
    Settled(Settled),
}

/// A step in the life of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifeStep {
    /// When, RFC 3339 in the shop's zone.
    pub at: String,
    /// What was decided.
    pub step: Settled,
    /// Why; none where nobody said.
    pub reason: Option<String>,
}

/// Advice that is kept, with its life.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptAdvice {
    /// The record as it is stored.
    pub advice: Value,
    /// Where it stands.
    pub state: State,
    /// What happened to it, in order.
    pub life: Vec<LifeStep>,
}

impl KeptAdvice {
    fn of(shop: &Shop, row: &DecisionRow) -> Result<Self, ServeError> {
        let bad = |e: serde_json::Error| crate::shop::unreadable(&row.id, &e);
        let life: Vec<LifeStep> = match shop.lake.note(&scope(shop), &row.id)? {
            Some(text) => serde_json::from_str(&text).map_err(bad)?,
            None => Vec::new(),
        };
        let state = life.last().map_or(State::Proposed, |last| State::Settled(last.step));
        Ok(Self { advice: serde_json::from_str(&row.record).map_err(bad)?, state, life })
    }
}

/// Where the lives of a shop's advice are noted.
fn scope(shop: &Shop) -> String {
    format!("advice of {}", shop.config.site)
}

/// Whether a record is of a kind that [`AdviceRequest`] has.
fn is_advice(row: &DecisionRow) -> bool {
    row.kind == Kind::Stock.name()
}

impl Shop {
    /// Makes advice and returns once its record is on disk.
    ///
    /// # Errors
    /// When the request cannot be met or storage fails.
    pub fn advise_and_keep(
        &self,
        request: &AdviceRequest,
        now: TimeMs,
    ) -> Result<Advice, ServeError> {
        let made = Made { decision_id: self.decision_id(now), made_at: now };
        let advice = request.advise(self, &made)?;
        let id = made.decision_id;
        let record =
            serde_json::to_string(&advice).map_err(|e| crate::shop::unreadable(&id, &e))?;
        let kind = request.kind().name().to_owned();
        let row = DecisionRow { id, kind, subject: "shop".to_owned(), made_at: now, record };
        self.lake.put_decision(&self.config.site, row)?;
        Ok(advice)
    }

    /// The latest advice of a kind, newest first.
    ///
    /// # Errors
    /// When storage fails or a record cannot be read.
    pub fn kept_advice(&self, kind: Kind, limit: usize) -> Result<Vec<KeptAdvice>, ServeError> {
        let rows = self.lake.decisions_of(&self.config.site, kind.name(), limit)?;
        rows.iter().map(|row| KeptAdvice::of(self, row)).collect()
    }

    /// One piece of advice with its life.
    ///
    /// # Errors
    /// As [`Self::kept_advice`], or when there is none of this id.
    pub fn advice(&self, decision_id: &str) -> Result<KeptAdvice, ServeError> {
        KeptAdvice::of(self, &self.advice_row(decision_id)?)
    }

    /// Accepts or rejects advice that nobody decided about yet.
    ///
    /// # Errors
    /// As [`Self::advice`], when it was settled before, or when it is rejected without a reason.
    pub fn settle_advice(
        &self,
        decision_id: &str,
        step: Settled,
        reason: Option<&str>,
        now: TimeMs,
    ) -> Result<KeptAdvice, ServeError> {
        let refused =
            |en: String, zh: String| Err(ServeError::Life(Box::new(Bilingual::new(en, zh))));
        let mut kept = self.advice(decision_id)?;
        let reason = reason.map(str::trim).filter(|text| !text.is_empty());
        if let Some(last) = kept.life.last() {
            return refused(
                format!("decision `{decision_id}` was settled on {}", last.at),
                format!("决策 `{decision_id}` 已于 {} 定下", last.at),
            );
        }
        if step == Settled::Rejected && reason.is_none() {
            return refused(
                "say why it is rejected, so that it can be learnt from".to_owned(),
                "请说明拒绝的理由，以便日后改进".to_owned(),
            );
        }
        let at = self.local_time(now);
        kept.life.push(LifeStep { at, step, reason: reason.map(str::to_owned) });
        kept.state = State::Settled(step);
        let text = serde_json::to_string(&kept.life)
            .map_err(|e| crate::shop::unreadable(decision_id, &e))?;
        self.lake.put_note(&scope(self), decision_id, &text)?;
        Ok(kept)
    }

    /// Makes stored advice again from its own request.
    ///
    /// # Errors
    /// As [`Self::advice`], or when it can no longer be made.
    pub fn replay_advice(&self, decision_id: &str) -> Result<Replayed<Advice>, ServeError> {
        let row = self.advice_row(decision_id)?;
        let bad = |e: serde_json::Error| crate::shop::unreadable(decision_id, &e);
        let stored: Value = serde_json::from_str(&row.record).map_err(bad)?;
        let made = Made { decision_id: row.id.clone(), made_at: row.made_at };
        let record = AdviceRequest::of(&stored).map_err(bad)?.advise(self, &made)?;
        let same = serde_json::to_string(&record).map_err(bad)? == row.record;
        Ok(Replayed { stored, record, same })
    }

    fn advice_row(&self, decision_id: &str) -> Result<DecisionRow, ServeError> {
        let row = self.lake.decision(&self.config.site, decision_id)?.filter(is_advice);
        row.ok_or_else(|| {
            ServeError::Life(Box::new(Bilingual::new(
                format!("there is no advice `{decision_id}` in this shop"),
                format!("本店没有建议 `{decision_id}`"),
            )))
        })
    }
}
