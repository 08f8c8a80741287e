//! Training a shop's recommenders: choose on validation weeks, report on test weeks, fit on all.
//!
//! Time runs `learn … | validation | test |`. Every candidate is fitted before the validation
//! weeks and judged on them; the best of each family goes on. The champion is the best family
//! that beats popularity with a 95 % interval clear of zero; if none does, popularity it is. The
//! test weeks, which took part in no choice, give the figures that are reported and the response
//! rates that decisions use. Last, the winners are fitted on everything.

use decide::recommend::{RankResponse, ResponseKind, Responses};
use event::Bilingual;
use feature::{ContactKind, ContactLog, ContactWeights};
use model::{
    AnyModel, Bootstrap, Count, IAlsConfig, Interval, ItemKnnConfig, Metric, ModelConfig,
    PopularityConfig, Similarity, TrainSet,
};
use serde::Serialize;

use crate::error::ServeError;
use crate::exam::{CUTOFF, Exam, Protocol, SHOPPERS_MIN};

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// How fast contacts may fade: not at all, over two quarters, over two months.
const HALF_LIVES_DAYS: [Option<f32>; 3] = [None, Some(180.0), Some(60.0)];

/// A model to try, with how fast contacts fade for it.
#[derive(Debug, Clone, PartialEq, Serialize, serde::Deserialize)]
pub struct Candidate {
    /// The model and its configuration.
    pub config: ModelConfig,
    /// Days after which a contact counts half.
    pub half_life_days: Option<f32>,
}

impl Candidate {
    /// What contacts are worth to this candidate. Popularity counts only what is wanted: bought
    /// where purchases are, seen where views are.
    fn weights(&self, base: &ContactWeights, target: ContactKind) -> ContactWeights {
        let mut weights = ContactWeights { half_life_days: self.half_life_days, ..base.clone() };
        if matches!(self.config, ModelConfig::Popularity(_)) {
            weights.only(target);
        }
        weights
    }
}

/// How a shop is trained.
#[derive(Debug, Clone)]
pub struct TrainPlan {
    /// Length of the validation and of the test period, each.
    pub holdout_days: u32,
    /// What contacts are worth.
    pub weights: ContactWeights,
    /// What is tried.
    pub candidates: Vec<Candidate>,
    /// Seed of every random step.
    pub seed: u64,
}

impl TrainPlan {
    /// The usual plan with this many weeks held out.
    pub fn weeks(holdout_weeks: u32, seed: u64) -> Self {
        let plan = |config, half_life_days| Candidate { config, half_life_days };
        let popularity = |count| ModelConfig::Popularity(PopularityConfig { count });
        let knn = |similarity| {
            let mut config = ItemKnnConfig { similarity, ..ItemKnnConfig::default() };
            if matches!(similarity, Similarity::Bm25 { .. }) {
                config.shrink = 0.0; // its scores have no scale to shrink on
            }
            ModelConfig::ItemKnn(config)
        };
        let ials = |factors, alpha, regularization| {
            let config = IAlsConfig { factors, alpha, regularization, seed, ..Default::default() };
            ModelConfig::IAls(config)
        };
        let bm25 = Similarity::Bm25 { k1: 1.2, b: 0.75 };
        let mut candidates = vec![
            plan(popularity(Count::Users), None),
            plan(popularity(Count::Weights), Some(28.0)),
        ];
        for half_life in HALF_LIVES_DAYS {
            for similarity in [Similarity::Cosine, Similarity::TfIdf, bm25] {
                candidates.push(plan(knn(similarity), half_life));
            }
            for (factors, alpha, lambda) in
                [(64, 10.0, 0.003), (128, 3.0, 0.003), (256, 10.0, 0.01)]
            {
                candidates.push(plan(ials(factors, alpha, lambda), half_life));
            }
        }
        Self {
            holdout_days: holdout_weeks.saturating_mul(7),
            weights: Default::default(),
            candidates,
            seed,
        }
    }

    /// Tries only these models, and popularity, which every other is compared with.
    pub fn only(&mut self, names: &[&str]) {
        self.candidates.retain(|candidate| {
            let name = candidate.config.name();
            name == FAMILIES[0] || names.contains(&name)
        });
    }

    /// Tries these configurations, with and without fading, in place of others of their models.
    pub fn settle(&mut self, configs: &[ModelConfig]) {
        for config in configs {
            self.candidates.retain(|candidate| candidate.config.name() != config.name());
            for half_life_days in HALF_LIVES_DAYS {
                self.candidates.push(Candidate { config: config.clone(), half_life_days });
            }
        }
    }
}

/// What training is doing, for a progress bar.
#[derive(Debug, Clone)]
pub struct TrainStep {
    /// Steps done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
    /// The step at hand.
    pub what: Bilingual,
}

/// How one family did on the test weeks.
#[derive(Debug, Clone, Serialize)]
pub struct FamilyReport {
    /// The model.
    pub model: String,
    /// Its configuration.
    pub candidate: Candidate,
    /// Recall@20 with its 95 % interval.
    pub recall: Interval,
    /// NDCG@20 with its 95 % interval.
    pub ndcg: Interval,
    /// NDCG@20 minus popularity's, shopper by shopper; none for popularity itself.
    pub ndcg_over_popularity: Option<Interval>,
    /// Share of the catalogue shown to anyone.
    pub coverage: f64,
}

/// What training found.
#[derive(Debug, Clone, Serialize)]
pub struct TrainReport {
    /// Contacts learnt from.
    pub contacts: usize,
    /// People.
    pub users: usize,
    /// Items.
    pub items: usize,
    /// How models were judged.
    pub protocol: Protocol,
    /// What counted as an answer.
    pub target: ContactKind,
    /// Length of the test period in days.
    pub holdout_days: u32,
    /// First moment of the test period, milliseconds since 1970 UTC.
    pub test_from_ms: i64,
    /// Shoppers judged in the test period.
    pub shoppers: usize,
    /// The model that serves.
    pub champion: String,
    /// Why, where it is not simply the best.
    pub note: Option<Bilingual>,
    /// Each family on the test weeks, best first; empty when too few shoppers came back.
    pub families: Vec<FamilyReport>,
}

/// The winners fitted on everything, with what was found.
pub struct Trained {
    /// What was found.
    pub report: TrainReport,
    /// What contacts are worth to the champion.
    pub weights: ContactWeights,
    /// First moment that was not learnt from.
    pub as_of_ms: i64,
    /// Which family serves, as an index into [`Trained::fitted`].
    pub champion: usize,
    /// Popularity, neighbours and factors, in this order.
    pub fitted: [AnyModel; 3],
    /// Response rates of the test weeks.
    pub responses: Option<Responses>,
    /// What was learnt from.
    pub log: ContactLog,
}

/// Positions of the families in lists of three.
const FAMILIES: [&str; 3] = ["Popularity", "ItemKnn", "iALS"];

/// Chooses and judges without fitting on everything: what `train` would report.
pub fn judge(
    log: &ContactLog,
    plan: &TrainPlan,
    progress: &mut dyn FnMut(TrainStep),
) -> Result<TrainReport, ServeError> {
    let mut steps = Steps { done: 0, total: plan.candidates.len() + FAMILIES.len(), progress };
    Ok(judged(log, plan, &mut steps)?.report)
}

/// Trains on a contact log.
pub fn train(
    log: ContactLog,
    plan: &TrainPlan,
    progress: &mut dyn FnMut(TrainStep),
) -> Result<Trained, ServeError> {
    let tried = |family: &&str| plan.candidates.iter().any(|c| c.config.name() == *family);
    if !FAMILIES.iter().all(tried) {
        return Err(ServeError::Plan(format!("it must try {}", FAMILIES.join(", "))));
    }
    let mut steps = Steps { done: 0, total: plan.candidates.len() + 2 * FAMILIES.len(), progress };
    let Judged { report, responses, chosen } = judged(&log, plan, &mut steps)?;
    let as_of_ms = learnt_until(&log, report.target);
    let mut fitted = Vec::with_capacity(FAMILIES.len());
    for candidate in &chosen.winners {
        steps.next(Bilingual::new(
            format!("fitting {} on everything", candidate.config.name()),
            format!("用全部数据训练 {}", candidate.config.name()),
        ));
        let known = log.known_at(as_of_ms, &candidate.weights(&plan.weights, report.target));
        fitted.push(candidate.config.fit(&TrainSet::ordered(log.histories(&known)?)?)?);
    }
    let fitted = <[AnyModel; 3]>::try_from(fitted)
        .map_err(|_| ServeError::Plan("a family was left out".to_owned()))?;
    let champion = chosen.champion;
    let weights = chosen.winners[champion].weights(&plan.weights, report.target);
    Ok(Trained { report, weights, as_of_ms, champion, fitted, responses, log })
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
    let chosen = choose(&validation, plan, steps)?;
    let test = Exam::new(log, test_from_ms, end_ms, target);
    let (families, responses) = report(&test, plan, holdout_days, &chosen, steps)?;
    let champion = chosen.winners.get(chosen.champion);
    let report = TrainReport {
        contacts: log.contacts.len(),
        users: log.users.len(),
        items: log.items.len(),
        protocol: test.protocol,
        target,
        holdout_days,
        test_from_ms,
        shoppers: test.shoppers(),
        champion: champion.map_or(FAMILIES[0], |c| c.config.name()).to_owned(),
        note: chosen.note.clone(),
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

/// The best candidate of each family and who of them serves.
struct Chosen {
    winners: Vec<Candidate>,
    champion: usize,
    note: Option<Bilingual>,
}

fn choose(exam: &Exam<'_>, plan: &TrainPlan, steps: &mut Steps<'_>) -> Result<Chosen, ServeError> {
    let mut best: Vec<Option<(f64, Candidate, model::Evaluation)>> = vec![None; FAMILIES.len()];
    for candidate in &plan.candidates {
        let name = candidate.config.name();
        steps.next(Bilingual::new(
            format!("trying {name} on the validation weeks"),
            format!("在验证周上试验 {name}"),
        ));
        let Some(family) = FAMILIES.iter().position(|f| *f == name) else { continue };
        let weights = candidate.weights(&plan.weights, exam.target);
        let fitted = candidate.config.fit(&exam.train(&weights)?)?;
        let evaluation = exam.judge(fitted.recommender(), &weights)?;
        let ndcg = evaluation.mean(Metric::Ndcg, CUTOFF).unwrap_or(0.0);
        if best[family].as_ref().is_none_or(|(most, _, _)| ndcg > *most) {
            best[family] = Some((ndcg, candidate.clone(), evaluation));
        }
    }
    let best: Vec<_> = best.into_iter().flatten().collect();
    let bootstrap = Bootstrap { seed: plan.seed, ..Bootstrap::default() };
    let mut champion = 0;
    let mut note = None;
    if exam.shoppers() < SHOPPERS_MIN {
        note = Some(Bilingual::new(
            format!(
                "Only {} shoppers came back in the validation weeks; at least {SHOPPERS_MIN} are \
                 needed to tell models apart, so popularity serves.",
                exam.shoppers()
            ),
            format!(
                "验证周内只有 {} 位顾客回访；至少需要 {SHOPPERS_MIN} 位才能比较模型，因此使用热门榜。",
                exam.shoppers()
            ),
        ));
    } else {
        for at in 1..best.len() {
            let over = best[at].2.difference(&best[0].2, Metric::Ndcg, CUTOFF, &bootstrap);
            let clear = over.is_some_and(|interval| interval.low > 0.0);
            if clear && best[at].0 > best[champion].0 {
                champion = at;
            }
        }
        if champion == 0 {
            note = Some(Bilingual::new(
                "No model beat popularity on the validation weeks, so popularity serves.",
                "在验证周上没有模型优于热门榜，因此使用热门榜。",
            ));
        }
    }
    Ok(Chosen { winners: best.into_iter().map(|(_, c, _)| c).collect(), champion, note })
}

/// The winners refitted before the test weeks and judged on them.
fn report(
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
    let mut judged = Vec::new();
    for candidate in &chosen.winners {
        let name = candidate.config.name();
        steps.next(Bilingual::new(
            format!("judging {name} on the test weeks"),
            format!("在测试周上评估 {name}"),
        ));
        let weights = candidate.weights(&plan.weights, exam.target);
        let fitted = candidate.config.fit(&exam.train(&weights)?)?;
        judged.push((candidate, exam.judge(fitted.recommender(), &weights)?));
    }
    let Some((_, baseline)) = judged.first() else { return Ok((Vec::new(), None)) };
    let interval = |e: &model::Evaluation, metric| {
        e.interval(metric, CUTOFF, &bootstrap).unwrap_or(Interval {
            mean: 0.0,
            low: 0.0,
            high: 0.0,
        })
    };
    let mut families: Vec<FamilyReport> = judged
        .iter()
        .enumerate()
        .map(|(at, (candidate, e))| FamilyReport {
            model: candidate.config.name().to_owned(),
            candidate: (*candidate).clone(),
            recall: interval(e, Metric::Recall),
            ndcg: interval(e, Metric::Ndcg),
            ndcg_over_popularity: match at {
                0 => None,
                _ => e.difference(baseline, Metric::Ndcg, CUTOFF, &bootstrap),
            },
            coverage: e.coverage(CUTOFF).unwrap_or(0.0),
        })
        .collect();
    families.sort_by(|a, b| b.ndcg.mean.total_cmp(&a.ndcg.mean));
    let response = |e: &model::Evaluation, candidate: &Candidate| RankResponse {
        kind: match exam.target {
            ContactKind::Purchase => ResponseKind::Purchase,
            _ => ResponseKind::View,
        },
        horizon_days: holdout_days,
        trials: exam.reached(&candidate.weights(&plan.weights, exam.target)),
        hits: e.ranks.iter().map(|rank| rank.hits).collect(),
    };
    let (champion, e) = &judged[chosen.champion];
    let responses =
        Responses { champion: response(e, champion), popularity: response(baseline, judged[0].0) };
    Ok((families, Some(responses)))
}

/// Counts steps for the progress bar.
struct Steps<'a> {
    done: usize,
    total: usize,
    progress: &'a mut dyn FnMut(TrainStep),
}

impl Steps<'_> {
    fn next(&mut self, what: Bilingual) {
        (self.progress)(TrainStep { done: self.done, total: self.total, what });
        self.done += 1;
    }
}
