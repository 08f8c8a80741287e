//! `dongcha stock`: how much to order, when, and what it costs.

mod site;

use anyhow::Result;
use decide::Kind;
use decide::stock::base_stock::{LeadTimeDemand, base_stock};
use decide::stock::lot_sizing::order_plan;
use decide::stock::min_max::min_max;
use decide::stock::newsvendor::newsvendor;
use decide::stock::order_quantity::order_quantity;
use decide::stock::reorder_point::reorder_point;
use decide::stock::{Demand, Poisson, UnitCosts};

use crate::cli::{LotsArgs, NewsvendorArgs, PolicyArgs, SafetyArgs, StockCommand};
use crate::command::advice;
use crate::output::{Cell, Table};
use crate::setting::Setting;
use crate::trouble::both;

/// A line of the answer: key, English, Chinese, figure.
type Line = (&'static str, String, String, f64);

fn line(key: &'static str, en: &str, zh: &str, value: f64) -> Line {
    (key, en.to_owned(), zh.to_owned(), value)
}

/// Answers one question about stock.
pub fn run(setting: &Setting, what: &StockCommand) -> Result<()> {
    let lines = match what {
        StockCommand::OrderQuantity(args) => {
            let found = order_quantity(args.order_cost, args.holding, args.demand, args.waiting)?;
            vec![
                line("quantity", "units per order", "每次订购量", found.quantity),
                line("share_out", "share of time out of stock", "缺货时间占比", found.share_out),
                line("cost", "cost per period", "每期成本", found.cost),
            ]
        }
        StockCommand::Newsvendor(args) => one_chance(args)?,
        StockCommand::ReorderPoint(args) => {
            let costs = costs(args);
            let found = reorder_point(costs, args.order_cost, args.demand, args.lead_time)?;
            let (at, quantity) = (found.reorder_at as f64, found.quantity as f64);
            vec![
                line("reorder_at", "order when stock falls to", "库存降至此时订购", at),
                line("quantity", "units per order", "每次订购量", quantity),
                line("cost", "cost per period", "每期成本", found.cost),
            ]
        }
        StockCommand::MinMax(args) => {
            let found = min_max(costs(args), args.order_cost, args.demand, args.lead_time)?;
            let (at, up_to) = (found.order_at as f64, found.order_up_to as f64);
            vec![
                line("order_at", "order at this stock or below", "库存不高于此时订购", at),
                line("order_up_to", "order up to", "订购至", up_to),
                line("cost", "cost per period", "每期成本", found.cost),
            ]
        }
        StockCommand::Plan(args) => return site::plan(setting, args),
        StockCommand::Simulate(args) => return site::simulate(setting, args),
        StockCommand::Kept(what) => return advice::run(setting, what, Kind::Stock),
        StockCommand::Lots(args) => lots(args)?,
        StockCommand::Safety(args) => safety(args)?,
    };
    let mut table = Table::new(&[
        ("what", setting.say("What", "项目")),
        ("value", setting.say("Value", "值")),
        ("key", ""),
    ]);
    for (key, en, zh, value) in lines {
        let what = setting.say(&en, &zh).to_owned();
        table.row(vec![what.into(), Cell::shown(value, shown(value)), key.into()]);
    }
    table.print(setting.format)
}

fn one_chance(args: &NewsvendorArgs) -> Result<Vec<Line>> {
    let costs = UnitCosts { holding: args.holding, shortage: args.shortage };
    let demand = match args.deviation {
        Some(deviation) if deviation.is_finite() && deviation >= 0.0 => {
            Demand::Normal { mean: args.mean, deviation }
        }
        Some(deviation) => {
            return Err(both(
                format!("--deviation is {deviation}, but must be 0 or more"),
                format!("--deviation 为 {deviation}，须不小于 0"),
            ));
        }
        None => Demand::Poisson(Poisson::new(args.mean)?),
    };
    let found = newsvendor(costs, &demand)?;
    let ratio = found.critical_ratio;
    Ok(vec![
        line("stock", "units to stock", "备货量", found.stock),
        line("critical_ratio", "share of cases to cover", "应覆盖的情形占比", ratio),
        line("left", "units left over on average", "平均剩余量", found.left),
        line("lacking", "units lacking on average", "平均短缺量", found.lacking),
        line("cost", "expected cost", "期望成本", found.cost),
    ])
}

fn lots(args: &LotsArgs) -> Result<Vec<Line>> {
    let plan = order_plan(args.order_cost, args.holding, &args.demand)?;
    let of = |(period, units): (usize, &f64)| {
        let number = period + 1;
        line("order", &format!("order in period {number}"), &format!("第 {number} 期订购"), *units)
    };
    let mut lines: Vec<Line> = plan.orders.iter().enumerate().map(of).collect();
    lines.push(line("cost", "cost of the plan", "计划总成本", plan.cost));
    Ok(lines)
}

fn safety(args: &SafetyArgs) -> Result<Vec<Line>> {
    let demand = LeadTimeDemand {
        mean: args.mean,
        deviation: args.deviation,
        lead_time: args.lead_time,
        lead_deviation: args.lead_deviation,
        review: args.review,
    };
    let found = base_stock(demand, args.service)?;
    let (en, zh) = ("stock to keep, on hand and on order", "应保持的库存（在手加在途）");
    let mut lines = vec![
        line("level", en, zh, found.level),
        line("safety_stock", "of it for surprises", "其中安全库存", found.safety_stock),
    ];
    if let Some(fill_rate) = found.fill_rate {
        lines.push(line("fill_rate", "share of demand served at once", "即时满足率", fill_rate));
    }
    Ok(lines)
}

fn costs(args: &PolicyArgs) -> UnitCosts {
    UnitCosts { holding: args.holding, shortage: args.shortage }
}

fn shown(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
