//! `dongcha analyse paths`: sequences of steps, and what follows what.

use anyhow::Result;
use event::Language;
use feature::analytics::paths::PathsReport;

use super::{Findings, percent};
use crate::output::Table;
use crate::report::Section;
use crate::report::bars::{Bar, bars};
use crate::report::flow::{Flow, flows};
use crate::setting::Setting;

/// Transitions of the plot, the most frequent.
const FLOWS: usize = 24;

/// The paths as people read them.
pub fn findings(setting: &Setting, report: &PathsReport) -> Result<Findings> {
    let title = setting.say("Paths", "路径");
    let sessions = report.sessions;
    let lead = match setting.language {
        Language::En => format!("Counting sessions: {sessions}{}.", around(setting, report)),
        Language::Zh => format!("按会话计数：{sessions} 次{}。", around(setting, report)),
    };
    let top = setting.say("Most frequent paths", "最常见路径");
    let next = setting.say("What follows what", "下一步");
    let steps = setting.say("Steps", "步骤");
    let sections = vec![
        Section::new(top, plot(setting, top, report), paths(setting, report)),
        Section::new(next, flow_plot(next, report), transitions(setting, report)),
        Section::new(steps, None, nodes(setting, report)),
    ];
    Findings::of(title, lead, sections, report)
}

/// Which part of the sessions is looked at, at the end of a sentence.
fn around(setting: &Setting, report: &PathsReport) -> String {
    let Some(event) = &report.around else { return String::new() };
    let before = report.side == feature::analytics::paths::Side::Before;
    match (setting.language, before) {
        (Language::En, true) => format!(" with {event}, what came before it"),
        (Language::En, false) => format!(" with {event}, what came after it"),
        (Language::Zh, true) => format!("，含 {event}，取其之前"),
        (Language::Zh, false) => format!("，含 {event}，取其之后"),
    }
}

fn paths(setting: &Setting, report: &PathsReport) -> Table {
    let mut table = Table::new(&[
        ("path", setting.say("Path", "路径")),
        ("sessions", setting.say("Sessions", "会话数")),
        ("share", setting.say("Share", "占比")),
    ]);
    for path in &report.top {
        table.row(vec![
            written(setting, &path.steps).into(),
            path.sessions.into(),
            percent(Some(path.share)),
        ]);
    }
    table
}

/// A sequence on one line.
fn written(setting: &Setting, steps: &[String]) -> String {
    match steps {
        [] => setting.say("(nothing)", "（无）").to_owned(),
        steps => steps.join(" → "),
    }
}

fn transitions(setting: &Setting, report: &PathsReport) -> Table {
    let mut table = Table::new(&[
        ("from", setting.say("From", "从")),
        ("to", setting.say("To", "到")),
        ("count", setting.say("Times", "次数")),
        ("share", setting.say("Of all from there", "占该步")),
    ]);
    for one in &report.transitions {
        let (from, to) = (one.from.clone(), one.to.clone());
        table.row(vec![from.into(), to.into(), one.count.into(), percent(Some(one.share))]);
    }
    table
}

fn nodes(setting: &Setting, report: &PathsReport) -> Table {
    let mut table = Table::new(&[
        ("node", setting.say("Step", "步骤")),
        ("sessions", setting.say("Sessions with it", "含该步的会话")),
    ]);
    for node in &report.nodes {
        table.row(vec![node.node.clone().into(), node.sessions.into()]);
    }
    table
}

fn plot(setting: &Setting, title: &str, report: &PathsReport) -> Option<maud::Markup> {
    let bar = |path: &feature::analytics::paths::Path| Bar {
        // A plot has less room than its table.
        label: written(setting, &path.steps).replace("[category=", " ").replace(']', ""),
        value: path.sessions as f64,
        shown: path.sessions.to_string(),
        note: super::percent_text(path.share),
    };
    bars(title, &report.top.iter().take(20).map(bar).collect::<Vec<_>>())
}

fn flow_plot(title: &str, report: &PathsReport) -> Option<maud::Markup> {
    let flow = |one: &feature::analytics::paths::Transition| Flow {
        from: one.from.clone(),
        to: one.to.clone(),
        count: one.count,
    };
    flows(title, &report.transitions.iter().take(FLOWS).map(flow).collect::<Vec<_>>())
}
