//! The options of `dongcha market`: whom to reach with which offer.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand};
use decide::market::Share;

/// What of the market.
#[derive(Debug, Subcommand)]
pub enum MarketCommand {
    /// Who gets which offer under budget, capacity, caps, consent, holdout and shares
    #[command(after_help = "\
Examples:
  dongcha market plan offers.csv --budget 5000 --holdout 0.1 --out audience.csv
  dongcha market plan offers.csv --budget 5000 --capacity mail=20000,call=300 \\
    --cap contacts_7d=1,contacts_30d=4 --share new=0.1..0.5

The file has a row per person and offer: person, offer, value (expected incremental profit before
the cost of the contact) and cost; where they are there also error (standard error of the value),
channel, group, consent, purpose and suppressed.")]
    Plan(MarketPlanArgs),
}

/// Options of `market plan`.
#[derive(Debug, Args)]
pub struct MarketPlanArgs {
    /// Table with a row per person and offer
    pub file: PathBuf,
    /// Money for contacts [default: as much as pays]
    #[arg(long)]
    pub budget: Option<f64>,
    /// Contacts at most by channel
    #[arg(long, value_delimiter = ',', value_parser = named::<u64>, value_name = "CHANNEL=N")]
    pub capacity: Vec<(String, u64)>,
    /// Contacts at most per person, those already made standing in this column; one per window
    #[arg(long, value_delimiter = ',', value_parser = named::<u32>, value_name = "COLUMN=N")]
    pub cap: Vec<(String, u32)>,
    /// Smallest and largest share of a group's eligible people to be chosen
    #[arg(long, value_delimiter = ',', value_parser = named_share, value_name = "GROUP=MIN..MAX")]
    pub share: Vec<(String, Share)>,
    /// Share of people held out at random, to measure the campaign against
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub holdout: f64,
    /// Seed of the draw
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// File to write the audience to: who gets what, and who is held out
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The file has no column of consent because everyone in it has consented
    #[arg(long)]
    pub all_consented: bool,
    /// Column of the person
    #[arg(long, default_value = "person", value_name = "COLUMN")]
    pub person: String,
    /// Column of the offer
    #[arg(long, default_value = "offer", value_name = "COLUMN")]
    pub offer: String,
    /// Column of the expected incremental profit before the cost of the contact
    #[arg(long, default_value = "value", value_name = "COLUMN")]
    pub value: String,
    /// Column of the cost of the contact
    #[arg(long, default_value = "cost", value_name = "COLUMN")]
    pub cost: String,
    /// Column of the value's standard error [default: error, if there is one]
    #[arg(long, value_name = "COLUMN")]
    pub error: Option<String>,
    /// Column of the channel [default: channel, if there is one]
    #[arg(long, value_name = "COLUMN")]
    pub channel: Option<String>,
    /// Column of the person's group [default: group, if there is one]
    #[arg(long, value_name = "COLUMN")]
    pub group: Option<String>,
    /// Column of consent: yes or no; with purposes, those consented to, split by ; [default:
    /// consent]
    #[arg(long, value_name = "COLUMN")]
    pub consent: Option<String>,
    /// Column of the purpose a row needs consent for [default: purpose, if there is one]
    #[arg(long, value_name = "COLUMN")]
    pub purpose: Option<String>,
    /// Column of people never to be contacted, yes or no [default: suppressed, if there is one]
    #[arg(long, value_name = "COLUMN")]
    pub suppressed: Option<String>,
}

/// A name and a number, such as `mail=300`.
fn named<T: FromStr>(text: &str) -> Result<(String, T), String> {
    let parts = text.rsplit_once('=');
    let number = parts.and_then(|(name, number)| Some((name, number.trim().parse().ok()?)));
    number.map(|(name, number)| (name.trim().to_owned(), number)).ok_or_else(|| {
        "write a name and a whole number, such as mail=300 / 请写名称与整数，如 mail=300".to_owned()
    })
}

/// A name and two shares, such as `new=0.1..0.5`; either may be left out.
fn named_share(text: &str) -> Result<(String, Share), String> {
    let wrong =
        || "write a group and two shares, such as new=0.1..0.5 / 请写分组与占比，如 new=0.1..0.5";
    let (name, range) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (min, max) = range.split_once("..").ok_or_else(wrong)?;
    let read = |text: &str, absent: f64| match text.trim() {
        "" => Some(absent),
        text => text.parse::<f64>().ok(),
    };
    let (min, max) = (read(min, 0.0), read(max, 1.0));
    let (Some(min), Some(max)) = (min, max) else { return Err(wrong().to_owned()) };
    Ok((name.trim().to_owned(), Share { min, max }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        assert_eq!(named::<u64>("mail=300"), Ok(("mail".to_owned(), 300)));
        assert!(named::<u64>("mail").is_err() && named::<u32>("mail=-1").is_err());
        let share = |min, max| Ok(("new".to_owned(), Share { min, max }));
        assert_eq!(named_share("new=0.1..0.5"), share(0.1, 0.5));
        assert_eq!(named_share("new=..0.5"), share(0.0, 0.5));
        assert_eq!(named_share("new=0.2.."), share(0.2, 1.0));
        assert!(named_share("new=0.2").is_err() && named_share("new=a..b").is_err());
    }
}
