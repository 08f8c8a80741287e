//! `dongcha import` of the gift shop's lines, from Parquet and from CSV, into an empty folder.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::bench::{Bench, Job, args, shown};
use crate::lake::gift_lines;
use crate::row::{Row, Side};

const SET: &str = "online-retail";
const PART: &str = "import";
const SECONDS: f64 = 60.0;
const RSS_MIB: f64 = 1024.0;

/// Both forms of the lines.
pub fn jobs() -> [Job; 2] {
    [
        Job::new(format!("{SET} {PART} Parquet"), 0.7, |bench| {
            measure(bench, "Parquet", &gift_lines::parquet(bench)?)
        }),
        Job::new(format!("{SET} {PART} CSV"), 1.0, |bench| {
            measure(bench, "CSV", &gift_lines::csv(bench)?)
        }),
    ]
}

fn measure(bench: &Bench, form: &str, files: &[PathBuf]) -> Result<Vec<Row>> {
    let folder = bench.fresh(&format!("import-{}", form.to_lowercase()))?;
    let data = folder.display().to_string();
    let shop = ["init", "gifts", "--currency", "GBP", "--time-zone", "Europe/London"];
    let init = [args(&shop), args(&["--data-dir", &data])].concat();
    bench.run(&init)?;
    let mut import = args(&["import"]);
    import.extend(files.iter().map(|file| file.display().to_string()));
    import.extend(args(&["--site", "gifts", "--data-dir", &data, "--format", "json"]));
    let ran = bench.run(&import)?;
    fs::remove_dir_all(&folder)?;
    let lines = check(&ran.out)?;
    let command = format!("{} && {}", shown(&init), shown(&import));
    let protocol = format!(
        "{lines} lines as {form} into an empty data folder by a new process, each line accounted \
         for, published and compacted; {:.0} lines/s",
        lines as f64 / ran.seconds
    );
    let row = |metric: &str, value: f64, pass: f64| {
        let row = Row::new(SET, PART, metric, &command).protocol(&protocol).value(value);
        row.pass(Side::AtMost, pass, true).cost(ran.seconds, ran.rss_mib)
    };
    Ok(vec![
        row(&format!("{form}, s"), ran.seconds, SECONDS),
        row(&format!("{form}, peak memory MiB"), ran.rss_mib, RSS_MIB),
    ])
}

/// Lines received, if what became of them adds up and all of both files were read.
fn check(summary: &str) -> Result<u64> {
    let summary: Value = serde_json::from_str(summary)?;
    let rows = &summary["total"]["rows"];
    let count = |name: &str| rows[name].as_u64().with_context(|| format!("no {name} in {rows}"));
    let received = count("received")?;
    if received != count("stored")? + count("duplicate")? + count("quarantined")? {
        bail!("the import does not account for every line: {rows}");
    }
    Ok(received)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_that_does_not_add_up_is_no_result() {
        let summary = |stored: u64| {
            let rows = serde_json::json!({
                "received": 10, "stored": stored, "duplicate": 2, "quarantined": 1,
            });
            serde_json::json!({ "total": { "rows": rows } }).to_string()
        };
        assert_eq!(check(&summary(7)).unwrap(), 10);
        assert!(check(&summary(6)).is_err());
        assert!(check("{}").is_err());
    }
}
