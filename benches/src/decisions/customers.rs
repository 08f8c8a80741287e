//! Customer models on the CDNOW sample, and on a million customers.

use std::fmt::Write;
use std::fs;

use anyhow::Result;

use super::Told;
use crate::bench::{Bench, Job, args};
use crate::row::{Row, Side};

const SET: &str = "CDNOW sample";
/// Model, parameter, published figure, relative tolerance.
const FIGURES: [(&str, &str, f64, f64); 13] = [
    ("BgNbd", "r", 0.24259, 1e-3),
    ("BgNbd", "alpha", 4.41353, 1e-3),
    ("BgNbd", "a", 0.79289, 1e-3),
    ("BgNbd", "b", 2.42575, 1e-3),
    ("BgNbd", "log-likelihood", -9582.4256, 1e-7),
    ("ParetoNbd", "r", 0.55328, 1e-2),
    ("ParetoNbd", "alpha", 10.57748, 1e-2),
    ("ParetoNbd", "s", 0.60612, 1e-2),
    ("ParetoNbd", "beta", 11.66535, 1e-2),
    ("MbgNbd", "r", 0.52484, 1e-2),
    ("MbgNbd", "alpha", 6.18299, 1e-2),
    ("MbgNbd", "a", 0.89136, 1e-2),
    ("MbgNbd", "b", 1.61400, 1e-2),
];
const SPEND: [(&str, f64); 3] = [("p", 6.24880), ("q", 3.74459), ("v", 15.44775)];
const CUSTOMERS: u64 = 1_000_000;
const SECONDS: f64 = 60.0;

/// The jobs.
pub fn jobs() -> Vec<Job> {
    vec![
        Job::new(format!("{SET} BG/NBD MBG/NBD Pareto/NBD Gamma-Gamma CLV"), 0.2, published),
        Job::new("synthetic 1 M customers CLV speed".to_owned(), 1.0, speed),
    ]
}

fn published(bench: &Bench) -> Result<Vec<Row>> {
    let summary = bench.data.join("cdnow/cdnow_customers_summary.csv");
    let path = summary.display().to_string();
    let models = ["--model", "bg-nbd,mbg-nbd,pareto-nbd"];
    let words = [args(&["clv", &path]), args(&models), args(&["--ask", "2,30.43,38.86"])].concat();
    let told = Told::of(bench, words)?;
    let mut rows = Vec::new();
    for (model, parameter, expected, tolerance) in FIGURES {
        let value = told.figure(&[("model", model), ("parameter", parameter)], "value")?;
        let how = format!("no tuning, weeks; lifetimes 0.11.3's figure within {tolerance:e} of it");
        let row = told.row(SET, model, parameter, value).protocol(how);
        rows.push(row.equals(expected, tolerance * expected.abs()).peer(expected));
    }
    for (what, expected) in [("P(alive)", 0.726_609), ("purchases to come", 1.225_910)] {
        let value = told.figure(&[("model", "BgNbd"), ("parameter", what)], "value")?;
        let how = "customer with 2 repeats, the last at 30.43 of 38.86 weeks; 39 weeks ahead";
        let row = told.row(SET, "BgNbd", what, value).protocol(how);
        rows.push(row.equals(expected, 1e-5).peer(expected));
    }
    let days = bench.out.join("cdnow-days.csv");
    let text = fs::read_to_string(&summary)?;
    let mut out = String::from("ID,frequency,recency,T\n");
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (recency, age): (f64, f64) = (cells[2].parse()?, cells[3].parse()?);
        writeln!(out, "{},{},{},{}", cells[0], cells[1], recency * 7.0, age * 7.0)?;
    }
    fs::write(&days, out)?;
    let told = Told::of(bench, args(&["clv", &days.display().to_string()]))?;
    for (parameter, expected) in
        [("r", 0.24259), ("alpha", 7.0 * 4.41353), ("a", 0.79289), ("b", 2.42575)]
    {
        let value = told.figure(&[("model", "BgNbd"), ("parameter", parameter)], "value")?;
        let row = told.row(SET, "BgNbd", &format!("{parameter}, in days"), value);
        rows.push(row.equals(expected, 1e-3 * expected).protocol("the same with T in days"));
    }
    rows.extend(spend(bench)?);
    Ok(rows)
}

/// Gamma-Gamma from the orders themselves.
fn spend(bench: &Bench) -> Result<Vec<Row>> {
    let orders = bench.out.join("cdnow-orders.csv");
    let text = fs::read_to_string(bench.data.join("cdnow/CDNOW_sample.txt"))?;
    let mut out = String::from("customer,date,amount\n");
    for line in text.lines() {
        if let [_, customer, date, _, amount] = line.split_whitespace().collect::<Vec<_>>()[..] {
            writeln!(out, "{customer},{date},{amount}")?;
        }
    }
    fs::write(&orders, out)?;
    let path = orders.display().to_string();
    let of_orders = ["clv", &path, "--customer", "customer", "--date", "date", "--value", "amount"];
    let told = Told::of(bench, [args(&of_orders), args(&["--until", "1997-09-30"])].concat())?;
    let mut rows = Vec::new();
    for (parameter, expected) in SPEND {
        let value = told.figure(&[("model", "GammaGamma"), ("parameter", parameter)], "value")?;
        let how =
            "repeat orders of the first 39 weeks; lifetimes 0.11.3's figure within 1e-2 of it";
        let row = told.row(SET, "GammaGamma", parameter, value).protocol(how);
        rows.push(row.equals(expected, 1e-2 * expected).peer(expected));
    }
    Ok(rows)
}

/// Customers drawn from a BG/NBD, their times never equal.
fn speed(bench: &Bench) -> Result<Vec<Row>> {
    let path = bench.out.join("customers-1m.csv");
    let mut state = 7_u64;
    let mut unit = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let mut out = String::from("ID,frequency,recency,T,spend\n");
    for customer in 0..CUSTOMERS {
        // Rates Gamma(1, 10), so exponential; leaving Beta(1, 2.5) by inversion.
        let rate = -unit().ln() / 10.0;
        let leaves = 1.0 - unit().powf(1.0 / 2.5);
        let age = 30.0 + 50.0 * unit();
        let (mut now, mut last, mut repeats) = (0.0, 0.0, 0_u32);
        while repeats < 2_000 {
            now -= unit().ln() / rate;
            if now > age {
                break;
            }
            (last, repeats) = (now, repeats + 1);
            if unit() < leaves {
                break;
            }
        }
        let spend = 20.0 * (-unit().ln() - unit().ln()) + 1.0;
        writeln!(out, "{customer},{repeats},{last},{age},{spend}")?;
    }
    fs::write(&path, out)?;
    let file = path.display().to_string();
    let told = Told::of(bench, args(&["clv", &file, "--value", "spend"]))?;
    let seconds = |model: &str, parameter: &str| {
        told.figure(&[("model", model), ("parameter", parameter)], "seconds")
    };
    let whole = seconds("BgNbd", "r")? + seconds("GammaGamma", "p")?;
    let how = "times all different; BG/NBD and Gamma-Gamma with standard errors, reading apart";
    let row = told.row("synthetic", "BgNbd + GammaGamma", "seconds, 1 M customers", whole);
    let alpha = told.figure(&[("model", "BgNbd"), ("parameter", "alpha")], "value")?;
    let truth = told.row("synthetic", "BgNbd", "alpha, drawn with 10", alpha).equals(10.0, 0.2);
    fs::remove_file(&path)?;
    Ok(vec![row.protocol(how).pass(Side::AtMost, SECONDS, true), truth])
}
