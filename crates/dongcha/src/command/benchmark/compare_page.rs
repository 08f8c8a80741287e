//! `dongcha evaluate --compare --report FILE.html`: the comparison as a page with plots.

use event::Language;
use model::{Bootstrap, Interval, Metric, Popular};

use super::case::Case;
use super::compare::{Judged, K};
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::report::grid::{Grid, GridCell, grid};
use crate::report::whiskers::{Whisker, whiskers};
use crate::report::{Page, Section};
use crate::setting::Setting;

/// The page; the models come best first.
pub fn page(setting: &Setting, case: &Case, judged: &[Judged], popular: &Popular) -> Page {
    let title = setting.say("Recommenders compared", "推荐模型比较").to_owned();
    let mut sections = Vec::new();
    for metric in [Metric::Ndcg, Metric::Recall] {
        let of = |one: &Judged| one.evaluation.interval(metric, K, &Bootstrap::default());
        sections.push(measure(setting, judged, &format!("{}@{K}", metric.name()), &of));
    }
    let auc = setting.say("AUC, mean over people", "AUC（按用户平均）");
    sections.push(measure(setting, judged, auc, &|one| {
        Some(Bootstrap::default().interval(one.evaluation.auc.as_deref()?))
    }));
    sections.push(bias(setting, judged, popular));
    sections.push(variety(setting, case, judged, popular));
    Page { language: setting.language, title, lead: lead(setting, case), sections }
}

/// What was learnt from and asked, a sentence a line.
fn lead(setting: &Setting, case: &Case) -> Vec<String> {
    let (people, items) = (case.train.n_users(), case.train.n_items());
    let contacts = case.train.matrix().nnz();
    let learnt = match setting.language {
        Language::En => {
            format!("Learnt from {contacts} contacts of {people} people with {items} items.")
        }
        Language::Zh => format!("学习了 {people} 人与 {items} 件商品的 {contacts} 次互动。"),
    };
    let protocol = match setting.language {
        Language::En => format!("Protocol: {}.", case.protocol),
        Language::Zh => format!("协议：{}。", case.protocol),
    };
    vec![learnt, protocol]
}

/// One measure of every model with its interval.
fn measure(
    setting: &Setting,
    judged: &[Judged],
    name: &str,
    of: &dyn Fn(&Judged) -> Option<Interval>,
) -> Section {
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("value", setting.say("Mean", "均值")),
        ("low", setting.say("95 % from", "95% 起")),
        ("high", setting.say("to", "止")),
    ]);
    let mut rows = Vec::new();
    for (one, interval) in judged.iter().filter_map(|one| Some((one, of(one)?))) {
        let Interval { mean, low, high } = interval;
        let label = one.config.name().to_owned();
        table.row(vec![label.clone().into(), figure(mean), figure(low), figure(high)]);
        let shown = format!("{mean:.4} ({low:.4} … {high:.4})");
        rows.push(Whisker { label, ends: [low, mean, high], shown });
    }
    let note = setting.say(
        "Dots are means over people, bars their 95 % intervals.",
        "圆点为按用户的均值，横条为 95% 区间。",
    );
    Section::new(name, whiskers(name, &rows), table).noted(note)
}

/// What each third of the interactions was asked for, found and shown.
fn bias(setting: &Setting, judged: &[Judged], popular: &Popular) -> Section {
    let heading = setting.say("Popular and rare items", "热门与冷门商品");
    let names =
        [setting.say("head", "头部"), setting.say("middle", "中部"), setting.say("tail", "尾部")];
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("group", setting.say("Group", "分组")),
        ("items", setting.say("Items", "商品数")),
        ("asked", setting.say("To be found", "待找回")),
        ("recall", setting.say("Of them found", "其中找回")),
        ("shown", setting.say("Share of places", "展示占比")),
    ]);
    let sizes = popular.sizes();
    let mut cells = Vec::new();
    for one in judged {
        let groups = one.evaluation.groups(popular, K);
        let mut row = Vec::new();
        for ((group, name), size) in groups.iter().zip(names).zip(sizes) {
            table.row(vec![
                one.config.name().into(),
                name.into(),
                size.into(),
                group.asked.into(),
                figure(group.recall),
                figure(group.shown),
            ]);
            let shown = format!("{:.4}", group.recall);
            let tip = format!("{} · {name}: {shown}", one.config.name());
            row.push(Some(GridCell { value: group.recall, shown, tip, open: false }));
        }
        cells.push(row);
    }
    let rows = judged.iter().map(|one| one.config.name().to_owned()).collect();
    let columns = names.map(str::to_owned).to_vec();
    let plot = grid(heading, &Grid { rows, columns, cells }, None);
    let note = setting.say(
        "Items are cut into three by popularity, so that each part has a third of the \
         interactions. The shade is the share found of what was to be found in it.",
        "按热门程度把商品分为三组，每组占互动的三分之一。颜色深浅为该组待找回商品中被找回的比例。",
    );
    Section::new(heading, plot, table).noted(note)
}

/// Coverage, concentration, novelty and diversity of the lists.
fn variety(setting: &Setting, case: &Case, judged: &[Judged], popular: &Popular) -> Section {
    let heading = setting.say("What lists are made of", "列表的构成");
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("coverage", setting.say("Catalogue shown", "目录覆盖")),
        ("gini", setting.say("Gini", "基尼系数")),
        ("novelty_bits", setting.say("Novelty, bits", "新颖度（比特）")),
        ("diversity", setting.say("Diversity", "多样性")),
        ("fit_seconds", setting.say("Fit, s", "训练秒数")),
    ]);
    let mut rows = Vec::new();
    for one in judged {
        let (evaluation, name) = (&one.evaluation, one.config.name());
        let mean = |values: Vec<f64>| figure(Bootstrap::default().interval(&values).mean);
        let coverage = evaluation.coverage(K).unwrap_or(0.0);
        table.row(vec![
            name.into(),
            figure(coverage),
            figure(evaluation.gini(case.train.n_items(), K)),
            mean(evaluation.novelty(popular, K)),
            mean(evaluation.diversity(popular, K)),
            Cell::shown(one.fit_seconds, format!("{:.2}", one.fit_seconds)),
        ]);
        let shown = format!("{coverage:.4}");
        rows.push(Whisker { label: name.to_owned(), ends: [coverage; 3], shown });
    }
    let plot = setting.say("Share of the catalogue shown", "被展示的商品占目录的比例");
    let note = setting.say(
        "The plot is the share of the catalogue in anyone's list. Gini is 0 where all items are \
         shown equally often and near 1 where few take everything.",
        "图为出现在任一列表中的商品占目录的比例。基尼系数为 0 表示所有商品展示同样多，接近 1 表示少数商品占据全部。",
    );
    Section::new(heading, whiskers(plot, &rows), table).noted(note)
}
