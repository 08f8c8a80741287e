//! Holidays that move what shops sell, Western and Chinese, and the week of a year ago that a week
//! is like.
//!
//! Most weeks are like the one 52 weeks before. A holiday that moves through the year takes the
//! weeks around it along: a week `k` weeks from it, `−2 ≤ k ≤ 1`, is like the week `k` weeks from
//! the last year's. Easter is computed; Chinese holidays stand in a table of their days.
//!
//! Symbols: `k`, weeks. Time and memory `O(weeks)`.
//! Source: O. Gingerich, "The Gregorian Easter calendar" in the anonymous form of Nature, 20 April
//! 1876; Chinese days by the calendar of the Purple Mountain Observatory, 2005 to 2045.

use event::Bilingual;
use jiff::civil::{Date, Weekday};

use crate::demand::{monday, week_of};

/// First year of the table of Chinese days.
const TABLE_FROM: i16 = 2005;
/// Days, month times 100 and day, of the Spring Festival, the Dragon Boat Festival and Mid-Autumn.
const SPRING: &[i16] = &[
    209, 129, 218, 207, 126, 214, 203, 123, 210, 131, 219, 208, 128, 216, 205, 125, 212, 201, 122,
    210, 129, 217, 206, 126, 213, 203, 123, 211, 131, 219, 208, 128, 215, 204, 124, 212, 201, 122,
    210, 130, 217,
];
const DRAGON: &[i16] = &[
    611, 531, 619, 608, 528, 616, 606, 623, 612, 602, 620, 609, 530, 618, 607, 625, 614, 603, 622,
    610, 531, 619, 609, 528, 616, 605, 624, 612, 601, 620, 610, 530, 618, 607, 527, 614, 603, 622,
    611, 531, 619,
];
const AUTUMN: &[i16] = &[
    918, 1006, 925, 914, 1003, 922, 912, 930, 919, 908, 927, 915, 1004, 924, 913, 1001, 921, 910,
    929, 917, 1006, 925, 915, 1003, 922, 912, 1001, 919, 908, 927, 916, 1004, 924, 913, 1002, 920,
    910, 928, 917, 1005, 925,
];

/// Whose holidays a shop follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// Christmas, Easter, Black Friday, ….
    Western,
    /// The Spring Festival, 618, Double 11, ….
    Chinese,
}

impl Region {
    /// By the country of a shop: China, Hong Kong, Macau and Taiwan follow the Chinese calendar.
    #[must_use]
    pub fn of_country(code: &str) -> Self {
        match code {
            "CN" | "HK" | "MO" | "TW" => Self::Chinese,
            _ => Self::Western,
        }
    }
}

/// A holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holiday {
    /// 1 January.
    NewYear,
    /// 14 February.
    Valentine,
    /// Easter Sunday.
    Easter,
    /// 31 October.
    Halloween,
    /// The Friday after the fourth Thursday of November.
    BlackFriday,
    /// 25 December.
    Christmas,
    /// The first day of the Chinese year.
    SpringFestival,
    /// 18 June.
    MidYearSale,
    /// The fifth day of the fifth month.
    DragonBoat,
    /// The fifteenth day of the eighth month.
    MidAutumn,
    /// 1 October.
    NationalDay,
    /// 11 November.
    DoubleEleven,
    /// 12 December.
    DoubleTwelve,
}

impl Holiday {
    /// The holidays of a region.
    #[must_use]
    pub fn of(region: Region) -> &'static [Self] {
        match region {
            Region::Western => &[
                Self::NewYear,
                Self::Valentine,
                Self::Easter,
                Self::Halloween,
                Self::BlackFriday,
                Self::Christmas,
            ],
            Region::Chinese => &[
                Self::NewYear,
                Self::SpringFestival,
                Self::MidYearSale,
                Self::DragonBoat,
                Self::MidAutumn,
                Self::NationalDay,
                Self::DoubleEleven,
                Self::DoubleTwelve,
            ],
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> Bilingual {
        let (en, zh) = match self {
            Self::NewYear => ("New Year", "元旦"),
            Self::Valentine => ("Valentine's Day", "情人节"),
            Self::Easter => ("Easter", "复活节"),
            Self::Halloween => ("Halloween", "万圣节"),
            Self::BlackFriday => ("Black Friday", "黑色星期五"),
            Self::Christmas => ("Christmas", "圣诞节"),
            Self::SpringFestival => ("the Spring Festival", "春节"),
            Self::MidYearSale => ("the 618 sale", "618 大促"),
            Self::DragonBoat => ("the Dragon Boat Festival", "端午节"),
            Self::MidAutumn => ("Mid-Autumn", "中秋节"),
            Self::NationalDay => ("National Day", "国庆节"),
            Self::DoubleEleven => ("Double 11", "双十一"),
            Self::DoubleTwelve => ("Double 12", "双十二"),
        };
        Bilingual::new(en, zh)
    }

    /// Its day in a year, where it is known.
    #[must_use]
    pub fn day(self, year: i16) -> Option<Date> {
        let table = |days: &[i16]| {
            let on = *days.get(usize::try_from(year.checked_sub(TABLE_FROM)?).ok()?)?;
            Date::new(year, (on / 100) as i8, (on % 100) as i8).ok()
        };
        let fixed = |month, day| Date::new(year, month, day).ok();
        match self {
            Self::NewYear => fixed(1, 1),
            Self::Valentine => fixed(2, 14),
            Self::Easter => easter(year),
            Self::Halloween => fixed(10, 31),
            Self::BlackFriday => {
                fixed(11, 1)?.nth_weekday_of_month(4, Weekday::Thursday).ok()?.tomorrow().ok()
            }
            Self::Christmas => fixed(12, 25),
            Self::SpringFestival => table(SPRING),
            Self::MidYearSale => fixed(6, 18),
            Self::DragonBoat => table(DRAGON),
            Self::MidAutumn => table(AUTUMN),
            Self::NationalDay => fixed(10, 1),
            Self::DoubleEleven => fixed(11, 11),
            Self::DoubleTwelve => fixed(12, 12),
        }
    }

    /// Whether it moves by more than a week from year to year.
    fn moves(self) -> bool {
        matches!(self, Self::Easter | Self::SpringFestival | Self::DragonBoat | Self::MidAutumn)
    }
}

/// Easter Sunday.
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let l = (32 + 2 * e + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let (month, day) = ((h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1);
    Date::new(year as i16, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
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
pub fn year_ago(week: i32, region: Region) -> i32 {
    let Some(day) = date(monday(week) + 3) else { return week - 52 };
    for holiday in Holiday::of(region).iter().filter(|holiday| holiday.moves()) {
        let (Some(now), Some(then)) = (holiday.day(day.year()), holiday.day(day.year() - 1)) else {
            continue;
        };
        let away = week - week_of_date(now);
        if (-2..=1).contains(&away) {
            return week_of_date(then) + away;
        }
    }
    week - 52
}

/// The holidays in the weeks from `from` to before `until`, in order.
#[must_use]
pub fn holidays(from: i32, until: i32, region: Region) -> Vec<(Date, Holiday)> {
    let year = |week: i32| date(monday(week)).map_or(0, Date::year);
    let mut found: Vec<(Date, Holiday)> = (year(from)..=year(until))
        .flat_map(|year| Holiday::of(region).iter().map(move |h| (h.day(year), *h)))
        .filter_map(|(day, holiday)| Some((day?, holiday)))
        .filter(|(day, _)| (from..until).contains(&week_of_date(*day)))
        .collect();
    found.sort_by_key(|(day, _)| *day);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn holidays_stand_on_their_days() {
        for (holiday, on) in [
            (Holiday::Easter, "2011-04-24"),
            (Holiday::Easter, "2026-04-05"),
            (Holiday::BlackFriday, "2011-11-25"),
            (Holiday::SpringFestival, "2026-02-17"),
            (Holiday::DragonBoat, "2025-05-31"),
            (Holiday::MidAutumn, "2020-10-01"),
            (Holiday::SpringFestival, "2045-02-17"),
        ] {
            assert_eq!(holiday.day(day(on).year()), Some(day(on)), "{holiday:?}");
        }
        assert_eq!(Holiday::MidAutumn.day(2046), None);
        for table in [SPRING, DRAGON, AUTUMN] {
            assert_eq!(table.len(), 41);
        }
    }

    #[test]
    fn weeks_around_a_moving_holiday_move_with_it() {
        let week = |text: &str| week_of_date(day(text));
        // Easter 2011 was on 24 April, Easter 2010 on 4 April.
        let easter = week("2011-04-24");
        assert_eq!(year_ago(easter, Region::Western), week("2010-04-04"));
        assert_eq!(year_ago(easter - 2, Region::Western), week("2010-03-21"));
        assert_eq!(year_ago(easter + 3, Region::Western), easter + 3 - 52);
        assert_eq!(year_ago(easter, Region::Chinese), easter - 52);
        let spring = week("2012-01-23");
        assert_eq!(year_ago(spring, Region::Chinese), week("2011-02-03"));
        let found = holidays(week("2011-11-07"), week("2012-01-02"), Region::Western);
        let names: Vec<Holiday> = found.iter().map(|(_, holiday)| *holiday).collect();
        assert_eq!(names, [Holiday::BlackFriday, Holiday::Christmas, Holiday::NewYear]);
    }
}
