//! Advice as it is printed, listed, settled and made again: one way for every kind.

use anyhow::{Context, Result};
use decide::{Advice, Kind};
use event::Language;
use serde_json::Value;
use serve::Shop;
use serve::advise::{KeptAdvice, LifeStep, Settled, State};

use crate::cli::{AdviceCommand, Format, SiteArg};
use crate::output::{Cell, Table, quoted, say};
use crate::setting::{Setting, now};

/// Does what was asked with the advice of a kind.
pub fn run(setting: &Setting, what: &AdviceCommand, kind: Kind) -> Result<()> {
    let lake = setting.lake()?;
    let of = |site: &SiteArg| setting.shop(&lake, site);
    let settle = |shop: &Shop, id: &str, step, reason| {
        let kept = shop.settle_advice(id, step, reason, now())?;
        life(setting, &kept)
    };
    match what {
        AdviceCommand::List(args) => {
            list(setting, &of(&args.site)?.kept_advice(kind, usize::from(args.limit))?)
        }
        AdviceCommand::Show(args) => {
            let kept = of(&args.site)?.advice(&args.decision)?;
            if setting.format == Format::Json {
                return say(&serde_json::to_string_pretty(&kept)?);
            }
            print(setting, &kept.advice)?;
            life(setting, &kept)
        }
        AdviceCommand::Accept(args) => {
            settle(&of(&args.site)?, &args.decision, Settled::Accepted, None)
        }
        AdviceCommand::Reject(args) => {
            let shop = of(&args.which.site)?;
            settle(&shop, &args.which.decision, Settled::Rejected, Some(&args.reason))
        }
        AdviceCommand::Replay(args) => {
            let made = of(&args.site)?.replay_advice(&args.decision)?;
            if setting.format == Format::Json {
                return say(&serde_json::to_string_pretty(&serde_json::json!({
                    "same": made.same, "stored": made.stored, "record": made.record,
                }))?);
            }
            say(if made.same {
                setting.say("The advice comes out the same.", "重新得出的建议完全一致。")
            } else {
                setting.say(
                    "The advice comes out differently: the program or the shop's settings changed \
                     since, or the clock was set back.",
                    "结果不同：此后程序或店铺设置有变，或时钟曾被拨回。",
                )
            })
        }
    }
}

/// Prints advice that was just made.
pub fn print_made(setting: &Setting, advice: &Advice) -> Result<()> {
    print(setting, &serde_json::to_value(advice).context("advice is no JSON")?)
}

/// Prints advice: what to do, then what it is worth and what to know.
fn print(setting: &Setting, advice: &Value) -> Result<()> {
    match setting.format {
        Format::Json => return say(&serde_json::to_string_pretty(advice)?),
        Format::Csv => return say(figures(setting, advice).trim_end()),
        Format::Table => {}
    }
    let mut table = Table::new(&[
        ("position", "#"),
        ("title", setting.say("For", "对象")),
        ("advice", setting.say("What to do", "做什么")),
        ("expected_value", setting.say("Worth (95 %)", "价值（95%）")),
        ("reason", setting.say("Why", "理由")),
    ]);
    for action in list_of(&advice["actions"]) {
        let title = action["title"].as_str().unwrap_or_default();
        table.row(vec![
            Cell::from(action["position"].as_u64().unwrap_or_default() as usize),
            title.into(),
            told(setting, &action["advice"]).into(),
            worth(&action["expected_value"]).unwrap_or_default().into(),
            told(setting, &action["reason"]).into(),
        ]);
    }
    if !table.is_empty() {
        table.print(setting.format)?;
    }
    if let Some(ours) = worth(&advice["expected_value"]) {
        let definition = told(setting, &advice["expected_value"]["definition"]);
        say(&format!("{}: {ours}: {definition}", setting.say("Worth", "价值")))?;
    }
    let baseline = &advice["baseline"];
    let instead = worth(&baseline["expected_value"]).unwrap_or_default();
    let text = told(setting, &baseline["text"]);
    say(format!("{}: {text} {instead}", setting.say("Instead", "否则")).trim_end())?;
    for part in ["binding", "findings"] {
        for one in list_of(&advice[part]) {
            say(told(setting, &one["text"]))?;
        }
    }
    for text in ["consent_basis", "note"] {
        let text = told(setting, &advice[text]);
        if !text.is_empty() {
            say(text)?;
        }
    }
    let id = advice["decision_id"].as_str().unwrap_or_default();
    let kind = advice["kind"].as_str().unwrap_or_default();
    say(&match setting.language {
        Language::En => format!("Decision {id}; dongcha {kind} accept {id} notes that it is done."),
        Language::Zh => format!("决策 {id}；用 dongcha {kind} accept {id} 记录已采纳。"),
    })
}

/// Every figure of every action, as CSV.
pub fn figures(setting: &Setting, advice: &Value) -> String {
    let actions = list_of(&advice["actions"]);
    let first = actions.first().map_or(&[][..], |action| list_of(&action["figures"]));
    let codes: Vec<&str> = first.iter().filter_map(|one| one["code"].as_str()).collect();
    let mut out = format!("subject,title,{},expected_value_minor,reason\r\n", codes.join(","));
    for action in actions {
        let value = |code: &&str| {
            let own = list_of(&action["figures"]);
            let found = own.iter().find(|figure| figure["code"] == **code);
            found.map_or_else(String::new, |figure| match &figure["amount"]["value"] {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let text = |field: &str| quoted(action[field].as_str().unwrap_or_default());
        let worth = action["expected_value"]["minor"].as_i64();
        let cells: Vec<String> = codes.iter().map(value).collect();
        out += &format!(
            "{},{},{},{},{}\r\n",
            text("subject"),
            text("title"),
            cells.join(","),
            worth.map_or_else(String::new, |minor| minor.to_string()),
            quoted(told(setting, &action["reason"]))
        );
    }
    out
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A text of both languages in the one asked for.
fn told<'a>(setting: &Setting, text: &'a Value) -> &'a str {
    let key = match setting.language {
        Language::En => "en",
        Language::Zh => "zh",
    };
    text[key].as_str().unwrap_or_default()
}

/// An amount with its interval.
fn worth(value: &Value) -> Option<String> {
    let currency = event::Currency::new(value["currency"].as_str()?)?;
    let money = |end: &str| Some(event::Money { minor: value[end].as_i64()?, currency });
    Some(format!("{} ({} … {})", money("minor")?, money("low_minor")?, money("high_minor")?))
}

fn state(setting: &Setting, state: State) -> &'static str {
    match state {
        State::Proposed => setting.say("proposed", "待定"),
        State::Settled(Settled::Accepted) => setting.say("accepted", "已采纳"),
        State::Settled(Settled::Rejected) => setting.say("rejected", "已拒绝"),
    }
}

fn list(setting: &Setting, all: &[KeptAdvice]) -> Result<()> {
    let mut table = Table::new(&[
        ("decision_id", setting.say("Decision", "决策")),
        ("made_at", setting.say("Made", "时间")),
        ("actions", setting.say("Actions", "条数")),
        ("expected_value", setting.say("Worth (95 %)", "价值（95%）")),
        ("state", setting.say("State", "状态")),
        ("reason", setting.say("Why", "理由")),
    ]);
    for kept in all {
        let text = |field: &str| kept.advice[field].as_str().unwrap_or_default();
        let last: Option<&LifeStep> = kept.life.last();
        table.row(vec![
            text("decision_id").into(),
            text("made_at").into(),
            list_of(&kept.advice["actions"]).len().into(),
            worth(&kept.advice["expected_value"]).unwrap_or_default().into(),
            state(setting, kept.state).into(),
            last.and_then(|step| step.reason.clone()).unwrap_or_default().into(),
        ]);
    }
    if table.is_empty() && setting.format == Format::Table {
        return say(setting.say("Nothing was advised yet.", "尚无建议。"));
    }
    table.print(setting.format)
}

/// Where advice stands, and since when.
fn life(setting: &Setting, kept: &KeptAdvice) -> Result<()> {
    match setting.format {
        Format::Json => return say(&serde_json::to_string_pretty(kept)?),
        Format::Csv => return Ok(()),
        Format::Table => {}
    }
    let mut text = state(setting, kept.state).to_owned();
    for step in &kept.life {
        text += &format!(" {}", step.at);
        if let Some(reason) = &step.reason {
            text += &format!(": {reason}");
        }
    }
    say(&text)
}
