//! `dongcha doctor`: is everything that was stored still there and whole?

use anyhow::Result;
use lake::Severity;

use crate::output::Table;
use crate::progress;
use crate::setting::Setting;

/// Prints the findings; `false` when something is damaged.
pub fn run(setting: &Setting) -> Result<bool> {
    let lake = setting.lake()?;
    let spinner = progress::spinner(setting.say("checking", "正在检查"));
    let findings = lake.doctor()?;
    spinner.finish_and_clear();
    let mut table = Table::new(&[
        ("severity", setting.say("Severity", "程度")),
        ("what", setting.say("Found", "发现")),
        ("advice", setting.say("What to do", "处理建议")),
    ]);
    for finding in &findings {
        let severity = match finding.severity {
            Severity::Good => setting.say("good", "正常"),
            Severity::Warning => setting.say("warning", "注意"),
            Severity::Error => setting.say("error", "错误"),
        };
        let (what, advice) = (setting.tell(&finding.what), setting.tell(&finding.advice));
        table.row(vec![severity.into(), what.into(), advice.into()]);
    }
    table.print(setting.format)?;
    Ok(findings.iter().all(|finding| finding.severity != Severity::Error))
}
