//! Rules about columns against slow obvious twins on random columns, and against numpy, scipy and
//! pandas.

use std::io::Write;

use feature::clean::column::{Column, GroupBy, NumberColumn};
use feature::clean::missing::{FillMethod, fill};
use feature::clean::outliers::{OutlierMethod, OutliersRule};
use feature::clean::scaling::{Scaler, Scaling};
use feature::clean::statistics::{mean, median_deviation, quantile, sorted, standard_deviation};
use feature::clean::summary::{Histogram, Summary};
use rayon::prelude::*;

use crate::random_log::{Dice, LOGS};

const GROUPS: [&str; 3] = ["web", "app", ""];
const FILLS: [FillMethod; 6] = [
    FillMethod::Constant,
    FillMethod::Mean,
    FillMethod::Median,
    FillMethod::Mode,
    FillMethod::Forward,
    FillMethod::Linear,
];
const METHODS: [OutlierMethod; 3] =
    [OutlierMethod::RobustZ, OutlierMethod::Iqr, OutlierMethod::Winsorise];
const SCALES: [Scaling; 5] =
    [Scaling::ZScore, Scaling::MinMax, Scaling::Robust, Scaling::Log, Scaling::Quantile];

/// A few rows: few values and moments, so that much coincides; nulls, infinities, one far value.
fn random_column(number: u64) -> Column {
    let mut dice = Dice::new(number);
    let rows = dice.below(30);
    let whole = dice.one_in(2);
    let known = 1 + dice.below(5);
    let value = |dice: &mut Dice| match dice.below(8) {
        0 if known > 2 => None,
        1 if known > 3 => Some(f64::INFINITY),
        2 if known > 4 => Some(f64::NAN),
        3 => Some(-0.0),
        4 => Some(dice.below(1_000) as f64),
        _ if whole => Some(dice.below(9) as f64 - 3.0),
        _ => Some(dice.below(80) as f64 / 8.0 - 3.0),
    };
    let values: Vec<_> = (0..rows).map(|_| value(&mut dice)).collect();
    let times: Vec<i64> = (0..rows).map(|_| 1_000 * dice.below(12) as i64).collect();
    let groups: Vec<_> = (0..rows).map(|_| dice.pick(&GROUPS)).collect();
    let whole = values.iter().flatten().filter(|v| v.is_finite()).all(|v| v.fract() == 0.0);
    Column::new(&values, &times, &groups, whole)
}

fn columns_oracle(name: &str, check: impl Fn(u64, &Column) + Sync) {
    (0..LOGS).into_par_iter().for_each(|number| check(number, &random_column(number)));
    let _ = writeln!(std::io::stderr().lock(), "oracle {name}: {LOGS} random columns agree");
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs())),
        (a, b) => a == b,
    }
}

/// Known values of the rows of a row's group, with time and row.
fn peers(column: &Column, row: usize) -> Vec<(i64, usize, f64)> {
    let mut peers = Vec::new();
    for other in 0..column.values.len() {
        if column.group_of[other] == column.group_of[row]
            && let Some(value) = column.values[other]
        {
            peers.push((column.times_ms[other], other, value));
        }
    }
    peers
}

/// The quantile by walking: how many values lie wholly below the place, and what is left over.
fn slow_quantile(mut values: Vec<f64>, share: f64) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let mut place = share * (values.len() - 1) as f64;
    let mut at = 0;
    while place >= 1.0 {
        place -= 1.0;
        at += 1;
    }
    let next = values.get(at + 1).copied().unwrap_or(values[at]);
    Some(values[at] + place * (next - values[at]))
}

fn slow_fill(column: &Column, method: FillMethod, row: usize) -> Option<f64> {
    let (time, peers) = (column.times_ms[row], peers(column, row));
    let values: Vec<f64> = peers.iter().map(|peer| peer.2).collect();
    let before = peers.iter().filter(|p| (p.0, p.1) < (time, row)).max_by_key(|p| (p.0, p.1));
    let after = peers.iter().filter(|p| (p.0, p.1) > (time, row)).min_by_key(|p| (p.0, p.1));
    let found = match method {
        FillMethod::Constant => Some(7.25),
        FillMethod::Mean if values.is_empty() => None,
        FillMethod::Mean => Some(values.iter().sum::<f64>() / values.len() as f64),
        FillMethod::Median => slow_quantile(values, 0.5),
        FillMethod::Mode => {
            let times = |value: f64| values.iter().filter(|other| **other == value).count();
            let most = values.iter().map(|value| times(*value)).max()?;
            values.iter().copied().filter(|v| times(*v) == most).reduce(f64::min)
        }
        FillMethod::Forward => before.map(|peer| peer.2),
        FillMethod::Linear => match (before, after) {
            (Some(b), Some(a)) if a.0 == b.0 => Some(b.2),
            (Some(b), Some(a)) => {
                Some(b.2 + (a.2 - b.2) * (time - b.0) as f64 / (a.0 - b.0) as f64)
            }
            _ => None,
        },
    };
    found.map(|value| if column.is_whole { value.round() } else { value })
}

#[test]
fn missing_values_are_filled_as_looking_at_every_other_row_says() {
    columns_oracle("missing values, 6 methods by group", |number, column| {
        for method in FILLS {
            let filled = fill(column, method, 7.25);
            assert_eq!(filled.len(), column.values.len(), "nothing is dropped");
            for (row, value) in filled.into_iter().enumerate() {
                let expected = column.values[row].or_else(|| slow_fill(column, method, row));
                let place = format!("column {number} {method:?} row {row}");
                assert!(close(value, expected), "{place}: {value:?}, expected {expected:?}");
            }
        }
    });
}

#[test]
fn quantiles_and_summaries_are_those_of_walking_along_the_values() {
    columns_oracle("summaries and bars", |number, column| {
        let known: Vec<f64> = column.values.iter().flatten().copied().collect();
        let summary = Summary::of(&column.values);
        let figures = [summary.min, summary.p25, summary.median, summary.p75, summary.max];
        for (figure, share) in figures.into_iter().zip([0.0, 0.25, 0.5, 0.75, 1.0]) {
            assert!(close(figure, slow_quantile(known.clone(), share)), "column {number}");
        }
        assert_eq!(summary.n - summary.missing, known.len() as u64);
        let Some(edges) = Histogram::edges(&column.values) else {
            assert!(known.is_empty());
            return;
        };
        let bars = Histogram::of(&column.values, edges);
        assert_eq!(bars.below + bars.above + bars.counts.iter().sum::<u64>(), known.len() as u64);
        let width = (edges.1 - edges.0) / bars.counts.len() as f64;
        for (place, count) in bars.counts.iter().enumerate() {
            // A value on an edge may be rounded to either side of it.
            let (low, high) =
                (edges.0 + place as f64 * width, edges.0 + (place + 1) as f64 * width);
            let within = |by: f64| {
                known.iter().filter(|v| **v >= low - by && **v <= high + by).count() as u64
            };
            assert!(*count <= within(1e-9 * (1.0 + high.abs())), "column {number} bar {place}");
        }
    });
}

fn rule(method: OutlierMethod, least: usize) -> OutliersRule {
    OutliersRule {
        column: NumberColumn::Qty,
        types: Vec::new(),
        by: Some(GroupBy::Source),
        method,
        threshold: None,
        fence: None,
        low: (method == OutlierMethod::Winsorise).then_some(0.1),
        high: (method == OutlierMethod::Winsorise).then_some(0.9),
        least: Some(least),
    }
}

/// Whether a row's value is outside, and what winsorising makes of it, by the textbook.
fn slow_judge(column: &Column, method: OutlierMethod, row: usize) -> (bool, Option<f64>) {
    let Some(value) = column.values[row] else { return (false, None) };
    let values: Vec<f64> = peers(column, row).iter().map(|peer| peer.2).collect();
    let at = |share| slow_quantile(values.clone(), share).unwrap();
    if values.len() < 5 {
        return (false, Some(value));
    }
    match method {
        OutlierMethod::RobustZ => {
            let away: Vec<f64> = values.iter().map(|v| (v - at(0.5)).abs()).collect();
            let spread = slow_quantile(away, 0.5).unwrap();
            let z = 0.6745 * (value - at(0.5)).abs() / spread;
            (spread > 0.0 && z > 3.5, Some(value))
        }
        OutlierMethod::Iqr => {
            let between = at(0.75) - at(0.25);
            let away = (at(0.25) - value).max(value - at(0.75));
            (between > 0.0 && away > 1.5 * between, Some(value))
        }
        OutlierMethod::Winsorise => {
            let round = |value: f64| if column.is_whole { value.round() } else { value };
            let (low, high) = (round(at(0.1)), round(at(0.9)));
            let moved = if value < low {
                low
            } else if value > high {
                high
            } else {
                value
            };
            (moved != value, Some(moved))
        }
    }
}

#[test]
fn outliers_are_those_of_the_textbook_and_only_winsorising_moves_them() {
    columns_oracle("outliers, 3 methods by group", |number, column| {
        for method in METHODS {
            let judged = rule(method, 5).judge(column);
            for row in 0..column.values.len() {
                let (outside, value) = slow_judge(column, method, row);
                let place = format!("column {number} {method:?} row {row}");
                if method == OutlierMethod::Winsorise {
                    // A value within rounding of its fence may be moved by that much.
                    assert!(close(judged.values[row], value), "{place}");
                } else {
                    assert_eq!(judged.outside[row], outside, "{place}");
                    assert_eq!(judged.values[row], column.values[row], "{place}");
                }
            }
            assert_eq!(judged.values.len(), column.values.len(), "nothing is dropped");
        }
    });
}

fn slow_scale(known: &[f64], method: Scaling, value: f64) -> Option<f64> {
    let at = |share| slow_quantile(known.to_vec(), share).unwrap();
    let over = |top: f64, bottom: f64| (bottom > 0.0).then(|| top / bottom);
    if method == Scaling::Log {
        return Some(if value < 0.0 { -(1.0 - value).ln() } else { (1.0 + value).ln() });
    }
    if known.is_empty() {
        return None;
    }
    let n = known.len() as f64;
    let mean = known.iter().sum::<f64>() / n;
    match method {
        Scaling::ZScore => {
            let squares: f64 = known.iter().map(|v| (v - mean) * (v - mean)).sum();
            let is_spread = known.iter().any(|v| *v != known[0]);
            is_spread.then(|| (value - mean) / (squares / n).sqrt())
        }
        Scaling::MinMax => over(value - at(0.0), at(1.0) - at(0.0)),
        Scaling::Robust => over(value - at(0.5), at(0.75) - at(0.25)),
        _ => {
            let below = known.iter().filter(|v| **v < value).count() as f64;
            let equal = known.iter().filter(|v| **v == value).count() as f64;
            let lower = known.iter().copied().filter(|v| *v < value).reduce(f64::max);
            let upper = known.iter().copied().filter(|v| *v > value).reduce(f64::min);
            let place = match (lower, upper) {
                _ if equal > 0.0 => below + (equal - 1.0) / 2.0,
                (Some(low), Some(high)) => below - 1.0 + (value - low) / (high - low),
                (None, _) => 0.0,
                (_, None) => n - 1.0,
            };
            (at(0.0) < at(1.0)).then(|| place / (n - 1.0))
        }
    }
}

#[test]
fn scales_are_the_formulas_and_are_the_same_bits_after_saving() {
    columns_oracle("scales, 5 methods, saved and loaded", |number, column| {
        let known: Vec<f64> = column.values.iter().flatten().copied().collect();
        for method in SCALES {
            let scaler = Scaler::fit(method, &column.values);
            scaler.validate().unwrap();
            let text = serde_json::to_string(&scaler).unwrap();
            let loaded: Scaler = serde_json::from_str(&text).unwrap();
            let mut dice = Dice::new(number);
            let mut shuffled = column.values.clone();
            dice.shuffle(&mut shuffled);
            assert_eq!(Scaler::fit(method, &shuffled), scaler, "column {number}: order matters");
            let fresh = (0..8).map(|_| Some(dice.below(1_200) as f64 / 10.0 - 60.0));
            for value in fresh.chain(column.values.iter().copied()).chain([Some(f64::NAN)]) {
                let scaled = scaler.apply(value);
                let bits = |value: Option<f64>| value.map(f64::to_bits);
                assert_eq!(bits(loaded.apply(value)), bits(scaled));
                assert_eq!(bits(loaded.invert(scaled)), bits(scaler.invert(scaled)));
                let is_known = value.filter(|value| value.is_finite());
                let expected = is_known.and_then(|value| slow_scale(&known, method, value));
                let place = format!("column {number} {method:?} {value:?}: {scaled:?}");
                assert!(close(scaled, expected), "{place}, expected {expected:?}");
                let inside = is_known.is_some_and(|value| {
                    known.iter().any(|k| *k <= value) && known.iter().any(|k| *k >= value)
                });
                if scaled.is_some() && (method != Scaling::Quantile || inside) {
                    assert!(close(scaler.invert(scaled), value), "{place}");
                }
            }
        }
    });
}

/// Values by numpy 2.4.6, scipy 1.17.1 and pandas 3.1.1.
#[test]
fn figures_are_those_of_numpy_scipy_and_pandas() {
    let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0, 89.0, 79.5];
    let column: Vec<_> = x.iter().map(|value| Some(*value)).collect();
    let known = sorted(column.iter().copied());
    let shares = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0];
    let numpy = [1.0, 1.0, 3.0, 5.0, 6.0, 87.859_999_999_999_99, 89.0];
    for (share, expected) in shares.into_iter().zip(numpy) {
        assert!(close(quantile(&known, share), Some(expected)), "{share}");
    }
    assert!(close(mean(&known), Some(16.346_153_846_153_847)));
    assert!(close(standard_deviation(&known), Some(29.088_316_855_995_52)));
    assert_eq!(median_deviation(&known, 5.0), Some(2.0));
    let z = Scaler::fit(Scaling::ZScore, &column);
    assert!(close(z.apply(Some(3.0)), Some(-0.458_814_922_576_141_2)));
    assert!(close(z.apply(Some(89.0)), Some(2.497_698_526_646_486)));
    let log = Scaler::fit(Scaling::Log, &column);
    assert!(close(log.apply(Some(89.0)), Some(4.499_809_670_330_265)));
    let whole = Column::new(&column, &[0; 13], &[""; 13], false);
    for method in [OutlierMethod::RobustZ, OutlierMethod::Iqr] {
        let outside = rule(method, 5).judge(&whole).outside;
        let places: Vec<_> = (0..13).filter(|row| outside[*row]).collect();
        assert_eq!(places, [11, 12]);
    }
    let series = [Some(1.0), None, None, Some(4.0), None, Some(10.0)];
    let series = Column::new(&series, &[0, 1_000, 4_000, 6_000, 6_000, 9_000], &[""; 6], false);
    let line = [1.0, 1.5, 3.0, 4.0, 4.0, 10.0].map(Some);
    assert_eq!(fill(&series, FillMethod::Linear, 0.0), line);
    let forward = [1.0, 1.0, 1.0, 4.0, 4.0, 10.0].map(Some);
    assert_eq!(fill(&series, FillMethod::Forward, 0.0), forward);
}

#[test]
fn nothing_infinities_one_value_and_vast_values_have_a_defined_answer() {
    let inf = f64::INFINITY;
    let columns: [Vec<Option<f64>>; 6] = [
        vec![],
        vec![None; 20],
        vec![Some(inf), Some(-inf), Some(f64::NAN), None],
        vec![Some(4.0)],
        vec![Some(4.0); 20],
        (0..20).map(|i| Some(if i % 2 == 0 { f64::MAX } else { f64::MIN })).collect(),
    ];
    for values in columns {
        let groups = vec![""; values.len()];
        let times: Vec<i64> = (0..values.len()).map(|i| [i64::MIN, 0, i64::MAX][i % 3]).collect();
        let column = Column::new(&values, &times, &groups, false);
        let finite = |values: &[Option<f64>]| values.iter().flatten().all(|v| v.is_finite());
        for method in FILLS {
            assert!(finite(&fill(&column, method, 1.0)), "{method:?} {values:?}");
        }
        for method in METHODS {
            let judged = rule(method, 3).judge(&column);
            assert!(finite(&judged.values), "{method:?} {values:?}");
            assert!(judged.fences.iter().flatten().all(|f| f.low <= f.high));
        }
        for method in SCALES {
            let scaler = Scaler::fit(method, &values);
            scaler.validate().unwrap();
            assert!(finite(&scaler.apply_all(&values)), "{method:?} {values:?}");
            let inverted: Vec<_> =
                [-2.0, 0.5, 2.0, inf].iter().map(|z| scaler.invert(Some(*z))).collect();
            assert!(finite(&inverted), "{method:?} {values:?}");
        }
        let summary = Summary::of(&values);
        assert!(finite(&[summary.min, summary.p25, summary.max, summary.mean]));
    }
}

#[test]
fn scalers_that_no_fit_gives_are_refused() {
    let fitted = Scaler::fit(Scaling::ZScore, &[Some(1.0), Some(3.0)]);
    fitted.validate().unwrap();
    let bad = [
        Scaler { centre: None, ..fitted.clone() },
        Scaler { spread: Some(-1.0), ..fitted.clone() },
        Scaler { centre: Some(f64::NAN), ..fitted.clone() },
        Scaler { knots: vec![1.0, 2.0], ..fitted.clone() },
        Scaler { method: Scaling::Log, ..fitted.clone() },
        Scaler { method: Scaling::Quantile, ..fitted },
    ];
    for scaler in bad {
        assert!(scaler.validate().is_err(), "{scaler:?}");
    }
}
