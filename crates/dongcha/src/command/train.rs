//! `dongcha train`: choose, judge, fit, keep.

use anyhow::Result;
use event::{Language, TimeMs};
use model::{Interval, ModelConfig, Similarity};
use serve::Shop;
use serve::training::{FamilyReport, TrainPlan, TrainReport};

use crate::cli::{Format, TrainArgs};
use crate::output::{Cell, Table, say};
use crate::progress;
use crate::setting::{Setting, now};

/// Trains the shop and prints how the models did.
pub fn run(setting: &Setting, args: &TrainArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    let report = train(setting, &shop, args.holdout_weeks, args.seed)?;
    print(setting, &shop, &report)
}

/// Trains with a progress bar.
pub fn train(setting: &Setting, shop: &Shop, weeks: u32, seed: u64) -> Result<TrainReport> {
    let bar = progress::steps();
    bar.set_message(setting.say("reading contacts", "正在读取互动").to_owned());
    let plan = TrainPlan::weeks(weeks, seed);
    let report = shop.train(&plan, now(), &mut |step| {
        bar.set_length(step.total as u64);
        bar.set_position(step.done as u64);
        bar.set_message(setting.tell(&step.what).to_owned());
    })?;
    bar.finish_and_clear();
    Ok(report)
}

/// Prints what training found.
pub fn print(setting: &Setting, shop: &Shop, report: &TrainReport) -> Result<()> {
    if setting.format == Format::Json {
        return say(&serde_json::to_string_pretty(report)?);
    }
    let table = families(setting, &report.families);
    if setting.format == Format::Csv {
        return table.print(setting.format);
    }
    say(&protocol(setting, shop, report))?;
    if !table.is_empty() {
        table.print(setting.format)?;
    }
    say(&champion(setting, report))
}

/// What was learnt and how the models were judged, as a sentence each.
fn protocol(setting: &Setting, shop: &Shop, report: &TrainReport) -> String {
    let TrainReport { contacts, users, items, holdout_days, shoppers, .. } = report;
    let learnt = match setting.language {
        Language::En => {
            format!("Learnt from {contacts} contacts of {users} people with {items} items.")
        }
        Language::Zh => format!("学习了 {users} 人与 {items} 件商品的 {contacts} 次互动。"),
    };
    if report.families.is_empty() {
        return learnt; // nothing was judged; the note that follows says why
    }
    let from = shop.local_time(TimeMs(report.test_from_ms));
    let day = from.get(..10).unwrap_or_default();
    let how = report.protocol.describe();
    match setting.language {
        Language::En => format!(
            "{learnt} Judged on the {holdout_days} days from {day}: {shoppers} shoppers; {}.",
            how.en
        ),
        Language::Zh => {
            format!("{learnt}以 {day} 起的 {holdout_days} 天评估：{shoppers} 位顾客；{}。", how.zh)
        }
    }
}

/// Who serves and why, as a sentence.
fn champion(setting: &Setting, report: &TrainReport) -> String {
    let chosen = setting
        .say(
            "{model} serves: it was best on the weeks before these.",
            "选用 {model}：它在此前的验证周中最优。",
        )
        .replace("{model}", &report.champion);
    report.note.as_ref().map_or(chosen, |note| setting.tell(note).to_owned())
}

/// A row per model, best first.
fn families(setting: &Setting, families: &[FamilyReport]) -> Table {
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("recall_20", setting.say("Recall@20 (95 %)", "Recall@20（95%）")),
        ("recall_20_low", ""),
        ("recall_20_high", ""),
        ("ndcg_20", setting.say("NDCG@20 (95 %)", "NDCG@20（95%）")),
        ("ndcg_20_low", ""),
        ("ndcg_20_high", ""),
        ("ndcg_over_popularity", setting.say("NDCG over popularity", "NDCG 高出热门榜")),
        ("coverage", setting.say("Catalogue shown", "目录覆盖")),
        ("settings", setting.say("Settings", "设置")),
    ]);
    for family in families {
        let over = family.ndcg_over_popularity;
        let shown = over
            .map_or(String::new(), |i| format!("{:+.4} ({:+.4} … {:+.4})", i.mean, i.low, i.high));
        let mut row = vec![family.model.clone().into()];
        row.extend(interval(&family.recall));
        row.extend(interval(&family.ndcg));
        row.push(Cell::shown(over.map(|i| i.mean), shown));
        row.push(figure(family.coverage));
        row.push(settings(family).into());
        table.row(row);
    }
    table
}

/// What distinguishes the candidate that won its family.
fn settings(family: &FamilyReport) -> String {
    let mut text = match &family.candidate.config {
        ModelConfig::Popularity(config) => format!("{:?}", config.count).to_lowercase(),
        ModelConfig::ItemKnn(config) => match config.similarity {
            Similarity::Cosine => "cosine".to_owned(),
            Similarity::TfIdf => "TF-IDF".to_owned(),
            Similarity::Bm25 { k1, b } => format!("BM25 k1 {k1} b {b}"),
        },
        ModelConfig::IAls(config) => {
            format!("{} factors, α {}, λ {}", config.factors, config.alpha, config.regularization)
        }
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    if let Some(days) = family.candidate.half_life_days {
        text += &format!(", half-life {days} d");
    }
    text
}

fn interval(interval: &Interval) -> [Cell; 3] {
    let shown = format!("{:.4} ({:.4} … {:.4})", interval.mean, interval.low, interval.high);
    [Cell::shown(interval.mean, shown), figure(interval.low), figure(interval.high)]
}

/// A measure with four digits.
pub fn figure(value: f64) -> Cell {
    Cell::shown(value, format!("{value:.4}"))
}
