//! `dongcha clv`: who will buy again, how often, and what it is worth.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use collect::layout::read_table;
use jiff::civil::Date;
use model::{
    BetaGeometric, Dropout, GammaGamma, Histories, History, ParetoNbd, PurchaseModel, Spend,
};
use serde_json::Value;

use crate::cli::ClvArgs;
use crate::command::columns::Columns;
use crate::output::{Cell, Table};
use crate::setting::Setting;
use crate::trouble::both;

/// Customers by name with their histories and, where amounts are known, their repeat spend.
struct Customers {
    names: Vec<String>,
    histories: Vec<History>,
    spends: Vec<Spend>,
}

/// A fitted model with its parameters by name.
struct Model {
    name: &'static str,
    model: Box<dyn PurchaseModel>,
    parameters: Vec<(&'static str, f64, Option<f64>)>,
    log_likelihood: f64,
    seconds: f64,
}

/// Fits and prints parameters, one history's answer, or every customer.
pub fn run(setting: &Setting, args: &ClvArgs) -> Result<()> {
    let columns = Columns(read_table(&args.file)?);
    let customers = match &args.customer {
        Some(customer) => from_orders(&columns, customer, args)?,
        None => from_summary(&columns, args)?,
    };
    let mut models = Vec::new();
    for name in &args.model {
        models.push(fit(name, &customers.histories)?);
    }
    let start = Instant::now();
    let spend =
        if customers.spends.is_empty() { None } else { Some(GammaGamma::fit(&customers.spends)?) };
    let seconds = start.elapsed().as_secs_f64();
    if args.customers {
        return each_customer(setting, args, &customers, &models, spend.as_ref());
    }
    let mut table = Table::new(&[
        ("model", setting.say("Model", "模型")),
        ("parameter", setting.say("Figure", "项目")),
        ("value", setting.say("Value", "值")),
        ("error", setting.say("Standard error", "标准误")),
        ("customers", ""),
        ("seconds", ""),
    ]);
    let n = customers.histories.len();
    let mut row = |model: &str, parameter: &str, value: f64, error: Option<f64>, seconds: f64| {
        let error = match error {
            Some(error) => Cell::shown(error, format!("{error:.5}")),
            None => Cell::shown(Value::Null, ""),
        };
        let value = Cell::shown(value, format!("{value:.5}"));
        table.row(vec![model.into(), parameter.into(), value, error, n.into(), seconds.into()]);
    };
    for model in &models {
        for (parameter, value, error) in &model.parameters {
            row(model.name, parameter, *value, *error, model.seconds);
        }
        row(model.name, "log-likelihood", model.log_likelihood, None, model.seconds);
        if let Some(ask) = &args.ask {
            let history = asked(ask)?;
            row(model.name, "P(alive)", model.model.p_alive(&history), None, model.seconds);
            let expected = model.model.expected(&history, args.horizon);
            row(model.name, "purchases to come", expected, None, model.seconds);
        }
    }
    if let Some(spend) = &spend {
        let errors = spend.standard_errors;
        for (at, (parameter, value)) in
            [("p", spend.p), ("q", spend.q), ("v", spend.v)].into_iter().enumerate()
        {
            row(GammaGamma::NAME, parameter, value, errors.map(|errors| errors[at]), seconds);
        }
        row(GammaGamma::NAME, "log-likelihood", spend.log_likelihood, None, seconds);
    }
    table.print(setting.format)
}

fn fit(name: &str, histories: &[History]) -> Result<Model> {
    let start = Instant::now();
    let dropout = match name {
        "bg-nbd" => Dropout::AfterRepeats,
        "mbg-nbd" => Dropout::AfterAny,
        "pareto-nbd" => {
            let fitted = ParetoNbd::fit(&Histories::new(ParetoNbd::NAME, histories)?)?;
            let errors = fitted.standard_errors;
            let named =
                [("r", fitted.r), ("alpha", fitted.alpha), ("s", fitted.s), ("beta", fitted.beta)];
            return Ok(Model {
                name: ParetoNbd::NAME,
                parameters: with_errors(named, errors),
                log_likelihood: fitted.log_likelihood,
                seconds: start.elapsed().as_secs_f64(),
                model: Box::new(fitted),
            });
        }
        _ => {
            return Err(both(
                format!("no model `{name}`; there is bg-nbd, mbg-nbd, pareto-nbd"),
                format!("没有模型 `{name}`；可用：bg-nbd、mbg-nbd、pareto-nbd"),
            ));
        }
    };
    let fitted = BetaGeometric::fit(dropout, &Histories::new(dropout.name(), histories)?)?;
    let named = [("r", fitted.r), ("alpha", fitted.alpha), ("a", fitted.a), ("b", fitted.b)];
    Ok(Model {
        name: dropout.name(),
        parameters: with_errors(named, fitted.standard_errors),
        log_likelihood: fitted.log_likelihood,
        seconds: start.elapsed().as_secs_f64(),
        model: Box::new(fitted),
    })
}

fn with_errors(
    named: [(&'static str, f64); 4],
    errors: Option<[f64; 4]>,
) -> Vec<(&'static str, f64, Option<f64>)> {
    let error = |at: usize| errors.map(|errors| errors[at]);
    named.into_iter().enumerate().map(|(at, (name, value))| (name, value, error(at))).collect()
}

fn asked(text: &str) -> Result<History> {
    let parts: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    let wrong = || {
        both(
            format!("--ask is `{text}`, but must be repeats,recency,age such as 2,30.43,38.86"),
            format!("--ask 为 `{text}`，应为 次数,最近,时长，例如 2,30.43,38.86"),
        )
    };
    let [repeats, recency, age] = parts[..] else { return Err(wrong()) };
    let fits = repeats >= 0.0 && repeats.fract() == 0.0 && repeats <= f64::from(model::REPEATS_MAX);
    if !fits || !(0.0..=age).contains(&recency) || !age.is_finite() {
        return Err(wrong());
    }
    Ok(History { repeats: repeats as u32, recency, age })
}

fn from_summary(columns: &Columns, args: &ClvArgs) -> Result<Customers> {
    let frequency = columns.numbers(&args.frequency)?;
    let (recency, age) = (columns.numbers(&args.recency)?, columns.numbers(&args.age)?);
    let n = frequency.len();
    let mut histories = Vec::with_capacity(n);
    for row in 0..n {
        let repeats = frequency[row];
        if repeats < 0.0 || repeats.fract() != 0.0 || repeats > f64::from(model::REPEATS_MAX) {
            let (number, column) = (row + 1, &args.frequency);
            return Err(both(
                format!("column {column} is {repeats} in row {number}, not a count"),
                format!("列 {column} 第 {number} 行为 {repeats}，不是次数"),
            ));
        }
        let repeats = repeats as u32;
        histories.push(History { repeats, recency: recency[row], age: age[row] });
    }
    let spends = match &args.value {
        None => Vec::new(),
        Some(value) => {
            let mean = columns.numbers(value)?;
            let one = |(history, mean): (&History, &f64)| Spend {
                purchases: history.repeats,
                mean: *mean,
            };
            histories.iter().zip(&mean).map(one).collect()
        }
    };
    let name = columns.0.names.first().cloned().unwrap_or_default();
    let names = columns.texts(&name)?.to_vec();
    Ok(Customers { names, histories, spends })
}

/// A day as people and files write it: `1997-01-31` or `19970131`.
fn day(text: &str) -> Option<Date> {
    let head = text.trim().get(..10).unwrap_or(text.trim());
    head.parse::<Date>().ok().or_else(|| Date::strptime("%Y%m%d", text.trim()).ok())
}

fn from_orders(columns: &Columns, customer: &str, args: &ClvArgs) -> Result<Customers> {
    let (who, when) = (columns.texts(customer)?, columns.texts(&args.date)?);
    let amounts = args.value.as_ref().map(|value| columns.numbers(value)).transpose()?;
    let read = |text: &str, at: &str| {
        day(text).ok_or_else(|| {
            both(
                format!("`{text}` {at} is no day such as 1997-01-31"),
                format!("`{text}` 不是日期（{at}）"),
            )
        })
    };
    let until = args.until.as_ref().map(|until| read(until, "of --until")).transpose()?;
    // Purchases of one day count once, with their amounts added.
    let mut days: BTreeMap<&String, BTreeMap<Date, f64>> = BTreeMap::new();
    let mut last: Option<Date> = None;
    for row in 0..who.len() {
        let date = read(&when[row], &format!("in row {}", row + 1))?;
        if until.is_some_and(|until| date > until) {
            continue;
        }
        last = last.max(Some(date));
        let amount = amounts.as_ref().map_or(0.0, |amounts| amounts[row]);
        *days.entry(&who[row]).or_default().entry(date).or_default() += amount;
    }
    let end = until.or(last).unwrap_or_default();
    let between = |from: Date, to: Date| {
        from.until(to).map_or(0.0, |span| f64::from(span.get_days())) / args.unit
    };
    let mut customers = Customers { names: Vec::new(), histories: Vec::new(), spends: Vec::new() };
    for (name, days) in &days {
        let (Some((&first, _)), Some((&latest, _))) = (days.iter().next(), days.iter().next_back())
        else {
            continue;
        };
        let repeats = u32::try_from(days.len() - 1).unwrap_or(u32::MAX);
        if first == end {
            // Watched for no time at all: nothing could have been seen.
            continue;
        }
        let age = between(first, end);
        customers.names.push((*name).clone());
        customers.histories.push(History { repeats, recency: between(first, latest), age });
        if amounts.is_some() {
            let paid: Vec<f64> =
                days.values().skip(1).copied().filter(|paid| *paid > 0.0).collect();
            let n = paid.len().max(1) as f64;
            let purchases = u32::try_from(paid.len()).unwrap_or(u32::MAX);
            customers.spends.push(Spend { purchases, mean: paid.iter().sum::<f64>() / n });
        }
    }
    Ok(customers)
}

fn each_customer(
    setting: &Setting,
    args: &ClvArgs,
    customers: &Customers,
    models: &[Model],
    spend: Option<&GammaGamma>,
) -> Result<()> {
    let mut table = Table::new(&[
        ("customer", setting.say("Customer", "顾客")),
        ("model", setting.say("Model", "模型")),
        ("p_alive", setting.say("Still a customer", "仍活跃概率")),
        ("purchases", setting.say("Purchases to come", "预计购买次数")),
        ("spend", setting.say("Spend each time", "每次金额")),
        ("value", setting.say("Value to come", "预计价值")),
    ]);
    let figure = |value: Option<f64>| match value {
        Some(value) => Cell::shown(value, format!("{value:.3}")),
        None => Cell::shown(Value::Null, ""),
    };
    for (at, history) in customers.histories.iter().enumerate() {
        for model in models {
            let purchases = model.model.expected(history, args.horizon);
            let each = spend.and_then(|spend| spend.expected(customers.spends.get(at)?));
            table.row(vec![
                customers.names[at].clone().into(),
                model.name.into(),
                figure(Some(model.model.p_alive(history))),
                figure(Some(purchases)),
                figure(each),
                figure(each.map(|each| each * purchases)),
            ]);
        }
    }
    table.print(setting.format)
}
