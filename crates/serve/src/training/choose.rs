//! Choosing on the validation weeks: the best of each family, and who of them serves.

use std::sync::Arc;

use event::Bilingual;
use feature::ContactLog;
use model::{
    AnyModel, Blend, Bootstrap, Evaluation, Interval, Metric, ModelConfig, Recommender, Reranked,
};

use super::blend::{self, FoundBlend};
use super::candidates::{CONTENT, Fading, NEIGHBOURS};
use super::rank::{self, FoundRanker};
use super::report::{BlendReport, BlendShare, Marks, Tuned};
use super::steps::Steps;
use super::{BASELINE, Candidate, TrainPlan, tune};
use crate::error::ServeError;
use crate::exam::{CUTOFF, Exam, SHOPPERS_MIN};
use crate::held::{self, Held};

/// The best candidate of a family, as it did on the validation weeks.
pub(super) struct Winner {
    pub(super) candidate: Candidate,
    pub(super) fitted: Arc<AnyModel>,
    pub(super) evaluation: Evaluation,
    pub(super) tuned: Option<Tuned>,
}

impl Winner {
    /// NDCG@20.
    pub(super) fn ndcg(&self) -> f64 {
        self.evaluation.mean(Metric::Ndcg, CUTOFF).unwrap_or(0.0)
    }
}

/// The best candidate of each family and who of them serves.
pub(super) struct Chosen {
    /// One per family, popularity first.
    pub(super) winners: Vec<Winner>,
    /// The best single model.
    pub(super) champion: usize,
    pub(super) blend: Option<FoundBlend>,
    pub(super) ranked: Option<FoundRanker>,
    pub(super) note: Option<Bilingual>,
    pub(super) left_out: Vec<Bilingual>,
}

impl Chosen {
    /// The name of what serves.
    pub(super) fn champion_name(&self) -> &'static str {
        if self.serving_ranker().is_some() {
            return Reranked::NAME;
        }
        match (self.serving_blend(), self.winners.get(self.champion)) {
            (Some(_), _) => Blend::NAME,
            (_, Some(winner)) => winner.candidate.config.name(),
            _ => BASELINE,
        }
    }

    /// The blend, where it serves.
    pub(super) fn serving_blend(&self) -> Option<&FoundBlend> {
        self.blend.as_ref().filter(|blend| blend.serves)
    }

    /// The ranker, where it serves.
    pub(super) fn serving_ranker(&self) -> Option<&FoundRanker> {
        self.ranked.as_ref().filter(|ranked| ranked.report.serves)
    }

    /// The blend as it is reported.
    pub(super) fn blend_report(&self) -> Option<BlendReport> {
        let blend = self.blend.as_ref()?;
        let part = |(at, share): &(usize, f32)| BlendShare {
            model: self.winners[*at].candidate.config.name().to_owned(),
            share: *share,
        };
        let parts = blend.shares.iter().map(part).collect();
        Some(BlendReport { parts, over_best: blend.over_best, serves: blend.serves })
    }
}

/// The measures of one evaluation beside the baseline's.
pub(super) fn marks(e: &Evaluation, baseline: Option<&Evaluation>, by: &Bootstrap) -> Marks {
    let none = Interval { mean: 0.0, low: 0.0, high: 0.0 };
    let interval = |metric| e.interval(metric, CUTOFF, by).unwrap_or(none);
    Marks {
        recall: interval(Metric::Recall),
        ndcg: interval(Metric::Ndcg),
        ndcg_over_popularity: baseline.and_then(|b| e.difference(b, Metric::Ndcg, CUTOFF, by)),
        coverage: e.coverage(CUTOFF).unwrap_or(0.0),
    }
}

/// Fits and judges one candidate.
pub(super) fn try_out(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    candidate: &Candidate,
    steps: &mut Steps<'_>,
) -> Result<Winner, ServeError> {
    let weights = candidate.weights(&plan.weights, exam.target);
    let train = exam.train(&weights)?;
    let fitted = Arc::new(candidate.config.fit_watched(&train, &mut steps.watch())?);
    let evaluation = exam.judge(fitted.recommender(), &weights)?;
    Ok(Winner { candidate: candidate.clone(), fitted, evaluation, tuned: None })
}

/// The families of a plan that a shop is not too large for, and a word about the others.
fn fitting(log: &ContactLog, plan: &TrainPlan) -> (Vec<&'static str>, Vec<Bilingual>) {
    let mut left_out = Vec::new();
    let mut families = plan.families();
    let is_described = log
        .attributes
        .as_ref()
        .is_some_and(|known| known.weights.nnz() > 0 || known.embeddings.is_some());
    families.retain(|family| {
        if *family == CONTENT && !is_described {
            left_out.push(Bilingual::new(
                format!("{family} was not tried: the catalogue says nothing that items share."),
                format!("未试验 {family}：商品目录中没有各商品共有的信息。"),
            ));
            return false;
        }
        let cap = plan.caps.iter().find(|cap| cap.model == *family);
        let Some(cap) = cap.filter(|cap| !cap.allows(log)) else { return true };
        let (contacts, items) = (log.contacts.len(), log.items.len());
        left_out.push(Bilingual::new(
            format!(
                "{family} was not tried: it is meant for up to {} contacts and {} items, and this \
                 shop has {contacts} and {items}.",
                cap.contacts, cap.items
            ),
            format!(
                "未试验 {family}：它适用于至多 {} 次互动、{} 件商品，本店有 {contacts} 次与 {items} 件。",
                cap.contacts, cap.items
            ),
        ));
        false
    });
    (families, left_out)
}

/// How fast contacts may fade for a family, beside never.
fn half_lives(plan: &TrainPlan, family: &str, winners: &[Winner]) -> Vec<f32> {
    let cap = plan.caps.iter().find(|cap| cap.model == family);
    match cap.map_or(Fading::All, |cap| cap.fading) {
        Fading::All => plan.half_lives_days.clone(),
        Fading::AsNeighbours => {
            let neighbours = winners.iter().find(|one| one.candidate.config.name() == NEIGHBOURS);
            neighbours.and_then(|one| one.candidate.half_life_days).into_iter().collect()
        }
        Fading::Never => Vec::new(),
    }
}

pub(super) fn choose(
    log: &ContactLog,
    exam: &Exam<'_>,
    plan: &TrainPlan,
    steps: &mut Steps<'_>,
) -> Result<Chosen, ServeError> {
    let (families, left_out) = fitting(log, plan);
    let of_family = |family: &str| {
        let mine = plan.candidates.iter().filter(|c| c.config.name() == family);
        mine.collect::<Vec<_>>()
    };
    let tried: usize = families.iter().map(|family| of_family(family).len()).sum();
    let fading = |family: &&str| half_lives(plan, family, &[]).len() + 1;
    steps.add(tried + families.iter().map(fading).sum::<usize>());
    let mut winners = Vec::with_capacity(families.len());
    for family in families {
        let mut best: Option<Winner> = None;
        let mut consider = |candidate: &Candidate, best: &mut Option<Winner>| {
            steps.next(
                format!("trying {family} on the validation weeks"),
                format!("在验证周上试验 {family}"),
            );
            let found = try_out(exam, plan, candidate, steps)?;
            if best.as_ref().is_none_or(|best| found.ndcg() > best.ndcg()) {
                *best = Some(found);
            }
            Ok::<(), ServeError>(())
        };
        for candidate in of_family(family) {
            consider(candidate, &mut best)?;
        }
        // Only one way of counting looks at weights, so the baseline is tried in every way.
        let settled: Vec<ModelConfig> = match family {
            BASELINE => of_family(family).iter().map(|one| one.config.clone()).collect(),
            _ => best.iter().map(|best| best.candidate.config.clone()).collect(),
        };
        let tried = half_lives(plan, family, &winners);
        for (config, days) in settled.iter().flat_map(|c| tried.iter().map(move |d| (c, d))) {
            let candidate = Candidate { config: config.clone(), half_life_days: Some(*days) };
            consider(&candidate, &mut best)?;
        }
        winners.extend(best);
    }
    let can_tell = exam.shoppers() >= SHOPPERS_MIN;
    if let Some(tuning) = plan.tune.as_ref().filter(|_| can_tell) {
        tune::tune(exam, plan, tuning, &mut winners, steps)?;
    }
    let (champion, note) = if can_tell { best_single(plan, &winners) } else { too_few(exam) };
    let blend = match plan.blends && can_tell {
        true => blend::find(exam, plan, &winners, champion, steps)?,
        false => None,
    };
    let mut chosen = Chosen { winners, champion, blend, ranked: None, note, left_out };
    if plan.ranks && can_tell {
        chosen.ranked = find_ranker(exam, plan, &chosen, steps)?;
    }
    if chosen.serving_blend().is_some() || chosen.serving_ranker().is_some() {
        chosen.note = None;
    }
    Ok(chosen)
}

/// A ranker for what would serve without one.
fn find_ranker(
    exam: &Exam<'_>,
    plan: &TrainPlan,
    chosen: &Chosen,
    steps: &mut Steps<'_>,
) -> Result<Option<FoundRanker>, ServeError> {
    let held =
        |at: usize| -> Arc<dyn Recommender> { Arc::new(Held(chosen.winners[at].fitted.clone())) };
    let (lead, evaluation) = match chosen.serving_blend() {
        Some(blend) => {
            let parts = blend.shares.iter().map(|(at, share)| (held(*at), *share)).collect();
            (held::blend(parts)?, &blend.evaluation)
        }
        None => (held(chosen.champion), &chosen.winners[chosen.champion].evaluation),
    };
    rank::find(exam, plan, &chosen.winners, (&lead, evaluation, chosen.champion), steps)
}

/// The best family that is surely better than popularity.
fn best_single(plan: &TrainPlan, winners: &[Winner]) -> (usize, Option<Bilingual>) {
    let bootstrap = Bootstrap { seed: plan.seed, ..Bootstrap::default() };
    let mut champion = 0;
    for (at, winner) in winners.iter().enumerate().skip(1) {
        let baseline = &winners[0].evaluation;
        let over = winner.evaluation.difference(baseline, Metric::Ndcg, CUTOFF, &bootstrap);
        let is_clear = over.is_some_and(|interval| interval.low > 0.0);
        if is_clear && winner.ndcg() > winners[champion].ndcg() {
            champion = at;
        }
    }
    let note = (champion == 0).then(|| {
        Bilingual::new(
            "No model beat popularity on the validation weeks, so popularity serves.",
            "在验证周上没有模型优于热门榜，因此使用热门榜。",
        )
    });
    (champion, note)
}

fn too_few(exam: &Exam<'_>) -> (usize, Option<Bilingual>) {
    let n = exam.shoppers();
    let note = Bilingual::new(
        format!(
            "Only {n} shoppers came back in the validation weeks; at least {SHOPPERS_MIN} are \
             needed to tell models apart, so popularity serves."
        ),
        format!(
            "验证周内只有 {n} 位顾客回访；至少需要 {SHOPPERS_MIN} 位才能比较模型，因此使用热门榜。"
        ),
    );
    (0, Some(note))
}
