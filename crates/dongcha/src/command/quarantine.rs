//! `dongcha quarantine`: what was set aside, why, and trying it again.

use anyhow::Result;
use event::{Authority, Event, Refusal, RefusalCode, TimeMs};
use lake::{QuarantineEntry, QuarantineFilter, QuarantineState, Replay};

use crate::cli::{Format, QuarantineCommand};
use crate::output::{Cell, Table, say};
use crate::setting::{Setting, now};
use crate::trouble::both;

/// Lists, shows or replays.
pub fn run(setting: &Setting, what: &QuarantineCommand) -> Result<()> {
    match what {
        QuarantineCommand::List { site, code, limit } => {
            let lake = setting.lake()?;
            let site = setting.site(&lake, site)?;
            let code = code.as_deref().map(read_code).transpose()?;
            let state = Some(QuarantineState::Open);
            let filter = QuarantineFilter { code, state, limit: *limit };
            let mut table = Table::new(&[
                ("id", setting.say("Number", "编号")),
                ("code", setting.say("Code", "代码")),
                ("path", setting.say("Where", "位置")),
                ("origin", setting.say("From", "来源")),
                ("raw", setting.say("What arrived", "收到的内容")),
            ]);
            for entry in lake.quarantine(&site, &filter)? {
                let start: String = entry.raw.chars().take(60).collect();
                table.row(vec![
                    entry.id.into(),
                    entry.code.into(),
                    entry.path.into(),
                    entry.origin.into(),
                    Cell::shown(entry.raw, start),
                ]);
            }
            table.print(setting.format)
        }
        QuarantineCommand::Show { id } => show(setting, *id),
        QuarantineCommand::Replay { site, ids, with } => {
            let lake = setting.lake()?;
            let site = setting.site(&lake, site)?;
            let which = if ids.is_empty() { Replay::All } else { Replay::Ids(ids.clone()) };
            let corrected = with.as_deref().map(std::fs::read_to_string).transpose()?;
            if corrected.is_some() && ids.len() != 1 {
                return Err(both(
                    "--with corrects one entry: name its number",
                    "--with 只更正一个条目：请指定其编号",
                ));
            }
            let received = now();
            let replayed = lake.replay(&site, &which, |entry| {
                let text = corrected.as_deref().unwrap_or(&entry.raw);
                read_again(text, entry, received)
            })?;
            let mut table = Table::new(&[
                ("stored", setting.say("stored", "存储")),
                ("duplicate", setting.say("duplicate", "重复")),
                ("refused", setting.say("still set aside", "仍搁置")),
            ]);
            table.row(vec![
                replayed.stored.into(),
                replayed.duplicate.into(),
                replayed.refused.into(),
            ]);
            table.print(setting.format)
        }
    }
}

/// Reads an entry as an event. A row of a file is none: it keeps its reason until the file or the
/// map is corrected and imported again.
fn read_again(
    text: &str,
    entry: &QuarantineEntry,
    received: TimeMs,
) -> Result<Box<Event>, Refusal> {
    // Not `parse`: an imported order may be longer than a sent event.
    let value = serde_json::from_str(text).ok().filter(serde_json::Value::is_object);
    match (value, read_code(&entry.code)) {
        (Some(value), _) => event::parse_value(&value, Authority::Server, received).map(Box::new),
        (None, Ok(code)) => Err(Refusal::new(code, entry.path.clone())),
        (None, Err(_)) => Err(Refusal::new(RefusalCode::JsonInvalid, "")),
    }
}

fn read_code(code: &str) -> Result<RefusalCode> {
    match RefusalCode::ALL.iter().find(|known| known.as_str() == code) {
        Some(code) => Ok(*code),
        None => {
            let known: Vec<&str> = RefusalCode::ALL.iter().map(|c| c.as_str()).collect();
            let known = known.join(", ");
            Err(both(
                format!("no code `{code}`; the codes are {known}"),
                format!("没有代码 `{code}`；可用：{known}"),
            ))
        }
    }
}

fn show(setting: &Setting, id: i64) -> Result<()> {
    let lake = setting.lake()?;
    for config in lake.sites()? {
        let Some(entry) = lake.quarantine_entry(&config.site, id)? else { continue };
        let advice = match read_code(&entry.code) {
            Ok(code) => setting.tell(&code.advice()).to_owned(),
            Err(_) => String::new(),
        };
        if setting.format == Format::Json {
            return say(&serde_json::to_string_pretty(&serde_json::json!({
                "id": entry.id, "site": config.site, "code": entry.code, "path": entry.path,
                "origin": entry.origin, "state": entry.state.as_str(),
                "received": entry.received.to_rfc3339(0), "advice": advice, "raw": entry.raw,
            }))?);
        }
        let mut table = Table::new(&[
            ("field", setting.say("Field", "字段")),
            ("value", setting.say("Value", "值")),
        ]);
        let rows = [
            (setting.say("shop", "店铺"), config.site.to_string()),
            (setting.say("code", "代码"), entry.code),
            (setting.say("where", "位置"), entry.path),
            (setting.say("what to do", "处理建议"), advice),
            (setting.say("from", "来源"), entry.origin),
            (setting.say("received", "收到时间"), entry.received.to_rfc3339(0)),
            (setting.say("state", "状态"), entry.state.as_str().to_owned()),
            (setting.say("what arrived", "收到的内容"), entry.raw),
        ];
        for (field, value) in rows {
            table.row(vec![field.into(), value.into()]);
        }
        return table.print(setting.format);
    }
    Err(both(
        format!("there is no entry {id}; see `dongcha quarantine list`"),
        format!("没有条目 {id}；见 `dongcha quarantine list`"),
    ))
}
