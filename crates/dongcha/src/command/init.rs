//! `dongcha init`: a data directory and a shop in it.

use anyhow::Result;
use event::{Bilingual, Currency, SiteId};
use lake::SiteConfig;

use crate::cli::InitArgs;
use crate::output::say;
use crate::setting::{Setting, bad_site};
use crate::trouble::both;

/// Creates the shop; doing it again with the same settings changes nothing.
pub fn run(setting: &Setting, args: &InitArgs) -> Result<()> {
    let site = SiteId::new(&args.site).ok_or_else(|| bad_site(&args.site))?;
    let currency = Currency::new(&args.currency).ok_or_else(|| {
        both(
            format!("`{}` is not an ISO 4217 currency, such as EUR or CNY", args.currency),
            format!("`{}` 不是 ISO 4217 货币代码，例如 EUR 或 CNY", args.currency),
        )
    })?;
    feature::overview::zone(&args.time_zone).map_err(|_| {
        both(
            format!(
                "unknown time zone `{}`; use an IANA name, such as Asia/Shanghai",
                args.time_zone
            ),
            format!("未知时区 `{}`；请使用 IANA 名称，例如 Asia/Shanghai", args.time_zone),
        )
    })?;
    let name = args.name.clone().unwrap_or_else(|| args.site.clone());
    let lake = setting.create_lake()?;
    lake.create_site(SiteConfig {
        site,
        name: Bilingual::new(name.clone(), name),
        currency,
        time_zone: args.time_zone.clone(),
        country: None,
    })?;
    let dir = setting.data_dir.display();
    let next = format!("dongcha import FILE --site {}", args.site);
    say(&setting
        .say(
            "Shop `{site}` is ready in {dir}. Next: {next}",
            "店铺 `{site}` 已建于 {dir}。下一步：{next}",
        )
        .replace("{site}", &args.site)
        .replace("{dir}", &dir.to_string())
        .replace("{next}", &next))
}
