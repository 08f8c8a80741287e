//! Looking for a ranker that puts the candidates of what would serve in a better order.
//!
//! Candidates of the validation shoppers become rows, labelled by whether the shopper took them.
//! Shoppers with an even number teach, those with an odd one say how good the chances are and
//! whether the order is better than without; only then does the ranker serve, taught by all.

use std::sync::Arc;

use feature::{ContactKind, ContactLog};
use model::{
    BoostedTreesConfig, Bootstrap, Calibration, Candidate, ClassifierConfig, Evaluation, Interval,
    ItemFact, LabelledTable, ProbabilityQuality, Ranker, RankerConfig, Recommender, Reranked,
    Shortlist, log_loss,
};
use rayon::prelude::*;

use super::blend::confirm;
use super::choose::Winner;
use super::steps::Steps;
use super::{DAY_MS, NEIGHBOURS, TrainPlan};
use crate::error::ServeError;
use crate::exam::{Exam, Questions};
use crate::held::Held;

/// Candidates that a ranker puts in order.
pub(crate) const DEPTH: usize = 100;
/// Recommenders that have a say beside popularity and neighbours.
const SOURCES_MAX: usize = 3;
/// Fewest candidates taken by those who teach, and by those who check: fewer tell nothing.
const TAKEN_MIN: usize = 50;
/// Rows learnt from at most, whole shoppers; more make training longer and little better.
const ROWS_MAX: usize = 200_000;

/// A ranker that was found.
pub(super) struct FoundRanker {
    /// Places among the winners of those that have a say.
    pub(super) sources: Vec<usize>,
    pub(super) ranker: Ranker,
    pub(super) evaluation: Evaluation,
    pub(super) report: RankingReport,
}

/// A search for a ranker.
#[derive(Debug, Clone, serde::Serialize)]
pub struct RankingReport {
    /// Candidates learnt from.
    pub rows: usize,
    /// How many of them were taken.
    pub taken: usize,
    /// How good the chances are on shoppers that took no part.
    pub chances: ProbabilityQuality,
    /// Log loss on them of saying the mean rate of all others for everyone.
    pub rate_log_loss: f64,
    /// NDCG@20 minus that of the same candidates in their own order, on the validation shoppers
    /// that the ranker did not learn from.
    pub over_lead: Interval,
    /// Whether it serves: the interval is clear of zero.
    pub serves: bool,
}

/// What is known of each item before `as_of_ms`: how many took it, in all and in the last four
/// weeks, and the days since the first and the last did.
pub(super) fn facts(log: &ContactLog, target: ContactKind, as_of_ms: i64) -> Vec<ItemFact> {
    const RECENT_MS: i64 = 28 * DAY_MS;
    let n = log.items.len();
    let (mut all, mut recent) = (vec![Some(0); n], vec![Some(0); n]);
    let (mut first, mut last): (Vec<Option<i64>>, Vec<Option<i64>>) =
        (vec![None; n], vec![None; n]);
    let known = |c: &&feature::Contact| c.time_ms < as_of_ms && c.returned_ms >= as_of_ms;
    for contact in log.contacts.iter().filter(|c| c.kind == target).filter(known) {
        let (item, age_ms) = (contact.item as usize, as_of_ms - contact.time_ms);
        let days = age_ms / DAY_MS;
        all[item] = all[item].map(|count| count + 1);
        recent[item] = recent[item].map(|count| count + i64::from(age_ms < RECENT_MS));
        first[item] = Some(first[item].unwrap_or(days).max(days));
        last[item] = Some(last[item].unwrap_or(days).min(days));
    }
    let named = |name: &str, values| ItemFact { name: name.to_owned(), values };
    vec![
        named("times taken", all),
        named("times taken in four weeks", recent),
        named("days since first taken", first),
        named("days since last taken", last),
    ]
}

/// A ranker for what would serve, or none where too few candidates were taken to learn from.
pub(super) fn find(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    winners: &[Winner],
    lead: (&Arc<dyn Recommender>, &Evaluation, usize),
    steps: &mut Steps<'_>,
) -> Result<Option<FoundRanker>, ServeError> {
    let (lead, without, champion) = lead;
    steps.next("teaching a ranker".to_owned(), "正在训练排序模型".to_owned());
    let sources = sources(winners);
    let weights = winners[champion].candidate.weights(&plan.weights, exam.target);
    let held = |at: &usize| -> Arc<dyn Recommender> { Arc::new(Held(winners[*at].fitted.clone())) };
    let facts = facts(exam.log(), exam.target, exam.cut_ms);
    let list = Shortlist::new(lead.clone(), sources.iter().map(held).collect(), facts, DEPTH)?;
    let asked = rows(&list, &exam.questions(&weights)?);
    let columns = list.columns();
    let [teaching, checking] = [0, 1].map(|odd| {
        let own = asked.iter().enumerate().filter(move |(at, _)| at % 2 == odd);
        own.map(|(_, rows)| rows).collect::<Vec<_>>()
    });
    if [&teaching, &checking].into_iter().any(|half| taken(half) < TAKEN_MIN) {
        return Ok(None);
    }
    let config = config(plan.seed);
    let (ranker, _) = Ranker::fit(&table(&columns, &teaching)?, &config)?;
    let (chances, rate_log_loss) = judge(&ranker, &teaching, &checking, plan.seed);
    let ranked = Reranked::new(list, ranker)?;
    let evaluation = exam.judge(&ranked, &weights)?;
    let bootstrap = Bootstrap { seed: plan.seed, ..Bootstrap::default() };
    let Some(over_lead) = confirm(&evaluation, without, &bootstrap) else { return Ok(None) };
    let everyone: Vec<&Asked> = asked.iter().collect();
    let (rows, taken) = (everyone.iter().map(|one| one.len()).sum(), taken(&everyone));
    let serves = over_lead.low > 0.0;
    let report = RankingReport { rows, taken, chances, rate_log_loss, over_lead, serves };
    let (ranker, _) = Ranker::fit(&table(&columns, &everyone)?, &config)?;
    Ok(Some(FoundRanker { sources, ranker, evaluation, report }))
}

/// Popularity, neighbours and the best of the others.
fn sources(winners: &[Winner]) -> Vec<usize> {
    let is_always = |at: &usize| *at == 0 || winners[*at].candidate.config.name() == NEIGHBOURS;
    let (mut sources, mut others): (Vec<usize>, Vec<usize>) =
        (0..winners.len()).partition(is_always);
    others.sort_by(|a, b| winners[*b].ndcg().total_cmp(&winners[*a].ndcg()));
    sources.extend(others.into_iter().take(SOURCES_MAX));
    sources
}

fn config(seed: u64) -> RankerConfig {
    let trees = BoostedTreesConfig {
        leaves: vec![8],
        rounds_max: 300,
        learning_rate: 0.1,
        inner_folds: 3,
        seed,
        ..BoostedTreesConfig::default()
    };
    let classifier = ClassifierConfig::BoostedTrees(trees);
    RankerConfig { classifier, calibration: Calibration::Isotonic, folds: 3, seed }
}

/// A shopper's candidates, each with whether it was taken.
type Asked = Vec<(Candidate, bool)>;

/// The candidates of everyone who took something new.
fn rows(list: &Shortlist, questions: &Questions) -> Vec<Asked> {
    let Questions { history, met, answers } = questions;
    let of_one = |row: usize| -> Asked {
        let ((wanted, _), (met, _)) = (answers.row(row), met.row(row));
        let is_new = |item: u32| met.binary_search(&item).is_err();
        let found = list.candidates(history.row(row), &is_new);
        let label = |one: Candidate| {
            let is_taken = wanted.binary_search(&one.item).is_ok();
            (one, is_taken)
        };
        found.into_iter().map(label).collect()
    };
    let is_judged = |row: &usize| {
        let ((wanted, _), (met, _)) = (answers.row(*row), met.row(*row));
        wanted.iter().any(|item| met.binary_search(item).is_err())
    };
    let judged: Vec<usize> = (0..answers.n_rows()).filter(is_judged).collect();
    // In pairs, so that even and odd numbers stay what they are.
    let step = (judged.len() * DEPTH).div_ceil(ROWS_MAX).max(1);
    let pairs: Vec<&[usize]> = judged.chunks(2).step_by(step).collect();
    pairs.concat().into_par_iter().map(of_one).collect()
}

fn taken(asked: &[&Asked]) -> usize {
    asked.iter().flat_map(|one| one.iter()).filter(|(_, is_taken)| *is_taken).count()
}

fn table(columns: &[String], asked: &[&Asked]) -> Result<LabelledTable, ServeError> {
    let rows = || asked.iter().flat_map(|one| one.iter());
    let of_column = |at: usize| rows().map(|(one, _)| one.row[at]).collect();
    let values = (0..columns.len()).map(of_column).collect();
    let labels = rows().map(|(_, is_taken)| *is_taken).collect();
    Ok(LabelledTable::new(columns.to_vec(), values, labels)?)
}

/// How good the chances are for those who check, and what the mean rate of the others costs there.
fn judge(
    ranker: &Ranker,
    teaching: &[&Asked],
    checking: &[&Asked],
    seed: u64,
) -> (ProbabilityQuality, f64) {
    let rows = teaching.iter().map(|one| one.len()).sum::<usize>();
    let rate = taken(teaching) as f64 / rows.max(1) as f64;
    let rate_log_odds = (rate / (1.0 - rate)).ln();
    let checked = || checking.iter().flat_map(|one| one.iter());
    let labels: Vec<bool> = checked().map(|(_, is_taken)| *is_taken).collect();
    let calibrated = |row: &[Option<f64>]| ranker.calibrator().log_odds(ranker.score(row));
    let log_odds: Vec<f64> = checked().map(|(one, _)| calibrated(&one.row)).collect();
    let cost: f64 = labels.iter().map(|label| log_loss(rate_log_odds, *label)).sum();
    let rate_log_loss = cost / labels.len().max(1) as f64;
    let bootstrap = Bootstrap { seed, ..Bootstrap::default() };
    (ProbabilityQuality::unseen(log_odds, labels, &bootstrap), rate_log_loss)
}
