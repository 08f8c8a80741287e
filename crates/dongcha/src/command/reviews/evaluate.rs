//! `dongcha reviews evaluate`: learn from one part of a file, measure on the other.

use std::collections::{BTreeMap, HashSet};
use std::time::Instant;

use anyhow::Result;
use text::{Measures, Speaker};

use crate::cli::{ReviewsEvaluateArgs, TextLayout};
use crate::command::reviews::labelled::{LabelledText, read, read_other};
use crate::command::reviews::{fit, sentiment};
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Every so many-th row is of the test part, where the file has none of its own.
const TEST_EVERY: usize = 5;

/// What was measured, and how.
struct Judged {
    model: String,
    protocol: String,
    measures: Measures,
    held_out: Option<Measures>,
    majority: f64,
    n_train: usize,
    /// Texts of the test part that stand in the training part too.
    repeated: usize,
    fit_seconds: f64,
    predict_seconds: f64,
    bytes: usize,
}

/// Learns, measures and prints.
pub fn run(setting: &Setting, args: &ReviewsEvaluateArgs) -> Result<()> {
    let spinner = progress::spinner(setting.say("reading", "正在读取"));
    let (train, test, split) = parts(args)?;
    if train.is_empty() || test.is_empty() {
        return Err(both("there are too few rows to measure on", "行数太少，无法评测"));
    }
    spinner.set_message(setting.say("learning", "正在学习").to_owned());
    let mut judged = match args.from.rating {
        Some(_) => by_rating(&train, &test)?,
        None => by_label(args.from.layout, &train, &test)?,
    };
    judged.protocol = format!("{split}; {}", judged.protocol);
    let known: HashSet<&str> = train.iter().map(|row| row.text.as_str()).collect();
    judged.repeated = test.iter().filter(|row| known.contains(row.text.as_str())).count();
    spinner.finish_and_clear();
    print(setting, &judged)
}

/// The two parts, and how they were cut.
fn parts(
    args: &ReviewsEvaluateArgs,
) -> Result<(Vec<LabelledText>, Vec<LabelledText>, &'static str)> {
    let mut rows = read(&args.from)?;
    if let Some(test) = &args.test {
        return Ok((rows, read_other(&args.from, test)?, "test part as given"));
    }
    let split = if args.from.rating.is_some() {
        rows.retain(|row| !row.text.is_empty());
        "rows without a text dropped, every fifth row tests"
    } else {
        let mut seen = HashSet::new();
        rows.retain(|row| seen.insert((row.text.clone(), row.label.clone())));
        "equal rows counted once, every fifth row tests"
    };
    let mut parts = (Vec::new(), Vec::new());
    for (at, row) in rows.into_iter().enumerate() {
        let part = if at % TEST_EVERY == 0 { &mut parts.1 } else { &mut parts.0 };
        part.push(row);
    }
    Ok((parts.0, parts.1, split))
}

fn labels(rows: &[LabelledText]) -> Vec<&str> {
    rows.iter().map(|row| row.label.as_deref().unwrap_or_default()).collect()
}

/// The share of the test part that has the training part's most frequent label.
fn majority(train: &[&str], test: &[&str]) -> f64 {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    train.iter().for_each(|label| *counts.entry(label).or_default() += 1);
    let most = counts.iter().max_by_key(|(label, n)| (**n, std::cmp::Reverse(**label)));
    let hits = test.iter().filter(|label| Some(**label) == most.map(|most| *most.0)).count();
    hits as f64 / test.len().max(1) as f64
}

fn by_label(layout: TextLayout, train: &[LabelledText], test: &[LabelledText]) -> Result<Judged> {
    let texts = |rows: &[LabelledText]| -> Vec<String> {
        let text = |row: &LabelledText| match &row.term {
            Some(term) if layout == TextLayout::Terms => text::term_context(&row.text, term),
            _ => row.text.clone(),
        };
        rows.iter().map(text).collect()
    };
    let (train_texts, test_texts) = (texts(train), texts(test));
    let train_views: Vec<&str> = train_texts.iter().map(String::as_str).collect();
    let test_views: Vec<&str> = test_texts.iter().map(String::as_str).collect();
    let (train_labels, test_labels) = (labels(train), labels(test));
    let start = Instant::now();
    let model = match layout {
        TextLayout::Terms => text::fit_terms(&train_views, &train_labels)?,
        _ => fit(&train_views, &train_labels)?,
    };
    let fit_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let said = model.predict_all(&test_views);
    let predict_seconds = start.elapsed().as_secs_f64();
    Ok(Judged {
        model: "TextClassifier".to_owned(),
        protocol: format!("{} labels", model.labels().len()),
        measures: model.measure(&said, &test_labels),
        held_out: Some(model.held_out()),
        majority: majority(&train_labels, &test_labels),
        n_train: train.len(),
        repeated: 0,
        fit_seconds,
        predict_seconds,
        bytes: model.to_bytes().map_err(anyhow::Error::msg)?.len(),
    })
}

/// Learns from ratings and measures against labels of yes and no.
fn by_rating(train: &[LabelledText], test: &[LabelledText]) -> Result<Judged> {
    let rated: Vec<(&str, f64)> =
        train.iter().filter_map(|row| Some((row.text.as_str(), row.rating?))).collect();
    let start = Instant::now();
    let shop = sentiment(&rated)?;
    let fit_seconds = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let probability = |row: &LabelledText| shop.probability(&row.text).unwrap_or(0.5);
    let scores: Vec<f64> = test.iter().map(probability).collect();
    let predict_seconds = start.elapsed().as_secs_f64();
    let is_yes = |row: &LabelledText| match &row.label {
        Some(label) => ["1", "true", "yes", "y", "是"].contains(&label.to_lowercase().as_str()),
        None => row.taught() == Some("good"),
    };
    let truth: Vec<Option<usize>> = test.iter().map(|row| Some(usize::from(is_yes(row)))).collect();
    let said: Vec<Vec<f64>> = scores.iter().map(|p| vec![1.0 - p, *p]).collect();
    let yes = truth.iter().filter(|label| **label == Some(1)).count() as f64 / test.len() as f64;
    let report = shop.report();
    let auc = |auc: Option<f64>| auc.map_or("none".to_owned(), |auc| format!("{auc:.4}"));
    let protocol = format!(
        "learnt from {} ratings of 4 or 5 and {} of 1 or 2; AUC on the shop's own ratings: lexicon \
         {}, ratings {}",
        report.good,
        report.bad,
        auc(report.lexicon_auc),
        auc(report.ratings_auc)
    );
    let bytes = shop.learnt().map(|model| model.to_bytes().map_err(anyhow::Error::msg));
    Ok(Judged {
        model: match report.speaker {
            Speaker::Ratings => "ShopSentiment by ratings".to_owned(),
            Speaker::Lexicon => "ShopSentiment by lexicon".to_owned(),
        },
        protocol,
        measures: Measures::of(&said, &truth),
        held_out: shop.learnt().map(|model| model.held_out()),
        majority: yes.max(1.0 - yes),
        n_train: train.len(),
        repeated: 0,
        fit_seconds,
        predict_seconds,
        bytes: bytes.transpose()?.map_or(0, |bytes| bytes.len()),
    })
}

fn print(setting: &Setting, judged: &Judged) -> Result<()> {
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("protocol", ""),
        ("accuracy", setting.say("Accuracy", "准确率")),
        ("majority", setting.say("Most frequent label", "最多标签")),
        ("macro_f1", "Macro-F1"),
        ("ece", setting.say("Calibration error", "校准误差")),
        ("log_loss", setting.say("Log loss", "对数损失")),
        ("auc", "AUC"),
        ("held_out_accuracy", setting.say("Accuracy, held out", "留出准确率")),
        ("train", setting.say("Learnt from", "学习文本")),
        ("test", setting.say("Measured on", "评测文本")),
        ("repeated", setting.say("In both", "两边都有")),
        ("fit_seconds", setting.say("Learning, s", "学习秒数")),
        ("texts_per_second", setting.say("Texts/s", "每秒文本")),
        ("bytes", setting.say("Bytes", "字节")),
    ]);
    let m = judged.measures;
    let speed = m.rows as f64 / judged.predict_seconds.max(1e-9);
    let perhaps = |value: Option<f64>| match value {
        Some(value) => figure(value),
        None => Cell::shown(None::<f64>, ""),
    };
    table.row(vec![
        judged.model.clone().into(),
        judged.protocol.clone().into(),
        figure(m.accuracy),
        figure(judged.majority),
        figure(m.macro_f1),
        figure(m.ece),
        figure(m.log_loss),
        perhaps(m.auc),
        perhaps(judged.held_out.map(|held| held.accuracy)),
        judged.n_train.into(),
        m.rows.into(),
        judged.repeated.into(),
        Cell::shown(judged.fit_seconds, format!("{:.1}", judged.fit_seconds)),
        Cell::shown(speed, format!("{speed:.0}")),
        judged.bytes.into(),
    ]);
    table.print(setting.format)
}
