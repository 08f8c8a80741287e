//! Sessions against a twin that walks a person's events one by one.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use event::Event;
use feature::FeatureError;
use feature::arrange::arrange;
use feature::kernel;
use feature::session::{GAP_MS, SessionRule, Sessions, spans};

use crate::random_log::{batch, disturbed, oracle, pieces};

/// A session as both sides tell it.
#[derive(Debug, Default, PartialEq)]
struct Told {
    who: String,
    counts: [i64; 9],
    campaign: [Option<String>; 3],
}

fn campaign(event: &Event) -> Option<[Option<String>; 3]> {
    let campaign = event.ctx.campaign.as_ref()?;
    Some([campaign.source.clone(), campaign.medium.clone(), campaign.name.clone()])
}

/// Cuts where the definition says, event after event.
fn told(log: &[Event], gap_ms: i64, by_campaign: bool) -> Vec<Told> {
    let mut sessions: Vec<Vec<&Event>> = Vec::new();
    for event in log.iter().filter(|event| !event.user_key().as_str().is_empty()) {
        let goes_on = sessions.last().is_some_and(|session| {
            let last = session[session.len() - 1];
            let came_by = campaign(session[0]);
            let same = campaign(event).is_none() || campaign(event) == came_by;
            last.user_key() == event.user_key()
                && event.time().0 - last.time().0 <= gap_ms
                && (!by_campaign || same)
        });
        if goes_on {
            sessions.last_mut().unwrap().push(event);
        } else {
            sessions.push(vec![event]);
        }
    }
    let mut numbers = std::collections::BTreeMap::new();
    sessions.iter().map(|session| one(session, &mut numbers)).collect()
}

fn one(session: &[&Event], numbers: &mut std::collections::BTreeMap<String, i64>) -> Told {
    let who = session[0].user_key().as_str().to_owned();
    let number = numbers.entry(who.clone()).or_insert(0);
    *number += 1;
    let count = |name| session.iter().filter(|e| e.data.type_name() == name).count() as i64;
    let mut items = BTreeSet::new();
    for event in session {
        items.extend(event.data.item_id().map(|id| id.as_str().to_owned()));
        let goods = event.data.lines().iter().filter(|line| line.kind.is_product());
        items.extend(goods.map(|line| line.item_id.as_str().to_owned()));
    }
    let (start, end) = (session[0].time().0, session[session.len() - 1].time().0);
    Told {
        who,
        counts: [
            *number,
            start,
            end,
            session.len() as i64,
            count("view"),
            count("cart"),
            count("purchase"),
            items.len() as i64,
            end - start,
        ],
        campaign: session.iter().find_map(|event| campaign(event)).unwrap_or_default(),
    }
}

/// What the kernel says.
fn read(answer: &RecordBatch) -> Vec<Told> {
    let text = |name: &str, row: usize| {
        answer.column_by_name(name).unwrap().as_string::<i32>().iter().nth(row).unwrap()
    };
    let names = [
        "session",
        "start",
        "end",
        "events",
        "views",
        "carts",
        "purchases",
        "items",
        "duration_ms",
    ];
    let number = |name: &str, row: usize| {
        let column = answer.column_by_name(name).unwrap();
        match column.as_primitive_opt::<Int64Type>() {
            Some(whole) => whole.value(row),
            None => column.as_primitive::<TimestampMillisecondType>().value(row),
        }
    };
    let session = |row| Told {
        who: text("user_key", row).unwrap().to_owned(),
        counts: names.map(|name| number(name, row)),
        campaign: ["source", "medium", "campaign"].map(|name| text(name, row).map(str::to_owned)),
    };
    (0..answer.num_rows()).map(session).collect()
}

#[test]
fn sessions_are_those_of_the_definition_in_any_order_of_arrival() {
    oracle("sessions", |number, log| {
        let ordered = arrange(&disturbed(number, log)).unwrap();
        for (gap_ms, by_campaign) in [(GAP_MS, false), (GAP_MS, true), (0, false)] {
            let rule = SessionRule { gap_ms, ends_at_campaign_change: by_campaign };
            let kernel = Sessions::new(rule).unwrap();
            let mut found = Vec::new();
            kernel::map(pieces(number, &ordered), &kernel, |answer| {
                found.extend(read(&answer));
                Ok::<_, FeatureError>(())
            })
            .unwrap();
            assert_eq!(found, told(log, gap_ms, by_campaign));
        }
    });
}

#[test]
fn half_an_hour_is_still_one_session_and_a_millisecond_more_is_two() {
    let rule = SessionRule::default();
    assert_eq!(spans::<()>(&[0, GAP_MS, 2 * GAP_MS], &[], &rule).first(), Some(&(0..3)));
    assert_eq!(spans::<()>(&[0, GAP_MS + 1, GAP_MS + 1], &[], &rule), [0..1, 1..3]);
    assert_eq!(spans::<()>(&[], &[], &rule), []);
    // Ten years, and times that a difference cannot hold.
    assert_eq!(spans::<()>(&[0, 315_360_000_000], &[], &rule).len(), 2);
    assert_eq!(spans::<()>(&[i64::MIN, i64::MAX], &[], &rule).len(), 2);
    let by_campaign = SessionRule { ends_at_campaign_change: true, ..rule };
    let campaigns = [None, Some("a"), None, Some("a"), Some("b")];
    assert_eq!(spans(&[0, 1, 2, 3, 4], &campaigns, &by_campaign), [0..1, 1..4, 4..5]);
    assert!(Sessions::new(SessionRule { gap_ms: -1, ..by_campaign }).is_err());
}

#[test]
fn a_table_without_its_columns_is_refused() {
    let whole = batch(&[]);
    let short = whole.project(&[0, 1, 2, 3]).unwrap();
    assert!(kernel::Kernel::run(&Sessions::default(), &short).is_err());
}
