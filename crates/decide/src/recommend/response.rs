//! Predicted response: how often a slate's position was answered on the held-out weeks.
//!
//! For position `r`, `p_r = hits_r / trials` over the shoppers who came back in the held-out
//! weeks. A better position cannot be a worse one, so the rates are made non-increasing by pooling
//! adjacent violators (Ayer, Brunk, Ewing, Reid and Silverman 1955). The 95 % interval is
//! Wilson's (1927) on the pooled counts. All rates are parts per million.

use serde::{Deserialize, Serialize};

/// What counts as a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseKind {
    /// The item was bought and kept.
    Purchase,
    /// The item was viewed or clicked.
    View,
}

/// Held-out response by position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankResponse {
    /// What counts as a response.
    pub kind: ResponseKind,
    /// Length of the held-out period.
    pub horizon_days: u32,
    /// Shoppers measured.
    pub trials: u64,
    /// Responses by position, first position first.
    pub hits: Vec<u64>,
}

/// A rate with its 95 % interval, in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The estimate.
    pub ppm: u32,
    /// Lower end.
    pub low_ppm: u32,
    /// Upper end.
    pub high_ppm: u32,
}

/// Fewest shoppers from which a rate may be quoted.
const TRIALS_MIN: u64 = 50;

impl RankResponse {
    /// The rate at each position; empty when too few shoppers were measured.
    pub fn rates(&self) -> Vec<Rate> {
        if self.trials < TRIALS_MIN {
            return Vec::new();
        }
        // Blocks of pooled positions: (hits, positions).
        let mut blocks: Vec<(u64, u64)> = Vec::new();
        for &hits in &self.hits {
            blocks.push((hits, 1));
            while let [.., (h1, n1), (h2, n2)] = blocks[..] {
                if h1 * n2 >= h2 * n1 {
                    break;
                }
                blocks.pop();
                blocks.pop();
                blocks.push((h1 + h2, n1 + n2));
            }
        }
        let rate = |&(hits, n): &(u64, u64)| {
            std::iter::repeat_n(wilson(hits, n * self.trials), n as usize)
        };
        blocks.iter().flat_map(rate).collect()
    }
}

/// Wilson's 95 % score interval of `hits` out of `trials`.
fn wilson(hits: u64, trials: u64) -> Rate {
    let (hits, n, z) = (hits as f64, trials.max(1) as f64, 1.959_964);
    let p = hits / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let ppm = |x: f64| (x.clamp(0.0, 1.0) * 1e6).round() as u32;
    Rate {
        ppm: ppm(p),
        low_ppm: ppm((centre - half) / scale),
        high_ppm: ppm((centre + half) / scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn response(trials: u64, hits: Vec<u64>) -> RankResponse {
        RankResponse { kind: ResponseKind::Purchase, horizon_days: 28, trials, hits }
    }

    #[test]
    fn wilson_matches_the_published_example() {
        // 81 of 263: .255 to .366 (Newcombe 1998, table I, method 3).
        let rate = wilson(81, 263);
        assert_eq!((rate.low_ppm + 500) / 1000, 255);
        assert_eq!((rate.high_ppm + 500) / 1000, 366);
    }

    #[test]
    fn too_few_shoppers_give_no_rate() {
        assert!(response(49, vec![5, 4]).rates().is_empty());
        assert_eq!(response(100, vec![10, 20]).rates()[0].ppm, 150_000);
    }

    proptest! {
        #[test]
        fn rates_never_rise_and_keep_the_total(
            hits in prop::collection::vec(0_u64..200, 1..21),
        ) {
            let rates = response(200, hits.clone()).rates();
            prop_assert_eq!(rates.len(), hits.len());
            prop_assert!(rates.windows(2).all(|w| w[0].ppm >= w[1].ppm));
            prop_assert!(rates.iter().all(|r| r.low_ppm <= r.ppm && r.ppm <= r.high_ppm));
            let sum: f64 = rates.iter().map(|r| f64::from(r.ppm) / 1e6).sum();
            let want: f64 = hits.iter().map(|&h| h as f64 / 200.0).sum();
            prop_assert!((sum - want).abs() < 1e-4);
        }
    }
}
