//! `dongcha analyse attribution`: which channels brought the orders.

use anyhow::Result;
use event::Language;
use feature::analytics::attribution::{AttributionReport, ChannelCredit};
use serve::Shop;

use super::{Findings, money};
use crate::output::{Cell, Table};
use crate::report::Section;
use crate::report::grid::{Grid, GridCell, grid};
use crate::setting::Setting;

/// The credits as people read them.
pub fn findings(setting: &Setting, shop: &Shop, report: &AttributionReport) -> Result<Findings> {
    let title = setting.say("Attribution", "归因");
    let (orders, paths) = (report.orders, report.paths_n);
    let lead = match setting.language {
        Language::En => format!(
            "Counting orders: {orders}, reached by {paths} different sequences of channels; the \
             credits of each model sum to all orders."
        ),
        Language::Zh => format!(
            "按订单计数：{orders} 个，经由 {paths} 种渠道序列；每个模型的功劳之和等于订单总数。"
        ),
    };
    let credited = setting.say("Orders credited", "归因订单");
    let revenue = setting.say("Revenue credited", "归因收入");
    let sections = vec![
        Section::new(credited, plot(setting, credited, report), orders_table(setting, report)),
        Section::new(revenue, None, revenue_table(setting, shop, report)),
    ];
    Findings::of(title, lead, sections, report)
}

fn columns(setting: &Setting, first: [(&'static str, &str); 2]) -> Table {
    let [channel, second] = first;
    let [a, b, c, d, e] = models(setting);
    Table::new(&[
        channel,
        second,
        ("first", a),
        ("last", b),
        ("linear", c),
        ("time_decay", d),
        ("markov", e),
    ])
}

fn models(setting: &Setting) -> [&str; 5] {
    [
        setting.say("First", "首次"),
        setting.say("Last", "末次"),
        setting.say("Linear", "均分"),
        setting.say("Time decay", "时间衰减"),
        setting.say("Markov", "马尔可夫"),
    ]
}

/// The credits of a channel in the order of the models.
fn credits(channel: &ChannelCredit) -> [f64; 5] {
    [channel.first, channel.last, channel.linear, channel.time_decay, channel.markov]
}

fn orders_table(setting: &Setting, report: &AttributionReport) -> Table {
    let channel = ("channel", setting.say("Channel", "渠道"));
    let mut table = columns(setting, [channel, ("touches", setting.say("Touches", "触点"))]);
    for one in &report.channels {
        let mut row: Vec<Cell> = vec![one.channel.clone().into(), one.touches.into()];
        row.extend(credits(one).map(|orders| Cell::shown(orders, format!("{orders:.1}"))));
        table.row(row);
    }
    table
}

fn revenue_table(setting: &Setting, shop: &Shop, report: &AttributionReport) -> Table {
    let channel = ("channel", setting.say("Channel", "渠道"));
    let mut table = columns(setting, [channel, ("touches", "")]);
    for one in &report.channels {
        let minor = one.revenue_minor;
        let by_model = [minor.first, minor.last, minor.linear, minor.time_decay, minor.markov];
        let mut row: Vec<Cell> = vec![one.channel.clone().into(), one.touches.into()];
        row.extend(by_model.map(|minor| money(minor, shop.config().currency)));
        table.row(row);
    }
    table
}

fn plot(setting: &Setting, title: &str, report: &AttributionReport) -> Option<maud::Markup> {
    let shown = report.channels.iter().take(20);
    let cell = |channel: &str, model: &str, orders: f64| {
        let tip = format!("{channel}, {model}: {orders:.2}");
        Some(GridCell { value: orders, shown: format!("{orders:.1}"), tip, open: false })
    };
    let models = models(setting);
    let row = |one: &ChannelCredit| {
        let each = models.iter().zip(credits(one));
        each.map(|(model, orders)| cell(&one.channel, model, orders)).collect()
    };
    let table = Grid {
        rows: shown.clone().map(|one| one.channel.clone()).collect(),
        columns: models.iter().map(|model| (*model).to_owned()).collect(),
        cells: shown.map(row).collect(),
    };
    grid(title, &table, None)
}
