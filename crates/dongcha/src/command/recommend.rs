//! `dongcha recommend`: a slate with reasons, kept as a decision; or a kept one made again.

use anyhow::Result;
use decide::recommend::{OwnedRule, Subject};
use decide::{Choice, Estimate, Record};
use event::{Language, Money};
use serve::Ask;

use crate::cli::{Format, RecommendArgs};
use crate::output::{Cell, Table, say};
use crate::setting::{Setting, now};
use crate::trouble::both;

/// Decides, keeps and prints; or replays.
pub fn run(setting: &Setting, args: &RecommendArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    if let Some(id) = &args.replay {
        let Some(replayed) = shop.replay(id)? else {
            return Err(both(format!("there is no decision `{id}`"), format!("没有决策 `{id}`")));
        };
        let verdict = if replayed.same {
            setting.say("The decision comes out the same.", "重新决策的结果完全一致。")
        } else {
            setting.say(
                "The decision comes out differently: prices, stock or titles changed since.",
                "结果不同：此后价格、库存或名称有变。",
            )
        };
        if setting.format == Format::Json {
            return say(&serde_json::to_string_pretty(&serde_json::json!({
                "same": replayed.same, "stored": replayed.stored, "record": replayed.record,
            }))?);
        }
        print(setting, &replayed.record)?;
        return if setting.format == Format::Table { say(verdict) } else { Ok(()) };
    }
    let subject = match (&args.user, &args.anon) {
        (Some(user), _) => Subject::UserId(user.clone()),
        (None, Some(anon)) => Subject::AnonId(anon.clone()),
        (None, None) => {
            return Err(both(
                "name a person with --user or --anon",
                "请用 --user 或 --anon 指定一人",
            ));
        }
    };
    let ask = Ask {
        subject,
        n: usize::from(args.n),
        surface: "command".to_owned(),
        exclude: args.exclude.clone(),
        owned_rule: if args.allow_owned { OwnedRule::Allow } else { OwnedRule::Exclude },
    };
    let record = shop.recommend_and_keep(&ask, now())?;
    print(setting, &record)
}

/// Prints a record.
pub fn print(setting: &Setting, record: &Record) -> Result<()> {
    match setting.format {
        Format::Json => say(&serde_json::to_string_pretty(record)?),
        Format::Csv => slate(setting, &record.items).print(setting.format),
        Format::Table => {
            slate(setting, &record.items).print(setting.format)?;
            footer(setting, record)
        }
    }
}

/// A row per position.
pub fn slate(setting: &Setting, items: &[Choice]) -> Table {
    let mut table = Table::new(&[
        ("position", "#"),
        ("item_id", setting.say("Item", "商品")),
        ("title", setting.say("Title", "名称")),
        ("price_minor", setting.say("Price", "价格")),
        ("probability_ppm", setting.say("Chance", "概率")),
        ("score", setting.say("Score", "得分")),
        ("reason", setting.say("Why", "理由")),
    ]);
    for item in items {
        let price = item.price_minor.zip(item.currency);
        let price = price.map(|(minor, currency)| Money { minor, currency }.to_string());
        let chance = item.probability_ppm.map(|ppm| format!("{:.2} %", f64::from(ppm) / 1e4));
        table.row(vec![
            item.position.into(),
            item.item_id.as_str().into(),
            item.title.clone().into(),
            Cell::shown(item.price_minor, price.unwrap_or_default()),
            Cell::shown(item.probability_ppm, chance.unwrap_or_default()),
            Cell::shown(item.score, score(item.score)),
            setting.tell(&item.reason.text).into(),
        ]);
    }
    table
}

/// A score in few digits, whatever its scale.
fn score(score: f32) -> String {
    match score.abs() {
        a if a >= 100.0 => format!("{score:.0}"),
        a if a >= 0.01 || a == 0.0 => format!("{score:.3}"),
        _ => format!("{score:.1e}"),
    }
}

/// Value, baseline, what binds, notes, and the decision's name.
fn footer(setting: &Setting, record: &Record) -> Result<()> {
    if let Some(note) = &record.note {
        say(setting.tell(note))?;
    }
    if let Some(value) = &record.expected_value {
        let ours = interval(value);
        let baseline = record.baseline.expected_value.as_ref().map(interval).unwrap_or_default();
        say(&match setting.language {
            Language::En => format!("Expected: {ours}. Popularity instead: {baseline}."),
            Language::Zh => format!("预期：{ours}。改用热门榜：{baseline}。"),
        })?;
        say(setting.tell(&value.definition))?;
    }
    for binding in &record.binding {
        say(&format!("{}: {}", setting.tell(&binding.text), binding.count))?;
    }
    let (model, version) = (&record.model.name, &record.model.version);
    say(&match setting.language {
        Language::En => format!("Decision {} by {model} {version}.", record.decision_id),
        Language::Zh => format!("决策 {}，模型 {model} {version}。", record.decision_id),
    })
}

/// An amount with its interval.
pub fn interval(value: &Estimate) -> String {
    let money = |minor| Money { minor, currency: value.currency };
    format!("{} ({} … {})", money(value.minor), money(value.low_minor), money(value.high_minor))
}
