//! `dongcha model`: the versions of a shop's models, which one serves, and changing it.

use anyhow::Result;
use event::{Language, TimeMs};
use model::Interval;
use serde_json::Value;
use serve::Shop;
use serve::registry::{Comparison, Version};

use crate::cli::{Format, ModelCommand};
use crate::command::train::figure;
use crate::output::{Cell, Table, say};
use crate::setting::Setting;

/// Does what is asked.
pub fn run(setting: &Setting, what: &ModelCommand) -> Result<()> {
    let site = match what {
        ModelCommand::List(site) | ModelCommand::Rollback(site) => site,
        ModelCommand::Show(args) | ModelCommand::Promote(args) | ModelCommand::Compare(args) => {
            &args.site
        }
    };
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, site)?;
    match what {
        ModelCommand::List(_) => list(setting, &shop),
        ModelCommand::Show(args) => show(setting, &shop, &shop.version(&args.version)?),
        ModelCommand::Promote(args) => now_serves(setting, &shop.promote(&args.version)?),
        ModelCommand::Rollback(_) => now_serves(setting, &shop.rollback()?),
        ModelCommand::Compare(args) => compared(setting, &shop.compare(&args.version)?),
    }
}

fn list(setting: &Setting, shop: &Shop) -> Result<()> {
    let mut table = Table::new(&[
        ("version", setting.say("Version", "版本")),
        ("champion", setting.say("Model", "模型")),
        ("is_serving", setting.say("Serves", "服务中")),
        ("ndcg_20", setting.say("NDCG@20 (95 %)", "NDCG@20（95%）")),
        ("from", setting.say("Data from", "数据起")),
        ("until", setting.say("until", "止")),
        ("code_version", setting.say("Program", "程序")),
        ("seed", setting.say("Seed", "种子")),
        ("promoted", setting.say("Served since", "开始服务")),
    ]);
    for one in shop.versions()? {
        let ndcg = one.ndcg.map_or(String::new(), |[m, l, h]| format!("{m:.4} ({l:.4} … {h:.4})"));
        let serves = if one.is_serving { setting.say("yes", "是") } else { "" };
        let day = |time: TimeMs| shop.local_time(time).get(..10).unwrap_or_default().to_owned();
        let promoted = one.promoted.last().map(|at| shop.local_time(*at)).unwrap_or_default();
        table.row(vec![
            one.version.into(),
            one.champion.into(),
            Cell::shown(one.is_serving, serves),
            Cell::shown(one.ndcg.map(|[mean, ..]| mean), ndcg),
            one.from.map(day).unwrap_or_default().into(),
            one.until.map(day).unwrap_or_default().into(),
            one.code_version.unwrap_or_default().into(),
            Cell::from(one.seed),
            promoted.into(),
        ]);
    }
    table.print(setting.format)
}

fn show(setting: &Setting, shop: &Shop, version: &Version) -> Result<()> {
    if setting.format == Format::Json {
        return say(&serde_json::to_string_pretty(version)?);
    }
    let time = |at: &TimeMs| shop.local_time(*at);
    let unknown = || setting.say("not known", "未知").to_owned();
    let from = version.from.as_ref().map_or_else(unknown, time);
    let until = version.until.as_ref().map_or_else(unknown, time);
    let served: Vec<String> = version.promoted.iter().map(time).collect();
    say(&match setting.language {
        Language::En => format!(
            "Version {}: {} serves in it.\nData from {from} until {until}.\nServed since: {}.",
            version.version,
            version.champion,
            if served.is_empty() { "never".to_owned() } else { served.join(", ") }
        ),
        Language::Zh => format!(
            "版本 {}：其中服务的是 {}。\n数据从 {from} 到 {until}。\n开始服务：{}。",
            version.version,
            version.champion,
            if served.is_empty() { "从未".to_owned() } else { served.join("，") }
        ),
    })?;
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("validation", setting.say("NDCG@20 on validation", "验证周 NDCG@20")),
        ("test", setting.say("NDCG@20 on test (95 %)", "测试周 NDCG@20（95%）")),
        ("recall", setting.say("Recall@20 on test", "测试周 Recall@20")),
    ]);
    for family in version.report["families"].as_array().into_iter().flatten() {
        let number = |path: &str| family.pointer(path).and_then(Value::as_f64);
        let shown = |value: Option<f64>| value.map_or(String::new(), |v| format!("{v:.4}"));
        let ends = ["/ndcg/mean", "/ndcg/low", "/ndcg/high"].map(number).map(shown);
        let [mean, low, high] = ends;
        table.row(vec![
            family["model"].as_str().unwrap_or_default().into(),
            Cell::shown(number("/validation/ndcg/mean"), shown(number("/validation/ndcg/mean"))),
            Cell::shown(number("/ndcg/mean"), format!("{mean} ({low} … {high})")),
            Cell::shown(number("/recall/mean"), shown(number("/recall/mean"))),
        ]);
    }
    table.print(setting.format)
}

fn now_serves(setting: &Setting, version: &Version) -> Result<()> {
    if setting.format == Format::Json {
        return say(&serde_json::to_string_pretty(version)?);
    }
    let (name, champion) = (&version.version, &version.champion);
    say(&match setting.language {
        Language::En => format!("Version {name} passed the checks and serves now ({champion})."),
        Language::Zh => format!("版本 {name} 已通过检查，现在开始服务（{champion}）。"),
    })
}

fn compared(setting: &Setting, found: &Comparison) -> Result<()> {
    if setting.format == Format::Json {
        return say(&serde_json::to_string_pretty(found)?);
    }
    let mut table = Table::new(&[
        ("measure", setting.say("Measure", "指标")),
        ("value", setting.say("Value", "值")),
    ]);
    let mut row = |en: &str, zh: &str, value: Cell| {
        table.row(vec![setting.say(en, zh).into(), value]);
    };
    row("Candidate", "候选版本", found.candidate.as_str().into());
    row("Serves", "服务中", found.serving.as_str().into());
    row("Shoppers asked", "询问的顾客", found.shoppers.into());
    row("Overlap of the first ten", "前十重合", figure(found.overlap));
    row("Same first item", "首位相同", figure(found.same_first));
    let shown =
        |i: &Interval| Cell::shown(i.mean, format!("{:.4} ({:.4} … {:.4})", i.mean, i.low, i.high));
    match &found.held_out {
        Some(held) => {
            row("Shoppers since both were trained", "两者训练之后的顾客", held.shoppers.into());
            row("NDCG@10 of the candidate", "候选版本 NDCG@10", shown(&held.candidate));
            row("NDCG@10 of what serves", "服务版本 NDCG@10", shown(&held.serving));
            row("Difference", "差", shown(&held.difference));
        }
        None => row(
            "NDCG@10",
            "NDCG@10",
            setting
                .say("too few shoppers came since both were trained", "两者训练之后的顾客太少")
                .into(),
        ),
    }
    table.print(setting.format)
}
