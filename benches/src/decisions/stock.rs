//! Inventory formulas against the textbook's numbers.

use anyhow::Result;

use super::Told;
use crate::bench::{Bench, Job, args};
use crate::row::Row;

const SET: &str = "textbook";
/// Command, then what it must answer: key, figure, tolerance.
type Case = (&'static str, &'static [(&'static str, f64, f64)]);
const CASES: [Case; 7] = [
    (
        "order-quantity --order-cost 8 --holding 0.225 --demand 1300",
        &[("quantity", 304.0468, 1e-4), ("cost", 68.4105, 1e-4)],
    ),
    (
        "order-quantity --order-cost 8 --holding 0.225 --demand 1300 --waiting 5",
        &[("quantity", 310.812_555, 1e-5), ("cost", 66.921_364, 1e-5)],
    ),
    (
        "newsvendor --holding 0.18 --shortage 0.70 --mean 50 --deviation 8",
        &[("stock", 56.603_956, 1e-6), ("cost", 1.997_605, 1e-6)],
    ),
    (
        "newsvendor --holding 1 --shortage 4 --mean 6",
        &[("stock", 8.0, 0.0), ("cost", 3.570_107, 1e-6)],
    ),
    (
        "min-max --holding 1 --shortage 4 --order-cost 5 --demand 6",
        &[("order_at", 4.0, 0.0), ("order_up_to", 10.0, 0.0), ("cost", 8.034_112, 1e-6)],
    ),
    (
        "reorder-point --holding 20 --shortage 150 --order-cost 100 --demand 1.5 --lead-time 2",
        &[("reorder_at", 3.0, 0.0), ("quantity", 5.0, 0.0), ("cost", 107.923_581, 1e-6)],
    ),
    ("plan --order-cost 500 --holding 2 --demand 90,120,80,70", &[("cost", 1_380.0, 1e-9)]),
];

/// Every case.
pub fn job() -> Job {
    Job::new(format!("{SET} stock EOQ newsvendor (s,S) (r,Q) Wagner-Whitin"), 0.1, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (command, answers) in CASES {
        let words: Vec<&str> = ["stock"].into_iter().chain(command.split(' ')).collect();
        let told = Told::of(bench, args(&words))?;
        for (key, expected, tolerance) in answers {
            let value = told.figure(&[("key", key)], "value")?;
            let model = words[1];
            let protocol = format!("stockpyl 1.0.2's figure within {tolerance:e}");
            let row = told.row(SET, model, key, value).protocol(protocol);
            rows.push(row.equals(*expected, *tolerance).peer(*expected));
        }
    }
    Ok(rows)
}
