//! How good a ranked list is for one user whose relevant items are known.
//!
//! Symbols: relevance is yes or no; `hit_r`, 1 where rank `r` (from 1) holds a relevant item; `R`,
//! the number of relevant items; `k`, the ranks looked at.
//!
//! * `Recall@k = Σ_{r ≤ k} hit_r / R`;
//! * `NDCG@k = Σ_{r ≤ k} hit_r / log2(r + 1)  ÷  Σ_{r ≤ min(k, R)} 1 / log2(r + 1)`;
//! * `HR@k = 1` if any hit, else 0; `MRR@k = 1 / (rank of the first hit)`, else 0;
//! * `MAP@k = Σ_{r ≤ k} hit_r · (hits up to r) / r  ÷  min(k, R)`.
//!
//! Time and memory `O(k)`.
//! Source: K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM
//! TOIS 20(4), 2002, section 2; Recall divided by all relevant items as X. He et al., "LightGCN",
//! SIGIR 2020, section 4.1.

use serde::Serialize;

/// A measure of one user's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of the relevant items found.
    Recall,
    /// Discounted gain against the best possible.
    Ndcg,
    /// Whether anything relevant was found.
    HitRate,
    /// One over the rank of the first hit.
    Mrr,
    /// Mean precision at the hits.
    Map,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Recall, Self::Ndcg, Self::HitRate, Self::Mrr, Self::Map];

    /// The name used in tables, without the cutoff.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recall => "Recall",
            Self::Ndcg => "NDCG",
            Self::HitRate => "HR",
            Self::Mrr => "MRR",
            Self::Map => "MAP",
        }
    }

    /// The value at cutoff `k` for a list whose hits are `hits` (by rank, possibly shorter than
    /// `k`) and `n_relevant` relevant items; 0 where nothing is relevant.
    #[must_use]
    pub fn at(self, k: usize, hits: &[bool], n_relevant: usize) -> f64 {
        if n_relevant == 0 || k == 0 {
            return 0.0;
        }
        let ranks = || hits.iter().take(k).enumerate().filter(|(_, hit)| **hit).map(|(at, _)| at);
        let possible = k.min(n_relevant);
        match self {
            Self::Recall => ranks().count() as f64 / n_relevant as f64,
            Self::Ndcg => {
                ranks().map(discount).sum::<f64>() / (0..possible).map(discount).sum::<f64>()
            }
            Self::HitRate => f64::from(u8::from(ranks().next().is_some())),
            Self::Mrr => ranks().next().map_or(0.0, |at| 1.0 / (at + 1) as f64),
            Self::Map => {
                let precision = |(hits, at)| (hits + 1) as f64 / (at + 1) as f64;
                ranks().enumerate().map(precision).sum::<f64>() / possible as f64
            }
        }
    }
}

/// `1 / log2(rank + 1)` for a place counted from 0.
fn discount(place: usize) -> f64 {
    1.0 / ((place + 2) as f64).log2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_worked_by_hand() {
        // Hits at ranks 2 and 3 of 4, three items relevant.
        let hits = [false, true, true, false];
        let ideal = 1.0 + 1.0 / 3.0_f64.log2() + 0.5;
        let expected = [
            2.0 / 3.0,
            (1.0 / 3.0_f64.log2() + 0.5) / ideal,
            1.0,
            0.5,
            (1.0 / 2.0 + 2.0 / 3.0) / 3.0,
        ];
        for (metric, expected) in Metric::ALL.into_iter().zip(expected) {
            assert!((metric.at(4, &hits, 3) - expected).abs() < 1e-12, "{metric:?}");
        }
    }

    /// The definitions, rank by rank with no short cuts.
    fn slow(metric: Metric, k: usize, hits: &[bool], n_relevant: usize) -> f64 {
        let hit = |rank: usize| f64::from(u8::from(rank <= hits.len() && hits[rank - 1]));
        let gain = |rank: usize| hit(rank) / ((rank + 1) as f64).ln() * 2.0_f64.ln();
        let upto = |rank: usize| (1..=rank).map(hit).sum::<f64>();
        let first = (1..=k).find(|&rank| hit(rank) > 0.0);
        let possible = if k < n_relevant { k } else { n_relevant };
        match metric {
            Metric::Recall => upto(k) / n_relevant as f64,
            Metric::HitRate => {
                if first.is_some() {
                    1.0
                } else {
                    0.0
                }
            }
            Metric::Mrr => first.map_or(0.0, |rank| 1.0 / rank as f64),
            Metric::Ndcg => {
                let ideal: f64 =
                    (1..=possible).map(|rank| 2.0_f64.ln() / ((rank + 1) as f64).ln()).sum();
                (1..=k).map(gain).sum::<f64>() / ideal
            }
            Metric::Map => {
                let at_hit = |rank: usize| hit(rank) * upto(rank) / rank as f64;
                (1..=k).map(at_hit).sum::<f64>() / possible as f64
            }
        }
    }

    proptest! {
        #[test]
        fn equals_the_definitions(
            hits in prop::collection::vec(any::<bool>(), 0..30),
            k in 1..30_usize,
            more in 0..5_usize,
        ) {
            let n_relevant = hits.iter().filter(|hit| **hit).count() + more;
            prop_assume!(n_relevant > 0);
            for metric in Metric::ALL {
                let value = metric.at(k, &hits, n_relevant);
                prop_assert!((value - slow(metric, k, &hits, n_relevant)).abs() < 1e-12);
                prop_assert!((0.0..=1.0 + 1e-12).contains(&value));
            }
        }
    }
}
