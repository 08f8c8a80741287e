//! The command line: every command, its options, and help that teaches by example.

use std::path::PathBuf;

use clap::builder::RangedI64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Weeks that may be held out.
fn weeks() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=104)
}

/// Items of a slate.
fn slate() -> RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=200)
}

/// From what shoppers do to what the shop should do next.
#[derive(Debug, Parser)]
#[command(
    name = "dongcha",
    version,
    max_term_width = 100,
    after_help = "\
A first result in three commands:
  dongcha init shop --currency EUR --time-zone Europe/Berlin
  dongcha import orders.csv --site shop
  dongcha train --site shop && dongcha recommend --site shop --user 42"
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Where everything is kept [default: dongcha-data, for the demo demo-data]
    #[arg(long, global = true, env = "DONGCHA_DATA", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Language of all text: en or zh [default: from LANG]
    #[arg(long, global = true, value_name = "LANG", env = "DONGCHA_LANG")]
    pub lang: Option<String>,
    /// Threads for training and evaluation [default: all cores]
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Configuration file [default: dongcha.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// The shape of printed results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a data directory and a shop in it
    #[command(
        after_help = "Example:\n  dongcha init shop --currency CNY --time-zone Asia/Shanghai"
    )]
    Init(InitArgs),
    /// Load events from files: CSV, TSV, JSON lines, Parquet, plain or gzip
    #[command(after_help = "\
Examples:
  dongcha import orders.csv --site shop              (columns are recognised by name)
  dongcha import clicks.csv.gz --site shop --map taobao-userbehavior
  dongcha import export.tsv --site shop --map my-map.toml
  dongcha import --list-maps

Running it twice stores nothing twice. Rows that cannot be used are set aside, not lost:
see `dongcha quarantine list`.")]
    Import(ImportArgs),
    /// Look at what is stored
    #[command(subcommand)]
    Table(TableCommand),
    /// Write a copy of a shop's events and items as Parquet that DuckDB, Polars and pandas read
    #[command(after_help = "Example:\n  dongcha export --site shop --out shop-copy")]
    Export(ExportArgs),
    /// Train the shop's recommenders and choose the one that wins on held-out weeks
    #[command(after_help = "Example:\n  dongcha train --site shop --holdout-weeks 8")]
    Train(TrainArgs),
    /// Compare recommenders on held-out weeks, or on a public benchmark file
    #[command(after_help = "\
Examples:
  dongcha evaluate --site shop
  dongcha evaluate --layout lightgcn --model ials gowalla/
  dongcha evaluate --layout ncf --model item-knn movielens-1m/ --format json")]
    Evaluate(EvaluateArgs),
    /// Recommend items to a person, with reasons, and keep the decision
    #[command(after_help = "\
Examples:
  dongcha recommend --site shop --user 42 -n 5
  dongcha recommend --site shop --replay d-0000000000000001   (makes a kept decision again)")]
    Recommend(RecommendArgs),
    /// What shoppers choose together with an item
    #[command(after_help = "Example:\n  dongcha similar --site shop --item 85123A")]
    Similar(SimilarArgs),
    /// Serve the HTTP API and the dashboard
    #[command(after_help = "Example:\n  dongcha serve --listen 127.0.0.1:7800")]
    Serve(ServeArgs),
    /// Create, list and revoke API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Check counts, checksums and free space, and say what to do
    Doctor,
    /// Events that were set aside, and why
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// See it all work on real data: two shops, loaded, trained, explained and served
    #[command(after_help = "Examples:\n  dongcha demo\n  dongcha demo --no-serve")]
    Demo(DemoArgs),
}

/// Which shop.
#[derive(Debug, Clone, Args)]
pub struct SiteArg {
    /// The shop; may be left out when there is only one
    #[arg(long, value_name = "SITE")]
    pub site: Option<String>,
}

/// Options of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Short name: lower-case letters, digits and -
    pub site: String,
    /// Currency of the shop's amounts, ISO 4217
    #[arg(long, default_value = "USD", value_name = "CODE")]
    pub currency: String,
    /// Zone in which days and weeks are cut, IANA name
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub time_zone: String,
    /// The shop's name as people read it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

/// Options of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Files to load, in order
    #[arg(required_unless_present = "list_maps", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub site: SiteArg,
    /// Column map: a shipped name or a TOML file [default: recognised from the header]
    #[arg(long, value_name = "MAP")]
    pub map: Option<String>,
    /// Print the shipped column maps and stop
    #[arg(long)]
    pub list_maps: bool,
}

/// What `table` shows.
#[derive(Debug, Subcommand)]
pub enum TableCommand {
    /// The Parquet files of the current snapshot
    Files(SiteArg),
    /// The shops in this data directory
    Sites,
    /// The catalogue
    Items(SiteArg),
}

/// Options of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Folder to write; must not exist yet or be empty
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Options of `train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Weeks held out for judging
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = weeks())]
    pub holdout_weeks: u32,
    /// Seed of every random step
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

/// Options of `evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Weeks held out for judging, when a shop is evaluated
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = weeks())]
    pub holdout_weeks: u32,
    /// Layout of a public benchmark; then PATH is its file or folder
    #[arg(long, value_name = "LAYOUT", requires = "path")]
    pub layout: Option<String>,
    /// File or folder of the benchmark
    #[arg(value_name = "PATH", requires = "layout")]
    pub path: Option<PathBuf>,
    /// Models to judge: popularity, item-knn, ials; several with commas [default: all]
    #[arg(long, value_name = "MODELS", value_delimiter = ',')]
    pub model: Vec<String>,
    /// Settings over the model's defaults, such as factors=128, similarity=bm25 or solver=cg-2
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Seed of every random step
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

/// Options of `recommend`.
#[derive(Debug, Args)]
pub struct RecommendArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// A known person
    #[arg(long, value_name = "ID", conflicts_with_all = ["anon", "replay"])]
    pub user: Option<String>,
    /// A visitor
    #[arg(long, value_name = "ID", conflicts_with = "replay")]
    pub anon: Option<String>,
    /// How many items
    #[arg(short, long, default_value_t = 10, value_parser = slate())]
    pub n: u16,
    /// Items not to show
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub exclude: Vec<String>,
    /// Let items through that the person already has
    #[arg(long)]
    pub allow_owned: bool,
    /// Make a kept decision again and say whether it comes out the same
    #[arg(long, value_name = "DECISION", required_unless_present_any = ["user", "anon"])]
    pub replay: Option<String>,
}

/// Options of `similar`.
#[derive(Debug, Args)]
pub struct SimilarArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// The item
    #[arg(long, value_name = "ID")]
    pub item: String,
    /// How many items
    #[arg(short, long, default_value_t = 10, value_parser = slate())]
    pub n: u16,
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address and port [default: 127.0.0.1:7800]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// What `key` does.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key; it is shown once and stored hashed
    Create(KeyCreateArgs),
    /// The keys of a shop
    List(SiteArg),
    /// Make a key useless
    Revoke {
        /// The key's number, from `key list`
        id: i64,
    },
}

/// Options of `key create`.
#[derive(Debug, Args)]
pub struct KeyCreateArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// What the key may do
    #[arg(long, value_enum)]
    pub kind: KeyKindArg,
    /// What it is for
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub label: String,
}

/// Kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyKindArg {
    /// Sends events; may stand in a web page
    Write,
    /// Reads results; for the dashboard and your servers
    Read,
    /// May do everything; never leaves your servers
    Secret,
}

/// What `quarantine` does.
#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// What was set aside, newest first
    List {
        #[command(flatten)]
        site: SiteArg,
        /// Only this code
        #[arg(long)]
        code: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// One entry whole: what arrived, what is wrong, what to do
    Show {
        /// Its number, from `quarantine list`
        id: i64,
    },
    /// Try again: entries that can be used now are stored
    Replay {
        #[command(flatten)]
        site: SiteArg,
        /// Entries to try; all when none is named
        ids: Vec<i64>,
        /// The corrected event as a JSON file, for one entry
        #[arg(long, value_name = "FILE")]
        with: Option<PathBuf>,
    },
}

/// Options of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Print the report and stop
    #[arg(long)]
    pub no_serve: bool,
    /// Folder with the shipped data sets [default: data]
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Address of the dashboard
    #[arg(long, default_value = "127.0.0.1:7800", value_name = "ADDR")]
    pub listen: String,
}
