//! The command line: every command, its options, and help that teaches by example.

mod advice;
mod analyse;
mod decisions;
mod market;
mod reviews;
mod stock;

use std::path::PathBuf;

use clap::builder::RangedI64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use advice::AdviceCommand;
pub use analyse::AnalyseCommand;
pub use decisions::{
    ClvArgs, ElasticityArgs, ForecastArgs, LotsArgs, NewsvendorArgs, PolicyArgs, SafetyArgs,
    StockCommand, UpliftArgs,
};
pub use market::{MarketCommand, MarketPlanArgs};
pub use reviews::{
    LabelledArgs, ReviewsAskArgs, ReviewsAspectsArgs, ReviewsClassifyArgs, ReviewsCommand,
    ReviewsCopiesArgs, ReviewsEvaluateArgs, ReviewsReportArgs, ReviewsTopicsArgs, ReviewsTrainArgs,
    TextLayout,
};
pub use stock::{StockPlanArgs, StockSimulateArgs, StockTermsArgs};

/// Weeks that may be held out.
fn weeks() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=104)
}

/// A share above 0 and below 1.
fn share() -> impl Fn(&str) -> Result<f64, String> + Clone {
    |text: &str| match text.parse::<f64>() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("a share is above 0 and below 1 / 比例须大于 0 且小于 1".to_owned()),
    }
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
    /// Look for what is wrong with a shop's events, rule by rule, before and after
    #[command(after_help = "\
Examples:
  dongcha clean --site shop
  dongcha clean --site shop --plan plan.toml --report cleaning.html

A plan is a list of rules, such as:
  [[rule]]
  kind = \"outliers\"
  column = \"amount_minor\"
  method = \"robust_z\"

Stored events stay as they are: rows are flagged, columns handed on.")]
    Clean(CleanArgs),
    /// Describe every person, or every item, by the numbers of their behaviour as of a moment
    #[command(after_help = "\
Examples:
  dongcha features --site shop --out people.parquet
  dongcha features --site shop --of items --as-of 2026-01-01 --out items.parquet
  dongcha features --site shop --user 42             (one person, as the service answers)
  dongcha features --list                            (names, units and definitions)

Only events before the moment count. The file opens in DuckDB, Polars and pandas.")]
    Features(FeaturesArgs),
    /// How often, how long and how recently each person came: one row per person, as Parquet
    #[command(after_help = "\
Examples:
  dongcha habits --site shop --out habits.parquet
  dongcha habits --from UserBehavior.parquet --map taobao-userbehavior --out habits.parquet
  dongcha habits --from log.parquet --user member --time at --time-unit ms --id event_id \
--out habits.parquet")]
    Habits(HabitsArgs),
    /// Train the shop's recommenders and choose the one that wins on held-out weeks
    #[command(after_help = "\
Examples:
  dongcha train --site shop --holdout-weeks 8
  dongcha train --site shop --tune --budget-minutes 10
  dongcha train --site shop --tune --budget-minutes 10 --resume   (goes on after a stop)")]
    Train(TrainArgs),
    /// The versions of the trained models: what serves, what served before, and changing it
    #[command(subcommand)]
    Model(ModelCommand),
    /// Compare recommenders on held-out weeks, or on a public benchmark file
    #[command(after_help = "\
Examples:
  dongcha evaluate --site shop
  dongcha evaluate --layout lightgcn --model ials gowalla/
  dongcha evaluate --layout ncf --model item-knn movielens-1m/ --format json
  dongcha evaluate --layout ratings --folds 5 --model svd-pp,rating-knn ratings.csv
  dongcha evaluate --layout sequences --model item-knn --validate sasrec-ml-1m.txt.gz
  dongcha evaluate --layout sessions --test sessions-test.txt.gz sessions-train.txt.gz
  dongcha evaluate --layout lightgcn --compare ease,bpr:factors=32 --report page.html gowalla/
  dongcha evaluate --layout labels --label Revenue --model logistic,boosted-trees sessions.csv")]
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
    /// Measure how fast the best items of a catalogue of a size are found on this machine
    #[command(after_help = "Example:\n  dongcha retrieval --items 1000000 --factors 64 -n 100")]
    Retrieval(RetrievalArgs),
    /// Ask what people do: funnel, retention, paths, segments, RFM, baskets
    #[command(subcommand)]
    Analyse(AnalyseCommand),
    /// What each series of a table will be, with ranges, or how far methods miss what came
    #[command(after_help = "\
Examples:
  dongcha forecast sales.csv --id sku --date week --value units --horizon 13 --season 52
  dongcha forecast sales.csv --id sku --date week --value units --horizon 13 --evaluate \\
    --method calendar,imapa,seasonal-naive

Methods: auto, pooled, calendar, seasonal-naive, mean, ses, ets, ets-growth, ets-log, theta,
optimised-theta, croston, croston-fitted, sba, tsb, adida, imapa")]
    Forecast(ForecastArgs),
    /// Who will buy again, how often, and what it is worth
    #[command(after_help = "\
Examples:
  dongcha clv orders.csv --customer customer --date day --value amount --customers
  dongcha clv summary.csv --frequency frequency --recency recency --age T --ask 2,30.43,38.86")]
    Clv(ClvArgs),
    /// Whom an offer changes: uplift learners against the response score, everyone and nobody
    #[command(after_help = "\
Examples:
  dongcha uplift mailing.csv --treatment segment --treated 'Womens E-Mail' \\
    --control 'No E-Mail' --outcome visit --drop conversion,spend
  dongcha uplift scored.csv --treatment treated --outcome visit --scores model_a,model_b")]
    Uplift(UpliftArgs),
    /// How many percent demand changes for one percent of price
    #[command(after_help = "\
Examples:
  dongcha elasticity oj.csv --units sales --price price --by brand --interact
  dongcha elasticity panel.csv --units units --item brand --prices price1,price2 --within store")]
    Elasticity(ElasticityArgs),
    /// Whom to reach with which offer, and what it is worth
    #[command(subcommand)]
    Market(MarketCommand),
    /// How much to order, when, and what it costs
    #[command(subcommand)]
    Stock(StockCommand),
    /// Serve the HTTP API and the dashboard
    #[command(after_help = "Example:\n  dongcha serve --listen 127.0.0.1:7800")]
    Serve(ServeArgs),
    /// What reviews and questions say: labels, sentiment, aspects
    #[command(subcommand)]
    Reviews(ReviewsCommand),
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

/// Options of `clean`.
#[derive(Debug, Args)]
pub struct CleanArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Rules to carry out, a TOML file [default: a plan for any shop]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Write the report as one HTML page with histograms
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the fitted scales as JSON
    #[arg(long, value_name = "FILE")]
    pub scales: Option<PathBuf>,
}

/// Options of `features`.
#[derive(Debug, Args)]
pub struct FeaturesArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Whose features
    #[arg(long, value_enum, default_value_t = FeaturesOf::People)]
    pub of: FeaturesOf,
    /// The moment: a day (its start) or RFC 3339 [default: just after the shop's latest event]
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Parquet file to write; one that is there is replaced
    #[arg(long, value_name = "FILE", required_unless_present_any = ["list", "user", "anon"])]
    pub out: Option<PathBuf>,
    /// Print names, units and definitions and stop
    #[arg(long)]
    pub list: bool,
    /// Print one known person's features
    #[arg(long, value_name = "ID", conflicts_with_all = ["anon", "out", "list"])]
    pub user: Option<String>,
    /// Print one visitor's features
    #[arg(long, value_name = "ID", conflicts_with_all = ["out", "list"])]
    pub anon: Option<String>,
    /// Ask that person so many times and print the median time of an answer instead
    #[arg(long, value_name = "N", conflicts_with_all = ["out", "list"],
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub time: Option<u32>,
}

/// Whose features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FeaturesOf {
    /// One row per person
    People,
    /// One row per item
    Items,
}

/// Options of `habits`.
#[derive(Debug, Args)]
pub struct HabitsArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// A Parquet file in any order instead of the shop's events
    #[arg(long, value_name = "FILE", conflicts_with = "site")]
    pub from: Option<PathBuf>,
    /// Column map of the file: a shipped name or a TOML file [default: recognised from the header]
    #[arg(long, value_name = "MAP", requires = "from")]
    pub map: Option<String>,
    /// Column of the person: whole numbers or text
    #[arg(long, value_name = "COLUMN", requires = "from")]
    pub user: Option<String>,
    /// Column of the time: Unix time or timestamps
    #[arg(long, value_name = "COLUMN", requires = "from")]
    pub time: Option<String>,
    /// Column of what was done
    #[arg(long, value_name = "COLUMN", requires = "from")]
    pub event: Option<String>,
    /// Column of the event's id, which counts once [default: id or event_id, if there is one]
    #[arg(long, value_name = "COLUMN", requires = "from")]
    pub id: Option<String>,
    /// Unit of Unix times [default: as the map says, else s]
    #[arg(long, value_enum, requires = "from")]
    pub time_unit: Option<TimeUnit>,
    /// Minutes of quiet after which a session has ended
    #[arg(long, default_value_t = 30, value_name = "MINUTES")]
    pub gap: u32,
    /// Moment up to which events count [default: that of the last event]
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Memory for the rows of a file, beyond which the disk is used
    #[arg(long, default_value_t = 1024, value_name = "MIB", requires = "from")]
    pub memory: u32,
    /// Parquet file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Units of Unix times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TimeUnit {
    /// Seconds
    S,
    /// Thousandths of a second
    Ms,
    /// Millionths of a second
    Us,
}

impl TimeUnit {
    /// As the reader of files calls it.
    pub fn of_log(self) -> collect::LogUnit {
        match self {
            Self::S => collect::LogUnit::Seconds,
            Self::Ms => collect::LogUnit::Millis,
            Self::Us => collect::LogUnit::Micros,
        }
    }
}

/// Options of `train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Weeks held out for judging
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = weeks())]
    pub holdout_weeks: u32,
    /// Table with a vector per item: a column item_id, every other a number; used with what the
    /// catalogue says
    #[arg(long, value_name = "FILE", conflicts_with = "report")]
    pub embeddings: Option<PathBuf>,
    /// Look for better settings of every model
    #[arg(long)]
    pub tune: bool,
    /// Minutes that tuning may take
    #[arg(long, value_name = "N", requires = "tune",
          value_parser = clap::value_parser!(u32).range(1..=10_080))]
    pub budget_minutes: Option<u32>,
    /// Trials that tuning may take [default: 40, or as many as the minutes allow]
    #[arg(long, value_name = "N", requires = "tune")]
    pub trials: Option<usize>,
    /// Take over the trials of a tuning that was stopped
    #[arg(long, requires = "tune")]
    pub resume: bool,
    /// The model that --report is about
    #[arg(long, value_name = "MODEL", requires = "report")]
    pub model: Option<String>,
    /// Only train --model and tell loss and accuracy on pairs kept back after each epoch; nothing
    /// is kept
    #[arg(long, value_name = "WHAT", requires = "model", conflicts_with = "tune")]
    pub report: Option<Report>,
    /// Settings of --model over its defaults, such as factors=32
    #[arg(long = "set", value_name = "KEY=VALUE", requires = "report")]
    pub settings: Vec<String>,
    /// Seed of every random step
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
}

/// What is told of a training beside its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Report {
    /// Loss and accuracy after each pass over the data
    Epochs,
}

/// What `evaluate` gives beside its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extra {
    /// Loss and accuracy after each pass over the data.
    Epochs,
    /// A page with plots.
    Page(PathBuf),
}

/// What `evaluate` gives beside its table.
fn extra() -> impl Fn(&str) -> Result<Extra, String> + Clone {
    |text: &str| match text {
        "epochs" => Ok(Extra::Epochs),
        file if file.ends_with(".html") => Ok(Extra::Page(PathBuf::from(file))),
        _ => Err("write epochs, or a file ending in .html / 请写 epochs 或以 .html 结尾的文件"
            .to_owned()),
    }
}

/// What is held out of a benchmark that has times and no test part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SplitRule {
    /// The last of each user
    Last,
    /// The latest of all
    Time,
}

/// What `model` does.
#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Every version, newest first
    List(SiteArg),
    /// One version: what it was made from and how every family did
    Show(ModelVersionArgs),
    /// Let a version serve once it passes the checks
    Promote(ModelVersionArgs),
    /// Let the version that served before serve again
    Rollback(SiteArg),
    /// Let a version and the one that serves answer the same shoppers; nothing changes
    Compare(ModelVersionArgs),
}

/// A version of a shop's models.
#[derive(Debug, Args)]
pub struct ModelVersionArgs {
    /// The version, from `model list`
    #[arg(value_name = "VERSION")]
    pub version: String,
    #[command(flatten)]
    pub site: SiteArg,
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
    /// Judge on a validation part cut from what may be learnt from, not on the test part: for
    /// choosing settings
    #[arg(long, requires = "layout")]
    pub validate: bool,
    /// File of the sessions to be asked about, with the layout sessions
    #[arg(long, value_name = "FILE", requires = "layout")]
    pub test: Option<PathBuf>,
    /// What is held out where the layout has times and no test part: the last of each user, or the
    /// latest of all
    #[arg(long, value_name = "RULE", default_value = "last", requires = "layout")]
    pub split: SplitRule,
    /// Share of interactions held out by --split time
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share())]
    pub holdout_share: f64,
    /// Models to judge, such as popularity, item-knn or ials; with the layout labels: base-rate,
    /// logistic, boosted-trees; with the layout ratings also mean-rating, bias-baseline,
    /// rating-knn, svd, svd-pp, which predict points and are judged by their error; several with
    /// commas [default: all recommenders or classifiers]
    #[arg(long, value_name = "MODELS", value_delimiter = ',')]
    pub model: Vec<String>,
    /// Models side by side on a layout with a full ranking, popularity always among them: all
    /// measures and the paired difference to the best; each with its defaults, or as
    /// name:key=value:key=value; several with commas
    #[arg(long, value_name = "MODELS", value_delimiter = ',', requires = "layout",
          conflicts_with_all = ["model", "settings"])]
    pub compare: Vec<String>,
    /// Models judged as one on a layout: each one's scores over their deviation, added with equal
    /// weights or with weight=N; each with its defaults or as name:weight=2:key=value; several with
    /// commas
    #[arg(long, value_name = "MODELS", value_delimiter = ',', requires = "layout",
          conflicts_with_all = ["model", "settings", "compare"])]
    pub blend: Vec<String>,
    /// `epochs` tells loss and accuracy on pairs kept back after each epoch of one --model, then
    /// its ranking; with --compare a file ending in .html: the comparison as a page with plots
    #[arg(long, value_name = "WHAT", requires = "layout", value_parser = extra())]
    pub report: Option<Extra>,
    /// Settings over the model's defaults, such as factors=128, similarity=bm25 or solver=cg-2
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Column to be predicted, with the layout labels: true or false, yes or no, 1 or 0
    #[arg(long, value_name = "COLUMN", requires = "layout")]
    pub label: Option<String>,
    /// Folds of the cross-validation, with the layout labels and with models of ratings
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub folds: usize,
    /// Columns not to learn from, with the layout labels; several with commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub drop: Vec<String>,
    /// Columns whose numbers are codes, with the layout labels; several with commas
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub categorical: Vec<String>,
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

/// Options of `retrieval`.
#[derive(Debug, Args)]
pub struct RetrievalArgs {
    /// Items of the catalogue, whose factors are drawn at random
    #[arg(long, default_value_t = 1_000_000, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub items: u32,
    /// Factors of an item
    #[arg(long, default_value_t = 64, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=2048))]
    pub factors: u16,
    /// How many items are wanted
    #[arg(short, long, default_value_t = 100,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub n: u16,
    /// Search by cells too: read the most promising part of the catalogue only, and say how many
    /// of the best are found
    #[arg(long)]
    pub cells: bool,
    /// Searches that are timed
    #[arg(long, default_value_t = 101, value_name = "N",
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub queries: u32,
    /// Seed of every random step
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
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
