//! A recommend decision as it is answered.

use decide::recommend::Subject;
use decide::{Binding, Choice, Estimate, Outcome, Reason, Record};
use serde::Serialize;
use utoipa::ToSchema;

use super::Text;
use crate::shop::Ask;

/// A decision: what was chosen, what it is worth, the alternative, what bound, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Recommendation {
    /// Identity, by which the decision can be replayed.
    decision_id: String,
    /// `recommend`.
    kind: &'static str,
    /// The shop.
    site: String,
    /// When.
    made_at: String,
    /// Where the slate is shown.
    surface: String,
    /// For whom, or beside what.
    subject: SubjectAnswer,
    /// The model it rests on.
    model: ModelAnswer,
    /// `model`, `baseline` or `not_enough_data`.
    outcome: &'static str,
    /// The slate.
    items: Vec<SlateItem>,
    /// What the slate is worth, where response and prices are known.
    expected_value: Option<ValueAnswer>,
    /// What would be shown without the model.
    baseline: BaselineAnswer,
    /// Constraints that removed candidates.
    binding: Vec<BindingAnswer>,
    /// What a reader should know before trusting it.
    note: Option<Text>,
}

/// For whom, or beside what: one of the three.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct SubjectAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    anon_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item_id: Option<String>,
}

/// A model by reference.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelAnswer {
    /// Algorithm.
    name: String,
    /// Version in the registry.
    version: String,
    /// When it was trained.
    trained_at: String,
}

/// An item of a slate.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SlateItem {
    /// From 1.
    position: u32,
    /// The item.
    item_id: String,
    /// Its name, or its id where the catalogue has none.
    title: String,
    /// Price in minor units, where known.
    price_minor: Option<i64>,
    /// Currency of the price.
    currency: Option<String>,
    /// The model's score; comparable within one answer only.
    score: f32,
    /// Predicted response, where it was measured.
    probability: Option<f64>,
    /// `probability × price` in minor units, where both are known.
    expected_value_minor: Option<i64>,
    /// Where the candidate came from.
    sources: Vec<&'static str>,
    /// Why it is here.
    reason: ReasonAnswer,
}

/// Why an item was chosen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReasonAnswer {
    /// Stable code.
    code: &'static str,
    /// As a sentence.
    text: Text,
    /// What carries it, strongest first.
    evidence: Vec<EvidenceAnswer>,
}

/// A past interaction that carries a reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvidenceAnswer {
    /// The item met before.
    item_id: String,
    /// Its name.
    title: String,
    /// What it adds to the score.
    contribution: f32,
}

/// An amount with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueAnswer {
    /// The estimate, in minor units.
    minor: i64,
    /// Lower end.
    low_minor: i64,
    /// Upper end.
    high_minor: i64,
    /// Currency of all three.
    currency: String,
    /// What exactly is estimated.
    definition: Text,
}

/// The alternative.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BaselineAnswer {
    /// Its name.
    name: &'static str,
    /// What it would show.
    items: Vec<BaselineItem>,
    /// What that is worth.
    expected_value: Option<ValueAnswer>,
}

/// An item of the alternative.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BaselineItem {
    /// From 1.
    position: u32,
    /// The item.
    item_id: String,
    /// Its name, or its id where the catalogue has none.
    title: String,
}

/// A constraint that removed candidates.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BindingAnswer {
    /// Stable code.
    code: &'static str,
    /// How many candidates it removed.
    count: usize,
    /// As a sentence.
    text: Text,
}

impl Recommendation {
    /// The answer to what was asked.
    pub(crate) fn of(record: Record, ask: &Ask) -> Self {
        let baseline = record.baseline;
        Self {
            decision_id: record.decision_id,
            kind: record.kind.name(),
            site: record.site.to_string(),
            made_at: record.made_at,
            surface: ask.surface.clone(),
            subject: SubjectAnswer::of(&ask.subject),
            model: ModelAnswer {
                name: record.model.name,
                version: record.model.version,
                trained_at: record.model.trained_at,
            },
            outcome: match record.outcome {
                Outcome::Model => "model",
                Outcome::Baseline => "baseline",
                Outcome::NotEnoughData => "not_enough_data",
            },
            items: record.items.into_iter().map(SlateItem::of).collect(),
            expected_value: record.expected_value.map(ValueAnswer::of),
            baseline: BaselineAnswer {
                name: baseline.name,
                items: baseline.items.into_iter().map(BaselineItem::of).collect(),
                expected_value: baseline.expected_value.map(ValueAnswer::of),
            },
            binding: record.binding.into_iter().map(BindingAnswer::of).collect(),
            note: record.note.map(Text::from),
        }
    }
}

impl SubjectAnswer {
    fn of(subject: &Subject) -> Self {
        let empty = Self::default();
        match subject.clone() {
            Subject::UserId(id) => Self { user_id: Some(id), ..empty },
            Subject::AnonId(id) => Self { anon_id: Some(id), ..empty },
            Subject::Item(id) => Self { item_id: Some(id), ..empty },
        }
    }
}

impl SlateItem {
    fn of(choice: Choice) -> Self {
        Self {
            position: choice.position,
            item_id: choice.item_id.to_string(),
            title: choice.title,
            price_minor: choice.price_minor,
            currency: choice.currency.map(|c| c.to_string()),
            score: choice.score,
            probability: choice.probability_ppm.map(|ppm| f64::from(ppm) / 1e6),
            expected_value_minor: choice.expected_value_minor,
            sources: choice.sources,
            reason: ReasonAnswer::of(choice.reason),
        }
    }
}

impl ReasonAnswer {
    fn of(reason: Reason) -> Self {
        let evidence = reason.evidence.into_iter().map(|one| EvidenceAnswer {
            item_id: one.item_id.to_string(),
            title: one.title,
            contribution: one.contribution,
        });
        Self { code: reason.code, text: reason.text.into(), evidence: evidence.collect() }
    }
}

impl ValueAnswer {
    fn of(value: Estimate) -> Self {
        Self {
            minor: value.minor,
            low_minor: value.low_minor,
            high_minor: value.high_minor,
            currency: value.currency.to_string(),
            definition: value.definition.into(),
        }
    }
}

impl BaselineItem {
    fn of(choice: Choice) -> Self {
        let item_id = choice.item_id.to_string();
        Self { position: choice.position, item_id, title: choice.title }
    }
}

impl BindingAnswer {
    fn of(binding: Binding) -> Self {
        Self { code: binding.code, count: binding.count, text: binding.text.into() }
    }
}
