//! A purchase plan as advice: what to order, what it is worth, what it was judged by.

use event::{Bilingual, Currency, SiteId};
use feature::behaviour::{Calendar, Holiday};
use feature::demand::{Demand, monday};
use feature::year_ago::holidays;
use model::{Cover, CoverMethod};

use super::outlook::Outlook;
use super::plan::{Line, Plan, Terms, plan};
use super::plan_play::{Compared, baseline_levels, play};
use super::plan_request::{Shelf, StockRequest};
use super::{plan_plots, plan_shelf, plan_words};
use crate::advice::{Action, Advice, Alternative, Amount, Figure, Finding, InputRef};
use crate::error::DecideError;
use crate::record::{Binding, Estimate, Kind, ModelRef, Outcome};

/// Items whose demand and stock are drawn.
const PLOTS: usize = 5;
/// Weeks of holidays that are named.
const HOLIDAY_WEEKS: i32 = 8;

/// What a plan is made from and under which name it is kept.
pub struct Case<'a> {
    /// Identity.
    pub decision_id: &'a str,
    /// When, RFC 3339 in the shop's zone.
    pub made_at: &'a str,
    /// Shop.
    pub site: SiteId,
    /// Its currency.
    pub currency: Currency,
    /// Whose holidays it follows.
    pub calendar: Calendar,
    /// What was asked for.
    pub demand: &'a Demand,
    /// The request.
    pub request: &'a StockRequest,
    /// What was read.
    pub inputs: Vec<InputRef>,
    /// Version of the program, which is that of its methods.
    pub version: &'a str,
}

/// What was found out on the way.
struct Made<'a> {
    case: &'a Case<'a>,
    terms: Terms,
    cover: Cover,
    plan: Plan,
    compared: Option<Compared>,
    outcome: Outcome,
}

/// Plays the plan over the last weeks that history allows; none where it allows none.
///
/// # Errors
/// When there is too little history, in both languages.
pub fn compare(
    outlook: &Outlook<'_>,
    shelf: &Shelf,
    request: &StockRequest,
    report: &mut dyn FnMut(usize, usize),
) -> Result<Option<Compared>, Bilingual> {
    let weeks = outlook.playable().min(request.play_weeks as usize);
    if weeks == 0 {
        return Ok(None);
    }
    let mut told = |done: usize| report(done, weeks);
    let today = request.today_weeks as usize;
    play(outlook, &shelf.items, &request.terms(), weeks, today, &mut told).map(Some)
}

/// Makes the plan.
///
/// # Errors
/// When the request is out of range; too little data is an answer, not an error.
pub fn advise(
    case: &Case<'_>,
    report: &mut dyn FnMut(usize, usize),
) -> Result<Advice, DecideError> {
    case.request.check().map_err(DecideError::Refused)?;
    let shelf = case.request.shelf(case.demand);
    match made(case, &shelf, report) {
        Ok(made) => Ok(made.advice(&shelf)),
        Err(text) => Ok(not_enough(case, text)),
    }
}

fn made<'a>(
    case: &'a Case<'a>,
    shelf: &Shelf,
    report: &mut dyn FnMut(usize, usize),
) -> Result<Made<'a>, Bilingual> {
    let (request, demand) = (case.request, case.demand);
    if shelf.items.is_empty() {
        return Err(Bilingual::new(
            "no item was ever sold at a price above its cost, so there is nothing to plan",
            "没有以高于成本的价格售出过任何商品，无从制定计划",
        ));
    }
    let terms = request.terms();
    let played = request.play_weeks as usize;
    let outlook = Outlook::read(demand, request.timing(), case.calendar, played)?;
    let cover = outlook.at(outlook.n_weeks())?;
    let compared = compare(&outlook, shelf, request, report)?;
    let is_worse = |found: &Compared| found.saved.mean <= 0.0;
    let fallback = compared.as_ref().is_some_and(is_worse);
    let levels = fallback.then(|| baseline_levels(&outlook, &shelf.items, &terms));
    let plan = plan(&cover, shelf.items.clone(), &terms, levels.as_deref());
    let outcome = if fallback { Outcome::Baseline } else { Outcome::Model };
    Ok(Made { case, terms, cover, plan, compared, outcome })
}

/// The advice that says that nothing can be said.
fn not_enough(case: &Case<'_>, text: Bilingual) -> Advice {
    let finding = Finding { code: "not_enough_data", text: text.clone() };
    Advice {
        outcome: Outcome::NotEnoughData,
        findings: vec![finding],
        note: Some(text),
        ..empty(case)
    }
}

fn empty(case: &Case<'_>) -> Advice {
    Advice {
        decision_id: case.decision_id.to_owned(),
        kind: Kind::Stock,
        site: case.site.clone(),
        made_at: case.made_at.to_owned(),
        currency: case.currency,
        inputs: case.inputs.clone(),
        models: Vec::new(),
        outcome: Outcome::NotEnoughData,
        actions: Vec::new(),
        expected_value: None,
        baseline: Alternative {
            code: "seasonal_naive_fixed_stock",
            text: Bilingual::new(
                "order up to what last year's same weeks sold and a fixed safety stock",
                "按去年同期销量加固定安全库存订货",
            ),
            expected_value: None,
        },
        binding: Vec::new(),
        findings: Vec::new(),
        consent_basis: None,
        plots: Vec::new(),
        note: None,
        request: serde_json::to_value(case.request).unwrap_or_default(),
    }
}

impl Made<'_> {
    fn advice(&self, shelf: &Shelf) -> Advice {
        let (case, request) = (self.case, self.case.request);
        let mut lines: Vec<&Line> = self.plan.lines.iter().filter(|line| line.order > 0).collect();
        lines.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.item.at.cmp(&b.item.at)));
        let listed = &lines[..lines.len().min(request.limit as usize)];
        let actions: Vec<Action> =
            listed.iter().enumerate().map(|(at, line)| self.action(at, line)).collect();
        let mut findings: Vec<Finding> = self
            .compared
            .iter()
            .map(|found| plan_words::played(found, case.currency))
            .chain(plan_words::known(shelf, request))
            .chain(plan_shelf::findings(case.demand, &self.plan, &self.terms, case.currency))
            .collect();
        findings.extend(self.season());
        findings.push(self.totals(&lines, listed.len()));
        let mut plots = vec![plan_plots::value_curve(&self.plan)];
        plots.extend(listed.iter().take(PLOTS).map(|line| {
            let title = self.title(line);
            plan_plots::forecast(case.demand, &self.cover, line, request, &title)
        }));
        let mut baseline = empty(case).baseline;
        baseline.expected_value = self.compared.as_ref().map(|_| self.saved(0.0, 0.0, 0.0));
        Advice {
            models: self.models(),
            outcome: self.outcome,
            actions,
            expected_value: self.compared.as_ref().map(|found| {
                if self.outcome == Outcome::Baseline {
                    return self.saved(0.0, 0.0, 0.0);
                }
                self.saved(found.saved.mean, found.saved.low, found.saved.high)
            }),
            baseline,
            binding: self.binding(shelf),
            findings,
            plots,
            note: Some(Bilingual::new(
                "whatever is out of stock is taken as lost sales, single orders cost nothing by \
                 themselves, and promotions ahead are not known; the value is measured on the past \
                 weeks and without a budget, not promised",
                "缺货视为失去销售，下单本身不计成本，未来促销未知；价值按过去数周、不计预算测得，并非承诺",
            )),
            ..empty(case)
        }
    }

    fn title(&self, line: &Line) -> String {
        let item = &self.case.demand.items[line.item.at];
        item.title.clone().unwrap_or_else(|| item.item_id.clone())
    }

    fn action(&self, at: usize, line: &Line) -> Action {
        let (case, request) = (self.case, self.case.request);
        let ordered = monday(case.demand.end_week);
        let arrival = ordered + 7 * i64::from(request.lead_weeks);
        let quantile = |share: f64| self.cover.quantile(line.mean, line.size, share);
        let (low, high) = (quantile(0.1).round() as i64, quantile(0.9).round() as i64);
        let estimate = Estimate {
            minor: line.gain.round() as i64,
            low_minor: line.gain_if(&self.terms, quantile(0.025)).round() as i64,
            high_minor: line.gain_if(&self.terms, quantile(0.975)).round() as i64,
            currency: case.currency,
            definition: Bilingual::new(
                "margin less holding until the next order arrives, against ordering none; the \
                 range is that of demand in 95 % of cases",
                "到下一批到货前的毛利减持有成本，与不订购相比；区间对应 95% 情形的需求",
            ),
        };
        Action {
            position: u32::try_from(at + 1).unwrap_or(u32::MAX),
            subject: case.demand.items[line.item.at].item_id.clone(),
            title: self.title(line),
            advice: plan_words::order(line, arrival, ordered),
            figures: figures(line, &self.terms, (low, high), (ordered, arrival)),
            expected_value: Some(estimate),
            reason_code: "below_level",
            reason: plan_words::reason(line, self.terms.cover, (low, high)),
        }
    }

    fn saved(&self, mean: f64, low: f64, high: f64) -> Estimate {
        let weeks = self.compared.as_ref().map_or(0, |found| found.weeks);
        Estimate {
            minor: mean.round() as i64,
            low_minor: low.round() as i64,
            high_minor: high.round() as i64,
            currency: self.case.currency,
            definition: Bilingual::new(
                format!(
                    "holding and lost margin saved over the last {weeks} weeks by plans made from \
                     what was known before each, against last year's weeks with a fixed safety \
                     stock; interval by bootstrap over items"
                ),
                format!(
                    "最近 {weeks} 周内，按当时已知数据订货所节省的持有成本与损失毛利，与去年同期加固定\
                     安全库存相比；区间由对商品的自助法得出"
                ),
            ),
        }
    }

    /// The methods in use, most items first.
    fn models(&self) -> Vec<ModelRef> {
        let count = |method: &CoverMethod| {
            let is = |line: &&Line| self.cover.method[line.item.at] == *method;
            self.plan.lines.iter().filter(is).count()
        };
        let mut used: Vec<(usize, CoverMethod)> =
            CoverMethod::ALL.iter().map(|method| (count(method), *method)).collect();
        used.retain(|(n, _)| *n > 0);
        used.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
        let model = |(n, method): (usize, CoverMethod)| ModelRef {
            name: format!("{} ({n})", method.name()),
            version: self.case.version.to_owned(),
            trained_at: self.case.made_at.to_owned(),
        };
        used.into_iter().map(model).collect()
    }

    fn binding(&self, shelf: &Shelf) -> Vec<Binding> {
        let (bought, currency) = (&self.plan.bought, self.case.currency);
        let mut found = Vec::new();
        let mut add = |code, count, en: String, zh: String| {
            found.push(Binding { code, count, text: Bilingual::new(en, zh) });
        };
        let budget = plan_words::money(self.terms.budget_minor.unwrap_or(0), currency);
        if let Some(cheapest) = bought.clash {
            let cheapest = plan_words::money(cheapest, currency);
            add(
                "clash_budget_least_order",
                bought.left_out,
                format!(
                    "the budget of {budget} clashes with packs and least orders: the cheapest \
                     order worth making costs {cheapest}; raise the budget or agree on smaller \
                     packs"
                ),
                format!(
                    "预算 {budget} 与包装和起订量冲突：最便宜的可行订单需 {cheapest}；请提高预算或\
                     协商更小的包装"
                ),
            );
        } else if bought.left_out > 0 {
            let (left, next) = (bought.left_out, bought.next);
            let lost = plan_words::money((bought.gain_at_most - bought.gain) as i64, currency);
            add(
                "budget",
                left,
                format!(
                    "the budget of {budget} ends before {left} parts of orders that would pay; \
                     one more unit of money would earn about {next:.2}; no way to spend it earns \
                     over {lost} more"
                ),
                format!(
                    "预算 {budget} 用尽，{left} 份值得的订单未下；多一单位预算约可多赚 {next:.2}；\
                     任何花法至多再多赚 {lost}"
                ),
            );
        }
        if shelf.no_margin > 0 {
            let n = shelf.no_margin;
            add(
                "no_margin",
                n,
                format!("{n} items cost as much as they sell for and are not ordered"),
                format!("{n} 种商品成本不低于售价，不予订购"),
            );
        }
        found
    }

    /// The holidays ahead.
    fn season(&self) -> Option<Finding> {
        let now = self.case.demand.end_week;
        let ahead = holidays(now, now + HOLIDAY_WEEKS, self.case.calendar);
        let say = |zh: bool| {
            let one = |(day, holiday): &(_, &Holiday)| {
                let name = holiday.title();
                format!("{} ({day})", if zh { name.zh } else { name.en })
            };
            ahead.iter().map(one).collect::<Vec<_>>().join(if zh { "、" } else { ", " })
        };
        (!ahead.is_empty()).then(|| Finding {
            code: "holidays_ahead",
            text: Bilingual::new(
                format!(
                    "in the next {HOLIDAY_WEEKS} weeks: {}; forecasts by the calendar follow the \
                     same weeks of last year, moved with the holiday",
                    say(false)
                ),
                format!(
                    "未来 {HOLIDAY_WEEKS} 周内：{}；按日历的预测参照去年相应的周，随节日移动",
                    say(true)
                ),
            ),
        })
    }

    /// Everything ordered, and what is not listed.
    fn totals(&self, lines: &[&Line], listed: usize) -> Finding {
        let spent = plan_words::money(self.plan.bought.spent_minor, self.case.currency);
        let units: i64 = lines.iter().map(|line| line.order).sum();
        let (n, more) = (lines.len(), lines.len() - listed);
        Finding {
            code: "whole_order",
            text: Bilingual::new(
                format!(
                    "the whole order: {n} items, {units} units, {spent}; {more} of the items are \
                     beyond the list's limit"
                ),
                format!("整个订单：{n} 种商品，{units} 件，{spent}；其中 {more} 种超出列表上限"),
            ),
        }
    }
}

/// The numbers of an order.
fn figures(line: &Line, terms: &Terms, range: (i64, i64), days: (i64, i64)) -> Vec<Figure> {
    let mut found = Vec::new();
    let mut add = |code, en: &str, zh: &str, amount| {
        found.push(Figure { code, label: Bilingual::new(en, zh), amount });
    };
    let ppm = |share: f64| Amount::Ppm((share * 1e6).round() as i64);
    let of_cover = |units: i64| {
        let days = units as f64 / line.mean.max(1e-9) * terms.cover as f64 * 7.0;
        Amount::Count(days.round().min(9_999.0) as i64)
    };
    let (low, high) = range;
    let after = line.position() + line.order;
    let left = (line.item.holding(terms) * (after - low).max(0) as f64).round() as i64;
    let lost = (line.item.margin() * (high - after).max(0) as f64).round() as i64;
    let cost = line.order.saturating_mul(line.item.cost_minor);
    add("order_units", "order", "订购件数", Amount::Count(line.order));
    add("order_cost", "cost of the order", "订单金额", Amount::Minor(cost));
    add("order_day", "order on", "下单日", Amount::Day(plan_words::day(days.0)));
    add("arrival_day", "arrives on", "到货日", Amount::Day(plan_words::day(days.1)));
    add("on_hand", "on hand", "在手", Amount::Count(line.item.on_hand));
    add("on_order", "coming", "在途", Amount::Count(line.item.on_order));
    let mean = line.mean.round() as i64;
    add(
        "expected_units",
        "expected until the next order arrives",
        "覆盖期需求",
        Amount::Count(mean),
    );
    add("low_units", "10 % of cases", "10% 的情形", Amount::Count(low));
    add("high_units", "90 % of cases", "90% 的情形", Amount::Count(high));
    add("order_up_to", "order up to", "目标库存", Amount::Count(line.level));
    add("service", "cases covered by that", "目标覆盖情形", ppm(line.share));
    add("days_of_cover", "days covered now", "现可供天数", of_cover(line.position()));
    add("days_of_cover_after", "days covered then", "订后可供天数", of_cover(after));
    add("stock_out_risk", "chance of running out now", "现缺货概率", ppm(line.risk.0));
    add("stock_out_risk_after", "and with the order", "订后缺货概率", ppm(line.risk.1));
    add("cost_if_low", "holding if few buy (10 %)", "需求偏低时的持有成本", Amount::Minor(left));
    add(
        "cost_if_high",
        "margin lost if many buy (90 %)",
        "需求偏高时损失毛利",
        Amount::Minor(lost),
    );
    found
}
