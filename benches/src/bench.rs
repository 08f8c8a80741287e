//! What every measurement works with: the program, the data, the peer, where results go.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::child::{self, Ran};
use crate::peer::Peer;
use crate::row::Row;

/// Longer than this, a job says so before it starts.
pub const LONG_MINUTES: f64 = 5.0;

/// The surroundings of a run.
pub struct Bench {
    program: PathBuf,
    /// Folder with the data sets.
    pub data: PathBuf,
    /// The other tool, where it is installed.
    pub peer: Option<Peer>,
    /// The Python asked for, for tools of single rows.
    pub python: Option<PathBuf>,
    /// Folder of the results and of files made for them.
    pub out: PathBuf,
}

/// What measures.
type Measure = Box<dyn FnOnce(&Bench) -> Result<Vec<Row>>>;

/// Some rows that are measured together.
pub struct Job {
    /// Words by which `--only` finds it: set, model and metrics.
    pub name: String,
    /// How long it takes on two cores.
    pub minutes: f64,
    /// Measures.
    pub measure: Measure,
}

impl Job {
    /// A job under a name, with the minutes it takes.
    pub fn new(
        name: String,
        minutes: f64,
        measure: impl FnOnce(&Bench) -> Result<Vec<Row>> + 'static,
    ) -> Self {
        Self { name, minutes, measure: Box::new(measure) }
    }

    /// Whether `--only` asks for it; letter case does not matter.
    pub fn is_asked(&self, only: Option<&str>) -> bool {
        only.is_none_or(|only| self.name.to_lowercase().contains(&only.to_lowercase()))
    }
}

impl Bench {
    /// Finds the program beside this one, building it first, unless a path to it is given.
    pub fn new(program: Option<PathBuf>, data: PathBuf, peer: Option<Peer>) -> Result<Self> {
        let here = env::current_exe()?;
        let target = here.parent().and_then(Path::parent).context("no target folder")?;
        let program = match program {
            Some(program) => program,
            None => build(&here)?,
        };
        let out = near(&target.join("bench"));
        fs::create_dir_all(&out)?;
        Ok(Self { program, data, peer, python: None, out })
    }

    /// The program with arguments.
    pub fn command(&self, args: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).env("DONGCHA_LANG", "en").env_remove("DONGCHA_DATA");
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[String]) -> Result<Ran> {
        child::run(&mut self.command(args))
    }

    /// An empty folder of this name among the results, without what an earlier run left.
    pub fn fresh(&self, name: &str) -> Result<PathBuf> {
        let path = self.out.join(name);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        Ok(path)
    }
}

fn build(here: &Path) -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--locked", "-p", "dongcha"])
        .status()?;
    if !built.success() {
        bail!("the dongcha program does not build; name a built one with --dongcha PATH");
    }
    Ok(here.with_file_name("dongcha"))
}

/// A path as seen from where we stand, if it lies below.
fn near(path: &Path) -> PathBuf {
    let below = env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).to_owned()
}

/// Words as arguments.
pub fn args(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A `dongcha` command as a user types it.
pub fn shown(args: &[String]) -> String {
    let mut text = "dongcha".to_owned();
    for arg in args {
        let plain = |c: char| c.is_alphanumeric() || "-_./=,:@+".contains(c);
        if !arg.is_empty() && arg.chars().all(plain) {
            text = text + " " + arg;
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, " '{}'", arg.replace('\'', "'\\''"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_quoted_where_a_shell_needs_it() {
        assert_eq!(
            shown(&args(&["evaluate", "--set", "alpha=5"])),
            "dongcha evaluate --set alpha=5"
        );
        assert_eq!(
            shown(&args(&["import", "my file's.csv"])),
            "dongcha import 'my file'\\''s.csv'"
        );
    }

    #[test]
    fn jobs_are_chosen_by_a_part_of_their_name() {
        let job = Job::new("Gowalla iALS 64 Recall@20".to_owned(), 0.1, |_| Ok(Vec::new()));
        assert!(job.is_asked(None) && job.is_asked(Some("ials 64")));
        assert!(!job.is_asked(Some("ials 256")));
    }
}
