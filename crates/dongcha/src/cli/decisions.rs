//! The options of the commands that end in a decision: forecast, clv, uplift, elasticity, stock.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::advice::AdviceCommand;
use super::stock::{StockPlanArgs, StockSimulateArgs};

/// Options of `forecast`.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    /// Table with a row per series and period
    pub file: PathBuf,
    /// Column that names the series [default: all rows are one series]
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Column of the period: dates or numbers that sort [default: rows in their order]
    #[arg(long, value_name = "COLUMN")]
    pub date: Option<String>,
    /// Column of the amount
    #[arg(long, default_value = "value", value_name = "COLUMN")]
    pub value: String,
    /// Periods to forecast
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub horizon: u16,
    /// Periods of a year: 12 for months, 52 for weeks, 1 for none
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=400))]
    pub season: u16,
    /// auto, pooled, calendar or single methods, as listed below
    #[arg(long, value_delimiter = ',', default_value = "auto", value_name = "NAMES")]
    pub method: Vec<String>,
    /// How many of the methods that fared best `auto` takes the mean of
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=14))]
    pub best: u16,
    /// Origins inside each series at which `auto` compares methods; 0 takes the mean of theta and
    /// ets for all
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(0..=100))]
    pub origins: u16,
    /// Hold back the last periods and show how far each method misses them
    #[arg(long)]
    pub evaluate: bool,
    /// With --evaluate: also play a stock by each forecast at this cost of a unit lacking, a unit
    /// left costing 1
    #[arg(long, value_name = "COST")]
    pub shortage: Option<f64>,
}

/// Options of `clv`.
#[derive(Debug, Args)]
pub struct ClvArgs {
    /// Table with a row per order, or per customer
    pub file: PathBuf,
    /// Orders: column of the customer
    #[arg(long, value_name = "COLUMN")]
    pub customer: Option<String>,
    /// Orders: column of the day, such as 1997-01-31 or 19970131
    #[arg(long, default_value = "date", value_name = "COLUMN")]
    pub date: String,
    /// Orders: column of the amount; customers: column of the mean amount of repeat orders
    #[arg(long, value_name = "COLUMN")]
    pub value: Option<String>,
    /// Orders: last day watched [default: the last day there is]
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Customers: column of the repeat purchases
    #[arg(long, default_value = "frequency", value_name = "COLUMN")]
    pub frequency: String,
    /// Customers: column of the time from first to last purchase
    #[arg(long, default_value = "recency", value_name = "COLUMN")]
    pub recency: String,
    /// Customers: column of the time from first purchase to the end
    #[arg(long, default_value = "T", value_name = "COLUMN")]
    pub age: String,
    /// Days of one unit of time, 7 for weeks; for customers the file's own unit counts
    #[arg(long, default_value_t = 7.0, value_name = "DAYS")]
    pub unit: f64,
    /// bg-nbd, mbg-nbd or pareto-nbd
    #[arg(long, value_delimiter = ',', default_value = "bg-nbd", value_name = "NAMES")]
    pub model: Vec<String>,
    /// How far ahead purchases are expected, in units of time
    #[arg(long, default_value_t = 39.0)]
    pub horizon: f64,
    /// Answer for one history: repeats,recency,age
    #[arg(long, value_name = "X,TX,T")]
    pub ask: Option<String>,
    /// Show every customer: alive, purchases to come and, with amounts, their value
    #[arg(long)]
    pub customers: bool,
}

/// Options of `uplift`.
#[derive(Debug, Args)]
pub struct UpliftArgs {
    /// Table with a row per person of an experiment
    pub file: PathBuf,
    /// Column that says who was treated
    #[arg(long, value_name = "COLUMN")]
    pub treatment: String,
    /// Its value for the treated
    #[arg(long, default_value = "1", value_name = "VALUE")]
    pub treated: String,
    /// Its value for the others; people with neither value are left out
    #[arg(long, default_value = "0", value_name = "VALUE")]
    pub control: String,
    /// Column of the outcome, yes or no
    #[arg(long, value_name = "COLUMN")]
    pub outcome: String,
    /// Columns left out, such as other outcomes
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    pub drop: Vec<String>,
    /// Measure these columns of scores instead of fitting
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    pub scores: Vec<String>,
    /// Rows whose number, from 0, ends in this digit or a larger one are held back as the test
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=9))]
    pub test_from: u8,
    /// Resamples for the intervals
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(20..=10_000))]
    pub resamples: u16,
    /// Seed of folds and resamples
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Options of `elasticity`.
#[derive(Debug, Args)]
pub struct ElasticityArgs {
    /// Table with a row per item, place and period
    pub file: PathBuf,
    /// Column of the units sold
    #[arg(long, default_value = "sales", value_name = "COLUMN")]
    pub units: String,
    /// The units are logarithms already
    #[arg(long)]
    pub log_units: bool,
    /// Column of the price
    #[arg(long, default_value = "price", value_name = "COLUMN")]
    pub price: String,
    /// Column of groups that differ in level, such as the brand
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// Let each group of --by have its own elasticity
    #[arg(long)]
    pub interact: bool,
    /// Columns that also move demand, such as promotion flags
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    pub controls: Vec<String>,
    /// Column of groups whose level is taken out, such as the store
    #[arg(long, value_name = "COLUMN")]
    pub within: Option<String>,
    /// Column of the item: one fit per item, its own price that of --prices ending in its name
    #[arg(long, value_name = "COLUMN", requires = "prices")]
    pub item: Option<String>,
    /// Columns of all items' prices, for cross elasticities
    #[arg(long, value_delimiter = ',', value_name = "COLUMNS")]
    pub prices: Vec<String>,
}

/// What of stock.
#[derive(Debug, Subcommand)]
pub enum StockCommand {
    /// How much to order at a time when demand is steady
    #[command(after_help = "\
Example:\n  dongcha stock order-quantity --order-cost 8 --holding 0.225 --demand 1300")]
    OrderQuantity(OrderQuantityArgs),
    /// How much to stock for one chance to order
    #[command(after_help = "\
Examples:
  dongcha stock newsvendor --holding 0.18 --shortage 0.70 --mean 50 --deviation 8
  dongcha stock newsvendor --holding 1 --shortage 4 --mean 6        (Poisson demand)")]
    Newsvendor(NewsvendorArgs),
    /// At which stock to order a fixed quantity, for Poisson demand
    #[command(after_help = "\
Example:
  dongcha stock reorder-point --holding 20 --shortage 150 --order-cost 100 --demand 1.5 \
--lead-time 2")]
    ReorderPoint(PolicyArgs),
    /// At which stock to order up to which, reviewing every period, for Poisson demand
    #[command(after_help = "\
Example:\n  dongcha stock min-max --holding 1 --shortage 4 --order-cost 5 --demand 6")]
    MinMax(PolicyArgs),
    /// What a shop should order now, item by item, and what it is worth
    #[command(after_help = "\
Examples:
  dongcha stock plan --site gifts --lead-weeks 2 --budget 20000
  dongcha stock plan --site gifts --on-hand counted.csv --pack 6 --out order.csv")]
    Plan(Box<StockPlanArgs>),
    /// The plan played over past weeks, beside last year's weeks and weeks of cover
    #[command(after_help = "\
Example:\n  dongcha stock simulate --site gifts --weeks 52 --cover-weeks 6")]
    Simulate(StockSimulateArgs),
    /// When to order how much for demand known ahead
    #[command(after_help = "\
Example:\n  dongcha stock lots --order-cost 500 --holding 2 --demand 90,120,80,70")]
    Lots(LotsArgs),
    /// The level to keep and the safety stock in it, lead times varying
    #[command(after_help = "\
Example:
  dongcha stock safety --mean 100 --deviation 30 --lead-time 3 --service 0.95")]
    Safety(SafetyArgs),
    #[command(flatten)]
    Kept(AdviceCommand),
}

/// Options of `stock order-quantity`.
#[derive(Debug, Args)]
pub struct OrderQuantityArgs {
    /// Cost of an order
    #[arg(long)]
    pub order_cost: f64,
    /// Cost of a unit held for a period
    #[arg(long)]
    pub holding: f64,
    /// Units asked for per period
    #[arg(long)]
    pub demand: f64,
    /// Cost of a unit owed for a period, where demand waits
    #[arg(long, value_name = "COST")]
    pub waiting: Option<f64>,
}

/// Options of `stock newsvendor`.
#[derive(Debug, Args)]
pub struct NewsvendorArgs {
    /// Cost of a unit left over
    #[arg(long)]
    pub holding: f64,
    /// Cost of a unit lacking
    #[arg(long)]
    pub shortage: f64,
    /// Units expected
    #[arg(long)]
    pub mean: f64,
    /// Deviation of demand, units [default: Poisson demand]
    #[arg(long)]
    pub deviation: Option<f64>,
}

/// Options of `stock reorder-point` and `stock min-max`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Cost of a unit held for a period
    #[arg(long)]
    pub holding: f64,
    /// Cost of a unit owed for a period
    #[arg(long)]
    pub shortage: f64,
    /// Cost of an order
    #[arg(long)]
    pub order_cost: f64,
    /// Units asked for per period
    #[arg(long)]
    pub demand: f64,
    /// Periods from order to arrival
    #[arg(long, default_value_t = 0.0)]
    pub lead_time: f64,
}

/// Options of `stock lots`.
#[derive(Debug, Args)]
pub struct LotsArgs {
    /// Cost of an order
    #[arg(long)]
    pub order_cost: f64,
    /// Cost of a unit held for a period
    #[arg(long)]
    pub holding: f64,
    /// Units of each period
    #[arg(long, value_delimiter = ',', required = true)]
    pub demand: Vec<f64>,
}

/// Options of `stock safety`.
#[derive(Debug, Args)]
pub struct SafetyArgs {
    /// Units expected in a period
    #[arg(long)]
    pub mean: f64,
    /// Deviation of a period's demand, or of its forecast's error
    #[arg(long)]
    pub deviation: f64,
    /// Periods from order to arrival
    #[arg(long)]
    pub lead_time: f64,
    /// Deviation of the lead time, periods
    #[arg(long, default_value_t = 0.0)]
    pub lead_deviation: f64,
    /// Periods between reviews
    #[arg(long, default_value_t = 1.0)]
    pub review: f64,
    /// Share of cases to be covered
    #[arg(long, default_value_t = 0.95)]
    pub service: f64,
}
