//! `dongcha evaluate --compare`: every measure of several models and how far each is from the best.

use std::path::Path;

use anyhow::Result;
use model::{
    Bootstrap, EvaluateOptions, Evaluation, Interval, Metric, ModelConfig, Popular, SignFlip,
};

use super::case::{Case, Question};
use super::{compare_page, fit};
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// How deep lists are compared.
pub(super) const K: usize = 10;

/// One model's evaluation and what fitting took.
pub(super) struct Judged {
    pub(super) config: ModelConfig,
    pub(super) evaluation: Evaluation,
    pub(super) fit_seconds: f64,
}

/// Fits and judges every model and prints one table, best first by NDCG; the same as a page with
/// plots, where a file is named for it.
pub fn compare(
    setting: &Setting,
    case: &Case,
    configs: &[ModelConfig],
    page: Option<&Path>,
) -> Result<()> {
    if matches!(case.question, Question::Among(_)) {
        return Err(both(
            "--compare needs a full ranking; this layout ranks among given negatives",
            "--compare 需要全量排序；该布局只在给定负样本中排序",
        ));
    }
    let options = EvaluateOptions { cutoffs: vec![K, 20], ranks: 20, auc: true };
    let mut judged = Vec::new();
    for config in configs {
        let fitted = fit(config, &case.train)?;
        let spinner = progress::spinner(config.name());
        let evaluation = case.evaluate(fitted.model.recommender(), &options)?;
        spinner.finish_and_clear();
        let fit_seconds = fitted.seconds;
        judged.extend(evaluation.map(|evaluation| Judged {
            config: config.clone(),
            evaluation,
            fit_seconds,
        }));
    }
    let ndcg = |one: &Judged| one.evaluation.mean(Metric::Ndcg, K).unwrap_or(0.0);
    judged.sort_by(|a, b| ndcg(b).total_cmp(&ndcg(a)));
    let popular = Popular::new(case.train.matrix());
    let mut table = Table::new(&columns(setting));
    for (place, one) in judged.iter().enumerate() {
        table.row(row(case, one, &judged[0], place, &popular)?);
    }
    // Before anything is printed: a reader that stops early ends the program.
    if let Some(file) = page {
        compare_page::page(setting, case, &judged, &popular).write(file)?;
    }
    table.print(setting.format)
}

fn columns(setting: &Setting) -> [(&'static str, &str); 23] {
    [
        ("model", setting.say("Model", "模型")),
        ("protocol", ""),
        ("ndcg_10", setting.say("NDCG@10 (95 %)", "NDCG@10（95%）")),
        ("ndcg_10_low", ""),
        ("ndcg_10_high", ""),
        ("recall_10", setting.say("Recall@10 (95 %)", "Recall@10（95%）")),
        ("recall_10_low", ""),
        ("recall_10_high", ""),
        ("difference", setting.say("NDCG less the best (95 %)", "NDCG 与最优之差（95%）")),
        ("p", setting.say("p", "p 值")),
        ("mrr_10", "MRR@10"),
        ("map_10", "MAP@10"),
        ("hr_10", "HR@10"),
        ("recall_20", "Recall@20"),
        ("auc", "AUC"),
        ("coverage", setting.say("Catalogue shown", "目录覆盖")),
        ("gini", setting.say("Gini", "基尼系数")),
        ("novelty_bits", setting.say("Novelty, bits", "新颖度（比特）")),
        ("diversity", setting.say("Diversity", "多样性")),
        ("groups", setting.say("Recall of head, middle, tail", "头部、中部、尾部召回")),
        ("fit_seconds", setting.say("Fit, s", "训练秒数")),
        ("asked", ""),
        ("settings", ""),
    ]
}

fn row(
    case: &Case,
    one: &Judged,
    best: &Judged,
    place: usize,
    popular: &Popular,
) -> Result<Vec<Cell>> {
    let bootstrap = Bootstrap::default();
    let (evaluation, first) = (&one.evaluation, &best.evaluation);
    let mean = |metric, k| figure(evaluation.mean(metric, k).unwrap_or(0.0));
    let star = if place == 0 { " *" } else { "" };
    let mut row: Vec<Cell> = vec![
        Cell::shown(one.config.name(), format!("{}{star}", one.config.name())),
        case.protocol.clone().into(),
    ];
    for metric in [Metric::Ndcg, Metric::Recall] {
        row.extend(with_ends(evaluation.interval(metric, K, &bootstrap)));
    }
    let apart = evaluation.difference(first, Metric::Ndcg, K, &bootstrap).filter(|_| place > 0);
    let shown = |i: Interval| format!("{:+.4} ({:+.4} … {:+.4})", i.mean, i.low, i.high);
    row.push(Cell::shown(
        apart.map(serde_json::to_value).transpose()?.unwrap_or_default(),
        apart.map(shown).unwrap_or_default(),
    ));
    let both = (evaluation.values(Metric::Ndcg, K), first.values(Metric::Ndcg, K));
    let p = match (both, place) {
        ((Some(ours), Some(theirs)), 1..) => Some(SignFlip::default().p_value(ours, theirs)),
        _ => None,
    };
    row.push(Cell::shown(p, p.map(|p| format!("{p:.4}")).unwrap_or_default()));
    row.extend([Metric::Mrr, Metric::Map, Metric::HitRate].map(|metric| mean(metric, K)));
    row.push(mean(Metric::Recall, 20));
    let areas = evaluation.auc.as_deref().unwrap_or_default();
    row.push(figure(areas.iter().sum::<f64>() / areas.len().max(1) as f64));
    row.push(figure(evaluation.coverage(K).unwrap_or(0.0)));
    row.push(figure(evaluation.gini(case.train.n_items(), K)));
    row.push(figure(bootstrap.interval(&evaluation.novelty(popular, K)).mean));
    row.push(figure(bootstrap.interval(&evaluation.diversity(popular, K)).mean));
    let groups = evaluation.groups(popular, K);
    let shown: Vec<String> = groups.iter().map(|group| format!("{:.4}", group.recall)).collect();
    row.push(Cell::shown(serde_json::to_value(&groups)?, shown.join(" ")));
    row.push(Cell::shown(one.fit_seconds, format!("{:.2}", one.fit_seconds)));
    row.push(evaluation.users.len().into());
    row.push(serde_json::to_value(&one.config)?.into());
    Ok(row)
}

/// An interval as three cells, of which people see the first.
fn with_ends(interval: Option<Interval>) -> [Cell; 3] {
    let interval = interval.unwrap_or(Interval { mean: 0.0, low: 0.0, high: 0.0 });
    let shown = format!("{:.4} ({:.4} … {:.4})", interval.mean, interval.low, interval.high);
    [Cell::shown(interval.mean, shown), figure(interval.low), figure(interval.high)]
}
