//! Figures of a column in short, and its histogram in fixed bins.

use serde::Serialize;

use crate::clean::statistics::{mean, quantile, sorted};

/// Bars of a histogram.
pub const BINS: usize = 24;

/// A column in short; figures are null where no value is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Rows.
    pub n: u64,
    /// Rows without a finite value.
    pub missing: u64,
    /// Smallest value.
    pub min: Option<f64>,
    /// First quartile.
    pub p25: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Third quartile.
    pub p75: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Mean of the known values.
    pub mean: Option<f64>,
}

/// Values by bins of equal width, and how many lie beyond.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// Left edge of the first bin.
    pub low: f64,
    /// Right edge of the last bin, which it includes.
    pub high: f64,
    /// Values below the first bin.
    pub below: u64,
    /// Values per bin.
    pub counts: Vec<u64>,
    /// Values above the last bin.
    pub above: u64,
}

impl Summary {
    /// Sums up a column.
    pub fn of(values: &[Option<f64>]) -> Self {
        let known = sorted(values.iter().copied());
        Self {
            n: values.len() as u64,
            missing: (values.len() - known.len()) as u64,
            min: known.first().copied(),
            p25: quantile(&known, 0.25),
            median: quantile(&known, 0.5),
            p75: quantile(&known, 0.75),
            max: known.last().copied(),
            mean: mean(&known),
        }
    }
}

impl Histogram {
    /// Edges fit for a column: its 1st and 99th percentile, so that a few extreme values do not
    /// flatten the rest; its range where those are equal; half a unit to each side of one value.
    pub fn edges(values: &[Option<f64>]) -> Option<(f64, f64)> {
        let known = sorted(values.iter().copied());
        let inner = (quantile(&known, 0.01)?, quantile(&known, 0.99)?);
        let (low, high) = match inner.0 < inner.1 {
            true => inner,
            false => (known[0], known[known.len() - 1]),
        };
        Some(if low < high { (low, high) } else { (low - 0.5, high + 0.5) })
    }

    /// Counts a column's finite values between two edges.
    pub fn of(values: &[Option<f64>], (low, high): (f64, f64)) -> Self {
        let (mut below, mut above, mut counts) = (0, 0, vec![0; BINS]);
        for value in values.iter().flatten().filter(|value| value.is_finite()) {
            if *value < low {
                below += 1;
            } else if *value > high {
                above += 1;
            } else {
                // Halves, so that no difference is too large for a number.
                let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
                counts[((share * BINS as f64) as usize).min(BINS - 1)] += 1;
            }
        }
        Self { low, high, below, counts, above }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_known_is_null_and_not_zero() {
        let nothing = Summary::of(&[None, Some(f64::NAN)]);
        assert_eq!(nothing, Summary { n: 2, missing: 2, ..Summary::default() });
        assert_eq!(Histogram::edges(&[None]), None);
        assert_eq!(Histogram::edges(&[Some(3.0)]), Some((2.5, 3.5)));
    }

    #[test]
    fn every_value_is_in_one_bin_or_beyond() {
        let values: Vec<_> = (0..1000).map(|i| Some(f64::from(i))).collect();
        let bars = Histogram::of(&values, Histogram::edges(&values).unwrap());
        assert_eq!(bars.below + bars.above + bars.counts.iter().sum::<u64>(), 1000);
        assert!(bars.below == 10 && bars.above == 10, "{bars:?}");
        let vast = [Some(f64::MIN), Some(f64::MAX), Some(0.0)];
        let bars = Histogram::of(&vast, (f64::MIN, f64::MAX));
        assert_eq!((bars.counts[0], bars.counts[BINS / 2], bars.counts[BINS - 1]), (1, 1, 1));
    }
}
