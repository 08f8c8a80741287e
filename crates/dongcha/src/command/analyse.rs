//! `dongcha analyse`: what people ask of behaviour, as tables, JSON, CSV or an HTML report.

pub mod attribution;
pub mod baskets;
pub mod funnel;
pub mod newcomers;
pub mod paths;
pub mod retention;
pub mod rfm;
pub mod segments;

use anyhow::Result;
use event::{Currency, Language, Money};
use serde::Serialize;
use serde_json::Value;
use serve::{Parameters, Shop};

use crate::cli::{AnalyseCommand, Format};
use crate::output::{Cell, say};
use crate::progress;
use crate::report::{Page, Section};
use crate::setting::Setting;

/// The answer to a question, for people and for programs.
pub struct Findings {
    /// What it is called.
    pub title: String,
    /// What is counted and over what, a sentence each.
    pub lead: Vec<String>,
    /// Tables with their plots; the first holds what was asked for and is what CSV prints.
    pub sections: Vec<Section>,
    /// The report as `/v1/analytics/…` answers it.
    pub json: Value,
}

impl Findings {
    /// An answer from its report.
    fn of(
        title: &str,
        lead: String,
        sections: Vec<Section>,
        report: &impl Serialize,
    ) -> Result<Self> {
        let json = serde_json::to_value(report)?;
        Ok(Self { title: title.to_owned(), lead: vec![lead], sections, json })
    }

    /// Prints the answer in the form asked for.
    pub fn print(&self, setting: &Setting) -> Result<()> {
        match setting.format {
            Format::Json => say(&serde_json::to_string_pretty(&self.json)?),
            Format::Csv => match self.sections.first() {
                Some(section) => section.table.print(Format::Csv),
                None => Ok(()),
            },
            Format::Table => {
                for line in &self.lead {
                    say(line)?;
                }
                for section in &self.sections {
                    say(&format!("\n{}", section.heading))?;
                    if !section.note.is_empty() {
                        say(&section.note)?;
                    }
                    section.table.print(Format::Table)?;
                }
                Ok(())
            }
        }
    }
}

/// Answers a question, prints it and writes its report where one is asked for.
pub fn run(setting: &Setting, command: &AnalyseCommand) -> Result<()> {
    if let AnalyseCommand::Segments(args) = command
        && args.list_fields
    {
        return segments::fields(setting).print(setting.format);
    }
    let asking = command.asking();
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &asking.site)?;
    let spinner = progress::spinner(setting.say("counting", "统计中"));
    let findings = findings(setting, &shop, command);
    spinner.finish_and_clear();
    let mut findings = findings?;
    if let Some(path) = &asking.report {
        // Before anything is printed: a reader that stops early ends the program.
        let page = page(setting, &shop, &mut findings);
        page.write(path)?;
        findings.sections = page.sections;
    }
    findings.print(setting)
}

fn findings(setting: &Setting, shop: &Shop, command: &AnalyseCommand) -> Result<Findings> {
    let asked: Parameters = command.parameters();
    match command {
        AnalyseCommand::Funnel(_) => funnel::findings(setting, &shop.funnel(&asked)?),
        AnalyseCommand::Retention(_) => retention::findings(setting, &shop.retention(&asked)?),
        AnalyseCommand::Paths(_) => paths::findings(setting, &shop.paths(&asked)?),
        AnalyseCommand::Newcomers(_) => {
            newcomers::findings(setting, shop, &shop.newcomers(&asked)?)
        }
        AnalyseCommand::Segments(_) => segments::findings(setting, &shop.segments(&asked)?),
        AnalyseCommand::Rfm(_) => rfm::findings(setting, shop, &shop.rfm(&asked)?),
        AnalyseCommand::Attribution(_) => {
            attribution::findings(setting, shop, &shop.attribution(&asked)?)
        }
        AnalyseCommand::Baskets(_) => baskets::findings(setting, shop, &shop.baskets(&asked)?),
    }
}

/// The page of an answer, which lends its sections.
pub fn page(setting: &Setting, shop: &Shop, findings: &mut Findings) -> Page {
    let shop = shop.config();
    let name = setting.tell(&shop.name);
    let title = format!("{name} · {}", findings.title);
    let sections = std::mem::take(&mut findings.sections);
    Page { language: setting.language, title, lead: findings.lead.clone(), sections }
}

/// A share as people read it; nothing where there is none.
pub fn percent(share: Option<f64>) -> Cell {
    let shown = share.map(percent_text).unwrap_or_default();
    Cell::shown(share, shown)
}

fn percent_text(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// An amount as people read it.
fn money(minor: i64, currency: Currency) -> Cell {
    Cell::shown(minor, Money { minor, currency }.to_string())
}

/// A time as people read it, in its largest unit.
fn duration(setting: &Setting, ms: Option<i64>) -> Cell {
    Cell::shown(ms, ms.map(|ms| duration_text(ms, setting.language)).unwrap_or_default())
}

fn duration_text(ms: i64, language: Language) -> String {
    let units = [
        (86_400_000, "d", "天"),
        (3_600_000, "h", "小时"),
        (60_000, "min", "分钟"),
        (1_000, "s", "秒"),
    ];
    let (unit_ms, en, zh) = units.into_iter().find(|unit| ms >= unit.0).unwrap_or(units[3]);
    let tenths = ms.saturating_mul(10) / unit_ms;
    let number = if tenths % 10 == 0 {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match language {
        Language::En => format!("{number} {en}"),
        Language::Zh => format!("{number} {zh}"),
    }
}

/// A period's name in a sentence.
fn period_name(setting: &Setting, period: &str) -> String {
    let zh = match period {
        "day" => "日",
        "week" => "周",
        _ => "月",
    };
    setting.say(period, zh).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_largest_unit() {
        let of = |ms| duration_text(ms, Language::En);
        assert_eq!([of(0), of(999), of(90_000)], ["0 s", "0.9 s", "1.5 min"]);
        assert_eq!([of(86_400_000), of(-5)], ["1 d", "0 s"]);
        assert_eq!(duration_text(7_200_000, Language::Zh), "2 小时");
        assert_eq!(percent_text(0.1234), "12.3%");
    }
}
