//! The plots of a purchase plan: what money buys, and demand with stock for an item.

use event::Bilingual;
use feature::demand::{Demand, monday};
use model::Cover;

use super::plan::{Line, Plan};
use super::plan_request::StockRequest;
use crate::advice::{Plot, PlotLine};

/// Weeks of the past shown.
const PAST_WEEKS: i32 = 26;
/// Points of the curve at most.
const POINTS: usize = 60;

fn days() -> (Bilingual, &'static str) {
    (Bilingual::new("week from", "周（起始日）"), "day")
}

/// Expected gain by money spent, best orders first.
pub(super) fn value_curve(plan: &Plan) -> Plot {
    let curve = &plan.bought.curve;
    let step = curve.len().div_ceil(POINTS).max(1);
    let kept = |at: &usize| at % step == step - 1 || at + 1 == curve.len();
    let mut points = vec![(0, 0)];
    points.extend((0..curve.len()).filter(kept).map(|at| (curve[at].0, curve[at].1 as i64)));
    Plot {
        code: "value_curve",
        subject: None,
        title: Bilingual::new("Margin gained by money spent", "采购金额与预期毛利"),
        x: (Bilingual::new("money spent", "采购金额"), "minor"),
        y: (Bilingual::new("margin gained less holding", "预期毛利（扣除持有成本）"), "minor"),
        lines: vec![
            PlotLine {
                name: Bilingual::new("all that pays", "所有值得订购的"),
                style: "line",
                points,
            },
            PlotLine {
                name: Bilingual::new("this plan", "本计划"),
                style: "points",
                points: vec![(plan.bought.spent_minor, plan.bought.gain as i64)],
            },
        ],
    }
}

/// Units sold by week, the forecast with its 80 % band, and the stock expected with the order.
pub(super) fn forecast(
    demand: &Demand,
    cover: &Cover,
    line: &Line,
    request: &StockRequest,
    title: &str,
) -> Plot {
    let item = &demand.items[line.item.at];
    let (now, weeks) = (demand.end_week, request.timing().cover());
    let sold = demand.series(line.item.at, now);
    let from = sold.len().saturating_sub(PAST_WEEKS as usize);
    let week_at = |at: usize| monday(demand.first_week + at as i32);
    let past = (from..sold.len()).map(|at| (week_at(at), sold[at].round() as i64)).collect();
    let each = |sum: f64| {
        let a_week = (sum / weeks as f64).round() as i64;
        (0..weeks).map(|w| (monday(now + w as i32), a_week)).collect::<Vec<_>>()
    };
    let at = |share: f64| cover.quantile(line.mean, line.size, share);
    let mut stock = line.item.on_hand.max(0) as f64;
    let mut held = vec![(monday(now), stock as i64)];
    for week in 0..weeks {
        if week == request.lead_weeks as usize {
            stock += (line.order + line.item.on_order) as f64;
        }
        stock = (stock - line.mean / weeks as f64).max(0.0);
        held.push((monday(now + week as i32 + 1), stock.round() as i64));
    }
    let name = |en: &str, zh: &str, style, points| PlotLine {
        name: Bilingual::new(en, zh),
        style,
        points,
    };
    Plot {
        code: "forecast",
        subject: Some(item.item_id.clone()),
        title: Bilingual::new(format!("Demand and stock: {title}"), format!("需求与库存：{title}")),
        x: days(),
        y: (Bilingual::new("units", "件"), "count"),
        lines: vec![
            name("sold", "已售", "line", past),
            name("forecast", "预测", "line", each(line.mean)),
            name("10 % of cases", "10% 的情形", "band_low", each(at(0.1))),
            name("90 % of cases", "90% 的情形", "band_high", each(at(0.9))),
            name("stock expected", "预期库存", "line", held),
        ],
    }
}
