//! Holidays and shopping days of two calendars, Chinese and Western, worked out for any date.
//!
//! Fixed days by month and day; days such as "the fourth Thursday" by counting; Easter by the
//! anonymous Gregorian computus, with `a = y mod 19` and the rest as in [`easter`]; Qingming by
//! `d = ⌊(0.2422 y + 4.81)⌋ − ⌊y / 4⌋`; days of the lunar calendar by a table.
//!
//! Symbols: `y` the year (for Qingming its last two digits), `d` the day of April.
//! Time and memory `O(1)` for a date.
//!
//! Years: fixed and counted days, every year; Easter, from 1583; Qingming and lunar days, 2000 to
//! 2050 (outside them they are left out, not guessed).
//!
//! Source: Anonymous, "To find Easter", Nature 13 (1876), p. 487, as given by J. Meeus,
//! Astronomical Algorithms (1991), chapter 8. The lunar table was made with the Python package
//! lunardate and compared with lunarcalendar, Qingming with cnlunar: no difference in any year.

use event::Bilingual;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Which calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// Holidays and shopping days of mainland China.
    Chinese,
    /// Those of Europe and North America.
    Western,
}

/// A holiday or shopping day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holiday {
    /// Its name as a feature's value.
    pub name: &'static str,
    en: &'static str,
    zh: &'static str,
    /// Days it lasts.
    days: i64,
    day: Day,
}

impl Holiday {
    /// Its name for people.
    pub fn title(&self) -> Bilingual {
        Bilingual::new(self.en, self.zh)
    }
}

/// How the first day is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Fixed(i8, i8),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The n-th such weekday of a month, and days after it.
    Nth(i8, i8, Weekday, i64),
    /// Column of the lunar table, and days after it.
    Lunar(usize, i64),
    Qingming,
}

const fn holiday(
    name: &'static str,
    en: &'static str,
    zh: &'static str,
    days: i64,
    day: Day,
) -> Holiday {
    Holiday { name, en, zh, days, day }
}

/// The Chinese calendar. Spring Festival counts from New Year's Eve, eight days; National Day
/// seven.
const CHINESE: [Holiday; 12] = [
    holiday("new_year", "New Year's Day", "元旦", 1, Day::Fixed(1, 1)),
    holiday("spring_festival", "Spring Festival", "春节", 8, Day::Lunar(0, -1)),
    holiday("lantern_festival", "Lantern Festival", "元宵节", 1, Day::Lunar(0, 14)),
    holiday("womens_day", "Women's Day", "妇女节", 1, Day::Fixed(3, 8)),
    holiday("qingming", "Qingming", "清明节", 1, Day::Qingming),
    holiday("labour_day", "Labour Day", "劳动节", 1, Day::Fixed(5, 1)),
    holiday("dragon_boat", "Dragon Boat Festival", "端午节", 1, Day::Lunar(1, 0)),
    holiday("june_18", "618 shopping festival", "618 购物节", 1, Day::Fixed(6, 18)),
    holiday("mid_autumn", "Mid-Autumn Festival", "中秋节", 1, Day::Lunar(2, 0)),
    holiday("national_day", "National Day", "国庆节", 7, Day::Fixed(10, 1)),
    holiday("double_11", "Double 11", "双十一", 1, Day::Fixed(11, 11)),
    holiday("double_12", "Double 12", "双十二", 1, Day::Fixed(12, 12)),
];

/// The Western calendar.
const WESTERN: [Holiday; 13] = [
    holiday("new_year", "New Year's Day", "元旦", 1, Day::Fixed(1, 1)),
    holiday("valentines_day", "Valentine's Day", "情人节", 1, Day::Fixed(2, 14)),
    holiday("good_friday", "Good Friday", "耶稣受难日", 1, Day::Easter(-2)),
    holiday("easter_sunday", "Easter Sunday", "复活节", 1, Day::Easter(0)),
    holiday("easter_monday", "Easter Monday", "复活节星期一", 1, Day::Easter(1)),
    holiday("mothers_day", "Mother's Day", "母亲节", 1, Day::Nth(5, 2, Weekday::Sunday, 0)),
    holiday("halloween", "Halloween", "万圣夜", 1, Day::Fixed(10, 31)),
    holiday("thanksgiving", "Thanksgiving", "感恩节", 1, Day::Nth(11, 4, Weekday::Thursday, 0)),
    holiday("black_friday", "Black Friday", "黑色星期五", 1, Day::Nth(11, 4, Weekday::Thursday, 1)),
    holiday("cyber_monday", "Cyber Monday", "网络星期一", 1, Day::Nth(11, 4, Weekday::Thursday, 4)),
    holiday("christmas_eve", "Christmas Eve", "平安夜", 1, Day::Fixed(12, 24)),
    holiday("christmas_day", "Christmas Day", "圣诞节", 1, Day::Fixed(12, 25)),
    holiday("boxing_day", "Boxing Day", "节礼日", 1, Day::Fixed(12, 26)),
];

/// First year of [`LUNAR`].
const LUNAR_FROM: i16 = 2000;

/// Month × 100 + day of the first day of the first, the fifth day of the fifth and the fifteenth
/// day of the eighth lunar month, by year.
#[rustfmt::skip]
const LUNAR: [[i16; 3]; 51] = [
    [205, 606, 912], [124, 625, 1001], [212, 615, 921], [201, 604, 911], [122, 622, 928],
    [209, 611, 918], [129, 531, 1006], [218, 619, 925], [207, 608, 914], [126, 528, 1003],
    [214, 616, 922], [203, 606, 912], [123, 623, 930], [210, 612, 919], [131, 602, 908],
    [219, 620, 927], [208, 609, 915], [128, 530, 1004], [216, 618, 924], [205, 607, 913],
    [125, 625, 1001], [212, 614, 921], [201, 603, 910], [122, 622, 929], [210, 610, 917],
    [129, 531, 1006], [217, 619, 925], [206, 609, 915], [126, 528, 1003], [213, 616, 922],
    [203, 605, 912], [123, 624, 1001], [211, 612, 919], [131, 601, 908], [219, 620, 927],
    [208, 610, 916], [128, 530, 1004], [215, 618, 924], [204, 607, 913], [124, 527, 1002],
    [212, 614, 920], [201, 603, 910], [122, 622, 928], [210, 611, 917], [130, 531, 1005],
    [217, 619, 925], [206, 608, 915], [126, 529, 1004], [214, 615, 922], [202, 604, 911],
    [123, 623, 930],
];

impl Calendar {
    /// Its holidays.
    pub fn holidays(self) -> &'static [Holiday] {
        match self {
            Self::Chinese => &CHINESE,
            Self::Western => &WESTERN,
        }
    }

    /// The holiday on a date; of two the one that stands first.
    pub fn on(self, date: Date) -> Option<&'static Holiday> {
        self.holidays().iter().find(|holiday| {
            // None runs over the turn of a year.
            let first = holiday.first_day(date.year());
            first.is_some_and(|first| (0..holiday.days).contains(&days(first, date)))
        })
    }

    /// The days of a year on which [`Self::on`] finds a holiday, by day of the year from 1.
    pub fn days_of(self, year: i16) -> [bool; 367] {
        let mut found = [false; 367];
        for holiday in self.holidays() {
            let Some(first) = holiday.first_day(year) else { continue };
            let first = first.day_of_year();
            for day in (first..=366).take(usize::try_from(holiday.days).unwrap_or(0)) {
                found[usize::from(day.unsigned_abs())] = true;
            }
        }
        found
    }

    /// Days from a date to the first day of the next holiday; 0 on such a day.
    pub fn days_to_next(self, date: Date) -> Option<i64> {
        let years = [date.year(), date.year().saturating_add(1)];
        let firsts = years
            .into_iter()
            .flat_map(|year| self.holidays().iter().filter_map(move |h| h.first_day(year)));
        firsts.map(|first| days(date, first)).filter(|days| *days >= 0).min()
    }
}

impl Holiday {
    /// Whether it moves through the year; days counted from such a one move along.
    pub(crate) fn moves(&self) -> bool {
        matches!(self.day, Day::Easter(0) | Day::Lunar(_, -1..=0))
    }

    /// The date it begins on in a year.
    pub fn first_day(&self, year: i16) -> Option<Date> {
        match self.day {
            Day::Fixed(month, day) => Date::new(year, month, day).ok(),
            Day::Easter(after) => easter(year)?.checked_add(after.days()).ok(),
            Day::Nth(month, nth, weekday, after) => {
                let first = Date::new(year, month, 1).ok()?;
                let date = first.nth_weekday_of_month(nth, weekday).ok()?;
                date.checked_add(after.days()).ok()
            }
            Day::Lunar(column, after) => {
                let row = LUNAR.get(usize::try_from(year.checked_sub(LUNAR_FROM)?).ok()?)?;
                let (month, day) = (row[column] / 100, row[column] % 100);
                let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
                date.ok()?.checked_add(after.days()).ok()
            }
            Day::Qingming => {
                let y = i32::from(year.checked_sub(LUNAR_FROM)?);
                let known = (0..LUNAR.len() as i32).contains(&y);
                let day = (2422 * y + 48_100) / 10_000 - y / 4;
                Date::new(year, 4, i8::try_from(day).ok().filter(|_| known)?).ok()
            }
        }
    }
}

/// Easter Sunday of a year of the Gregorian calendar, which began in 1583.
pub fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    if y < 1583 {
        return None;
    }
    let a = y % 19;
    let (b, c) = (y / 100, y % 100);
    let (d, e) = (b / 4, b % 4);
    let f = (b + 8) / 25;
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    let (month, day) = (n / 31, n % 31 + 1);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Days from one date to another.
fn days(from: Date, to: Date) -> i64 {
    day_number(to) - day_number(from)
}

/// Days since 1 January 1970.
fn day_number(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_days_of_a_year_are_those_asked_one_by_one() {
        for year in (1580..2060).step_by(3).chain(2000..=2050) {
            for calendar in [Calendar::Chinese, Calendar::Western] {
                let known = calendar.days_of(year);
                for day in date(year, 1, 1).series(1.day()).take_while(|d| d.year() == year) {
                    let at = usize::from(day.day_of_year().unsigned_abs());
                    assert_eq!(known[at], calendar.on(day).is_some(), "{calendar:?} {day}");
                }
            }
        }
    }

    #[test]
    fn known_dates() {
        for (day, calendar, name) in [
            (date(2026, 2, 16), Calendar::Chinese, "spring_festival"),
            (date(2026, 2, 17), Calendar::Chinese, "spring_festival"),
            (date(2026, 2, 23), Calendar::Chinese, "spring_festival"),
            (date(2024, 2, 24), Calendar::Chinese, "lantern_festival"),
            (date(2024, 4, 4), Calendar::Chinese, "qingming"),
            (date(2026, 4, 5), Calendar::Chinese, "qingming"),
            (date(2025, 5, 31), Calendar::Chinese, "dragon_boat"),
            (date(2023, 9, 29), Calendar::Chinese, "mid_autumn"),
            (date(2019, 10, 7), Calendar::Chinese, "national_day"),
            (date(2009, 11, 11), Calendar::Chinese, "double_11"),
            (date(2010, 4, 2), Calendar::Western, "good_friday"),
            (date(2011, 4, 24), Calendar::Western, "easter_sunday"),
            (date(2026, 11, 27), Calendar::Western, "black_friday"),
            (date(2026, 11, 30), Calendar::Western, "cyber_monday"),
            (date(2026, 5, 10), Calendar::Western, "mothers_day"),
            (date(2010, 12, 26), Calendar::Western, "boxing_day"),
        ] {
            assert_eq!(calendar.on(day).map(|h| h.name), Some(name), "{day}");
        }
        assert_eq!(Calendar::Chinese.on(date(2026, 2, 24)), None);
        assert_eq!(Calendar::Western.on(date(2026, 11, 25)), None);
        assert_eq!(Calendar::Western.days_to_next(date(2026, 11, 25)), Some(1));
        assert_eq!(Calendar::Western.days_to_next(date(2026, 12, 27)), Some(5));
        assert_eq!(Calendar::Chinese.days_to_next(date(2026, 2, 16)), Some(0));
    }

    #[test]
    fn easter_is_a_sunday_in_spring_of_every_year() {
        // The earliest and latest possible, and a century's exceptions.
        for (year, month, day) in [(1818, 3, 22), (1943, 4, 25), (1954, 4, 18), (2000, 4, 23)] {
            assert_eq!(easter(year), Some(date(year, month, day)));
        }
        for year in 1583..9999 {
            let easter = easter(year).unwrap();
            assert_eq!(easter.weekday(), Weekday::Sunday, "{easter}");
            assert!((date(year, 3, 22)..=date(year, 4, 25)).contains(&easter), "{easter}");
        }
    }

    #[test]
    fn years_outside_the_table_have_no_lunar_days_and_no_panic() {
        for year in [-9999, -1, 0, 1, 1999, 2051, 9999] {
            for holiday in CHINESE.iter().chain(&WESTERN) {
                let lunar = matches!(holiday.day, Day::Lunar(..) | Day::Qingming);
                assert!(!lunar || holiday.first_day(year).is_none());
            }
            let _ = Calendar::Western.days_to_next(date(year, 12, 31));
        }
        assert!(CHINESE.iter().all(|h| h.first_day(2000).is_some() && h.first_day(2050).is_some()));
    }
}
