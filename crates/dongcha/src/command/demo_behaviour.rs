//! The demo's part on behaviour: what cleaning finds; a funnel and the reviews of one shop;
//! retention, the RFM grid and basket rules of the other; in short on the terminal, with plots in
//! one HTML file.

use std::path::PathBuf;

use anyhow::Result;
use event::Language;
use feature::clean::CleanPlan;
use lake::Lake;
use serde_json::{Value, json};
use serve::{Parameters, Shop};

use crate::command::analyse::{Findings, baskets, funnel, retention, rfm};
use crate::command::clean;
use crate::command::reviews::report as reviews;
use crate::output::{Table, say};
use crate::report::{Page, Section, cleaning};
use crate::setting::Setting;

/// The clothing shop's log has clicks and no purchases, so its funnel leads to what is on sale:
/// any product, then one on sale, then another two, all within a day.
const CLOTHING_STEPS: &str = "view,view[category=Sale],view[category=Sale],view[category=Sale]";
/// Longest time of that funnel.
const CLOTHING_WINDOW: &str = "24h";
/// Cohorts and rules printed; the file holds all.
const SHOWN: usize = 8;

/// What one shop's people do.
pub struct Behaviour {
    /// The shop's name.
    shop: String,
    /// Heading and table of what is printed.
    printed: Vec<(String, Table)>,
    /// What cleaning found, for the file.
    cleaning: Vec<Section>,
    /// Everything else, for the file.
    findings: Vec<Findings>,
    /// The reports by name, for programs.
    reports: serde_json::Map<String, Value>,
}

impl Behaviour {
    /// Asks a shop of the demo.
    pub fn of(setting: &Setting, lake: &Lake, shop: &Shop) -> Result<Self> {
        let mut behaviour = Self {
            shop: setting.tell(&shop.config().name).to_owned(),
            printed: Vec::new(),
            cleaning: Vec::new(),
            findings: Vec::new(),
            reports: serde_json::Map::new(),
        };
        behaviour.clean(setting, lake, shop)?;
        match shop.config().site.as_str() {
            "clothing" => behaviour.clothing(setting, shop)?,
            _ => behaviour.gifts(setting, shop)?,
        }
        Ok(behaviour)
    }

    fn clean(&mut self, setting: &Setting, lake: &Lake, shop: &Shop) -> Result<()> {
        let report = clean::read(lake, &shop.config().site, &CleanPlan::default())?;
        let heading = setting.say(
            "What cleaning finds; stored events are left as they are",
            "清洗发现了什么；已存储的事件保持不变",
        );
        self.print_later(heading, clean::table(setting, &report));
        self.cleaning = cleaning::sections(setting, &report);
        self.reports.insert("cleaning".to_owned(), serde_json::to_value(&report)?);
        Ok(())
    }

    fn clothing(&mut self, setting: &Setting, shop: &Shop) -> Result<()> {
        let report =
            shop.funnel(&parameters([("steps", CLOTHING_STEPS), ("window", CLOTHING_WINDOW)]))?;
        let heading = setting.say(
            "From any product to those on sale, within 24 hours (its log has the order of clicks \
             and no clock, so times are of no use)",
            "从任意商品到特价商品，24 小时内（日志只记点击次序，无时刻，故耗时无意义）",
        );
        self.print_later(heading, funnel::steps(setting, &report));
        self.keep("funnel", funnel::findings(setting, &report)?);
        self.reviews(setting, shop)
    }

    /// What the shop's reviews say, with quotes, and what changed in them.
    fn reviews(&mut self, setting: &Setting, shop: &Shop) -> Result<()> {
        let report = shop.reviews_report(&parameters([("quotes", "1")]))?;
        let heading = setting.say("What reviews speak of", "评价谈到什么");
        let voice = setting.tell(&report.sentiment.sentence);
        self.print_later(&format!("{heading}\n{voice}"), reviews::aspects(setting, &report));
        let heading = setting.say("The same in customers' words", "顾客原话");
        self.print_later(heading, reviews::quotes(setting, &report.aspects));
        let heading = setting.say("What changed in them", "评价有何变化");
        let note = setting.tell(&report.changed.note);
        self.print_later(&format!("{heading}\n{note}"), reviews::changed(setting, &report, SHOWN));
        let heading = setting.say("What they say now and said before", "现在与此前的说法");
        self.print_later(heading, reviews::phrases_changed(setting, &report));
        self.keep("reviews", reviews::findings(setting, &report)?);
        Ok(())
    }

    fn gifts(&mut self, setting: &Setting, shop: &Shop) -> Result<()> {
        let report = shop.retention(&Parameters::default())?;
        let heading = setting.say(
            "Who came back: the last weeks' first-time buyers, week by week",
            "谁回来了：最近数周的首购顾客，逐周",
        );
        self.print_later(heading, retention::latest(setting, &report, SHOWN));
        let heading = setting.say("Of all weeks, on average", "全部周的平均");
        self.print_later(heading, retention::averages(setting, &report));
        self.keep("retention", retention::findings(setting, &report)?);
        let report = shop.rfm(&Parameters::default())?;
        let heading = setting.say(
            "Known buyers by recency and frequency, 5 is best",
            "已知买家：最近一次与频次，5 为最佳",
        );
        self.print_later(heading, rfm::square(setting, &report));
        let heading = setting.say("Groups of that grid", "网格中的人群");
        self.print_later(heading, rfm::named(setting, shop, &report));
        self.keep("rfm", rfm::findings(setting, shop, &report)?);
        let report = shop.baskets(&parameters([("min_confidence", "0.5")]))?;
        let names = baskets::Names::of(shop, &report)?;
        let top = &report.rules[..report.rules.len().min(SHOWN)];
        let heading = setting.say("What is bought together", "哪些商品一起购买");
        self.print_later(heading, baskets::rules_table(setting, &names, top));
        self.keep("baskets", baskets::findings(setting, shop, &report)?);
        Ok(())
    }

    fn print_later(&mut self, heading: &str, table: Table) {
        self.printed.push((heading.to_owned(), table));
    }

    fn keep(&mut self, name: &str, findings: Findings) {
        self.reports.insert(name.to_owned(), findings.json.clone());
        self.findings.push(findings);
    }

    /// Prints it in short.
    pub fn print(&self, setting: &Setting) -> Result<()> {
        for (heading, table) in &self.printed {
            say(&format!("\n{heading}"))?;
            table.print(setting.format)?;
        }
        Ok(())
    }

    /// The reports by name.
    pub fn to_json(&self) -> Value {
        json!(self.reports)
    }

    /// Its sections, each under the shop's name; what is counted stands with the first of each.
    fn into_sections(self) -> impl Iterator<Item = Section> {
        let shop = self.shop;
        let cleaning: Vec<Section> = self
            .cleaning
            .into_iter()
            .map(|section| Section { heading: format!("{shop} · {}", section.heading), ..section })
            .collect();
        let asked = self.findings.into_iter().flat_map(move |findings| {
            let (title, lead) = (findings.title, findings.lead.join(" "));
            let named = findings.sections.into_iter().enumerate().map(|(at, section)| {
                let heading = format!("{shop} · {title} · {}", section.heading);
                let note = match at {
                    0 => format!("{lead} {}", section.note),
                    _ => section.note.clone(),
                };
                Section { heading, note, ..section }
            });
            named.collect::<Vec<_>>()
        });
        cleaning.into_iter().chain(asked)
    }
}

fn parameters<const N: usize>(given: [(&'static str, &str); N]) -> Parameters {
    Parameters::of(given.map(|(name, value)| (name, Some(value.to_owned()))))
}

/// Writes the report of all shops beside their data.
pub fn write(setting: &Setting, shops: Vec<Behaviour>) -> Result<PathBuf> {
    let path = setting.data_dir.join("report.html");
    let sections = shops.into_iter().flat_map(Behaviour::into_sections);
    let page = Page {
        language: setting.language,
        title: setting.say("Dongcha: the demo's report", "洞察：演示报告").to_owned(),
        lead: Vec::new(),
        sections: sections.collect(),
    };
    page.write(&path)?;
    Ok(path)
}

/// Says where the report is.
pub fn say_where(setting: &Setting, path: &std::path::Path) -> Result<()> {
    let path = path.display();
    say(&match setting.language {
        Language::En => format!("\nThe report with its plots: {path}"),
        Language::Zh => format!("\n含图表的报告：{path}"),
    })
}
