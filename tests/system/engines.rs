//! DuckDB, pandas and Polars read what is stored as it lies, and count the same.

use std::process::Command;

use dongcha_tests::tree;
use serde_json::Value;

use crate::demo::demo;
use crate::program::{Ran, python};

#[test]
fn other_engines_read_the_export_and_count_the_same() {
    let Some(python) = python("reading with DuckDB, pandas and Polars") else { return };
    let demo = demo();
    let script = tree::root().join("tests/system/engines.py");
    let ran = Ran::of(Command::new(python).arg(script).arg(&demo.export));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    println!("{}", told["versions"]);
    let sites = demo.dongcha.json(&["table", "sites"]);
    for engine in ["duckdb", "pandas", "polars"] {
        let counted = &told["engines"][engine];
        let mut items = 0;
        for site in ["gifts", "clothing"] {
            let row = sites.as_array().unwrap().iter().find(|row| row["site"] == site).unwrap();
            let events = counted["events"][site].as_object().unwrap();
            let figure =
                |kind: &str, at: usize| counted["events"][site][kind][at].as_i64().unwrap_or(0);
            let all: i64 = events.keys().map(|kind| figure(kind, 0)).sum();
            assert_eq!(all, row["events"].as_i64().unwrap(), "{engine}: events of {site}");
            let totals = &demo.site(site)["totals"];
            for (kind, at, name) in [
                ("purchase", 1, "revenue_gross_minor"),
                ("refund", 1, "refunds_minor"),
                ("view", 0, "views"),
                ("review", 0, "reviews"),
            ] {
                assert_eq!(
                    figure(kind, at),
                    totals[name].as_i64().unwrap(),
                    "{engine}: {site} {name}"
                );
            }
            let listed = demo.dongcha.json(&["table", "items", "--site", site]);
            items += listed.as_array().unwrap().len();
        }
        assert_eq!(counted["items"], items, "{engine}: items");
    }
}
