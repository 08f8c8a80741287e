//! What a shop's items will be asked for over the weeks that an order covers, as known at any week
//! of the last stretch: what a plan is made of now, and what it would have been made of then.
//!
//! At each origin every item's weekly series is read as it was known then (returns of later weeks
//! unknown, weeks without stock filled from before), forecast by every method, and judged once the
//! weeks covered are over. A plan made in week `t` learns from origins `≤ t − P` only.

use event::Bilingual;
use feature::behaviour::Calendar;
use feature::demand::Demand;
use feature::year_ago::year_ago;
use model::{Ahead, Cover, ahead, choose_cover};

/// Origins that a choice learns from at most.
pub const ORIGINS: usize = 26;
/// Weeks known below which no origin is tried.
const WEEKS_MIN: usize = 8;
/// Weeks without a sale after which an item says nothing about the others.
const QUIET_WEEKS: usize = 26;

/// The time that an order has to cover, in weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From order to arrival.
    pub lead: usize,
    /// Between two orders.
    pub review: usize,
}

impl Timing {
    /// Weeks from an order to the arrival of the next.
    #[must_use]
    pub fn cover(self) -> usize {
        self.lead + self.review
    }
}

/// The forecasts of a shop.
pub struct Outlook<'a> {
    demand: &'a Demand,
    /// The time an order covers.
    pub timing: Timing,
    year_ago: Vec<Option<usize>>,
    aheads: Vec<Ahead>,
}

impl<'a> Outlook<'a> {
    /// Forecasts all items at every origin that a plan of the last `played` weeks or of now needs.
    ///
    /// # Errors
    /// When there is too little history for the time an order covers.
    pub fn read(
        demand: &'a Demand,
        timing: Timing,
        calendar: Calendar,
        played: usize,
    ) -> Result<Self, Bilingual> {
        let (n, cover) = (demand.n_weeks(), timing.cover());
        let least = WEEKS_MIN + cover + model::COVER_ORIGINS_MIN - 1;
        if n < least {
            return Err(too_short(n, least, timing));
        }
        // A quarter more than is covered, for the calendar's windows.
        let weeks = n + cover.max(13) + 1;
        let ago = |at: usize| {
            let week = demand.first_week + i32::try_from(at).unwrap_or(i32::MAX / 2);
            usize::try_from(year_ago(week, calendar) - demand.first_week).ok()
        };
        let year_ago: Vec<Option<usize>> = (0..weeks).map(ago).collect();
        let first = n.saturating_sub(played + cover + ORIGINS - 1).max(WEEKS_MIN);
        let origins: Vec<usize> = (first..=n).collect();
        let known = |origin: usize| series_at(demand, origin);
        let aheads = ahead(&origins, &year_ago, cover, known);
        Ok(Self { demand, timing, year_ago, aheads })
    }

    /// Weeks of history.
    #[must_use]
    pub fn n_weeks(&self) -> usize {
        self.demand.n_weeks()
    }

    /// The last weeks in which a plan could have been made from history before them.
    #[must_use]
    pub fn playable(&self) -> usize {
        let least = WEEKS_MIN + self.timing.cover() + model::COVER_ORIGINS_MIN - 1;
        self.n_weeks().saturating_sub(least)
    }

    /// Why no week can be played.
    #[must_use]
    pub fn nothing_to_play(&self) -> Bilingual {
        too_short(self.n_weeks(), self.n_weeks() + 1, self.timing)
    }

    /// All series as known at a week.
    #[must_use]
    pub fn series(&self, week: usize) -> Vec<Vec<f64>> {
        series_at(self.demand, week)
    }

    /// What the weeks from one on came to a year before, as known at that week: the seasonal naive
    /// forecast of each item; what is not a year old counts nothing.
    #[must_use]
    pub fn last_year(&self, series: &[Vec<f64>], week: usize) -> Vec<f64> {
        let then = self.year_ago[week..week + self.timing.cover()].iter().flatten();
        let sum = |values: &Vec<f64>| then.clone().filter_map(|at| values.get(*at)).sum();
        series.iter().map(sum).collect()
    }

    /// The forecasts of a plan made in a week, from what was known then.
    ///
    /// # Errors
    /// When too few origins lie before it, or nothing was sold of late.
    pub fn at(&self, week: usize) -> Result<Cover, Bilingual> {
        let cover = self.timing.cover();
        let series = self.series(week);
        let from = (week + 1).saturating_sub(cover + ORIGINS);
        let is_past = |ahead: &&Ahead| (from..=week - cover).contains(&ahead.origin);
        let past: Vec<&Ahead> = self.aheads.iter().filter(is_past).collect();
        let came = |ahead: &&Ahead| {
            let weeks = ahead.origin..ahead.origin + cover;
            series.iter().map(|values| values[weeks.clone()].iter().sum()).collect()
        };
        let actual: Vec<Vec<f64>> = past.iter().map(came).collect();
        let recent = |values: &Vec<f64>| {
            values[week.saturating_sub(QUIET_WEEKS)..].iter().any(|units| *units > 0.0)
        };
        let alive: Vec<bool> = series.iter().map(recent).collect();
        let now = self.aheads.iter().find(|ahead| ahead.origin == week);
        now.and_then(|now| choose_cover(&past, &actual, now, &alive)).ok_or_else(quiet)
    }
}

fn series_at(demand: &Demand, week: usize) -> Vec<Vec<f64>> {
    let until = demand.first_week + i32::try_from(week).unwrap_or(i32::MAX / 2);
    (0..demand.items.len()).map(|item| demand.series(item, until)).collect()
}

fn too_short(n: usize, least: usize, timing: Timing) -> Bilingual {
    let Timing { lead, review } = timing;
    Bilingual::new(
        format!(
            "there are {n} whole weeks of orders, but a lead time of {lead} weeks and an order \
             every {review} weeks need at least {least} to see how far forecasts miss: wait, or \
             state a shorter lead time"
        ),
        format!(
            "只有 {n} 个完整周的订单；提前期 {lead} 周、每 {review} 周订货一次，至少需要 {least} 周\
             才能看出预测误差：请等待，或改用更短的提前期"
        ),
    )
}

fn quiet() -> Bilingual {
    Bilingual::new(
        format!(
            "nothing was sold in the last {QUIET_WEEKS} weeks, so nothing can be said of what will \
             be asked for"
        ),
        format!("最近 {QUIET_WEEKS} 周没有销售，无法判断今后的需求"),
    )
}
