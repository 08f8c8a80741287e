//! `dongcha retrieval`: how fast the best items of a large catalogue are found on this machine.

use std::time::Instant;

use anyhow::Result;
use model::{ItemCells, ItemCellsConfig, ItemTable, Scored, drawn_factors};

use crate::cli::RetrievalArgs;
use crate::command::train::figure;
use crate::output::{Cell, Table};
use crate::progress;
use crate::setting::Setting;

/// Queries before the clock runs.
const WARM_UP: usize = 3;

/// Seconds of every timed query, by way of answering.
#[derive(Default)]
struct Seconds {
    sum: Vec<f64>,
    exact: Vec<f64>,
    cells: Vec<f64>,
}

/// Makes a catalogue of drawn factors, asks it, and prints the times.
pub fn run(setting: &Setting, args: &RetrievalArgs) -> Result<()> {
    let spinner = progress::spinner(setting.say("making a catalogue", "正在生成商品目录"));
    let (n_items, k) = (args.items as usize, args.factors as usize);
    let mut values = drawn_factors(n_items + args.queries as usize, k, args.seed);
    let asked = values.split_off(n_items * k);
    let queries: Vec<&[f32]> = asked.chunks(k).collect();
    let items = ItemTable::new(n_items, k, &values)?;
    drop(values);
    let start = Instant::now();
    let config = ItemCellsConfig { seed: args.seed, ..ItemCellsConfig::default() };
    let cells = args.cells.then(|| ItemCells::new(&items, &config)).transpose()?;
    let build_s = start.elapsed().as_secs_f64();
    spinner.set_message(setting.say("measuring", "正在测量").to_owned());
    let (seconds, recall) = measure(&items, cells.as_ref(), &queries, args.n as usize);
    spinner.finish_and_clear();
    let gigabytes = items.bytes() as f64 / 1e9;
    let bandwidth = gigabytes / quantile(&seconds.sum, 0.5);
    let mut table = Table::new(&[
        ("way", setting.say("Way", "方式")),
        ("median_ms", setting.say("Median, ms", "中位毫秒")),
        ("p99_ms", setting.say("99 of 100 within, ms", "99% 毫秒内")),
        ("gb_per_s", setting.say("GB/s read", "读取 GB/s")),
        ("of_bandwidth", setting.say("Of bandwidth", "占带宽")),
        ("recall", setting.say("Best found", "找回比例")),
        ("build_s", setting.say("Built, s", "构建秒数")),
    ]);
    for (name, seconds) in [("sum of all numbers", &seconds.sum), ("exact search", &seconds.exact)]
    {
        let speed = gigabytes / quantile(seconds, 0.5);
        let mut row = times(name, seconds);
        row.push(figure(speed));
        row.push(Cell::shown(speed / bandwidth, format!("{:.0} %", 100.0 * speed / bandwidth)));
        row.extend([Cell::shown(None::<f64>, ""), Cell::shown(None::<f64>, "")]);
        table.row(row);
    }
    if cells.is_some() {
        let mut row = times("search by cells", &seconds.cells);
        row.extend([Cell::shown(None::<f64>, ""), Cell::shown(None::<f64>, "")]);
        row.extend([figure(recall), Cell::shown(build_s, format!("{build_s:.1}"))]);
        table.row(row);
    }
    table.print(setting.format)
}

/// Turn by turn, so that all ways meet the same other work on the machine; with the share of the
/// exact answers that the cells hold.
fn measure(
    items: &ItemTable,
    cells: Option<&ItemCells>,
    queries: &[&[f32]],
    n: usize,
) -> (Seconds, f64) {
    let mut seconds = Seconds::default();
    let (mut found, mut wanted) = (0, 0);
    for (number, query) in queries.iter().cycle().take(queries.len() + WARM_UP).enumerate() {
        let (summed, _) = timed(|| vec![Scored { item: 0, score: items.sum() }]);
        let (searched, exact) = timed(|| items.best(query, n, &|_| true));
        let by_cells = cells.map(|cells| timed(|| cells.best(query, n, &|_| true)));
        if number < WARM_UP {
            continue;
        }
        seconds.sum.push(summed);
        seconds.exact.push(searched);
        if let Some((by_cells, near)) = by_cells {
            seconds.cells.push(by_cells);
            let holds = |one: &&Scored| near.iter().any(|other| other.item == one.item);
            found += exact.iter().filter(holds).count();
            wanted += exact.len();
        }
    }
    (seconds, f64::from(found as u32) / f64::from(wanted.max(1) as u32))
}

/// What a search gives, and the seconds it takes.
fn timed(search: impl FnOnce() -> Vec<Scored>) -> (f64, Vec<Scored>) {
    let start = Instant::now();
    let found = std::hint::black_box(search());
    (start.elapsed().as_secs_f64(), found)
}

fn times(name: &str, seconds: &[f64]) -> Vec<Cell> {
    let (median, late) = (quantile(seconds, 0.5), quantile(seconds, 0.99));
    vec![name.into(), figure(median * 1e3), figure(late * 1e3)]
}

/// The value below which so great a share lies.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let place = (share * values.len().saturating_sub(1) as f64).round() as usize;
    values.get(place).copied().unwrap_or(f64::NAN)
}
