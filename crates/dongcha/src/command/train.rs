//! `dongcha train`: choose, judge, fit, keep.

use std::time::Duration;

use anyhow::Result;
use event::{Language, TimeMs};
use indicatif::ProgressBar;
use model::{Interval, ModelConfig};
use serde_json::Value;
use serve::Shop;
use serve::training::{
    self, BASELINE, FamilyReport, RankingReport, TrainPlan, TrainReport, TrainStep, TunePlan,
};

use crate::cli::{Format, Report, TrainArgs};
use crate::command::{epochs, evaluate, vectors};
use crate::output::{Cell, Table, say};
use crate::progress;
use crate::setting::{Setting, now};

/// Trials of tuning where neither they nor the time are told.
const TRIALS: usize = 40;

/// Trains the shop and prints how the models did.
pub fn run(setting: &Setting, args: &TrainArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    let mut plan = TrainPlan::weeks(args.holdout_weeks, args.seed);
    if let (Some(Report::Epochs), Some(model)) = (args.report, &args.model) {
        let config = evaluate::configured(model, &args.settings, args.seed)?;
        return report_epochs(setting, &shop, plan, &config);
    }
    if let Some(file) = &args.embeddings {
        plan.vectors = Some(vectors::read(file)?);
    }
    if args.tune {
        let seconds = args.budget_minutes.map(|minutes| u64::from(minutes) * 60);
        plan.tune = Some(TunePlan {
            trials: args.trials.unwrap_or(if seconds.is_some() { usize::MAX } else { TRIALS }),
            budget: seconds.map(Duration::from_secs),
            file: shop.tuning_file(),
            resumes: args.resume,
        });
    }
    let report = train(setting, &shop, &plan)?;
    print(setting, &shop, &report)
}

/// Trains one model on every contact, telling every epoch, and judges it on the weeks held out;
/// nothing is kept.
fn report_epochs(
    setting: &Setting,
    shop: &Shop,
    mut plan: TrainPlan,
    config: &ModelConfig,
) -> Result<()> {
    let log = shop.contacts_and_catalogue()?;
    let known = log.known_at(log.end_ms(), &plan.weights);
    epochs::train(setting, config, &training::train_set(&log, &known, None)?)?;
    plan.only(&[config.name()]);
    plan.settle(std::slice::from_ref(config));
    let bar = progress::parts();
    let report = training::judge(&log, &plan, &mut |step| show(setting, &bar, &step))?;
    bar.finish_and_clear();
    let mean = |name: &str| {
        let family = report.families.iter().find(|family| family.model == name)?;
        Some(family.validation.ndcg.mean)
    };
    match (mean(config.name()), mean(BASELINE)) {
        (Some(ours), Some(popularity)) => epochs::warn(setting, "NDCG@20", ours, popularity),
        _ => Ok(()),
    }
}

/// Trains with a progress bar.
pub fn train(setting: &Setting, shop: &Shop, plan: &TrainPlan) -> Result<TrainReport> {
    let bar = progress::parts();
    bar.set_message(setting.say("reading contacts", "正在读取互动").to_owned());
    let report = shop.train(plan, now(), &mut |step| show(setting, &bar, &step))?;
    bar.finish_and_clear();
    Ok(report)
}

/// Moves a bar to where training stands.
pub fn show(setting: &Setting, bar: &ProgressBar, step: &TrainStep) {
    let parts = |steps: f64| (steps * progress::PARTS) as u64;
    bar.set_length(parts(step.total as f64));
    bar.set_position(parts(step.done as f64 + step.fraction));
    bar.set_message(setting.tell(&step.what).to_owned());
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
    for text in remarks(setting, report) {
        say(&text)?;
    }
    say(&champion(setting, report))
}

/// What was tuned, blended and left out, as a sentence each.
fn remarks(setting: &Setting, report: &TrainReport) -> Vec<String> {
    let over = |i: &Interval| format!("{:+.4} ({:+.4} … {:+.4})", i.mean, i.low, i.high);
    let mut texts = Vec::new();
    for family in &report.families {
        let Some(tuned) = &family.tuned else { continue };
        let (model, trials, over) = (&family.model, tuned.trials, over(&tuned.over_usual));
        texts.push(match (setting.language, tuned.is_kept) {
            (Language::En, true) => format!(
                "{model} was tuned: after {trials} trials its NDCG@20 is {over} over the usual \
                 settings on shoppers the search did not look at."
            ),
            (Language::En, false) => format!(
                "{model} keeps its usual settings: the best of {trials} trials is {over} over \
                 them on shoppers the search did not look at, which is not surely better."
            ),
            (Language::Zh, true) => format!(
                "{model} 已调参：{trials} 次试验后，在搜索未用到的顾客上 NDCG@20 比常用设置高 {over}。"
            ),
            (Language::Zh, false) => format!(
                "{model} 保留常用设置：{trials} 次试验中最好的在搜索未用到的顾客上高 {over}，不能确定更好。"
            ),
        });
    }
    if let Some(blend) = &report.blend {
        let share = |p: &serve::training::BlendShare| format!("{} {:.2}", p.model, p.share);
        let parts = blend.parts.iter().map(share).collect::<Vec<_>>().join(" + ");
        let over = over(&blend.over_best);
        texts.push(match (setting.language, blend.serves) {
            (Language::En, true) => format!(
                "A blend serves, {parts}: NDCG@20 {over} over the best single model on validation."
            ),
            (Language::En, false) => format!(
                "A blend was looked for, {parts}: NDCG@20 {over} over the best single model on \
                 validation, which is not surely better."
            ),
            (Language::Zh, true) => {
                format!("采用组合 {parts}：在验证周上 NDCG@20 比最佳单一模型高 {over}。")
            }
            (Language::Zh, false) => {
                format!("试过组合 {parts}：在验证周上 NDCG@20 高 {over}，不能确定更好。")
            }
        });
    }
    texts.extend(report.ranking.as_ref().map(|ranking| ranker(setting, ranking)));
    texts.extend(report.left_out.iter().map(|text| setting.tell(text).to_owned()));
    texts
}

/// What became of the ranker, as sentences.
fn ranker(setting: &Setting, report: &RankingReport) -> String {
    let RankingReport { rows, taken, chances, rate_log_loss, over_lead: i, serves } = report;
    let over = format!("{:+.4} ({:+.4} … {:+.4})", i.mean, i.low, i.high);
    let (auc, loss) = (chances.auc.mean, chances.log_loss.mean);
    let error = chances.calibration_error;
    let does = match (setting.language, serves) {
        (Language::En, true) => format!(
            "A ranker puts the candidates in order: NDCG@20 {over} over their own order on \
             shoppers it did not learn from."
        ),
        (Language::En, false) => format!(
            "A ranker was looked for: NDCG@20 {over} over the candidates' own order on shoppers \
             it did not learn from, which is not surely better."
        ),
        (Language::Zh, true) => {
            format!("候选商品由排序模型排序：在其未学习的顾客上 NDCG@20 比原顺序高 {over}。")
        }
        (Language::Zh, false) => {
            format!("试过排序模型：在其未学习的顾客上 NDCG@20 比原顺序高 {over}，不能确定更好。")
        }
    };
    match setting.language {
        Language::En => format!(
            "{does} Its chances there: AUC {auc:.4}, log loss {loss:.4} (the mean rate for all \
             {rate_log_loss:.4}), calibration error {error:.4}; {taken} of {rows} candidates were \
             taken."
        ),
        Language::Zh => format!(
            "{does}其概率：AUC {auc:.4}，对数损失 {loss:.4}（一律取平均比率为 {rate_log_loss:.4}），\
             校准误差 {error:.4}；{rows} 个候选中 {taken} 个被选择。"
        ),
    }
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
        ("validation_ndcg_20", setting.say("on validation", "验证周")),
        ("ndcg_over_popularity", setting.say("NDCG over popularity", "NDCG 高出热门榜")),
        ("coverage", setting.say("Catalogue shown", "目录覆盖")),
        ("settings", setting.say("Settings", "设置")),
    ]);
    for family in families {
        let over = family.test.ndcg_over_popularity;
        let shown = over
            .map_or(String::new(), |i| format!("{:+.4} ({:+.4} … {:+.4})", i.mean, i.low, i.high));
        let mut row = vec![family.model.clone().into()];
        row.extend(interval(&family.test.recall));
        row.extend(interval(&family.test.ndcg));
        row.push(figure(family.validation.ndcg.mean));
        row.push(Cell::shown(over.map(|i| i.mean), shown));
        row.push(figure(family.test.coverage));
        row.push(settings(family).into());
        table.row(row);
    }
    table
}

/// What distinguishes the candidate that won its family: where it departs from the model's own
/// settings, and how fast contacts fade.
fn settings(family: &FamilyReport) -> String {
    let Some(candidate) = &family.candidate else { return String::new() };
    let value = |config: &ModelConfig| serde_json::to_value(config).unwrap_or_default();
    let own = ModelConfig::all().into_iter().find(|c| c.name() == candidate.config.name());
    let own = own.as_ref().map(value).unwrap_or_default();
    let found = value(&candidate.config);
    let fields = found.as_object().into_iter().flatten();
    let changed =
        fields.filter(|(field, value)| *field != "seed" && own[field.as_str()] != **value);
    let text = |value: &Value| match value {
        Value::Number(number) if number.is_f64() => {
            let digits = format!("{:.4}", number.as_f64().unwrap_or_default());
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        other => other.to_string().replace(['"', '{', '}'], "").replace(':', " "),
    };
    let mut texts: Vec<String> =
        changed.map(|(field, value)| format!("{field} {}", text(value))).collect();
    if let Some(days) = candidate.half_life_days {
        texts.push(format!("half-life {days:.0} d"));
    }
    texts.join(", ")
}

fn interval(interval: &Interval) -> [Cell; 3] {
    let shown = format!("{:.4} ({:.4} … {:.4})", interval.mean, interval.low, interval.high);
    [Cell::shown(interval.mean, shown), figure(interval.low), figure(interval.high)]
}

/// A measure with four digits.
pub fn figure(value: f64) -> Cell {
    Cell::shown(value, format!("{value:.4}"))
}
