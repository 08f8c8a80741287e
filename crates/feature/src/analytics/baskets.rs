//! Baskets: what is bought together, and how much more often than by chance.
//!
//! Counting unit: orders, of people known and unknown. A basket is the different products of an
//! order that were sold at a price. Of sets `X`, `Y` without a common item and `n` orders:
//! `confidence = n(XY) / n(X)`, `lift = n·n(XY) / (n(X)·n(Y))`,
//! `leverage = n(XY)/n − n(X)·n(Y)/n²`; each is one division of whole numbers, done last.
//!
//! Memory is four bytes per order line, the ids of the items, and the tree of [`super::fp_growth`].

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ListArray, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use event::columns::EventColumns;
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::fp_growth::{Baskets, FrequentSets, frequent_sets};
use super::placed_order::{columns, is_order};
use crate::error::FeatureError;
use crate::kernel::{self, Kernel};

/// Most item sets and rules that may be asked for.
pub const SETS_MAX: usize = 100_000;

/// Orders a set of items must share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MinSupport {
    /// As many orders, at least 1.
    Orders(u64),
    /// As large a part of all orders, above 0 and at most 1.
    Share(f64),
}

/// What to look for.
#[derive(Debug, Clone, PartialEq)]
pub struct BasketPlan {
    /// Orders a set of items must share.
    pub min_support: MinSupport,
    /// Part of the orders with the one side that have the other too, 0 to 1.
    pub min_confidence: f64,
    /// Items of a set, 2 to 5.
    pub max_len: usize,
    /// Item sets kept, those of most orders; at least 1, at most 100,000.
    pub max_itemsets: usize,
    /// Rules kept, those of most lift; at most 100,000.
    pub max_rules: usize,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
}

impl Default for BasketPlan {
    /// Sets of up to three items in 1 % of the orders, rules that hold in a fifth of the cases.
    fn default() -> Self {
        Self {
            min_support: MinSupport::Share(0.01),
            min_confidence: 0.2,
            max_len: 3,
            max_itemsets: 10_000,
            max_rules: 1_000,
            from_ms: i64::MIN,
            to_ms: i64::MAX,
        }
    }
}

impl BasketPlan {
    /// Columns that a scan for the report holds.
    pub fn reads(&self) -> Vec<&'static str> {
        event::columns::NAMES.to_vec()
    }

    /// Refuses what cannot be looked for.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let refuse = |setting, found: String, advice: &str| {
            Err(FeatureError::Setting { setting, found, advice: advice.to_owned() })
        };
        match self.min_support {
            MinSupport::Orders(0) => {
                return refuse("min_support", "0".to_owned(), "1 order or more");
            }
            MinSupport::Share(share) if !(share > 0.0 && share <= 1.0) => {
                return refuse("min_support", share.to_string(), "a share above 0 and at most 1");
            }
            _ => {}
        }
        if !(0.0..=1.0).contains(&self.min_confidence) {
            return refuse("min_confidence", self.min_confidence.to_string(), "from 0 to 1");
        }
        if !(2..=5).contains(&self.max_len) {
            return refuse("max_len", self.max_len.to_string(), "from 2 to 5");
        }
        if !(1..=SETS_MAX).contains(&self.max_itemsets) {
            return refuse("max_itemsets", self.max_itemsets.to_string(), "from 1 to 100000");
        }
        if self.max_rules > SETS_MAX {
            return refuse("max_rules", self.max_rules.to_string(), "at most 100000");
        }
        Ok(())
    }

    /// The least number of orders that is support enough.
    fn min_orders(&self, orders: u64) -> u64 {
        match self.min_support {
            MinSupport::Orders(least) => least.max(1),
            MinSupport::Share(share) => {
                // Rounding may put the product on either side of the whole number it means.
                let near = (share * orders as f64).floor() as u64;
                let enough = |n: &u64| *n as f64 / orders.max(1) as f64 >= share;
                (near.saturating_sub(1).max(1)..=near + 1).find(enough).unwrap_or(near + 1)
            }
        }
    }
}

/// What is bought together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BasketReport {
    /// What is counted: `orders`.
    pub counting: &'static str,
    /// Orders.
    pub orders: u64,
    /// Different products in them.
    pub items: u64,
    /// Orders that the sets below share at least.
    pub min_orders: u64,
    /// Whether `min_orders` had to be raised above the plan's to keep to `max_itemsets`.
    pub itemsets_cut: bool,
    /// Whether there were more rules than `max_rules`.
    pub rules_cut: bool,
    /// Sets of one item and more; most orders first, then fewer items, then by id.
    pub itemsets: Vec<ItemSet>,
    /// Rules; most lift first, then most orders, then by id.
    pub rules: Vec<BasketRule>,
}

/// Items that are bought together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemSet {
    /// Item ids in order.
    pub items: Vec<String>,
    /// Orders with all of them.
    pub orders: u64,
    /// `orders` / all orders.
    pub support: f64,
}

/// Who buys these also buys those.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BasketRule {
    /// Item ids of the one side, in order.
    #[serde(rename = "if")]
    pub if_items: Vec<String>,
    /// Item ids of the other side, in order.
    #[serde(rename = "then")]
    pub then_items: Vec<String>,
    /// Orders with both sides.
    pub orders: u64,
    /// `orders` / all orders.
    pub support: f64,
    /// `orders` / orders with the one side.
    pub confidence: f64,
    /// Confidence / share of all orders with the other side; 1 is chance.
    pub lift: f64,
    /// Support minus the product of both sides' shares; 0 is chance.
    pub leverage: f64,
}

impl BasketReport {
    /// Counts user-ordered batches of [`event::schema`].
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &BasketPlan,
    ) -> Result<Self, E> {
        plan.validate()?;
        let mut shelf = Shelf::default();
        kernel::map(batches, &OrderBaskets { plan }, |answer| {
            let lists: &ListArray = answer.column(0).as_list();
            (0..lists.len()).for_each(|row| shelf.put(lists, row));
            Ok::<_, E>(())
        })?;
        let ids = shelf.by_id();
        let orders = shelf.baskets.len() as u64;
        let asked = plan.min_orders(orders);
        let found = frequent_sets(&shelf.baskets, asked, plan.max_len, plan.max_itemsets);
        Ok(Self::of(found, &ids, orders, asked, plan))
    }

    fn of(found: FrequentSets, ids: &[String], orders: u64, asked: u64, plan: &BasketPlan) -> Self {
        let FrequentSets { mut sets, least } = found;
        sets.sort_unstable_by(|(a, n), (b, m)| {
            m.cmp(n).then(a.len().cmp(&b.len())).then_with(|| a.cmp(b))
        });
        let (rules, rules_cut) = rules(&sets, plan);
        let named = |items: &[u32]| items.iter().map(|i| ids[*i as usize].clone()).collect();
        let share = |n: u64| n as f64 / orders as f64;
        Self {
            counting: "orders",
            orders,
            items: ids.len() as u64,
            min_orders: least,
            itemsets_cut: least > asked,
            rules_cut,
            rules: rules.iter().map(|rule| rule.shown(orders, &named)).collect(),
            itemsets: sets
                .iter()
                .map(|(items, n)| ItemSet { items: named(items), orders: *n, support: share(*n) })
                .collect(),
        }
    }
}

/// The basket of each order.
struct OrderBaskets<'a> {
    plan: &'a BasketPlan,
}

impl Kernel for OrderBaskets<'_> {
    fn reads(&self) -> Vec<&'static str> {
        columns()
    }

    fn returns(&self) -> SchemaRef {
        let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
        Arc::new(Schema::new(vec![Field::new("items", list, false)]))
    }

    fn run(&self, people: &RecordBatch) -> Result<RecordBatch, FeatureError> {
        let columns = EventColumns::of(people)?;
        let range = self.plan.from_ms..self.plan.to_ms;
        let mut baskets = ListBuilder::new(StringBuilder::new());
        for row in kernel::people(people)?.into_iter().flat_map(|(_, rows)| rows) {
            if range.contains(&columns.time.value(row)) && is_order(&columns, row) {
                for line in columns.lines(row).filter(|line| line.is_sale()) {
                    baskets.values().append_value(line.item_id);
                }
                baskets.append(true);
            }
        }
        Ok(RecordBatch::try_new(self.returns(), vec![Arc::new(baskets.finish())])?)
    }
}

/// Baskets read so far, items by number.
#[derive(Default)]
struct Shelf {
    numbers: FxHashMap<String, u32>,
    baskets: Baskets,
}

impl Shelf {
    fn put(&mut self, lists: &ListArray, row: usize) {
        let list = lists.value(row);
        let items = list.as_string::<i32>();
        let Self { numbers, baskets } = self;
        baskets.push(items.iter().flatten().map(|id| match numbers.get(id) {
            Some(&number) => number,
            None => {
                let number = numbers.len() as u32;
                numbers.insert(id.to_owned(), number);
                number
            }
        }));
    }

    /// Numbers the items by their ids, which it gives in order.
    fn by_id(&mut self) -> Vec<String> {
        let mut ids: Vec<(String, u32)> = self.numbers.drain().collect();
        ids.sort_unstable();
        let mut place = vec![0; ids.len()];
        for (at, (_, number)) in ids.iter().enumerate() {
            place[*number as usize] = at as u32;
        }
        self.baskets.renumber(|number| place[number as usize]);
        ids.into_iter().map(|(id, _)| id).collect()
    }
}

/// A rule in numbers: both sides and the orders that have both, the one, the other.
struct RuleCounts {
    sides: [Vec<u32>; 2],
    both: u64,
    one: u64,
    other: u64,
}

/// All rules of the sets that are sure enough, in order, the first of them.
fn rules(sets: &[(Vec<u32>, u64)], plan: &BasketPlan) -> (Vec<RuleCounts>, bool) {
    let count: FxHashMap<&[u32], u64> = sets.iter().map(|(set, n)| (set.as_slice(), *n)).collect();
    let mut rules = Vec::new();
    for (set, both) in sets {
        for side in 1..(1_u32 << set.len()) - 1 {
            let part = |inside: bool| -> Vec<u32> {
                let on = |i: &usize| (side >> i & 1 == 1) == inside;
                (0..set.len()).filter(on).map(|i| set[i]).collect()
            };
            let sides = [part(true), part(false)];
            // Every part of a frequent set is frequent.
            let counts = count.get(sides[0].as_slice()).zip(count.get(sides[1].as_slice()));
            let Some((&one, &other)) = counts else { continue };
            if *both as f64 / one as f64 >= plan.min_confidence {
                rules.push(RuleCounts { sides, both: *both, one, other });
            }
        }
        if rules.len() > 4 * SETS_MAX {
            rules.sort_unstable_by(|a, b| a.compare(b));
            rules.truncate(SETS_MAX + 1);
        }
    }
    rules.sort_unstable_by(|a, b| a.compare(b));
    let cut = rules.len() > plan.max_rules;
    rules.truncate(plan.max_rules);
    (rules, cut)
}

impl RuleCounts {
    /// Most lift first, then most orders, then by items. Lifts are compared as fractions, exactly.
    fn compare(&self, other: &Self) -> Ordering {
        let chance = |rule: &Self| u128::from(rule.one) * u128::from(rule.other);
        let lift = u128::from(self.both) * chance(other);
        let other_lift = u128::from(other.both) * chance(self);
        other_lift
            .cmp(&lift)
            .then(other.both.cmp(&self.both))
            .then_with(|| self.sides.cmp(&other.sides))
    }

    fn shown(&self, orders: u64, named: &impl Fn(&[u32]) -> Vec<String>) -> BasketRule {
        let (n, both) = (i128::from(orders), i128::from(self.both));
        let chance = i128::from(self.one) * i128::from(self.other);
        BasketRule {
            if_items: named(&self.sides[0]),
            then_items: named(&self.sides[1]),
            orders: self.both,
            support: self.both as f64 / orders as f64,
            confidence: self.both as f64 / self.one as f64,
            lift: (n * both) as f64 / chance as f64,
            leverage: (n * both - chance) as f64 / (n * n) as f64,
        }
    }
}
