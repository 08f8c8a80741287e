//! Retention against a walk through the calendar, day by day.

use std::collections::{BTreeMap, BTreeSet};

use event::Event;
use feature::FeatureError;
use feature::analytics::calendar::Period;
use feature::analytics::retention::{Cohort, RetentionPlan, RetentionReport};
use feature::overview::zone;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::funnel::bare;
use crate::random_log::{Dice, ZONES, oracle};
use crate::steps::{self, Meaning, by_person, categories, range, scans};

/// First day of the period an event lies in.
pub fn period_start(time_ms: i64, period: Period, zone: &TimeZone) -> Date {
    let moment = Timestamp::from_millisecond(time_ms).unwrap();
    let mut day = moment.to_zoned_datetime(zone.clone()).date();
    let begins = |day: Date| match period {
        Period::Day => true,
        Period::Week => day.weekday() == Weekday::Monday,
        Period::Month => day.day() == 1,
    };
    while !begins(day) {
        day = day.yesterday().unwrap();
    }
    day
}

/// First day of the period after.
pub fn next_start(start: Date, period: Period) -> Date {
    match period {
        Period::Day => start.tomorrow().unwrap(),
        Period::Week => start.checked_add(1.week()).unwrap(),
        Period::Month => start.checked_add(1.month()).unwrap(),
    }
}

/// How many periods lie between two.
fn after(start: Date, later: Date, period: Period) -> usize {
    let mut days = std::iter::successors(Some(start), |day| Some(next_start(*day, period)));
    days.position(|day| day == later).unwrap()
}

/// Whether a period was over at a moment: its last millisecond was reached.
fn over(start: Date, period: Period, zone: &TimeZone, last_ms: i64) -> bool {
    let next = next_start(start, period).to_zoned_datetime(zone.clone()).unwrap();
    next.start_of_day().unwrap().timestamp().as_millisecond() - 1 <= last_ms
}

fn twin(log: &[Event], plan: &RetentionPlan, first: Meaning, again: Meaning) -> RetentionReport {
    let mut cohorts: BTreeMap<Date, BTreeSet<(usize, String)>> = BTreeMap::new();
    let mut last_ms = i64::MIN;
    let start = |event: &Event| period_start(event.time().0, plan.period, &plan.zone);
    for (person, mut events) in by_person(log) {
        events.retain(|e| e.time().0 < plan.to_ms);
        last_ms = events.iter().map(|e| e.time().0).chain([last_ms]).max().unwrap();
        let Some(at) = events.iter().position(|e| first(e)) else { continue };
        if events[at].time().0 < plan.from_ms {
            continue;
        }
        let cohort = start(events[at]);
        let returned = cohorts.entry(cohort).or_default();
        returned.insert((0, person.clone()));
        for event in events[at + 1..].iter().filter(|e| again(e)) {
            returned.insert((after(cohort, start(event), plan.period), person.clone()));
        }
    }
    let cohort = |(day, returned): (Date, BTreeSet<(usize, String)>)| {
        let last = period_start(last_ms, plan.period, &plan.zone);
        let ks = 0..=after(day, last, plan.period).min(plan.periods as usize);
        let count = |k| returned.iter().filter(|(after, _)| *after == k).count() as u64;
        let nth = |k| (0..k).fold(day, |day, _| next_start(day, plan.period));
        let complete = |k: &usize| over(nth(*k), plan.period, &plan.zone, last_ms);
        Cohort {
            start: day.to_string(),
            people: count(0),
            returned: ks.clone().map(count).collect(),
            complete: ks.filter(complete).count() as u32,
        }
    };
    let cohorts: Vec<Cohort> = cohorts.into_iter().map(cohort).collect();
    let longest = cohorts.iter().map(|cohort| cohort.returned.len()).max().unwrap_or(0);
    let average = |k: usize| {
        let (mut came, mut people) = (0, 0);
        for cohort in cohorts.iter().filter(|cohort| cohort.complete as usize > k) {
            came += cohort.returned[k];
            people += cohort.people;
        }
        (people > 0).then(|| came as f64 / people as f64)
    };
    RetentionReport {
        counting: "people",
        period: plan.period,
        first: plan.first.to_string(),
        again: plan.again.to_string(),
        average: (0..longest).map(average).collect(),
        cohorts,
    }
}

#[test]
fn a_retention_table_is_what_a_walk_through_the_calendar_gives() {
    oracle("retention", |number, log| {
        let mut dice = Dice::new(number ^ 0x7e);
        let ((first, begins), (mut again, mut returns)) =
            (steps::rule(&mut dice), steps::rule(&mut dice));
        if dice.one_in(2) {
            (again, returns) = (first.clone(), begins);
        }
        let (from_ms, to_ms) = range(&mut dice, log);
        let plan = RetentionPlan {
            period: dice.pick(&[Period::Day, Period::Week, Period::Month]),
            zone: zone(dice.pick(&ZONES)).unwrap(),
            first,
            again,
            periods: dice.pick(&[1, 3, 12, 400]),
            from_ms,
            to_ms,
            categories: categories(),
        };
        let expected = twin(log, &plan, begins, returns);
        for scan in scans(number, log, &plan.reads()) {
            assert_eq!(RetentionReport::read::<FeatureError>(scan, &plan).unwrap(), expected);
        }
    });
}

#[test]
fn ten_years_of_quiet_and_times_beyond_the_calendar_are_no_trouble() {
    const YEAR_MS: i64 = 365 * 24 * 3_600_000;
    let read = |rows: &[(i64, &str)], periods| {
        let plan = RetentionPlan { periods, ..RetentionPlan::default() };
        RetentionReport::read::<FeatureError>([Ok(bare(rows))], &plan).unwrap()
    };
    let quiet = [(0, "purchase"), (10 * YEAR_MS, "purchase")];
    let report = read(&quiet, 12);
    assert_eq!(report.cohorts[0].start, "1969-12-29");
    assert_eq!(report.cohorts[0].returned, [vec![1], vec![0; 12]].concat());
    assert_eq!(report.cohorts[0].complete, 13);
    let edge = [(i64::MIN, "purchase"), (0, "purchase"), (i64::MAX - 1, "purchase")];
    assert_eq!(read(&edge, 1).cohorts, [], "the first event has no week");
    assert_eq!(read(&edge[1..], 1).cohorts[0].returned, [1]);
    assert_eq!(read(&[], 1).average, []);
}

#[test]
fn settings_out_of_range_are_refused() {
    let usual = RetentionPlan::default;
    for (plan, refused) in [
        (RetentionPlan { periods: 0, ..usual() }, "periods"),
        (RetentionPlan { periods: 401, ..usual() }, "periods"),
        (RetentionPlan { from_ms: 1, to_ms: 0, ..usual() }, "range"),
    ] {
        let Err(FeatureError::Setting { setting, .. }) = plan.validate() else { panic!() };
        assert_eq!(setting, refused);
    }
    assert!(Period::parse("fortnight").is_err());
    assert_eq!(Period::parse(" month ").unwrap().name(), "month");
}
