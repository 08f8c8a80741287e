//! `dongcha analyse segments`: whom a rule over features picks out.

use anyhow::Result;
use event::Language;
use feature::analytics::segments::{FeatureMeans, SegmentReport};

use super::{Findings, percent_text};
use crate::output::{Cell, Table};
use crate::report::Section;
use crate::report::bars::{Bar, bars};
use crate::setting::Setting;

/// The segment as people read it.
pub fn findings(setting: &Setting, report: &SegmentReport) -> Result<Findings> {
    let title = setting.say("Segment", "人群");
    let (people, total, rule) = (report.people, report.total, &report.rule);
    let share = report.share.map(percent_text).unwrap_or_default();
    let lead = match setting.language {
        Language::En => format!("Counting people: {people} of {total} ({share}) with {rule}."),
        Language::Zh => format!("按人计数：{total} 人中 {people} 人（{share}）满足 {rule}。"),
    };
    let profile = setting.say("How they differ", "与全体的差别");
    let sample = setting.say("The first of them", "其中前几位");
    let sections = vec![
        Section::new(profile, plot(setting, title, report), means(setting, report)),
        Section::new(sample, None, people_table(setting, report)),
    ];
    Findings::of(title, lead, sections, report)
}

fn means(setting: &Setting, report: &SegmentReport) -> Table {
    let mut table = Table::new(&[
        ("feature", setting.say("Feature", "特征")),
        ("in_mean", setting.say("Mean of them", "人群均值")),
        ("all_mean", setting.say("Mean of all", "全体均值")),
        ("ratio", setting.say("Times", "倍数")),
    ]);
    for one in &report.profile {
        let ratio = ratio(one);
        table.row(vec![
            one.feature.clone().into(),
            number(one.in_mean),
            number(one.all_mean),
            Cell::shown(ratio, ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default()),
        ]);
    }
    table
}

fn number(mean: Option<f64>) -> Cell {
    Cell::shown(mean, mean.map(|mean| format!("{mean:.2}")).unwrap_or_default())
}

/// How many times as much as everybody; nothing where everybody has none.
fn ratio(one: &FeatureMeans) -> Option<f64> {
    let (inside, all) = one.in_mean.zip(one.all_mean)?;
    Some(inside / all).filter(|ratio| ratio.is_finite())
}

fn people_table(setting: &Setting, report: &SegmentReport) -> Table {
    let mut table = Table::new(&[("user_key", setting.say("Person", "顾客"))]);
    for key in &report.sample {
        table.row(vec![key.clone().into()]);
    }
    table
}

fn plot(setting: &Setting, title: &str, report: &SegmentReport) -> Option<maud::Markup> {
    let bar = |label: &str, people: u64| Bar {
        label: label.to_owned(),
        value: people as f64,
        shown: people.to_string(),
        note: String::new(),
    };
    let all = bar(setting.say("everybody", "全体"), report.total);
    (report.total > 0).then(|| bars(title, &[all, bar(title, report.people)])).flatten()
}

/// What a rule may ask for.
pub fn fields(setting: &Setting) -> Table {
    let mut table = Table::new(&[
        ("name", setting.say("Feature", "特征")),
        ("unit", setting.say("Unit", "单位")),
        ("kind", setting.say("Kind", "类型")),
        ("definition", setting.say("What it is", "含义")),
    ]);
    for field in serve::analytics::rule_fields() {
        table.row(vec![
            field.name.into(),
            field.unit.into(),
            field.kind.into(),
            setting.tell(&field.definition).into(),
        ]);
    }
    table
}
