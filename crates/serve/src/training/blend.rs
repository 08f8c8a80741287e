//! Looking for shares across the families' best models.
//!
//! Each model's lists of every other validation shopper are joined; shares are evolved on them.
//! The shoppers that the search did not see then say whether the blend is better than the best
//! single model.

use std::sync::Arc;

use model::tuning::Evolution;
use model::{Bootstrap, Evaluation, Interval, Metric, Recommender, Scored, scale, top_of_scores};
use rayon::prelude::*;

use super::choose::Winner;
use super::steps::Steps;
use super::{Candidate, TrainPlan};
use crate::error::ServeError;
use crate::exam::{CUTOFF, Exam, Questions};
use crate::held::{self, Held};

/// Models that may take part: the best of the families.
const PARTS_MAX: usize = 5;
/// Items of each model's list that take part in the search.
const DEPTH: usize = 100;
/// Shares below this are not worth a model.
const SHARE_MIN: f32 = 0.03;
/// Generations of the search.
const GENERATIONS: usize = 30;

/// A blend that was found.
pub(super) struct FoundBlend {
    /// Places among the winners with their shares, largest first.
    pub(super) shares: Vec<(usize, f32)>,
    pub(super) evaluation: Evaluation,
    /// Over the best single model, on shoppers the search did not see.
    pub(super) over_best: Interval,
    pub(super) serves: bool,
}

/// What the search knows of one shopper: for each item of the joined lists a score per model.
struct Lists {
    items: Vec<(u32, bool)>,
    /// `items × models`.
    scores: Vec<f32>,
    answers: usize,
}

/// Shoppers with an odd number confirm what was found on the even ones.
pub(super) fn confirm(ours: &Evaluation, theirs: &Evaluation, by: &Bootstrap) -> Option<Interval> {
    ours.odd().difference(&theirs.odd(), Metric::Ndcg, CUTOFF, by)
}

/// The best shares found, or none where there is nothing to blend.
pub(super) fn find(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    winners: &[Winner],
    champion: usize,
    steps: &mut Steps<'_>,
) -> Result<Option<FoundBlend>, ServeError> {
    let mut order: Vec<usize> = (0..winners.len()).collect();
    order.sort_by(|a, b| winners[*b].ndcg().total_cmp(&winners[*a].ndcg()));
    order.truncate(PARTS_MAX);
    if order.len() < 2 {
        return Ok(None);
    }
    steps.next("looking for a blend of models".to_owned(), "正在寻找模型的组合".to_owned());
    let best: &Candidate = &winners[champion].candidate;
    let weights = best.weights(&plan.weights, exam.target);
    let questions = exam.questions(&weights)?;
    let models: Vec<&dyn Recommender> =
        order.iter().map(|at| winners[*at].fitted.recommender()).collect();
    let lists = lists(&questions, &models);
    let search = Evolution { seed: plan.seed, dims: models.len(), generations: GENERATIONS };
    let alone = |at: usize| (0..models.len()).map(|d| f64::from(u8::from(d == at))).collect();
    let mut starts: Vec<Vec<f64>> = (0..models.len()).map(alone).collect();
    starts.push(vec![0.5; models.len()]);
    let found = search.maximise(&starts, |shares| mean_ndcg(&lists, shares));
    let sum: f64 = found.point.iter().sum();
    let shares = order.iter().zip(&found.point).map(|(at, share)| (*at, (share / sum) as f32));
    let mut shares: Vec<(usize, f32)> = shares.filter(|(_, share)| *share >= SHARE_MIN).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let kept: f32 = shares.iter().map(|(_, share)| share).sum();
    shares.iter_mut().for_each(|(_, share)| *share /= kept);
    if shares.len() < 2 {
        return Ok(None);
    }
    let held = |at: usize| -> Arc<dyn Recommender> { Arc::new(Held(winners[at].fitted.clone())) };
    let blend = held::blend(shares.iter().map(|(at, share)| (held(*at), *share)).collect())?;
    let evaluation = exam.judge(blend.as_ref(), &weights)?;
    let bootstrap = Bootstrap { seed: plan.seed, ..Bootstrap::default() };
    let over_best = confirm(&evaluation, &winners[champion].evaluation, &bootstrap);
    Ok(over_best.map(|over_best| {
        let serves = over_best.low > 0.0;
        FoundBlend { shares, evaluation, over_best, serves }
    }))
}

/// The joined lists of every other shopper who can be judged.
fn lists(questions: &Questions, models: &[&dyn Recommender]) -> Vec<Lists> {
    let Questions { history, met, answers } = questions;
    let relevant = |row: usize| -> Vec<u32> {
        let (items, _) = answers.row(row);
        let (met, _) = met.row(row);
        items.iter().copied().filter(|item| met.binary_search(item).is_err()).collect()
    };
    let judged: Vec<(usize, Vec<u32>)> = (0..answers.n_rows())
        .map(|row| (row, relevant(row)))
        .filter(|(_, items)| !items.is_empty())
        .collect();
    judged
        .par_iter()
        .step_by(2)
        .map(|(row, relevant)| {
            let (met, _) = met.row(*row);
            let mut all = Vec::with_capacity(models.len());
            let mut items: Vec<u32> = Vec::new();
            for model in models {
                let mut scores = vec![0.0; model.n_items()];
                model.score(history.row(*row), &mut scores);
                let keep = |item: u32| met.binary_search(&item).is_err();
                items.extend(top_of_scores(&scores, DEPTH, &keep).iter().map(|one| one.item));
                let factor = scale(&scores);
                scores.iter_mut().for_each(|score| *score *= factor);
                all.push(scores);
            }
            items.sort_unstable();
            items.dedup();
            let scores = items.iter().flat_map(|item| all.iter().map(|own| own[*item as usize]));
            Lists {
                scores: scores.collect(),
                items: items.iter().map(|i| (*i, relevant.binary_search(i).is_ok())).collect(),
                answers: relevant.len(),
            }
        })
        .collect()
}

fn mean_ndcg(lists: &[Lists], shares: &[f64]) -> f64 {
    let sum: f64 = shares.iter().sum();
    if sum <= 0.0 {
        return 0.0;
    }
    let shares: Vec<f32> = shares.iter().map(|share| (share / sum) as f32).collect();
    let of_one = |list: &Lists| {
        let rows = list.scores.chunks_exact(shares.len());
        let mut scored: Vec<(Scored, bool)> = rows
            .zip(&list.items)
            .map(|(row, &(item, is_hit))| {
                let score = row.iter().zip(&shares).map(|(score, share)| score * share).sum();
                (Scored { item, score }, is_hit)
            })
            .collect();
        let first = CUTOFF.min(scored.len());
        if first > 0 && first < scored.len() {
            scored.select_nth_unstable_by(first - 1, |a, b| a.0.best_first(&b.0));
        }
        scored.truncate(first);
        scored.sort_unstable_by(|a, b| a.0.best_first(&b.0));
        let hits: Vec<bool> = scored.iter().map(|(_, is_hit)| *is_hit).collect();
        Metric::Ndcg.at(CUTOFF, &hits, list.answers)
    };
    lists.iter().map(of_one).sum::<f64>() / lists.len().max(1) as f64
}
