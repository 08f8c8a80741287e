//! Recency, frequency, money: known buyers on a grid of fifths.
//!
//! Counting unit: people the shop knows with at least one order. Recency is the number of days of
//! the shop's calendar from the last order to the day told from; frequency the number of orders;
//! money what their products cost (refunds are not taken off). Each is scored 1 (worst) to 5 by
//! the middle rank of equal values, so that equal buyers have equal scores:
//! `score = 1 + ⌊5·(2·worse + equal) / (2·buyers)⌋`, `worse` buyers with a worse value and `equal`
//! with the same one, oneself included. Without ties every score has a fifth of the buyers.
//!
//! Groups by recency (down) and frequency (across):
//!
//! | r \ f | 1 | 2 | 3 | 4 | 5 |
//! |---|---|---|---|---|---|
//! | 5 | new | promising | loyal | champions | champions |
//! | 4 | new | promising | loyal | loyal | champions |
//! | 3 | promising | promising | loyal | loyal | loyal |
//! | 2 | hibernating | hibernating | at risk | at risk | cannot lose |
//! | 1 | lost | lost | at risk | cannot lose | cannot lose |
//!
//! Time `O(n log n)` and memory `O(n)` for `n` buyers.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use arrow_array::{Int64Array, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::columns::EventColumns;
use event::{Bilingual, Currency};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use serde::Serialize;

use super::placed_order::{columns, goods_minor, is_order};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel, Tally};

/// What to score.
#[derive(Debug, Clone)]
pub struct RfmPlan {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Zone in which days are cut.
    pub zone: TimeZone,
    /// The moment recency is told from; orders at it or later do not count. None: the day of the
    /// last order that counts.
    pub as_of_ms: Option<i64>,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
}

impl RfmPlan {
    /// Columns that a scan for the report holds.
    pub fn reads(&self) -> Vec<&'static str> {
        event::columns::NAMES.to_vec()
    }

    /// Everything, as of the last order.
    pub fn new(currency: Currency, zone: TimeZone) -> Self {
        Self { currency, zone, as_of_ms: None, from_ms: i64::MIN, to_ms: i64::MAX }
    }

    fn day(&self, time_ms: i64) -> Option<Date> {
        let moment = Timestamp::from_millisecond(time_ms).ok()?;
        Some(moment.to_zoned_datetime(self.zone.clone()).date())
    }
}

/// The grid of known buyers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RfmReport {
    /// What is counted: `people`, those the shop knows and who ordered.
    pub counting: &'static str,
    /// The day recency is told from, `YYYY-MM-DD` in the shop's zone; null without buyers.
    pub as_of: Option<String>,
    /// Known buyers.
    pub people: u64,
    /// Their orders.
    pub orders: u64,
    /// What their orders' products cost, in minor units of the shop's currency.
    pub revenue_minor: i64,
    /// All 25 cells, by recency and then frequency, lowest score first.
    pub cells: Vec<RfmCell>,
    /// All eight named groups, in the order of [`GROUPS`].
    pub named: Vec<RfmGroup>,
    /// Values that were given each score.
    pub bounds: RfmBounds,
}

/// Buyers with one pair of scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RfmCell {
    /// Recency, 1 (long ago) to 5 (recent).
    pub r: u8,
    /// Frequency, 1 (seldom) to 5 (often).
    pub f: u8,
    /// Code of the named group the cell belongs to.
    pub group: &'static str,
    /// Buyers.
    pub people: u64,
    /// What they spent.
    pub revenue_minor: i64,
    /// Mean days since their last order; null for an empty cell.
    pub average_recency_days: Option<f64>,
}

/// A named group of cells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RfmGroup {
    /// Its name.
    pub name: Bilingual,
    /// Its stable code, one of [`GROUPS`].
    pub code: &'static str,
    /// Buyers.
    pub people: u64,
    /// What they spent.
    pub revenue_minor: i64,
}

/// Values that were given each score; a score nobody got is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RfmBounds {
    /// Days since the last order.
    pub recency_days: Vec<ScoreRange>,
    /// Orders.
    pub orders: Vec<ScoreRange>,
    /// Money spent, minor units.
    pub revenue_minor: Vec<ScoreRange>,
}

/// Smallest and largest value of a score, and how many people got it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScoreRange {
    /// The score.
    pub score: u8,
    /// Smallest value.
    pub least: i64,
    /// Largest value.
    pub most: i64,
    /// Buyers.
    pub people: u64,
}

/// Codes of the named groups.
pub const GROUPS: [&str; 8] =
    ["champions", "loyal", "promising", "new", "at_risk", "cannot_lose", "hibernating", "lost"];

/// Names of [`GROUPS`], English and Chinese.
const NAMES: [(&str, &str); 8] = [
    ("Champions", "重要价值客户"),
    ("Loyal", "忠诚客户"),
    ("Promising", "潜力客户"),
    ("New", "新客户"),
    ("At risk", "流失风险客户"),
    ("Cannot lose", "重要挽留客户"),
    ("Hibernating", "沉睡客户"),
    ("Lost", "已流失客户"),
];

/// Index into [`GROUPS`] by recency (row 0 is score 1) and frequency.
const GROUP_OF: [[usize; 5]; 5] =
    [[7, 7, 4, 5, 5], [6, 6, 4, 4, 5], [2, 2, 1, 1, 1], [3, 2, 1, 1, 0], [3, 2, 1, 0, 0]];

/// Each known buyer's last order, number of orders and money; buyers alike are one row.
struct Rfm<'a> {
    plan: &'a RfmPlan,
}

/// Buyers alike: last order in ms, orders, money, and how many they are.
type Alike = (i64, u64, i64, u64);

impl Kernel for Rfm<'_> {
    fn reads(&self) -> Vec<&'static str> {
        columns()
    }

    fn returns(&self) -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("last_ms", DataType::Int64, false),
            Field::new("orders", DataType::UInt64, false),
            Field::new("revenue_minor", DataType::Int64, false),
            Field::new("people", DataType::UInt64, false),
        ]))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = EventColumns::of(people)?;
        let end_ms = self.plan.to_ms.min(self.plan.as_of_ms.unwrap_or(i64::MAX));
        let mut buyers = Vec::new();
        for (key, rows) in kernel::people(people)? {
            if !key.starts_with("u:") {
                continue;
            }
            let mut buyer: Alike = (i64::MIN, 0, 0, 1);
            for row in rows {
                let time_ms = columns.time.value(row);
                let counted = (self.plan.from_ms..end_ms).contains(&time_ms);
                if counted && is_order(&columns, row) && self.plan.day(time_ms).is_some() {
                    let goods_minor = goods_minor(&columns, row, self.plan.currency);
                    buyer.0 = buyer.0.max(time_ms);
                    buyer.1 += 1;
                    buyer.2 = buyer.2.saturating_add(goods_minor);
                }
            }
            if buyer.1 > 0 {
                buyers.push(buyer);
            }
        }
        self.table(buyers)
    }
}

impl Tally for Rfm<'_> {
    fn merge(&self, answers: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        self.table(alike(answers))
    }
}

impl Rfm<'_> {
    fn table(&self, mut buyers: Vec<Alike>) -> Result<RecordBatch, FeatureError> {
        buyers.sort_unstable();
        buyers.dedup_by(|next, kept| {
            let same = (next.0, next.1, next.2) == (kept.0, kept.1, kept.2);
            kept.3 += if same { next.3 } else { 0 };
            same
        });
        let last_ms = Int64Array::from_iter_values(buyers.iter().map(|b| b.0));
        let orders = UInt64Array::from_iter_values(buyers.iter().map(|b| b.1));
        let money = Int64Array::from_iter_values(buyers.iter().map(|b| b.2));
        let people = UInt64Array::from_iter_values(buyers.iter().map(|b| b.3));
        let columns: Vec<arrow_array::ArrayRef> =
            vec![Arc::new(last_ms), Arc::new(orders), Arc::new(money), Arc::new(people)];
        Ok(RecordBatch::try_new(self.returns(), columns)?)
    }
}

/// The rows of [`Rfm`]'s answers.
fn alike(answers: &RecordBatch) -> Vec<Alike> {
    let whole = |at: usize| answers.column(at).as_primitive::<Int64Type>().values();
    let count = |at: usize| answers.column(at).as_primitive::<UInt64Type>().values();
    let (last_ms, orders, money, people) = (whole(0), count(1), whole(2), count(3));
    (0..answers.num_rows()).map(|i| (last_ms[i], orders[i], money[i], people[i])).collect()
}

impl RfmReport {
    /// Counts user-ordered batches of [`event::schema`].
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &RfmPlan,
    ) -> Result<Self, E> {
        let buyers = alike(&kernel::fold(batches, &Rfm { plan })?);
        let as_of_ms = plan.as_of_ms.or(buyers.iter().map(|b| b.0).max());
        let as_of = as_of_ms.filter(|_| !buyers.is_empty()).and_then(|ms| plan.day(ms));
        Ok(Self::of(&buyers, as_of, plan))
    }

    fn of(buyers: &[Alike], as_of: Option<Date>, plan: &RfmPlan) -> Self {
        let days: Vec<i64> = buyers.iter().map(|b| days_between(plan.day(b.0), as_of)).collect();
        let people = |value: fn(&Alike) -> i64| -> Vec<(i64, u64)> {
            buyers.iter().map(|b| (value(b), b.3)).collect()
        };
        let recency: Vec<(i64, u64)> = days.iter().zip(buyers).map(|(d, b)| (*d, b.3)).collect();
        let (orders, money) = (people(|b| b.1.cast_signed()), people(|b| b.2));
        let (r, f) = (scores(&recency, false), scores(&orders, true));
        let mut report = Self::empty(as_of);
        let mut days_sum = [0_i128; 25];
        for (i, (_, orders, money_minor, n)) in buyers.iter().enumerate() {
            let money_minor = money_minor.saturating_mul(n.cast_signed());
            let at = usize::from(r[i] - 1) * 5 + usize::from(f[i] - 1);
            let group = GROUP_OF[at / 5][at % 5];
            report.people += n;
            report.orders += orders * n;
            add_minor(&mut report.revenue_minor, money_minor);
            report.cells[at].people += n;
            add_minor(&mut report.cells[at].revenue_minor, money_minor);
            report.named[group].people += n;
            add_minor(&mut report.named[group].revenue_minor, money_minor);
            days_sum[at] += i128::from(days[i]) * i128::from(*n);
        }
        for (cell, days) in report.cells.iter_mut().zip(days_sum) {
            cell.average_recency_days = (cell.people > 0).then(|| days as f64 / cell.people as f64);
        }
        report.bounds = RfmBounds {
            recency_days: ranges(&recency, &r),
            revenue_minor: ranges(&money, &scores(&money, true)),
            orders: ranges(&orders, &f),
        };
        report
    }

    fn empty(as_of: Option<Date>) -> Self {
        let cell = |at: usize| RfmCell {
            r: (at / 5 + 1) as u8,
            f: (at % 5 + 1) as u8,
            group: GROUPS[GROUP_OF[at / 5][at % 5]],
            people: 0,
            revenue_minor: 0,
            average_recency_days: None,
        };
        let group = |(code, (en, zh)): (&'static str, (&str, &str))| RfmGroup {
            name: Bilingual::new(en, zh),
            code,
            people: 0,
            revenue_minor: 0,
        };
        Self {
            counting: "people",
            as_of: as_of.map(|day| day.to_string()),
            people: 0,
            orders: 0,
            revenue_minor: 0,
            cells: (0..25).map(cell).collect(),
            named: GROUPS.into_iter().zip(NAMES).map(group).collect(),
            bounds: RfmBounds::default(),
        }
    }
}

fn add_minor(sum_minor: &mut i64, more_minor: i64) {
    *sum_minor = sum_minor.saturating_add(more_minor);
}

/// Days of the calendar; 0 where a day is not known, which [`Rfm::run`] rules out.
fn days_between(from: Option<Date>, to: Option<Date>) -> i64 {
    let span = from.zip(to).and_then(|(from, to)| from.until((Unit::Day, to)).ok());
    span.map_or(0, |span| i64::from(span.get_days()))
}

/// The score of each value, `(value, how many people have it)`.
fn scores(values: &[(i64, u64)], more_is_better: bool) -> Vec<u8> {
    let total: u64 = values.iter().map(|(_, people)| people).sum();
    let badness = |i: usize| if more_is_better { values[i].0 } else { -values[i].0 };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by_key(|&i| badness(i));
    let mut scores = vec![0; values.len()];
    let mut worse = 0;
    for equals in order.chunk_by(|&a, &b| badness(a) == badness(b)) {
        let equal: u64 = equals.iter().map(|&i| values[i].1).sum();
        let score = 1 + 5 * (2 * worse + equal) / (2 * total);
        equals.iter().for_each(|&i| scores[i] = score as u8);
        worse += equal;
    }
    scores
}

fn ranges(values: &[(i64, u64)], scores: &[u8]) -> Vec<ScoreRange> {
    let of_score = |score: u8| {
        let own = || values.iter().zip(scores).filter(|(_, s)| **s == score).map(|(v, _)| *v);
        let (least, most) = (own().map(|v| v.0).min()?, own().map(|v| v.0).max()?);
        Some(ScoreRange { score, least, most, people: own().map(|v| v.1).sum() })
    };
    (1..=5).filter_map(of_score).collect()
}
