//! `dongcha features --user --time`: one person's feature vector from live state.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::{Bench, Job, args, shown};
use crate::row::{Row, Side};

const SET: &str = "online-retail";
const PART: &str = "one person's features";
const ANSWER_US: f64 = 200.0;
/// The gift shop's second year, as it is shipped.
const FILE: &str = "data/online-retail/2010-2011.parquet";
/// People of few events, of more, and the one of most; what they are called in the file.
const PEOPLE: [(&str, &str); 3] =
    [("12347", "few orders"), ("17850", "many orders"), ("14911", "most orders")];

/// The measurement.
pub fn job() -> Job {
    Job::new(format!("{SET} {PART} online"), 0.5, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let data = bench.fresh("features-shop")?.display().to_string();
    let shop = ["init", "gifts", "--currency", "GBP", "--time-zone", "Europe/London"];
    bench.run(&[args(&shop), args(&["--data-dir", &data])].concat())?;
    bench.run(&args(&["import", FILE, "--site", "gifts", "--data-dir", &data]))?;
    let row = |(user, what): (&str, &str)| -> Result<Row> {
        let words = ["features", "--site", "gifts", "--user", user, "--time", "1000"];
        let words = [args(&words), args(&["--data-dir", &data, "--format", "json"])].concat();
        let ran = bench.run(&words)?;
        let told: Value = serde_json::from_str(&ran.out)?;
        let told = if told.is_array() { &told[0] } else { &told };
        let us = told["answer_us"].as_f64().with_context(|| format!("no answer_us in {told}"))?;
        let events = told["events"].as_u64().unwrap_or(0);
        let protocol = format!(
            "median of 1,000 answers about customer {user} ({what}, {events} events), each after \
             asking the store whether there is news of them"
        );
        let row = Row::new(SET, PART, &format!("µs, {what}"), &shown(&words)).protocol(protocol);
        Ok(row.value(us).pass(Side::AtMost, ANSWER_US, true).cost(ran.seconds, ran.rss_mib))
    };
    PEOPLE.into_iter().map(row).collect()
}
