//! The week of a year ago that a week is like, and the holidays of weeks to come.
//!
//! Most weeks are like the one 52 weeks before. A holiday that moves through the year takes the
//! weeks around it along: a week `k` weeks from it, `−2 ≤ k ≤ 1`, is like the week `k` weeks from
//! the last year's. The days of holidays are those of [`crate::behaviour::Calendar`].

use jiff::civil::Date;

use crate::behaviour::{Calendar, Holiday};
use crate::demand::{monday, week_of};

/// Whose holidays a shop follows, by its country: China, Hong Kong, Macau and Taiwan follow the
/// Chinese calendar, others the Western one.
#[must_use]
pub fn calendar_of(country: &str) -> Calendar {
    match country {
        "CN" | "HK" | "MO" | "TW" => Calendar::Chinese,
        _ => Calendar::Western,
    }
}

/// The date of a day since 1970.
#[must_use]
pub fn date(day: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// The week a date lies in.
fn week_of_date(date: Date) -> i32 {
    let days = Date::constant(1970, 1, 1).until(date).map_or(0, |span| i64::from(span.get_days()));
    week_of(days)
}

/// The week a year ago that a week is like.
#[must_use]
pub fn year_ago(week: i32, calendar: Calendar) -> i32 {
    let Some(day) = date(monday(week) + 3) else { return week - 52 };
    for holiday in calendar.holidays().iter().filter(|holiday| holiday.moves()) {
        let of = |year: i16| holiday.first_day(year);
        let (Some(now), Some(then)) = (of(day.year()), of(day.year() - 1)) else { continue };
        let away = week - week_of_date(now);
        if (-2..=1).contains(&away) {
            return week_of_date(then) + away;
        }
    }
    week - 52
}

/// The holidays that begin in the weeks from `from` to before `until`, in order.
#[must_use]
pub fn holidays(from: i32, until: i32, calendar: Calendar) -> Vec<(Date, &'static Holiday)> {
    let year = |week: i32| date(monday(week)).map_or(0, Date::year);
    let mut found: Vec<(Date, &Holiday)> = (year(from)..=year(until))
        .flat_map(|year| calendar.holidays().iter().map(move |h| (h.first_day(year), h)))
        .filter_map(|(day, holiday)| Some((day?, holiday)))
        .filter(|(day, _)| (from..until).contains(&week_of_date(*day)))
        .collect();
    found.sort_by_key(|(day, _)| *day);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_around_a_moving_holiday_move_with_it() {
        let week = |text: &str| week_of_date(text.parse().unwrap());
        // Easter 2011 was on 24 April, Easter 2010 on 4 April.
        let easter = week("2011-04-24");
        assert_eq!(year_ago(easter, Calendar::Western), week("2010-04-04"));
        assert_eq!(year_ago(easter - 2, Calendar::Western), week("2010-03-21"));
        assert_eq!(year_ago(easter + 3, Calendar::Western), easter + 3 - 52);
        assert_eq!(year_ago(easter, Calendar::Chinese), easter - 52);
        // New Year's Eve, on which the Spring Festival begins, was on 22 January 2012 and on 2
        // February 2011.
        let spring = week("2012-01-22");
        assert_eq!(year_ago(spring, Calendar::Chinese), week("2011-02-02"));
        let found = holidays(week("2011-11-07"), week("2012-01-02"), Calendar::Western);
        let names: Vec<&str> = found.iter().map(|(_, holiday)| holiday.name).collect();
        assert_eq!(names[..2], ["thanksgiving", "black_friday"]);
        assert_eq!(names[names.len() - 3..], ["christmas_day", "boxing_day", "new_year"]);
    }
}
