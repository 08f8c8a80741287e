//! `make bench`: measures Dongcha against its targets, its baselines and other tools.

mod behaviour;
mod bench;
mod child;
mod decisions;
mod lake;
mod peer;
mod recommenders;
mod report;
mod row;
mod text;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, ValueEnum};

use crate::bench::{Bench, LONG_MINUTES};
use crate::peer::Peer;
use crate::report::{say, tell};

/// Measures Dongcha against its targets, its baselines and other tools.
#[derive(Debug, Parser)]
struct Options {
    /// What to measure
    #[arg(long, value_enum)]
    suite: Suite,
    /// Folder with the data sets [default: ../shared/data for recommenders, else data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Only what has this in its name, such as "gowalla" or "iALS 64"
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Python that has `implicit`, for behaviour `duckdb`, for text `fasttext` [default: python3,
    /// if it has]
    #[arg(long, value_name = "PATH", env = "PEER_PYTHON")]
    peer_python: Option<PathBuf>,
    /// The program to measure [default: built from this source]
    #[arg(long, value_name = "PATH")]
    dongcha: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Suite {
    Recommenders,
    Text,
    Decisions,
    Behaviour,
    Lake,
    Serving,
}

impl Suite {
    /// The name on the command line and of the result.
    fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<()> {
    let suite = options.suite.name();
    let (jobs, data) = match options.suite {
        Suite::Recommenders => (recommenders::jobs(), "../shared/data"),
        Suite::Behaviour => (behaviour::jobs(), "../shared/data"),
        Suite::Decisions => (decisions::jobs(), "../shared/data"),
        Suite::Text => (text::jobs(), "../shared/data"),
        Suite::Lake => (lake::jobs(), "data"),
        _ => bail!("the {suite} suite comes with its part of Dongcha, which is not built yet"),
    };
    let names: Vec<String> = jobs.iter().map(|job| job.name.clone()).collect();
    let jobs: Vec<_> = jobs.into_iter().filter(|j| j.is_asked(options.only.as_deref())).collect();
    if jobs.is_empty() {
        bail!("nothing has that in its name; there is:\n  {}", names.join("\n  "));
    }
    let data = options.data.unwrap_or_else(|| PathBuf::from(data));
    if !data.is_dir() {
        bail!("there is no folder {}; name the data with --data DIR", data.display());
    }
    let library = match options.suite {
        Suite::Recommenders => Some("implicit"),
        Suite::Behaviour => Some("duckdb"),
        Suite::Text => Some("fasttext"),
        _ => None,
    };
    let peer = library.and_then(|library| Peer::find(options.peer_python.as_deref(), library));
    if let (Some(library), None) = (library, &peer) {
        tell(&format!(
            "no Python with {library} (name one with --peer-python): nothing stands beside ours"
        ));
    }
    let mut bench = Bench::new(options.dongcha, data, peer)?;
    bench.python = options.peer_python;
    let mut rows = Vec::new();
    for job in jobs {
        let long = if job.minutes > LONG_MINUTES { ": a long one," } else { "," };
        tell(&format!("{}{long} about {:.1} minutes", job.name, job.minutes));
        rows.extend((job.measure)(&bench)?);
        // After each job, so that what is measured is kept whatever happens to the next.
        report::write(&bench.out, &suite, &rows)?;
    }
    say(&report::table(&rows))?;
    let file = bench.out.join(format!("{suite}.json"));
    say(&format!("Protocols, and a command for each row: {}", file.display()))
}
