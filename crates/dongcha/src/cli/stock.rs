//! The options of the commands that plan a shop's stock.

use std::path::PathBuf;

use clap::Args;

use super::SiteArg;

/// What an order has to cover and what it costs.
#[derive(Debug, Args)]
pub struct StockTermsArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// Weeks from order to arrival
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=520))]
    pub lead_weeks: u32,
    /// Standard deviation of the lead time, weeks
    #[arg(long, default_value_t = 0.5, value_name = "WEEKS")]
    pub lead_deviation: f64,
    /// Weeks between two orders
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=52))]
    pub review_weeks: u32,
    /// Share of cases to cover, such as 0.95 [default: by margin and holding]
    #[arg(long, value_name = "SHARE")]
    pub service: Option<f64>,
    /// Margin of an item whose cost is not known, percent of its price
    #[arg(long, default_value_t = 40.0, value_name = "PERCENT")]
    pub margin: f64,
    /// Holding for a year, percent of the cost of a unit
    #[arg(long, default_value_t = 25.0, value_name = "PERCENT")]
    pub holding: f64,
    /// Weeks of recent sales that the shop keeps today
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=104))]
    pub cover_weeks: u32,
}

/// Options of `stock plan`.
#[derive(Debug, Args)]
pub struct StockPlanArgs {
    #[command(flatten)]
    pub terms: StockTermsArgs,
    /// Money for this order, such as 20000 or 1999.50 [default: no limit]
    #[arg(long, value_name = "AMOUNT")]
    pub budget: Option<String>,
    /// Units of an order at least
    #[arg(long, default_value_t = 1, value_name = "UNITS")]
    pub least: i64,
    /// Units of a pack
    #[arg(long, default_value_t = 1, value_name = "UNITS")]
    pub pack: i64,
    /// Table of stock: columns item_id and on_hand, and on_order, least, pack, cost if known
    #[arg(long, value_name = "FILE")]
    pub on_hand: Option<PathBuf>,
    /// Items listed at most
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5_000))]
    pub limit: u32,
    /// Also write the order as CSV
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `stock simulate`.
#[derive(Debug, Args)]
pub struct StockSimulateArgs {
    #[command(flatten)]
    pub terms: StockTermsArgs,
    /// Last weeks of the shop's history to play
    #[arg(long, default_value_t = 52, value_parser = clap::value_parser!(u32).range(1..=520))]
    pub weeks: u32,
}
