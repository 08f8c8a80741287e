//! What was asked for: units of each item by week, what came back, prices paid, and stock counts.
//!
//! One pass over batches in which each person's rows stand together in the order of time; memory is
//! one row per item and week of sale, and what the person at hand holds. No person is in what comes
//! out. Weeks start on Monday in the shop's zone and are numbered from that of 1970-01-01. A line
//! given away is no demand; returned units are taken off the order named, then off the person's
//! latest, in the week they were *sold* in, and it is kept when they came back, so that a series as
//! of any week knows only the returns of before. Postage and fees are left out.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, RecordBatch, StringArray};
use event::Currency;
use event::columns::{ColumnError, EventColumns};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;

use crate::error::FeatureError;
use crate::stock_out::{Count, open_shares, uncensored};

/// Days from 1970-01-01, a Thursday, back to its Monday.
const TO_MONDAY: i64 = 3;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// The week of goods that never came back.
const NEVER: i32 = i32::MAX;

/// What to read.
#[derive(Debug, Clone)]
pub struct DemandPlan {
    /// Zone in which weeks are cut.
    pub zone: TimeZone,
    /// Currency of the prices paid; other currencies' prices are left out, their units are not.
    pub currency: Currency,
    /// Events received at or after this moment are not read, whenever they happened.
    pub received_before_ms: i64,
}

/// What was asked for of one item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ItemDemand {
    /// Its id.
    pub item_id: String,
    /// Its name, by the newest `item` event that gives one.
    pub title: Option<String>,
    /// Widest category.
    pub category: Option<String>,
    /// Cost of a unit in minor units, by the newest `item` event that gives one.
    pub cost_minor: Option<i64>,
    /// Amounts paid, and for how many units.
    pub paid: (i64, i64),
    /// Units by the week sold and the week they came back in, [`i32::MAX`] for never.
    sold: BTreeMap<(i32, i32), i64>,
    /// Counts of stock, in order of time.
    pub counts: Vec<Count>,
}

/// What was asked for of every item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Demand {
    /// The items, by id.
    pub items: Vec<ItemDemand>,
    /// First week in which something was sold.
    pub first_week: i32,
    /// First week that is not over at the last sale: what a plan made now starts in.
    pub end_week: i32,
    /// Events read.
    pub events: u64,
    /// Order lines read.
    pub lines: u64,
    zone: Option<TimeZone>,
}

/// The days since 1970 of a week's Monday.
#[must_use]
pub fn monday(week: i32) -> i64 {
    i64::from(week) * 7 - TO_MONDAY
}

/// The week of a day since 1970.
#[must_use]
pub fn week_of(day: i64) -> i32 {
    i32::try_from((day + TO_MONDAY).div_euclid(7)).unwrap_or(i32::MAX - 1)
}

impl ItemDemand {
    /// Price paid on average, minor units.
    #[must_use]
    pub fn price_minor(&self) -> Option<i64> {
        (self.paid.1 > 0).then(|| self.paid.0 / self.paid.1)
    }

    /// Units on hand by the last count; `None` where stock was never counted.
    #[must_use]
    pub fn on_hand(&self) -> Option<i64> {
        self.counts.last().map(|count| count.level)
    }

    /// Weeks since the last unit was sold, at a week.
    #[must_use]
    pub fn quiet_weeks(&self, week: i32) -> Option<i32> {
        let last = self.sold.keys().filter(|(sold, back)| *sold < week && *back == NEVER);
        last.map(|(sold, _)| week - sold).min()
    }
}

impl Demand {
    /// Reads user-ordered batches of [`event::schema`] with `data` and `received_at`.
    pub fn read<E: From<FeatureError>>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &DemandPlan,
    ) -> Result<Self, E> {
        let mut reader = Reader::new(plan);
        for batch in batches {
            reader.batch(&batch?)?;
        }
        Ok(reader.finish())
    }

    /// Weeks from the first sale to the end.
    #[must_use]
    pub fn n_weeks(&self) -> usize {
        usize::try_from(self.end_week - self.first_week).unwrap_or(0)
    }

    /// Units of an item in each week before `until`, less what had come back by then; weeks
    /// without stock are filled by [`uncensored`].
    #[must_use]
    pub fn series(&self, item: usize, until: i32) -> Vec<f64> {
        let n = usize::try_from(until.min(self.end_week) - self.first_week).unwrap_or(0);
        let mut units = vec![0.0; n];
        let item = &self.items[item];
        for ((sold, back), qty) in &item.sold {
            let at = usize::try_from(sold - self.first_week).unwrap_or(usize::MAX);
            // What came back later was not known to.
            if let Some(cell) = units.get_mut(at)
                && *back >= until
            {
                *cell += *qty as f64;
            }
        }
        let Some(zone) = self.zone.as_ref().filter(|_| !item.counts.is_empty()) else {
            return units;
        };
        let starts: Vec<i64> = (0..=n).map(|w| self.week_start_ms(w, zone)).collect();
        uncensored(&units, &open_shares(&item.counts, &starts))
    }

    /// Everything that a plan reads of it, as text in a fixed order, so that it can be hashed.
    pub fn canonical(&self, line: &mut dyn FnMut(&str)) {
        for item in &self.items {
            let ItemDemand { item_id, cost_minor, paid, sold, counts, .. } = item;
            line(&format!("{item_id:?} {cost_minor:?} {paid:?} {sold:?} {counts:?}\n"));
        }
    }

    fn week_start_ms(&self, week: usize, zone: &TimeZone) -> i64 {
        let day = monday(self.first_week) + 7 * week as i64;
        let noon = day * DAY_MS + DAY_MS / 2;
        let offset = offset_ms(zone, noon);
        day * DAY_MS - offset
    }
}

/// How far the zone's clocks are ahead of UTC.
fn offset_ms(zone: &TimeZone, time_ms: i64) -> i64 {
    let moment = Timestamp::from_millisecond(time_ms);
    moment.map_or(0, |moment| i64::from(zone.to_offset(moment).seconds()) * 1_000)
}

/// Units that the person at hand still holds.
struct Held {
    item: usize,
    week: i32,
    left: i64,
    order: Option<String>,
}

struct Reader<'a> {
    plan: &'a DemandPlan,
    demand: Demand,
    index: FxHashMap<String, usize>,
    person: String,
    held: Vec<Held>,
    /// First and last week of a sale.
    span: Option<(i32, i32)>,
    /// Newest catalogue event of each item, by time and number.
    listed: FxHashMap<usize, (i64, u32)>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a DemandPlan) -> Self {
        Self {
            plan,
            demand: Demand { zone: Some(plan.zone.clone()), ..Demand::default() },
            index: FxHashMap::default(),
            person: String::new(),
            held: Vec::new(),
            span: None,
            listed: FxHashMap::default(),
        }
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), FeatureError> {
        let columns = &EventColumns::of(batch)?;
        let received = batch.column_by_name("received_at");
        let received = received.and_then(|c| c.as_primitive_opt::<TimestampMillisecondType>());
        let received = received.ok_or(ColumnError("received_at"))?;
        let data = batch.column_by_name("data").and_then(|c| c.as_string_opt::<i32>());
        let data = data.ok_or(ColumnError("data"))?;
        for row in 0..columns.user_key.len() {
            if received.value(row) >= self.plan.received_before_ms {
                continue;
            }
            self.demand.events += 1;
            let key = columns.user_key.value(row);
            if key != self.person {
                self.let_go();
                key.clone_into(&mut self.person);
            }
            self.row(columns, data, row);
        }
        Ok(())
    }

    fn row(&mut self, columns: &EventColumns<'_>, data: &StringArray, row: usize) {
        let time_ms = columns.time.value(row);
        let day = (time_ms + offset_ms(&self.plan.zone, time_ms)).div_euclid(DAY_MS);
        let week = week_of(day);
        match columns.kind.value(row) {
            "purchase" => {
                let foreign = columns.currency.is_null(row)
                    || columns.currency.value(row) != self.plan.currency.as_str();
                let order = order(columns, row);
                for line in columns.lines(row).filter(|line| line.is_sale() && line.qty > 0) {
                    let item = self.item(line.item_id);
                    self.demand.lines += 1;
                    if line.unit_price_minor.is_some() && !foreign {
                        let paid = &mut self.demand.items[item].paid;
                        paid.0 = paid.0.saturating_add(line.amount_minor());
                        paid.1 = paid.1.saturating_add(line.qty);
                    }
                    let order = order.map(str::to_owned);
                    self.held.push(Held { item, week, left: line.qty, order });
                    let (first, last) = self.span.unwrap_or((week, week));
                    self.span = Some((first.min(week), last.max(week)));
                }
            }
            "refund" => {
                let order = order(columns, row);
                for line in columns.lines(row).filter(|line| line.is_product) {
                    if let Some(&item) = self.index.get(line.item_id) {
                        self.give_back(item, line.qty, order, week);
                    }
                }
            }
            "stock" if !columns.item_id.is_null(row) => {
                let stamp = (time_ms, columns.seq.value(row));
                self.count(columns.item_id.value(row), data.value(row), stamp);
            }
            "item" if !columns.item_id.is_null(row) => {
                let item = self.item(columns.item_id.value(row));
                let stamp = (time_ms, columns.seq.value(row));
                self.list(item, data.value(row), stamp);
            }
            _ => {}
        }
    }

    fn item(&mut self, id: &str) -> usize {
        if let Some(&index) = self.index.get(id) {
            return index;
        }
        let item = ItemDemand { item_id: id.to_owned(), ..ItemDemand::default() };
        self.demand.items.push(item);
        self.index.insert(id.to_owned(), self.demand.items.len() - 1);
        self.demand.items.len() - 1
    }

    /// Takes returned units off the order named, then off the others, the latest first.
    fn give_back(&mut self, item: usize, mut qty: i64, order: Option<&str>, week: i32) {
        for named in [true, false] {
            let fits = |held: &&mut Held| {
                held.item == item && (order.is_some() && held.order.as_deref() == order) == named
            };
            for held in self.held.iter_mut().rev().filter(fits) {
                let taken = qty.min(held.left).max(0);
                held.left -= taken;
                qty -= taken;
                if taken > 0 {
                    let key = (held.week, week.max(held.week));
                    *self.demand.items[item].sold.entry(key).or_default() += taken;
                }
            }
        }
    }

    /// What was kept counts once the person's rows are over.
    fn let_go(&mut self) {
        for held in self.held.drain(..).filter(|held| held.left > 0) {
            *self.demand.items[held.item].sold.entry((held.week, NEVER)).or_default() += held.left;
        }
    }

    fn count(&mut self, id: &str, data: &str, (time_ms, seq): (i64, u32)) {
        #[derive(serde::Deserialize)]
        struct Stock {
            level: Option<i64>,
            delta: Option<i64>,
        }
        let Ok(stock) = serde_json::from_str::<Stock>(data) else { return };
        let item = self.item(id);
        let counts = &mut self.demand.items[item].counts;
        match (stock.level, stock.delta) {
            (Some(level), _) => counts.push(Count { time_ms, seq, level, is_change: false }),
            (None, Some(level)) => counts.push(Count { time_ms, seq, level, is_change: true }),
            (None, None) => {}
        }
    }

    fn list(&mut self, item: usize, data: &str, stamp: (i64, u32)) {
        #[derive(serde::Deserialize)]
        struct Listed {
            title: Option<String>,
            #[serde(default)]
            category: Vec<String>,
            cost_minor: Option<i64>,
        }
        let Ok(listed) = serde_json::from_str::<Listed>(data) else { return };
        let is_newest = self.listed.get(&item).is_none_or(|old| stamp >= *old);
        let known = &mut self.demand.items[item];
        let category = listed.category.into_iter().next();
        if is_newest {
            self.listed.insert(item, stamp);
            known.title = listed.title.or(known.title.take());
            known.category = category.or(known.category.take());
            known.cost_minor = listed.cost_minor.or(known.cost_minor);
        } else {
            known.title = known.title.take().or(listed.title);
            known.category = known.category.take().or(category);
            known.cost_minor = known.cost_minor.or(listed.cost_minor);
        }
    }

    /// Items by id, counts in order of time with corrections added up.
    fn finish(mut self) -> Demand {
        self.let_go();
        let mut demand = self.demand;
        demand.items.sort_unstable_by(|a, b| a.item_id.cmp(&b.item_id));
        for item in &mut demand.items {
            Count::settle(&mut item.counts);
        }
        // The week of the last sale may have days to come.
        let (first, last) = self.span.unwrap_or((0, 0));
        demand.first_week = first;
        demand.end_week = last;
        demand
    }
}

/// The order a row is about.
fn order<'a>(columns: &EventColumns<'a>, row: usize) -> Option<&'a str> {
    (!columns.order_id.is_null(row)).then(|| columns.order_id.value(row))
}
