//! `dongcha reviews aspects`: what texts speak of, how they like it, and how well that is found.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use collect::layout::read_table;
use text::{Aspects, Polarity};

use crate::cli::ReviewsAspectsArgs;
use crate::command::reviews::labelled::{column, texts};
use crate::output::{Cell, Table};
use crate::setting::Setting;

/// Sentences shown of an aspect.
const QUOTES: usize = 2;

/// Counts, or checks against labels by hand.
pub fn run(setting: &Setting, args: &ReviewsAspectsArgs) -> Result<()> {
    let mut aspects = Aspects::default();
    if let Some(file) = &args.lexicon {
        let text = std::fs::read_to_string(file);
        aspects.add(&text.with_context(|| format!("cannot read {}", file.display()))?);
    }
    let table = read_table(&args.from.file)?;
    let texts = texts(&table, &args.from.text)?;
    match &args.check {
        Some(name) => check(setting, &aspects, &texts, column(&table, name)?),
        None => count(setting, &aspects, &texts),
    }
}

fn count(setting: &Setting, aspects: &Aspects, texts: &[String]) -> Result<()> {
    let n = aspects.names().len();
    let (mut tally, mut quotes) = (vec![[0_usize; 3]; n], vec![Vec::new(); n]);
    for text in texts {
        for mention in aspects.mentions(text) {
            let Some(at) = aspects.names().iter().position(|name| *name == mention.aspect) else {
                continue;
            };
            tally[at][mention.polarity as usize] += 1;
            let clause = text[mention.clause].to_owned();
            if mention.polarity == Polarity::Negative && quotes[at].len() < QUOTES {
                quotes[at].push(clause);
            }
        }
    }
    let mut table = Table::new(&[
        ("aspect", setting.say("Aspect", "方面")),
        ("clauses", setting.say("Clauses", "分句")),
        ("positive", setting.say("Praise", "好评")),
        ("neutral", setting.say("Neither", "中性")),
        ("negative", setting.say("Complaint", "差评")),
        ("quotes", setting.say("Complaints, as written", "差评原文")),
    ]);
    for (at, name) in aspects.names().iter().enumerate() {
        let [negative, neutral, positive] = tally[at];
        let shown = quotes[at].join(" | ").replace(char::is_control, " ");
        table.row(vec![
            name.clone().into(),
            (negative + neutral + positive).into(),
            positive.into(),
            neutral.into(),
            negative.into(),
            Cell::shown(quotes[at].clone(), shown),
        ]);
    }
    table.print(setting.format)
}

/// Aspects of a text with their polarities, as a label by hand names them.
fn by_hand(label: &str) -> BTreeSet<(String, String)> {
    let pair = |word: &str| {
        let (aspect, polarity) = word.split_once(':')?;
        Some((aspect.to_owned(), polarity.to_owned()))
    };
    label.split_whitespace().filter_map(pair).collect()
}

/// Found rightly, found, there; with the polarity right too.
#[derive(Default, Clone, Copy)]
struct Score {
    right: usize,
    found: usize,
    there: usize,
    polarity_right: usize,
}

fn check(setting: &Setting, aspects: &Aspects, texts: &[String], labels: &[String]) -> Result<()> {
    let mut scores = vec![Score::default(); aspects.names().len() + 1];
    for (text, label) in texts.iter().zip(labels) {
        let there = by_hand(label);
        let found: BTreeSet<(String, String)> = aspects
            .mentions(text)
            .into_iter()
            .map(|mention| (mention.aspect, mention.polarity.as_str().to_owned()))
            .collect();
        for (at, name) in aspects.names().iter().enumerate() {
            let of = |set: &BTreeSet<(String, String)>| -> Vec<String> {
                set.iter().filter(|pair| pair.0 == *name).map(|pair| pair.1.clone()).collect()
            };
            let (hand, ours) = (of(&there), of(&found));
            let all = aspects.names().len();
            for at in [at, all] {
                let score = &mut scores[at];
                score.there += usize::from(!hand.is_empty());
                score.found += usize::from(!ours.is_empty());
                let right = !hand.is_empty() && !ours.is_empty();
                score.right += usize::from(right);
                score.polarity_right += usize::from(right && hand == ours);
            }
        }
    }
    let mut table = Table::new(&[
        ("aspect", setting.say("Aspect", "方面")),
        ("labelled", setting.say("Labelled", "已标注")),
        ("found", setting.say("Found", "已找到")),
        ("precision", setting.say("Precision", "精确率")),
        ("recall", setting.say("Recall", "召回率")),
        ("f1", "F1"),
        ("polarity_accuracy", setting.say("Polarity right", "极性正确")),
    ]);
    let names = aspects.names().iter().map(String::as_str).chain(["all"]);
    for (name, score) in names.zip(scores) {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let f1 = share(2 * score.right, score.found + score.there);
        let cell = |value: f64| Cell::shown(value, format!("{value:.3}"));
        table.row(vec![
            name.into(),
            score.there.into(),
            score.found.into(),
            cell(share(score.right, score.found)),
            cell(share(score.right, score.there)),
            cell(f1),
            cell(share(score.polarity_right, score.right)),
        ]);
    }
    table.print(setting.format)
}
