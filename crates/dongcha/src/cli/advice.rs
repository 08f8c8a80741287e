//! What can be done with advice that is kept, whatever it is about.

use clap::{Args, Subcommand};

use crate::cli::SiteArg;

/// Advice that is kept.
#[derive(Debug, Subcommand)]
pub enum AdviceCommand {
    /// What was advised, newest first, and what became of it
    List(AdviceListArgs),
    /// One piece of advice again, as it was kept
    Show(AdviceArgs),
    /// Note that advice is followed
    Accept(AdviceArgs),
    /// Note that advice is not followed, and why
    Reject(RejectArgs),
    /// Make advice again from its own request and compare it with what was kept
    Replay(AdviceArgs),
}

/// Options of `list`.
#[derive(Debug, Args)]
pub struct AdviceListArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Pieces of advice at most
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub limit: u16,
}

/// Which advice.
#[derive(Debug, Args)]
pub struct AdviceArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Name of the decision, such as d-1a21d004c98c764b
    #[arg(value_name = "DECISION")]
    pub decision: String,
}

/// Which advice, and why not.
#[derive(Debug, Args)]
pub struct RejectArgs {
    #[command(flatten)]
    pub which: AdviceArgs,
    /// Why it is not followed
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}
