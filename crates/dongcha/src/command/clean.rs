//! `dongcha clean`: what a plan of cleaning finds in a shop, before and after, rule by rule.

use std::path::Path;

use anyhow::Result;
use event::{Language, SiteId};
use feature::clean::CleanPlan;
use feature::clean::report::{CleanReport, CleanShop, RuleReport};
use feature::clean::summary::Summary;
use lake::{Lake, Order, ScanOptions};
use serde_json::json;
use serve::ServeError;

use crate::cli::{CleanArgs, Format};
use crate::output::{Cell, Table, say};
use crate::progress;
use crate::report::histogram::number;
use crate::report::{Page, cleaning};
use crate::setting::Setting;
use crate::trouble::both;

/// Prints the report, and writes the files asked for.
pub fn run(setting: &Setting, args: &CleanArgs) -> Result<()> {
    let plan = args.plan.as_deref().map(read_plan).transpose()?.unwrap_or_default();
    plan.validate()?;
    let lake = setting.lake()?;
    let site = setting.site(&lake, &args.site)?;
    let spinner = progress::spinner(setting.say("looking through the events", "正在检查事件"));
    let report = read(&lake, &site, &plan)?;
    spinner.finish_and_clear();
    if let Some(path) = &args.report {
        let name = lake.site(&site)?.name;
        page(setting, setting.tell(&name), &report).write(path)?;
    }
    if let Some(path) = &args.scales {
        write(path, &scales(&report)?)?;
    }
    print(setting, &report)
}

/// Carries out a plan over a shop as it is now.
pub fn read(lake: &Lake, site: &SiteId, plan: &CleanPlan) -> Result<CleanReport> {
    let config = lake.site(site)?;
    let mut refused = lake.quarantine_counts(site)?;
    refused.retain(|(code, _)| code.contains("conflict"));
    let shop = CleanShop {
        zone: feature::overview::zone(&config.time_zone)?,
        currency: config.currency,
        refused,
    };
    let snapshot = lake.snapshot(site)?;
    let scan = |columns: &[&'static str]| {
        let batches = snapshot.scan(Order::User, &ScanOptions::columns(columns))?;
        Ok::<_, ServeError>(batches.map(|batch| batch.map_err(ServeError::from)))
    };
    Ok(CleanReport::read(plan, &shop, scan)?)
}

/// The report as a page.
fn page(setting: &Setting, shop: &str, report: &CleanReport) -> Page {
    let title = wording(setting.language, "title");
    Page {
        language: setting.language,
        title: format!("{title} · {shop}"),
        lead: Vec::new(),
        sections: cleaning::sections(setting, report),
    }
}

/// Prints a report: as JSON whole, as a table with what was found below.
pub fn print(setting: &Setting, report: &CleanReport) -> Result<()> {
    if setting.format == Format::Json {
        return say(&serde_json::to_string_pretty(report)?);
    }
    table(setting, report).print(setting.format)?;
    if setting.format == Format::Table {
        let found = findings(setting, report);
        if !found.is_empty() {
            found.print(setting.format)?;
        }
    }
    Ok(())
}

/// One row per rule, with the figures before and after.
pub fn table(setting: &Setting, report: &CleanReport) -> Table {
    let word = |code| wording(setting.language, code);
    let mut table = Table::new(&[
        ("rule", word("rule")),
        ("column", word("column")),
        ("settings", word("settings")),
        ("rows", word("rows")),
        ("flagged", word("flagged")),
        ("filled", word("filled")),
        ("changed", word("changed")),
        ("before_median", word("before")),
        ("after_median", word("after")),
        ("before_missing", ""),
        ("before_min", ""),
        ("before_max", ""),
        ("before_mean", ""),
        ("after_missing", ""),
        ("after_min", ""),
        ("after_max", ""),
        ("after_mean", ""),
    ]);
    let shown = |summary: &Option<Summary>| {
        let text = summary.as_ref().map(|summary| in_short(setting, summary));
        let median = summary.as_ref().and_then(|summary| summary.median);
        Cell::shown(median, text.unwrap_or_default())
    };
    for rule in &report.rules {
        let mut cells = vec![
            Cell::shown(rule.rule.clone(), word(&rule.rule)),
            rule.column.clone().unwrap_or_default().into(),
            rule.settings.clone().into(),
            rule.rows.into(),
            rule.flagged.into(),
            rule.filled.into(),
            rule.changed.into(),
            shown(&rule.before),
            shown(&rule.after),
        ];
        for summary in [&rule.before, &rule.after] {
            let figure = |of: fn(&Summary) -> Option<f64>| summary.as_ref().and_then(of).into();
            cells.push(summary.as_ref().map(|summary| summary.missing).into());
            cells.extend([figure(|s| s.min), figure(|s| s.max), figure(|s| s.mean)]);
        }
        table.row(cells);
    }
    table
}

/// What was found, by rule and where; empty when nothing was.
pub fn findings(setting: &Setting, report: &CleanReport) -> Table {
    let word = |code| wording(setting.language, code);
    let mut table = Table::new(&[
        ("rule", word("rule")),
        ("what", word("found")),
        ("where", word("where")),
        ("n", word("count")),
    ]);
    for rule in &report.rules {
        for finding in &rule.findings {
            table.row(vec![
                Cell::shown(rule.rule.clone(), word(&rule.rule)),
                Cell::shown(finding.what.clone(), word(&finding.what)),
                finding.place.clone().into(),
                finding.n.into(),
            ]);
        }
    }
    table
}

fn in_short(setting: &Setting, summary: &Summary) -> String {
    let figure = |figure: Option<f64>| figure.map_or("–".to_owned(), number);
    let (low, high) = (figure(summary.min), figure(summary.max));
    let middle = figure(summary.median);
    match (setting.language, summary.missing) {
        (_, 0) => format!("{middle} ({low} … {high})"),
        (Language::En, missing) => format!("{middle} ({low} … {high}), {missing} missing"),
        (Language::Zh, missing) => format!("{middle}（{low} … {high}），缺失 {missing}"),
    }
}

/// The fitted scales as JSON, each with the column it belongs to.
fn scales(report: &CleanReport) -> Result<String> {
    let fitted = |rule: &RuleReport| {
        let scaler = rule.scaler.as_ref()?;
        Some(json!({ "column": rule.column, "settings": rule.settings, "scaler": scaler }))
    };
    let fitted: Vec<_> = report.rules.iter().filter_map(fitted).collect();
    Ok(serde_json::to_string_pretty(&fitted)?)
}

fn read_plan(path: &Path) -> Result<CleanPlan> {
    let wrong = |reason: &dyn std::error::Error| {
        let path = path.display();
        both(
            format!("cannot use the cleaning plan {path}: {reason}"),
            format!("无法使用清洗计划 {path}：{reason}"),
        )
    };
    let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
    let plan: CleanPlan = toml::from_str(&text).map_err(|e| wrong(&e))?;
    plan.validate().map_err(|e| wrong(&e))?;
    Ok(plan)
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|reason| {
        let path = path.display();
        both(format!("cannot write {path}: {reason}"), format!("无法写入 {path}：{reason}"))
    })
}

include!("clean_words.rs");

/// A code in the language of the reader; a code without a word stays as it is.
pub fn wording(language: Language, code: &str) -> &str {
    match (WORDS.iter().find(|(known, _, _)| *known == code), language) {
        (Some((_, en, _)), Language::En) => en,
        (Some((_, _, zh)), Language::Zh) => zh,
        (None, _) => code,
    }
}

#[cfg(test)]
mod tests {
    use feature::clean::{bots, local_times};

    use super::*;

    #[test]
    fn every_code_has_a_word_in_both_languages() {
        let plan = CleanPlan::default();
        let kinds = plan.rules.iter().map(|rule| rule.kind());
        let found = local_times::FINDINGS.into_iter().chain(bots::REASONS);
        for code in kinds.chain(found) {
            assert!(WORDS.iter().any(|(known, _, _)| *known == code), "no word for {code}");
        }
        for (code, en, zh) in WORDS {
            assert!(en.is_ascii() && !zh.is_ascii(), "{code}");
        }
    }

    #[test]
    fn a_plan_is_read_as_written_and_a_mistake_is_told() {
        let folder = std::env::temp_dir().join(format!("dongcha-plan-{}", std::process::id()));
        let read = |text: &str| {
            std::fs::write(&folder, text).unwrap();
            read_plan(&folder).map_err(|error| error.to_string())
        };
        let text = toml::to_string(&CleanPlan::default()).unwrap();
        assert_eq!(read(&text), Ok(CleanPlan::default()));
        let error = read("[[rule]]\nkind = \"bots\"\nper_hour = 3\n").unwrap_err();
        assert!(error.contains("unknown field `per_hour`, expected one of"), "{error}");
        let error = read("[[rule]]\nkind = \"bots\"\nper_minute = 0\n").unwrap_err();
        assert!(error.contains("per_minute is `0`: at least 1"), "{error}");
        std::fs::remove_file(folder).unwrap();
    }
}
