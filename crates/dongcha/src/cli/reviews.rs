//! The options of `reviews`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serve::Parameters;

use super::SiteArg;
use super::analyse::{Asking, Days};

/// What `reviews` does.
#[derive(Debug, Subcommand)]
pub enum ReviewsCommand {
    /// What a shop's stored reviews say: aspects with quotes, what changed, suspected fakes
    #[command(after_help = "\
Examples:
  dongcha reviews report --site clothing
  dongcha reviews report --item 1078 --by week --days 14 --quotes 5
  dongcha reviews report --report reviews.html
  dongcha reviews report --format json                (as /v1/reviews/report answers)")]
    Report(ReviewsReportArgs),
    /// Learn labels of texts from a file, and keep the model
    #[command(after_help = "\
Examples:
  dongcha reviews train intents.csv --text text --label category --out intents.safetensors
  dongcha reviews train reviews.csv.gz --text \"Review Text\" --rating Rating \
--out mood.safetensors")]
    Train(ReviewsTrainArgs),
    /// Say of each text of a file what it is, and how sure that is
    #[command(after_help = "\
Example:
  dongcha reviews classify new.csv --text text --model intents.safetensors --format csv")]
    Classify(ReviewsClassifyArgs),
    /// Learn from one part of a file, and measure on the other
    #[command(after_help = "\
Examples:
  dongcha reviews evaluate waimai.csv --text review --label label
  dongcha reviews evaluate train.csv --test test.csv --text text --label category --format json
  dongcha reviews evaluate custrev.all --layout lines
  dongcha reviews evaluate reviews.csv.gz --text \"Review Text\" --rating Rating \
--label \"Recommended IND\"")]
    Evaluate(ReviewsEvaluateArgs),
    /// What the texts of a file speak of (quality, price, delivery, …), and how they like it
    #[command(after_help = "\
Examples:
  dongcha reviews aspects reviews.csv --text text
  dongcha reviews aspects clauses.csv --text clause --check aspects   (against labels by hand)")]
    Aspects(ReviewsAspectsArgs),
    /// Phrases that mark the texts of each group: an item, a category, a week
    #[command(after_help = "\
Example:
  dongcha reviews topics reviews.csv.gz --text \"Review Text\" --group \"Department Name\"")]
    Topics(ReviewsTopicsArgs),
    /// Texts that are nearly the same as another, which real people seldom write
    #[command(after_help = "\
Example:
  dongcha reviews copies reviews.csv --text text --at-least 0.7")]
    Copies(ReviewsCopiesArgs),
    /// Reviews and product texts of a shop, or texts of a file, that answer a question best;
    /// \"quoted\" words must stand as they are
    #[command(after_help = "\
Examples:
  dongcha reviews ask \"does it shrink\" --site clothing
  dongcha reviews ask reviews.csv.gz \"does it shrink\" --text \"Review Text\"
  dongcha reviews ask reviews.csv 掉色吗 --text text -n 3")]
    Ask(ReviewsAskArgs),
}

/// Where texts with labels stand.
#[derive(Debug, Clone, Args)]
pub struct LabelledArgs {
    /// File of texts: CSV, TSV, JSON lines, Parquet, plain or gzip
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Form of the file
    #[arg(long, value_enum, default_value_t = TextLayout::Table)]
    pub layout: TextLayout,
    /// Column of the text; several with commas are put together
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub text: Vec<String>,
    /// Column of the label
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,
    /// Column of a rating from 1 to 5 to learn from: 4 and 5 are good, 1 and 2 bad
    #[arg(long, value_name = "COLUMN")]
    pub rating: Option<String>,
}

/// Forms of files of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextLayout {
    /// A table with a header
    Table,
    /// One text a line, its label in front of the first blank
    Lines,
    /// Three lines a case: a sentence with $T$, the term in its place, the polarity
    Terms,
}

/// Options of `reviews train`.
#[derive(Debug, Args)]
pub struct ReviewsTrainArgs {
    #[command(flatten)]
    pub from: LabelledArgs,
    /// Model file to write; one that is there is replaced
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Where texts stand.
#[derive(Debug, Clone, Args)]
pub struct TextsArgs {
    /// File of texts: CSV, TSV, JSON lines, Parquet, plain or gzip
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Column of the text; several with commas are put together
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', required = true)]
    pub text: Vec<String>,
}

/// Options of `reviews classify`.
#[derive(Debug, Args)]
pub struct ReviewsClassifyArgs {
    #[command(flatten)]
    pub from: TextsArgs,
    /// Model file that `reviews train` wrote
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// Leave the label open where its probability is below this
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    pub min_probability: f64,
}

/// Options of `reviews topics`.
#[derive(Debug, Args)]
pub struct ReviewsTopicsArgs {
    #[command(flatten)]
    pub from: TextsArgs,
    /// Column of the group
    #[arg(long, value_name = "COLUMN")]
    pub group: String,
    /// Phrases of each group at most
    #[arg(short, long, value_name = "N", default_value_t = 5)]
    pub number: usize,
}

/// Options of `reviews copies`.
#[derive(Debug, Args)]
pub struct ReviewsCopiesArgs {
    #[command(flatten)]
    pub from: TextsArgs,
    /// How alike, 0 to 1: the share of short runs of characters that two texts have in common
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    pub at_least: f64,
}

/// Options of `reviews ask`.
#[derive(Debug, Args)]
pub struct ReviewsAskArgs {
    #[command(flatten)]
    pub site: SiteArg,
    /// The question; with --text a file of texts comes before it
    #[arg(value_name = "QUESTION", num_args = 1..=2, required = true)]
    pub asked: Vec<String>,
    /// Ask a file: column of its texts; several with commas are put together
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', conflicts_with = "site")]
    pub text: Vec<String>,
    /// Answers at most
    #[arg(short, long, value_name = "N", default_value_t = 5)]
    pub number: usize,
}

/// Options of `reviews report`.
#[derive(Debug, Args)]
pub struct ReviewsReportArgs {
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub days_counted: Days,
    /// Reviews of this item only
    #[arg(long, value_name = "ITEM")]
    pub item: Option<String>,
    /// Groups told apart: category, item or week [default: category]
    #[arg(long, value_name = "GROUP")]
    pub by: Option<String>,
    /// Days that stand against those before [default: 28]
    #[arg(long, value_name = "N")]
    pub days: Option<String>,
    /// Quotes of praise and of complaint of an aspect [default: 2]
    #[arg(long, value_name = "N")]
    pub quotes: Option<String>,
}

impl ReviewsReportArgs {
    /// The options given, by name.
    pub fn parameters(&self) -> Parameters {
        let own = [
            ("item", &self.item),
            ("by", &self.by),
            ("days", &self.days),
            ("quotes", &self.quotes),
            ("from", &self.days_counted.from),
            ("to", &self.days_counted.to),
        ];
        Parameters::of(own.map(|(name, value)| (name, value.clone())))
    }
}

/// Options of `reviews evaluate`.
#[derive(Debug, Args)]
pub struct ReviewsEvaluateArgs {
    #[command(flatten)]
    pub from: LabelledArgs,
    /// File of the test part [default: every fifth row, equal rows counted once unless there is a
    /// rating]
    #[arg(long, value_name = "FILE")]
    pub test: Option<PathBuf>,
}

/// Options of `reviews aspects`.
#[derive(Debug, Args)]
pub struct ReviewsAspectsArgs {
    #[command(flatten)]
    pub from: TextsArgs,
    /// Column of labels by hand, `aspect:polarity` with blanks between several: print precision and
    /// recall of each aspect
    #[arg(long, value_name = "COLUMN")]
    pub check: Option<String>,
    /// The shop's own phrases: lines of an aspect and its phrases, _ for a blank
    #[arg(long, value_name = "FILE")]
    pub lexicon: Option<PathBuf>,
}
