//! Days, weeks and months in a zone, numbered.
//!
//! A period begins at the first moment of its first day in the zone and lasts until the next
//! begins, so one day is 23, 24 or 25 hours long where clocks change. Weeks begin on Monday.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::FeatureError;
use crate::overview::day_start_ms;

/// A stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// A day.
    Day,
    /// Monday to Sunday.
    #[default]
    Week,
    /// A month.
    Month,
}

impl Period {
    /// Reads `day`, `week` or `month`.
    ///
    /// # Errors
    /// [`FeatureError::Setting`] for any other text.
    pub fn parse(text: &str) -> Result<Self, FeatureError> {
        match text.trim() {
            "day" => Ok(Self::Day),
            "week" => Ok(Self::Week),
            "month" => Ok(Self::Month),
            _ => Err(FeatureError::Setting {
                setting: "period",
                found: text.to_owned(),
                advice: "use day, week or month".to_owned(),
            }),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// The first of the days that are counted from 0; a Thursday.
const DAY_ZERO: Date = date(1970, 1, 1);

/// Numbers periods in a zone, remembering those it met.
pub struct Calendar {
    period: Period,
    zone: TimeZone,
    /// First moment of each period met, with its last moment's successor and its number.
    met: BTreeMap<i64, (i64, i64)>,
}

impl Calendar {
    /// The calendar of a zone.
    pub fn new(period: Period, zone: TimeZone) -> Self {
        Self { period, zone, met: BTreeMap::new() }
    }

    /// Number of the period a moment lies in; consecutive periods have consecutive numbers.
    /// `None` for moments that the calendar does not reach (years before -9999, after 9999).
    pub fn number(&mut self, time_ms: i64) -> Option<i64> {
        if let Some((_, &(end_ms, number))) = self.met.range(..=time_ms).next_back()
            && time_ms < end_ms
        {
            return Some(number);
        }
        let moment = Timestamp::from_millisecond(time_ms).ok()?;
        let mut number = self.number_of(self.zone.to_datetime(moment).date());
        // Where clocks go back over midnight, the day before is shown again for a while.
        if self.start_ms(number)? > time_ms {
            number -= 1;
        } else if self.start_ms(number + 1)? <= time_ms {
            number += 1;
        }
        let (start_ms, end_ms) = (self.start_ms(number)?, self.start_ms(number + 1)?);
        self.met.insert(start_ms, (end_ms, number));
        (start_ms..end_ms).contains(&time_ms).then_some(number)
    }

    /// First day of a period.
    pub fn start(&self, number: i64) -> Option<Date> {
        let day = |days: i64| {
            let hours = SignedDuration::from_hours(days.checked_mul(24)?);
            DAY_ZERO.checked_add(hours).ok()
        };
        match self.period {
            Period::Day => day(number),
            Period::Week => day(number.checked_mul(7)?.checked_sub(3)?),
            Period::Month => {
                let year = i16::try_from(number.div_euclid(12)).ok()?;
                Date::new(year, number.rem_euclid(12) as i8 + 1, 1).ok()
            }
        }
    }

    /// First moment of a period, milliseconds since 1970 UTC.
    pub fn start_ms(&self, number: i64) -> Option<i64> {
        day_start_ms(self.start(number)?, &self.zone)
    }

    /// First day of a period as text; empty for periods beyond the calendar.
    pub(crate) fn label(&self, number: i64) -> String {
        self.start(number).map(|day| day.to_string()).unwrap_or_default()
    }

    fn number_of(&self, day: Date) -> i64 {
        let days = DAY_ZERO.duration_until(day).as_hours() / 24;
        match self.period {
            Period::Day => days,
            Period::Week => (days + 3).div_euclid(7),
            Period::Month => i64::from(day.year()) * 12 + i64::from(day.month()) - 1,
        }
    }
}

/// Refuses a range that ends before it begins.
pub(crate) fn check_range(from_ms: i64, to_ms: i64) -> Result<(), FeatureError> {
    match from_ms <= to_ms {
        true => Ok(()),
        false => Err(FeatureError::Setting {
            setting: "range",
            found: format!("{from_ms}..{to_ms}"),
            advice: "let `from` be before `to`".to_owned(),
        }),
    }
}

/// The zone a plan has before one is stated.
pub(crate) fn usual_zone() -> TimeZone {
    TimeZone::UTC
}
