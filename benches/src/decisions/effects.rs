//! Uplift on the Hillstrom mailing, and elasticities of orange juice.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Told;
use crate::bench::{Bench, Job, args};
use crate::row::{Row, Side};

/// Score, then Qini, AUUC, uplift of the best 30 % of all and of each arm, by scikit-uplift 0.5.1.
const SCORES: [(&str, [f64; 4]); 6] = [
    (
        "solo_dummy",
        [
            0.019_335_125_898_490_76,
            0.008_133_340_434_044_806,
            0.053_184_885_576_739_28,
            0.053_904_534_632_211_51,
        ],
    ),
    (
        "solo_interaction",
        [
            0.056_669_774_476_324_68,
            0.025_873_032_965_568_56,
            0.064_218_716_981_789_79,
            0.062_163_634_679_611_83,
        ],
    ),
    (
        "two_model",
        [
            0.056_640_273_209_286_426,
            0.025_859_041_624_129_935,
            0.063_704_313_689_608_66,
            0.062_689_397_035_027_21,
        ],
    ),
    (
        "two_ddr_control",
        [
            0.056_922_410_476_568_47,
            0.025_972_778_191_490_87,
            0.063_702_702_746_864,
            0.062_719_907_596_584_98,
        ],
    ),
    (
        "class_transform",
        [
            0.057_834_417_074_306_87,
            0.026_069_456_958_757_137,
            0.066_603_118_696_934_46,
            0.066_849_730_036_013_36,
        ],
    ),
    (
        "response_only",
        [
            0.019_327_389_135_102_884,
            0.008_122_376_805_610_282,
            0.054_355_449_597_581_8,
            0.054_430_297_986_757_55,
        ],
    ),
];
const MEASURES: [&str; 4] = ["qini", "auuc", "uplift_all", "uplift_each_arm"];
const WOMEN_QINI: f64 = 0.057;

/// The jobs.
pub fn jobs() -> Vec<Job> {
    vec![
        Job::new("Hillstrom Qini AUUC uplift of given scores".to_owned(), 0.1, given_scores),
        Job::new("Hillstrom uplift choice, both arms".to_owned(), 1.0, choices),
        Job::new("orange juice elasticity".to_owned(), 0.2, elasticities),
    ]
}

fn given_scores(bench: &Bench) -> Result<Vec<Row>> {
    let file = "reference/hillstrom_womens_visit_test_scores.csv.gz";
    let path = bench.data.join(file).display().to_string();
    let names = SCORES.map(|(name, _)| name).join(",");
    let words =
        ["uplift", &path, "--treatment", "treated", "--outcome", "visit", "--scores", &names];
    let told = Told::of(bench, args(&words))?;
    let mut rows = Vec::new();
    for (score, expected) in SCORES {
        for (measure, expected) in MEASURES.into_iter().zip(expected) {
            let value = told.figure(&[("score", score)], measure)?;
            let how = "scikit-uplift 0.5.1's figure within 1e-9";
            let row = told.row("Hillstrom scores", score, measure, value).protocol(how);
            rows.push(row.equals(expected, 1e-9).peer(expected));
        }
    }
    Ok(rows)
}

fn choices(bench: &Bench) -> Result<Vec<Row>> {
    let path = bench.data.join("hillstrom/hillstrom.csv.gz").display().to_string();
    let mut rows = Vec::new();
    for arm in ["Womens E-Mail", "Mens E-Mail"] {
        let words = ["uplift", &path, "--treatment", "segment", "--treated", arm];
        let more = ["--control", "No E-Mail", "--outcome", "visit", "--drop", "conversion,spend"];
        let told = Told::of(bench, [args(&words), args(&more)].concat())?;
        let chosen = told.rows.iter().find(|row| row["chosen"] == Value::Bool(true));
        let chosen = chosen.context("nothing was chosen")?;
        let name = chosen["score"].as_str().unwrap_or_default().to_owned();
        // Everyone and nobody are no order: their Qini is 0.
        let qini = chosen["qini"].as_f64().unwrap_or(0.0);
        let response = told.figure(&[("score", "Response")], "qini")?;
        let over = |key: &str| told.figure(&[("score", "uplift over response")], key);
        let how = format!(
            "visit, test = row % 10 >= 7; chosen by Qini on unseen people of the training rows, \
             where uplift less response is {:.4} (95 % from {:.4} to {:.4}); baseline: response",
            over("qini_unseen")?,
            over("low")?,
            over("high")?
        );
        let row = told.row("Hillstrom", &format!("{arm}: {name}"), "Qini, test", qini);
        let row = row.protocol(how).baseline(response);
        let least = if arm.starts_with('W') { WOMEN_QINI } else { response };
        rows.push(row.pass(Side::AtLeast, least, qini >= response));
    }
    Ok(rows)
}

fn elasticities(bench: &Bench) -> Result<Vec<Row>> {
    let path = bench.data.join("orange-juice/oj.csv").display().to_string();
    let words = args(&["elasticity", &path, "--by", "brand"]);
    let plain = Told::of(bench, words.clone())?;
    let own = Told::of(bench, [words, args(&["--interact"])].concat())?;
    let mut rows = Vec::new();
    for (told, name, expected) in [
        (&plain, "ln price", -3.138_69),
        (&own, "ln price", -3.377_53),
        (&own, "ln price × minute.maid", 0.056_79),
        (&own, "ln price × tropicana", 0.665_76),
    ] {
        let value = told.figure(&[("name", name)], "value")?;
        let row = told.row("orange juice", "log-log", name, value);
        let row = row.protocol("numpy least squares within 1e-5").peer(expected);
        rows.push(row.equals(expected, 1e-5));
    }
    let panel = bench.data.join("orange-juice/oj_full.parquet").display().to_string();
    let prices: Vec<String> = (1..=11).map(|item| format!("price{item}")).collect();
    let prices = prices.join(",");
    let words = ["elasticity", &panel, "--units", "logmove", "--log-units", "--item", "brand"];
    let more = ["--within", "store", "--controls", "deal,feat", "--prices", &prices];
    let told = Told::of(bench, [args(&words), args(&more)].concat())?;
    let text = fs::read_to_string(bench.data.join("reference/oj_elasticity.json"))?;
    let reference: Value = serde_json::from_str(&text)?;
    let published: BTreeMap<String, Value> =
        serde_json::from_value(reference["own_elasticity_store_fe_within"].clone())?;
    for (item, figures) in published {
        let name = format!("price{item}");
        let value = told.figure(&[("item", &item), ("name", &name)], "value")?;
        let expected = figures["own_with_cross"].as_f64().context("no own_with_cross")?;
        let label = figures["name"].as_str().unwrap_or(&item);
        let row = told.row("orange juice panel", label, "own elasticity, cross prices", value);
        let row = row.protocol("store effects out, deal and feat in; within 1e-5").peer(expected);
        rows.push(row.equals(expected, 1e-5));
    }
    Ok(rows)
}
