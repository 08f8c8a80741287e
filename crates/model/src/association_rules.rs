//! Association rules: who chose this also chose that, for every pair that goes together more than
//! by chance.
//!
//! A rule `j → i` holds where `n_ji ≥` the least support and `lift(j, i) = n_ji N / (n_j n_i)` is
//! above the least lift; it is worth `conf(j → i) · lift(j, i)^γ` with `conf(j → i) = n_ji / n_j`,
//! and `score(h, i) = Σ_{j ∈ h} w_hj · worth(j → i)`, over the `K` best rules of each `j`.
//!
//! Symbols: `N`, people; `n_j`, people who chose `j`; `n_ji`, who chose both; `γ`, from 0 (what is
//! likely) to 1 (what is telling). An explanation is exact: item `j` of the history adds its rule.
//! Time `O(Σ_u n_u²)` for people with `n_u` items; a list `O(history · K)`; memory `O(items · K)`.
//!
//! Source: R. Agrawal, T. Imieliński and A. Swami, "Mining association rules between sets of items
//! in large databases", SIGMOD 1993, section 2 (support, confidence); lift from S. Brin, R.
//! Motwani, J. D. Ullman and S. Tsur, "Dynamic itemset counting and implication rules for market
//! basket data", SIGMOD 1997, section 4 (interest).
//! DIFFERENCE: a basket is all that a person chose, and rules have one item on each side.

use feature::Csr;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::ModelError;
use crate::fitted::{FitStep, Fitted, check_config, check_weights};
use crate::recommender::{Explanation, Recommender, sorted_contributions, tidy_history};
use crate::tensors::{Tensors, TensorsOut};
use crate::topk::{Scored, TopK};
use crate::train_set::TrainSet;

/// Which rules hold and what they are worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AssociationRulesConfig {
    /// People who must have chosen both items, at least 1.
    pub min_support: u32,
    /// Lift that a rule must exceed, 0 or above; at 1 two items have nothing to do with each other.
    pub min_lift: f32,
    /// Power `γ` of the lift in what a rule is worth, 0 to 1.
    pub lift_power: f32,
    /// Rules kept per item `K`, at least 1.
    pub rules: usize,
}

impl Default for AssociationRulesConfig {
    fn default() -> Self {
        Self { min_support: 3, min_lift: 1.0, lift_power: 0.3, rules: 200 }
    }
}

impl AssociationRulesConfig {
    fn check(&self) -> Result<(), ModelError> {
        let name = AssociationRules::NAME;
        check_config(self.min_support >= 1, name, "min_support", self.min_support, "1 or more")?;
        let lift_is_ok = self.min_lift.is_finite() && self.min_lift >= 0.0;
        check_config(lift_is_ok, name, "min_lift", self.min_lift, "0 or above")?;
        let power = self.lift_power;
        let power_is_ok = (0.0..=1.0).contains(&power);
        check_config(power_is_ok, name, "lift_power", power, "between 0 and 1")?;
        check_config(self.rules >= 1, name, "rules", self.rules, "1 or more")
    }
}

/// Counted rules.
#[derive(Debug, Clone, PartialEq)]
pub struct AssociationRules {
    config: AssociationRulesConfig,
    n_users: usize,
    /// The rules of each item, most worth first.
    rules: Vec<Vec<Scored>>,
}

impl Fitted for AssociationRules {
    type Config = AssociationRulesConfig;

    const NAME: &'static str = "AssociationRules";

    fn fit_watched(
        config: &AssociationRulesConfig,
        train: &TrainSet,
        _watch: &mut dyn FnMut(FitStep),
    ) -> Result<Self, ModelError> {
        let train = train.matrix();
        config.check()?;
        check_weights(Self::NAME, train)?;
        let by_item = train.transpose();
        let scratch = || (vec![0_u32; train.n_cols()], Vec::new());
        let rules = (0..train.n_cols())
            .into_par_iter()
            .map_init(scratch, |(counts, touched), item| {
                rules_of(config, train, &by_item, item, counts, touched)
            })
            .collect();
        Ok(Self { config: config.clone(), n_users: train.n_rows(), rules })
    }

    fn config(&self) -> &AssociationRulesConfig {
        &self.config
    }

    fn n_users(&self) -> usize {
        self.n_users
    }

    fn to_tensors(&self) -> TensorsOut {
        let counts: Vec<u32> = self.rules.iter().map(|list| list.len() as u32).collect();
        let all = || self.rules.iter().flatten();
        let items: Vec<u32> = all().map(|one| one.item).collect();
        let worth: Vec<f32> = all().map(|one| one.score).collect();
        TensorsOut::default()
            .with_u32("rule_counts", &counts)
            .with_u32("rule_items", &items)
            .with_f32("rule_worth", vec![worth.len()], &worth)
            .with_u64("n_users", &[self.n_users as u64])
    }

    fn from_tensors(config: AssociationRulesConfig, tensors: &Tensors<'_>) -> Result<Self, String> {
        config.check().map_err(|error| error.to_string())?;
        let counts = tensors.u32("rule_counts")?;
        let (items, (_, worth)) = (tensors.u32("rule_items")?, tensors.f32("rule_worth")?);
        let total: usize = counts.iter().map(|&count| count as usize).sum();
        if total != items.len() || total != worth.len() {
            return Err("counts, items and worth of the rules differ in length".to_owned());
        }
        if items.iter().any(|&item| item as usize >= counts.len()) {
            return Err("a rule leads outside the catalogue".to_owned());
        }
        let mut all = items.iter().zip(&worth).map(|(&item, &score)| Scored { item, score });
        let rules =
            counts.iter().map(|&count| all.by_ref().take(count as usize).collect()).collect();
        let n_users = tensors.u64("n_users")?.first().copied().unwrap_or(0) as usize;
        Ok(Self { config, n_users, rules })
    }
}

/// The rules that begin at an item. `counts` is 0 for every item, before and after.
fn rules_of(
    config: &AssociationRulesConfig,
    train: &Csr,
    by_item: &Csr,
    item: usize,
    counts: &mut [u32],
    touched: &mut Vec<u32>,
) -> Vec<Scored> {
    touched.clear();
    let (people, _) = by_item.row(item);
    for &person in people {
        for &other in train.row(person as usize).0 {
            if counts[other as usize] == 0 {
                touched.push(other);
            }
            counts[other as usize] += 1;
        }
    }
    let (n, of_item) = (train.n_rows() as f64, people.len() as f64);
    let mut best = TopK::new(config.rules);
    for &other in &*touched {
        let both = std::mem::take(&mut counts[other as usize]);
        if other as usize == item || both < config.min_support {
            continue;
        }
        let lift = f64::from(both) * n / (of_item * by_item.row_nnz(other as usize) as f64);
        if lift > f64::from(config.min_lift) {
            let worth = f64::from(both) / of_item * lift.powf(f64::from(config.lift_power));
            best.push(Scored { item: other, score: worth as f32 });
        }
    }
    best.into_sorted()
}

impl Recommender for AssociationRules {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn n_items(&self) -> usize {
        self.rules.len()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        scores.fill(0.0);
        for (item, weight) in tidy_history(history, self.n_items()) {
            for rule in &self.rules[item as usize] {
                scores[rule.item as usize] += weight * rule.score;
            }
        }
    }

    /// Those that the item's own rules lead to.
    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        let list = self.rules.get(item as usize).map_or(&[][..], Vec::as_slice);
        list.iter().take(n).copied().collect()
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        let mut score = 0.0;
        let mut contributions = Vec::new();
        for (chosen, weight) in tidy_history(history, self.n_items()) {
            let rule = self.rules[chosen as usize].iter().find(|rule| rule.item == item);
            let added = rule.map_or(0.0, |rule| weight * rule.score);
            score += added;
            contributions.push((chosen, added));
        }
        let contributions = sorted_contributions(contributions);
        Explanation { score, contributions, rest: 0.0, is_estimate: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rules_are_those_a_count_of_every_pair_finds(
            pairs in prop::collection::btree_set((0..9_u32, 0..7_u32), 0..40),
            min_support in 1..4_u32,
            lift_power in 0..3_u8,
        ) {
            let chose = |user: u32, item: u32| pairs.contains(&(user, item));
            let ones: Vec<_> = pairs.iter().map(|&(user, item)| (user, item, 1.0)).collect();
            let train = TrainSet::from(Csr::from_triplets(9, 7, &ones).unwrap());
            let lift_power = f32::from(lift_power) / 2.0;
            let config =
                AssociationRulesConfig { min_support, lift_power, ..Default::default() };
            let model = AssociationRules::fit(&config, &train).unwrap();
            let count = |is: &dyn Fn(u32) -> bool| (0..9).filter(|&user| is(user)).count() as f64;
            for from in 0..7 {
                for to in 0..7 {
                    let both = count(&|user| chose(user, from) && chose(user, to));
                    let (of_from, of_to) =
                        (count(&|user| chose(user, from)), count(&|user| chose(user, to)));
                    let lift = both * 9.0 / (of_from * of_to);
                    let holds = from != to && both >= f64::from(min_support) && lift > 1.0;
                    let worth = both / of_from * lift.powf(f64::from(lift_power));
                    let found = model.rules[from as usize].iter().find(|rule| rule.item == to);
                    prop_assert_eq!(found.is_some(), holds, "{} to {}", from, to);
                    if let Some(found) = found {
                        prop_assert!((f64::from(found.score) - worth).abs() < 1e-6);
                    }
                }
            }
        }
    }
}
