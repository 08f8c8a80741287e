//! Habits, in order and packed in any order, against a twin that keeps every event of a person.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use event::Event;
use feature::FeatureError;
use feature::arrange::arrange;
use feature::habits::{FIGURES, Habits, HabitsPlan, by_key, unordered};
use feature::kernel;
use feature::packed::{Deed, Form, Forms, Moment, pack};
use feature::session::GAP_MS;

use crate::random_log::{Dice, disturbed, oracle, pieces};

/// Figures by person.
type Told = BTreeMap<String, [i64; 13]>;

fn told(log: &[Event], plan: HabitsPlan) -> Told {
    let mut people: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
    for event in log.iter().filter(|event| event.time().0 <= plan.as_of_ms) {
        people.entry(event.user_key().as_str().to_owned()).or_default().push(event);
    }
    people.remove("");
    people.into_iter().map(|(who, events)| (who, figures(&events, plan))).collect()
}

fn figures(events: &[&Event], plan: HabitsPlan) -> [i64; 13] {
    let mut sessions: Vec<(i64, i64)> = Vec::new();
    let mut times: Vec<i64> = events.iter().map(|event| event.time().0).collect();
    times.sort_unstable();
    for time in &times {
        match sessions.last_mut() {
            Some((_, end)) if time - *end <= plan.gap_ms => *end = *time,
            _ => sessions.push((*time, *time)),
        }
    }
    let count = |name| events.iter().filter(|e| e.data.type_name() == name).count() as i64;
    let lengths: Vec<i64> = sessions.iter().map(|(start, end)| end - start).collect();
    let (total, number) = (lengths.iter().sum::<i64>(), sessions.len() as i64);
    let (first, last) = (times[0], times[times.len() - 1]);
    [
        events.len() as i64,
        count("view"),
        count("cart"),
        count("purchase"),
        count("custom"),
        number,
        total,
        *lengths.iter().max().unwrap(),
        total / number,
        first,
        last,
        last - first,
        plan.as_of_ms - last,
    ]
}

fn read(table: &RecordBatch) -> Told {
    let key = |row: usize| match table.column(0).as_string_opt::<i32>() {
        Some(text) => text.value(row).to_owned(),
        None => table.column(0).as_primitive::<Int64Type>().value(row).to_string(),
    };
    let figure = |name: &str, row: usize| {
        table.column_by_name(name).unwrap().as_primitive::<Int64Type>().value(row)
    };
    (0..table.num_rows()).map(|row| (key(row), FIGURES.map(|name| figure(name, row)))).collect()
}

/// The rows of a batch, packed into chunks of a few; keys as numbers where asked.
fn packed(number: u64, rows: &RecordBatch, forms: Forms) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(number);
    let text = |name: &str| rows.column_by_name(name).unwrap().as_string::<i32>();
    let (user, id, kind) = (text("user_key"), text("id"), text("type"));
    let time = rows.column_by_name("time").unwrap().as_primitive::<TimestampMillisecondType>();
    let mut chunks = vec![Vec::new()];
    for row in (0..rows.num_rows()).filter(|row| !user.value(*row).is_empty()) {
        if dice.one_in(4) {
            chunks.push(Vec::new());
        }
        let chunk = chunks.last_mut().unwrap();
        let moment = Moment::new(time.value(row), Deed::of_type(kind.value(row))).unwrap();
        let (user, id) = (user.value(row), id.value(row));
        match (forms.user, forms.id) {
            (Form::Text, Form::Text) => pack(chunk, user, id, moment),
            (Form::Text, Form::Whole) => pack(chunk, user, whole(id), moment),
            (Form::Whole, Form::Text) => pack(chunk, whole(user), id, moment),
            (Form::Whole, Form::Whole) => pack(chunk, whole(user), whole(id), moment),
        }
    }
    chunks
}

/// A number for a short text, another for another.
fn whole(text: &str) -> i64 {
    text.bytes().fold(0_i64, |sum, byte| (sum << 8) | i64::from(byte))
}

#[test]
fn habits_are_those_of_the_definition_in_any_order_of_arrival() {
    oracle("habits", |number, log| {
        let mut dice = Dice::new(number);
        let last = log.iter().map(|event| event.time().0).max().unwrap_or(0);
        let any = log.get(dice.below(log.len())).map_or(0, |event| event.time().0);
        let arrived = disturbed(number, log);
        let ordered = arrange(&arrived).unwrap();
        for (as_of_ms, gap_ms) in [(last, GAP_MS), (any, 60_000)] {
            let plan = HabitsPlan { as_of_ms, gap_ms };
            let expected = told(log, plan);
            let mut answers = Vec::new();
            kernel::map(pieces(number, &ordered), &Habits::new(plan).unwrap(), |answer| {
                answers.push(answer);
                Ok::<_, FeatureError>(())
            })
            .unwrap();
            assert_eq!(read(&by_key(&answers).unwrap()), expected);
            for user in [Form::Text, Form::Whole] {
                for id in [Form::Text, Form::Whole] {
                    let forms = Forms { user, id };
                    let found = unordered(&packed(number, &arrived, forms), forms, &plan).unwrap();
                    let name = |who: &String| match user {
                        Form::Text => who.clone(),
                        Form::Whole => whole(who).to_string(),
                    };
                    let expected: Told =
                        expected.iter().map(|(who, figures)| (name(who), *figures)).collect();
                    assert_eq!(read(&found.habits), expected, "{forms:?}");
                }
            }
        }
    });
}

#[test]
fn nobody_a_negative_gap_and_a_million_events_of_one_person() {
    let plan = HabitsPlan::as_of(0);
    let forms = Forms { user: Form::Whole, id: Form::Whole };
    assert_eq!(unordered(&[], forms, &plan).unwrap().habits.num_rows(), 0);
    assert_eq!(by_key(&[]).unwrap().num_rows(), 0);
    assert!(Habits::new(HabitsPlan { gap_ms: -1, ..plan }).is_err());
    let mut chunk = Vec::new();
    for id in 0..1_000_000_i64 {
        pack(&mut chunk, 7_i64, id % 900_000, Moment::new(-id % 5_000, Deed::View).unwrap());
    }
    let found = unordered(&[chunk], forms, &plan).unwrap();
    assert_eq!(found.duplicates, 100_000);
    assert_eq!(read(&found.habits)["7"][..6], [900_000, 900_000, 0, 0, 0, 1]);
}

#[test]
fn moments_at_the_ends_of_time_do_not_overflow() {
    let far = i64::MAX / 8;
    let mut chunk = Vec::new();
    for (id, time_ms) in [(1, -far), (2, far), (3, 0)] {
        pack(&mut chunk, "a", id as i64, Moment::new(time_ms, Deed::Other).unwrap());
    }
    let forms = Forms { user: Form::Text, id: Form::Whole };
    let plan = HabitsPlan { as_of_ms: i64::MAX, gap_ms: i64::MAX };
    let found = unordered(&[chunk], forms, &plan).unwrap();
    assert_eq!(found.habits.column(0).len(), 1);
    assert_eq!(read(&found.habits)["a"][5..8], [1, 2 * far, 2 * far]);
}
