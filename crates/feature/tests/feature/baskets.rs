//! Item sets and rules against every set of items counted in every basket.

use std::collections::BTreeSet;

use event::{Data, Event};
use feature::FeatureError;
use feature::analytics::baskets::{BasketPlan, BasketReport, BasketRule, ItemSet, MinSupport};
use feature::analytics::fp_growth::{Baskets, frequent_sets};
use feature::arrange::arrange;
use rayon::prelude::*;

use crate::random_log::{Dice, LOGS, batch, disturbed, oracle, pieces};

type Basket = BTreeSet<String>;

fn baskets(log: &[Event], plan: &BasketPlan) -> Vec<Basket> {
    let mut baskets = Vec::new();
    for event in log {
        let Data::Purchase { lines, .. } = &event.data else { continue };
        let ms = event.time().0;
        let sold = |l: &&event::Line| l.kind.is_product() && l.unit_price_minor != Some(0);
        let basket: Basket = lines.iter().filter(sold).map(|l| l.item_id.to_string()).collect();
        if !basket.is_empty() && ms >= plan.from_ms && ms < plan.to_ms {
            baskets.push(basket);
        }
    }
    baskets
}

/// Apriori without pruning: grows every set by every later item, counts, keeps what is frequent.
fn frequent(
    baskets: &[Basket],
    least: u64,
    longest: usize,
    most: usize,
) -> (Vec<(Basket, u64)>, u64) {
    let items: Basket = baskets.iter().flatten().cloned().collect();
    let count = |set: &Basket| baskets.iter().filter(|b| set.is_subset(b)).count() as u64;
    let mut all: Vec<(Basket, u64)> = Vec::new();
    let mut level: Vec<Basket> = vec![Basket::new()];
    for _ in 0..longest {
        let mut next = Vec::new();
        for set in &level {
            for item in items.iter().filter(|item| set.last().is_none_or(|last| last < *item)) {
                let grown: Basket = set.iter().chain([item]).cloned().collect();
                let n = count(&grown);
                if n >= least {
                    all.push((grown.clone(), n));
                    next.push(grown);
                }
            }
        }
        level = next;
    }
    let mut raised = least;
    while all.iter().filter(|(_, n)| *n >= raised).count() > most {
        raised += 1;
    }
    all.retain(|(_, n)| *n >= raised);
    // The least support that gives the same is told as the one asked for or the one above those
    // that were left out.
    (all, raised)
}

fn rules(sets: &[(Basket, u64)], baskets: &[Basket], plan: &BasketPlan) -> Vec<BasketRule> {
    let n = baskets.len() as f64;
    let having = |set: &Basket| baskets.iter().filter(|b| set.is_subset(b)).count() as f64;
    let mut rules = Vec::new();
    for (set, both) in sets {
        for (left, _) in sets.iter().filter(|(left, _)| left.len() < set.len()) {
            if !left.is_subset(set) {
                continue;
            }
            let right: Basket = set.difference(left).cloned().collect();
            let (x, y) = (having(left), having(&right));
            if *both as f64 / x >= plan.min_confidence {
                rules.push(BasketRule {
                    if_items: left.iter().cloned().collect(),
                    then_items: right.into_iter().collect(),
                    orders: *both,
                    support: *both as f64 / n,
                    confidence: *both as f64 / x,
                    lift: n * *both as f64 / (x * y),
                    leverage: (n * *both as f64 - x * y) / (n * n),
                });
            }
        }
    }
    // Small counts: equal lifts are equal as numbers too.
    rules.sort_by(|a, b| {
        b.lift
            .total_cmp(&a.lift)
            .then(b.orders.cmp(&a.orders))
            .then(a.if_items.cmp(&b.if_items))
            .then(a.then_items.cmp(&b.then_items))
    });
    rules
}

fn check(found: &BasketReport, log: &[Event], plan: &BasketPlan) {
    let baskets = baskets(log, plan);
    let items: Basket = baskets.iter().flatten().cloned().collect();
    let n = baskets.len() as u64;
    assert_eq!((found.counting, found.orders, found.items), ("orders", n, items.len() as u64));
    let asked = match plan.min_support {
        MinSupport::Orders(least) => least,
        MinSupport::Share(share) => {
            (1..).find(|orders| *orders as f64 / n.max(1) as f64 >= share).unwrap()
        }
    };
    let (mut sets, least) = frequent(&baskets, asked, plan.max_len, plan.max_itemsets);
    assert_eq!((found.min_orders, found.itemsets_cut), (least, least > asked));
    let all_rules = rules(&sets, &baskets, plan);
    assert_eq!(found.rules_cut, all_rules.len() > plan.max_rules);
    assert_eq!(found.rules, all_rules[..all_rules.len().min(plan.max_rules)]);
    sets.sort_by_key(|(set, n)| (std::cmp::Reverse(*n), set.len(), set.clone()));
    let shown: Vec<ItemSet> = sets
        .into_iter()
        .map(|(set, orders)| ItemSet {
            items: set.into_iter().collect(),
            orders,
            support: orders as f64 / n as f64,
        })
        .collect();
    assert_eq!(found.itemsets, shown);
}

fn plan(number: u64, log: &[Event]) -> BasketPlan {
    let mut dice = Dice::new(number ^ 0xf00d);
    let shares = [0.01, 0.07, 0.1, 1.0 / 3.0, 0.5, 1.0];
    let mut plan = BasketPlan {
        min_support: match dice.one_in(2) {
            true => MinSupport::Orders(1 + dice.below(4) as u64),
            false => MinSupport::Share(dice.pick(&shares)),
        },
        min_confidence: dice.pick(&[0.0, 0.2, 0.5, 1.0]),
        max_len: 2 + dice.below(4),
        max_itemsets: dice.pick(&[1, 5, 12, 10_000]),
        max_rules: dice.pick(&[0, 3, 20, 1_000]),
        ..BasketPlan::default()
    };
    if !log.is_empty() && dice.one_in(3) {
        plan.from_ms = log[dice.below(log.len())].time().0;
    }
    if !log.is_empty() && dice.one_in(3) {
        plan.to_ms = log[dice.below(log.len())].time().0;
    }
    plan
}

#[test]
fn sets_and_rules_are_those_a_count_finds() {
    oracle("baskets", |number, log| {
        let plan = plan(number, log);
        let found = BasketReport::read(pieces(number, &batch(log)), &plan).unwrap();
        check(&found, log, &plan);
        let again = arrange(&disturbed(number, log)).unwrap();
        assert_eq!(BasketReport::read(pieces(!number, &again), &plan).unwrap(), found);
    });
}

/// More items and fuller baskets than the logs have.
#[test]
fn fp_growth_finds_what_apriori_finds() {
    (0..LOGS).into_par_iter().for_each(|number| {
        let mut dice = Dice::new(number ^ 0x7ee);
        let kinds = 1 + dice.below(9);
        let drawn: Vec<Vec<u32>> = (0..dice.below(14))
            .map(|_| (0..dice.below(8)).map(|_| dice.below(kinds) as u32).collect())
            .collect();
        let mut shelf = Baskets::default();
        drawn.iter().for_each(|basket| shelf.push(basket.iter().copied()));
        let (least, longest) = (1 + dice.below(3) as u64, 1 + dice.below(5));
        let most = dice.pick(&[1, 10, 40, usize::MAX]);
        let named = |basket: &Vec<u32>| basket.iter().map(u32::to_string).collect::<Basket>();
        let baskets: Vec<Basket> = drawn.iter().map(named).collect();
        let (mut expected, raised) = frequent(&baskets, least, longest, most);
        let found = frequent_sets(&shelf, least, longest, most);
        assert_eq!((shelf.len(), found.least), (drawn.len(), raised), "{number}");
        let mut found: Vec<(Basket, u64)> =
            found.sets.iter().map(|(set, n)| (named(set), *n)).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{number}");
    });
}

/// One order of everything would have more subsets than any machine can hold.
#[test]
fn one_order_of_everything_ends() {
    let mut shelf = Baskets::default();
    shelf.push(0..5_000);
    shelf.push([1, 2]);
    let found = frequent_sets(&shelf, 1, 5, 10_000);
    assert_eq!((found.sets.len(), found.least), (3, 2));
}

#[test]
fn settings_out_of_range_are_refused() {
    let setting = |plan: BasketPlan| match plan.validate() {
        Err(FeatureError::Setting { setting, .. }) => setting,
        other => panic!("{other:?}"),
    };
    let plan = BasketPlan::default;
    for share in [0.0, -1.0, 1.5, f64::NAN, f64::INFINITY] {
        let min_support = MinSupport::Share(share);
        assert_eq!(setting(BasketPlan { min_support, ..plan() }), "min_support");
    }
    let min_support = MinSupport::Orders(0);
    assert_eq!(setting(BasketPlan { min_support, ..plan() }), "min_support");
    assert_eq!(setting(BasketPlan { min_confidence: f64::NAN, ..plan() }), "min_confidence");
    assert_eq!(setting(BasketPlan { max_len: 6, ..plan() }), "max_len");
    assert_eq!(setting(BasketPlan { max_itemsets: 0, ..plan() }), "max_itemsets");
    assert_eq!(setting(BasketPlan { max_rules: 100_001, ..plan() }), "max_rules");
}
