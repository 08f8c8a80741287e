//! Training a shop's recommenders: choose on validation weeks, report on test weeks, fit on all.
//!
//! Time runs `learn … | validation | test |`. Every candidate is fitted before the validation
//! weeks and judged on them; the best of each family goes on, tuned if that is asked for. The
//! champion is the best family that beats popularity with a 95 % interval clear of zero, or a blend
//! of families that beats that one in the same way; if none does, popularity it is. A ranker then
//! orders its candidates, if that is surely better. The test weeks,
//! which took part in no choice, give the figures that are reported and the response rates that
//! decisions use. Last, what serves is fitted on everything.

mod blend;
mod candidates;
mod choose;
mod judge;
mod rank;
mod report;
mod steps;
mod tune;

use std::collections::BTreeMap;
use std::sync::Arc;

use decide::recommend::Responses;
use event::ItemId;
use feature::{ContactKind, ContactLog, ContactWeights};
use model::{AnyModel, ItemFact, Ranker, Recommender, Reranked, Shortlist};

pub use candidates::{BASELINE, Candidate, Cap, Fading, NEIGHBOURS};
pub(crate) use rank::DEPTH;
pub use rank::RankingReport;
pub use report::{BlendReport, BlendShare, FamilyReport, Marks, TrainReport, Tuned};
pub use steps::TrainStep;
pub use tune::TunePlan;

use crate::error::ServeError;
pub use crate::exam::train_set;
use crate::exam::{Exam, SHOPPERS_MIN};
use crate::held::{self, Held};
use choose::{Chosen, choose};
use steps::Steps;

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// How a shop is trained.
#[derive(Debug, Clone)]
pub struct TrainPlan {
    /// Length of the validation and of the test period, each.
    pub holdout_days: u32,
    /// What contacts are worth.
    pub weights: ContactWeights,
    /// What is tried.
    pub candidates: Vec<Candidate>,
    /// How fast contacts may fade: tried with the best candidate of each family.
    pub half_lives_days: Vec<f32>,
    /// The largest shop for which a model is tried.
    pub caps: Vec<Cap>,
    /// Whether a blend of families is looked for.
    pub blends: bool,
    /// Whether a ranker is looked for that puts candidates in a better order.
    pub ranks: bool,
    /// How better settings are looked for, if they are.
    pub tune: Option<TunePlan>,
    /// Vectors that the shop brings for items, for the models that look at what items are.
    pub vectors: Option<BTreeMap<ItemId, Vec<f32>>>,
    /// Seed of every random step.
    pub seed: u64,
}

impl TrainPlan {
    /// A plan with these candidates and nothing else.
    pub fn of(holdout_days: u32, candidates: Vec<Candidate>, seed: u64) -> Self {
        Self {
            holdout_days,
            weights: ContactWeights::default(),
            candidates,
            half_lives_days: Vec::new(),
            caps: Vec::new(),
            blends: false,
            ranks: false,
            tune: None,
            vectors: None,
            seed,
        }
    }

    /// The usual plan with this many weeks held out.
    pub fn weeks(holdout_weeks: u32, seed: u64) -> Self {
        let holdout_days = holdout_weeks.saturating_mul(7);
        Self {
            half_lives_days: candidates::HALF_LIVES_DAYS.to_vec(),
            caps: candidates::caps(),
            blends: true,
            ranks: true,
            ..Self::of(holdout_days, candidates::candidates(seed), seed)
        }
    }

    /// Tries only these models, and popularity, which every other is compared with.
    pub fn only(&mut self, names: &[&str]) {
        (self.blends, self.ranks) = (false, false);
        self.candidates.retain(|candidate| {
            let name = candidate.config.name();
            name == BASELINE || names.contains(&name)
        });
    }

    /// Tries these configurations in place of others of their models.
    pub fn settle(&mut self, configs: &[model::ModelConfig]) {
        for config in configs {
            self.candidates.retain(|candidate| candidate.config.name() != config.name());
            self.candidates.push(Candidate { config: config.clone(), half_life_days: None });
        }
    }

    /// The families tried: popularity first, then as they stand in the plan.
    fn families(&self) -> Vec<&'static str> {
        let mut names = vec![BASELINE];
        for candidate in &self.candidates {
            let name = candidate.config.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Which model serves.
#[derive(Debug, Clone, PartialEq)]
pub enum Champion {
    /// One of [`Trained::fitted`].
    Single(usize),
    /// Several of them with their shares.
    Blend(Vec<(usize, f32)>),
}

/// The ranker that puts the champion's candidates in order.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainedRanker {
    /// Which of [`Trained::fitted`] have a say.
    pub sources: Vec<usize>,
    /// What is known of each item.
    pub facts: Vec<ItemFact>,
    /// What puts them in order.
    pub ranker: Ranker,
}

/// What serves fitted on everything, with what was found.
pub struct Trained {
    /// What was found.
    pub report: TrainReport,
    /// What contacts are worth to the champion.
    pub weights: ContactWeights,
    /// First moment that was not learnt from.
    pub as_of_ms: i64,
    /// Which model serves.
    pub champion: Champion,
    /// The ranker behind it, where one serves.
    pub ranker: Option<TrainedRanker>,
    /// Popularity, neighbours, and what champion and ranker need beside them.
    pub fitted: Vec<Arc<AnyModel>>,
    /// Response rates of the test weeks.
    pub responses: Option<Responses>,
    /// What was learnt from.
    pub log: ContactLog,
}

impl Trained {
    /// The model that serves.
    ///
    /// # Errors
    /// When the parts of a blend do not fit together.
    pub fn serving(&self) -> Result<Arc<dyn Recommender>, ServeError> {
        let one = |at: usize| -> Result<Arc<dyn Recommender>, ServeError> {
            let model = self.fitted.get(at);
            let model = model.ok_or_else(|| ServeError::Plan("a model is missing".to_owned()))?;
            Ok(Arc::new(Held(model.clone())))
        };
        let lead = match &self.champion {
            Champion::Single(at) => one(*at)?,
            Champion::Blend(parts) => {
                let parts = parts.iter().map(|(at, share)| Ok((one(*at)?, *share)));
                held::blend(parts.collect::<Result<_, ServeError>>()?)?
            }
        };
        let Some(TrainedRanker { sources, facts, ranker }) = &self.ranker else { return Ok(lead) };
        let sources = sources.iter().map(|at| one(*at)).collect::<Result<_, ServeError>>()?;
        let shortlist = Shortlist::new(lead, sources, facts.clone(), DEPTH)?;
        Ok(Arc::new(Reranked::new(shortlist, ranker.clone())?))
    }
}

/// Chooses and judges without fitting on everything: what `train` would report.
pub fn judge(
    log: &ContactLog,
    plan: &TrainPlan,
    progress: &mut dyn FnMut(TrainStep),
) -> Result<TrainReport, ServeError> {
    let mut steps = Steps::new(0, progress);
    Ok(judged(log, plan, &mut steps)?.report)
}

/// Trains on a contact log.
pub fn train(
    log: ContactLog,
    plan: &TrainPlan,
    progress: &mut dyn FnMut(TrainStep),
) -> Result<Trained, ServeError> {
    for needed in [BASELINE, NEIGHBOURS] {
        if !plan.candidates.iter().any(|candidate| candidate.config.name() == needed) {
            return Err(ServeError::Plan(format!("it must try {needed}")));
        }
    }
    let mut steps = Steps::new(2, progress);
    let Judged { report, responses, chosen } = judged(&log, plan, &mut steps)?;
    let as_of_ms = learnt_until(&log, report.target);
    let neighbours =
        chosen.winners.iter().position(|one| one.candidate.config.name() == NEIGHBOURS);
    let neighbours = neighbours.ok_or_else(|| ServeError::Plan("no neighbours".to_owned()))?;
    // Families by their place among the winners: popularity, neighbours, the rest.
    let mut needed = vec![0, neighbours];
    let mut place = |family: usize| {
        needed.iter().position(|one| *one == family).unwrap_or_else(|| {
            needed.push(family);
            needed.len() - 1
        })
    };
    let champion = match chosen.serving_blend() {
        Some(blend) => {
            Champion::Blend(blend.shares.iter().map(|(at, share)| (place(*at), *share)).collect())
        }
        None => Champion::Single(place(chosen.champion)),
    };
    let ranker = chosen.serving_ranker().map(|found| TrainedRanker {
        sources: found.sources.iter().map(|at| place(*at)).collect(),
        facts: rank::facts(&log, report.target, as_of_ms),
        ranker: found.ranker.clone(),
    });
    steps.add(needed.len() - 2);
    let mut fitted = Vec::with_capacity(needed.len());
    for family in needed {
        let candidate = &chosen.winners[family].candidate;
        let name = candidate.config.name();
        steps.next(format!("fitting {name} on everything"), format!("用全部数据训练 {name}"));
        let known = log.known_at(as_of_ms, &candidate.weights(&plan.weights, report.target));
        let train = train_set(&log, &known, None)?;
        fitted.push(Arc::new(candidate.config.fit_watched(&train, &mut steps.watch())?));
    }
    let weights = chosen.winners[chosen.champion].candidate.weights(&plan.weights, report.target);
    Ok(Trained { report, weights, as_of_ms, champion, ranker, fitted, responses, log })
}

/// First moment after the last wanted contact and the last return of one: what is fitted on
/// everything must not learn what went back.
fn learnt_until(log: &ContactLog, target: ContactKind) -> i64 {
    let wanted = log.contacts.iter().filter(|c| c.kind == target);
    let last = wanted.map(|c| if c.returned_ms == i64::MAX { c.time_ms } else { c.returned_ms });
    last.max().map_or(log.end_ms(), |last| last.saturating_add(1))
}

/// Where the test period ends and how many days it has: those planned, or a sixth of the time in
/// which the target was seen, where that is shorter, so that there is something to learn from.
fn holdout(log: &ContactLog, target: ContactKind, planned_days: u32) -> (i64, u32) {
    let times = || log.contacts.iter().filter(|c| c.kind == target).map(|c| c.time_ms);
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return (0, planned_days);
    };
    let sixth = u32::try_from((last - first) / DAY_MS / 6).unwrap_or(u32::MAX);
    (last + 1, planned_days.min(sixth.max(1)))
}

/// What choosing and judging give.
struct Judged {
    report: TrainReport,
    responses: Option<Responses>,
    chosen: Chosen,
}

fn judged(log: &ContactLog, plan: &TrainPlan, steps: &mut Steps<'_>) -> Result<Judged, ServeError> {
    let target = target(log);
    let (end_ms, holdout_days) = holdout(log, target, plan.holdout_days);
    let holdout_ms = i64::from(holdout_days) * DAY_MS;
    let test_from_ms = end_ms - holdout_ms;
    let validation = Exam::new(log, test_from_ms - holdout_ms, test_from_ms, target);
    let chosen = choose(log, &validation, plan, steps)?;
    let test = Exam::new(log, test_from_ms, end_ms, target);
    let (families, responses) = judge::on_test(&test, plan, holdout_days, &chosen, steps)?;
    let report = TrainReport {
        contacts: log.contacts.len(),
        users: log.users.len(),
        items: log.items.len(),
        protocol: test.protocol,
        target,
        holdout_days,
        test_from_ms,
        shoppers: test.shoppers(),
        validation_shoppers: validation.shoppers(),
        seed: plan.seed,
        champion: chosen.champion_name().to_owned(),
        note: chosen.note.clone(),
        left_out: chosen.left_out.clone(),
        blend: chosen.blend_report(),
        ranking: chosen.ranked.as_ref().map(|found| found.report.clone()),
        families,
    };
    Ok(Judged { report, responses, chosen })
}

/// What a shop wants answered: purchases where there are enough, else what there is most of among
/// purchases, views and clicks, else among carts and reviews.
fn target(log: &ContactLog) -> ContactKind {
    use ContactKind::{Cart, Click, Purchase, Review, View};
    let count = |kind: ContactKind| log.contacts.iter().filter(|c| c.kind == kind).count();
    if count(Purchase) >= SHOPPERS_MIN {
        return Purchase;
    }
    // Of equal ones the last is taken.
    let most = |kinds: &[ContactKind]| {
        let counted = kinds.iter().map(|kind| (count(*kind), *kind)).filter(|(n, _)| *n > 0);
        counted.max_by_key(|(n, _)| *n).map(|(_, kind)| kind)
    };
    most(&[Click, View, Purchase]).or(most(&[Review, Cart])).unwrap_or(Purchase)
}
