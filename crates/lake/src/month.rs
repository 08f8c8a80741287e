//! Months of UTC, the partition of segments.

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan, tz::Offset};

/// A month of UTC, as the years 0 to 9999 number them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month a moment falls in.
    pub(crate) fn of(ms: i64) -> Self {
        // The last hours of the year 9999 are beyond the calendar's last moment.
        let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
        let date = Offset::UTC.to_datetime(moment).date();
        Self { year: date.year(), month: date.month() }
    }

    /// Reads `YYYY-MM`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        Date::new(year, month, 1).ok().map(|_| Self { year, month })
    }

    /// The first moment of the month and the first after it, in milliseconds.
    pub(crate) fn bounds_ms(self) -> (i64, i64) {
        let start = |date: Date| {
            let midnight = date.to_datetime(Time::midnight());
            Offset::UTC.to_timestamp(midnight).map_or(i64::MAX, |t| t.as_millisecond())
        };
        let Ok(first) = Date::new(self.year, self.month, 1) else { return (0, 0) };
        (start(first), first.checked_add(1.month()).map_or(i64::MAX, start))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_holds_its_moments_and_no_others() {
        for ms in [0, 951_782_399_999, 1_763_892_930_123, 253_402_300_799_999] {
            let month = Month::of(ms);
            let (from, until) = month.bounds_ms();
            assert!((from..until).contains(&ms), "{month} {from} {until}");
            assert!(Month::of(from - 1) < month && (until == i64::MAX || Month::of(until) > month));
            assert_eq!(Month::parse(&month.to_string()), Some(month));
        }
        assert_eq!(Month::of(1_763_892_930_123).to_string(), "2025-11");
        assert!(Month::parse("2025-13").is_none() && Month::parse("2025").is_none());
    }
}
