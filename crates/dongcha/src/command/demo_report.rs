//! The demo's report: what was loaded and refused, who buys, what is recommended and why, and
//! how the models compare with popularity.

use anyhow::Result;
use decide::Record;
use event::{Language, Money};

use crate::command::demo::Told;
use crate::command::{import, recommend, train};
use crate::output::{Cell, Table, say};
use crate::setting::Setting;

/// Prints the report of one shop.
pub fn print(setting: &Setting, told: &Told) -> Result<()> {
    let name = setting.tell(&told.shop.config().name);
    say(&format!("\n━━ {name} ({}) ━━", told.shop.config().site))?;
    heading(setting, "What was loaded and what was refused", "导入与拒收")?;
    import::print(setting, &told.import)?;
    heading(setting, "Who buys", "谁在购买")?;
    figures(setting, told).print(setting.format)?;
    say(&loyalty(setting, told))?;
    heading(setting, "How the models do on weeks they have not seen", "模型在未见过的周上的表现")?;
    train::print(setting, &told.shop, &told.training)?;
    heading(
        setting,
        "What three of them are recommended, and why",
        "向三位顾客推荐什么、为何推荐",
    )?;
    for record in &told.slates {
        slate(setting, record)?;
    }
    let [import_s, train_s, recommend_s] = told.seconds;
    say(&match setting.language {
        Language::En => format!(
            "Seconds: import {import_s:.1}, training {train_s:.1}, recommending {recommend_s:.2}."
        ),
        Language::Zh => {
            format!("用时（秒）：导入 {import_s:.1}，训练 {train_s:.1}，推荐 {recommend_s:.2}。")
        }
    })
}

fn heading(setting: &Setting, en: &str, zh: &str) -> Result<()> {
    say(&format!("\n{}", setting.say(en, zh)))
}

/// The shop's totals, each with its definition.
fn figures(setting: &Setting, told: &Told) -> Table {
    let totals = &told.overview.totals;
    let money = |minor| {
        let currency = told.shop.config().currency;
        Cell::shown(minor, Money { minor, currency }.to_string())
    };
    let mut table = Table::new(&[
        ("figure", setting.say("Figure", "指标")),
        ("value", setting.say("Value", "值")),
        ("definition", setting.say("What it counts", "含义")),
    ]);
    let definitions = serve::definitions::all();
    let define = |name: &str| {
        let found = definitions.iter().find(|(key, _)| *key == name);
        found.map(|(_, text)| setting.tell(text).to_owned()).unwrap_or_default()
    };
    let rows: [(&str, &str, Cell); 10] = [
        ("orders", setting.say("orders", "订单"), totals.orders.into()),
        (
            "anonymous_orders",
            setting.say("of them anonymous", "其中匿名"),
            totals.anonymous_orders.into(),
        ),
        ("buyers", setting.say("buyers", "买家"), totals.buyers.into()),
        (
            "revenue_gross",
            setting.say("revenue, gross", "总收入"),
            money(totals.revenue_gross_minor),
        ),
        (
            "revenue_goods",
            setting.say("of it products", "其中商品"),
            money(totals.revenue_goods_minor),
        ),
        ("refunds", setting.say("refunds", "退款"), money(totals.refunds_minor)),
        ("revenue_net", setting.say("revenue, net", "净收入"), money(totals.revenue_net_minor)),
        (
            "average_order",
            setting.say("average order", "平均订单"),
            money(totals.average_order_minor),
        ),
        ("views", setting.say("views", "浏览"), totals.views.into()),
        ("reviews", setting.say("reviews", "评价"), totals.reviews.into()),
    ];
    for (key, label, value) in rows {
        table.row(vec![Cell::shown(key, label), value, define(key).into()]);
    }
    table
}

/// How many came back, as a sentence.
fn loyalty(setting: &Setting, told: &Told) -> String {
    let buyers: Vec<u64> =
        told.overview.buyers.iter().map(|b| b.orders).filter(|orders| *orders > 0).collect();
    if buyers.is_empty() {
        return setting
            .say(
                "No orders are recorded: this shop has clicks and reviews only.",
                "没有订单记录：该店只有点击与评价。",
            )
            .to_owned();
    }
    let count = |low, high| buyers.iter().filter(|n| (low..=high).contains(*n)).count();
    let (once, some, many) = (count(1, 1), count(2, 4), count(5, u64::MAX));
    let of_many: u64 = buyers.iter().filter(|n| **n >= 5).sum();
    let share = 100.0 * of_many as f64 / buyers.iter().sum::<u64>() as f64;
    match setting.language {
        Language::En => format!(
            "{once} buyers ordered once, {some} two to four times, {many} five times or more; the \
             last place {share:.0} % of the orders of known people."
        ),
        Language::Zh => format!(
            "{once} 位买家下单一次，{some} 位两至四次，{many} 位五次及以上；后者占已知顾客订单的 {share:.0}%。"
        ),
    }
}

fn slate(setting: &Setting, record: &Record) -> Result<()> {
    let subject = record.request.get("subject").and_then(|s| s.as_object());
    let subject = subject.and_then(|s| s.values().next()).and_then(|id| id.as_str());
    let history = record.request.get("history").and_then(|h| h.as_array()).map_or(0, Vec::len);
    let who = subject.unwrap_or_default();
    say(&match setting.language {
        Language::En => format!("\n{who}, who has met {history} items"),
        Language::Zh => format!("\n{who}，接触过 {history} 件商品"),
    })?;
    recommend::print(setting, record)
}
