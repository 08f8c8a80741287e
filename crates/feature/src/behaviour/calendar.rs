//! When: what the moment is in the shop's calendar, and the rhythm of the person's own clock.
//!
//! An hour `h` of the day lies on a circle, so that 23 is beside 0:
//! `sin(2π h / 24)`, `cos(2π h / 24)`; the same with 7 weekdays and the days of the year.
//! The usual hour is the direction of the mean of the hours on the circle,
//! `atan2(Σ sin, Σ cos)`, and its strength the length of that mean, 0 (none) to 1 (always).
//!
//! Symbols: `h` hours from midnight; sums over a person's events.
//! `O(events)` time; memory of 24 hours and 7 weekdays.
//!
//! Source: N. I. Fisher, Statistical Analysis of Circular Data (1993), section 2.3.
//!
//! The moment is told in the shop's zone; the rhythm by the sender's clock at each event.

use std::f64::consts::TAU;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone, TimeZoneTransition};
use jiff::{SignedDuration, Timestamp};

use super::definition::{Group, ratio};
use super::holidays::Calendar;
use super::moment::Moment;

const HOUR_MS: i64 = 3_600_000;

/// Dates of moments in a zone; remembers between which changes of its clock the last one lay.
pub(super) struct Days<'a> {
    zone: &'a TimeZone,
    span: Option<(Timestamp, Timestamp, Offset)>,
}

impl<'a> Days<'a> {
    pub(super) fn new(zone: &'a TimeZone) -> Self {
        Self { zone, span: None }
    }

    /// The date of a moment; none outside the years a calendar has.
    pub(super) fn of(&mut self, time_ms: i64) -> Option<Date> {
        let time = Timestamp::from_millisecond(time_ms).ok()?;
        let (.., offset) = match self.span {
            Some(span) if span.0 <= time && time < span.1 => span,
            _ => *self.span.insert(self.span_of(time)),
        };
        Some(offset.to_datetime(time).date())
    }

    /// The clock's offset at a moment, from its last change up to the next.
    fn span_of(&self, time: Timestamp) -> (Timestamp, Timestamp, Offset) {
        let after = time.checked_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX);
        let change = |one: Option<TimeZoneTransition<'_>>| one.map(|change| change.timestamp());
        let start = change(self.zone.preceding(after).next()).unwrap_or(Timestamp::MIN);
        let end = change(self.zone.following(time).next()).unwrap_or(Timestamp::MAX);
        (start, end, self.zone.to_offset(time))
    }
}

fn local(time_ms: i64, zone: &TimeZone) -> Option<DateTime> {
    Some(zone.to_datetime(Timestamp::from_millisecond(time_ms).ok()?))
}

/// The moment and the rhythm.
#[derive(Default)]
pub(super) struct When {
    now: Option<DateTime>,
    hours: [i64; 24],
    /// Monday first.
    weekdays: [i64; 7],
    events: i64,
    chinese: i64,
    western: i64,
    dated: i64,
}

impl When {
    pub(super) fn of(moment: &Moment<'_>) -> Self {
        let zone = &moment.facts.zone;
        let mut when = Self { now: local(moment.as_of_ms, zone), ..Self::default() };
        let mut days = Days::new(zone);
        let mut year: Option<(i16, [[bool; 367]; 2])> = None;
        for step in moment.steps {
            let offset_ms = i64::from(step.offset_min) * 60_000;
            let clock_ms = step.time_ms.saturating_add(offset_ms);
            let hours = clock_ms.div_euclid(HOUR_MS);
            when.hours[hours.rem_euclid(24) as usize] += 1;
            // 1 January 1970 was a Thursday.
            when.weekdays[(hours.div_euclid(24) + 3).rem_euclid(7) as usize] += 1;
            when.events += 1;
            let Some(date) = days.of(step.time_ms) else { continue };
            let calendars = [Calendar::Chinese, Calendar::Western];
            let (_, [chinese, western]) = match &mut year {
                Some(known) if known.0 == date.year() => known,
                other => other.insert((date.year(), calendars.map(|c| c.days_of(date.year())))),
            };
            let day = usize::from(date.day_of_year().unsigned_abs());
            when.chinese += i64::from(chinese[day]);
            when.western += i64::from(western[day]);
            when.dated += 1;
        }
        when
    }

    /// Share of events at hours of the person's clock.
    fn share(&self, hours: std::ops::Range<usize>) -> Option<f64> {
        ratio(self.hours[hours].iter().sum(), self.events)
    }

    /// Mean of the hours on the circle: direction in hours and length.
    fn mean_hour(&self) -> Option<(f64, f64)> {
        let (mut x, mut y) = (0.0, 0.0);
        for (hour, count) in self.hours.iter().enumerate() {
            let (sin, cos) = circle(hour as f64, 24.0);
            x += *count as f64 * cos;
            y += *count as f64 * sin;
        }
        let length = x.hypot(y) / self.events as f64;
        let hour = (y.atan2(x) / TAU * 24.0).rem_euclid(24.0);
        // A hair before midnight is midnight.
        let hour = if hour > 24.0 - 1e-9 { 0.0 } else { hour };
        (self.events > 0).then(|| (hour, length.min(1.0)))
    }
}

/// Sine and cosine of a place on a circle.
fn circle(at: f64, round: f64) -> (f64, f64) {
    (TAU * at / round).sin_cos()
}

/// The first of the largest, if any is above zero.
fn top(counts: &[i64]) -> Option<usize> {
    let most = counts.iter().max().filter(|most| **most > 0)?;
    counts.iter().position(|count| count == most)
}

fn weekday(now: DateTime) -> f64 {
    f64::from(now.weekday().to_monday_one_offset())
}

/// Meteorological seasons of the northern half of the earth.
fn season(now: DateTime) -> &'static str {
    match now.month() {
        3..=5 => "spring",
        6..=8 => "summer",
        9..=11 => "autumn",
        _ => "winter",
    }
}

/// The features of the group.
pub(super) fn features() -> Group {
    let mut g = Group::new("time");
    moment(&mut g);
    circles(&mut g);
    holidays(&mut g);
    rhythm(&mut g);
    g
}

fn moment(g: &mut Group) {
    macro_rules! now {
        ($name:literal, $unit:literal, $en:literal, $zh:literal, $of:expr) => {
            g.number($name, $unit, [$en, $zh], |m| {
                let of: fn(DateTime) -> f64 = $of;
                m.when.now.map(of)
            });
        };
    }
    now!(
        "hour",
        "hour",
        "hour of the day, 0 to 23, in the shop's zone",
        "店铺时区的小时（0–23）",
        |n| { f64::from(n.hour()) }
    );
    now!(
        "weekday",
        "day",
        "day of the week, 1 Monday to 7 Sunday",
        "星期几（1 周一至 7 周日）",
        weekday
    );
    now!("month_day", "day", "day of the month", "当月第几日", |n| f64::from(n.day()));
    now!("month", "month", "month, 1 to 12", "月份（1–12）", |n| f64::from(n.month()));
    now!("is_weekend", "flag", "1 on Saturday and Sunday", "周六、周日为 1", |n| {
        f64::from(u8::from(weekday(n) >= 6.0))
    });
    g.text(
        "season",
        [
            "season of the northern half of the earth by month: spring from March on, and so on",
            "北半球季节（按月份）：3 月起为春，依次类推",
        ],
        |m| m.when.now.map(season),
    );
}

fn circles(g: &mut Group) {
    macro_rules! circle {
        ($name:literal, $en:literal, $zh:literal, $at:expr) => {
            let en = [format!("sine of {}", $en), format!("cosine of {}", $en)];
            let zh = [format!("{}的正弦", $zh), format!("{}的余弦", $zh)];
            g.number(concat!($name, "_sin"), "ratio", [&en[0], &zh[0]], |m| {
                let at: fn(DateTime) -> (f64, f64) = $at;
                m.when.now.map(|now| at(now).0)
            });
            g.number(concat!($name, "_cos"), "ratio", [&en[1], &zh[1]], |m| {
                let at: fn(DateTime) -> (f64, f64) = $at;
                m.when.now.map(|now| at(now).1)
            });
        };
    }
    circle!("hour", "the hour on a circle of 24", "小时在 24 小时圆上", |n| {
        circle(f64::from(n.hour()), 24.0)
    });
    circle!("weekday", "the weekday on a circle of 7", "星期在 7 天圆上", |n| {
        circle(weekday(n) - 1.0, 7.0)
    });
    circle!("year_day", "the day on the circle of its year", "日期在全年圆上", |n| {
        circle(f64::from(n.day_of_year()) - 1.0, f64::from(n.days_in_year()))
    });
}

fn holidays(g: &mut Group) {
    macro_rules! calendar {
        ($suffix:literal, $calendar:expr, $field:ident, $en:literal, $zh:literal) => {
            let en = format!("{} holiday or shopping day it is", $en);
            let zh = format!("当日的{}节日或购物节", $zh);
            g.text(concat!("holiday_", $suffix), [&en, &zh], |m| {
                $calendar.on(m.when.now?.date()).map(|holiday| holiday.name)
            });
            let en = format!("days to the next {} holiday or shopping day, 0 on its first", $en);
            let zh = format!("距下一个{}节日或购物节首日的天数", $zh);
            g.number(concat!("days_to_holiday_", $suffix), "days", [&en, &zh], |m| {
                $calendar.days_to_next(m.when.now?.date()).map(|days| days as f64)
            });
            let en = format!("share of events on {} holidays and shopping days", $en);
            let zh = format!("发生在{}节日或购物节的事件比例", $zh);
            g.number(concat!("holiday_share_", $suffix), "share", [&en, &zh], |m| {
                ratio(m.when.$field, m.when.dated)
            });
        };
    }
    calendar!("cn", Calendar::Chinese, chinese, "Chinese", "中国");
    calendar!("western", Calendar::Western, western, "Western", "西方");
}

fn rhythm(g: &mut Group) {
    macro_rules! part {
        ($name:literal, $from:literal, $to:literal) => {
            let (from, to) = ($from, $to);
            let en = format!("share of events from {from}:00 to {to}:00 by the person's clock");
            let zh = format!("按本人时钟 {from}:00 至 {to}:00 的事件比例");
            g.number($name, "share", [&en, &zh], |m| m.when.share($from..$to));
        };
    }
    part!("night_share", 0, 6);
    part!("morning_share", 6, 12);
    part!("afternoon_share", 12, 18);
    part!("evening_share", 18, 24);
    g.number(
        "weekend_share",
        "share",
        [
            "share of events on Saturday and Sunday by the person's clock",
            "按本人时钟周六、周日的事件比例",
        ],
        |m| ratio(m.when.weekdays[5] + m.when.weekdays[6], m.when.events),
    );
    g.number(
        "top_hour",
        "hour",
        [
            "hour with the most events by the person's clock, the earliest of equals",
            "按本人时钟事件最多的小时（并列取最早）",
        ],
        |m| top(&m.when.hours).map(|hour| hour as f64),
    );
    g.number(
        "top_weekday",
        "day",
        [
            "weekday with the most events, 1 Monday to 7 Sunday, the earliest of equals",
            "事件最多的星期几（1 周一至 7 周日，并列取最早）",
        ],
        |m| top(&m.when.weekdays).map(|day| day as f64 + 1.0),
    );
    g.number(
        "usual_hour",
        "hour",
        [
            "mean hour of the events on the circle of the day; null when they have no direction",
            "事件小时在 24 小时圆上的平均方向；无方向时为空",
        ],
        |m| m.when.mean_hour().filter(|(_, length)| *length > 1e-9).map(|(hour, _)| hour),
    );
    g.number(
        "usual_hour_strength",
        "share",
        [
            "how much the events keep to that hour, 0 not at all to 1 always",
            "事件集中于该小时的程度（0 完全不集中，1 始终一致）",
        ],
        |m| m.when.mean_hour().map(|(_, length)| length),
    );
    g.number("usual_hour_distance", "hours", [
        "hours between the moment and the person's usual hour on the circle, by the shop's clock",
        "当前时刻与其惯常小时在圆上的距离（小时，按店铺时钟）",
    ], |m| {
        let (usual, _) = m.when.mean_hour().filter(|(_, length)| *length > 1e-9)?;
        let apart = (f64::from(m.when.now?.hour()) - usual).abs();
        Some(apart.min(24.0 - apart))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn dates_are_those_of_the_zone(
            zone in prop_oneof![
                Just("UTC"), Just("Europe/London"), Just("Asia/Shanghai"),
                Just("America/New_York"), Just("Pacific/Apia"), Just("Australia/Lord_Howe"),
            ],
            // Around changes of the clock as well as anywhere.
            times_s in prop::collection::vec(
                prop_oneof![0..4_000_000_000_i64, 1_301_180_000..1_301_200_000_i64,
                    1_325_200_000..1_325_300_000_i64],
                1..40,
            ),
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let mut days = Days::new(&zone);
            for time_s in times_s {
                let slow = local(time_s * 1000, &zone).map(DateTime::date);
                prop_assert_eq!(days.of(time_s * 1000), slow);
            }
            // A change of the clock is the first moment of the new one.
            for change in zone.following(Timestamp::UNIX_EPOCH).take(9) {
                let at = change.timestamp().as_millisecond();
                for ms in [at, at - 1, at + 1] {
                    prop_assert_eq!(days.of(ms), local(ms, &zone).map(DateTime::date));
                }
            }
        }
    }
}
