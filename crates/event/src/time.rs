//! Clocks: the sender's and ours, and the corrected time they give.

use jiff::{Timestamp, tz::Offset};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(transparent)]
pub struct TimeMs(pub i64);

/// A text that is not a point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time with a zone, such as 2026-11-23T10:15:30.123+08:00")]
pub struct TimeParseError;

/// First and last moment an event may carry: the years 1970 to 9999.
const RANGE_MS: std::ops::RangeInclusive<i64> = 0..=253_402_300_799_999;

/// Reads RFC 3339 text with an offset; returns the moment and the offset in minutes.
pub fn parse_zoned(text: &str) -> Result<(TimeMs, i16), TimeParseError> {
    let moment: Timestamp = text.parse().map_err(|_| TimeParseError)?;
    let offset = jiff::fmt::temporal::Pieces::parse(text)
        .ok()
        .and_then(|pieces| pieces.to_numeric_offset())
        .unwrap_or(Offset::UTC);
    let ms = moment.as_millisecond();
    if !RANGE_MS.contains(&ms) {
        return Err(TimeParseError);
    }
    let minutes = i16::try_from(offset.seconds() / 60).map_err(|_| TimeParseError)?;
    Ok((TimeMs(ms), minutes))
}

impl TimeMs {
    /// RFC 3339 text in the zone `offset_min` minutes east of UTC.
    pub fn to_rfc3339(self, offset_min: i16) -> String {
        let offset = Offset::from_seconds(i32::from(offset_min) * 60).unwrap_or(Offset::UTC);
        match Timestamp::from_millisecond(self.0) {
            Ok(moment) => format!("{:.3}", moment.display_with_offset(offset)),
            Err(_) => String::new(),
        }
    }
}

/// The clocks of one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// When it happened, by the sender's clock.
    pub ts: TimeMs,
    /// The sender's offset from UTC, in minutes.
    pub offset_min: i16,
    /// When it was sent, by the sender's clock.
    pub sent_at: Option<TimeMs>,
    /// When it arrived, by ours.
    pub received: TimeMs,
}

impl Clocks {
    /// `ts + (received − sent_at)`: the sender's clock error cancels. Without `sent_at`, `ts`.
    pub fn corrected(&self) -> TimeMs {
        match self.sent_at {
            Some(sent) => {
                let skew_ms = self.received.0.saturating_sub(sent.0);
                TimeMs(self.ts.0.saturating_add(skew_ms).clamp(*RANGE_MS.start(), *RANGE_MS.end()))
            }
            None => self.ts,
        }
    }

    /// `ts` as RFC 3339 in the sender's zone.
    pub fn ts_text(&self) -> String {
        self.ts.to_rfc3339(self.offset_min)
    }

    /// `sent_at` as RFC 3339 in the sender's zone.
    pub fn sent_at_text(&self) -> Option<String> {
        self.sent_at.map(|sent| sent.to_rfc3339(self.offset_min))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_time_round_trip_with_the_offset() {
        for text in ["2026-11-23T10:15:30.123+08:00", "1999-12-31T23:59:59.000-03:30"] {
            let (time, offset) = parse_zoned(text).unwrap();
            assert_eq!(time.to_rfc3339(offset), text);
        }
        assert_eq!(parse_zoned("2026-11-23T10:15:30Z").unwrap().1, 0);
        for bad in ["", "2026-11-23", "2026-11-23T10:15:30", "yesterday", "1969-12-31T00:00:00Z"] {
            assert!(parse_zoned(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_wrong_clock_is_corrected_by_its_own_error() {
        let an_hour = 3_600_000;
        let clocks = Clocks {
            ts: TimeMs(10_000_000 - an_hour),
            offset_min: 0,
            sent_at: Some(TimeMs(10_005_000 - an_hour)),
            received: TimeMs(10_005_250),
        };
        assert_eq!(clocks.corrected(), TimeMs(10_000_250));
    }
}
