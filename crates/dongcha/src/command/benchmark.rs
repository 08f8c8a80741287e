//! `dongcha evaluate --layout`: models on a public benchmark, in the protocol of its layout.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use collect::layout::{Benchmark, BenchmarkLayout, Test, read};
use feature::sequences::latest_of_each;
use feature::split::{Interaction, leave_last_out, to_matrix};
use feature::{Csr, Sequences};
use model::{
    AnyModel, Bootstrap, EvaluateOptions, GivenNegatives, Interval, Metric, ModelConfig,
    Recommender, TrainSet, evaluate, gains, hit_rates, rank_among_given,
};

use crate::command::classifiers;
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// One measure of one model.
struct Measure {
    name: String,
    interval: Interval,
}

/// Fits every model on the benchmark's train part and prints its measures with seconds.
pub fn run(setting: &Setting, layout: &str, path: &Path, configs: &[ModelConfig]) -> Result<()> {
    let Some(kind) = BenchmarkLayout::from_name(layout) else {
        let known = format!("{}, {}", BenchmarkLayout::NAMES.join(", "), classifiers::LAYOUT);
        return Err(both(
            format!("no layout `{layout}`; there is {known}"),
            format!("没有布局 `{layout}`；可用：{known}"),
        ));
    };
    let spinner = progress::spinner(setting.say("reading", "正在读取"));
    let benchmark = read(kind, path)?;
    let case = Case::of(benchmark)?;
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("protocol", setting.say("Protocol", "协议")),
        ("metric", setting.say("Measure", "指标")),
        ("value", setting.say("Value", "值")),
        ("low", setting.say("95 % from", "95% 起")),
        ("high", setting.say("to", "止")),
        ("fit_seconds", setting.say("Fit, s", "训练秒数")),
        ("iteration_seconds", ""),
        ("score_seconds", setting.say("Lists, s", "出榜秒数")),
        ("settings", ""),
    ]);
    for config in configs {
        spinner.set_message(config.name().to_owned());
        let start = Instant::now();
        let (fitted, iteration_seconds) = fit(config, &case.train)?;
        let fit_seconds = start.elapsed().as_secs_f64();
        let (measures, score_seconds) = case.judge(fitted.recommender())?;
        for measure in measures {
            table.row(vec![
                config.name().into(),
                case.protocol.into(),
                measure.name.into(),
                figure(measure.interval.mean),
                figure(measure.interval.low),
                figure(measure.interval.high),
                Cell::shown(fit_seconds, format!("{fit_seconds:.2}")),
                Cell::shown(iteration_seconds, ""),
                Cell::shown(score_seconds, format!("{score_seconds:.2}")),
                serde_json::to_value(config)?.into(),
            ]);
        }
    }
    spinner.finish_and_clear();
    table.print(setting.format)
}

/// Fits a model; with it the median seconds of one iteration, where it iterates.
fn fit(config: &ModelConfig, train: &TrainSet) -> Result<(AnyModel, Option<f64>)> {
    let mut seconds = Vec::new();
    let mut last = Instant::now();
    let fitted = config.fit_watched(train, &mut |_| {
        seconds.push(last.elapsed().as_secs_f64());
        last = Instant::now();
    })?;
    seconds.sort_by(f64::total_cmp);
    Ok((fitted, seconds.get(seconds.len() / 2).copied()))
}

/// A benchmark ready to be judged on.
struct Case {
    train: TrainSet,
    protocol: &'static str,
    question: Question,
}

enum Question {
    Full(Csr),
    Among(Vec<GivenNegatives>),
}

impl Case {
    fn of(benchmark: Benchmark) -> Result<Self> {
        let (n_users, n_items) = (benchmark.n_users, benchmark.n_items);
        match benchmark.test {
            Test::Items(items) => {
                let one = |(user, items): (usize, &Vec<u32>)| -> Vec<(u32, u32, f32)> {
                    items.iter().map(|&item| (user as u32, item, 1.0)).collect()
                };
                let test: Vec<_> = items.iter().enumerate().flat_map(one).collect();
                Ok(Self {
                    train: implicit(n_users, n_items, &benchmark.train)?,
                    protocol: "given split, full ranking",
                    question: Question::Full(Csr::from_triplets(n_users, n_items, &test)?),
                })
            }
            Test::Among(cases) => {
                let case =
                    |(user, positive, negatives)| GivenNegatives { user, positive, negatives };
                Ok(Self {
                    train: implicit(n_users, n_items, &benchmark.train)?,
                    protocol: "leave last out, given negatives",
                    question: Question::Among(cases.into_iter().map(case).collect()),
                })
            }
            Test::None => {
                let time = |at: usize| benchmark.times_s.get(at).map_or(at as i64, |s| s * 1000);
                let rows = benchmark.train.iter().enumerate();
                let rows: Vec<Interaction> = rows
                    .map(|(at, &(user, item, _))| Interaction {
                        user,
                        item,
                        time_ms: time(at),
                        weight: 1.0,
                    })
                    .collect();
                let split = leave_last_out(&rows);
                let pairs: Vec<_> = split.train.iter().map(|i| (i.user, i.item, 1.0)).collect();
                Ok(Self {
                    train: implicit(n_users, n_items, &pairs)?,
                    protocol: "leave last out, full ranking",
                    question: Question::Full(to_matrix(&split.test, n_users, n_items)?),
                })
            }
        }
    }

    /// The measures, and the seconds that ranking took without their intervals.
    fn judge(&self, model: &dyn Recommender) -> Result<(Vec<Measure>, f64)> {
        let bootstrap = Bootstrap::default();
        let start = Instant::now();
        match &self.question {
            Question::Full(test) => {
                let evaluation = evaluate(model, &self.train, test, &EvaluateOptions::default())?;
                let seconds = start.elapsed().as_secs_f64();
                let asked = [
                    (Metric::Recall, 20),
                    (Metric::Ndcg, 20),
                    (Metric::Recall, 10),
                    (Metric::Ndcg, 10),
                    (Metric::HitRate, 10),
                    (Metric::Mrr, 10),
                    (Metric::Map, 10),
                ];
                let measure = |(metric, k): (Metric, usize)| {
                    let interval = evaluation.interval(metric, k, &bootstrap)?;
                    Some(Measure { name: format!("{}@{k}", metric.name()), interval })
                };
                Ok((asked.into_iter().filter_map(measure).collect(), seconds))
            }
            Question::Among(lines) => {
                let ranks = rank_among_given(model, &self.train, lines)?;
                let seconds = start.elapsed().as_secs_f64();
                let measure = |name: &str, values: Vec<f64>| Measure {
                    name: name.to_owned(),
                    interval: bootstrap.interval(&values),
                };
                let measures = vec![
                    measure("HR@10", hit_rates(&ranks, 10)),
                    measure("NDCG@10", gains(&ranks, 10)),
                ];
                Ok((measures, seconds))
            }
        }
    }
}

/// The train part as implicit feedback in its order: each pair once, with weight 1.
fn implicit(n_users: usize, n_items: usize, rows: &[(u32, u32, f32)]) -> Result<TrainSet> {
    let one = |(at, &(user, item, _)): (usize, &(u32, u32, f32))| Interaction {
        user,
        item,
        time_ms: at as i64,
        weight: 1.0,
    };
    let rows: Vec<Interaction> = rows.iter().enumerate().map(one).collect();
    let all = Sequences::from_interactions(&rows, n_users, n_items)?;
    let mut once = Sequences::new(n_items);
    for user in 0..n_users {
        let row = latest_of_each(all.row(user));
        once.push(&row.iter().map(|&(item, _)| (item, 1.0)).collect::<Vec<_>>())?;
    }
    Ok(TrainSet::ordered(once)?)
}
