//! Which parts of the orders a budget buys: the most gain for the money.
//!
//! Each item offers blocks in a fixed order, a first of its least size and then packs. Neighbouring
//! blocks of an item are joined while a later one has more gain per cost, so that gain per cost
//! falls along each item; then the dearest gain per cost is bought first, whatever still fits after
//! it. `gain ≤ best ≤ gain + ρ · money left`, `ρ` the gain per cost of the first that did not fit:
//! the best of the linear relaxation.
//!
//! Symbols: `ρ`, gain per minor unit. Time `O(B log B)` for `B` blocks, memory `O(B)`.
//! Source: G. Dantzig, "Discrete-variable extremum problems", Operations Research 5, 1957; H.
//! Kellerer, U. Pferschy and D. Pisinger, "Knapsack problems", 2004, sections 2.1 and 11.2.

use std::collections::BTreeMap;

/// Units of an item that are bought together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// Which item.
    pub of: usize,
    /// Units.
    pub units: i64,
    /// What they cost, minor units.
    pub cost_minor: i64,
    /// What they gain, minor units.
    pub value: f64,
}

/// What was bought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bought {
    /// Units of each item of which any were.
    pub units: BTreeMap<usize, i64>,
    /// Money spent, minor units.
    pub spent_minor: i64,
    /// What all of it gains, minor units.
    pub gain: f64,
    /// What the best way to spend the money gains at most, minor units.
    pub gain_at_most: f64,
    /// Blocks that the budget shut out.
    pub left_out: usize,
    /// Gain of the next minor unit of budget; 0 where the budget does not bind.
    pub next: f64,
    /// What the cheapest order worth making costs, where the budget is above 0 and below it.
    pub clash: Option<i64>,
    /// Money spent and gain so far, block by block, all wanted blocks included.
    pub curve: Vec<(i64, f64)>,
}

/// Gain per minor unit.
fn per_cost(block: &Block) -> f64 {
    block.value / block.cost_minor.max(1) as f64
}

/// Joins blocks of an item until gain per cost falls.
fn falling(blocks: &[Block]) -> Vec<Block> {
    let mut hull: Vec<Block> = Vec::new();
    for block in blocks {
        let mut block = *block;
        while let Some(last) = hull.last()
            && last.of == block.of
            && per_cost(&block) > per_cost(last)
        {
            block.units += last.units;
            block.cost_minor += last.cost_minor;
            block.value += last.value;
            hull.pop();
        }
        hull.push(block);
    }
    hull
}

/// Buys the blocks, given by item in order, within a budget.
#[must_use]
pub fn buy(blocks: &[Block], budget_minor: Option<i64>) -> Bought {
    let mut offers = falling(blocks);
    // What is wanted for its own sake stays; money that is short buys nothing that gains nothing.
    if budget_minor.is_some() {
        offers.retain(|block| block.value > 0.0);
    }
    let is_first = |at: &usize| *at == 0 || offers[at - 1].of != offers[*at].of;
    let cheapest = (0..offers.len()).filter(is_first).map(|at| offers[at].cost_minor).min();
    // A stable sort: the blocks of an item stay in their order.
    offers.sort_by(|a, b| per_cost(b).total_cmp(&per_cost(a)).then(a.of.cmp(&b.of)));
    let budget = budget_minor.map_or(i64::MAX, |budget| budget.max(0));
    let clash = cheapest.filter(|cheapest| budget > 0 && *cheapest > budget);
    let mut bought = Bought { clash, ..Bought::default() };
    let (mut spent, mut gain) = (0_i64, 0.0);
    let mut shut: BTreeMap<usize, ()> = BTreeMap::new();
    for block in &offers {
        spent = spent.saturating_add(block.cost_minor);
        gain += block.value;
        bought.curve.push((spent, gain));
        // Packs beyond one that did not fit cannot be had without it.
        let fits = bought.spent_minor.saturating_add(block.cost_minor) <= budget;
        if fits && !shut.contains_key(&block.of) {
            bought.spent_minor += block.cost_minor;
            bought.gain += block.value;
            *bought.units.entry(block.of).or_default() += block.units;
            continue;
        }
        if bought.left_out == 0 {
            bought.next = per_cost(block);
            bought.gain_at_most =
                bought.gain + bought.next * (budget - bought.spent_minor).max(0) as f64;
        }
        bought.left_out += 1;
        shut.insert(block.of, ());
    }
    if bought.left_out == 0 {
        bought.gain_at_most = bought.gain;
    }
    bought
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(of: usize, units: i64, cost_minor: i64, value: f64) -> Block {
        Block { of, units, cost_minor, value }
    }

    #[test]
    fn without_a_budget_all_that_is_wanted_is_bought() {
        let blocks = [
            block(0, 5, 50, 20.0),
            block(0, 1, 10, -1.0),
            block(1, 2, 8, -3.0),
            block(1, 2, 8, 9.0),
        ];
        let found = buy(&blocks, None);
        assert_eq!(found.units, BTreeMap::from([(0, 6), (1, 4)]));
        assert_eq!((found.spent_minor, found.left_out), (76, 0));
        assert!((found.gain - 25.0).abs() < 1e-12 && found.gain_at_most == found.gain);
    }

    #[test]
    fn a_budget_of_nothing_buys_nothing_and_a_clash_is_told() {
        let blocks = [block(0, 5, 50, 20.0)];
        let none = buy(&blocks, Some(0));
        assert!(none.units.is_empty() && none.left_out == 1 && none.next > 0.39);
        assert_eq!((none.clash, buy(&blocks, Some(49)).clash), (None, Some(50)));
        assert!(buy(&[], Some(5)).units.is_empty());
    }

    /// The best by trying every number of blocks of every item.
    fn by_trying(blocks: &[Vec<Block>], budget: i64) -> f64 {
        let Some((first, rest)) = blocks.split_first() else { return 0.0 };
        let (mut cost, mut value) = (0, 0.0);
        let mut best = by_trying(rest, budget);
        for block in first {
            cost += block.cost_minor;
            value += block.value;
            if cost <= budget {
                best = best.max(value + by_trying(rest, budget - cost));
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_way_to_spend_it_gains_more_than_the_bound(
            items in prop::collection::vec(
                prop::collection::vec((1_i64..20, -5.0_f64..30.0), 1..4), 1..5),
            budget in 20_i64..80,
        ) {
            let of_item = |(of, item): (usize, &Vec<(i64, f64)>)| {
                item.iter().map(|(cost, value)| block(of, 1, *cost, *value)).collect::<Vec<_>>()
            };
            let blocks: Vec<Vec<Block>> = items.iter().enumerate().map(of_item).collect();
            let flat: Vec<Block> = blocks.iter().flatten().copied().collect();
            let found = buy(&flat, Some(budget));
            let best = by_trying(&blocks, budget);
            prop_assert!(found.spent_minor <= budget);
            prop_assert!(found.gain <= best + 1e-9, "{} {best}", found.gain);
            prop_assert!(best <= found.gain_at_most + 1e-9, "{best} {}", found.gain_at_most);
        }

        #[test]
        fn blocks_of_one_cost_and_falling_gain_are_bought_best(
            items in prop::collection::vec(prop::collection::vec(0.1_f64..30.0, 1..4), 1..5),
            budget in 10_i64..80,
        ) {
            let of_item = |(of, item): (usize, &Vec<f64>)| {
                let mut item = item.clone();
                item.sort_unstable_by(|a, b| b.total_cmp(a));
                item.iter().map(|value| block(of, 1, 10, *value)).collect::<Vec<_>>()
            };
            let blocks: Vec<Vec<Block>> = items.iter().enumerate().map(of_item).collect();
            let flat: Vec<Block> = blocks.iter().flatten().copied().collect();
            let found = buy(&flat, Some(budget));
            prop_assert!((found.gain - by_trying(&blocks, budget)).abs() < 1e-9);
        }
    }
}
