//! Which method forecasts each series' covered sum, and how far off it will be.
//!
//! Over past origins `o` each method misses by `e_mio = Y_io − Ŷ_mio`. A series takes the method of
//! least `(n ℓ_mi + k ℓ̄_i r_m) / (n + k)`: its own mean `|e|`, pulled to what all series say
//! of the method, `r_m`. A miss is measured in sizes
//! `s_i(Ŷ) = (Σ_o |e_io| + k' c √(Ŷ + 1)) / (n + k')`,
//! `c = Σ |e| / Σ √(Ŷ + 1)`, and the scores `e_io / s_i` of all series together say how demand is
//! spread: `Y_i = max(0, Ŷ_i + s_i z)`, `z` drawn from the scores; the share `u` of cases lies
//! below the `⌈u (N + 1)⌉`-th of `N` scores.
//!
//! Symbols: `Y`, `Ŷ`, `e`, `s`, units; `n`, origins; `k`, `k'`, origins that all series together
//! count for. Time `O(methods · origins · series + N log N)`, memory `O(origins · series)`.
//! Source: J. Lei, M. G'Sell, A. Rinaldo, R. Tibshirani and L. Wasserman, "Distribution-free
//! predictive inference for regression", JASA 113, 2018, section 5.2 (scores over sizes); L.
//! Tashman, "Out-of-sample tests of forecasting accuracy", IJF 16, 2000; W. James and C. Stein,
//! 1961 (pulling to what all say).
//! DIFFERENCE: scores of several origins and series are treated as exchangeable, and sizes are of
//! the same misses; coverage is then measured, not promised.

use super::cover::{Ahead, CoverMethod};

/// Origins' worth of weight of all series in the choice of a method.
const PRIOR_CHOICE: f64 = 26.0;
/// Origins' worth of weight of all series in the size of a miss.
const PRIOR_SIZE: f64 = 4.0;
/// Origins below which nothing is said.
pub const ORIGINS_MIN: usize = 4;

/// What each series' covered sum will be.
#[derive(Debug, Clone, PartialEq)]
pub struct Cover {
    /// Method of each series.
    pub method: Vec<CoverMethod>,
    /// Forecast of each series, units.
    pub mean: Vec<f64>,
    /// Size of a miss of each series, units.
    pub size: Vec<f64>,
    /// Origins it was learnt from.
    pub origins: usize,
    /// Misses over sizes of all series, ascending.
    scores: Vec<f64>,
    /// Sum of the scores from each on.
    tails: Vec<f64>,
}

/// Chooses methods and learns the spread; `actual[o][i]` is what the periods covered from the
/// `o`-th past origin came to, and only series that are `alive` say how demand is spread. `None`
/// with fewer than [`ORIGINS_MIN`] origins or no series alive.
#[must_use]
pub fn choose_cover(
    past: &[&Ahead],
    actual: &[Vec<f64>],
    now: &Ahead,
    alive: &[bool],
) -> Option<Cover> {
    let n_series = alive.len();
    if past.len() < ORIGINS_MIN || !alive.contains(&true) {
        return None;
    }
    let n = past.len() as f64;
    let mut loss = vec![vec![0.0; n_series]; CoverMethod::ALL.len()];
    for (ahead, came) in past.iter().zip(actual) {
        for (loss, sums) in loss.iter_mut().zip(&ahead.sums) {
            for (i, loss) in loss.iter_mut().enumerate() {
                *loss += (came[i] - sums[i]).abs() / n;
            }
        }
    }
    let of_alive = |loss: &Vec<f64>| {
        loss.iter().zip(alive).filter(|(_, alive)| **alive).map(|(loss, _)| loss).sum::<f64>()
    };
    let pooled: Vec<f64> = loss.iter().map(of_alive).collect();
    let mean_pooled = pooled.iter().sum::<f64>() / pooled.len() as f64;
    let best = |i: usize| {
        let own = loss.iter().map(|loss| loss[i]).sum::<f64>() / loss.len() as f64;
        let judged = |m: usize| {
            let all_say = own * pooled[m] / mean_pooled.max(f64::MIN_POSITIVE);
            n * loss[m][i] + PRIOR_CHOICE * all_say
        };
        // Of equals the last: a series that never sold is forecast by the mean of methods.
        (0..loss.len()).rev().min_by(|&a, &b| judged(a).total_cmp(&judged(b))).unwrap_or(0)
    };
    let chosen: Vec<usize> = (0..n_series).map(best).collect();
    let sizes = Sizes::of(past, actual, &chosen, &loss);
    let mut scores = Vec::new();
    for (ahead, came) in past.iter().zip(actual) {
        for i in (0..n_series).filter(|i| alive[*i]) {
            let sum = ahead.sums[chosen[i]][i];
            scores.push((came[i] - sum) / sizes.size(i, sum));
        }
    }
    scores.sort_unstable_by(f64::total_cmp);
    let mut tails = scores.clone();
    for at in (0..tails.len().saturating_sub(1)).rev() {
        tails[at] += tails[at + 1];
    }
    let mean: Vec<f64> = (0..n_series).map(|i| now.sums[chosen[i]][i]).collect();
    Some(Cover {
        method: chosen.iter().map(|&m| CoverMethod::ALL[m]).collect(),
        size: mean.iter().enumerate().map(|(i, sum)| sizes.size(i, *sum)).collect(),
        mean,
        origins: past.len(),
        scores,
        tails,
    })
}

/// What sizes of misses are made of.
struct Sizes {
    own: Vec<f64>,
    factor: f64,
    origins: f64,
}

impl Sizes {
    fn of(past: &[&Ahead], actual: &[Vec<f64>], chosen: &[usize], loss: &[Vec<f64>]) -> Self {
        let origins = past.len() as f64;
        let own: Vec<f64> = chosen.iter().enumerate().map(|(i, &m)| loss[m][i] * origins).collect();
        let (mut misses, mut roots) = (0.0, 0.0);
        for (ahead, came) in past.iter().zip(actual) {
            for (i, &m) in chosen.iter().enumerate() {
                misses += (came[i] - ahead.sums[m][i]).abs();
                roots += (ahead.sums[m][i] + 1.0).sqrt();
            }
        }
        Self { own, factor: misses / roots.max(1.0), origins }
    }

    fn size(&self, i: usize, sum: f64) -> f64 {
        let prior = PRIOR_SIZE * self.factor * (sum.max(0.0) + 1.0).sqrt();
        ((self.own[i] + prior) / (self.origins + PRIOR_SIZE)).max(1e-9)
    }
}

impl Cover {
    /// Units that a share of cases does not exceed, for a forecast and a size.
    #[must_use]
    pub fn quantile(&self, mean: f64, size: f64, share: f64) -> f64 {
        let n = self.scores.len();
        let rank = (share * (n + 1) as f64 - 1e-9).ceil().clamp(1.0, n as f64) as usize;
        (mean + size * self.scores[rank - 1]).max(0.0)
    }

    /// Units lacking on average at a stock of 0 or more, `E(Y − stock)⁺`.
    #[must_use]
    pub fn lacking(&self, mean: f64, size: f64, stock: f64) -> f64 {
        let cut = (stock - mean) / size;
        let above = self.scores.partition_point(|score| *score <= cut);
        let Some(tail) = self.tails.get(above) else { return 0.0 };
        let count = (self.scores.len() - above) as f64;
        size * (tail - cut * count) / self.scores.len() as f64
    }

    /// The share of cases that a stock does not cover.
    #[must_use]
    pub fn risk(&self, mean: f64, size: f64, stock: f64) -> f64 {
        let cut = (stock.max(0.0) - mean) / size;
        let above = self.scores.partition_point(|score| *score <= cut);
        (self.scores.len() - above) as f64 / self.scores.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Series of one method that is right but for given misses.
    fn learnt(misses: &[Vec<f64>], level: f64) -> Option<Cover> {
        let sums = |n: usize| vec![vec![level; n]; CoverMethod::ALL.len()];
        let n = misses[0].len();
        let past: Vec<Ahead> =
            (0..misses.len()).map(|origin| Ahead { origin, sums: sums(n) }).collect();
        let actual: Vec<Vec<f64>> =
            misses.iter().map(|of| of.iter().map(|miss| level + miss).collect()).collect();
        choose_cover(
            &past.iter().collect::<Vec<_>>(),
            &actual,
            &Ahead { origin: 99, sums: sums(n) },
            &vec![true; n],
        )
    }

    #[test]
    fn a_method_that_fits_one_series_is_taken_for_it() {
        let naive = |origin: usize| {
            let mut sums = vec![vec![10.0, 10.0]; CoverMethod::ALL.len()];
            sums[0] = vec![origin as f64, 12.0];
            Ahead { origin, sums }
        };
        let past: Vec<Ahead> = (0..40).map(naive).collect();
        let actual: Vec<Vec<f64>> = (0..40).map(|o| vec![f64::from(o), 10.0]).collect();
        let past: Vec<&Ahead> = past.iter().collect();
        let found = choose_cover(&past, &actual, &naive(40), &[true, true]).unwrap();
        assert_eq!(found.method[0], CoverMethod::SeasonalNaive);
        assert_eq!(found.mean, [40.0, 10.0]);
        assert_ne!(found.method[1], CoverMethod::SeasonalNaive);
    }

    #[test]
    fn too_few_origins_say_nothing() {
        assert!(learnt(&[vec![1.0], vec![2.0], vec![-1.0]], 5.0).is_none());
        assert!(learnt(&[vec![1.0], vec![2.0], vec![-1.0], vec![0.0]], 5.0).is_some());
    }

    proptest! {
        #[test]
        fn what_lacks_is_what_the_cases_say(
            misses in prop::collection::vec(prop::collection::vec(-30.0_f64..60.0, 5), 6..20),
            stock in 0.0_f64..90.0, share in 0.01_f64..0.99,
        ) {
            let found = learnt(&misses, 30.0).unwrap();
            let (mean, size) = (found.mean[0], found.size[0]);
            let cases: Vec<f64> =
                found.scores.iter().map(|score| (mean + size * score).max(0.0)).collect();
            let n = cases.len() as f64;
            let lacking = cases.iter().map(|case| (case - stock).max(0.0)).sum::<f64>() / n;
            let own = found.lacking(mean, size, stock);
            prop_assert!((own - lacking).abs() < 1e-9 * (1.0 + lacking));
            let risk = cases.iter().filter(|case| **case > stock + 1e-9).count() as f64 / n;
            prop_assert!((found.risk(mean, size, stock) - risk).abs() <= 1.0 / n + 1e-12);
            // At least the share asked for lies at or below its quantile.
            let level = found.quantile(mean, size, share);
            let below = cases.iter().filter(|case| **case <= level + 1e-9).count() as f64 / n;
            prop_assert!(below >= share - 1e-12 || below >= 1.0);
        }
    }
}
