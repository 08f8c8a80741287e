//! `dongcha analyse retention`: who comes back, by cohort.

use anyhow::Result;
use event::Language;
use feature::analytics::retention::{Cohort, RetentionReport};

use super::{Findings, percent, percent_text, period_name};
use crate::output::{Cell, Table};
use crate::report::Section;
use crate::report::grid::{Grid, GridCell, grid};
use crate::report::lines::{Series, lines};
use crate::setting::Setting;

/// Cohorts of the plot, the latest of them.
const PLOTTED: usize = 60;

/// The retention table as people read it.
pub fn findings(setting: &Setting, report: &RetentionReport) -> Result<Findings> {
    let title = setting.say("Retention", "留存");
    let period = period_name(setting, report.period.name());
    let (first, again) = (&report.first, &report.again);
    let lead = match setting.language {
        Language::En => format!(
            "Counting people by the {period} of their first {first}; those with {again} in a \
             {period} after it came back. A period that is not over yet is marked with *."
        ),
        Language::Zh => format!(
            "按人计数：以首次 {first} 所在{period}分组，其后某{period}有 {again} 即为回访；\
             尚未结束的时段以 * 标出。"
        ),
    };
    let heading = setting.say("Cohorts", "同期群");
    let note = setting.say(
        "Share of a cohort that came back, for the first 12 periods; JSON has them all.",
        "各同期群回访的比例（前 12 期）；全部数据见 JSON。",
    );
    let average = setting.say("On average", "平均");
    let sections = vec![
        Section::new(heading, plot(title, report), latest(setting, report, usize::MAX)).noted(note),
        Section::new(average, average_plot(average, report), averages(setting, report)),
    ];
    Findings::of(title, lead, sections, report)
}

/// The latest cohorts, one row each; what lies beyond twelve periods stands in JSON only.
pub fn latest(setting: &Setting, report: &RetentionReport, most: usize) -> Table {
    const KEYS: [&str; 13] =
        ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12"];
    let width = report.cohorts.iter().map(|cohort| cohort.returned.len()).max().unwrap_or(0);
    let numbers: Vec<String> = (0..width.min(KEYS.len())).map(|k| format!("+{k}")).collect();
    let mut columns = vec![
        ("start", setting.say("Began", "起始")),
        ("people", setting.say("People", "人数")),
        ("complete", ""),
    ];
    columns.extend(KEYS.into_iter().zip(numbers.iter().map(String::as_str)).skip(1));
    let mut table = Table::new(&columns);
    let from = report.cohorts.len().saturating_sub(most);
    for cohort in &report.cohorts[from..] {
        let mut row: Vec<Cell> =
            vec![cohort.start.clone().into(), cohort.people.into(), cohort.complete.into()];
        for k in 1..numbers.len() {
            row.push(match cohort.returned.get(k) {
                None => Cell::shown(serde_json::Value::Null, ""),
                Some(returned) => Cell::shown(*returned, written(cohort, k)),
            });
        }
        table.row(row);
    }
    table
}

/// The share that came back, marked where it may still grow.
fn written(cohort: &Cohort, k: usize) -> String {
    let returned = cohort.returned.get(k).copied().unwrap_or(0);
    if cohort.people == 0 {
        return String::new();
    }
    let mark = if is_open(cohort, k) { "*" } else { "" };
    percent_text(returned as f64 / cohort.people as f64) + mark
}

fn is_open(cohort: &Cohort, k: usize) -> bool {
    k >= cohort.complete as usize
}

/// The share that came back on average; the demo prints it too.
pub fn averages(setting: &Setting, report: &RetentionReport) -> Table {
    let mut table = Table::new(&[
        ("after", setting.say("Periods after", "之后第几期")),
        ("average", setting.say("Came back", "回访比例")),
    ]);
    for (k, share) in report.average.iter().enumerate() {
        table.row(vec![k.into(), percent(*share)]);
    }
    table
}

fn plot(title: &str, report: &RetentionReport) -> Option<maud::Markup> {
    let latest = &report.cohorts[report.cohorts.len().saturating_sub(PLOTTED)..];
    let width = latest.iter().map(|cohort| cohort.returned.len()).max().unwrap_or(0).min(25);
    let cell = |cohort: &Cohort, k: usize| {
        let returned = *cohort.returned.get(k)?;
        let shown = if k == 0 { cohort.people.to_string() } else { written(cohort, k) };
        let value = if k == 0 { 0.0 } else { returned as f64 / cohort.people.max(1) as f64 };
        let tip = format!("{} +{k}: {returned} / {}", cohort.start, cohort.people);
        Some(GridCell { value, shown, tip, open: is_open(cohort, k) })
    };
    let table = Grid {
        rows: latest.iter().map(|cohort| cohort.start.clone()).collect(),
        columns: (0..width).map(|k| format!("+{k}")).collect(),
        cells: latest.iter().map(|one| (0..width).map(|k| cell(one, k)).collect()).collect(),
    };
    grid(title, &table, None)
}

fn average_plot(title: &str, report: &RetentionReport) -> Option<maud::Markup> {
    let periods: Vec<String> = (0..report.average.len()).map(|k| format!("+{k}")).collect();
    let series = [Series { name: title.to_owned(), values: report.average.clone() }];
    lines(title, &periods, &series, percent_text)
}
