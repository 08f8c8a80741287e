//! What a purchase plan says, as sentences in both languages.

use event::{Bilingual, Currency, Money};
use feature::year_ago::date;

use super::plan::Line;
use super::plan_play::Compared;
use super::plan_request::{Shelf, StockRequest};
use crate::advice::Finding;

/// Money for reading.
pub(super) fn money(minor: i64, currency: Currency) -> String {
    Money { minor, currency }.to_string()
}

/// A day for reading.
pub(super) fn day(day: i64) -> String {
    date(day).map_or_else(String::new, |date| date.to_string())
}

/// What to do with an item.
pub(super) fn order(line: &Line, arrival: i64, ordered: i64) -> Bilingual {
    let (units, pack) = (line.order, line.item.pack);
    let (mut en, mut zh) = (format!("Order {units}"), format!("订购 {units} 件"));
    if pack > 1 {
        en += &format!(" ({} packs of {pack})", units / pack);
        zh += &format!("（{} 包，每包 {pack} 件）", units / pack);
    }
    en += &format!(" on {}, to be there on {}", day(ordered), day(arrival));
    zh += &format!("，{} 下单，{} 到货", day(ordered), day(arrival));
    Bilingual::new(en, zh)
}

/// Why an item is ordered.
pub(super) fn reason(line: &Line, weeks: usize, range: (i64, i64)) -> Bilingual {
    let (mean, position) = (line.mean.round() as i64, line.position());
    let (low, high) = range;
    let (risk, after) = ((line.risk.0 * 100.0).round(), (line.risk.1 * 100.0).round());
    Bilingual::new(
        format!(
            "about {mean} will be asked for in the {weeks} weeks until the next order arrives \
             (80 % of cases: {low} to {high}); {position} are on hand or coming; the chance of \
             running out falls from {risk} % to {after} %"
        ),
        format!(
            "到下一批到货前的 {weeks} 周预计需求约 {mean} 件（80% 的情形：{low} 至 {high} 件）；\
             在手与在途 {position} 件；缺货概率由 {risk}% 降至 {after}%"
        ),
    )
}

/// How the plan did when played.
pub(super) fn played(found: &Compared, currency: Currency) -> Finding {
    let of = |played: &super::simulate::Played| {
        let cost = money(played.cost.round() as i64, currency);
        (cost, played.fill_rate() * 100.0, played.served.round())
    };
    let (plan, naive, today) = (of(&found.plan), of(&found.baseline), of(&found.today));
    let (weeks, covered) = (found.weeks, found.covered * 100.0);
    Finding {
        code: "played",
        text: Bilingual::new(
            format!(
                "played over the last {weeks} weeks, each order made from what was known before \
                 it: the plan costs {} at a fill rate of {:.1} % ({} units served); last year's \
                 weeks with a fixed safety stock {} at {:.1} % ({}); weeks of cover {} at {:.1} \
                 % ({}); demand lay at or below the plan's 90 % level in {covered:.1} % of \
                 cases",
                plan.0, plan.1, plan.2, naive.0, naive.1, naive.2, today.0, today.1, today.2
            ),
            format!(
                "以最近 {weeks} 周回放，每次订货只用当时已知的数据：本计划成本 {}，满足率 {:.1}%\
                 （供货 {} 件）；去年同期加固定安全库存 {}，{:.1}%（{} 件）；按周数备货 {}，{:.1}%\
                 （{} 件）；需求不超过计划 90% 水平的情形占 {covered:.1}%",
                plan.0, plan.1, plan.2, naive.0, naive.1, naive.2, today.0, today.1, today.2
            ),
        ),
    }
}

/// What is known of stock and costs.
pub(super) fn known(shelf: &Shelf, request: &StockRequest) -> Vec<Finding> {
    let (n, mut found) = (shelf.items.len(), Vec::new());
    let mut add = |code, en: String, zh: String| {
        found.push(Finding { code, text: Bilingual::new(en, zh) });
    };
    if shelf.counted == 0 {
        add(
            "stock_never_recorded",
            "stock was never recorded: every item is taken as empty, so each order is the whole \
             level; subtract what is on the shelf, or enter it (--on-hand)"
                .to_owned(),
            "从未记录库存：各商品按零库存计，订购量即目标库存；请减去货架现有数量，或用 --on-hand \
             录入"
                .to_owned(),
        );
    } else if shelf.counted < n {
        let lacking = n - shelf.counted;
        add(
            "stock_partly_recorded",
            format!(
                "the stock of {lacking} of {n} items was never counted; they are taken as empty"
            ),
            format!("{n} 种商品中有 {lacking} 种从未盘点，按零库存计"),
        );
    }
    if shelf.cost_known < n {
        let (lacking, share) = (n - shelf.cost_known, request.margin_ppm / 10_000);
        add(
            "cost_assumed",
            format!(
                "the cost of {lacking} of {n} items is not known; a margin of {share} % of the \
                 price paid is assumed"
            ),
            format!("{n} 种商品中有 {lacking} 种成本未知；按成交价的 {share}% 毛利假定"),
        );
    }
    if !shelf.unknown.is_empty() {
        let (count, first) = (shelf.unknown.len(), &shelf.unknown[0]);
        add(
            "entered_unknown",
            format!("{count} entered items were never sold here and are left out, such as {first}"),
            format!("录入的 {count} 种商品从未售出（如 {first}），未计入"),
        );
    }
    found
}
