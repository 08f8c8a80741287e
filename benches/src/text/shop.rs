//! A shop without labels: sentiment from its ratings, aspects from a lexicon.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::bench::{Bench, Job, args, shown};
use crate::peer::THREADS;
use crate::row::{Row, Side};
use crate::text::labelled::line;

const RATINGS: &str = "clothing-reviews/womens-clothing-reviews.csv.gz";
/// The area under the ROC curve asked for.
const AUC_MIN: f64 = 0.955;
const CLAUSES: &str = "aspect-clauses/clauses.csv";

/// Whether a review recommends, learnt from ratings.
pub fn ratings() -> Job {
    Job::new("clothing-reviews AUC recommended: ShopSentiment".to_owned(), 1.0, |bench| {
        let file = bench.data.join(RATINGS).display().to_string();
        let mut words = args(&["reviews", "evaluate", &file, "--text", "Review Text"]);
        words.extend(args(&["--rating", "Rating", "--label", "Recommended IND"]));
        words.extend(args(&["--threads", THREADS, "--format", "json"]));
        let ran = bench.run(&words)?;
        let line = line(&ran.out)?;
        let row = |metric: &str, value: Option<f64>| {
            Row::new("clothing-reviews", &line.model, metric, &shown(&words))
                .protocol(format!(
                    "{}; {} learnt from, {} measured on; baseline: one answer for all",
                    line.protocol, line.train, line.test
                ))
                .value(value)
                .cost(line.fit_seconds, ran.rss_mib)
        };
        Ok(vec![
            row("AUC recommended", line.auc).baseline(0.5).pass(Side::AtLeast, AUC_MIN, true),
            row("accuracy recommended", Some(line.accuracy)).baseline(line.majority),
        ])
    })
}

#[derive(Deserialize)]
struct Found {
    aspect: String,
    labelled: usize,
    precision: f64,
    recall: f64,
    polarity_accuracy: f64,
}

/// Aspects in the clauses labelled by hand that come with the source.
pub fn aspects() -> Job {
    Job::new("aspect-clauses precision recall: Aspects".to_owned(), 0.1, clauses)
}

fn clauses(bench: &Bench) -> Result<Vec<Row>> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("data").join(CLAUSES);
    let file = match bench.data.join(CLAUSES) {
        there if there.exists() => there,
        _ => shipped,
    };
    let mut words = args(&["reviews", "aspects", &file.display().to_string()]);
    words.extend(args(&["--text", "clause", "--check", "aspects", "--format", "json"]));
    let ran = bench.run(&words)?;
    let found: Vec<Found> =
        serde_json::from_str(&ran.out).with_context(|| format!("not rows: {}", ran.out))?;
    let rows = found.iter().flat_map(|found| {
        let row = |what: &str, value: f64| {
            Row::new(
                "aspect-clauses",
                "Aspects",
                &format!("{what} {}", found.aspect),
                &shown(&words),
            )
            .protocol(format!(
                "300 clauses written for this and labelled by hand; {} speak of it",
                found.labelled
            ))
            .value(value)
            .cost(ran.seconds, ran.rss_mib)
        };
        [
            row("precision", found.precision),
            row("recall", found.recall),
            row("polarity right", found.polarity_accuracy),
        ]
    });
    Ok(rows.collect())
}
