//! `dongcha stock plan` and `dongcha stock simulate`: what a shop should order, and how such plans
//! would have done.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use collect::layout::read_table;
use decide::stock::simulate::Played;
use event::{Currency, Money};
use model::Interval;
use serve::advise::AdviceRequest;
use serve::advise::stock::{Entered, StockRequest, simulate as play};

use crate::cli::{StockPlanArgs, StockSimulateArgs, StockTermsArgs};
use crate::command::advice;
use crate::command::columns::Columns;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::{Setting, now};
use crate::trouble::both;

fn request(args: &StockTermsArgs) -> Result<StockRequest> {
    let ppm = |name: &str, value: f64| {
        let scaled = (value * 1e6).round();
        if value.is_finite() && (0.0..=1e9).contains(&scaled) {
            return Ok(scaled as u32);
        }
        Err(both(
            format!("--{name} is {value}, but must be a share or percentage above 0"),
            format!("--{name} 为 {value}，须为大于 0 的比例或百分数"),
        ))
    };
    Ok(StockRequest {
        lead_weeks: args.lead_weeks,
        lead_deviation_centiweeks: ppm("lead-deviation", args.lead_deviation / 1e4)?,
        review_weeks: args.review_weeks,
        service_ppm: args.service.map(|share| ppm("service", share)).transpose()?,
        margin_ppm: ppm("margin", args.margin / 100.0)?,
        holding_ppm_year: ppm("holding", args.holding / 100.0)?,
        today_weeks: args.cover_weeks,
        ..StockRequest::default()
    })
}

/// What was entered for each item.
fn entered(path: &Path, currency: Currency) -> Result<BTreeMap<String, Entered>> {
    let columns = Columns(read_table(path)?);
    let ids = columns.texts("item_id")?;
    let whole = |name: &str| -> Result<Option<Vec<Option<i64>>>> {
        if !columns.0.names.iter().any(|known| known == name) {
            return Ok(None);
        }
        let read = |(row, text): (usize, &String)| match text.trim() {
            "" => Ok(None),
            number => number.parse().map(Some).map_err(|_| {
                let row = row + 1;
                both(
                    format!("column {name} is `{text}` in row {row}, not a whole number"),
                    format!("列 {name} 第 {row} 行为 `{text}`，不是整数"),
                )
            }),
        };
        columns.texts(name)?.iter().enumerate().map(read).collect::<Result<_>>().map(Some)
    };
    columns.texts("on_hand")?;
    let of = |name| whole(name).map(|found| found.unwrap_or_else(|| vec![None; ids.len()]));
    let (on_hand, on_order) = (of("on_hand")?, of("on_order")?);
    let (least, pack) = (of("least")?, of("pack")?);
    let costs = columns.texts("cost").ok();
    let mut found = BTreeMap::new();
    for (row, id) in ids.iter().enumerate() {
        let cost_minor = match costs.map(|costs| costs[row].trim()) {
            None | Some("") => None,
            Some(text) => Some(amount("cost", text, currency)?),
        };
        let one = Entered {
            on_hand: on_hand[row],
            on_order: on_order[row].unwrap_or(0),
            least: least[row],
            pack: pack[row],
            cost_minor,
        };
        if found.insert(id.trim().to_owned(), one).is_some() {
            return Err(both(
                format!("item `{id}` stands twice in {}", path.display()),
                format!("商品 `{id}` 在 {} 中出现两次", path.display()),
            ));
        }
    }
    Ok(found)
}

fn amount(name: &str, text: &str, currency: Currency) -> Result<i64> {
    let read = Money::parse(text, currency).map(|(money, _)| money.minor);
    read.map_err(|reason| {
        both(
            format!("{name} `{text}` is not an amount of money: {reason}"),
            format!("{name} `{text}` 不是金额：{reason}"),
        )
    })
}

/// Plans an order.
pub fn plan(setting: &Setting, args: &StockPlanArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.terms.site)?;
    let currency = shop.config().currency;
    let mut request = request(&args.terms)?;
    request.budget_minor =
        args.budget.as_ref().map(|text| amount("--budget", text, currency)).transpose()?;
    (request.least, request.pack, request.limit) = (args.least, args.pack, args.limit);
    if let Some(path) = &args.on_hand {
        request.entered = entered(path, currency)?;
    }
    let spinner = progress::spinner(setting.say("forecasting and playing", "正在预测与回放"));
    let advice = shop.advise_and_keep(&AdviceRequest::Stock(Box::new(request)), now())?;
    spinner.finish_and_clear();
    if let Some(path) = &args.out {
        let value = serde_json::to_value(&advice)?;
        std::fs::write(path, advice::figures(setting, &value)).map_err(|reason| {
            let path = path.display();
            both(format!("cannot write {path}: {reason}"), format!("无法写入 {path}：{reason}"))
        })?;
    }
    advice::print_made(setting, &advice)
}

/// Plays the plan over past weeks.
pub fn simulate(setting: &Setting, args: &StockSimulateArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.terms.site)?;
    let currency = shop.config().currency;
    let request = StockRequest { play_weeks: args.weeks, ..request(&args.terms)? };
    let bar =
        progress::rounds(setting.say("forecasting, then playing weeks", "先预测，再逐周回放"));
    let found = play(&shop, &request, now(), &mut |done, weeks| {
        bar.set_length(weeks as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    let mut table = Table::new(&[
        ("policy", setting.say("Policy", "策略")),
        ("cost", setting.say("Cost", "成本")),
        ("holding", setting.say("Holding", "持有")),
        ("lost_margin", setting.say("Margin lost", "损失毛利")),
        ("fill_rate", setting.say("Fill rate", "满足率")),
        ("units_served", setting.say("Units served", "供货件数")),
        ("units_ordered", setting.say("Units ordered", "订购件数")),
        ("mean_stock", setting.say("Mean stock", "平均库存")),
        ("plan_saves", setting.say("Plan saves", "计划节省")),
        ("weeks", setting.say("Weeks", "周数")),
        ("plan_saves_low", ""),
        ("plan_saves_high", ""),
    ]);
    let money = |amount: f64| {
        let minor = amount.round() as i64;
        Cell::shown(minor, Money { minor, currency }.to_string())
    };
    let mut row = |name: &str, played: &Played, saves: Option<&Interval>| {
        let rounded = |value: f64| Cell::from(value.round() as i64);
        let saved = saves.map_or_else(String::new, |saves| {
            let shown = |amount: f64| Money { minor: amount.round() as i64, currency }.to_string();
            format!("{} ({} … {})", shown(saves.mean), shown(saves.low), shown(saves.high))
        });
        let saves = saves.copied().unwrap_or(Interval { mean: 0.0, low: 0.0, high: 0.0 });
        table.row(vec![
            name.into(),
            money(played.cost),
            money(played.holding_cost),
            money(played.shortage_cost),
            Cell::shown(played.fill_rate(), format!("{:.2} %", played.fill_rate() * 100.0)),
            rounded(played.served),
            rounded(played.ordered),
            rounded(played.mean_stock),
            Cell::shown(saves.mean.round() as i64, saved),
            found.weeks.into(),
            Cell::shown(saves.low.round() as i64, ""),
            Cell::shown(saves.high.round() as i64, ""),
        ]);
    };
    row(setting.say("plan", "计划"), &found.plan, None);
    let naive = setting.say("last year + fixed", "去年同期+固定");
    row(naive, &found.baseline, Some(&found.saved));
    let today = setting.say("weeks of cover", "按周数备货");
    row(today, &found.today, Some(&found.saved_today));
    table.print(setting.format)
}
