//! `dongcha import`: files into the lake, with a summary in which every row is accounted for.

use std::path::Path;

use anyhow::{Context, Result};
use collect::{ColumnMap, ImportJob, ImportSummary};
use event::SiteId;
use lake::Lake;

use crate::cli::{Format, ImportArgs};
use crate::output::{Cell, Table, say};
use crate::progress;
use crate::setting::{Setting, now};
use crate::trouble::both;

/// Events handed to the store at a time.
const BATCH_EVENTS: usize = 2000;

/// Loads the files; `false` when one of them broke off.
pub fn run(setting: &Setting, args: &ImportArgs) -> Result<bool> {
    if args.list_maps {
        list_maps(setting)?;
        return Ok(true);
    }
    let map = args.map.as_deref().map(read_map).transpose()?;
    let lake = setting.lake()?;
    let site = setting.site(&lake, &args.site)?;
    let job = job(&lake, &site, args.files.clone(), map)?;
    let summary = load(setting, &lake, &site, &job)?;
    print(setting, &summary)?;
    Ok(summary.is_complete())
}

/// An import with the shop's currency and zone.
pub fn job(
    lake: &Lake,
    site: &SiteId,
    files: Vec<std::path::PathBuf>,
    map: Option<ColumnMap>,
) -> Result<ImportJob> {
    let config = lake.site(site)?;
    Ok(ImportJob {
        files,
        map,
        received: now(),
        batch_events: BATCH_EVENTS,
        currency: Some(config.currency),
        time_zone: Some(config.time_zone),
    })
}

/// Runs an import with a progress bar, then moves what came into segments.
pub fn load(
    setting: &Setting,
    lake: &Lake,
    site: &SiteId,
    job: &ImportJob,
) -> Result<ImportSummary> {
    let bar = progress::bytes();
    let mut sink = |batch| lake.append(site, batch).map_err(|e| Box::new(e) as Box<_>);
    let mut report = |p: collect::Progress| {
        bar.set_length(p.bytes_total);
        bar.set_position(p.bytes_read);
        bar.set_message(match setting.language {
            event::Language::En => format!("file {} of {}, {} rows", p.file + 1, p.files, p.rows),
            event::Language::Zh => format!("文件 {}/{}，{} 行", p.file + 1, p.files, p.rows),
        });
    };
    let summary = collect::import(job, &mut sink, &mut report)?;
    bar.finish_and_clear();
    let spinner = progress::spinner(setting.say("writing segments", "正在写入数据段"));
    lake.publish(site)?;
    lake.compact(site)?;
    spinner.finish_and_clear();
    Ok(summary)
}

/// A shipped map by its name, or one in a file.
pub fn read_map(name: &str) -> Result<ColumnMap> {
    if let Some(map) = collect::map_named(name) {
        return Ok(map);
    }
    if !Path::new(name).exists() {
        let known: Vec<&str> = collect::maps().iter().map(|m| m.name.as_str()).collect();
        let known = known.join(", ");
        return Err(both(
            format!("no column map `{name}`: it is neither a file nor one of {known}"),
            format!("没有列映射 `{name}`：它既不是文件，也不在 {known} 之中"),
        ));
    }
    let text = std::fs::read_to_string(name).with_context(|| format!("cannot read {name}"))?;
    Ok(ColumnMap::from_toml(&text, name)?)
}

fn list_maps(setting: &Setting) -> Result<()> {
    let mut table =
        Table::new(&[("map", setting.say("Map", "映射")), ("about", setting.say("For", "用途"))]);
    for map in collect::maps() {
        let about = map.about.as_ref().map(|about| setting.tell(about)).unwrap_or_default();
        table.row(vec![map.name.clone().into(), about.into()]);
    }
    table.print(setting.format)
}

/// Prints what became of every row.
pub fn print(setting: &Setting, summary: &ImportSummary) -> Result<()> {
    if setting.format == Format::Json {
        return say(&serde_json::to_string_pretty(summary)?);
    }
    files(setting, summary).print(setting.format)?;
    if setting.format == Format::Csv {
        return Ok(());
    }
    for table in [events(setting, summary), found(setting, summary), refused(setting, summary)] {
        if !table.is_empty() {
            table.print(setting.format)?;
        }
    }
    for file in &summary.files {
        if let Some(broken) = &file.incomplete {
            let path = file.path.display();
            say(&match setting.language {
                event::Language::En => format!(
                    "{path} broke off after row {} (byte {}): {}. What came before is stored; \
                     import the whole file again, nothing is stored twice.",
                    broken.after_row, broken.offset_bytes, broken.reason
                ),
                event::Language::Zh => format!(
                    "{path} 在第 {} 行之后（第 {} 字节）中断：{}。之前的内容已存储；\
                     请重新导入完整文件，不会重复存储。",
                    broken.after_row, broken.offset_bytes, broken.reason
                ),
            })?;
        }
    }
    Ok(())
}

fn files(setting: &Setting, summary: &ImportSummary) -> Table {
    let mut table = Table::new(&[
        ("file", setting.say("File", "文件")),
        ("map", setting.say("Map", "映射")),
        ("received", setting.say("Rows received", "收到行数")),
        ("stored", setting.say("stored", "存储")),
        ("duplicate", setting.say("duplicate", "重复")),
        ("quarantined", setting.say("set aside", "搁置")),
    ]);
    let mut row = |name: String, map: String, rows: &collect::Rows| {
        table.row(vec![
            name.into(),
            map.into(),
            rows.received.into(),
            rows.stored.into(),
            rows.duplicate.into(),
            rows.quarantined.into(),
        ]);
    };
    for file in &summary.files {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        row(name, file.map.clone().unwrap_or_default(), &file.tally.rows);
    }
    if summary.files.len() > 1 {
        row(setting.say("total", "合计").to_owned(), String::new(), &summary.total.rows);
    }
    table
}

fn events(setting: &Setting, summary: &ImportSummary) -> Table {
    let mut table = Table::new(&[
        ("type", setting.say("Events", "事件")),
        ("stored", setting.say("stored", "存储")),
        ("duplicate", setting.say("duplicate", "重复")),
        ("quarantined", setting.say("set aside", "搁置")),
    ]);
    let catalogue = (setting.say("item (catalogue)", "item（商品目录）"), &summary.total.catalogue);
    let kinds = summary.total.events.iter().map(|(kind, events)| (*kind, events));
    for (kind, events) in kinds.chain([catalogue]) {
        table.row(vec![
            kind.into(),
            events.stored.into(),
            events.duplicate.into(),
            events.quarantined.into(),
        ]);
    }
    table
}

fn found(setting: &Setting, summary: &ImportSummary) -> Table {
    let mut table = Table::new(&[
        ("found", setting.say("Recognised", "识别内容")),
        ("received", setting.say("in rows received", "收到的行中")),
        ("stored", setting.say("in rows stored", "存储的行中")),
    ]);
    for (found, count) in &summary.total.found {
        let label = setting.tell(&found.label()).to_owned();
        let name = Cell::shown(found.as_str(), label);
        table.row(vec![name, count.received.into(), count.stored.into()]);
    }
    for (code, count) in &summary.total.codes {
        let name = Cell::shown(code.as_str(), format!("  · {code}"));
        table.row(vec![name, count.received.into(), count.stored.into()]);
    }
    table
}

fn refused(setting: &Setting, summary: &ImportSummary) -> Table {
    let mut table = Table::new(&[
        ("code", setting.say("Set aside", "搁置原因")),
        ("rows", setting.say("rows", "行数")),
        ("advice", setting.say("what to do", "处理建议")),
        ("example", setting.say("for example", "示例")),
    ]);
    for (code, refused) in &summary.total.quarantined {
        table.row(vec![
            code.as_str().into(),
            refused.rows.into(),
            setting.tell(&code.advice()).into(),
            refused.examples.first().cloned().unwrap_or_default().into(),
        ]);
    }
    table
}
