//! `dongcha key`: API keys.

use anyhow::Result;
use lake::KeyKind;

use crate::cli::{KeyCommand, KeyKindArg};
use crate::output::Table;
use crate::setting::Setting;
use crate::trouble::both;

/// Creates, lists or revokes.
pub fn run(setting: &Setting, what: &KeyCommand) -> Result<()> {
    let lake = setting.lake()?;
    match what {
        KeyCommand::Create(args) => {
            let site = setting.site(&lake, &args.site)?;
            let kind = match args.kind {
                KeyKindArg::Write => KeyKind::Write,
                KeyKindArg::Read => KeyKind::Read,
                KeyKindArg::Secret => KeyKind::Secret,
            };
            let key = serve::create_key(&lake, &site, kind, &args.label)?;
            let mut table = Table::new(&[
                ("id", setting.say("Number", "编号")),
                ("site", setting.say("Shop", "店铺")),
                ("key", setting.say("Key (shown only now)", "密钥（仅显示一次）")),
            ]);
            table.row(vec![key.id.into(), site.as_str().into(), key.text.into()]);
            table.print(setting.format)
        }
        KeyCommand::List(site) => {
            let site = setting.site(&lake, site)?;
            let mut table = Table::new(&[
                ("id", setting.say("Number", "编号")),
                ("kind", setting.say("Kind", "类别")),
                ("label", setting.say("For", "用途")),
                ("created", setting.say("Created", "创建时间")),
                ("revoked", setting.say("Revoked", "吊销时间")),
            ]);
            for key in lake.keys(&site)? {
                table.row(vec![
                    key.id.into(),
                    key.kind.prefix().into(),
                    key.label.into(),
                    key.created.to_rfc3339(0).into(),
                    key.revoked.map(|t| t.to_rfc3339(0)).unwrap_or_default().into(),
                ]);
            }
            table.print(setting.format)
        }
        KeyCommand::Revoke { id } => {
            let mut revoked = false;
            for config in lake.sites()? {
                revoked |= lake.revoke_key(&config.site, *id)?;
            }
            if !revoked {
                return Err(both(
                    format!("there is no key {id} in use; see `dongcha key list`"),
                    format!("没有使用中的密钥 {id}；见 `dongcha key list`"),
                ));
            }
            crate::output::say(setting.say("The key is revoked.", "密钥已吊销。"))
        }
    }
}
