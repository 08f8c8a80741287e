//! `dongcha reviews report`: what a shop's stored reviews say.

use anyhow::Result;
use event::Language;
use maud::Markup;
use serve::reviews::{AspectReport, GroupReport, PhraseReport, Quote, ReviewsReport};

use crate::cli::ReviewsReportArgs;
use crate::command::analyse::{Findings, page, percent};
use crate::output::{Cell, Table};
use crate::progress;
use crate::report::Section;
use crate::setting::Setting;

/// Answers, prints, and writes the page where one is asked for.
pub fn run(setting: &Setting, args: &ReviewsReportArgs) -> Result<()> {
    let lake = setting.lake()?;
    let shop = setting.shop(&lake, &args.asking.site)?;
    let spinner = progress::spinner(setting.say("reading reviews", "正在读取评价"));
    let report = shop.reviews_report(&args.parameters());
    spinner.finish_and_clear();
    let mut findings = findings(setting, &report?)?;
    if let Some(path) = &args.asking.report {
        let page = page(setting, &shop, &mut findings);
        page.write(path)?;
        findings.sections = page.sections;
    }
    findings.print(setting)
}

/// The report as people read it.
pub fn findings(setting: &Setting, report: &ReviewsReport) -> Result<Findings> {
    let mut lead = vec![counted(setting, report), setting.tell(&report.sentiment.sentence).into()];
    lead.extend(report.not_enough.as_ref().map(|text| setting.tell(text).to_owned()));
    let section = |en, zh, table| Section::new(setting.say(en, zh), None::<Markup>, table);
    let sections = vec![
        section("What they speak of", "谈到什么", aspects(setting, report)),
        section("In their words", "原话", quotes(setting, &report.aspects)),
        section("What changed", "有何变化", changed(setting, report, usize::MAX))
            .noted(setting.tell(&report.changed.note)),
        section("Said now, and said before", "现在与此前的说法", phrases_changed(setting, report)),
        section("What marks each group", "各组特有的词语", groups(setting, &report.groups)),
        section("Over time", "趋势", trend(setting, report)),
        section("Suspected fakes", "疑似虚假评价", suspects(setting, report))
            .noted(suspected(setting, report)),
    ];
    Ok(Findings {
        title: setting.say("Reviews", "评价").to_owned(),
        lead,
        sections,
        json: serde_json::to_value(report)?,
    })
}

fn counted(setting: &Setting, report: &ReviewsReport) -> String {
    let ReviewsReport { reviews, worded, rated, .. } = report;
    let stars = report.rating.map_or("–".to_owned(), |stars| format!("{stars:.2}"));
    let content = report.content.map_or("–".to_owned(), |share| format!("{:.1}%", 100.0 * share));
    match setting.language {
        Language::En => format!(
            "{reviews} reviews, {worded} with words, {rated} with stars, {stars} of 5 on average; \
             {content} are content by their words."
        ),
        Language::Zh => format!(
            "共 {reviews} 条评价，其中有文字 {worded} 条、有评分 {rated} 条，平均 {stars} 星（满分 5）；\
             按文字判断满意者占 {content}。"
        ),
    }
}

/// What is spoken of, and how.
pub fn aspects(setting: &Setting, report: &ReviewsReport) -> Table {
    let mut table = Table::new(&[
        ("aspect", setting.say("Aspect", "方面")),
        ("reviews", setting.say("Reviews", "评价")),
        ("positive", setting.say("Praise", "好评")),
        ("neutral", setting.say("Neither", "中性")),
        ("negative", setting.say("Complaints", "抱怨")),
        ("score", setting.say("Praise of both", "好评占比")),
    ]);
    for aspect in &report.aspects {
        table.row(vec![
            Cell::shown(aspect.aspect.clone(), setting.tell(&aspect.name)),
            aspect.reviews.into(),
            aspect.positive.into(),
            aspect.neutral.into(),
            aspect.negative.into(),
            percent(aspect.score),
        ]);
    }
    table
}

/// The evidence of each aspect.
pub fn quotes(setting: &Setting, aspects: &[AspectReport]) -> Table {
    let mut table = Table::new(&[
        ("aspect", setting.say("Aspect", "方面")),
        ("polarity", setting.say("Says", "态度")),
        ("clause", setting.say("Quote", "引文")),
        ("item_id", setting.say("Item", "商品")),
        ("review_id", setting.say("Review", "评价")),
    ]);
    for aspect in aspects {
        let praise = setting.say("praise", "好评");
        let complaint = setting.say("complaint", "抱怨");
        let kinds =
            [("positive", praise, &aspect.praise), ("negative", complaint, &aspect.complaints)];
        for (polarity, shown, quotes) in kinds {
            for quote in quotes {
                table.row(vec![
                    Cell::shown(aspect.aspect.clone(), setting.tell(&aspect.name)),
                    Cell::shown(polarity, shown),
                    clause(Some(quote)),
                    quote.item_id.clone().into(),
                    quote.review_id.clone().into(),
                ]);
            }
        }
    }
    table
}

/// What the evidence says, on one line.
fn clause(quote: Option<&Quote>) -> Cell {
    match quote {
        Some(quote) => {
            Cell::shown(quote.clause.clone(), quote.clause.replace(char::is_control, " "))
        }
        None => Cell::shown(None::<String>, ""),
    }
}

/// Shares before and now, changed ones first, at most so many.
pub fn changed(setting: &Setting, report: &ReviewsReport, n: usize) -> Table {
    let mut table = Table::new(&[
        ("about", setting.say("Share of reviews that", "占比")),
        ("what", ""),
        ("before", setting.say("Before", "此前")),
        ("now", setting.say("Now", "现在")),
        ("z", setting.say("Standard errors", "标准误")),
        ("significant", setting.say("Changed", "有变化")),
        ("quote", setting.say("Quote", "引文")),
    ]);
    for row in report.changed.rows.iter().take(n) {
        let is = match row.significant {
            true => setting.say("yes", "是"),
            false => setting.say("may be chance", "可能是偶然"),
        };
        table.row(vec![
            Cell::shown(row.about.clone(), setting.tell(&row.name)),
            row.what.into(),
            percent(Some(row.before)),
            percent(Some(row.now)),
            Cell::shown(row.z, format!("{:+.1}", row.z)),
            Cell::shown(row.significant, is),
            clause(row.quote.as_ref()),
        ]);
    }
    table
}

fn phrase_columns<'a>(setting: &'a Setting, first: (&'static str, &'a str)) -> Table {
    Table::new(&[
        first,
        ("phrase", setting.say("Phrase", "词语")),
        ("reviews", setting.say("Reviews", "评价")),
        ("elsewhere", setting.say("Elsewhere", "其他评价")),
        ("z", setting.say("Standard errors", "标准误")),
        ("significant", setting.say("Sure", "确定")),
        ("quote", setting.say("Quote", "引文")),
        ("id", ""),
    ])
}

fn add_phrase(setting: &Setting, table: &mut Table, first: Cell, found: &PhraseReport) {
    let sure = match found.significant {
        true => setting.say("yes", "是"),
        false => setting.say("may be chance", "可能是偶然"),
    };
    table.row(vec![
        first,
        found.phrase.clone().into(),
        found.reviews.into(),
        found.elsewhere.into(),
        Cell::shown(found.z, format!("{:.1}", found.z)),
        Cell::shown(found.significant, sure),
        clause(found.quote.as_ref()),
        Cell::shown(found.id.clone(), ""),
    ]);
}

/// Phrases of now and of before.
pub fn phrases_changed(setting: &Setting, report: &ReviewsReport) -> Table {
    let mut table = phrase_columns(setting, ("side", setting.say("Side", "时段")));
    let sides = [
        ("now", setting.say("now", "现在"), &report.changed.risen),
        ("before", setting.say("before", "此前"), &report.changed.fallen),
    ];
    for (side, shown, phrases) in sides {
        for found in phrases {
            add_phrase(setting, &mut table, Cell::shown(side, shown), found);
        }
    }
    table
}

fn groups(setting: &Setting, groups: &[GroupReport]) -> Table {
    let mut table = phrase_columns(setting, ("group", setting.say("Group", "组")));
    for group in groups {
        for found in &group.phrases {
            let first = Cell::shown(group.group.clone(), group.name.clone());
            add_phrase(setting, &mut table, first, found);
        }
    }
    table
}

fn trend(setting: &Setting, report: &ReviewsReport) -> Table {
    let mut table = Table::new(&[
        ("start", setting.say("From", "起始")),
        ("reviews", setting.say("Reviews", "评价")),
        ("rating", setting.say("Stars", "星级")),
        ("content", setting.say("Content", "满意")),
    ]);
    for point in &report.trend {
        let stars = point.rating.map(|stars| format!("{stars:.2}")).unwrap_or_default();
        table.row(vec![
            point.start.clone().into(),
            point.reviews.into(),
            Cell::shown(point.rating, stars),
            percent(point.content),
        ]);
    }
    table
}

fn suspected(setting: &Setting, report: &ReviewsReport) -> String {
    let (n, told) = (report.suspected, report.suspects.len());
    match setting.language {
        Language::En => format!(
            "{n} reviews are nearly the same as another; the {told} largest groups. The same words \
             may also be one person's under several items: look before you judge."
        ),
        Language::Zh => format!(
            "{n} 条评价与另一条几乎相同；列出最大的 {told} 组。同样的文字也可能是同一人写在多件商品下：请先核实再判断。"
        ),
    }
}

fn suspects(setting: &Setting, report: &ReviewsReport) -> Table {
    let mut table = Table::new(&[
        ("reviews", setting.say("Reviews", "评价")),
        ("people", setting.say("People", "人数")),
        ("items", setting.say("Items", "商品")),
        ("first", setting.say("First", "最早")),
        ("last", setting.say("Last", "最晚")),
        ("burst", setting.say("In a burst", "集中出现")),
        ("text", setting.say("Text", "文本")),
    ]);
    for group in &report.suspects {
        let text = group.listed.first().map(|one| one.text.clone()).unwrap_or_default();
        let start: String = text.chars().take(60).collect();
        let day =
            |time: &str| Cell::shown(time.to_owned(), time.chars().take(10).collect::<String>());
        let burst = match group.burst {
            true => setting.say("yes", "是"),
            false => setting.say("no", "否"),
        };
        table.row(vec![
            group.reviews.into(),
            group.people.into(),
            group.items.into(),
            day(&group.first),
            day(&group.last),
            Cell::shown(group.burst, burst),
            Cell::shown(text, start.replace(char::is_control, " ")),
        ]);
    }
    table
}
