//! `dongcha table`: files, shops and items as they are stored.

use anyhow::Result;
use event::{Currency, Money};

use crate::cli::{SiteArg, TableCommand};
use crate::output::{Cell, Table};
use crate::setting::Setting;

/// Prints the table asked for.
pub fn run(setting: &Setting, what: &TableCommand) -> Result<()> {
    match what {
        TableCommand::Files(site) => files(setting, site),
        TableCommand::Sites => sites(setting),
        TableCommand::Items(site) => items(setting, site),
    }
}

fn files(setting: &Setting, site: &SiteArg) -> Result<()> {
    let lake = setting.lake()?;
    let site = setting.site(&lake, site)?;
    let mut table = Table::new(&[
        ("path", setting.say("File", "文件")),
        ("month", setting.say("Month", "月份")),
        ("rows", setting.say("Rows", "行数")),
        ("bytes", setting.say("Bytes", "字节")),
        ("from", setting.say("From", "起")),
        ("to", setting.say("To", "止")),
        ("sha256", "SHA-256"),
    ]);
    for file in lake.table_files(&site)? {
        table.row(vec![
            file.path.to_string_lossy().into_owned().into(),
            file.month.into(),
            file.rows.into(),
            file.bytes.into(),
            file.min_time.to_rfc3339(0).into(),
            file.max_time.to_rfc3339(0).into(),
            Cell::shown(file.sha256.clone(), file.sha256.chars().take(12).collect::<String>()),
        ]);
    }
    table.print(setting.format)
}

fn sites(setting: &Setting) -> Result<()> {
    let lake = setting.lake()?;
    let mut table = Table::new(&[
        ("site", setting.say("Shop", "店铺")),
        ("name", setting.say("Name", "名称")),
        ("currency", setting.say("Currency", "货币")),
        ("time_zone", setting.say("Zone", "时区")),
        ("events", setting.say("Events", "事件数")),
        ("last_event", setting.say("Last event", "最后事件")),
    ]);
    for config in lake.sites()? {
        let snapshot = lake.snapshot(&config.site)?;
        let last = snapshot.last_event_time()?.map(|t| t.to_rfc3339(0));
        table.row(vec![
            config.site.as_str().into(),
            setting.tell(&config.name).into(),
            config.currency.as_str().into(),
            config.time_zone.clone().into(),
            snapshot.event_count()?.into(),
            last.unwrap_or_default().into(),
        ]);
    }
    table.print(setting.format)
}

fn items(setting: &Setting, site: &SiteArg) -> Result<()> {
    let lake = setting.lake()?;
    let site = setting.site(&lake, site)?;
    let mut table = Table::new(&[
        ("item_id", setting.say("Item", "商品")),
        ("title", setting.say("Title", "名称")),
        ("kind", setting.say("Kind", "类别")),
        ("price_minor", setting.say("Price", "价格")),
        ("currency", setting.say("Currency", "货币")),
    ]);
    for item in lake.items(&site)? {
        let currency = item.currency.as_deref().and_then(Currency::new);
        let price = item.price_minor.zip(currency);
        let shown = price.map(|(minor, currency)| Money { minor, currency }.to_string());
        table.row(vec![
            item.item_id.into(),
            item.title.unwrap_or_default().into(),
            item.kind.as_str().into(),
            Cell::shown(item.price_minor, shown.unwrap_or_default()),
            item.currency.unwrap_or_default().into(),
        ]);
    }
    table.print(setting.format)
}
