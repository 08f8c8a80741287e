//! Forecasts of passengers, car parts, the M3 competition and a gift shop.

use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

use super::Told;
use crate::bench::{Bench, Job, args};
use crate::row::{Row, Side};

/// Series and points of each, and the minutes that all may take, in seconds.
const SERIES: u64 = 30_000;
const POINTS: u64 = 100;
const SECONDS: f64 = 300.0;

/// The jobs.
pub fn jobs() -> Vec<Job> {
    vec![
        Job::new("AirPassengers forecast MAE".to_owned(), 0.1, passengers),
        Job::new("car parts intermittent forecast RMSSE stock cost".to_owned(), 0.2, car_parts),
        Job::new("M3 monthly forecast sMAPE".to_owned(), 0.5, competition),
        Job::new("Online Retail weekly forecast WAPE bias".to_owned(), 0.3, gifts),
        Job::new("synthetic 30,000 series forecast speed".to_owned(), 5.0, many),
    ]
}

fn evaluated(bench: &Bench, file: &Path, words: &str, methods: &str) -> Result<Told> {
    let path = file.display().to_string();
    let words: Vec<&str> = words.split(' ').collect();
    let of = ["forecast", &path, "--evaluate", "--method", methods];
    Told::of(bench, [args(&of), args(&words)].concat())
}

fn passengers(bench: &Bench) -> Result<Vec<Row>> {
    let file = bench.data.join("airpassengers/airpassengers.csv");
    let told = evaluated(bench, &file, "--value y --horizon 12", "auto,seasonal-naive")?;
    let value = told.figure(&[("method", "auto")], "mae")?;
    let baseline = told.figure(&[("method", "seasonal-naive")], "mae")?;
    let row = told.row("AirPassengers", "auto", "MAE, last 12", value).baseline(baseline);
    let how = "methods chosen at 12 origins inside the first 132; baseline: seasonal naive; peer: \
               statsforecast 2.1.1 AutoETS ZMZ";
    Ok(vec![row.protocol(how).peer(16.222).pass(Side::AtMost, 16.2, true)])
}

/// A file with a row per series as one with a row per series and period.
fn lengthened(text: &str, out: &Path) -> Result<()> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().context("an empty file")?.split(',').collect();
    let mut long = String::from("id,period,value\n");
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        for (at, (period, value)) in header.iter().zip(&cells).skip(1).enumerate() {
            // Dates stay, other headings become their place.
            let period = if period.contains('-') { (*period).to_owned() } else { at.to_string() };
            writeln!(long, "{},{period},{value}", cells[0])?;
        }
    }
    fs::write(out, long)?;
    Ok(())
}

fn car_parts(bench: &Bench) -> Result<Vec<Row>> {
    let file = bench.out.join("car-parts.csv");
    let text = fs::read_to_string(bench.data.join("carparts/carparts_complete.csv"))?;
    lengthened(&text, &file)?;
    let words = "--id id --date period --horizon 6 --shortage 4";
    let told = evaluated(bench, &file, words, "pooled,ses,imapa,tsb,sba,croston")?;
    let of = |method: &str, key: &str| told.figure(&[("method", method)], key);
    let row = told.row("car parts", "pooled", "RMSSE, last 6", of("pooled", "rmsse")?);
    let how = "rate and factor chosen at 3 origins inside the first 45 months; baseline: SES; \
               peer: IMAPA of statsforecast 2.1.1";
    let first = row.protocol(how).baseline(of("ses", "rmsse")?).peer(0.591);
    let croston = of("croston", "stock_cost")?;
    let cost = told.row("car parts", "pooled", "stock cost, last 6", of("pooled", "stock_cost")?);
    let how = format!(
        "stock up to the Poisson newsvendor level of the forecast, 1 a unit left, 4 a unit short; \
         fill rate {:.3}, Croston's {:.3}; baseline and pass: Croston",
        of("pooled", "fill_rate")?,
        of("croston", "fill_rate")?
    );
    Ok(vec![
        first.pass(Side::AtMost, 0.584, true),
        cost.protocol(how).baseline(croston).pass(Side::AtMost, croston, true),
    ])
}

fn competition(bench: &Bench) -> Result<Vec<Row>> {
    let mut text = String::new();
    let packed = fs::File::open(bench.data.join("m3-monthly/M3.csv.gz"))?;
    GzDecoder::new(packed).read_to_string(&mut text)?;
    let mut long = String::from("id,period,value\n");
    for line in text.lines().filter(|line| line.contains(",MONTHLY,")) {
        let cells: Vec<&str> = line.split(',').collect();
        let values = cells[5].split_whitespace().chain(cells[6].split_whitespace());
        for (period, value) in values.enumerate() {
            writeln!(long, "{},{period},{value}", cells[0])?;
        }
    }
    let file = bench.out.join("m3-monthly.csv");
    fs::write(&file, long)?;
    let words = "--id id --date period --horizon 18 --origins 0";
    let told = evaluated(bench, &file, words, "auto,theta,ets,seasonal-naive")?;
    let of = |method: &str, key: &str| told.figure(&[("method", method)], key);
    let baseline = of("seasonal-naive", "smape")?;
    let mut rows = Vec::new();
    for method in ["auto", "theta", "ets"] {
        let mut row = told.row("M3 monthly", method, "sMAPE, last 18", of(method, "smape")?);
        row.seconds = Some(of(method, "seconds")?);
        let how = "1,428 series; auto: the mean of theta and ets, no choice; peer: Theta published";
        let row = row.protocol(how).baseline(baseline).peer(13.85);
        rows.push(if method == "auto" { row.pass(Side::AtMost, 13.8, true) } else { row });
    }
    Ok(rows)
}

fn gifts(bench: &Bench) -> Result<Vec<Row>> {
    let file = bench.out.join("gifts-weekly.csv");
    let text = fs::read_to_string(bench.data.join("online-retail/weekly_units_300skus.csv"))?;
    lengthened(&text, &file)?;
    let words = "--id id --date period --horizon 13 --season 52";
    let told = evaluated(bench, &file, words, "calendar,imapa,theta,seasonal-naive")?;
    let of = |method: &str, key: &str| told.figure(&[("method", method)], key);
    let note = told.rows.iter().find(|row| row["method"] == "calendar");
    let note = note.and_then(|row| row["note"].as_str()).unwrap_or_default().to_owned();
    let bias = of("calendar", "bias")?;
    let how = format!("last 13 of 102 weeks; {note}; baseline: IMAPA; peer: its figure elsewhere");
    let row =
        told.row("Online Retail weekly", "calendar", "WAPE, last 13", of("calendar", "wape")?);
    let row = row.protocol(how.clone()).baseline(of("imapa", "wape")?).peer(0.737).moon(0.66);
    let second = told.row("Online Retail weekly", "calendar", "bias either way", bias.abs());
    let second = second.protocol(format!("{how}; signed {bias:.3}"));
    Ok(vec![
        row.pass(Side::AtMost, 0.71, true),
        second.baseline(of("imapa", "bias")?.abs()).pass(Side::AtMost, 0.15, true),
    ])
}

/// Weekly sales with a level, a yearly wave and noise of their own, whole units, many of them few.
fn many(bench: &Bench) -> Result<Vec<Row>> {
    let file = bench.out.join("series-30k.csv");
    let mut state = 13_u64;
    let mut unit = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let mut long = String::from("id,period,value\n");
    for series in 0..SERIES {
        let (level, wave, phase) = (-10.0 * unit().ln(), 0.5 * unit(), 52.0 * unit());
        for period in 0..POINTS {
            let angle = (period as f64 + phase) / 52.0 * std::f64::consts::TAU;
            let units = (level * (1.0 + wave * angle.sin()) * -unit().ln()).floor();
            writeln!(long, "{series},{period},{units}")?;
        }
    }
    fs::write(&file, long)?;
    let words = "--id id --date period --horizon 13 --season 52";
    let told = evaluated(bench, &file, words, "auto,seasonal-naive")?;
    let of = |method: &str, key: &str| told.figure(&[("method", method)], key);
    let error = told.row("synthetic", "auto", "WAPE, last 13", of("auto", "wape")?);
    let error = error.baseline(of("seasonal-naive", "wape")?);
    let how =
        "100 points each, the last 13 held back; 12 origins inside the other 87; whole command";
    let speed = told.row("synthetic", "auto", "seconds, 30,000 series", told.ran.seconds);
    fs::remove_file(&file)?;
    Ok(vec![speed.protocol(how).pass(Side::AtMost, SECONDS, true), error.protocol(how)])
}
