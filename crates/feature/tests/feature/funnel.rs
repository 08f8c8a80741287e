//! The funnel against every way through a person's events.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{RecordBatch, StringArray, TimestampMillisecondArray};
use event::Event;
use feature::FeatureError;
use feature::analytics::funnel::{FunnelPlan, FunnelReport, FunnelSegment, FunnelStep, Segment};
use feature::analytics::step_rule::StepRule;

use crate::random_log::{Dice, oracle};
use crate::steps::{self, Meaning, by_person, categories, range, scans};

const MINUTE_MS: i64 = 60_000;

/// Every sequence of events that takes some of the steps in order, in later rows, in the window.
fn attempts(events: &[&Event], steps: &[Meaning], window_ms: i64) -> Vec<Vec<usize>> {
    let begin = (0..events.len()).filter(|at| steps[0](events[*at])).map(|at| vec![at]);
    let mut all: Vec<Vec<usize>> = begin.collect();
    let mut done = 0;
    while done < all.len() {
        let attempt = all[done].clone();
        done += 1;
        let Some(step) = steps.get(attempt.len()) else { continue };
        for next in attempt[attempt.len() - 1] + 1..events.len() {
            let took = events[next].time().0 - events[attempt[0]].time().0;
            if step(events[next]) && took <= window_ms {
                all.push(attempt.iter().copied().chain([next]).collect());
            }
        }
    }
    all
}

/// The attempt that counts: the deepest, of those the first to get there, the first to begin.
fn best(attempts: Vec<Vec<usize>>) -> Option<Vec<usize>> {
    attempts
        .into_iter()
        .min_by_key(|rows| (usize::MAX - rows.len(), rows.last().copied(), rows.clone()))
}

fn value(event: &Event, by: Option<Segment>) -> String {
    let campaign = steps::campaign(&event.ctx).map(|text| text.unwrap_or_default().to_owned());
    let [name, medium, source] = campaign;
    match by {
        None => String::new(),
        Some(Segment::Country) => steps::country(&event.ctx).unwrap_or_default().to_owned(),
        Some(Segment::Device) => steps::device(&event.ctx).unwrap_or_default(),
        Some(Segment::Source) => event.source.clone(),
        Some(Segment::Campaign) => name,
        Some(Segment::Medium) => medium,
        Some(Segment::Channel) if source.is_empty() => String::new(),
        Some(Segment::Channel) => format!("{source} / {medium}"),
    }
}

/// Steps of the funnel of some people, each the times of the steps they took.
fn funnel(plan: &FunnelPlan, people: &[Vec<i64>]) -> Vec<FunnelStep> {
    let reached = |step: usize| people.iter().filter(|times| times.len() > step).count() as u64;
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let step = |(at, rule): (usize, &StepRule)| {
        let mut took: Vec<i64> = people
            .iter()
            .filter(|times| at > 0 && times.len() > at)
            .map(|times| times[at] - times[at - 1])
            .collect();
        took.sort_unstable();
        let half = took.len() / 2;
        let median = match took.len() {
            0 => None,
            n if n % 2 == 1 => Some(took[half]),
            _ => Some((took[half - 1] + took[half]).div_euclid(2)),
        };
        FunnelStep {
            label: rule.to_string(),
            people: reached(at),
            share_of_first: share(reached(at), reached(0)),
            share_of_previous: if at > 0 { share(reached(at), reached(at - 1)) } else { None },
            median_ms_from_previous: median,
        }
    };
    plan.steps.iter().enumerate().map(step).collect()
}

fn twin(log: &[Event], plan: &FunnelPlan, steps: &[Meaning]) -> FunnelReport {
    let mut by_segment: BTreeMap<String, Vec<Vec<i64>>> = BTreeMap::new();
    for events in by_person(log).values() {
        let mut events = events.clone();
        events.retain(|e| e.time().0 >= plan.from_ms && e.time().0 < plan.to_ms);
        let Some(best) = best(attempts(&events, steps, plan.window_ms)) else { continue };
        let times = best.iter().map(|at| events[*at].time().0).collect();
        by_segment.entry(value(events[best[0]], plan.by)).or_default().push(times);
    }
    let all: Vec<Vec<i64>> = by_segment.values().flatten().cloned().collect();
    let mut segments: Vec<FunnelSegment> = by_segment
        .into_iter()
        .map(|(segment, people)| FunnelSegment { segment, steps: funnel(plan, &people) })
        .collect();
    segments.sort_by_key(|s| (u64::MAX - s.steps[0].people, s.segment.clone()));
    FunnelReport {
        counting: "people",
        window_ms: plan.window_ms,
        by: plan.by.map(|by| by.name().to_owned()),
        steps: funnel(plan, &all),
        segments: if plan.by.is_some() { segments } else { Vec::new() },
    }
}

#[test]
fn a_funnel_is_the_best_of_all_ways_through_the_steps() {
    oracle("funnel", |number, log| {
        let mut dice = Dice::new(number ^ 0xf0);
        let steps: Vec<_> = (0..2 + dice.below(3)).map(|_| steps::rule(&mut dice)).collect();
        let (from_ms, to_ms) = range(&mut dice, log);
        let window = [0, 1, 1_000, 30 * MINUTE_MS, 1_440 * MINUTE_MS, 100 * 1_440 * MINUTE_MS];
        let plan = FunnelPlan {
            steps: steps.iter().map(|(rule, _)| rule.clone()).collect(),
            window_ms: dice.pick(&window),
            by: match dice.below(3) {
                0 => None,
                _ => Some(dice.pick(&Segment::ALL).0),
            },
            from_ms,
            to_ms,
            categories: categories(),
        };
        let steps: Vec<Meaning> = steps.iter().map(|(_, meaning)| *meaning).collect();
        let expected = twin(log, &plan, &steps);
        for scan in scans(number, log, &plan.reads()) {
            assert_eq!(FunnelReport::read::<FeatureError>(scan, &plan).unwrap(), expected);
        }
    });
}

/// Rows of one person with nothing but a time and a type.
pub fn bare(rows: &[(i64, &str)]) -> RecordBatch {
    let time = TimestampMillisecondArray::from_iter_values(rows.iter().map(|(ms, _)| *ms));
    RecordBatch::try_from_iter([
        ("user_key", Arc::new(StringArray::from(vec!["u:1"; rows.len()])) as _),
        ("time", Arc::new(time) as _),
        ("type", Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, k)| *k))) as _),
    ])
    .unwrap()
}

fn people(plan: &FunnelPlan, rows: &[(i64, &str)]) -> Vec<u64> {
    let report = FunnelReport::read::<FeatureError>([Ok(bare(rows))], plan).unwrap();
    report.steps.iter().map(|step| step.people).collect()
}

#[test]
fn a_million_events_of_one_person_and_times_at_the_edge_are_counted() {
    let plan = FunnelPlan { window_ms: 10, ..FunnelPlan::default() };
    let mut rows: Vec<(i64, &str)> = (0..1_000_000).map(|ms| (ms, "view")).collect();
    rows.extend([(1_000_010, "cart"), (1_000_010, "purchase")]);
    assert_eq!(people(&plan, &rows), [1, 0, 0]);
    rows[999_999].0 = 1_000_000;
    assert_eq!(people(&plan, &rows), [1, 1, 1]);
    let edge = [(i64::MIN, "view"), (i64::MAX - 1, "cart"), (i64::MAX, "purchase")];
    assert_eq!(people(&FunnelPlan::default(), &edge), [1, 0, 0]);
    let plan = FunnelPlan { window_ms: i64::MAX, ..FunnelPlan::default() };
    assert_eq!(people(&plan, &edge), [1, 1, 0], "the last moment is never within `to`");
}

#[test]
fn settings_out_of_range_and_missing_columns_are_refused() {
    let view = StepRule::parse("view").unwrap();
    let usual = FunnelPlan::default;
    for (plan, refused) in [
        (FunnelPlan { steps: vec![view.clone()], ..usual() }, "steps"),
        (FunnelPlan { steps: vec![view; 13], ..usual() }, "steps"),
        (FunnelPlan { window_ms: -1, ..usual() }, "window"),
        (FunnelPlan { from_ms: 1, to_ms: 0, ..usual() }, "range"),
    ] {
        let Err(FeatureError::Setting { setting, .. }) = plan.validate() else { panic!() };
        assert_eq!(setting, refused);
    }
    let plan = FunnelPlan { by: Some(Segment::Country), ..usual() };
    let read = FunnelReport::read::<FeatureError>([Ok(bare(&[(0, "view")]))], &plan);
    assert!(matches!(read, Err(FeatureError::Column(_))));
    let nothing = FunnelReport::read::<FeatureError>([], &plan).unwrap();
    assert_eq!(nothing.steps[1].share_of_first, None);
    assert!(nothing.segments.is_empty());
}
