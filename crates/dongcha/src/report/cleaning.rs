//! The sections of a cleaning report: all rules in one table, then each that has something to show.

use feature::clean::report::{CleanReport, RuleReport};
use feature::clean::summary::Summary;

use crate::command::clean::{findings, table, wording};
use crate::output::{Cell, Table};
use crate::report::Section;
use crate::report::histogram::{number, plot};
use crate::setting::Setting;

/// The sections, in the order of the plan.
pub fn sections(setting: &Setting, report: &CleanReport) -> Vec<Section> {
    let say = |code| wording(setting.language, code);
    let rules = Section::new(say("title"), None, table(setting, report)).noted(say("promise"));
    let mut sections = vec![rules];
    let found = findings(setting, report);
    if !found.is_empty() {
        sections.push(Section::new(say("found"), None, found));
    }
    sections.extend(report.rules.iter().filter_map(|rule| before_and_after(setting, rule)));
    let clocks = report.rules.iter().filter(|rule| !rule.clocks.is_empty());
    sections
        .extend(clocks.map(|rule| Section::new(say("clocks"), None, clocks_table(setting, rule))));
    sections
}

/// The numbers a rule judges, before and after it; none for rules that judge no numbers.
fn before_and_after(setting: &Setting, rule: &RuleReport) -> Option<Section> {
    let say = |code| wording(setting.language, code);
    let (before, after) = (rule.before.as_ref()?, rule.after.as_ref()?);
    let plot =
        rule.bars_before.as_ref().zip(rule.bars_after.as_ref()).map(|(before, after)| {
            plot(before, after, [say("before"), say("after")], say("beyond"))
        });
    let mut table = Table::new(&[
        ("when", ""),
        ("count", say("count")),
        ("missing", say("missing_values")),
        ("min", say("min")),
        ("p25", say("p25")),
        ("median", say("median")),
        ("p75", say("p75")),
        ("max", say("max")),
        ("mean", say("mean")),
    ]);
    table.row(summary(say("before"), before));
    table.row(summary(say("after"), after));
    let column = rule.column.as_deref().map(|column| format!(" · {column}")).unwrap_or_default();
    let mut note = vec![rule.settings.clone()];
    if !rule.sample.is_empty() {
        note.push(format!("{} {}", say("sample"), rule.sample.join(" ")));
    }
    if let Some((centre, spread)) = rule.scaler.as_ref().and_then(|s| s.centre.zip(s.spread)) {
        note.push(format!("{} {}, {}", say("scaler"), number(centre), number(spread)));
    }
    note.retain(|part| !part.is_empty());
    let heading = format!("{}{column}", say(&rule.rule));
    Some(Section::new(heading, plot, table).noted(note.join(" · ")))
}

fn summary(name: &str, summary: &Summary) -> Vec<Cell> {
    let figures =
        [summary.min, summary.p25, summary.median, summary.p75, summary.max, summary.mean];
    let figure =
        |figure: Option<f64>| Cell::shown(figure, figure.map_or_else(|| "–".to_owned(), number));
    let mut cells: Vec<Cell> = vec![name.into(), summary.n.into(), summary.missing.into()];
    cells.extend(figures.map(figure));
    cells
}

fn clocks_table(setting: &Setting, rule: &RuleReport) -> Table {
    let say = |code| wording(setting.language, code);
    let mut table = Table::new(&[
        ("source", say("source")),
        ("events", say("events")),
        ("two_clocks", say("two_clocks")),
        ("offset_ms", say("offset_ms")),
        ("spread_ms", say("spread_ms")),
        ("delay_ms", say("delay_ms")),
    ]);
    for clock in &rule.clocks {
        let mut cells: Vec<Cell> =
            vec![clock.source.as_str().into(), clock.events.into(), clock.two_clocks.into()];
        let figures = [clock.offset_ms, clock.offset_spread_ms, clock.delay_ms];
        cells.extend(
            figures
                .map(|figure| Cell::shown(figure, figure.map_or_else(|| "–".to_owned(), number))),
        );
        table.row(cells);
    }
    table
}
