//! The shop at a glance: orders, revenue net of cancellations, buyers and order value, by week.
//!
//! One pass over user-ordered batches; memory is one row per week, per known buyer and per item.
//! Weeks start on Monday in the shop's zone. Amounts in another currency than the shop's are
//! counted apart, never added.

use std::collections::BTreeMap;

use arrow_array::{Array, RecordBatch};
use event::columns::EventColumns;
use event::{Currency, ItemId, UserId};
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rustc_hash::FxHashMap;

use crate::error::FeatureError;

/// Figures of a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Totals {
    /// Orders: purchases with at least one product sold at a price.
    pub orders: u64,
    /// Orders of people the shop does not know.
    pub anonymous_orders: u64,
    /// Sum of the totals of all purchases, postage and charges included, in minor units.
    pub revenue_gross_minor: i64,
    /// The part of it that is products.
    pub revenue_goods_minor: i64,
    /// Money given back in the period, whenever the order was.
    pub refunds_minor: i64,
    /// Gross minus refunds.
    pub revenue_net_minor: i64,
    /// Different known people with an order.
    pub buyers: u64,
    /// Products sold divided by orders in the shop's currency, half rounded up; 0 without orders.
    pub average_order_minor: i64,
    /// Product views.
    pub views: u64,
    /// Clicks.
    pub clicks: u64,
    /// Cart changes.
    pub carts: u64,
    /// Reviews.
    pub reviews: u64,
    /// Orders and refunds in another currency, left out of the amounts.
    pub other_currency: u64,
    /// Orders in the shop's currency, what the average is over.
    #[serde(skip)]
    priced_orders: u64,
}

/// Figures of one week.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Week {
    /// The Monday it starts on.
    pub week_start: Date,
    /// Its figures.
    #[serde(flatten)]
    pub totals: Totals,
}

/// A known person's orders in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyerSummary {
    /// Who.
    pub user_id: UserId,
    /// How many orders.
    pub orders: u64,
    /// When last seen, milliseconds since 1970 UTC.
    pub last_seen_ms: i64,
}

/// The figures of a shop.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overview {
    /// Over the whole range.
    pub totals: Totals,
    /// By week, gaps included as empty weeks.
    pub weeks: Vec<Week>,
    /// Known people, most orders first.
    pub buyers: Vec<BuyerSummary>,
    /// People (known or not) who bought, viewed or clicked each item; most first.
    pub item_people: Vec<(ItemId, u64)>,
}

/// What to count.
#[derive(Debug, Clone)]
pub struct OverviewPlan {
    /// Currency of the amounts.
    pub currency: Currency,
    /// Zone in which days and weeks are cut.
    pub zone: TimeZone,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
}

/// The zone of an IANA name.
pub fn zone(name: &str) -> Result<TimeZone, FeatureError> {
    TimeZone::get(name).map_err(|_| FeatureError::TimeZone(name.to_owned()))
}

/// Start of a day in a zone, in milliseconds since 1970 UTC.
pub fn day_start_ms(date: Date, zone: &TimeZone) -> Option<i64> {
    let start = date.to_zoned_datetime(zone.clone()).ok()?;
    Some(start.timestamp().as_millisecond())
}

impl Overview {
    /// Counts user-ordered batches of [`event::schema`].
    pub fn read<E: From<FeatureError>>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &OverviewPlan,
    ) -> Result<Self, E> {
        let mut counter = Counter::new(plan);
        for batch in batches {
            let batch = batch?;
            counter.batch(&EventColumns::of(&batch).map_err(FeatureError::from)?);
        }
        Ok(counter.finish())
    }
}

struct Counter<'a> {
    plan: &'a OverviewPlan,
    weeks: BTreeMap<Date, Totals>,
    total: Totals,
    person: String,
    person_orders: u64,
    person_last_ms: i64,
    person_weeks: Vec<Date>,
    person_items: Vec<u32>,
    item_index: FxHashMap<String, u32>,
    item_people: Vec<u64>,
    buyers: Vec<BuyerSummary>,
    week_of: WeekOf,
}

impl<'a> Counter<'a> {
    fn new(plan: &'a OverviewPlan) -> Self {
        Self {
            plan,
            weeks: BTreeMap::new(),
            total: Totals::default(),
            person: String::new(),
            person_orders: 0,
            person_last_ms: i64::MIN,
            person_weeks: Vec::new(),
            person_items: Vec::new(),
            item_index: FxHashMap::default(),
            item_people: Vec::new(),
            buyers: Vec::new(),
            week_of: WeekOf { zone: plan.zone.clone(), week: None },
        }
    }

    fn batch(&mut self, columns: &EventColumns<'_>) {
        for row in 0..columns.user_key.len() {
            let time_ms = columns.time.value(row);
            let key = columns.user_key.value(row);
            if key.is_empty() || !(self.plan.from_ms..self.plan.to_ms).contains(&time_ms) {
                continue;
            }
            if key != self.person {
                self.close_person();
                key.clone_into(&mut self.person);
            }
            self.person_last_ms = self.person_last_ms.max(time_ms);
            let Some(week) = self.week_of.monday(time_ms) else { continue };
            let add = count_row(columns, row, self.plan.currency, !key.starts_with("u:"));
            let bought = add.orders > 0;
            self.total.add(&add);
            self.weeks.entry(week).or_default().add(&add);
            self.person_orders += add.orders;
            if bought && self.person_weeks.last() != Some(&week) {
                self.person_weeks.push(week);
            }
            self.note_items(columns, row);
        }
    }

    fn note_items(&mut self, columns: &EventColumns<'_>, row: usize) {
        match columns.kind.value(row) {
            "view" | "click" if !columns.item_id.is_null(row) => {
                let index = self.item(columns.item_id.value(row));
                self.person_items.push(index);
            }
            "purchase" => {
                for line in columns.lines(row).filter(|line| line.is_product) {
                    let index = self.item(line.item_id);
                    self.person_items.push(index);
                }
            }
            _ => {}
        }
    }

    fn item(&mut self, id: &str) -> u32 {
        if let Some(&index) = self.item_index.get(id) {
            return index;
        }
        let index = self.item_people.len() as u32;
        self.item_index.insert(id.to_owned(), index);
        self.item_people.push(0);
        index
    }

    /// Books what can only be known once all of a person's rows were seen.
    fn close_person(&mut self) {
        self.person_items.sort_unstable();
        self.person_items.dedup();
        for item in self.person_items.drain(..) {
            self.item_people[item as usize] += 1;
        }
        let known = self.person.strip_prefix("u:").and_then(|id| UserId::new(id).ok());
        if let Some(user_id) = known {
            self.total.buyers += u64::from(self.person_orders > 0);
            for week in &self.person_weeks {
                self.weeks.entry(*week).or_default().buyers += 1;
            }
            self.buyers.push(BuyerSummary {
                user_id,
                orders: self.person_orders,
                last_seen_ms: self.person_last_ms,
            });
        }
        self.person_weeks.clear();
        self.person_orders = 0;
        self.person_last_ms = i64::MIN;
    }

    fn finish(mut self) -> Overview {
        self.close_person();
        self.buyers.sort_unstable_by(|a, b| {
            b.orders.cmp(&a.orders).then_with(|| a.user_id.cmp(&b.user_id))
        });
        let mut item_people: Vec<(ItemId, u64)> = self
            .item_index
            .iter()
            .filter_map(|(id, &i)| Some((ItemId::new(id).ok()?, self.item_people[i as usize])))
            .collect();
        item_people.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let mut weeks = Vec::new();
        if let (Some(&first), Some(&last)) =
            (self.weeks.keys().next(), self.weeks.keys().next_back())
        {
            let mut start = first;
            while start <= last {
                let mut totals = self.weeks.get(&start).copied().unwrap_or_default();
                totals.settle();
                weeks.push(Week { week_start: start, totals });
                match start.checked_add(7.days()) {
                    Ok(next) => start = next,
                    Err(_) => break,
                }
            }
        }
        self.total.settle();
        Overview { totals: self.total, weeks, buyers: self.buyers, item_people }
    }
}

/// What one event adds to the figures, buyers aside.
fn count_row(
    columns: &EventColumns<'_>,
    row: usize,
    currency: Currency,
    anonymous: bool,
) -> Totals {
    let mut add = Totals::default();
    let kind = columns.kind.value(row);
    let money = matches!(kind, "purchase" | "refund");
    let foreign =
        money && !columns.currency.is_null(row) && columns.currency.value(row) != currency.as_str();
    let amount = if foreign || columns.amount_minor.is_null(row) {
        0
    } else {
        columns.amount_minor.value(row)
    };
    add.other_currency = u64::from(foreign);
    match kind {
        "purchase" => {
            add.orders = u64::from(columns.lines(row).any(|line| line.is_sale()));
            add.anonymous_orders = if anonymous { add.orders } else { 0 };
            add.revenue_gross_minor = amount;
            if !foreign {
                add.priced_orders = add.orders;
                let goods = columns.lines(row).filter(|line| line.is_product);
                // A line may saturate by itself, and then their sum must not overflow.
                add.revenue_goods_minor =
                    goods.fold(0, |sum, line| sum.saturating_add(line.amount_minor()));
            }
        }
        "refund" => add.refunds_minor = amount,
        "view" => add.views = 1,
        "click" => add.clicks = 1,
        "cart" => add.carts = 1,
        "review" => add.reviews = 1,
        _ => {}
    }
    add
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.orders += other.orders;
        self.anonymous_orders += other.anonymous_orders;
        self.revenue_gross_minor =
            self.revenue_gross_minor.saturating_add(other.revenue_gross_minor);
        self.revenue_goods_minor =
            self.revenue_goods_minor.saturating_add(other.revenue_goods_minor);
        self.refunds_minor = self.refunds_minor.saturating_add(other.refunds_minor);
        self.views += other.views;
        self.clicks += other.clicks;
        self.carts += other.carts;
        self.reviews += other.reviews;
        self.other_currency += other.other_currency;
        self.priced_orders += other.priced_orders;
    }

    /// Fills the figures that follow from the sums.
    fn settle(&mut self) {
        self.revenue_net_minor = self.revenue_gross_minor.saturating_sub(self.refunds_minor);
        let orders = i64::try_from(self.priced_orders).unwrap_or(i64::MAX);
        let doubled = self.revenue_goods_minor.saturating_mul(2).saturating_add(orders);
        self.average_order_minor = doubled.checked_div(orders.saturating_mul(2)).unwrap_or(0);
    }
}

/// Monday of a moment's week, remembering the last week asked since rows come in time order.
struct WeekOf {
    zone: TimeZone,
    /// From, to and Monday of the last week asked.
    week: Option<(i64, i64, Date)>,
}

impl WeekOf {
    fn monday(&mut self, time_ms: i64) -> Option<Date> {
        if let Some((start, end, monday)) = self.week
            && (start..end).contains(&time_ms)
        {
            return Some(monday);
        }
        let date =
            Timestamp::from_millisecond(time_ms).ok()?.to_zoned_datetime(self.zone.clone()).date();
        let back = date.weekday().since(Weekday::Monday);
        let monday = date.checked_sub(i64::from(back).days()).ok()?;
        let next = monday.checked_add(7.days()).ok()?;
        let start = day_start_ms(monday, &self.zone)?;
        let end = day_start_ms(next, &self.zone)?;
        self.week = Some((start, end, monday));
        Some(monday)
    }
}
