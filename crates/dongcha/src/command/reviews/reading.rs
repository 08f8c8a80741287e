//! `dongcha reviews topics|copies|ask`: what many texts say, without a label on any.

use std::collections::BTreeMap;

use anyhow::Result;
use collect::layout::read_table;
use text::{TextIndex, key_phrases, near_duplicates};

use crate::cli::{ReviewsAskArgs, ReviewsCopiesArgs, ReviewsTopicsArgs};
use crate::command::reviews::labelled::{column, read_texts, texts};
use crate::output::{Cell, Table};
use crate::setting::Setting;
use crate::trouble::both;

/// Characters of a text shown in a table.
const SHOWN: usize = 60;

/// The phrases that mark each group.
pub fn topics(setting: &Setting, args: &ReviewsTopicsArgs) -> Result<()> {
    let rows = read_table(&args.from.file)?;
    let texts = texts(&rows, &args.from.text)?;
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (group, text) in column(&rows, &args.group)?.iter().zip(&texts) {
        groups.entry(group.trim()).or_default().push(text);
    }
    let (names, groups): (Vec<&str>, Vec<Vec<&str>>) = groups.into_iter().unzip();
    let mut table = Table::new(&[
        ("group", setting.say("Group", "组")),
        ("phrase", setting.say("Phrase", "词语")),
        ("texts", setting.say("Texts of the group", "组内文本")),
        ("elsewhere", setting.say("Texts elsewhere", "其他文本")),
        ("z", setting.say("Standard errors above the rest", "高于其余的标准误")),
        ("id", ""),
    ]);
    for (name, phrases) in names.iter().zip(key_phrases(&groups, args.number)) {
        for found in phrases {
            table.row(vec![
                (*name).into(),
                found.phrase.into(),
                found.texts.into(),
                found.elsewhere.into(),
                Cell::shown(found.z, format!("{:.1}", found.z)),
                Cell::shown(format!("{:016x}", found.id), ""),
            ]);
        }
    }
    table.print(setting.format)
}

/// Groups of texts that are nearly the same.
pub fn copies(setting: &Setting, args: &ReviewsCopiesArgs) -> Result<()> {
    if !(args.at_least > 0.0 && args.at_least <= 1.0) {
        return Err(both(
            "--at-least is a share above 0, at most 1",
            "--at-least 应大于 0 且不超过 1",
        ));
    }
    let texts = read_texts(&args.from.file, &args.from.text)?;
    // Nobody wrote anything alike by writing nothing.
    let written: Vec<(usize, &str)> = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(row, text)| (row, text.as_str()))
        .collect();
    let views: Vec<&str> = written.iter().map(|(_, text)| *text).collect();
    let mut table = Table::new(&[
        ("group", setting.say("Group", "组")),
        ("row", setting.say("Row", "行")),
        ("text", setting.say("Text", "文本")),
    ]);
    for (group, members) in near_duplicates(&views, args.at_least).iter().enumerate() {
        for &member in members {
            let (row, text) = written[member];
            table.row(vec![(group + 1).into(), (row + 1).into(), shortened(text)]);
        }
    }
    table.print(setting.format)
}

/// The texts that answer a question best.
pub fn ask(setting: &Setting, args: &ReviewsAskArgs) -> Result<()> {
    let mut index = TextIndex::default();
    for (row, text) in read_texts(&args.from.file, &args.from.text)?.iter().enumerate() {
        index.add(&(row + 1).to_string(), text);
    }
    let mut table = Table::new(&[
        ("row", setting.say("Row", "行")),
        ("score", setting.say("Score", "得分")),
        ("answer", setting.say("What answers", "回答之处")),
        ("text", setting.say("Text", "文本")),
    ]);
    for found in index.ask(&args.question, args.number) {
        table.row(vec![
            found.id.into(),
            Cell::shown(found.score, format!("{:.2}", found.score)),
            found.text[found.snippet.clone()].trim().replace(char::is_control, " ").into(),
            shortened(found.text),
        ]);
    }
    table.print(setting.format)
}

/// A text, cut for people.
fn shortened(text: &str) -> Cell {
    let start: String = text.chars().take(SHOWN).collect();
    Cell::shown(text.to_owned(), start.replace(char::is_control, " "))
}
