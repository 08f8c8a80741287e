//! `dongcha reviews`: what texts say, learnt from labelled files.

mod aspects;
mod evaluate;
mod labelled;
mod reading;
pub mod report;

use std::collections::BTreeSet;
use std::time::Instant;

use anyhow::Result;
use text::{ShopSentiment, TextClassifier, TextClassifierConfig};

use crate::cli::{ReviewsClassifyArgs, ReviewsCommand, ReviewsTrainArgs};
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Runs what is asked.
pub fn run(setting: &Setting, what: &ReviewsCommand) -> Result<()> {
    match what {
        ReviewsCommand::Report(args) => report::run(setting, args),
        ReviewsCommand::Train(args) => train(setting, args),
        ReviewsCommand::Classify(args) => classify(setting, args),
        ReviewsCommand::Evaluate(args) => evaluate::run(setting, args),
        ReviewsCommand::Aspects(args) => aspects::run(setting, args),
        ReviewsCommand::Topics(args) => reading::topics(setting, args),
        ReviewsCommand::Copies(args) => reading::copies(setting, args),
        ReviewsCommand::Ask(args) => reading::ask(setting, args),
    }
}

/// Fits to the labels, or to what the ratings teach.
fn fit(texts: &[&str], labels: &[&str]) -> Result<TextClassifier> {
    let n_labels = labels.iter().collect::<BTreeSet<_>>().len();
    Ok(TextClassifier::fit(&TextClassifierConfig::for_labels(n_labels), texts, labels)?)
}

fn train(setting: &Setting, args: &ReviewsTrainArgs) -> Result<()> {
    let spinner = progress::spinner(setting.say("reading", "正在读取"));
    let rows = labelled::read(&args.from)?;
    let taught: Vec<(&str, &str)> =
        rows.iter().filter_map(|row| Some((row.text.as_str(), row.taught()?))).collect();
    let (texts, labels): (Vec<&str>, Vec<&str>) = taught.into_iter().unzip();
    spinner.set_message(setting.say("learning", "正在学习").to_owned());
    let start = Instant::now();
    let model = fit(&texts, &labels)?;
    let seconds = start.elapsed().as_secs_f64();
    model.save(&args.out)?;
    spinner.finish_and_clear();
    let held = model.held_out();
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("rows", setting.say("Texts", "文本")),
        ("labels", setting.say("Labels", "标签")),
        ("accuracy", setting.say("Accuracy, held out", "留出准确率")),
        ("macro_f1", "Macro-F1"),
        ("ece", setting.say("Calibration error", "校准误差")),
        ("bytes", setting.say("Bytes", "字节")),
        ("seconds", setting.say("Seconds", "秒数")),
    ]);
    table.row(vec![
        args.out.display().to_string().into(),
        texts.len().into(),
        model.labels().len().into(),
        figure(held.accuracy),
        figure(held.macro_f1),
        figure(held.ece),
        std::fs::metadata(&args.out)?.len().into(),
        Cell::shown(seconds, format!("{seconds:.1}")),
    ]);
    table.print(setting.format)
}

fn classify(setting: &Setting, args: &ReviewsClassifyArgs) -> Result<()> {
    if !(0.0..=1.0).contains(&args.min_probability) {
        return Err(both(
            "--min-probability is a share from 0 to 1",
            "--min-probability 应在 0 与 1 之间",
        ));
    }
    let model = TextClassifier::load(&args.model)?;
    let texts = labelled::read_texts(&args.from.file, &args.from.text)?;
    let views: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut table = Table::new(&[
        ("row", setting.say("Row", "行")),
        ("label", setting.say("Label", "标签")),
        ("probability", setting.say("Probability", "概率")),
        ("language", setting.say("Language", "语言")),
        ("unknown", setting.say("Unlike all it learnt from", "与所学文本全然不同")),
        ("text", setting.say("Text", "文本")),
    ]);
    for (at, (said, text)) in model.predict_all(&views).iter().zip(&texts).enumerate() {
        let sure = said.confidence() >= args.min_probability && !said.is_out_of_domain();
        let label = sure.then(|| model.labels()[said.label].clone());
        let start: String = text.chars().take(40).collect();
        table.row(vec![
            (at + 1).into(),
            label.into(),
            figure(said.confidence()),
            text::detect(text).tag().into(),
            said.is_out_of_domain().into(),
            Cell::shown(text.clone(), start.replace(char::is_control, " ")),
        ]);
    }
    table.print(setting.format)
}

/// How content texts are, by ratings or lexicon.
fn sentiment(rated: &[(&str, f64)]) -> Result<ShopSentiment> {
    let config = TextClassifierConfig::default();
    Ok(ShopSentiment::learn(&config, text::Lexicon::default(), rated)?)
}
