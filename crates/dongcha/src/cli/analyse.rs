//! The options of `analyse`: each is the parameter of the same name in `/v1/analytics/…`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serve::Parameters;

use super::SiteArg;

/// What every question takes.
#[derive(Debug, Args)]
pub struct Asking {
    #[command(flatten)]
    pub site: SiteArg,
    /// Also write plots and tables as one HTML file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// The days that count.
#[derive(Debug, Args)]
pub struct Days {
    /// First day counted, in the shop's zone
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// First day no longer counted
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
}

/// What is asked of behaviour.
#[derive(Debug, Subcommand)]
pub enum AnalyseCommand {
    /// How many people go through steps in order, and where they drop off
    #[command(after_help = "\
Examples:
  dongcha analyse funnel --steps view,cart,purchase --window 24h
  dongcha analyse funnel --steps 'view[category=Sale],purchase' --by device --report funnel.html")]
    Funnel(FunnelArgs),
    /// Who comes back: people by the period they began in, and how many returned since
    #[command(after_help = "\
Examples:
  dongcha analyse retention --period month
  dongcha analyse retention --first view --again purchase --periods 8")]
    Retention(RetentionArgs),
    /// The most frequent sequences of steps, and what follows what
    #[command(after_help = "\
Examples:
  dongcha analyse paths --depth 4
  dongcha analyse paths --around purchase --side before --by-category")]
    Paths(PathsArgs),
    /// New people and those who return, period by period
    #[command(after_help = "Example:\n  dongcha analyse newcomers --period month")]
    Newcomers(NewcomersArgs),
    /// Whom a rule over people's features picks out
    #[command(after_help = "\
Examples:
  dongcha analyse segments --where 'orders_all >= 2 and not (recency_days > 90)'
  dongcha analyse segments --list-fields          (what a rule may ask for)")]
    Segments(SegmentsArgs),
    /// Known buyers by recency, frequency and money
    #[command(after_help = "Example:\n  dongcha analyse rfm --as-of 2011-12-01")]
    Rfm(RfmArgs),
    /// Which channels brought the orders, by five models
    #[command(after_help = "Example:\n  dongcha analyse attribution --window 14d")]
    Attribution(AttributionArgs),
    /// What is bought together, and how much more often than by chance
    #[command(after_help = "\
Examples:
  dongcha analyse baskets --min-support 1% --min-confidence 0.5
  dongcha analyse baskets --min-support 50 --max-len 2 --top 20")]
    Baskets(BasketsArgs),
}

/// Options of `analyse funnel`.
#[derive(Debug, Args)]
pub struct FunnelArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days: Days,
    /// Steps with commas: TYPE or TYPE[FIELD=VALUE,…] [default: view,cart,purchase]
    #[arg(long, value_name = "STEPS")]
    pub steps: Option<String>,
    /// Longest time from the first step to the last [default: 7d]
    #[arg(long, value_name = "TIME")]
    pub window: Option<String>,
    /// Split by country, device, source, campaign, medium or channel
    #[arg(long, value_name = "FIELD")]
    pub by: Option<String>,
}

/// Options of `analyse retention`.
#[derive(Debug, Args)]
pub struct RetentionArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days: Days,
    /// day, week or month [default: week]
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// The event that begins [default: purchase]
    #[arg(long, value_name = "STEP")]
    pub first: Option<String>,
    /// The event that counts as coming back [default: as --first]
    #[arg(long, value_name = "STEP")]
    pub again: Option<String>,
    /// Most periods to follow people for [default: 12]
    #[arg(long, value_name = "N")]
    pub periods: Option<String>,
}

/// Options of `analyse paths`.
#[derive(Debug, Args)]
pub struct PathsArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days: Days,
    /// Quiet that ends a session [default: 30m]
    #[arg(long, value_name = "TIME")]
    pub gap: Option<String>,
    /// Longest path, in steps [default: 5]
    #[arg(long, value_name = "N")]
    pub depth: Option<String>,
    /// How many paths [default: 20]
    #[arg(long, value_name = "N")]
    pub top: Option<String>,
    /// Look around this event
    #[arg(long, value_name = "STEP")]
    pub around: Option<String>,
    /// start, before or after [default: after with --around, else start]
    #[arg(long, value_name = "SIDE")]
    pub side: Option<String>,
    /// Count the same step in a row each time
    #[arg(long)]
    pub keep_repeats: bool,
    /// Tell steps apart by the category of their item
    #[arg(long)]
    pub by_category: bool,
}

/// Options of `analyse newcomers`.
#[derive(Debug, Args)]
pub struct NewcomersArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days: Days,
    /// day, week or month [default: week]
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// What counts as coming [default: purchase]
    #[arg(long, value_name = "STEP")]
    pub event: Option<String>,
}

/// Options of `analyse segments`.
#[derive(Debug, Args)]
pub struct SegmentsArgs {
    #[command(flatten)]
    pub asking: Asking,
    /// The rule: comparisons joined by and, or, not and brackets
    #[arg(long = "where", value_name = "RULE", required_unless_present = "list_fields")]
    pub rule: Option<String>,
    /// The day features are told as of [default: that of the last event]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Print what a rule may ask for and stop
    #[arg(long)]
    pub list_fields: bool,
}

/// Options of `analyse rfm`.
#[derive(Debug, Args)]
pub struct RfmArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days: Days,
    /// The day recency is told from [default: that of the last order]
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,
}

/// Options of `analyse attribution`.
#[derive(Debug, Args)]
pub struct AttributionArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days: Days,
    /// How long before an order a touch counts [default: 30d]
    #[arg(long, value_name = "TIME")]
    pub window: Option<String>,
    /// Time in which a touch loses half its weight [default: 7d]
    #[arg(long, value_name = "TIME")]
    pub half_life: Option<String>,
    /// Quiet that ends a session [default: 30m]
    #[arg(long, value_name = "TIME")]
    pub gap: Option<String>,
    /// Channels told apart [default: 50]
    #[arg(long, value_name = "N")]
    pub channels: Option<String>,
}

/// Options of `analyse baskets`.
#[derive(Debug, Args)]
pub struct BasketsArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days: Days,
    /// Orders a set must share: a number, or a share such as 1% [default: 1%]
    #[arg(long, value_name = "N")]
    pub min_support: Option<String>,
    /// Part of the orders with the one side that have the other [default: 0.2]
    #[arg(long, value_name = "SHARE")]
    pub min_confidence: Option<String>,
    /// Products of a set, 2 to 5 [default: 3]
    #[arg(long, value_name = "N")]
    pub max_len: Option<String>,
    /// How many rules and sets [default: 50]
    #[arg(long, value_name = "N")]
    pub top: Option<String>,
}

/// Options as the parameters of a question.
fn parameters<const N: usize>(
    days: &Days,
    own: [(&'static str, &Option<String>); N],
) -> Parameters {
    let days = [("from", &days.from), ("to", &days.to)];
    Parameters::of(own.into_iter().chain(days).map(|(name, value)| (name, value.clone())))
}

impl AnalyseCommand {
    /// Which shop, which report.
    pub fn asking(&self) -> &Asking {
        match self {
            Self::Funnel(args) => &args.asking,
            Self::Retention(args) => &args.asking,
            Self::Paths(args) => &args.asking,
            Self::Newcomers(args) => &args.asking,
            Self::Segments(args) => &args.asking,
            Self::Rfm(args) => &args.asking,
            Self::Attribution(args) => &args.asking,
            Self::Baskets(args) => &args.asking,
        }
    }

    /// The options given, by name.
    pub fn parameters(&self) -> Parameters {
        let flag = |on: bool| on.then(|| "true".to_owned());
        match self {
            Self::Funnel(a) => {
                parameters(&a.days, [("steps", &a.steps), ("window", &a.window), ("by", &a.by)])
            }
            Self::Retention(a) => parameters(
                &a.days,
                [
                    ("period", &a.period),
                    ("first", &a.first),
                    ("again", &a.again),
                    ("periods", &a.periods),
                ],
            ),
            Self::Paths(a) => parameters(
                &a.days,
                [
                    ("gap", &a.gap),
                    ("depth", &a.depth),
                    ("top", &a.top),
                    ("around", &a.around),
                    ("side", &a.side),
                    ("keep_repeats", &flag(a.keep_repeats)),
                    ("by_category", &flag(a.by_category)),
                ],
            ),
            Self::Newcomers(a) => parameters(&a.days, [("period", &a.period), ("event", &a.event)]),
            Self::Segments(a) => {
                let own = [("where", &a.rule), ("as_of", &a.as_of)];
                Parameters::of(own.map(|(name, value)| (name, value.clone())))
            }
            Self::Rfm(a) => parameters(&a.days, [("as_of", &a.as_of)]),
            Self::Attribution(a) => parameters(
                &a.days,
                [
                    ("window", &a.window),
                    ("half_life", &a.half_life),
                    ("gap", &a.gap),
                    ("channels", &a.channels),
                ],
            ),
            Self::Baskets(a) => parameters(
                &a.days,
                [
                    ("min_support", &a.min_support),
                    ("min_confidence", &a.min_confidence),
                    ("max_len", &a.max_len),
                    ("top", &a.top),
                ],
            ),
        }
    }
}
