//! `dongcha analyse baskets`: what is bought together.

use std::collections::BTreeMap;

use anyhow::Result;
use event::Language;
use feature::analytics::baskets::{BasketReport, BasketRule};
use serve::Shop;

use super::{Findings, percent};
use crate::output::{Cell, Table};
use crate::report::Section;
use crate::report::bars::{Bar, bars};
use crate::setting::Setting;

/// The rules as people read them.
pub fn findings(setting: &Setting, shop: &Shop, report: &BasketReport) -> Result<Findings> {
    let title = setting.say("Bought together", "购物篮");
    let names = Names::of(shop, report)?;
    let (orders, items, least) = (report.orders, report.items, report.min_orders);
    let lead = match setting.language {
        Language::En => format!(
            "Counting orders: {orders}, with {items} products; a set is in {least} or more."
        ),
        Language::Zh => {
            format!("按订单计数：{orders} 个，含 {items} 种商品；每组至少同现于 {least} 个订单。")
        }
    };
    let rules = setting.say("Rules", "规则");
    let sets = setting.say("Sets", "商品组合");
    let note = setting.say(
        "Lift says how many times more often than by chance; 1 is chance.",
        "提升度为实际与随机同现之比；1 即随机。",
    );
    let sections = vec![
        Section::new(
            rules,
            plot(rules, &names, report),
            rules_table(setting, &names, &report.rules),
        )
        .noted(note),
        Section::new(sets, None, sets_table(setting, &names, report)),
    ];
    Findings::of(title, lead, sections, report)
}

/// Titles of items.
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// The titles of the items in a report.
    pub fn of(shop: &Shop, report: &BasketReport) -> Result<Self> {
        let in_rules =
            report.rules.iter().flat_map(|rule| rule.if_items.iter().chain(&rule.then_items));
        let mut names = BTreeMap::new();
        for id in report.itemsets.iter().flat_map(|set| &set.items).chain(in_rules) {
            if !names.contains_key(id) {
                let title = shop.item(id)?.and_then(|item| item.title);
                names.insert(id.clone(), title.unwrap_or_else(|| id.clone()));
            }
        }
        Ok(Self(names))
    }

    fn join(&self, items: &[String]) -> Cell {
        Cell::shown(items.join("|"), self.text(items))
    }

    fn text(&self, items: &[String]) -> String {
        let name = |id: &String| self.0.get(id).unwrap_or(id).clone();
        items.iter().map(name).collect::<Vec<_>>().join(" + ")
    }
}

/// Rules with the titles of their items.
pub fn rules_table(setting: &Setting, names: &Names, rules: &[BasketRule]) -> Table {
    let mut table = Table::new(&[
        ("if", setting.say("Who buys", "买了")),
        ("then", setting.say("also buys", "也买")),
        ("orders", setting.say("Orders", "订单数")),
        ("support", setting.say("Support", "支持度")),
        ("confidence", setting.say("Confidence", "置信度")),
        ("lift", setting.say("Lift", "提升度")),
        ("leverage", ""),
    ]);
    for rule in rules {
        table.row(vec![
            names.join(&rule.if_items),
            names.join(&rule.then_items),
            rule.orders.into(),
            percent(Some(rule.support)),
            percent(Some(rule.confidence)),
            Cell::shown(rule.lift, format!("{:.1}", rule.lift)),
            rule.leverage.into(),
        ]);
    }
    table
}

fn sets_table(setting: &Setting, names: &Names, report: &BasketReport) -> Table {
    let mut table = Table::new(&[
        ("items", setting.say("Products", "商品")),
        ("orders", setting.say("Orders", "订单数")),
        ("support", setting.say("Support", "支持度")),
    ]);
    for set in &report.itemsets {
        table.row(vec![names.join(&set.items), set.orders.into(), percent(Some(set.support))]);
    }
    table
}

fn plot(title: &str, names: &Names, report: &BasketReport) -> Option<maud::Markup> {
    let bar = |rule: &BasketRule| Bar {
        label: format!("{} → {}", names.text(&rule.if_items), names.text(&rule.then_items)),
        value: rule.lift,
        shown: format!("{:.1}×", rule.lift),
        note: super::percent_text(rule.confidence),
    };
    bars(title, &report.rules.iter().take(15).map(bar).collect::<Vec<_>>())
}
