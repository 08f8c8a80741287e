//! Demand of weeks in which an item could not be bought all the time.
//!
//! A week open for a share `o` of its time sold `y`; what was asked for is `y* = y / o` where
//! `o ≥ ½`, else `max(y, m)`, with `m` the mean of the last 8 weeks that were open throughout.
//!
//! Symbols: `y`, `y*`, `m`, units; `o`, share of the week's time with stock. Time `O(weeks)`,
//! memory `O(weeks)`.
//! Source: W. Wecker, "Predicting demand from sales data in the presence of stockouts", Management
//! Science 24, 1978 (sales are demand cut off by stock); S. Nahmias, "Demand estimation in lost
//! sales inventory systems", Naval Research Logistics 41, 1994.
//! DIFFERENCE: scaled by open time and filled from earlier weeks, without a distribution, so that a
//! week never learns from later ones.

/// Share of a week's time from which its sales are scaled rather than replaced.
const SCALED_FROM: f64 = 0.5;
/// Open weeks that fill one without stock.
const WEEKS_BACK: usize = 8;

/// Units on hand at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// When.
    pub time_ms: i64,
    /// Order within equal times.
    pub seq: u32,
    /// Units; while being read, of a correction, how many were found or lost.
    pub level: i64,
    /// Whether it corrects the level before; no longer after [`Count::settle`].
    pub is_change: bool,
}

impl Count {
    /// Puts counts in order of time and turns corrections into levels; corrections before the
    /// first level say nothing and are dropped.
    pub fn settle(counts: &mut Vec<Self>) {
        counts.sort_by_key(|count| (count.time_ms, count.seq));
        let mut level = None;
        counts.retain_mut(|count| {
            level = match (count.is_change, level) {
                (false, _) => Some(count.level),
                (true, Some(before)) => Some(before + count.level),
                (true, None) => None,
            };
            count.level = level.unwrap_or(0);
            count.is_change = false;
            level.is_some()
        });
    }
}

/// The share of each span of time, between a start and the next, with stock on hand; before the
/// first count there was some.
#[must_use]
pub fn open_shares(counts: &[Count], starts_ms: &[i64]) -> Vec<f64> {
    let mut shut = vec![0_i64; starts_ms.len().saturating_sub(1)];
    for (at, count) in counts.iter().enumerate().filter(|(_, count)| count.level <= 0) {
        let until = counts.get(at + 1).map_or(i64::MAX, |next| next.time_ms);
        for (span, shut) in starts_ms.windows(2).zip(&mut shut) {
            *shut += (until.min(span[1]) - count.time_ms.max(span[0])).max(0);
        }
    }
    let length = |span: &[i64]| (span[1] - span[0]).max(1) as f64;
    starts_ms.windows(2).zip(shut).map(|(span, shut)| 1.0 - shut as f64 / length(span)).collect()
}

/// What was asked for, from what was sold and the share of time with stock.
#[must_use]
pub fn uncensored(sold: &[f64], open: &[f64]) -> Vec<f64> {
    let mut asked = Vec::with_capacity(sold.len());
    let mut whole: Vec<f64> = Vec::new();
    for (&units, &share) in sold.iter().zip(open) {
        let recent = &whole[whole.len().saturating_sub(WEEKS_BACK)..];
        let mean = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
        if share >= 1.0 {
            whole.push(units);
            asked.push(units);
        } else if share >= SCALED_FROM {
            asked.push(units / share);
        } else {
            asked.push(units.max(mean));
        }
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(time_ms: i64, level: i64, is_change: bool) -> Count {
        Count { time_ms, seq: 0, level, is_change }
    }

    #[test]
    fn corrections_add_up_and_those_of_nothing_are_dropped() {
        let mut counts = vec![count(30, -4, true), count(10, 9, true), count(20, 4, false)];
        Count::settle(&mut counts);
        assert_eq!(counts, [count(20, 4, false), count(30, 0, false)]);
    }

    #[test]
    fn weeks_without_stock_are_scaled_or_filled_from_before() {
        let counts = [count(125, 0, false), count(200, 7, false), count(260, 0, false)];
        let open = open_shares(&counts, &[0, 100, 200, 300, 400]);
        assert_eq!(open, [1.0, 0.25, 0.6, 0.0]);
        assert_eq!(uncensored(&[8.0, 1.0, 6.0, 0.0], &open), [8.0, 8.0, 10.0, 8.0]);
        // Nothing is known before: what was sold stands.
        assert_eq!(uncensored(&[2.0, 3.0], &[0.0, 1.0]), [2.0, 3.0]);
    }
}
