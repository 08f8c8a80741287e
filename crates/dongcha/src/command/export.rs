//! `dongcha export`: a copy that other engines read as it lies.

use anyhow::Result;

use crate::cli::ExportArgs;
use crate::output::Table;
use crate::progress;
use crate::setting::Setting;

/// Writes the copy.
pub fn run(setting: &Setting, args: &ExportArgs) -> Result<()> {
    let lake = setting.lake()?;
    let site = setting.site(&lake, &args.site)?;
    let spinner = progress::spinner(setting.say("exporting", "正在导出"));
    let done = lake.export(&site, &args.out)?;
    spinner.finish_and_clear();
    let mut table = Table::new(&[
        ("out", setting.say("Folder", "文件夹")),
        ("events", setting.say("Events", "事件数")),
        ("files", setting.say("Files", "文件数")),
        ("items", setting.say("Items", "商品数")),
    ]);
    table.row(vec![
        args.out.to_string_lossy().into_owned().into(),
        done.events.into(),
        done.files.into(),
        done.items.into(),
    ]);
    table.print(setting.format)
}
