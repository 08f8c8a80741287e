//! `dongcha evaluate --layout`: models on a public benchmark, in the protocol of its layout.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Result;
use collect::layout::{BenchmarkLayout, read, read_sessions};
use model::{
    AnyModel, Blend, Bootstrap, EvaluateOptions, Evaluation, Interval, Metric, ModelConfig,
    PopularityConfig, Recommender, TrainSet, areas, evaluate, evaluate_folded, gains, hit_rates,
    rank_among_given,
};
use serde_json::Value;
use serve::Held;

use crate::cli::{EvaluateArgs, SplitRule};
use crate::command::train::figure;
use crate::command::{classifiers, epochs};
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

mod case;
mod compare;
mod compare_page;

pub use case::{Case, Cut, Question};
pub use compare::compare;

/// What is printed of a full ranking.
const ASKED: [(Metric, usize); 8] = [
    (Metric::Recall, 20),
    (Metric::Ndcg, 20),
    (Metric::Recall, 10),
    (Metric::Ndcg, 10),
    (Metric::HitRate, 10),
    (Metric::Mrr, 10),
    (Metric::Mrr, 20),
    (Metric::Map, 10),
];

/// One measure of one model.
struct Measure {
    name: String,
    interval: Interval,
}

/// The case that the options make of a benchmark.
pub fn case(setting: &Setting, layout: &str, path: &Path, args: &EvaluateArgs) -> Result<Case> {
    let Some(kind) = BenchmarkLayout::from_name(layout) else {
        let known = format!("{}, {}", BenchmarkLayout::NAMES.join(", "), classifiers::LAYOUT);
        return Err(both(
            format!("no layout `{layout}`; there is {known}"),
            format!("没有布局 `{layout}`；可用：{known}"),
        ));
    };
    let spinner = progress::spinner(setting.say("reading", "正在读取"));
    let benchmark = match (&args.test, kind) {
        (Some(test), BenchmarkLayout::Sessions) => read_sessions(path, test)?,
        (Some(_), _) => {
            return Err(both(
                "--test belongs to --layout sessions",
                "--test 仅用于 --layout sessions",
            ));
        }
        (None, _) => read(kind, path)?,
    };
    let latest_share = (args.split == SplitRule::Time).then_some(args.holdout_share);
    let cut = Cut { is_validation: args.validate, latest_share, seed: args.seed };
    let case = Case::of(benchmark, kind, &cut)?;
    spinner.finish_and_clear();
    Ok(case)
}

/// Fits every model on the benchmark's train part and prints its measures with seconds.
pub fn run(
    setting: &Setting,
    layout: &str,
    path: &Path,
    configs: &[ModelConfig],
    args: &EvaluateArgs,
) -> Result<()> {
    let case = case(setting, layout, path, args)?;
    let mut table = measures(setting);
    for config in configs {
        let Fit { model, seconds: fit_seconds, iteration_seconds } = match fit(config, &case.train)
        {
            Ok(fit) => fit,
            // Of all models there are, one that refuses this set does not end the others.
            Err(error) if args.model.is_empty() => {
                table.row(refused(config, &case, &error)?);
                continue;
            }
            Err(error) => return Err(error),
        };
        let spinner = progress::spinner(config.name());
        let seconds = (fit_seconds, iteration_seconds);
        let settings = serde_json::to_value(config)?;
        case.tell(&mut table, model.recommender(), seconds, &settings)?;
        spinner.finish_and_clear();
    }
    table.print(setting.format)
}

/// Fits models, each with its weight, and prints the measures of their blend.
pub fn blend(
    setting: &Setting,
    layout: &str,
    path: &Path,
    configs: &[(ModelConfig, f32)],
    args: &EvaluateArgs,
) -> Result<()> {
    let case = case(setting, layout, path, args)?;
    let mut parts: Vec<(Arc<dyn Recommender>, f32)> = Vec::new();
    let mut seconds = 0.0;
    for (config, weight) in configs {
        let fit = fit(config, &case.train)?;
        seconds += fit.seconds;
        parts.push((Arc::new(Held(Arc::new(fit.model))), *weight));
    }
    let blend = Blend::new(parts)?;
    let mut table = measures(setting);
    let spinner = progress::spinner(Blend::NAME);
    case.tell(&mut table, &blend, (seconds, None), &serde_json::to_value(configs)?)?;
    spinner.finish_and_clear();
    table.print(setting.format)
}

/// The table of measures.
fn measures(setting: &Setting) -> Table {
    Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("protocol", setting.say("Protocol", "协议")),
        ("metric", setting.say("Measure", "指标")),
        ("value", setting.say("Value", "值")),
        ("low", setting.say("95 % from", "95% 起")),
        ("high", setting.say("to", "止")),
        ("fit_seconds", setting.say("Fit, s", "训练秒数")),
        ("iteration_seconds", ""),
        ("score_seconds", setting.say("Lists, s", "出榜秒数")),
        ("asked", ""),
        ("not_asked", ""),
        ("settings", ""),
    ])
}

/// A fitted model and what fitting took.
pub struct Fit {
    /// The model.
    pub model: AnyModel,
    /// Seconds in all.
    pub seconds: f64,
    /// The median seconds of one iteration, where it iterates.
    pub iteration_seconds: Option<f64>,
}

/// Trains one model on the benchmark's train part, telling every epoch, and ranks at its end.
pub fn report_epochs(
    setting: &Setting,
    layout: &str,
    path: &Path,
    config: &ModelConfig,
    args: &EvaluateArgs,
) -> Result<()> {
    let case = case(setting, layout, path, args)?;
    let model = epochs::train(setting, config, &case.train)?;
    let popularity = ModelConfig::Popularity(PopularityConfig::default()).fit(&case.train)?;
    let (ours, _, _) = case.judge(model.recommender())?;
    let (theirs, _, _) = case.judge(popularity.recommender())?;
    let pair = ours.iter().zip(&theirs).find(|(ours, _)| ours.name == "NDCG@10");
    pair.map_or(Ok(()), |(ours, theirs)| {
        epochs::warn(setting, &ours.name, ours.interval.mean, theirs.interval.mean)
    })
}

/// The row of a model that refused the set, with its reason.
fn refused(config: &ModelConfig, case: &Case, error: &anyhow::Error) -> Result<Vec<Cell>> {
    let nothing = || Cell::shown(Value::Null, "");
    let mut row = vec![config.name().into(), case.protocol.clone().into()];
    row.push(format!("{error:#}").into());
    row.extend((0..8).map(|_| nothing()));
    row.push(serde_json::to_value(config)?.into());
    Ok(row)
}

/// Fits a model with a bar over its rounds.
pub fn fit(config: &ModelConfig, train: &TrainSet) -> Result<Fit> {
    let bar = progress::rounds(config.name());
    let mut rounds = Vec::new();
    let start = Instant::now();
    let mut last = start;
    let model = config.fit_watched(train, &mut |step| {
        rounds.push(last.elapsed().as_secs_f64());
        last = Instant::now();
        bar.set_length(step.total as u64);
        bar.set_position(step.done as u64);
        if let Some(loss) = step.loss {
            bar.set_message(format!("{} · {loss:.4}", config.name()));
        }
    })?;
    let seconds = start.elapsed().as_secs_f64();
    bar.finish_and_clear();
    rounds.sort_by(f64::total_cmp);
    Ok(Fit { model, seconds, iteration_seconds: rounds.get(rounds.len() / 2).copied() })
}

impl Case {
    /// The full ranking, where the question is one.
    pub fn evaluate(
        &self,
        model: &dyn Recommender,
        options: &EvaluateOptions,
    ) -> Result<Option<Evaluation>> {
        Ok(match &self.question {
            Question::Known(test) => Some(evaluate(model, &self.train, test, options)?),
            Question::Folded { histories, hidden, test } => {
                Some(evaluate_folded(model, histories, hidden, test, options)?)
            }
            Question::Among(_) => None,
        })
    }

    /// Adds the measures of a fitted model to a table; seconds are those of fitting in all and of
    /// one iteration.
    fn tell(
        &self,
        table: &mut Table,
        model: &dyn Recommender,
        (fit_seconds, iteration_seconds): (f64, Option<f64>),
        settings: &Value,
    ) -> Result<()> {
        let (measures, asked, score_seconds) = self.judge(model)?;
        for measure in measures {
            table.row(vec![
                model.name().into(),
                self.protocol.clone().into(),
                measure.name.into(),
                figure(measure.interval.mean),
                figure(measure.interval.low),
                figure(measure.interval.high),
                Cell::shown(fit_seconds, format!("{fit_seconds:.2}")),
                Cell::shown(iteration_seconds, ""),
                Cell::shown(score_seconds, format!("{score_seconds:.2}")),
                asked.into(),
                self.not_asked.into(),
                settings.clone().into(),
            ]);
        }
        Ok(())
    }

    /// The measures, how many were asked about, and the seconds that ranking took without
    /// intervals.
    fn judge(&self, model: &dyn Recommender) -> Result<(Vec<Measure>, usize, f64)> {
        let bootstrap = Bootstrap::default();
        let start = Instant::now();
        if let Question::Among(lines) = &self.question {
            let ranks = rank_among_given(model, &self.train, lines)?;
            let seconds = start.elapsed().as_secs_f64();
            let measure = |name: &str, values: Vec<f64>| Measure {
                name: name.to_owned(),
                interval: bootstrap.interval(&values),
            };
            let measures = vec![
                measure("HR@10", hit_rates(&ranks, 10)),
                measure("NDCG@10", gains(&ranks, 10)),
                measure("AUC", areas(&ranks, lines)),
            ];
            return Ok((measures, ranks.len(), seconds));
        }
        let Some(evaluation) = self.evaluate(model, &EvaluateOptions::default())? else {
            return Ok((Vec::new(), 0, 0.0));
        };
        let seconds = start.elapsed().as_secs_f64();
        let measure = |&(metric, k): &(Metric, usize)| {
            let interval = evaluation.interval(metric, k, &bootstrap)?;
            Some(Measure { name: format!("{}@{k}", metric.name()), interval })
        };
        Ok((ASKED.iter().filter_map(measure).collect(), evaluation.users.len(), seconds))
    }
}
