//! `dongcha analyse newcomers`: who is new and who returns, period by period.

use anyhow::Result;
use event::Language;
use feature::analytics::newcomers::{NewcomersPeriod, NewcomersReport};
use serve::Shop;

use super::{Findings, money, period_name};
use crate::output::Table;
use crate::report::Section;
use crate::report::lines::{Series, lines};
use crate::setting::Setting;

/// New and returning people as people read them.
pub fn findings(setting: &Setting, shop: &Shop, report: &NewcomersReport) -> Result<Findings> {
    let title = setting.say("New and returning", "新客与回头客");
    let (period, event) = (period_name(setting, report.period.name()), &report.event);
    let lead = match setting.language {
        Language::En => {
            format!("Counting people by {period}; new is whose first {event} lies in it.")
        }
        Language::Zh => format!("按人、按{period}计数；首次 {event} 在该{period}者为新客。"),
    };
    let heading = setting.say("By period", "按时段");
    let sections =
        vec![Section::new(heading, plot(setting, title, report), table(setting, shop, report))];
    Findings::of(title, lead, sections, report)
}

fn table(setting: &Setting, shop: &Shop, report: &NewcomersReport) -> Table {
    let currency = shop.config().currency;
    let mut table = Table::new(&[
        ("start", setting.say("From", "起始")),
        ("new", setting.say("New", "新客")),
        ("returning", setting.say("Returning", "回头客")),
        ("new_revenue_minor", setting.say("Revenue from new", "新客收入")),
        ("returning_revenue_minor", setting.say("From returning", "回头客收入")),
    ]);
    for period in &report.periods {
        table.row(vec![
            period.start.clone().into(),
            period.new.into(),
            period.returning.into(),
            money(period.new_revenue_minor, currency),
            money(period.returning_revenue_minor, currency),
        ]);
    }
    table
}

fn plot(setting: &Setting, title: &str, report: &NewcomersReport) -> Option<maud::Markup> {
    let of = |name: &str, count: fn(&NewcomersPeriod) -> u64| Series {
        name: name.to_owned(),
        values: report.periods.iter().map(|period| Some(count(period) as f64)).collect(),
    };
    let series = [
        of(setting.say("New", "新客"), |period| period.new),
        of(setting.say("Returning", "回头客"), |period| period.returning),
    ];
    let starts: Vec<String> = report.periods.iter().map(|period| period.start.clone()).collect();
    lines(title, &starts, &series, |people| format!("{people:.0}"))
}
