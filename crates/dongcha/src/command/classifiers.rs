//! `dongcha evaluate --layout labels`: classifiers side by side on a table with a label.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use collect::layout::read_table;
use model::{Bootstrap, Calibration, ClassifierConfig, EncodePlan, Interval, LabelledTable};
use model::{OutOfFold, ProbabilityQuality, cross_validate, encode};
use serde_json::{Map, Value};

use crate::cli::EvaluateArgs;
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// The layout's name on the command line.
pub const LAYOUT: &str = "labels";

/// Cross-validates each classifier asked for, the base rate always, and prints its measures.
pub fn run(setting: &Setting, path: &Path, args: &EvaluateArgs) -> Result<()> {
    let configs = configs(args)?;
    let Some(label) = args.label.clone() else {
        return Err(both(
            "name the column to be predicted with --label",
            "请用 --label 指定要预测的列",
        ));
    };
    let spinner = progress::spinner(setting.say("reading", "正在读取"));
    let text = read_table(path)?;
    let plan = EncodePlan { label, drop: args.drop.clone(), categorical: args.categorical.clone() };
    let cases = encode(&text.names, &text.columns, &plan)?;
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("protocol", ""),
        ("auc", "AUC"),
        ("auc_low", setting.say("95 % from", "95% 起")),
        ("auc_high", setting.say("to", "止")),
        ("auc_folds", setting.say("AUC of each fold", "各折 AUC")),
        ("log_loss", setting.say("Log loss", "对数损失")),
        ("log_loss_low", ""),
        ("log_loss_high", ""),
        ("brier", "Brier"),
        ("brier_low", ""),
        ("brier_high", ""),
        ("calibration_error", setting.say("Calibration error", "校准误差")),
        ("calibrated", setting.say("Calibrated by Platt, isotonic", "经 Platt、保序校准")),
        ("seconds", setting.say("Seconds", "秒数")),
        ("rows", ""),
        ("positive", ""),
        ("columns", ""),
        ("chosen", ""),
        ("settings", ""),
    ]);
    for config in &configs {
        spinner.set_message(config.name().to_owned());
        table.row(judge(&cases, config, args)?);
    }
    spinner.finish_and_clear();
    table.print(setting.format)
}

fn judge(
    cases: &LabelledTable,
    config: &ClassifierConfig,
    args: &EvaluateArgs,
) -> Result<Vec<Cell>> {
    let start = Instant::now();
    let judged = cross_validate(config, cases, args.folds, args.seed)?;
    let seconds = start.elapsed().as_secs_f64();
    let bootstrap = Bootstrap::default();
    let folds = judged.fold_aucs();
    let shown: Vec<String> = folds.iter().map(|auc| format!("{auc:.3}")).collect();
    let protocol = format!("{}-fold stratified cross-validation, seed {}", args.folds, args.seed);
    let mut row = vec![config.name().into(), protocol.into()];
    row.extend(interval(judged.auc(&bootstrap)));
    row.push(Cell::shown(folds, shown.join(" ")));
    row.extend(interval(judged.log_loss(&bootstrap)));
    row.extend(interval(judged.brier(&bootstrap)));
    row.push(figure(judged.calibration_error()));
    row.push(calibrated(&judged, &bootstrap)?);
    row.push(Cell::shown(seconds, format!("{seconds:.1}")));
    row.push(cases.n_rows().into());
    row.push(cases.n_positive().into());
    row.push(cases.n_columns().into());
    row.push(Cell::shown(judged.chosen, ""));
    row.push(serde_json::to_value(config)?.into());
    Ok(row)
}

/// AUC, log loss and calibration error by way of calibration, each fold calibrated on the others;
/// people see the calibration errors.
fn calibrated(judged: &OutOfFold, bootstrap: &Bootstrap) -> Result<Cell> {
    let (mut all, mut shown) = (Map::new(), Vec::new());
    for way in Calibration::ALL {
        let quality = ProbabilityQuality::of(&judged.calibrated(way)?, bootstrap);
        all.insert(way.name().to_owned(), serde_json::to_value(quality)?);
        if way != Calibration::Raw {
            shown.push(format!("{:.4}", quality.calibration_error));
        }
    }
    Ok(Cell::shown(Value::Object(all), shown.join(", ")))
}

fn interval(interval: Interval) -> [Cell; 3] {
    [figure(interval.mean), figure(interval.low), figure(interval.high)]
}

/// The classifiers asked for, behind the base rate.
fn configs(args: &EvaluateArgs) -> Result<Vec<ClassifierConfig>> {
    if !args.settings.is_empty() {
        return Err(both(
            "--set is for recommenders; classifiers choose their own settings fold by fold",
            "--set 仅用于推荐模型；分类模型在每折内自行选择设置",
        ));
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let asked: Vec<String> = args.model.iter().map(|name| plain(name)).collect();
    let all = ClassifierConfig::all();
    let is_known = |name: &&String| all.iter().any(|config| plain(config.name()) == **name);
    if let Some(at) = asked.iter().position(|name| !is_known(&name)) {
        let (name, known) = (&args.model[at], "base-rate, logistic, boosted-trees");
        return Err(both(
            format!("no classifier `{name}`; there is {known}"),
            format!("没有分类模型 `{name}`；可用：{known}"),
        ));
    }
    let is_asked = |config: &ClassifierConfig| {
        let is_base = matches!(config, ClassifierConfig::BaseRate(_));
        is_base || asked.is_empty() || asked.contains(&plain(config.name()))
    };
    Ok(all.into_iter().filter(is_asked).map(|config| seeded(config, args.seed)).collect())
}

fn seeded(mut config: ClassifierConfig, seed: u64) -> ClassifierConfig {
    match &mut config {
        ClassifierConfig::BaseRate(_) => {}
        ClassifierConfig::Logistic(config) => config.seed = seed,
        ClassifierConfig::BoostedTrees(config) => config.seed = seed,
    }
    config
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn asked(models: &str) -> Result<Vec<ClassifierConfig>> {
        let words = ["dongcha", "evaluate", "--layout", LAYOUT, "t.csv", "--model", models];
        let cli = Cli::try_parse_from(words.into_iter().chain(["--seed", "7"]))?;
        let Command::Evaluate(args) = cli.command else { panic!("another command") };
        configs(&args)
    }

    #[test]
    fn the_base_rate_stands_before_whatever_is_asked() {
        let names = |models| -> Vec<&str> {
            asked(models).unwrap().iter().map(ClassifierConfig::name).collect()
        };
        assert_eq!(names("boosted-trees,LOGISTIC"), ["BaseRate", "Logistic", "BoostedTrees"]);
        assert_eq!(names("boosted_trees"), ["BaseRate", "BoostedTrees"]);
        let [_, ClassifierConfig::BoostedTrees(trees)] = &asked("boosted-trees").unwrap()[..]
        else {
            panic!("no trees")
        };
        assert_eq!(trees.seed, 7);
        assert!(asked("ials").unwrap_err().to_string().contains("no classifier `ials`"));
    }
}
