//! How cost grows with interactions: an eighth, a quarter, half and all users of Gowalla.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

use crate::bench::{Bench, Job, shown};
use crate::child::median;
use crate::recommenders::evaluated::{arguments, evaluate};
use crate::row::{Row, Side};

/// Users kept of eight.
const EIGHTHS: [u64; 4] = [1, 2, 4, 8];
/// Runs of each size.
const REPEATS: usize = 3;
/// Time may grow as interactions to this power: linear, with room for noise.
const EXPONENT: f64 = 1.1;
const SET: &str = "Gowalla";

/// Measures growth for models of each kind of cost.
pub fn jobs() -> [Job; 3] {
    let job = |name: &'static str, model: &'static str, settings: &'static [&'static str]| {
        let title = format!("{SET} growth {name}: 1x, 2x, 4x, 8x interactions");
        Job::new(title, 1.5, move |bench| measure(bench, name, model, settings))
    };
    [
        job("iALS 64", "ials", &["factors=64", "alpha=60", "regularization=0.002"]),
        job("ItemKnn", "item-knn", &["similarity=cosine", "neighbours=100", "shrink=0"]),
        job("SasRec", "sas-rec", &["epochs=1", "length=50", "negatives=256", "factors=64"]),
    ]
}

fn measure(bench: &Bench, name: &str, model: &str, settings: &[&str]) -> Result<Vec<Row>> {
    let (mut rows, mut points) = (Vec::new(), Vec::new());
    for eighths in EIGHTHS {
        let sample = sample(bench, eighths)?;
        let words = arguments("lightgcn", model, settings, &sample.folder);
        let runs = (0..REPEATS).map(|_| evaluate(bench, &words));
        let runs: Vec<_> = runs.collect::<Result<_>>()?;
        let fit = median(runs.iter().map(|run| run.fit_seconds)).context("no run")?;
        let memory = median(runs.iter().map(|run| run.rss_mib)).context("no run")?;
        let metric = format!("fit s, {} interactions", sample.interactions);
        let how = format!("{eighths} of 8 users, by a hash of their number; median of {REPEATS}");
        let row = Row::new(SET, name, &metric, &shown(&words)).protocol(how).value(fit);
        rows.push(row.cost(fit, memory));
        points.push((sample.interactions as f64, fit));
    }
    let metric = "exponent of fit time in interactions";
    let all = rows[rows.len() - 1].command.clone();
    let how = "least squares through the logarithms of the four sizes above; 1 is linear";
    let row = Row::new(SET, name, metric, &all).protocol(how).value(exponent(&points));
    rows.push(row.pass(Side::AtMost, EXPONENT, true));
    Ok(rows)
}

struct Sample {
    folder: PathBuf,
    interactions: usize,
}

/// Writes the sample as a folder of the same layout, kept so that its command can be run again.
fn sample(bench: &Bench, eighths: u64) -> Result<Sample> {
    let folder = bench.fresh(&format!("gowalla-{eighths}-of-8"))?;
    fs::create_dir_all(&folder)?;
    let source = bench.data.join("gowalla");
    let interactions = thin(open(&source, "train.txt")?, &folder.join("train.txt"), eighths)?;
    thin(open(&source, "test.txt")?, &folder.join("test.txt"), eighths)?;
    Ok(Sample { folder, interactions })
}

fn open(folder: &Path, name: &str) -> Result<Box<dyn Read>> {
    let plain = folder.join(name);
    if plain.exists() {
        return Ok(Box::new(fs::File::open(plain)?));
    }
    let packed = folder.join(format!("{name}.gz"));
    let file = fs::File::open(&packed).with_context(|| format!("no {}", packed.display()))?;
    Ok(Box::new(GzDecoder::new(file)))
}

/// Copies the lines of the users kept; counts their items.
fn thin(from: impl Read, to: &Path, eighths: u64) -> Result<usize> {
    let mut out = std::io::BufWriter::new(fs::File::create(to)?);
    let mut items = 0;
    for line in BufReader::new(from).lines() {
        let line = line?;
        let mut words = line.split_whitespace();
        let Some(user) = words.next().and_then(|user| user.parse().ok()) else { continue };
        if is_kept(user, eighths) {
            items += words.count();
            writeln!(out, "{line}")?;
        }
    }
    out.flush()?;
    Ok(items)
}

/// Whether a user is among so many of eight; who is in a smaller sample is in the larger ones.
fn is_kept(user: u64, eighths: u64) -> bool {
    user.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 61 < eighths
}

/// The slope of `ln y` over `ln x`.
pub fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    let mean_x = logs.iter().map(|p| p.0).sum::<f64>() / n;
    let mean_y = logs.iter().map(|p| p.1).sum::<f64>() / n;
    let both: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let of_x: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    (of_x > 0.0).then(|| both / of_x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_nested_and_of_the_right_size() {
        let kept = |eighths| (0..8000).filter(|user| is_kept(*user, eighths)).count();
        assert_eq!(kept(8), 8000);
        assert!((900..1100).contains(&kept(1)), "{}", kept(1));
        assert!((0..8000).all(|user| !is_kept(user, 1) || is_kept(user, 2)));
    }

    #[test]
    fn lines_are_thinned_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train.txt");
        assert_eq!(thin("0 5 6\n1 7\n\n2\n".as_bytes(), &path, 8).unwrap(), 3);
        assert_eq!(fs::read_to_string(&path).unwrap(), "0 5 6\n1 7\n2\n");
        assert_eq!(thin("0 5 6\n1 7\n".as_bytes(), &path, 0).unwrap(), 0);
    }

    #[test]
    fn the_exponent_of_a_power_is_found() {
        let square: Vec<_> = [1.0, 2.0, 4.0].iter().map(|x: &f64| (*x, 3.0 * x * x)).collect();
        assert!((exponent(&square).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(exponent(&square[..1]), None);
    }
}
