//! `dongcha elasticity`: how demand answered to price, and where the data cannot say.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use collect::layout::read_table;
use model::{LogLog, shrunk};

use crate::cli::ElasticityArgs;
use crate::command::columns::Columns;
use crate::output::{Cell, Table};
use crate::setting::Setting;
use crate::trouble::both;

/// Fits and prints coefficients with their errors.
pub fn run(setting: &Setting, args: &ElasticityArgs) -> Result<()> {
    let columns = Columns(read_table(&args.file)?);
    let mut table = Table::new(&[
        ("item", setting.say("Item", "商品")),
        ("name", setting.say("Effect of", "影响因素")),
        ("value", setting.say("Coefficient", "系数")),
        ("error", setting.say("Standard error", "标准误")),
        ("robust_error", setting.say("Robust error", "稳健标准误")),
        ("shrunk", setting.say("Pulled to the mean", "向均值收缩")),
        ("rows", setting.say("Rows", "行数")),
        ("prices", setting.say("Prices tried", "试过的价格数")),
        ("r_squared", ""),
    ]);
    match &args.item {
        Some(item) => by_item(&mut table, &columns, item, args)?,
        None => pooled(&mut table, &columns, args)?,
    }
    table.print(setting.format)
}

/// Logarithms of units.
fn units(columns: &Columns, args: &ElasticityArgs) -> Result<Vec<f64>> {
    let units = columns.numbers(&args.units)?;
    Ok(if args.log_units { units } else { units.iter().map(|q| q.ln()).collect() })
}

fn logs(columns: &Columns, name: &str) -> Result<Vec<f64>> {
    Ok(columns.numbers(name)?.iter().map(|p| p.ln()).collect())
}

/// How many different prices there were.
fn tried(log_prices: &[f64]) -> usize {
    log_prices.iter().map(|p| (p * 1e6).round() as i64).collect::<BTreeSet<i64>>().len()
}

fn pooled(table: &mut Table, columns: &Columns, args: &ElasticityArgs) -> Result<()> {
    let log_units = units(columns, args)?;
    let price = logs(columns, &args.price)?;
    let mut fit = LogLog { log_units, ..LogLog::default() };
    fit.columns.push((format!("ln {}", args.price), price.clone()));
    if let Some(by) = &args.by {
        let groups = columns.texts(by)?;
        let names: BTreeSet<&String> = groups.iter().collect();
        for name in names.into_iter().skip(1) {
            let dummy: Vec<f64> = groups.iter().map(|group| f64::from(group == name)).collect();
            if args.interact {
                let product = dummy.iter().zip(&price).map(|(d, p)| d * p).collect();
                fit.columns.push((format!("ln {} × {name}", args.price), product));
            }
            fit.columns.push((name.clone(), dummy));
        }
    }
    for control in &args.controls {
        fit.columns.push((control.clone(), columns.numbers(control)?));
    }
    if let Some(within) = &args.within {
        fit.groups = columns.texts(within)?.to_vec();
    }
    let (rows, prices) = (fit.log_units.len(), tried(&price));
    let (found, r_squared) = fit.fit()?;
    for one in found {
        table.row(vec![
            "".into(),
            one.name.into(),
            figure(one.value),
            figure(one.error),
            figure(one.robust_error),
            Cell::shown(serde_json::Value::Null, ""),
            rows.into(),
            prices.into(),
            r_squared.into(),
        ]);
    }
    Ok(())
}

fn by_item(table: &mut Table, columns: &Columns, item: &str, args: &ElasticityArgs) -> Result<()> {
    let (log_units, items) = (units(columns, args)?, columns.texts(item)?);
    let mut rows_of: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    items.iter().enumerate().for_each(|(row, name)| rows_of.entry(name).or_default().push(row));
    let mut sources: Vec<(String, Vec<f64>)> = Vec::new();
    for name in &args.prices {
        sources.push((name.clone(), logs(columns, name)?));
    }
    let mut controls: Vec<(String, Vec<f64>)> = Vec::new();
    for name in &args.controls {
        controls.push((name.clone(), columns.numbers(name)?));
    }
    let groups = args.within.as_ref().map(|within| columns.texts(within)).transpose()?;
    let mut fitted = Vec::new();
    for (name, rows) in &rows_of {
        let Some(own) = args.prices.iter().position(|price| is_price_of(price, name)) else {
            return Err(both(
                format!("no column of --prices ends in `{name}`; name one price column per item"),
                format!("--prices 中没有以 `{name}` 结尾的列；每个商品需要一个价格列"),
            ));
        };
        let pick = |column: &[f64]| -> Vec<f64> { rows.iter().map(|&row| column[row]).collect() };
        let mut fit = LogLog { log_units: pick(&log_units), ..LogLog::default() };
        fit.columns.push((args.prices[own].clone(), pick(&sources[own].1)));
        let others = sources.iter().enumerate().filter(|(at, _)| *at != own);
        fit.columns.extend(others.map(|(_, (name, column))| (name.clone(), pick(column))));
        fit.columns.extend(controls.iter().map(|(name, column)| (name.clone(), pick(column))));
        if let Some(groups) = groups {
            fit.groups = rows.iter().map(|&row| groups[row].clone()).collect();
        }
        let prices = tried(&fit.columns[0].1);
        fitted.push(((*name).clone(), rows.len(), prices, fit.fit()?));
    }
    let own: Vec<(f64, f64)> =
        fitted.iter().map(|(.., (found, _))| (found[0].value, found[0].robust_error)).collect();
    let shrunk = shrunk(&own);
    for ((name, rows, prices, (found, r_squared)), pulled) in fitted.into_iter().zip(shrunk) {
        for (at, one) in found.into_iter().enumerate() {
            let pulled =
                if at == 0 { figure(pulled) } else { Cell::shown(serde_json::Value::Null, "") };
            table.row(vec![
                name.clone().into(),
                one.name.into(),
                figure(one.value),
                figure(one.error),
                figure(one.robust_error),
                pulled,
                rows.into(),
                prices.into(),
                r_squared.into(),
            ]);
        }
    }
    Ok(())
}

/// Whether a price column is that of an item: it ends in the item's name, no digit before it.
fn is_price_of(column: &str, item: &str) -> bool {
    let head = column.strip_suffix(item);
    head.is_some_and(|head| !head.ends_with(|c: char| c.is_ascii_digit()))
}

fn figure(value: f64) -> Cell {
    Cell::shown(value, format!("{value:.4}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_column_is_found_by_the_whole_number_at_its_end() {
        assert!(is_price_of("price1", "1") && is_price_of("price11", "11"));
        assert!(!is_price_of("price11", "1") && !is_price_of("price", "1"));
    }
}
