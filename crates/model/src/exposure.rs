//! What lists show beside hits: how concentrated, how new, how varied, and for whom.
//!
//! * Gini of exposure: `G = Σ_{j ≤ n} (2j − n − 1) e_(j) / (n · Σ e)`, 0 where all items are shown
//!   equally often and near 1 where one takes everything;
//! * novelty of a list: `(1/|L|) Σ_{i ∈ L} −log2((c_i + 1) / (C + n))`, in bits;
//! * diversity of a list: `1 −` mean of `|U_i ∩ U_j| / √(|U_i| |U_j|)` over its pairs.
//!
//! Symbols: `n`, items; `e_(j)`, times item `j` is shown, ascending; `c_i`, training interactions
//! with item `i`, `C` all of them; `U_i`, users who met `i` in training; `L`, one list. Time: Gini
//! `O(n log n)`, novelty `O(|L|)`, diversity `O(|L|² · |U|)` for each list; memory
//! `O(n + interactions)`.
//! Source: P. Castells, N. Hurley and S. Vargas, "Novelty and diversity in recommender systems",
//! Recommender Systems Handbook, 2nd edition, 2015, section 26.3 (novelty, intra-list distance);
//! D. Fleder and K. Hosanagar, "Blockbuster culture's next rise or fall", Management Science
//! 55(5), 2009, section 4 (Gini); H. Abdollahpouri, R. Burke and B. Mobasher, "Managing popularity
//! bias in recommender systems with personalized re-ranking", FLAIRS 2019 (groups).
//! DIFFERENCE: popularity shares are smoothed by one interaction per item, so that an item nobody
//! met has a finite novelty; groups are thirds of the interactions.

use feature::Csr;
use rayon::prelude::*;
use serde::Serialize;

use crate::evaluate::Evaluation;

/// Interactions and users of every item in training.
#[derive(Debug, Clone, PartialEq)]
pub struct Popular {
    counts: Vec<u64>,
    /// Items × users.
    met_by: Csr,
    groups: Vec<u8>,
}

/// A third of the interactions, by the popularity of their items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PopularityGroup {
    /// The fewest items, met most often.
    Head,
    /// Those after them.
    Middle,
    /// The many that are met least, or never.
    Tail,
}

impl PopularityGroup {
    /// All, most popular first.
    pub const ALL: [Self; 3] = [Self::Head, Self::Middle, Self::Tail];
}

impl Popular {
    /// Counts a users × items matrix; each pair counts once.
    #[must_use]
    pub fn new(train: &Csr) -> Self {
        let met_by = train.transpose();
        let counts: Vec<u64> =
            (0..met_by.n_rows()).map(|item| met_by.row(item).0.len() as u64).collect();
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(counts[item]), item));
        let total: u64 = counts.iter().sum();
        let mut groups = vec![2; counts.len()];
        let mut before = 0;
        for item in order {
            // An item belongs to the third in which its interactions begin.
            groups[item] = if counts[item] == 0 { 2 } else { (3 * before / total) as u8 };
            before += counts[item];
        }
        Self { counts, met_by, groups }
    }

    /// The group of an item.
    #[must_use]
    pub fn group(&self, item: u32) -> PopularityGroup {
        PopularityGroup::ALL[usize::from(self.groups.get(item as usize).copied().unwrap_or(2))]
    }

    /// Items in each group, most popular first.
    #[must_use]
    pub fn sizes(&self) -> [usize; 3] {
        [0, 1, 2].map(|group| self.groups.iter().filter(|one| **one == group).count())
    }

    /// Novelty of a list in bits; 0 for an empty one.
    #[must_use]
    pub fn novelty(&self, list: &[u32]) -> f64 {
        let all = (self.counts.iter().sum::<u64>() + self.counts.len() as u64) as f64;
        let bits = |&item: &u32| {
            -((self.counts.get(item as usize).copied().unwrap_or(0) + 1) as f64 / all).log2()
        };
        list.iter().map(bits).sum::<f64>() / list.len().max(1) as f64
    }

    /// Diversity of a list by who met its items; 0 for fewer than two.
    #[must_use]
    pub fn diversity(&self, list: &[u32]) -> f64 {
        let pairs = list.len() * list.len().saturating_sub(1) / 2;
        if pairs == 0 {
            return 0.0;
        }
        let mut alike = 0.0;
        for (at, &a) in list.iter().enumerate() {
            for &b in &list[at + 1..] {
                alike += self.cosine(a, b);
            }
        }
        1.0 - alike / pairs as f64
    }

    fn cosine(&self, a: u32, b: u32) -> f64 {
        let (a, b) = (self.met_by.row(a as usize).0, self.met_by.row(b as usize).0);
        let (mut i, mut j, mut shared) = (0, 0, 0_u64);
        while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            shared += u64::from(x == y);
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        if shared == 0 { 0.0 } else { shared as f64 / ((a.len() * b.len()) as f64).sqrt() }
    }
}

/// One group's part in an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupShare {
    /// The group.
    pub group: PopularityGroup,
    /// Items to be found that belong to it.
    pub asked: usize,
    /// Share of those that were found in the first `k`.
    pub recall: f64,
    /// Share of all places in the first `k` that its items took.
    pub shown: f64,
}

impl Evaluation {
    /// Novelty of each user's first `k`, in bits.
    #[must_use]
    pub fn novelty(&self, popular: &Popular, k: usize) -> Vec<f64> {
        self.lists.par_iter().map(|list| popular.novelty(&list[..k.min(list.len())])).collect()
    }

    /// Diversity of each user's first `k`.
    #[must_use]
    pub fn diversity(&self, popular: &Popular, k: usize) -> Vec<f64> {
        self.lists.par_iter().map(|list| popular.diversity(&list[..k.min(list.len())])).collect()
    }

    /// Gini coefficient of how often each of `n_items` is shown in the first `k`; 0 where nothing
    /// is shown.
    #[must_use]
    pub fn gini(&self, n_items: usize, k: usize) -> f64 {
        let mut shown = vec![0_u64; n_items];
        for list in &self.lists {
            list.iter().take(k).for_each(|&item| shown[item as usize] += 1);
        }
        gini(shown)
    }

    /// What each group of items was asked for, found and shown in the first `k`.
    #[must_use]
    pub fn groups(&self, popular: &Popular, k: usize) -> Vec<GroupShare> {
        let places: usize = self.lists.iter().map(|list| list.len().min(k)).sum();
        let of_group = |&group: &PopularityGroup| {
            let (mut asked, mut found, mut shown) = (0_usize, 0_usize, 0_usize);
            for (list, relevant) in self.lists.iter().zip(&self.relevant) {
                let first = &list[..k.min(list.len())];
                let own = |item: &&u32| popular.group(**item) == group;
                asked += relevant.iter().filter(own).count();
                shown += first.iter().filter(own).count();
                let is_found = |item: &&u32| relevant.binary_search(item).is_ok();
                found += first.iter().filter(own).filter(is_found).count();
            }
            GroupShare {
                group,
                asked,
                recall: found as f64 / asked.max(1) as f64,
                shown: shown as f64 / places.max(1) as f64,
            }
        };
        PopularityGroup::ALL.iter().map(of_group).collect()
    }
}

fn gini(mut shown: Vec<u64>) -> f64 {
    shown.sort_unstable();
    let (n, total) = (shown.len() as i128, shown.iter().map(|one| i128::from(*one)).sum::<i128>());
    if total == 0 {
        return 0.0;
    }
    let rank = |(at, one): (usize, &u64)| (2 * (at as i128 + 1) - n - 1) * i128::from(*one);
    shown.iter().enumerate().map(rank).sum::<i128>() as f64 / (n * total) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equal_exposure_is_0_and_one_star_near_1() {
        assert_eq!(gini(vec![3; 10]), 0.0);
        assert_eq!(gini(vec![0; 4]), 0.0);
        let mut one = vec![0; 10];
        one[3] = 7;
        assert!((gini(one) - 0.9).abs() < 1e-12);
    }

    #[test]
    fn thirds_of_the_interactions_make_the_groups() {
        // Items met 4, 2, 2, 2, 1, 1 times and never.
        let counts = [4, 2, 2, 2, 1, 1, 0];
        let pairs = counts.iter().enumerate();
        let pairs: Vec<_> =
            pairs.flat_map(|(item, &n)| (0..n).map(move |user| (user, item as u32, 1.0))).collect();
        let popular = Popular::new(&Csr::from_triplets(4, 7, &pairs).unwrap());
        assert_eq!(popular.sizes(), [1, 2, 4]);
        assert_eq!(popular.group(0), PopularityGroup::Head);
        assert_eq!(popular.group(6), PopularityGroup::Tail);
        // 1 of 12 + 7 against 5 of them.
        assert!((popular.novelty(&[6]) - 19.0_f64.log2()).abs() < 1e-12);
        assert!((popular.novelty(&[0]) - (19.0_f64 / 5.0).log2()).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn equal_the_definitions(
            shown in prop::collection::vec(0..20_u64, 1..30),
            met in prop::collection::vec((0..6_u32, 0..8_u32), 1..40),
            list in prop::sample::subsequence((0..8_u32).collect::<Vec<_>>(), 0..8),
        ) {
            // Mean absolute difference over twice the mean.
            let n = shown.len() as f64;
            let mean = shown.iter().sum::<u64>() as f64 / n;
            let pairs = shown.iter().flat_map(|a| shown.iter().map(move |b| a.abs_diff(*b) as f64));
            let slow = if mean > 0.0 { pairs.sum::<f64>() / (2.0 * n * n * mean) } else { 0.0 };
            prop_assert!((gini(shown.clone()) - slow).abs() < 1e-12);

            let ones: Vec<_> = met.iter().map(|&(user, item)| (user, item, 1.0)).collect();
            let train = Csr::from_triplets(6, 8, &ones).unwrap();
            let popular = Popular::new(&train);
            let column = |item: u32| -> Vec<f64> {
                (0..6).map(|user| f64::from(u8::from(met.contains(&(user, item))))).collect()
            };
            let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
            let mut distances = Vec::new();
            for &a in &list {
                for &b in list.iter().filter(|b| **b > a) {
                    let (a, b) = (column(a), column(b));
                    let norm = (dot(&a, &a) * dot(&b, &b)).sqrt();
                    distances.push(1.0 - if norm > 0.0 { dot(&a, &b) / norm } else { 0.0 });
                }
            }
            let slow = distances.iter().sum::<f64>() / distances.len().max(1) as f64;
            prop_assert!((popular.diversity(&list) - slow).abs() < 1e-12);
        }
    }
}
