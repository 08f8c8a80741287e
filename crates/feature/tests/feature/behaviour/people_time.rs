//! Twins of the groups sequence and time.

use event::Event;
use feature::behaviour::Value;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::who::{
    Who, changes, is, is_add, is_order, item, mean, median, num, share, text, time, touched, whole,
};

pub fn sequence(who: &Who<'_>) -> Vec<(String, Value)> {
    let mut out = lists(who);
    out.extend(walks(who));
    out.extend(repeats(who));
    out.extend(neighbours(who));
    for (name, last) in [
        ("since_first_event", who.events.first()),
        ("since_last_event", who.events.last()),
        ("since_last_view", who.events.iter().rfind(|e| is(e, "view"))),
        ("since_last_cart_add", who.events.iter().rfind(|e| is_add(e))),
        ("since_last_order", who.events.iter().rfind(|e| is_order(e))),
        ("since_last_search", who.events.iter().rfind(|e| is(e, "search"))),
        ("since_last_refund", who.events.iter().rfind(|e| is(e, "refund"))),
        ("since_last_review", who.events.iter().rfind(|e| is(e, "review"))),
    ] {
        out.push((name, who.ago(last)));
    }
    out.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The first ten different texts.
fn ten(list: impl Iterator<Item = String>) -> Value {
    let mut kept: Vec<String> = Vec::new();
    for text in list {
        if !kept.contains(&text) && kept.len() < 10 {
            kept.push(text);
        }
    }
    Value::List(kept)
}

fn lists(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let back = || who.events.iter().rev();
    let open = who.as_of - time(who.events.last().unwrap()) <= 30 * 60_000;
    let session = who.sessions().last().map_or(0, Vec::len);
    vec![
        ("last_items", ten(back().flat_map(|e| touched(e)))),
        ("last_items_viewed", ten(back().filter(|e| is(e, "view")).flat_map(|e| touched(e)))),
        ("last_items_ordered", ten(back().filter(|e| is_order(e)).flat_map(|e| touched(e)))),
        (
            "last_categories",
            ten(back().flat_map(|e| touched(e)).filter_map(|item| who.category(&item))),
        ),
        (
            "last_types",
            Value::List(back().take(10).map(|e| e.data.type_name().to_owned()).collect()),
        ),
        ("session_position", whole(Some(if open { session as i64 } else { 0 }))),
        ("session_open", whole(Some(i64::from(open)))),
    ]
}

fn walks(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let sessions = who.sessions();
    let walks: Vec<String> = sessions
        .iter()
        .flat_map(|s| s.windows(2))
        .map(|pair| format!("{}>{}", pair[0].data.type_name(), pair[1].data.type_name()))
        .collect();
    let of = |walk: &str| walks.iter().filter(|w| *w == walk).count() as i64;
    let kinds = ["view", "search", "click", "cart", "purchase"];
    let mut top: Option<(String, i64)> = None;
    for from in kinds {
        for to in kinds {
            let walk = format!("{from}>{to}");
            let count = of(&walk);
            if count > top.as_ref().map_or(0, |top| top.1) {
                top = Some((walk, count));
            }
        }
    }
    let all = walks.len() as i64;
    vec![
        ("from_view_to_view", share(of("view>view"), all)),
        ("from_view_to_search", share(of("view>search"), all)),
        ("from_view_to_cart", share(of("view>cart"), all)),
        ("from_view_to_purchase", share(of("view>purchase"), all)),
        ("from_search_to_view", share(of("search>view"), all)),
        ("from_search_to_search", share(of("search>search"), all)),
        ("from_cart_to_view", share(of("cart>view"), all)),
        ("from_cart_to_cart", share(of("cart>cart"), all)),
        ("from_cart_to_purchase", share(of("cart>purchase"), all)),
        ("from_purchase_to_view", share(of("purchase>view"), all)),
        ("top_transition", text(top.map(|(walk, _)| walk))),
    ]
}

fn repeats(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let orders = who.orders();
    let gaps: Vec<i64> = orders.windows(2).map(|p| time(p[1]) - time(p[0])).collect();
    let (mut again, mut bought) = (Vec::new(), 0);
    for (at, order) in orders.iter().enumerate() {
        let mut items = touched(order);
        items.sort();
        items.dedup();
        for item in items {
            bought += 1;
            let before = orders[..at].iter().rfind(|o| touched(o).contains(&item));
            again.extend(before.map(|before| time(order) - time(before)));
        }
    }
    vec![
        ("order_interval_mean", mean(&gaps)),
        ("order_interval_median", median(&gaps)),
        ("order_interval_last", whole(gaps.last().copied())),
        ("item_repeat_interval_median", median(&again)),
        ("item_repeat_share", share(again.len() as i64, bought)),
    ]
}

fn neighbours(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let views: Vec<Vec<String>> = who
        .sessions()
        .iter()
        .map(|s| s.iter().filter(|e| is(e, "view")).filter_map(|e| item(e)).collect())
        .collect();
    let all: Vec<&String> = views.iter().flatten().collect();
    let seen = |at: usize| all[..at].contains(&all[at]);
    let again = (0..all.len()).filter(|at| seen(*at)).count() as i64;
    let pairs: Vec<(&String, &String)> =
        views.iter().flat_map(|list| list.windows(2).map(|p| (&p[0], &p[1]))).collect();
    let same: i64 = views.iter().map(|list| list.len() as i64).sum::<i64>()
        - views.iter().map(|list| changes(list) + i64::from(!list.is_empty())).sum::<i64>();
    let other = || pairs.iter().filter(|(a, b)| a != b);
    let by_category: Vec<(String, String)> =
        other().filter_map(|(a, b)| Some((who.category(a)?, who.category(b)?))).collect();
    let stays = by_category.iter().filter(|(a, b)| a == b).count() as i64;
    let priced: Vec<(i64, i64)> =
        other().filter_map(|(a, b)| Some((who.price(a)?, who.price(b)?))).collect();
    let dearer = priced.iter().filter(|(a, b)| b > a).count() as i64;
    vec![
        ("view_again_share", share(again, all.len() as i64)),
        ("next_view_same_item_share", share(same, pairs.len() as i64)),
        ("next_view_same_category_share", share(stays, by_category.len() as i64)),
        ("next_view_dearer_share", share(dearer, priced.len() as i64)),
    ]
}

pub fn when(who: &Who<'_>) -> Vec<(String, Value)> {
    let mut out = wall(who);
    out.extend(rhythm(who));
    out.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Holidays of the years in the logs, from a printed calendar.
fn holiday(date: Date, western: bool) -> Option<&'static str> {
    let (y, m, d) = (date.year(), date.month(), date.day());
    let lunar = match (y, m, d) {
        (2024, 2, 9..=16) | (2025, 1, 28..) | (2025, 2, 1..=4) => "spring_festival",
        (2026, 2, 16..=23) | (2027, 2, 5..=12) => "spring_festival",
        (2024, 2, 24) | (2025, 2, 12) | (2026, 3, 3) | (2027, 2, 20) => "lantern_festival",
        (2024 | 2025, 4, 4) | (2026, 4, 5) => "qingming",
        (2024, 6, 10) | (2025, 5, 31) | (2026, 6, 19) => "dragon_boat",
        (2024, 9, 17) | (2025, 10, 6) | (2026, 9, 25) => "mid_autumn",
        _ => "",
    };
    let easter = match (y, m, d) {
        (1986, 3, 28) | (2024, 3, 29) | (2025, 4, 18) | (2026, 4, 3) => "good_friday",
        (1986, 3, 30) | (2024, 3, 31) | (2025, 4, 20) | (2026, 4, 5) => "easter_sunday",
        (1986, 3, 31) | (2024, 4, 1) | (2025, 4, 21) | (2026, 4, 6) => "easter_monday",
        (1986, 5, 11) | (2024, 5, 12) | (2025, 5, 11) | (2026, 5, 10) => "mothers_day",
        (1986, 11, 27) | (2024, 11, 28) | (2025, 11, 27) | (2026, 11, 26) => "thanksgiving",
        (1986, 11, 28) | (2024, 11, 29) | (2025, 11, 28) | (2026, 11, 27) => "black_friday",
        (1986, 12, 1) | (2024, 12, 2) | (2025, 12, 1) | (2026, 11, 30) => "cyber_monday",
        (2027, 3, 26) => "good_friday",
        _ => "",
    };
    let name = match (western, m, d) {
        (_, 1, 1) => "new_year",
        (true, 2, 14) => "valentines_day",
        (true, 10, 31) => "halloween",
        (true, 12, 24) => "christmas_eve",
        (true, 12, 25) => "christmas_day",
        (true, 12, 26) => "boxing_day",
        (true, ..) => easter,
        (false, 3, 8) => "womens_day",
        (false, 5, 1) => "labour_day",
        (false, 6, 18) => "june_18",
        (false, 10, 1..=7) => {
            if lunar.is_empty() {
                "national_day"
            } else {
                lunar
            }
        }
        (false, 11, 11) => "double_11",
        (false, 12, 12) => "double_12",
        _ => lunar,
    };
    (!name.is_empty()).then_some(name)
}

fn wall(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let moment = Timestamp::from_millisecond(who.as_of).unwrap();
    let now: DateTime = who.zone.to_datetime(moment);
    let date = now.date();
    let weekday = 1 + now.weekday().to_monday_zero_offset();
    let season =
        ["winter", "spring", "summer", "autumn"][usize::try_from(now.month() % 12 / 3).unwrap()];
    let angle = |at: f64, round: f64| at / round * std::f64::consts::TAU;
    let circles = [
        angle(f64::from(now.hour()), 24.0),
        angle(f64::from(weekday - 1), 7.0),
        angle(f64::from(date.day_of_year() - 1), if date.in_leap_year() { 366.0 } else { 365.0 }),
    ];
    // A holiday that has begun is not the next one: only first days are.
    let next = |western: bool| {
        let first = |date: Date| {
            let name = holiday(date, western);
            name.is_some() && holiday(date.yesterday().unwrap(), western) != name
        };
        let mut days = date.series(jiff::ToSpan::days(1));
        days.position(first).map(|days| days as i64)
    };
    let on = |western: bool| {
        let days = who.events.iter().filter(|e| holiday(who.day(e), western).is_some());
        share(days.count() as i64, who.events.len() as i64)
    };
    vec![
        ("hour", whole(Some(i64::from(now.hour())))),
        ("weekday", whole(Some(i64::from(weekday)))),
        ("month_day", whole(Some(i64::from(now.day())))),
        ("month", whole(Some(i64::from(now.month())))),
        ("is_weekend", whole(Some(i64::from(weekday > 5)))),
        ("season", text(Some(season.to_owned()))),
        ("hour_sin", num(Some(circles[0].sin()))),
        ("hour_cos", num(Some(circles[0].cos()))),
        ("weekday_sin", num(Some(circles[1].sin()))),
        ("weekday_cos", num(Some(circles[1].cos()))),
        ("year_day_sin", num(Some(circles[2].sin()))),
        ("year_day_cos", num(Some(circles[2].cos()))),
        ("holiday_cn", text(holiday(date, false).map(str::to_owned))),
        ("days_to_holiday_cn", whole(next(false))),
        ("holiday_share_cn", on(false)),
        ("holiday_western", text(holiday(date, true).map(str::to_owned))),
        ("days_to_holiday_western", whole(next(true))),
        ("holiday_share_western", on(true)),
    ]
}

fn rhythm(who: &Who<'_>) -> Vec<(&'static str, Value)> {
    let local = |event: &Event| -> DateTime {
        let shifted = time(event) + i64::from(event.clocks.offset_min) * 60_000;
        let moment = Timestamp::from_millisecond(shifted).unwrap();
        jiff::tz::TimeZone::UTC.to_datetime(moment)
    };
    let clocks: Vec<DateTime> = who.events.iter().map(|e| local(e)).collect();
    let all = clocks.len() as i64;
    let count = |of: &dyn Fn(&DateTime) -> bool| clocks.iter().filter(|c| of(c)).count() as i64;
    let part = |from: i8, to: i8| share(count(&|c| (from..to).contains(&c.hour())), all);
    let day = |c: &DateTime| c.weekday().to_monday_one_offset();
    let most = |from: i8, to: i8, of: &dyn Fn(&DateTime) -> i8| {
        let best = (from..to).map(|n| count(&|c| of(c) == n)).max();
        (from..to).find(|n| Some(count(&|c| of(c) == *n)) == best).map(i64::from)
    };
    let angle = |c: &DateTime| f64::from(c.hour()) * std::f64::consts::PI / 12.0;
    let x = clocks.iter().map(|c| angle(c).cos()).sum::<f64>() / all as f64;
    let y = clocks.iter().map(|c| angle(c).sin()).sum::<f64>() / all as f64;
    let strength = (x * x + y * y).sqrt();
    let usual = (strength > 1e-9).then(|| (y.atan2(x) * 12.0 / std::f64::consts::PI + 24.0) % 24.0);
    let moment = Timestamp::from_millisecond(who.as_of).unwrap();
    let now = f64::from(who.zone.to_datetime(moment).hour());
    let apart = usual.map(|usual| {
        let far = (now - usual).abs();
        if far > 12.0 { 24.0 - far } else { far }
    });
    vec![
        ("night_share", part(0, 6)),
        ("morning_share", part(6, 12)),
        ("afternoon_share", part(12, 18)),
        ("evening_share", part(18, 24)),
        ("weekend_share", share(count(&|c| day(c) >= 6), all)),
        ("top_hour", whole(most(0, 24, &|c| c.hour()))),
        ("top_weekday", whole(most(1, 8, &day))),
        // Near midnight 23.999… and 0 are the same hour.
        ("usual_hour", num(usual.map(|hour| if hour > 24.0 - 1e-9 { 0.0 } else { hour }))),
        ("usual_hour_strength", num(Some(strength))),
        ("usual_hour_distance", num(apart)),
    ]
}
