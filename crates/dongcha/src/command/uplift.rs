//! `dongcha uplift`: whom an offer changes, and whether a score of it is worth using.

use anyhow::Result;
use collect::layout::{TextTable, read_table};
use model::{
    EncodePlan, FittedUplift, Learner, ShareOf, Trial, UpliftScores, Verdict, auuc, choose_uplift,
    encode, qini, uplift_at,
};
use serde_json::Value;

use crate::cli::UpliftArgs;
use crate::command::columns::Columns;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Share of people at which uplift is shown.
const SHARE: f64 = 0.3;

/// Measures given scores, or fits, chooses and measures on rows held back.
pub fn run(setting: &Setting, args: &UpliftArgs) -> Result<()> {
    let columns = Columns(read_table(&args.file)?);
    let mut table = Table::new(&[
        ("score", setting.say("Score", "评分")),
        ("chosen", setting.say("Chosen", "选用")),
        ("qini_unseen", setting.say("Qini, unseen people", "Qini（未见人群）")),
        ("low", setting.say("95 % from", "95% 起")),
        ("high", setting.say("to", "止")),
        ("qini", setting.say("Qini, test", "Qini（测试）")),
        ("auuc", setting.say("AUUC, test", "AUUC（测试）")),
        ("uplift_all", setting.say("Uplift, best 30 %", "提升（前 30%）")),
        ("uplift_each_arm", ""),
        ("people", ""),
    ]);
    if args.scores.is_empty() {
        fitted(setting, args, &columns, &mut table)?;
    } else {
        let arm = columns.texts(&args.treatment)?;
        let rows: Vec<usize> =
            (0..arm.len()).filter(|&r| arm[r] == args.treated || arm[r] == args.control).collect();
        let treated: Vec<bool> = rows.iter().map(|&row| arm[row] == args.treated).collect();
        let outcome = columns.numbers(&args.outcome)?;
        let outcomes: Vec<bool> = rows.iter().map(|&row| outcome[row] > 0.0).collect();
        for name in &args.scores {
            let column = columns.numbers(name)?;
            let scores: Vec<f64> = rows.iter().map(|&row| column[row]).collect();
            let scored = UpliftScores { scores: &scores, outcomes: &outcomes, treated: &treated };
            let mut row = vec![name.as_str().into(), none(), none(), none(), none()];
            row.extend(measures(scored)?);
            table.row(row);
        }
    }
    table.print(setting.format)
}

fn none() -> Cell {
    Cell::shown(Value::Null, "")
}

fn figure(value: f64) -> Cell {
    Cell::shown(value, format!("{value:.4}"))
}

fn measures(scored: UpliftScores<'_>) -> Result<Vec<Cell>> {
    Ok(vec![
        figure(qini(scored)?),
        figure(auuc(scored)?),
        figure(uplift_at(scored, SHARE, ShareOf::All)?),
        figure(uplift_at(scored, SHARE, ShareOf::EachArm)?),
        scored.scores.len().into(),
    ])
}

/// The people of the rows asked for, as an experiment.
fn trial(columns: &Columns, args: &UpliftArgs, is_test: bool) -> Result<Trial> {
    let arm = columns.texts(&args.treatment)?;
    let is_in = |row: &usize| {
        let is_held = row % 10 >= usize::from(args.test_from);
        is_held == is_test && (arm[*row] == args.treated || arm[*row] == args.control)
    };
    let rows: Vec<usize> = (0..arm.len()).filter(is_in).collect();
    if rows.is_empty() {
        let (treatment, treated, control) = (&args.treatment, &args.treated, &args.control);
        return Err(both(
            format!("no row of {treatment} is `{treated}` or `{control}`"),
            format!("列 {treatment} 中没有 `{treated}` 或 `{control}`"),
        ));
    }
    let pick = |column: &Vec<String>| rows.iter().map(|&row| column[row].clone()).collect();
    let text = TextTable {
        names: columns.0.names.clone(),
        columns: columns.0.columns.iter().map(pick).collect(),
    };
    let drop = args.drop.iter().chain([&args.treatment]).cloned().collect();
    let plan = EncodePlan { label: args.outcome.clone(), drop, categorical: Vec::new() };
    let people = encode(&text.names, &text.columns, &plan)?;
    let treated = rows.iter().map(|&row| arm[row] == args.treated).collect();
    Ok(Trial::new(people, treated)?)
}

fn fitted(
    setting: &Setting,
    args: &UpliftArgs,
    columns: &Columns,
    table: &mut Table,
) -> Result<()> {
    let (train, test) = (trial(columns, args, false)?, trial(columns, args, true)?);
    let balance = train.balance();
    if !balance.is_randomised() {
        let (column, difference) = (&balance.column, balance.difference);
        return Err(both(
            format!(
                "who was treated was not left to chance: {column} differs between the arms by \
                 {difference:.2} deviations, so no difference in outcome can be called an effect; \
                 run an experiment with a random holdout"
            ),
            format!(
                "是否触达并非随机：{column} 在两组间相差 {difference:.2} 个标准差，\
                 结果差异不能称为效果；请做带随机留出组的实验"
            ),
        ));
    }
    let spinner = progress::spinner(setting.say("choosing", "正在选择"));
    let choice = choose_uplift(&train, usize::from(args.resamples), args.seed)?;
    let models = FittedUplift::fit(&train, args.seed)?;
    let people = 0..test.treated().len();
    let scores: Vec<Vec<f64>> = people.map(|row| models.scores(&test.table().row(row))).collect();
    spinner.finish_and_clear();
    for (at, (learner, unseen)) in choice.qini.iter().enumerate() {
        let of: Vec<f64> = scores.iter().map(|of_person| of_person[at]).collect();
        let scored =
            UpliftScores { scores: &of, outcomes: test.table().labels(), treated: test.treated() };
        let is_chosen = choice.verdict == Verdict::By(*learner);
        let mark = Cell::shown(is_chosen, if is_chosen { "✓" } else { "" });
        let mut row = vec![learner.name().into(), mark];
        row.extend([figure(unseen.mean), figure(unseen.low), figure(unseen.high)]);
        row.extend(measures(scored)?);
        table.row(row);
    }
    let over = choice.over_response;
    let effect = choice.effect;
    for (name, value, is_chosen) in [
        ("uplift over response", over, false),
        ("everyone", effect, choice.verdict == Verdict::Everyone),
        (
            "nobody",
            model::Interval { mean: 0.0, low: 0.0, high: 0.0 },
            choice.verdict == Verdict::Nobody,
        ),
    ] {
        let mark = Cell::shown(is_chosen, if is_chosen { "✓" } else { "" });
        let mut row = vec![name.into(), mark];
        row.extend([figure(value.mean), figure(value.low), figure(value.high)]);
        row.extend([none(), none(), none(), none()]);
        row.push(test.treated().len().into());
        table.row(row);
    }
    debug_assert!(Learner::UPLIFT.len() + 1 == choice.qini.len());
    Ok(())
}
