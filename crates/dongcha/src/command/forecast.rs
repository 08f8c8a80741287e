//! `dongcha forecast`: what each series will be, or how far each method misses what came.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::Result;
use collect::layout::read_table;
use decide::stock::simulate::{Played, Policy, Shop, simulate};
use decide::stock::{Poisson, UnitCosts};
use jiff::civil::Date;
use model::{Accuracy, Method, PooledLevel, SeasonBlend, choose, conformal, forecast};
use rayon::prelude::*;
use serde_json::Value;

use crate::cli::ForecastArgs;
use crate::command::columns::Columns;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Methods that `auto` compares.
const SMOOTH: [Method; 5] =
    [Method::Theta, Method::Ets, Method::OptimisedTheta, Method::EtsGrowth, Method::EtsLog];
/// Share of what comes that the ranges may miss.
const MISS: f64 = 0.2;

/// Series by name, each with its periods in order.
struct Series {
    names: Vec<String>,
    values: Vec<Vec<f64>>,
    /// The periods of all series, where they share them.
    periods: Vec<String>,
}

/// What a method made of all series, and which methods it took for each.
struct Ahead {
    values: Vec<Vec<f64>>,
    ranges: Vec<Option<Vec<model::ForecastInterval>>>,
    took: Vec<String>,
    note: String,
}

/// Forecasts, or evaluates on the last periods.
pub fn run(setting: &Setting, args: &ForecastArgs) -> Result<()> {
    let series = read(args)?;
    let horizon = usize::from(args.horizon);
    if args.evaluate {
        return evaluate(setting, args, &series);
    }
    let mut table = Table::new(&[
        ("id", setting.say("Series", "序列")),
        ("step", setting.say("Periods ahead", "未来第几期")),
        ("forecast", setting.say("Forecast", "预测")),
        ("low", setting.say("80 % from", "80% 起")),
        ("high", setting.say("to", "止")),
        ("method", setting.say("Method", "方法")),
    ]);
    let figure = |value: Option<f64>| match value {
        Some(value) => Cell::shown(value, format!("{value:.2}")),
        None => Cell::shown(Value::Null, ""),
    };
    for method in &args.method {
        let ahead = forecasts(method, &series.values, &series.periods, horizon, args)?;
        for (at, name) in series.names.iter().enumerate() {
            for (step, value) in ahead.values[at].iter().enumerate() {
                let range = ahead.ranges[at].as_ref().map(|ranges| ranges[step]);
                table.row(vec![
                    name.clone().into(),
                    (step + 1).into(),
                    figure(Some(*value)),
                    figure(range.map(|range| range.low)),
                    figure(range.map(|range| range.high)),
                    ahead.took[at].clone().into(),
                ]);
            }
        }
    }
    table.print(setting.format)
}

fn read(args: &ForecastArgs) -> Result<Series> {
    let columns = Columns(read_table(&args.file)?);
    let values = columns.numbers(&args.value)?;
    let ids = args.id.as_ref().map(|id| columns.texts(id)).transpose()?;
    let dates = args.date.as_ref().map(|date| columns.texts(date)).transpose()?;
    let mut rows: BTreeMap<&str, Vec<(String, f64)>> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        let id = ids.map_or("", |ids| ids[row].as_str());
        // Numbers sort by size, dates as they are written.
        let period = match dates {
            None => format!("{row:012}"),
            Some(dates) => match dates[row].trim().parse::<u64>() {
                Ok(number) => format!("{number:012}"),
                Err(_) => dates[row].trim().to_owned(),
            },
        };
        rows.entry(id).or_default().push((period, *value));
    }
    let mut series = Series { names: Vec::new(), values: Vec::new(), periods: Vec::new() };
    let mut shared: Option<BTreeSet<String>> = Some(BTreeSet::new());
    for (name, mut points) in rows {
        points.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some(twice) = points.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let period = &twice[0].0;
            return Err(both(
                format!("series `{name}` has period {period} twice; add its rows up first"),
                format!("序列 `{name}` 的周期 {period} 出现两次；请先合并"),
            ));
        }
        let of: BTreeSet<String> = points.iter().map(|(period, _)| period.clone()).collect();
        shared = shared.filter(|all| all.is_empty() || *all == of).map(|_| of);
        series.names.push(name.to_owned());
        series.values.push(points.into_iter().map(|(_, value)| value).collect());
    }
    if series.names.is_empty() {
        return Err(both("the file has no rows", "文件没有数据行"));
    }
    series.periods = shared.unwrap_or_default().into_iter().collect();
    Ok(series)
}

/// For each period and the horizon after: the period a year before, at most two weeks off.
fn year_ago(periods: &[String], horizon: usize) -> Option<Vec<Option<usize>>> {
    let known: Vec<Date> = periods.iter().map(|p| p.parse().ok()).collect::<Option<_>>()?;
    let days = |a: Date, b: Date| a.until(b).map_or(i32::MAX, |span| span.get_days());
    let steps = known.windows(2).map(|pair| days(pair[0], pair[1]));
    let step = steps.min()?.max(1);
    let last = *known.last()?;
    let mut all = known.clone();
    for h in 1..=i64::try_from(horizon).ok()? {
        all.push(last.checked_add(jiff::Span::new().days(h * i64::from(step))).ok()?);
    }
    let before = |date: &Date| {
        let then = date.checked_sub(jiff::Span::new().days(364)).ok()?;
        let off = |at: &usize| days(then, known[*at]).abs();
        (0..known.len()).min_by_key(off).filter(|at| off(at) <= 14)
    };
    Some(all.iter().map(before).collect())
}

fn forecasts(
    method: &str,
    series: &[Vec<f64>],
    periods: &[String],
    horizon: usize,
    args: &ForecastArgs,
) -> Result<Ahead> {
    let (season, none) = (usize::from(args.season), vec![None; series.len()]);
    let named = |note: String, values: Vec<Vec<f64>>| Ahead {
        took: vec![method.to_owned(); values.len()],
        ranges: none.clone(),
        values,
        note,
    };
    if method == "pooled" {
        let pooled = PooledLevel::fit(series, horizon);
        let note = format!("rate {}, factor {:.2}", pooled.alpha, pooled.factor);
        let values = series.iter().map(|values| pooled.forecast(values, horizon)).collect();
        return Ok(named(note, values));
    }
    if method == "calendar" {
        let short = || {
            both(
                "method calendar needs --date with dates such as 2011-09-05, the same for every \
                 series, and more than a year of them",
                "方法 calendar 需要 --date 指定日期（如 2011-09-05），各序列一致且超过一年",
            )
        };
        let year_ago = year_ago(periods, horizon).ok_or_else(short)?;
        let blend = SeasonBlend::fit(series, &year_ago, horizon)?;
        let values = blend.forecast(series, &year_ago, horizon).ok_or_else(short)?;
        let (own, alpha) = (blend.own, blend.alpha);
        let (wape, bias) = (blend.wape, blend.bias);
        let note = format!(
            "last year weighs {own}, rate {alpha}; in the history WAPE {wape:.3}, bias {bias:.3}"
        );
        return Ok(named(note, values));
    }
    if method == "auto" {
        let origins = usize::from(args.origins);
        let best = if origins == 0 { 2 } else { usize::from(args.best) };
        let one = |values: &Vec<f64>| choose(&SMOOTH, values, season, horizon, origins, best);
        let chosen: Vec<model::Chosen> = series.par_iter().map(one).collect();
        let took = |of: &model::Chosen| {
            of.methods.iter().map(|method| method.name()).collect::<Vec<_>>().join("+")
        };
        return Ok(Ahead {
            took: chosen.iter().map(took).collect(),
            ranges: chosen.iter().map(|of| conformal(&of.forecast, &of.residuals, MISS)).collect(),
            values: chosen.into_iter().map(|of| of.forecast).collect(),
            note: format!("mean of the best {best} of {} at {origins} origins", SMOOTH.len()),
        });
    }
    let Some(known) = Method::ALL.into_iter().find(|known| known.name() == method) else {
        let names = Method::ALL.map(Method::name).join(", ");
        return Err(both(
            format!("no method `{method}`; there is auto, pooled, calendar, {names}"),
            format!("没有方法 `{method}`；可用：auto, pooled, calendar, {names}"),
        ));
    };
    let values = series.par_iter().map(|values| forecast(known, values, season, horizon)).collect();
    Ok(named(String::new(), values))
}

fn evaluate(setting: &Setting, args: &ForecastArgs, series: &Series) -> Result<()> {
    let horizon = usize::from(args.horizon);
    let cut = |values: &Vec<f64>| values.len().checked_sub(horizon).filter(|cut| *cut >= 2);
    let kept: Vec<&Vec<f64>> = series.values.iter().filter(|v| cut(v).is_some()).collect();
    if kept.is_empty() {
        return Err(both(
            format!("no series has more than {horizon} periods to hold back"),
            format!("没有序列长于要留出的 {horizon} 期"),
        ));
    }
    let train: Vec<Vec<f64>> = kept.iter().map(|v| v[..v.len() - horizon].to_vec()).collect();
    let periods = &series.periods[..series.periods.len().saturating_sub(horizon)];
    let mut table = Table::new(&[
        ("method", setting.say("Method", "方法")),
        ("mae", "MAE"),
        ("smape", "sMAPE"),
        ("rmsse", "RMSSE"),
        ("wape", "WAPE"),
        ("bias", setting.say("Bias", "偏差")),
        ("stock_cost", setting.say("Stock cost", "库存成本")),
        ("fill_rate", setting.say("Fill rate", "满足率")),
        ("series", setting.say("Series", "序列数")),
        ("seconds", setting.say("Seconds", "秒数")),
        ("note", ""),
        ("protocol", ""),
    ]);
    let figure = |value: Option<f64>| match value {
        Some(value) => Cell::shown(value, format!("{value:.4}")),
        None => Cell::shown(Value::Null, ""),
    };
    let spinner = progress::spinner("");
    for method in &args.method {
        spinner.set_message(method.clone());
        let start = Instant::now();
        let ahead = forecasts(method, &train, periods, horizon, args)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut accuracy = Accuracy::default();
        for ((values, train), forecast) in kept.iter().zip(&train).zip(&ahead.values) {
            accuracy.add(train, &values[train.len()..], forecast);
        }
        let Some(found) = accuracy.measures() else { continue };
        let played = match args.shortage {
            Some(shortage) => Some(played(&kept, &train, &ahead.values, shortage)?),
            None => None,
        };
        table.row(vec![
            method.as_str().into(),
            figure(Some(found.mae)),
            figure(Some(found.smape)),
            figure(found.rmsse),
            figure(found.wape),
            figure(found.bias),
            figure(played.map(|played| played.cost)),
            figure(played.map(|played| played.fill_rate())),
            found.n_series.into(),
            Cell::shown(seconds, format!("{seconds:.2}")),
            ahead.note.into(),
            format!("last {horizon} periods held back").into(),
        ]);
    }
    spinner.finish_and_clear();
    table.print(setting.format)
}

/// A stock kept at the newsvendor level of Poisson demand with the forecast as its mean, played
/// against what came; orders arrive at once, unserved demand is lost, orders cost nothing.
fn played(
    kept: &[&Vec<f64>],
    train: &[Vec<f64>],
    ahead: &[Vec<f64>],
    shortage: f64,
) -> Result<Played> {
    let costs = UnitCosts { holding: 1.0, shortage };
    let shop = Shop { costs, order_cost: 0.0, lead_time: 0, stock: 0.0, waits: false };
    let mut all = Played::default();
    for ((values, train), forecast) in kept.iter().zip(train).zip(ahead) {
        let mut levels = Vec::with_capacity(forecast.len());
        for mean in forecast {
            levels.push(Poisson::new(mean.max(0.0))?.quantile(costs.critical_ratio()) as f64);
        }
        all =
            all.and(simulate(shop, &values[train.len()..], |period| Policy::UpTo(levels[period])));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_before_is_found_across_a_missing_week() {
        let first: Date = "2009-12-07".parse().unwrap();
        let week = |w: i64| first.checked_add(jiff::Span::new().days(7 * w)).unwrap().to_string();
        let periods: Vec<String> = (0..60).filter(|w| *w != 3).map(week).collect();
        let found = year_ago(&periods, 2).unwrap();
        assert_eq!(found.len(), 61);
        assert_eq!(found[0], None);
        // Week 52 stands at place 51 and lies a year after the first.
        assert_eq!((found[51], found[52]), (Some(0), Some(1)));
        assert!(found[54].is_some() && found[60].is_some());
        assert_eq!(year_ago(&["1".to_owned()], 2), None);
    }
}
