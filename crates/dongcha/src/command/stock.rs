//! `dongcha stock`: how much to order, when, and what it costs.

use anyhow::Result;
use decide::stock::base_stock::{LeadTimeDemand, base_stock};
use decide::stock::lot_sizing::order_plan;
use decide::stock::min_max::min_max;
use decide::stock::newsvendor::newsvendor;
use decide::stock::order_quantity::order_quantity;
use decide::stock::reorder_point::reorder_point;
use decide::stock::{Demand, Poisson, UnitCosts};

use crate::cli::{PolicyArgs, StockCommand};
use crate::output::{Cell, Table};
use crate::setting::Setting;

/// Answers one question about stock.
pub fn run(setting: &Setting, what: &StockCommand) -> Result<()> {
    let mut table = Table::new(&[
        ("what", setting.say("What", "项目")),
        ("value", setting.say("Value", "值")),
        ("key", ""),
    ]);
    let mut row = |key: &'static str, en: &str, zh: &str, value: f64| {
        let what = setting.say(en, zh).to_owned();
        table.row(vec![what.into(), Cell::shown(value, shown(value)), key.into()]);
    };
    match what {
        StockCommand::OrderQuantity(args) => {
            let found = order_quantity(args.order_cost, args.holding, args.demand, args.waiting)?;
            row("quantity", "units per order", "每次订购量", found.quantity);
            row("share_out", "share of time out of stock", "缺货时间占比", found.share_out);
            row("cost", "cost per period", "每期成本", found.cost);
        }
        StockCommand::Newsvendor(args) => {
            let costs = UnitCosts { holding: args.holding, shortage: args.shortage };
            let demand = match args.deviation {
                Some(deviation) => Demand::Normal { mean: args.mean, deviation },
                None => Demand::Poisson(Poisson::new(args.mean)?),
            };
            let found = newsvendor(costs, &demand)?;
            row("stock", "units to stock", "备货量", found.stock);
            row("critical_ratio", "share of cases to cover", "应覆盖的情形占比", found.critical_ratio);
            row("left", "units left over on average", "平均剩余量", found.left);
            row("lacking", "units lacking on average", "平均短缺量", found.lacking);
            row("cost", "expected cost", "期望成本", found.cost);
        }
        StockCommand::ReorderPoint(args) => {
            let found =
                reorder_point(costs(args), args.order_cost, args.demand, args.lead_time)?;
            row("reorder_at", "order when stock falls to", "库存降至此时订购", found.reorder_at as f64);
            row("quantity", "units per order", "每次订购量", found.quantity as f64);
            row("cost", "cost per period", "每期成本", found.cost);
        }
        StockCommand::MinMax(args) => {
            let found = min_max(costs(args), args.order_cost, args.demand, args.lead_time)?;
            row("order_at", "order at this stock or below", "库存不高于此时订购", found.order_at as f64);
            row("order_up_to", "order up to", "订购至", found.order_up_to as f64);
            row("cost", "cost per period", "每期成本", found.cost);
        }
        StockCommand::Plan(args) => {
            let plan = order_plan(args.order_cost, args.holding, &args.demand)?;
            for (period, units) in plan.orders.iter().enumerate() {
                let number = period + 1;
                let (en, zh) = (format!("order in period {number}"), format!("第 {number} 期订购"));
                row("order", &en, &zh, *units);
            }
            row("cost", "cost of the plan", "计划总成本", plan.cost);
        }
        StockCommand::Safety(args) => {
            let demand = LeadTimeDemand {
                mean: args.mean,
                deviation: args.deviation,
                lead_time: args.lead_time,
                lead_deviation: args.lead_deviation,
                review: args.review,
            };
            let found = base_stock(demand, args.service)?;
            row("level", "stock to keep, on hand and on order", "应保持的库存（在手加在途）", found.level);
            row("safety_stock", "of it for surprises", "其中安全库存", found.safety_stock);
            if let Some(fill_rate) = found.fill_rate {
                row("fill_rate", "share of demand served at once", "即时满足率", fill_rate);
            }
        }
    }
    table.print(setting.format)
}

fn costs(args: &PolicyArgs) -> UnitCosts {
    UnitCosts { holding: args.holding, shortage: args.shortage }
}

fn shown(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
