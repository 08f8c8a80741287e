//! `dongcha reviews topics|copies|ask`: what many texts say, without a label on any.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use collect::layout::read_table;
use serve::Parameters;
use serve::reviews::Source;
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

/// The texts that answer a question best: of a shop, or of a file.
pub fn ask(setting: &Setting, args: &ReviewsAskArgs) -> Result<()> {
    match (args.text.is_empty(), args.asked.as_slice()) {
        (true, [question]) => ask_shop(setting, args, question),
        (false, [file, question]) => ask_file(setting, args, Path::new(file), question),
        (true, _) => Err(both(
            "ask one question, or name the columns of the file with --text",
            "请只提一个问题，或用 --text 指定文件的列",
        )),
        (false, _) => Err(both(
            "with --text give the file, then the question",
            "使用 --text 时请先给文件，再给问题",
        )),
    }
}

fn ask_shop(setting: &Setting, args: &ReviewsAskArgs, question: &str) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.site)?;
    let (question, number) = (question.to_owned(), args.number.to_string());
    let asked = Parameters::of([("q", Some(question)), ("n", Some(number))]);
    let found = shop.ask_reviews(&asked)?;
    let mut table = Table::new(&[
        ("source", setting.say("Where", "来源")),
        ("item_id", setting.say("Item", "商品")),
        ("id", ""),
        ("score", setting.say("Score", "得分")),
        ("answer", setting.say("What answers", "回答之处")),
        ("text", setting.say("Around it", "上下文")),
    ]);
    for one in found.answers {
        let source = match one.source {
            Source::Review => Cell::shown("review", setting.say("review", "评价")),
            Source::Item => Cell::shown("item", setting.say("product", "商品")),
        };
        let around = format!("{}{}{}", one.before, one.clause, one.after);
        table.row(vec![
            source,
            one.item_id.into(),
            one.id.into(),
            Cell::shown(one.score, format!("{:.2}", one.score)),
            one.clause.trim().replace(char::is_control, " ").into(),
            shortened(&around),
        ]);
    }
    table.print(setting.format)
}

fn ask_file(setting: &Setting, args: &ReviewsAskArgs, file: &Path, question: &str) -> Result<()> {
    let mut index = TextIndex::default();
    for (row, text) in read_texts(file, &args.text)?.iter().enumerate() {
        index.add(&(row + 1).to_string(), text);
    }
    let mut table = Table::new(&[
        ("row", setting.say("Row", "行")),
        ("score", setting.say("Score", "得分")),
        ("answer", setting.say("What answers", "回答之处")),
        ("text", setting.say("Text", "文本")),
    ]);
    for found in index.ask(question, args.number) {
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
