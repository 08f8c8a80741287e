//! `dongcha market`: whom to reach with which offer, and what it is worth.

mod read;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use decide::Binding;
use decide::market::{Answer, BaselineKind, Cap, Limits, Market, Plan, plan};
use serde_json::Value;

use crate::cli::{MarketCommand, MarketPlanArgs};
use crate::output::{Cell, Table, quoted};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Plans an audience.
pub fn run(setting: &Setting, what: &MarketCommand) -> Result<()> {
    let MarketCommand::Plan(args) = what;
    let spinner = progress::spinner(setting.say("reading", "正在读取"));
    let market = read::read(args)?;
    spinner.set_message(setting.say("choosing", "正在选择").to_owned());
    let start = Instant::now();
    let answer = plan(&market, &limits(args))?;
    let seconds = start.elapsed().as_secs_f64();
    spinner.finish_and_clear();
    let plan = match answer {
        Answer::Plan(plan) => plan,
        Answer::Clash(clashes) => return Err(clash(&clashes)),
    };
    if let Some(path) = &args.out {
        write(path, &audience(&market, &plan))?;
    }
    let mut summary = Summary::new(setting);
    summary.figures(&market, &plan, seconds);
    summary.offers(&market, &plan);
    summary.baselines(&market, &plan);
    summary.binding(&plan);
    summary.curve(&plan);
    summary.table.print(setting.format)
}

fn limits(args: &MarketPlanArgs) -> Limits {
    let cap = |(window, most): &(String, u32)| Cap { window: window.clone(), contacts_max: *most };
    Limits {
        budget: args.budget,
        capacities: args.capacity.iter().cloned().collect(),
        caps: args.cap.iter().map(cap).collect(),
        holdout: args.holdout,
        seed: args.seed,
        shares: args.share.iter().cloned().collect(),
    }
}

fn clash(clashes: &[Binding]) -> anyhow::Error {
    let en: Vec<&str> = clashes.iter().map(|one| one.text.en.as_str()).collect();
    let zh: Vec<&str> = clashes.iter().map(|one| one.text.zh.as_str()).collect();
    both(
        format!("no audience keeps these limits together: {}", en.join("; ")),
        format!("没有人群能同时满足这些限制：{}", zh.join("；")),
    )
}

/// Everyone chosen and everyone held out, as CSV; `arm` says which.
fn audience(market: &Market, plan: &Plan) -> String {
    let mut out = String::from("person,arm,offer,channel,group,value,error,cost\r\n");
    let mut row = |person: u32, arm: &str, candidate: Option<u32>| {
        let someone = &market.people[person as usize];
        let (id, group) = (quoted(&someone.id), quoted(&market.groups[someone.group as usize]));
        out += &match candidate.map(|candidate| &market.candidates[candidate as usize]) {
            None => format!("{id},{arm},,,{group},,,\r\n"),
            Some(one) => {
                let offer = quoted(&market.offers[one.offer as usize]);
                let channel = quoted(&market.channels[one.channel as usize]);
                let error = one.error.map(|error| error.to_string()).unwrap_or_default();
                let (value, cost) = (one.value, one.cost);
                format!("{id},{arm},{offer},{channel},{group},{value},{error},{cost}\r\n")
            }
        };
    };
    plan.chosen.iter().for_each(|one| row(one.person, "chosen", Some(one.candidate)));
    plan.held_out.iter().for_each(|one| row(one.person, "holdout", one.would_be));
    out
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|reason| {
        let path = path.display();
        both(format!("cannot write {path}: {reason}"), format!("无法写入 {path}：{reason}"))
    })
}

/// The table that is printed.
struct Summary<'a> {
    setting: &'a Setting,
    table: Table,
}

fn none() -> Cell {
    Cell::shown(Value::Null, "")
}

fn figure(value: f64) -> Cell {
    Cell::shown(value, format!("{value:.2}"))
}

impl<'a> Summary<'a> {
    fn new(setting: &'a Setting) -> Self {
        let table = Table::new(&[
            ("what", setting.say("What", "项目")),
            ("people", setting.say("People", "人数")),
            ("spent", setting.say("Money", "花费")),
            ("value", setting.say("Value", "值")),
            ("key", ""),
        ]);
        Self { setting, table }
    }

    fn row(&mut self, key: &str, what: impl Into<Cell>, cells: [Cell; 3]) {
        let [people, spent, value] = cells;
        self.table.row(vec![what.into(), people, spent, value, key.into()]);
    }

    fn line(&mut self, key: &str, en: &str, zh: &str, value: f64) {
        let what = self.setting.say(en, zh).to_owned();
        self.row(key, what, [none(), none(), figure(value)]);
    }

    fn figures(&mut self, market: &Market, plan: &Plan, seconds: f64) {
        let setting = self.setting;
        let say = |en: &str, zh: &str| setting.say(en, zh).to_owned();
        let (chosen, all) = (say("chosen", "选中"), say("in the file", "文件中的人"));
        let held = say("held out", "随机留出");
        let would_be = say("held out who would be chosen", "留出者中本会选中的");
        let profit = figure(plan.worth.profit);
        self.row("people", all, [market.people.len().into(), none(), none()]);
        self.row("profit", chosen, [plan.chosen.len().into(), figure(plan.spent), profit]);
        if !plan.held_out.is_empty() {
            let compared = plan.held_out.iter().filter(|one| one.would_be.is_some()).count();
            self.row("held_out", held, [plan.held_out.len().into(), none(), none()]);
            self.row("held_out_would_be", would_be, [compared.into(), none(), none()]);
        }
        if let Some((low, high)) = plan.worth.independent {
            self.line("low", "95 % from, errors independent", "95% 起（误差相互独立）", low);
            self.line("high", "to", "止", high);
        }
        if let Some((low, high)) = plan.worth.together {
            self.line("low_together", "95 % from, errors alike", "95% 起（误差同向）", low);
            self.line("high_together", "to", "止", high);
        }
        self.line("bound", "no plan earns more than", "任何方案的利润都不超过", plan.bound);
        self.line("gap", "so this one misses at most", "因此本方案至多少赚", plan.gap());
        let (en, zh) = ("one more unit of money would earn", "多一单位预算可多赚");
        self.line("marginal", en, zh, plan.marginal);
        self.line("seconds", "seconds to choose", "求解秒数", seconds);
    }

    /// People, money and profit by offer and channel.
    fn offers(&mut self, market: &Market, plan: &Plan) {
        let mut sums: BTreeMap<(&str, &str), (usize, f64, f64)> = BTreeMap::new();
        for chosen in &plan.chosen {
            let one = &market.candidates[chosen.candidate as usize];
            let (offer, channel) = (one.offer as usize, one.channel as usize);
            let name = (market.offers[offer].as_str(), market.channels[channel].as_str());
            let sum = sums.entry(name).or_default();
            *sum = (sum.0 + 1, sum.1 + one.cost, sum.2 + one.value - one.cost);
        }
        for ((offer, channel), (people, spent, profit)) in sums {
            let en = format!("offer {offer} by {channel}");
            let zh = format!("优惠 {offer}，渠道 {channel}");
            let what = self.setting.say(&en, &zh).to_owned();
            self.row("offer", what, [people.into(), figure(spent), figure(profit)]);
        }
    }

    fn baselines(&mut self, market: &Market, plan: &Plan) {
        for one in &plan.baselines {
            let name = one.offer.map_or("", |offer| market.offers[offer as usize].as_str());
            let (mut en, mut zh) = match one.kind {
                BaselineKind::Nobody => ("instead: nobody".to_owned(), "对照：不触达".to_owned()),
                BaselineKind::EveryoneBestOffer => (
                    format!("instead: everyone with one offer, {name}"),
                    format!("对照：人人同一优惠 {name}"),
                ),
                BaselineKind::TopByResponse => (
                    "instead: largest value first".to_owned(),
                    "对照：按响应价值从高到低".to_owned(),
                ),
            };
            if !one.is_within_limits {
                en += " (beyond the limits)";
                zh += "（超出限制）";
            }
            let what = self.setting.say(&en, &zh).to_owned();
            let cells = [one.people.into(), figure(one.spent), figure(one.profit)];
            self.row(one.kind.name(), what, cells);
        }
    }

    fn binding(&mut self, plan: &Plan) {
        for one in &plan.binding {
            let what = self.setting.tell(&one.text).to_owned();
            self.row(one.code, what, [one.count.into(), none(), none()]);
        }
    }

    fn curve(&mut self, plan: &Plan) {
        let (en, zh) = match plan.is_curve_sampled {
            true => ("a budget of, from a sample", "预算为（据样本估计）"),
            false => ("a budget of", "预算为"),
        };
        for point in &plan.curve {
            let what = self.setting.say(en, zh).to_owned();
            let cells = [point.people.into(), figure(point.budget), figure(point.profit)];
            self.row("curve", what, cells);
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn args(words: &[&str]) -> MarketPlanArgs {
        let words = ["dongcha", "market", "plan"].iter().chain(words);
        match Cli::try_parse_from(words).unwrap().command {
            Command::Market(MarketCommand::Plan(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    fn file(folder: &Path, text: &str) -> String {
        let path = folder.join("offers.csv");
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    #[test]
    fn a_table_becomes_an_audience() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(
            folder.path(),
            "person,offer,value,cost,consent,contacts\n\
             a,gift,5,1,yes,0\na,trial,9,2,no,0\nb,gift,4,1,yes,3\nc,gift,3,1,yes,1\n",
        );
        let args = args(&[&path, "--cap", "contacts=3", "--budget", "1"]);
        let market = read::read(&args).unwrap();
        let Answer::Plan(plan) = plan(&market, &limits(&args)).unwrap() else { panic!() };
        let text = audience(&market, &plan);
        assert_eq!(text.lines().nth(1), Some("a,chosen,gift,all,all,5,,1"));
        assert_eq!(text.lines().count(), 2);
        let codes: Vec<&str> = plan.binding.iter().map(|one| one.code).collect();
        assert_eq!(codes, ["budget", "frequency_cap"]);
    }

    #[test]
    fn consent_may_be_told_by_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(
            folder.path(),
            "person,offer,value,cost,purpose,consent\n\
             a,gift,5,1,offers,news;offers\nb,gift,5,1,offers,news\nc,gift,5,1,news,\n",
        );
        let args = args(&[&path]);
        let market = read::read(&args).unwrap();
        let Answer::Plan(plan) = plan(&market, &limits(&args)).unwrap() else { panic!() };
        assert_eq!(plan.chosen.len(), 1);
        assert_eq!((plan.binding[0].code, plan.binding[0].count), ("no_consent", 2));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |text: &str| {
            let args = args(&[&file(folder.path(), text)]);
            read::read(&args).unwrap_err().to_string()
        };
        let head = "person,offer,value,cost,consent\n";
        assert!(refused("person,offer,value,cost\na,gift,1,1\n").contains("--all-consented"));
        assert!(refused(&format!("{head}a,gift,NaN,1,yes\n")).contains("`NaN` in line 2"));
        assert!(refused(&format!("{head}a,gift,1,-1,yes\n")).contains("below 0"));
        assert!(refused(&format!("{head}a,gift,1,1,perhaps\n")).contains("neither yes nor no"));
        assert!(refused("person,offer,value\na,gift,1\n").contains("no column `cost`"));
    }
}
