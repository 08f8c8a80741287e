//! DuckDB, pandas and Polars read what is stored as it lies, and count the same.

use std::path::Path;
use std::process::Command;

use dongcha_tests::tree;
use serde_json::Value;

use crate::demo::{Demo, demo};
use crate::program::{Ran, python};

#[test]
fn other_engines_read_segments_and_export_and_count_the_same() {
    let Some(python) = python("reading with DuckDB, pandas and Polars") else { return };
    let demo = demo();
    // Imports publish everything, so the segments as they lie are the whole shop.
    for events in [demo.dongcha.data().join("segments"), demo.export.join("events")] {
        compare(&demo, &python, &events);
    }
}

fn compare(demo: &Demo, python: &Path, events: &Path) {
    let script = tree::root().join("tests/system/engines.py");
    let ran = Ran::of(Command::new(python).arg(script).arg(events));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let told: Value = serde_json::from_str(&ran.out).unwrap();
    println!("{}: {}", events.display(), told["versions"]);
    let sites = demo.dongcha.json(&["table", "sites"]);
    for (engine, site) in ["duckdb", "pandas", "polars"].into_iter().flat_map(both_sites) {
        let counted = told["engines"][engine][site].as_object().unwrap();
        let figure = |kind: &str, at: usize| {
            counted.get(kind).map_or(0, |figures| figures[at].as_i64().unwrap())
        };
        let row = sites.as_array().unwrap().iter().find(|row| row["site"] == site).unwrap();
        let all: i64 = counted.keys().map(|kind| figure(kind, 0)).sum();
        assert_eq!(all, row["events"].as_i64().unwrap(), "{engine}: events of {site}");
        let totals = &demo.site(site)["totals"];
        for (kind, at, name) in [
            ("purchase", 1, "revenue_gross_minor"),
            ("refund", 1, "refunds_minor"),
            ("view", 0, "views"),
            ("review", 0, "reviews"),
        ] {
            let ours = totals[name].as_i64().unwrap();
            assert_eq!(figure(kind, at), ours, "{engine}: {name} of {site}");
        }
    }
}

fn both_sites(engine: &'static str) -> [(&'static str, &'static str); 2] {
    ["gifts", "clothing"].map(|site| (engine, site))
}
