//! The one shape of every decision.

use event::{Bilingual, SiteId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::DecideError;
use crate::record::{Baseline, Binding, Choice, Estimate, Kind, ModelRef, Outcome, Record};

/// Candidates × predicted response × unit economics × constraints → a record.
///
/// An implementation fills in the steps; [`decide`](Decision::decide) runs them in the one order
/// and [`replay`](Decision::replay) runs them again from a stored record. Every step is a pure
/// function of the implementation and the request, which is what makes replay possible.
pub trait Decision {
    /// What kind of decision this is.
    const KIND: Kind;
    /// All that a decision depends on besides the implementation itself.
    type Request: Serialize + DeserializeOwned;
    /// An action that could be taken.
    type Candidate;

    /// The shop.
    fn site(&self) -> &SiteId;

    /// The model the decision rests on.
    fn model(&self) -> ModelRef;

    /// Everything that could be done, from every source.
    fn candidates(&self, request: &Self::Request) -> Vec<Self::Candidate>;

    /// What the constraints leave, and which of them bind.
    fn constrain(
        &self,
        request: &Self::Request,
        candidates: Vec<Self::Candidate>,
    ) -> (Vec<Self::Candidate>, Vec<Binding>);

    /// The solver: the best actions with predicted response, value and reason.
    fn choose(&self, request: &Self::Request, candidates: Vec<Self::Candidate>) -> Vec<Choice>;

    /// What the chosen actions are worth together, where response and economics are known.
    fn value(&self, request: &Self::Request, chosen: &[Choice]) -> Option<Estimate>;

    /// What would be done without the model.
    fn baseline(&self, request: &Self::Request) -> Baseline;

    /// Who chose, and what a reader should know.
    fn outcome(&self, request: &Self::Request, chosen: &[Choice]) -> (Outcome, Option<Bilingual>);

    /// Makes the decision `id` at `made_at` (RFC 3339 in the shop's zone).
    fn decide(&self, id: &str, made_at: &str, request: &Self::Request) -> Record {
        let (left, binding) = self.constrain(request, self.candidates(request));
        let items = self.choose(request, left);
        let (outcome, note) = self.outcome(request, &items);
        Record {
            decision_id: id.to_owned(),
            kind: Self::KIND,
            site: self.site().clone(),
            made_at: made_at.to_owned(),
            model: self.model(),
            outcome,
            expected_value: self.value(request, &items),
            items,
            baseline: self.baseline(request),
            binding,
            note,
            request: serde_json::to_value(request).unwrap_or(Value::Null),
        }
    }

    /// Makes a stored decision again from its own request. With the same model and catalogue the
    /// result equals the record.
    fn replay(&self, stored: &Value) -> Result<Record, DecideError> {
        let text = |key: &str| stored.get(key).and_then(Value::as_str).unwrap_or_default();
        let id = text("decision_id").to_owned();
        let fail = |reason: String| DecideError::NotReplayable { id: id.clone(), reason };
        let kind = serde_json::to_value(Self::KIND).unwrap_or(Value::Null);
        if stored.get("kind") != Some(&kind) {
            return Err(fail(format!("it is not a decision of kind {kind}")));
        }
        let version = stored.pointer("/model/version").and_then(Value::as_str).unwrap_or_default();
        if version != self.model().version {
            return Err(fail(format!(
                "it was made with model version `{version}`, loaded is `{}`",
                self.model().version
            )));
        }
        let request = stored.get("request").cloned().unwrap_or(Value::Null);
        let request: Self::Request =
            serde_json::from_value(request).map_err(|e| fail(format!("its request: {e}")))?;
        Ok(self.decide(&id, text("made_at"), &request))
    }
}
