//! `dongcha evaluate --layout ratings` with rating models: how far predicted points lie from given.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use collect::layout::{BenchmarkLayout, read};
use model::{Bootstrap, Interval, RatingConfig, RatingFolds, Ratings, judge_ratings};

use crate::cli::EvaluateArgs;
use crate::command::evaluate::{plain, with_settings};
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// The layout's name on the command line.
pub const LAYOUT: &str = "ratings";
/// The models' names on the command line.
pub const NAMES: &str = "mean-rating, bias-baseline, rating-knn, svd, svd-pp";

/// Whether any of these names is a rating model's.
pub fn is_asked(names: &[String]) -> bool {
    names.iter().any(|name| find(name).is_some())
}

fn find(name: &str) -> Option<RatingConfig> {
    RatingConfig::all().into_iter().find(|config| plain(config.name()) == plain(name))
}

/// Judges each rating model asked for, the mean rating always, fold by fold.
pub fn run(setting: &Setting, path: &Path, args: &EvaluateArgs) -> Result<()> {
    let configs = configs(args)?;
    let spinner = progress::spinner(setting.say("reading", "正在读取"));
    let rows = read(BenchmarkLayout::Ratings, path)?;
    let ratings = Ratings::new(rows.n_users, rows.n_items, &rows.train)?;
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("protocol", setting.say("Protocol", "协议")),
        ("metric", setting.say("Measure", "指标")),
        ("value", setting.say("Value", "值")),
        ("low", setting.say("95 % from", "95% 起")),
        ("high", setting.say("to", "止")),
        ("folds", setting.say("Each fold", "各折")),
        ("seconds", setting.say("Seconds", "秒数")),
        ("ratings", ""),
        ("users", ""),
        ("items", ""),
        ("settings", ""),
    ]);
    for config in &configs {
        spinner.set_message(config.name().to_owned());
        judge(&mut table, config, &ratings, args)?;
    }
    spinner.finish_and_clear();
    table.print(setting.format)
}

fn judge(
    table: &mut Table,
    config: &RatingConfig,
    ratings: &Ratings,
    args: &EvaluateArgs,
) -> Result<()> {
    let start = Instant::now();
    let folds = RatingFolds { folds: args.folds, seed: args.seed };
    let judged = judge_ratings(config, ratings, folds)?;
    let seconds = start.elapsed().as_secs_f64();
    let bootstrap = Bootstrap::default();
    let measures: [(&str, Interval, Vec<f64>); 2] = [
        ("RMSE", judged.rmse(&bootstrap), judged.fold_rmses()),
        ("MAE", judged.mae(&bootstrap), judged.fold_maes()),
    ];
    let protocol = format!("{}-fold cross-validation of ratings, seed {}", args.folds, args.seed);
    for (name, interval, of_folds) in measures {
        let shown: Vec<String> = of_folds.iter().map(|value| format!("{value:.4}")).collect();
        table.row(vec![
            config.name().into(),
            protocol.clone().into(),
            name.into(),
            figure(interval.mean),
            figure(interval.low),
            figure(interval.high),
            Cell::shown(of_folds, shown.join(" ")),
            Cell::shown(seconds, format!("{seconds:.1}")),
            ratings.len().into(),
            ratings.n_users().into(),
            ratings.n_items().into(),
            serde_json::to_value(config)?.into(),
        ]);
    }
    Ok(())
}

/// The rating models asked for, behind the mean rating.
fn configs(args: &EvaluateArgs) -> Result<Vec<RatingConfig>> {
    let mut chosen = Vec::new();
    for name in &args.model {
        let config = find(name).ok_or_else(|| {
            both(
                format!(
                    "`{name}` predicts no ratings and cannot stand beside models that do; those \
                     are {NAMES}"
                ),
                format!("`{name}` 不预测评分，不能与评分模型同列；评分模型有：{NAMES}"),
            )
        })?;
        chosen.push(with_settings(config, name, &args.settings, args.seed)?);
    }
    if !args.settings.is_empty() && chosen.len() != 1 {
        return Err(both(
            "--set belongs to one model: name it with --model",
            "--set 只能用于一个模型：请用 --model 指定",
        ));
    }
    let is_mean = |config: &RatingConfig| matches!(config, RatingConfig::MeanRating(_));
    if !chosen.iter().any(is_mean) {
        chosen.splice(0..0, RatingConfig::all().into_iter().filter(is_mean));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn asked(words: &[&str]) -> Result<Vec<RatingConfig>> {
        let all = ["dongcha", "evaluate", "--layout", LAYOUT, "t.csv", "--seed", "7"];
        let cli = Cli::try_parse_from(all.iter().chain(words))?;
        let Command::Evaluate(args) = cli.command else { panic!("another command") };
        configs(&args)
    }

    #[test]
    fn the_mean_rating_stands_before_whatever_is_asked() {
        let found = asked(&["--model", "SVD_PP,rating-knn"]).unwrap();
        let names: Vec<&str> = found.iter().map(RatingConfig::name).collect();
        assert_eq!(names, ["MeanRating", "SvdPp", "RatingKnn"]);
        let RatingConfig::SvdPp(pp) = &found[1] else { panic!("another model") };
        assert_eq!(pp.seed, 7);
        let found = asked(&["--model", "rating-knn", "--set", "likeness=users"]).unwrap();
        assert_eq!(serde_json::to_value(&found[1]).unwrap()["likeness"], "users");
        assert!(is_asked(&["ials".to_owned(), "svd".to_owned()]));
        assert!(!is_asked(&["ials".to_owned()]));
    }

    #[test]
    fn a_recommender_beside_rating_models_is_refused() {
        let error = asked(&["--model", "svd,ials"]).unwrap_err().to_string();
        assert!(error.contains("`ials` predicts no ratings"), "{error}");
        assert!(asked(&["--model", "svd,svd-pp", "--set", "factors=2"]).is_err());
        assert!(asked(&["--model", "svd", "--set", "factor=2"]).is_err());
    }
}
