//! The `dongcha` command: it parses, asks the libraries, and prints.

mod cli;
mod command;
mod config;
mod help_zh;
mod output;
mod progress;
mod report;
mod setting;
mod trouble;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use cli::{Cli, Command};
use setting::Setting;

/// What a command ends with when some of its input could not be read.
const INCOMPLETE: u8 = 3;

fn main() -> ExitCode {
    let language = setting::language_of_arguments();
    let matches = help_zh::localise(Cli::command(), language).get_matches();
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match run(cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(INCOMPLETE),
        Err(error) => {
            trouble::print(&error, language);
            ExitCode::FAILURE
        }
    }
}

/// Runs a command; `false` means it did what it could but its input was not whole.
fn run(cli: Cli) -> anyhow::Result<bool> {
    // The demo's shops do not belong among the merchant's own.
    let default_dir = match cli.command {
        Command::Demo(_) => "demo-data",
        _ => "dongcha-data",
    };
    let setting = Setting::new(cli.global, default_dir)?;
    match cli.command {
        Command::Init(args) => command::init::run(&setting, &args),
        Command::Import(args) => return command::import::run(&setting, &args),
        Command::Table(what) => command::table::run(&setting, &what),
        Command::Export(args) => command::export::run(&setting, &args),
        Command::Features(args) => command::features::run(&setting, &args),
        Command::Habits(args) => command::habits::run(&setting, &args),
        Command::Train(args) => command::train::run(&setting, &args),
        Command::Evaluate(args) => command::evaluate::run(&setting, &args),
        Command::Recommend(args) => command::recommend::run(&setting, &args),
        Command::Similar(args) => command::similar::run(&setting, &args),
        Command::Retrieval(args) => command::retrieval::run(&setting, &args),
        Command::Analyse(what) => command::analyse::run(&setting, &what),
        Command::Model(what) => command::model::run(&setting, &what),
        Command::Forecast(args) => command::forecast::run(&setting, &args),
        Command::Clv(args) => command::clv::run(&setting, &args),
        Command::Uplift(args) => command::uplift::run(&setting, &args),
        Command::Elasticity(args) => command::elasticity::run(&setting, &args),
        Command::Market(what) => command::market::run(&setting, &what),
        Command::Stock(what) => command::stock::run(&setting, &what),
        Command::Reviews(what) => command::reviews::run(&setting, &what),
        Command::Serve(args) => command::serve::run(&setting, &args),
        Command::Clean(args) => command::clean::run(&setting, &args),
        Command::Key(what) => command::key::run(&setting, &what),
        Command::Doctor => return command::doctor::run(&setting),
        Command::Quarantine(what) => command::quarantine::run(&setting, &what),
        Command::Demo(args) => command::demo::run(&setting, &args),
    }?;
    Ok(true)
}
