//! `dongcha analyse funnel`: people through steps in order, and where they drop off.

use anyhow::Result;
use event::Language;
use feature::analytics::funnel::{FunnelReport, FunnelStep};

use super::{Findings, duration, duration_text, percent, percent_text};
use crate::output::Table;
use crate::report::Section;
use crate::report::bars::{Bar, bars};
use crate::report::grid::{Grid, GridCell, grid};
use crate::setting::Setting;

/// The funnel as people read it.
pub fn findings(setting: &Setting, report: &FunnelReport) -> Result<Findings> {
    let title = setting.say("Funnel", "漏斗");
    let window = duration_text(report.window_ms, setting.language);
    let lead = match setting.language {
        Language::En => {
            format!("Counting people, each by the attempt that gets furthest within {window}.")
        }
        Language::Zh => format!("按人计数：每人取 {window} 内走得最远的一次。"),
    };
    let mut sections = vec![Section::new(
        setting.say("Steps", "步骤"),
        plot(setting, title, report),
        steps(setting, report),
    )];
    if report.by.is_some() {
        let heading = setting.say("By segment", "按分组");
        let plot = segment_plot(setting, heading, report);
        sections.push(Section::new(heading, plot, segments(setting, report)));
    }
    Findings::of(title, lead, sections, report)
}

/// The steps of everybody together.
pub fn steps(setting: &Setting, report: &FunnelReport) -> Table {
    let mut table = columns(setting, None);
    for (at, step) in report.steps.iter().enumerate() {
        table.row(cells(setting, at, step));
    }
    table
}

fn segments(setting: &Setting, report: &FunnelReport) -> Table {
    let by = report.by.as_deref().unwrap_or_default();
    let mut table = columns(setting, Some(by));
    for segment in &report.segments {
        for (at, step) in segment.steps.iter().enumerate() {
            let mut row = vec![named(setting, &segment.segment).into()];
            row.extend(cells(setting, at, step));
            table.row(row);
        }
    }
    table
}

fn columns(setting: &Setting, by: Option<&str>) -> Table {
    let mut columns = vec![
        ("step", setting.say("Step", "步骤")),
        ("label", setting.say("Event", "事件")),
        ("people", setting.say("People", "人数")),
        ("share_of_first", setting.say("Of first", "占首步")),
        ("share_of_previous", setting.say("Of previous", "占上一步")),
        ("median_ms_from_previous", setting.say("Median time", "耗时中位数")),
    ];
    if let Some(by) = by {
        columns.insert(0, ("segment", by));
    }
    Table::new(&columns)
}

fn cells(setting: &Setting, at: usize, step: &FunnelStep) -> Vec<crate::output::Cell> {
    vec![
        (at + 1).into(),
        step.label.clone().into(),
        step.people.into(),
        percent(step.share_of_first),
        percent(step.share_of_previous),
        duration(setting, step.median_ms_from_previous),
    ]
}

/// A segment's name, where it has one.
fn named(setting: &Setting, segment: &str) -> String {
    match segment {
        "" => setting.say("(unknown)", "（未知）").to_owned(),
        name => name.to_owned(),
    }
}

fn plot(setting: &Setting, title: &str, report: &FunnelReport) -> Option<maud::Markup> {
    let bar = |step: &FunnelStep| {
        let lost = step.share_of_previous.map(|kept| percent_text(1.0 - kept));
        let note = lost.map(|lost| match setting.language {
            Language::En => format!("{lost} dropped off"),
            Language::Zh => format!("流失 {lost}"),
        });
        Bar {
            label: step.label.clone(),
            value: step.people as f64,
            shown: step.people.to_string(),
            note: note.unwrap_or_default(),
        }
    };
    bars(title, &report.steps.iter().map(bar).collect::<Vec<_>>())
}

/// The share of the first step that reached each step, segment by segment; the largest twenty.
fn segment_plot(setting: &Setting, title: &str, report: &FunnelReport) -> Option<maud::Markup> {
    let shown = report.segments.iter().take(20);
    let cell = |step: &FunnelStep| {
        let share = step.share_of_first?;
        Some(GridCell {
            value: share,
            shown: percent_text(share),
            tip: format!("{}: {}", step.label, step.people),
            open: false,
        })
    };
    let table = Grid {
        rows: shown.clone().map(|one| named(setting, &one.segment)).collect(),
        columns: report.steps.iter().map(|step| step.label.clone()).collect(),
        cells: shown.map(|one| one.steps.iter().map(cell).collect()).collect(),
    };
    grid(title, &table, Some(1.0))
}
