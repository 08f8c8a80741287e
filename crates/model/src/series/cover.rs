//! What will be asked for over the periods an order has to cover, many series of one shop at once.
//!
//! An order covers `P` periods, from now until the next one arrives, so what counts is the sum
//! `Y_i = Σ_{h ≤ P} y_i(t + h)`. Each method forecasts every series: a level times `P`, the same
//! weeks of last year, or the levels moved by the shop's calendar ([`SeasonBlend`]).
//!
//! Symbols: `P`, periods covered; `t`, origin, the number of periods known. Time
//! `O(origins · series · t)`, memory `O(origins · methods · series)`.
//! Source: E. Silver, D. Pyke and D. Thomas, "Inventory and production management in supply
//! chains", 4th edition, 2017, sections 3.4 and 6.7 (forecasts over the lead time); R. Teunter, A.
//! Syntetos and M. Babai, "Intermittent demand", EJOR 214, 2011.

use rayon::prelude::*;

use super::season_blend::SeasonBlend;
use super::smoothing::smoothed;
use super::tsb::tsb;

/// Periods over which the calendar is learnt, a quarter of weeks.
const CALENDAR_PERIODS: usize = 13;
/// Periods of the recent mean.
const RECENT: usize = 8;

/// A way to forecast what an order has to cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoverMethod {
    /// The same periods of last year.
    SeasonalNaive,
    /// A smoothed level, rate 0.1.
    Slow,
    /// A smoothed level, rate 0.2.
    Level,
    /// A smoothed level, rate 0.4.
    Quick,
    /// The mean of the last eight periods.
    Recent,
    /// Demand that may die out, rates 0.1.
    Tsb,
    /// Levels moved by the shop's calendar.
    Calendar,
    /// The mean of level, recent mean and calendar.
    Mean,
}

impl CoverMethod {
    /// Every method, in the order of the rows of [`ahead`].
    pub const ALL: [Self; 8] = [
        Self::SeasonalNaive,
        Self::Slow,
        Self::Level,
        Self::Quick,
        Self::Recent,
        Self::Tsb,
        Self::Calendar,
        Self::Mean,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal-naive",
            Self::Slow => "ses-0.1",
            Self::Level => "ses-0.2",
            Self::Quick => "ses-0.4",
            Self::Recent => "recent-mean",
            Self::Tsb => "tsb",
            Self::Calendar => "calendar",
            Self::Mean => "mean-of-three",
        }
    }
}

/// Forecasts made at one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// Periods known.
    pub origin: usize,
    /// Sum over the periods covered, `[method][series]`, methods as in [`CoverMethod::ALL`].
    pub sums: Vec<Vec<f64>>,
}

/// Forecasts every series at each origin; `known(t)` gives all series as they were known at `t`,
/// each of `t` periods, and `year_ago` the period a year before each, `P` and a quarter ahead of
/// the last origin.
pub fn ahead(
    origins: &[usize],
    year_ago: &[Option<usize>],
    cover: usize,
    known: impl Fn(usize) -> Vec<Vec<f64>> + Sync,
) -> Vec<Ahead> {
    let at = |&origin: &usize| {
        let series = known(origin);
        Ahead { origin, sums: at_origin(&series, year_ago, origin, cover) }
    };
    origins.par_iter().map(at).collect()
}

fn at_origin(
    series: &[Vec<f64>],
    year_ago: &[Option<usize>],
    origin: usize,
    cover: usize,
) -> Vec<Vec<f64>> {
    let periods = cover as f64;
    let of = |one: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
        series.iter().map(|values| one(values).max(0.0)).collect()
    };
    let level = |rate: f64| {
        move |values: &[f64]| {
            let Some((first, rest)) = values.split_first() else { return 0.0 };
            smoothed(rest, rate, *first).0 * periods
        }
    };
    let recent = |values: &[f64]| {
        let last = &values[values.len().saturating_sub(RECENT)..];
        last.iter().sum::<f64>() / last.len().max(1) as f64 * periods
    };
    let last_year = |values: &[f64]| {
        let ago = |at: usize| year_ago.get(at).copied().flatten().and_then(|ago| values.get(ago));
        let then: Option<f64> = (origin..origin + cover).map(ago).sum();
        then.unwrap_or_else(|| recent(values))
    };
    let fading = |values: &[f64]| {
        if values.is_empty() { 0.0 } else { tsb(values, 0.1, 0.1).0 * periods }
    };
    let levels = of(&level(0.2));
    let recents = of(&recent);
    let calendar = calendar(series, year_ago, cover).unwrap_or_else(|| levels.clone());
    let three = levels.iter().zip(&recents).zip(&calendar).map(|((a, b), c)| (a + b + c) / 3.0);
    let mean = three.collect();
    vec![
        of(&last_year),
        of(&level(0.1)),
        levels,
        of(&level(0.4)),
        recents,
        of(&fading),
        calendar,
        mean,
    ]
}

/// None where less than a year and two quarters are known.
fn calendar(series: &[Vec<f64>], year_ago: &[Option<usize>], cover: usize) -> Option<Vec<f64>> {
    let horizon = cover.max(CALENDAR_PERIODS);
    let blend = SeasonBlend::fit(series, year_ago, horizon).ok()?;
    let found = blend.forecast(series, year_ago, horizon)?;
    Some(found.iter().map(|steps| steps[..cover].iter().sum::<f64>().max(0.0)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(method: CoverMethod) -> usize {
        CoverMethod::ALL.iter().position(|one| *one == method).unwrap()
    }

    #[test]
    fn each_method_sums_what_it_says() {
        let year_ago: Vec<Option<usize>> = (0..40_usize).map(|t| t.checked_sub(10)).collect();
        let known = |t: usize| vec![(0..t).map(|w| w as f64).collect::<Vec<f64>>()];
        let found = ahead(&[12, 16], &year_ago, 3, known);
        let of = |at: usize, method| found[at].sums[place(method)][0];
        assert_eq!(found[1].origin, 16);
        assert_eq!(of(0, CoverMethod::SeasonalNaive), 2.0 + 3.0 + 4.0);
        assert_eq!(of(0, CoverMethod::Recent), 3.0 * 7.5);
        let mut level = 0.0;
        for y in 1..16 {
            level += 0.2 * (f64::from(y) - level);
        }
        assert!((of(1, CoverMethod::Level) - 3.0 * level).abs() < 1e-9);
    }

    #[test]
    fn nothing_known_is_nothing_forecast() {
        let found = ahead(&[0], &[], 4, |_| vec![Vec::new(), Vec::new()]);
        assert!(found[0].sums.iter().flatten().all(|sum| *sum == 0.0));
    }

    #[test]
    fn a_season_of_the_shop_moves_each_level() {
        let season = |t: usize| if t % 52 >= 45 { 4.0 } else { 1.0 };
        let known = |t: usize| {
            (1..4).map(|i| (0..t).map(|w| f64::from(i) * 10.0 * season(w)).collect()).collect()
        };
        let year_ago: Vec<Option<usize>> = (0..130_usize).map(|t| t.checked_sub(52)).collect();
        let found = ahead(&[97], &year_ago, 3, known);
        let sums = &found[0].sums;
        let (calendar, level) =
            (&sums[place(CoverMethod::Calendar)], &sums[place(CoverMethod::Level)]);
        assert!(calendar[0] > 1.8 * level[0], "{calendar:?} {level:?}");
    }
}
