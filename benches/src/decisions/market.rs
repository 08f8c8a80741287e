//! The audience solver on a million people with five offers each.

use std::fs::{self, File};
use std::io::{BufWriter, Write};

use anyhow::Result;

use super::Told;
use crate::bench::{Bench, Job, args};
use crate::row::{Row, Side};

const SET: &str = "synthetic";
const PEOPLE: u64 = 1_000_000;
/// Offers with their channel and what a contact costs.
const OFFERS: [(&str, &str, f64); 5] = [
    ("news", "mail", 0.02),
    ("discount", "mail", 0.6),
    ("gift", "mail", 1.5),
    ("coupon", "message", 0.9),
    ("call", "phone", 4.0),
];
const SECONDS: f64 = 30.0;
const GAP: f64 = 1e-3;

/// The job.
pub fn job() -> Job {
    Job::new("synthetic 1 M people audience speed gap".to_owned(), 1.0, measure)
}

/// People whose worth differs, so that each offer is the best one for some.
fn write(bench: &Bench) -> Result<String> {
    let path = bench.out.join("offers-1m.csv");
    let mut out = BufWriter::new(File::create(&path)?);
    let mut state = 11_u64;
    let mut unit = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    writeln!(out, "person,offer,channel,value,error,cost,group,consent,contacts")?;
    for person in 0..PEOPLE {
        let spend = -2.0 * unit().ln();
        let group = if unit() < 0.3 { "new" } else { "old" };
        let consent = if unit() < 0.95 { "yes" } else { "no" };
        let contacts = (6.0 * unit() * unit()) as u32;
        for (offer, channel, cost) in OFFERS {
            // Some answer an offer badly: the value may be below 0.
            let value = spend * cost.sqrt() * (1.6 * unit() - 0.2);
            let error = 0.3 * spend * cost.sqrt();
            writeln!(
                out,
                "{person},{offer},{channel},{value:.4},{error:.4},{cost},{group},{consent},\
                 {contacts}"
            )?;
        }
    }
    out.flush()?;
    Ok(path.display().to_string())
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let file = write(bench)?;
    let audience = bench.out.join("audience-1m.csv").display().to_string();
    let words = ["market", "plan", &file, "--budget", "300000", "--cap", "contacts=4"];
    let more = ["--capacity", "message=100000,phone=10000", "--share", "new=0.2..0.6"];
    let last = ["--holdout", "0.05", "--out", &audience];
    let told = Told::of(bench, [args(&words), args(&more), args(&last)].concat())?;
    let seconds = told.figure(&[("key", "seconds")], "value")?;
    let (profit, gap) =
        (told.figure(&[("key", "profit")], "value")?, told.figure(&[("key", "gap")], "value")?);
    let response = told.figure(&[("key", "top_by_response")], "value")?;
    let how = "5 offers each; budget, two capacities, a cap, consent, a holdout, a share; curve \
               and baselines included, reading apart";
    let speed = told.row(SET, "audience", "seconds, 1 M people × 5 offers", seconds);
    let how_gap = "share of the profit that the best plan could earn beyond ours, at most";
    let missed = told.row(SET, "audience", "duality gap / profit", gap / profit);
    let how_worth = "expected incremental profit; baseline: largest value first, same limits";
    let worth = told.row(SET, "audience", "profit", profit).baseline(response);
    fs::remove_file(&file)?;
    fs::remove_file(&audience)?;
    Ok(vec![
        speed.protocol(how).pass(Side::AtMost, SECONDS, true),
        missed.protocol(how_gap).pass(Side::AtMost, GAP, true),
        worth.protocol(how_worth).pass(Side::AtLeast, response, true),
    ])
}
