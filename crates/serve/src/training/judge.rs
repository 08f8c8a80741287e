//! Judging on the test weeks what was chosen on the validation weeks.

use std::sync::Arc;

use decide::recommend::{RankResponse, ResponseKind, Responses};
use feature::ContactKind;
use model::{Blend, Bootstrap, Evaluation, Recommender, Reranked, Shortlist};

use super::choose::{Chosen, marks};
use super::rank::{self, DEPTH, FoundRanker};
use super::report::FamilyReport;
use super::steps::Steps;
use super::{Candidate, TrainPlan};
use crate::error::ServeError;
use crate::exam::{Exam, SHOPPERS_MIN};
use crate::held::{self, Held};

/// The winners refitted before the test weeks and judged on them.
pub(super) fn on_test(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    holdout_days: u32,
    chosen: &Chosen,
    steps: &mut Steps<'_>,
) -> Result<(Vec<FamilyReport>, Option<Responses>), ServeError> {
    if exam.shoppers() < SHOPPERS_MIN {
        return Ok((Vec::new(), None));
    }
    let bootstrap = Bootstrap { seed: plan.seed, ..Bootstrap::default() };
    let judged = refitted(exam, plan, chosen, steps)?;
    let Some((_, baseline)) = judged.first() else { return Ok((Vec::new(), None)) };
    let of_validation = &chosen.winners[0].evaluation;
    let against = |at: usize, e| (at > 0).then_some(e);
    let mut families: Vec<FamilyReport> = chosen
        .winners
        .iter()
        .zip(&judged)
        .enumerate()
        .map(|(at, (winner, (_, e)))| FamilyReport {
            model: winner.candidate.config.name().to_owned(),
            candidate: Some(winner.candidate.clone()),
            test: marks(e, against(at, baseline), &bootstrap),
            validation: marks(&winner.evaluation, against(at, of_validation), &bootstrap),
            tuned: winner.tuned.clone(),
        })
        .collect();
    let served = &chosen.winners[chosen.champion].candidate;
    let mut serving = &judged[chosen.champion].1;
    // What learnt from half of the validation shoppers is judged there by the others.
    let joined = |model: &str, test: &Evaluation, validation: &Evaluation| FamilyReport {
        model: model.to_owned(),
        candidate: None,
        test: marks(test, Some(baseline), &bootstrap),
        validation: marks(&validation.odd(), Some(&of_validation.odd()), &bootstrap),
        tuned: None,
    };
    let mut lead = judged[chosen.champion].0.clone();
    let weights = served.weights(&plan.weights, exam.target);
    let (blended, ranked): (Evaluation, Evaluation);
    if let Some(blend) = &chosen.blend {
        let parts = blend.shares.iter().map(|(at, share)| (judged[*at].0.clone(), *share));
        let model = held::blend(parts.collect())?;
        blended = exam.judge(model.as_ref(), &weights)?;
        families.push(joined(Blend::NAME, &blended, &blend.evaluation));
        if blend.serves {
            (serving, lead) = (&blended, model);
        }
    }
    if let Some(found) = &chosen.ranked {
        ranked = exam.judge(&reranked(exam, found, lead, &judged)?, &weights)?;
        families.push(joined(Reranked::NAME, &ranked, &found.evaluation));
        if found.report.serves {
            serving = &ranked;
        }
    }
    families.sort_by(|a, b| b.test.ndcg.mean.total_cmp(&a.test.ndcg.mean));
    let response = |e: &Evaluation, candidate: &Candidate| {
        let trials = exam.reached(&candidate.weights(&plan.weights, exam.target));
        response(e, exam.target, holdout_days, trials)
    };
    let responses = Responses {
        champion: response(serving, served),
        popularity: response(baseline, &chosen.winners[0].candidate),
    };
    Ok((families, Some(responses)))
}

/// A model fitted before the test weeks, and how it did on them.
type Judged = (Arc<dyn Recommender>, Evaluation);

/// Every winner.
fn refitted(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    chosen: &Chosen,
    steps: &mut Steps<'_>,
) -> Result<Vec<Judged>, ServeError> {
    let mut judged: Vec<Judged> = Vec::with_capacity(chosen.winners.len());
    for winner in &chosen.winners {
        let name = winner.candidate.config.name();
        steps.next(format!("judging {name} on the test weeks"), format!("在测试周上评估 {name}"));
        let weights = winner.candidate.weights(&plan.weights, exam.target);
        let train = exam.train(&weights)?;
        let fitted = winner.candidate.config.fit_watched(&train, &mut steps.watch())?;
        let model = Arc::new(Held(Arc::new(fitted)));
        let evaluation = exam.judge(model.as_ref(), &weights)?;
        judged.push((model, evaluation));
    }
    Ok(judged)
}

/// The ranker behind what serves without it, fitted before the test weeks.
fn reranked(
    exam: &Exam<'_>,
    found: &FoundRanker,
    lead: Arc<dyn Recommender>,
    judged: &[Judged],
) -> Result<Reranked, ServeError> {
    let facts = rank::facts(exam.log(), exam.target, exam.cut_ms);
    let sources = found.sources.iter().map(|at| judged[*at].0.clone()).collect();
    Ok(Reranked::new(Shortlist::new(lead, sources, facts, DEPTH)?, found.ranker.clone())?)
}

/// How often the item at each rank was taken.
fn response(e: &Evaluation, target: ContactKind, horizon_days: u32, trials: u64) -> RankResponse {
    let kind = match target {
        ContactKind::Purchase => ResponseKind::Purchase,
        _ => ResponseKind::View,
    };
    let hits = e.ranks.iter().map(|rank| rank.hits).collect();
    RankResponse { kind, horizon_days, trials, hits }
}
