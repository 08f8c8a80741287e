//! Times as files write them: ISO 8601 with or without an offset, Unix times, dates, own formats.
//!
//! A time without an offset is the clock on the wall of the shop's zone. Where that clock was
//! turned, the rule is RFC 5545's: a time that was skipped moves forward by the gap, a time that
//! came twice means the first.

use event::TimeMs;
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};

use crate::map::ColumnMap;

/// A moment and the offset from UTC it was written in, in minutes.
pub(crate) type Moment = (TimeMs, i16);

/// Reads times by the rules of one map.
pub(crate) struct Clock {
    zone: TimeZone,
    formats: Vec<String>,
    /// Time of day where only the date is known.
    usual: Time,
    /// The last text read and its moment: rows of one order or second follow each other.
    last: (String, Option<Moment>),
}

impl Clock {
    /// The clock of a map; `zone` where the map names none. `Err` says what is wrong.
    pub fn new(map: &ColumnMap, zone: Option<&str>) -> Result<Self, String> {
        let name = map.time_zone.as_deref().or(zone).unwrap_or("UTC");
        let zone = TimeZone::get(name)
            .map_err(|_| format!("time_zone {name} is no IANA zone, such as Europe/London"))?;
        let usual = match map.clock.as_deref() {
            None => Time::midnight(),
            Some(text) => text.parse().map_err(|_| format!("clock {text} is not HH:MM"))?,
        };
        let formats = map.time_formats.clone();
        Ok(Self { zone, formats, usual, last: (String::new(), None) })
    }

    /// Reads a time.
    pub fn read(&mut self, text: &str) -> Option<Moment> {
        if self.last.0 != text {
            let moment = self.read_formats(text).or_else(|| self.read_usual(text));
            self.last.0.clear();
            self.last.0.push_str(text);
            self.last.1 = moment;
        }
        self.last.1
    }

    /// The moment of a date in three numbers, at the map's time of day.
    pub fn date(&self, year: i64, month: i64, day: i64) -> Option<Moment> {
        let date = jiff::civil::Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        );
        self.local(date.ok()?.to_datetime(self.usual))
    }

    fn read_formats(&self, text: &str) -> Option<Moment> {
        self.formats.iter().find_map(|format| match format.as_str() {
            "unix_s" => self.unix(text, 1_000_000),
            "unix_ms" => self.unix(text, 1000),
            "unix_us" => self.unix(text, 1),
            _ => {
                let broken = strtime::parse(format, text).ok()?;
                if broken.offset().is_some() {
                    return self.moment(broken.to_timestamp().ok()?);
                }
                match broken.hour() {
                    Some(_) => self.local(broken.to_datetime().ok()?),
                    None => self.local(broken.to_date().ok()?.to_datetime(self.usual)),
                }
            }
        })
    }

    /// ISO 8601, or Unix time by its number of digits.
    fn read_usual(&self, text: &str) -> Option<Moment> {
        if let Some(wall) = plain_iso(text) {
            return self.local(wall);
        }
        let digits = text.split('.').next().unwrap_or(text);
        if digits.bytes().all(|b| b.is_ascii_digit()) {
            return match digits.len() {
                9 | 10 => self.unix(text, 1_000_000),
                12 | 13 => self.unix(text, 1000),
                15 | 16 => self.unix(text, 1),
                _ => None,
            };
        }
        if let Some(wall) = text.strip_suffix("UTC").and_then(|t| plain_iso(t.trim_end())) {
            return self.moment(Offset::UTC.to_timestamp(wall).ok()?);
        }
        if let Ok((time, offset)) = event::parse_zoned(text) {
            return Some((time, offset));
        }
        if let Ok(wall) = text.parse::<DateTime>() {
            return match text.len() {
                10 => self.local(wall.date().to_datetime(self.usual)),
                _ => self.local(wall),
            };
        }
        None
    }

    /// Unix time of which one unit has so many microseconds; a fraction `.0` is passed over.
    fn unix(&self, text: &str, unit_us: i64) -> Option<Moment> {
        let whole = match text.split_once('.') {
            Some((whole, part)) if part.bytes().all(|b| b.is_ascii_digit()) => whole,
            Some(_) => return None,
            None => text,
        };
        let us = whole.parse::<i64>().ok()?.checked_mul(unit_us)?;
        self.moment(Timestamp::from_microsecond(us).ok()?)
    }

    fn local(&self, wall: DateTime) -> Option<Moment> {
        self.moment(self.zone.to_timestamp(wall).ok()?)
    }

    fn moment(&self, moment: Timestamp) -> Option<Moment> {
        let offset = self.zone.to_offset(moment).seconds() / 60;
        Some((TimeMs(moment.as_millisecond()), i16::try_from(offset).ok()?))
    }
}

/// `YYYY-MM-DD HH:MM[:SS]` with a blank or `T`, the most frequent form, without a general parser.
fn plain_iso(text: &str) -> Option<DateTime> {
    let bytes = text.as_bytes();
    let shape = matches!(bytes.len(), 16 | 19)
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b' ' | b'T')
        && bytes[13] == b':'
        && (bytes.len() == 16 || bytes[16] == b':');
    if !shape {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0_i16, |sum, b| b.is_ascii_digit().then(|| sum * 10 + i16::from(b - b'0')))
    };
    let small = |range| number(range).and_then(|n| i8::try_from(n).ok());
    let second = if bytes.len() == 19 { small(17..19)? } else { 0 };
    DateTime::new(
        number(0..4)?,
        small(5..7)?,
        small(8..10)?,
        small(11..13)?,
        small(14..16)?,
        second,
        0,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(extra: &str) -> Clock {
        let map = format!(
            "name='t'\nlayout='rows'\ntime_zone='Europe/London'\n{extra}\n\
             [columns]\nitem='i'\ntime='t'"
        );
        Clock::new(&ColumnMap::from_toml(&map, "t").unwrap(), None).unwrap()
    }

    fn read(extra: &str, text: &str) -> Option<String> {
        clock(extra).read(text).map(|(time, offset)| time.to_rfc3339(offset))
    }

    #[test]
    fn usual_forms_are_read_without_being_told() {
        for (text, want) in [
            ("2009-12-01 07:45:00", "2009-12-01T07:45:00.000+00:00"),
            ("2010-07-01 07:45", "2010-07-01T07:45:00.000+01:00"),
            ("2010-07-01T07:45:00.250", "2010-07-01T07:45:00.250+01:00"),
            ("2019-10-01 00:00:00 UTC", "2019-10-01T01:00:00.000+01:00"),
            ("2010-07-01T07:45:00Z", "2010-07-01T07:45:00.000+00:00"),
            ("2010-07-01T07:45:00+08:00", "2010-07-01T07:45:00.000+08:00"),
            ("2010-07-01", "2010-07-01T00:00:00.000+01:00"),
            ("1511544070", "2017-11-24T17:21:10.000+00:00"),
            ("1511544070123", "2017-11-24T17:21:10.123+00:00"),
            ("881250949.0", "1997-12-04T15:55:49.000+00:00"),
        ] {
            assert_eq!(read("", text).as_deref(), Some(want), "{text}");
        }
        for bad in ["", "yesterday", "2010-13-01 00:00:00", "2010-02-30", "12/1/2010 8:26", "42"] {
            assert_eq!(read("", bad), None, "{bad}");
        }
    }

    #[test]
    fn turned_clocks_follow_the_compatible_rule() {
        let skipped = read("", "2010-03-28 01:30:00").unwrap();
        assert_eq!(skipped, "2010-03-28T02:30:00.000+01:00");
        let twice = read("", "2010-10-31 01:30:00").unwrap();
        assert_eq!(twice, "2010-10-31T01:30:00.000+01:00");
    }

    #[test]
    fn own_formats_come_first() {
        let american = "time_formats=['%m/%d/%Y %H:%M']";
        assert_eq!(read(american, "12/1/2010 8:26").unwrap(), "2010-12-01T08:26:00.000+00:00");
        let days = "time_formats=['%d.%m.%Y']\nclock='12:00'";
        assert_eq!(read(days, "01.07.2010").unwrap(), "2010-07-01T12:00:00.000+01:00");
    }
}
