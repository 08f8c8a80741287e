//! Decisions on public data: published parameters, textbook numbers, forecasts and choices.

mod customers;
mod effects;
mod market;
mod series;
mod stock;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::{Bench, Job, args, shown};
use crate::child::Ran;
use crate::row::Row;

/// Everything the suite measures.
pub fn jobs() -> Vec<Job> {
    let mut jobs = vec![stock::job(), market::job()];
    jobs.extend(customers::jobs());
    jobs.extend(effects::jobs());
    jobs.extend(series::jobs());
    jobs
}

/// What a command printed as JSON rows, what it cost, and how to see it again.
struct Told {
    rows: Vec<Value>,
    ran: Ran,
    command: String,
}

impl Told {
    /// Runs `dongcha` with words, as JSON.
    fn of(bench: &Bench, words: Vec<String>) -> Result<Self> {
        let words = [words, args(&["--format", "json"])].concat();
        let ran = bench.run(&words)?;
        let rows =
            serde_json::from_str(&ran.out).with_context(|| format!("not rows: {}", ran.out))?;
        Ok(Self { rows, command: shown(&words), ran })
    }

    /// The figure under a key in the row where other keys have these texts.
    fn figure(&self, place: &[(&str, &str)], key: &str) -> Result<f64> {
        let fits = |row: &&Value| place.iter().all(|(key, text)| row[*key] == *text);
        let row = self.rows.iter().find(fits).with_context(|| format!("no row of {place:?}"))?;
        row[key].as_f64().with_context(|| format!("no {key} in {row}"))
    }

    /// A row of the suite's table about one figure of this command.
    fn row(&self, set: &str, model: &str, metric: &str, value: f64) -> Row {
        let row = Row::new(set, model, metric, &self.command).value(value);
        row.cost(self.ran.seconds, self.ran.rss_mib)
    }
}
