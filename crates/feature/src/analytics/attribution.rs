//! Attribution: which channels brought the orders, by five rules of sharing the credit.
//!
//! Counting unit: orders. What a touch is, and which touches lead to an order, stands in
//! `channel_path.rs`. Of an order with touches `1…n` the first model gives all to touch 1, the last
//! to touch `n`, linear `1/n` to each, time decay `2^(−(tₙ − tᵢ) / half-life)` normed to 1; the
//! Markov model shares all orders by the removal effects of [`super::markov`], normed to 1. Every
//! model's credits sum to all orders, and its money to all money, to the minor unit.
//!
//! Memory is one row per different path.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use event::Currency;
use serde::Serialize;

use super::channel_path::{ChannelPaths, ORDER_UNITS, PATH_TOUCHES, PathSums, Paths, paths};
use super::markov::{Journeys, removal_effects};
use crate::error::FeatureError;
use crate::kernel;
use crate::session::GAP_MS;

/// Channels that can be told apart, at most.
pub const CHANNELS_MAX: usize = 200;
const OTHER: &str = "(other)";

/// How to share the credit.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributionPlan {
    /// Currency of the amounts.
    pub currency: Currency,
    /// How long before an order a touch still counts.
    pub window_ms: i64,
    /// Time in which a touch loses half of its weight under time decay.
    pub half_life_ms: i64,
    /// Quiet time that ends a session.
    pub gap_ms: i64,
    /// Channels told apart, the most touched first; the others are one, `(other)`. 1 to 200.
    pub channels: usize,
    /// First moment counted.
    pub from_ms: i64,
    /// First moment no longer counted.
    pub to_ms: i64,
}

impl AttributionPlan {
    /// Columns that a scan for the report holds.
    pub fn reads(&self) -> Vec<&'static str> {
        let mut names = event::columns::NAMES.to_vec();
        names.push("ctx");
        names
    }

    /// A window of 30 days, a half-life of 7, sessions of 30 minutes' gap, 50 channels.
    pub fn new(currency: Currency) -> Self {
        const MINUTE_MS: i64 = 60_000;
        const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
        Self {
            currency,
            window_ms: 30 * DAY_MS,
            half_life_ms: 7 * DAY_MS,
            gap_ms: GAP_MS,
            channels: 50,
            from_ms: i64::MIN,
            to_ms: i64::MAX,
        }
    }

    /// Refuses what cannot be reckoned with.
    pub fn validate(&self) -> Result<(), FeatureError> {
        let refuse = |setting, found: String, advice: &str| {
            Err(FeatureError::Setting { setting, found, advice: advice.to_owned() })
        };
        if self.window_ms < 0 {
            return refuse("window", self.window_ms.to_string(), "a time of 0 or more");
        }
        if self.half_life_ms <= 0 {
            return refuse("half_life", self.half_life_ms.to_string(), "a time above 0");
        }
        if self.gap_ms < 0 {
            return refuse("gap", self.gap_ms.to_string(), "a time of 0 or more");
        }
        if !(1..=CHANNELS_MAX).contains(&self.channels) {
            return refuse("channels", self.channels.to_string(), "from 1 to 200");
        }
        Ok(())
    }

    pub(super) fn counts(&self, time_ms: i64) -> bool {
        (self.from_ms..self.to_ms).contains(&time_ms)
    }
}

/// Credit of orders to channels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttributionReport {
    /// What is counted: `orders`.
    pub counting: &'static str,
    /// Orders.
    pub orders: u64,
    /// What their products cost, in minor units of the shop's currency.
    pub revenue_minor: i64,
    /// Channels, most orders by the Markov model first.
    pub channels: Vec<ChannelCredit>,
    /// Different sequences of channels that led to an order.
    pub paths_n: u64,
    /// Sequences of touches that led to none; the Markov model needs them.
    pub unconverted: u64,
}

/// One channel's credit by each model. Credits are in orders and sum to all orders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelCredit {
    /// `source / medium`; `(direct)` without a campaign, `(other)` for those beyond the limit.
    pub channel: String,
    /// Touches, each once, whether they led to an order or not.
    pub touches: u64,
    /// All to the first touch.
    pub first: f64,
    /// All to the last touch.
    pub last: f64,
    /// The same to every touch.
    pub linear: f64,
    /// More to the later ones: half as much a half-life earlier.
    pub time_decay: f64,
    /// By how many orders fewer there would be without the channel.
    pub markov: f64,
    /// The same of money.
    pub revenue_minor: ChannelRevenue,
}

/// Money credited by each model, in minor units; each model sums to all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChannelRevenue {
    /// All to the first touch.
    pub first: i64,
    /// All to the last touch.
    pub last: i64,
    /// The same to every touch.
    pub linear: i64,
    /// More to the later ones.
    pub time_decay: i64,
    /// By the removal effect.
    pub markov: i64,
}

impl AttributionReport {
    /// Counts user-ordered batches of [`event::schema`], `ctx` included.
    pub fn read<E: From<FeatureError> + Send>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
        plan: &AttributionPlan,
    ) -> Result<Self, E> {
        plan.validate()?;
        let answers = kernel::fold(batches, &ChannelPaths { plan })?;
        Ok(Self::of(&paths(&answers)?, plan))
    }

    fn of(paths: &Paths, plan: &AttributionPlan) -> Self {
        let names = channels(paths, plan.channels);
        let numbered = numbered(paths, &names);
        let mut credits = Credits::of(&numbered, names.len());
        let orders: u64 = paths.values().map(|sums| sums.orders).sum();
        credits.markov(&numbered, orders);
        let mut channels: Vec<ChannelCredit> =
            names.into_iter().enumerate().map(|(i, channel)| credits.channel(i, channel)).collect();
        channels.sort_by(|a, b| b.markov.total_cmp(&a.markov).then(a.channel.cmp(&b.channel)));
        Self {
            counting: "orders",
            orders,
            revenue_minor: credits.revenue_minor,
            channels,
            paths_n: paths.values().filter(|sums| sums.orders > 0).count() as u64,
            unconverted: paths.values().map(|sums| sums.unconverted).sum(),
        }
    }
}

/// Names of the channels that are told apart, in order, and of the others together if there are.
fn channels(paths: &Paths, limit: usize) -> Vec<String> {
    let mut touches: BTreeMap<&String, u64> = BTreeMap::new();
    for (path, sums) in paths {
        path.iter().for_each(|channel| *touches.entry(channel).or_default() += 0);
        *touches.entry(&path[0]).or_default() += sums.touches;
    }
    let mut names: Vec<(u64, &String)> = touches.into_iter().map(|(c, n)| (n, c)).collect();
    names.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let more = names.len() > limit;
    names.truncate(limit);
    let mut names: Vec<String> = names.into_iter().map(|(_, name)| name.clone()).collect();
    // A campaign may be called so itself.
    if more && !names.iter().any(|name| name == OTHER) {
        names.push(OTHER.to_owned());
    }
    names.sort_unstable();
    names
}

/// Paths by numbers of channels, equal ones put together.
fn numbered(paths: &Paths, names: &[String]) -> BTreeMap<Vec<usize>, PathSums> {
    let number = |channel: &String| {
        let other = || names.binary_search_by(|name| name.as_str().cmp(OTHER));
        // Where there is no `(other)`, every channel has its name.
        names.binary_search(channel).or_else(|_| other()).unwrap_or(0)
    };
    let mut numbered: BTreeMap<Vec<usize>, PathSums> = BTreeMap::new();
    for (path, sums) in paths {
        numbered.entry(path.iter().map(number).collect()).or_default().add(sums);
    }
    numbered
}

/// Sums per channel.
struct Credits {
    revenue_minor: i64,
    touches: Vec<u64>,
    first: Vec<u64>,
    last: Vec<u64>,
    /// Touches of orders by the length of their path, so that equal parts are added at once.
    by_length: Vec<[u64; PATH_TOUCHES + 1]>,
    decay_units: Vec<i128>,
    markov: Vec<f64>,
    money: Vec<ChannelRevenue>,
}

impl Credits {
    fn of(paths: &BTreeMap<Vec<usize>, PathSums>, channels: usize) -> Self {
        let mut credits = Self {
            revenue_minor: 0,
            touches: vec![0; channels],
            first: vec![0; channels],
            last: vec![0; channels],
            by_length: vec![[0; PATH_TOUCHES + 1]; channels],
            decay_units: vec![0; channels],
            markov: vec![0.0; channels],
            money: vec![ChannelRevenue::default(); channels],
        };
        paths.iter().for_each(|(path, sums)| credits.path(path, sums));
        credits
    }

    fn path(&mut self, path: &[usize], sums: &PathSums) {
        let (first, last) = (path[0], path[path.len() - 1]);
        self.touches[first] += sums.touches;
        add(&mut self.revenue_minor, sums.revenue_minor);
        self.first[first] += sums.orders;
        self.last[last] += sums.orders;
        add(&mut self.money[first].first, sums.revenue_minor);
        add(&mut self.money[last].last, sums.revenue_minor);
        let equal_minor = allot(sums.revenue_minor, &vec![1.0; path.len()]);
        for (&channel, part_minor) in path.iter().zip(equal_minor) {
            self.by_length[channel][path.len()] += sums.orders;
            add(&mut self.money[channel].linear, part_minor);
        }
        for ((&channel, units), part_minor) in path.iter().zip(&sums.decay).zip(&sums.decay_minor) {
            self.decay_units[channel] += i128::from(*units);
            add(&mut self.money[channel].time_decay, *part_minor);
        }
    }

    fn markov(&mut self, paths: &BTreeMap<Vec<usize>, PathSums>, orders: u64) {
        let journeys: Vec<Journeys> = paths
            .iter()
            .filter(|(_, sums)| sums.orders + sums.unconverted > 0)
            .map(|(path, sums)| Journeys {
                path: path.clone(),
                converted: sums.orders,
                lost: sums.unconverted,
            })
            .collect();
        let effects = removal_effects(self.markov.len(), &journeys);
        let all: f64 = effects.iter().sum();
        if all > 0.0 {
            self.markov = effects.iter().map(|effect| effect / all * orders as f64).collect();
            let parts_minor = allot(self.revenue_minor, &effects);
            self.money.iter_mut().zip(parts_minor).for_each(|(m, part)| m.markov = part);
        }
    }

    fn channel(&self, i: usize, channel: String) -> ChannelCredit {
        ChannelCredit {
            channel,
            touches: self.touches[i],
            first: self.first[i] as f64,
            last: self.last[i] as f64,
            linear: (1..=PATH_TOUCHES).map(|n| self.by_length[i][n] as f64 / n as f64).sum(),
            time_decay: self.decay_units[i] as f64 / ORDER_UNITS as f64,
            markov: self.markov[i],
            revenue_minor: self.money[i],
        }
    }
}

fn add(sum_minor: &mut i64, more_minor: i64) {
    *sum_minor = sum_minor.saturating_add(more_minor);
}

/// An amount in proportion to weights (0 or more, finite, not all 0), in whole minor units: each
/// part rounded down, what is left one unit each to those that lost most, the earlier of equals.
fn allot(amount_minor: i64, weights: &[f64]) -> Vec<i64> {
    let all: f64 = weights.iter().sum();
    let units: Vec<i128> =
        weights.iter().map(|weight| (weight / all * ORDER_UNITS as f64).round() as i128).collect();
    let all: i128 = units.iter().sum::<i128>().max(1);
    let exact = |units: &i128| i128::from(amount_minor) * units;
    // A part of an `i64` is one.
    let mut parts: Vec<i64> = units.iter().map(|u| exact(u).div_euclid(all) as i64).collect();
    let rest = i128::from(amount_minor) - parts.iter().map(|p| i128::from(*p)).sum::<i128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (std::cmp::Reverse(exact(&units[i]).rem_euclid(all)), i));
    order.into_iter().take(rest.max(0) as usize).for_each(|i| parts[i] += 1);
    parts
}
