//! Rules about events and people against slow obvious twins on random logs, and whole reports.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use event::{Clocks as EventClocks, Currency, Data, DeviceClass, Event, TimeMs};
use feature::FeatureError;
use feature::arrange::arrange;
use feature::clean::bots::{Bots, BotsRule};
use feature::clean::clocks::{Clocks, ClocksRule};
use feature::clean::duplicates::Repeats;
use feature::clean::local_times::LocalTimes;
use feature::clean::near_duplicates::{NearDuplicates, NearDuplicatesRule};
use feature::clean::{CleanPlan, CleanReport, CleanShop};
use feature::kernel;
use feature::overview::zone;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::random_log::{Dice, ZONES, batch, disturbed, oracle, pieces};

const MINUTE_MS: i64 = 60_000;

/// The log with a second clock here and there, told twice at times, and a few machines.
fn odd(number: u64, log: &[Event]) -> Vec<Event> {
    let mut dice = Dice::new(number ^ 0xc1ea);
    let mut events = log.to_vec();
    for event in &mut events {
        let at = event.clocks.ts.0;
        let sent = dice.pick(&[None, Some(at), Some(at + 90_000), Some(at - 7)]);
        event.clocks = EventClocks {
            sent_at: sent.map(TimeMs),
            received: TimeMs(event.clocks.received.0 + dice.pick(&[0, -600_000, 1_234])),
            ..event.clocks
        };
        if let Some(device) = event.ctx.device.as_mut().filter(|_| dice.one_in(20)) {
            device.class = Some(DeviceClass::Bot);
        }
    }
    let copies = events.clone();
    for (n, mut copy) in copies.into_iter().enumerate() {
        if !dice.one_in(3) {
            continue;
        }
        copy.id = event::EventId::new(&format!("copy-{n}")).unwrap();
        copy.clocks.ts.0 += dice.pick(&[0, 1, 999, 1_000, 1_001]);
        if let Data::Purchase { order_id, .. } = &mut copy.data {
            *order_id = event::OrderId::new(&format!("copy-{n}")).unwrap();
        }
        events.push(copy);
    }
    events.sort_by_key(|e| (e.user_key(), e.time(), e.seq, e.id.clone()));
    events
}

/// Every person's events, in order.
fn by_person(events: &[Event]) -> Vec<Vec<&Event>> {
    let mut people = BTreeMap::<String, Vec<&Event>>::new();
    for event in events.iter().filter(|event| !event.user_key().as_str().is_empty()) {
        people.entry(event.user_key().as_str().to_owned()).or_default().push(event);
    }
    people.into_values().collect()
}

/// A kernel's answers over the log disturbed, arranged again and cut anywhere.
fn answers(number: u64, events: &[Event], kernel: &dyn kernel::Kernel) -> Vec<RecordBatch> {
    let ordered = arrange(&disturbed(number, events)).unwrap();
    let mut answers = Vec::new();
    kernel::map(pieces(number, &ordered), kernel, |answer| {
        answers.push(answer);
        Ok::<_, FeatureError>(())
    })
    .unwrap();
    answers
}

fn texts(answers: &[RecordBatch], column: &str) -> Vec<String> {
    let one = |answer: &RecordBatch| {
        let texts = answer.column_by_name(column).unwrap().as_string::<i32>().clone();
        (0..texts.len()).map(move |row| texts.value(row).to_owned())
    };
    answers.iter().flat_map(one).collect()
}

fn counts(answers: &[RecordBatch], column: &str) -> Vec<u64> {
    let one = |answer: &RecordBatch| {
        answer.column_by_name(column).unwrap().as_primitive::<UInt64Type>().values().to_vec()
    };
    answers.iter().flat_map(one).collect()
}

fn same_thing(a: &Event, b: &Event) -> bool {
    let lines = |event: &Event| -> Vec<_> {
        let line =
            |l: &event::Line| (l.item_id.clone(), l.qty, l.unit_price_minor, l.kind.is_product());
        event.data.lines().iter().map(line).collect()
    };
    let content = match (&a.data, &b.data) {
        (
            Data::Purchase { currency: x, total_minor: n, .. },
            Data::Purchase { currency: y, total_minor: m, .. },
        ) => x == y && n == m && lines(a) == lines(b),
        (x, y) if x.item_id().is_some() => x.item_id() == y.item_id(),
        (x, y) => x == y,
    };
    a.data.type_name() == b.data.type_name() && a.source == b.source && content
}

#[test]
fn near_duplicates_are_those_of_comparing_every_pair() {
    oracle("near-duplicates", |number, log| {
        let events = odd(number, log);
        let window_ms = [0, 1_000, MINUTE_MS][number as usize % 3];
        let mut expected = Vec::new();
        for own in by_person(&events) {
            let mut kept: Vec<&Event> = Vec::new();
            for event in own {
                let near =
                    |k: &&&Event| same_thing(k, event) && event.time().0 - k.time().0 <= window_ms;
                match kept.iter().rev().find(near) {
                    Some(first) => {
                        expected.push((event.id.to_string(), first.id.to_string()));
                    }
                    None => kept.push(event),
                }
            }
        }
        let kernel = NearDuplicates { rule: NearDuplicatesRule { window_ms } };
        let found = answers(number, &events, &kernel);
        let found: Vec<_> = texts(&found, "id").into_iter().zip(texts(&found, "of")).collect();
        assert_eq!(found, expected);
    });
}

#[test]
fn machines_are_measured_as_counting_every_pair_of_acts_says() {
    oracle("machines", |number, log| {
        let events = odd(number, log);
        let rule =
            BotsRule { per_minute: 2, least_gaps: 3, gap_variation: 0.5, items_per_sitting: 2 };
        let found = answers(number, &events, &Bots { rule });
        let variations: Vec<Option<f64>> = found
            .iter()
            .flat_map(|answer| answer.column(4).as_primitive::<Float64Type>().iter())
            .collect();
        let numbers = ["events", "peak_per_minute", "gaps", "items_per_sitting"];
        let [rows, peaks, gaps, items] = numbers.map(|name| counts(&found, name));
        let reasons = texts(&found, "reasons");
        let people = by_person(&events);
        assert_eq!(people.len(), rows.len());
        for (person, own) in people.iter().enumerate() {
            let is_act = |e: &&&Event| !["dwell", "impression"].contains(&e.data.type_name());
            let acts: Vec<&Event> = own.iter().filter(is_act).copied().collect();
            let peak = |last: &&Event| {
                let since = |e: &&&Event| (0..MINUTE_MS).contains(&(last.time().0 - e.time().0));
                let upto = acts.iter().position(|e| e.id == last.id).unwrap();
                acts[..=upto].iter().filter(since).count() as u64
            };
            let peak = acts.iter().map(peak).max().unwrap_or(0);
            let between: Vec<f64> = acts
                .windows(2)
                .map(|pair| (pair[1].time().0 - pair[0].time().0) as f64)
                .filter(|gap| *gap > 0.0 && *gap <= 30.0 * MINUTE_MS as f64)
                .collect();
            let n = between.len() as f64;
            let mean = between.iter().sum::<f64>() / n;
            let spread = between.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / n;
            let variation = (n > 0.0).then(|| spread.sqrt() / mean);
            let mut sittings: Vec<BTreeSet<String>> = vec![BTreeSet::new()];
            for (place, act) in acts.iter().enumerate() {
                if place > 0 && act.time().0 - acts[place - 1].time().0 > 30 * MINUTE_MS {
                    sittings.push(BTreeSet::new());
                }
                let item = act.data.item_id().map(ToString::to_string);
                sittings.last_mut().unwrap().extend(item);
            }
            let most = sittings.iter().map(BTreeSet::len).max().unwrap() as u64;
            let says =
                |e: &&Event| e.ctx.device.as_ref().and_then(|d| d.class) == Some(DeviceClass::Bot);
            let told = (rows[person], peaks[person], gaps[person], items[person]);
            assert_eq!(told, (own.len() as u64, peak, between.len() as u64, most));
            match (variations[person], variation) {
                (Some(a), Some(b)) => assert!((a - b).abs() < 1e-6, "{a} {b}"),
                (a, b) => assert_eq!(a, b),
            }
            let signs = [
                ("bot_device", own.iter().any(says)),
                ("too_fast", peak > 2),
                ("too_regular", n >= 3.0 && variations[person].unwrap() <= 0.5),
                ("too_many_items", most > 2),
            ];
            let expected: Vec<_> = signs.iter().filter(|s| s.1).map(|s| s.0).collect();
            assert_eq!(reasons[person], expected.join(" "));
        }
    });
}

/// The middle of some numbers.
fn middle(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let half = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        n if n % 2 == 1 => Some(numbers[half]),
        _ => Some((numbers[half - 1] + numbers[half]) / 2.0),
    }
}

#[test]
fn clocks_are_judged_as_listing_every_message_says() {
    oracle("clocks", |number, log| {
        let events = odd(number, log);
        let rule = ClocksRule { tolerance_ms: 60_000, future_ms: 300_000 };
        let all = arrange(&disturbed(number, &events)).unwrap();
        let clocks = Clocks::read(pieces(number, &all), &rule).unwrap();
        let sources: BTreeSet<&str> = events.iter().map(|e| e.source.as_str()).collect();
        assert_eq!(clocks.sources.len(), sources.len());
        for (told, source) in clocks.sources.iter().zip(sources) {
            let own: Vec<&Event> = events.iter().filter(|e| e.source == source).collect();
            let offset = |e: &&Event| Some((e.clocks.received.0 - e.clocks.sent_at?.0) as f64);
            let offsets: Vec<f64> = own.iter().filter_map(offset).collect();
            let delays: Vec<f64> =
                own.iter().map(|e| (e.clocks.received.0 - e.clocks.ts.0) as f64).collect();
            let away = |numbers: &[f64]| {
                let centre = middle(numbers.to_vec())?;
                middle(numbers.iter().map(|n| (n - centre).abs()).collect())
            };
            let late = |time: i64, e: &Event| time - e.clocks.received.0 > 300_000;
            assert_eq!(told.source, source);
            assert_eq!(told.events, own.len() as u64);
            assert_eq!(told.two_clocks, offsets.len() as u64);
            assert_eq!(told.offset_spread_ms, away(&offsets));
            assert_eq!(told.delay_spread_ms, away(&delays));
            assert_eq!(told.is_wrong, middle(offsets.clone()).is_some_and(|o| o.abs() > 60_000.0));
            assert_eq!(told.offset_ms, middle(offsets));
            assert_eq!(told.delay_ms, middle(delays));
            let by_own = own.iter().filter(|e| late(e.clocks.ts.0, e)).count() as u64;
            let by_both = own.iter().filter(|e| late(e.time().0, e)).count() as u64;
            assert_eq!((told.future_before, told.future_after), (by_own, by_both));
        }
        let moved = events.iter().filter(|e| e.time() != e.clocks.ts).count() as u64;
        assert_eq!((clocks.rows, clocks.corrected), (events.len() as u64, moved));
    });
}

/// How many moments a wall clock in a zone shows this time at: tried with every offset that the
/// zone has within two days.
fn moments(zone: &TimeZone, wall_ms: i64) -> usize {
    let offset_ms = |ms: i64| {
        let moment = Timestamp::from_millisecond(ms).unwrap();
        i64::from(zone.to_offset(moment).seconds()) * 1_000
    };
    let offsets: BTreeSet<i64> =
        (-24..=24).map(|step| offset_ms(wall_ms + step * 120 * MINUTE_MS)).collect();
    offsets.iter().filter(|offset| offset_ms(wall_ms - **offset) == **offset).count()
}

#[test]
fn local_times_are_those_of_trying_every_offset() {
    let zones = ZONES.map(|name| zone(name).unwrap());
    oracle("local times", |number, log| {
        let zone = &zones[number as usize % zones.len()];
        let mut expected = [0_u64; 5];
        for event in log.iter().filter(|event| !event.user_key().as_str().is_empty()) {
            let clocks = &event.clocks;
            let usual = zone.to_offset(Timestamp::from_millisecond(clocks.ts.0).unwrap()).seconds();
            let wall_ms = clocks.ts.0 + i64::from(clocks.offset_min) * MINUTE_MS;
            expected[0] += 1;
            expected[1] += u64::from(usual != i32::from(clocks.offset_min) * 60);
            expected[2] += u64::from(moments(zone, wall_ms) == 0);
            expected[3] += u64::from(moments(zone, wall_ms) == 2);
        }
        let kernel = LocalTimes { zone: zone.clone() };
        let ordered = arrange(&disturbed(number, log)).unwrap();
        let found = kernel::fold(pieces(number, &ordered), &kernel).unwrap();
        assert_eq!(counts(&[found], "rows"), expected);
    });
}

#[test]
fn repeats_are_those_of_counting_every_id() {
    oracle("repeats", |number, log| {
        let table = disturbed(number, log);
        let repeats = Repeats::count(|| Ok::<_, FeatureError>(pieces(number, &table))).unwrap();
        let mut ids = BTreeMap::<&str, u64>::new();
        let mut orders = BTreeMap::<&str, u64>::new();
        let column = |name: &str| table.column_by_name(name).unwrap().as_string::<i32>();
        for row in 0..table.num_rows() {
            *ids.entry(column("id").value(row)).or_default() += 1;
            if column("type").value(row) == "purchase" {
                *orders.entry(column("order_id").value(row)).or_default() += 1;
            }
        }
        let again = |met: &BTreeMap<&str, u64>| met.values().map(|n| n - 1).sum::<u64>();
        assert_eq!((repeats.same_id, repeats.same_order), (again(&ids), again(&orders)));
        assert_eq!(repeats.rows, table.num_rows() as u64);
    });
}

fn plan(rules: Value) -> Result<CleanPlan, String> {
    let plan: CleanPlan =
        serde_json::from_value(json!({ "rule": rules })).map_err(|e| e.to_string())?;
    plan.validate().map_err(|e| e.to_string())?;
    Ok(plan)
}

fn report(plan: &CleanPlan, batches: &[RecordBatch]) -> CleanReport {
    let shop = CleanShop {
        zone: zone("Europe/London").unwrap(),
        currency: Currency::new("GBP").unwrap(),
        refused: vec![("event_conflict".to_owned(), 2)],
    };
    let scan = |names: &[&'static str]| {
        // Only what was asked for is handed over, as a lake does.
        let keys = ["user_key", "time", "seq", "id"];
        let cut = |batch: &RecordBatch| -> Result<RecordBatch, FeatureError> {
            let schema = batch.schema();
            let wanted = |name: &String| keys.contains(&&**name) || names.contains(&&**name);
            let fields = schema.fields().iter().enumerate();
            let kept: Vec<usize> =
                fields.filter(|(_, f)| wanted(f.name())).map(|(place, _)| place).collect();
            Ok(batch.project(&kept)?)
        };
        Ok::<_, FeatureError>(batches.iter().map(cut).collect::<Vec<_>>().into_iter())
    };
    CleanReport::read(plan, &shop, scan).unwrap()
}

#[test]
fn a_report_counts_what_the_log_holds_in_any_order_and_cut() {
    let mut rules = serde_json::to_value(CleanPlan::default().rules).unwrap();
    rules.as_array_mut().unwrap().extend([
        json!({"kind": "missing", "column": "unit_price_minor", "by": "item", "method": "mode"}),
        json!({"kind": "outliers", "column": "unit_price_minor", "method": "winsorise"}),
        json!({"kind": "scale", "column": "rating", "method": "quantile"}),
    ]);
    let plan = plan(rules).unwrap();
    oracle("cleaning reports", |number, log| {
        let whole = report(&plan, &[batch(log)]);
        let cut: Vec<RecordBatch> = pieces(number, &arrange(&disturbed(number, log)).unwrap())
            .into_iter()
            .map(Result::unwrap)
            .collect();
        // Equal, so no figure is NaN either.
        assert_eq!(report(&plan, &cut), whole);
        let views = log.iter().filter(|e| matches!(e.data, Data::View { .. })).count() as u64;
        let mut lines = 0;
        let mut units = Vec::new();
        let mut totals = Vec::new();
        for event in log {
            let Data::Purchase { currency, total_minor, lines: own, .. } = &event.data else {
                continue;
            };
            units.extend(own.iter().filter(|l| l.kind.is_product()).map(|l| l.qty as f64));
            if currency.as_str() == "GBP" {
                lines += own.iter().filter(|l| l.kind.is_product()).count() as u64;
                totals.push(*total_minor as f64);
            }
        }
        let [.., dwell, price, qty, amount, scale, filled, _, _] = &whole.rules[..] else {
            panic!("rules are missing")
        };
        assert_eq!((dwell.rows, price.rows, filled.rows), (views, lines, lines));
        assert_eq!((qty.rows, amount.rows), (units.len() as u64, totals.len() as u64));
        assert_eq!(amount.before.as_ref().unwrap().median, middle(totals.clone()));
        assert_eq!(qty.before.as_ref().unwrap().median, middle(units));
        assert_eq!(scale.scaler.as_ref().unwrap().n, totals.len() as u64);
        let missing = |rule: &feature::clean::RuleReport| {
            (rule.before.as_ref().unwrap().missing, rule.after.as_ref().unwrap().missing)
        };
        let (before, after) = missing(filled);
        assert_eq!(before - after, filled.filled);
        assert_eq!(whole.rules[0].findings.len(), 1, "what was refused is told");
    });
}

#[test]
fn a_plan_with_a_mistake_is_refused_with_advice() {
    let outliers = |more: Value| {
        let mut rule = json!({"kind": "outliers", "column": "qty", "method": "iqr"});
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        plan(json!([rule]))
    };
    let mistakes = [
        (plan(json!([])), "1 to 100 rules"),
        (plan(json!([{"kind": "outlier"}])), "unknown variant `outlier`, expected one of"),
        (plan(json!([{"kind": "bots", "per_second": 2}])), "unknown field `per_second`, expected"),
        (plan(json!([{"kind": "bots", "per_minute": 0}])), "at least 1"),
        (plan(json!([{"kind": "bots", "gap_variation": 1.5}])), "0 to 1"),
        (plan(json!([{"kind": "clocks", "future_ms": -1}])), "future_ms is `-1`"),
        (plan(json!([{"kind": "near_duplicates", "window_ms": -1}])), "0 to 3,600,000"),
        (plan(json!([{"kind": "local_times", "zone": "Mars/Base"}])), "unknown time zone"),
        (outliers(json!({"threshold": 3.5})), "belongs to another method"),
        (outliers(json!({"fence": 0.0})), "a number above 0"),
        (outliers(json!({"least": 1})), "at least 3 values"),
        (outliers(json!({"types": ["buy"]})), "one of view, dwell"),
        (
            plan(json!([{"kind": "missing", "column": "qty", "method": "constant"}])),
            "needs a finite value",
        ),
        (
            plan(json!([{"kind": "missing", "column": "qty", "method": "mean", "value": 1.0}])),
            "only the method constant",
        ),
    ];
    for (plan, advice) in mistakes {
        let error = plan.unwrap_err();
        assert!(error.contains(advice), "{error}: should say {advice}");
    }
    CleanPlan::default().validate().unwrap();
}

#[test]
fn an_empty_shop_and_columns_of_nulls_have_a_report() {
    let empty = report(&CleanPlan::default(), &[]);
    assert!(empty.rules.iter().all(|rule| rule.rows == 0 && rule.flagged == 0));
    let nothing = report(&CleanPlan::default(), &[batch(&[])]);
    assert_eq!(nothing, empty);
}

#[test]
fn a_clock_that_is_regular_for_most_makes_no_machines() {
    let is_view = |e: &Event| matches!(e.data, Data::View { .. }) && e.user_id.is_some();
    let view = (0..).find_map(|n| crate::random_log::random_log(n).into_iter().find(is_view));
    let view = view.unwrap();
    let person = |who: usize, regular: bool| {
        let view = view.clone();
        (0..30_i64).map(move |n| {
            let mut event = view.clone();
            event.user_id = Some(event::UserId::new(&format!("p{who:02}")).unwrap());
            event.id = event::EventId::new(&format!("{who}-{n}")).unwrap();
            event.ctx.device = None;
            event.clocks.sent_at = None;
            event.clocks.ts = TimeMs(1_772_409_600_000 + if regular { n } else { n * n } * 5_000);
            event
        })
    };
    let flagged = |regular: usize, people: usize| {
        let events: Vec<Event> = (0..people).flat_map(|who| person(who, who < regular)).collect();
        let plan = plan(json!([{"kind": "bots"}])).unwrap();
        let told = report(&plan, &[batch(&events)]).rules.remove(0);
        (told.flagged, told.findings.first().map(|f| (f.what.clone(), f.n)))
    };
    assert_eq!(flagged(0, 12), (0, None));
    assert_eq!(flagged(3, 12), (90, Some(("too_regular".to_owned(), 3))));
    assert_eq!(flagged(9, 9), (270, Some(("too_regular".to_owned(), 9))));
    assert_eq!(flagged(11, 12), (0, Some(("made_up_clock".to_owned(), 11))));
}
