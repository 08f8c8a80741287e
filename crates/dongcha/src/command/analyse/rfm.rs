//! `dongcha analyse rfm`: known buyers by recency, frequency and money.

use anyhow::Result;
use event::Language;
use feature::analytics::rfm::{RfmCell, RfmReport, ScoreRange};
use serve::Shop;

use super::{Findings, money};
use crate::output::{Cell, Table};
use crate::report::Section;
use crate::report::grid::{Grid, GridCell, grid};
use crate::setting::Setting;

/// The grid as people read it.
pub fn findings(setting: &Setting, shop: &Shop, report: &RfmReport) -> Result<Findings> {
    let title = setting.say("Recency, frequency, money", "RFM 分层");
    let day = report.as_of.as_deref().unwrap_or("–");
    let (people, orders) = (report.people, report.orders);
    let lead = match setting.language {
        Language::En => {
            format!("Counting people: {people} known buyers with {orders} orders, as of {day}.")
        }
        Language::Zh => format!("按人计数：截至 {day}，已知买家 {people} 人，订单 {orders} 个。"),
    };
    let groups = setting.say("Groups", "人群");
    let cells = setting.say("Grid", "网格");
    let note = setting.say(
        "Buyers by recency (rows, 5 is latest) and frequency (columns, 5 is most often).",
        "按最近一次（行，5 为最近）与频次（列，5 为最多）的买家数。",
    );
    let sections = vec![
        Section::new(cells, plot(title, report), table(setting, shop, report)).noted(note),
        Section::new(groups, None, named(setting, shop, report)),
        Section::new(setting.say("Scores", "分值"), None, bounds(setting, shop, report)),
    ];
    Findings::of(title, lead, sections, report)
}

fn table(setting: &Setting, shop: &Shop, report: &RfmReport) -> Table {
    let mut table = Table::new(&[
        ("r", setting.say("Recency", "最近")),
        ("f", setting.say("Frequency", "频次")),
        ("group", setting.say("Group", "人群")),
        ("people", setting.say("People", "人数")),
        ("revenue_minor", setting.say("Revenue", "收入")),
        ("average_recency_days", setting.say("Days since order", "距上次下单天数")),
    ]);
    for cell in &report.cells {
        let days = cell.average_recency_days;
        table.row(vec![
            cell.r.into(),
            cell.f.into(),
            Cell::shown(cell.group, name(setting, report, cell.group)),
            cell.people.into(),
            money(cell.revenue_minor, shop.config().currency),
            Cell::shown(days, days.map(|days| format!("{days:.1}")).unwrap_or_default()),
        ]);
    }
    table
}

/// A group's name.
fn name(setting: &Setting, report: &RfmReport, code: &str) -> String {
    let group = report.named.iter().find(|group| group.code == code);
    group.map_or(code, |group| setting.tell(&group.name)).to_owned()
}

/// The named groups with what they spent; the demo prints it too.
pub fn named(setting: &Setting, shop: &Shop, report: &RfmReport) -> Table {
    let mut table = Table::new(&[
        ("code", setting.say("Group", "人群")),
        ("people", setting.say("People", "人数")),
        ("revenue_minor", setting.say("Revenue", "收入")),
    ]);
    for group in &report.named {
        table.row(vec![
            Cell::shown(group.code, setting.tell(&group.name)),
            group.people.into(),
            money(group.revenue_minor, shop.config().currency),
        ]);
    }
    table
}

fn bounds(setting: &Setting, shop: &Shop, report: &RfmReport) -> Table {
    let mut table = Table::new(&[
        ("what", setting.say("Of", "项目")),
        ("score", setting.say("Score", "分值")),
        ("least", setting.say("From", "从")),
        ("most", setting.say("To", "至")),
        ("people", setting.say("People", "人数")),
    ]);
    let mut rows = |key: &str, label: &str, ranges: &[ScoreRange], shown: &dyn Fn(i64) -> Cell| {
        for range in ranges {
            table.row(vec![
                Cell::shown(key, label),
                range.score.into(),
                shown(range.least),
                shown(range.most),
                range.people.into(),
            ]);
        }
    };
    let bounds = &report.bounds;
    let days = setting.say("days since last order", "距上次下单天数");
    rows("recency_days", days, &bounds.recency_days, &Cell::from);
    rows("orders", setting.say("orders", "订单数"), &bounds.orders, &Cell::from);
    let priced = |minor| money(minor, shop.config().currency);
    rows("revenue_minor", setting.say("revenue", "收入"), &bounds.revenue_minor, &priced);
    table
}

/// The grid as a small table: a row per recency score, a column per frequency score.
pub fn square(setting: &Setting, report: &RfmReport) -> Table {
    let mut table = Table::new(&[
        ("r", setting.say("Recency \\ frequency", "最近 \\ 频次")),
        ("f1", "1"),
        ("f2", "2"),
        ("f3", "3"),
        ("f4", "4"),
        ("f5", "5"),
    ]);
    for r in (1..=5).rev() {
        let people = |f| cell(report, r, f).map_or(0, |cell| cell.people);
        let mut row: Vec<Cell> = vec![r.into()];
        row.extend((1..=5).map(|f| Cell::from(people(f))));
        table.row(row);
    }
    table
}

fn cell(report: &RfmReport, r: u8, f: u8) -> Option<&RfmCell> {
    report.cells.iter().find(|cell| (cell.r, cell.f) == (r, f))
}

fn plot(title: &str, report: &RfmReport) -> Option<maud::Markup> {
    let one = |r: u8, f: u8| {
        let cell = cell(report, r, f)?;
        Some(GridCell {
            value: cell.people as f64,
            shown: cell.people.to_string(),
            tip: format!("R{r} F{f} {}: {}", cell.group, cell.people),
            open: false,
        })
    };
    let table = Grid {
        rows: (1..=5).rev().map(|r| format!("R{r}")).collect(),
        columns: (1..=5).map(|f| format!("F{f}")).collect(),
        cells: (1..=5).rev().map(|r| (1..=5).map(|f| one(r, f)).collect()).collect(),
    };
    grid(title, &table, None)
}
