//! Paths against lists of words.

use std::collections::BTreeMap;

use event::Event;
use feature::FeatureError;
use feature::analytics::paths::{Path, PathNode, PathsPlan, PathsReport, Side, Transition};

use crate::random_log::{Dice, oracle};
use crate::steps::{self, Meaning, by_person, categories, items, range, scans};

const MINUTE_MS: i64 = 60_000;

fn word(event: &Event, plan: &PathsPlan) -> String {
    let kind = event.data.type_name();
    let known = |item: &&str| ["item-0", "item-1", "item-3"].contains(item);
    match items(event).into_iter().find(known) {
        Some("item-1") if plan.by_category => format!("{kind}[category=\"Home, Garden\"]"),
        Some(_) if plan.by_category => format!("{kind}[category=light]"),
        _ => kind.to_owned(),
    }
}

/// The sequences looked at, one for each session that has one.
fn sequences(log: &[Event], plan: &PathsPlan, around: Option<Meaning>) -> Vec<Vec<String>> {
    let mut sequences = Vec::new();
    for mut events in by_person(log).into_values() {
        events.retain(|e| e.time().0 >= plan.from_ms && e.time().0 < plan.to_ms);
        let mut sessions: Vec<Vec<&Event>> = Vec::new();
        for event in events {
            match sessions.last_mut() {
                Some(last) if event.time().0 - last.last().unwrap().time().0 <= plan.gap_ms => {
                    last.push(event);
                }
                _ => sessions.push(vec![event]),
            }
        }
        for mut session in sessions {
            if let Some(around) = around {
                let Some(at) = session.iter().position(|e| around(e)) else { continue };
                match plan.side {
                    Side::Before => session.truncate(at + 1),
                    _ => session = session.split_off(at),
                }
            }
            let mut words: Vec<String> = Vec::new();
            for event in session {
                let word = word(event, plan);
                if !plan.collapse || words.last() != Some(&word) {
                    words.push(word);
                }
            }
            sequences.push(words);
        }
    }
    sequences
}

/// How often each thing is there, most first, then by what it is.
fn counted<T: Ord + Clone>(things: impl IntoIterator<Item = T>) -> Vec<(T, u64)> {
    let mut counts: BTreeMap<T, u64> = BTreeMap::new();
    things.into_iter().for_each(|thing| *counts.entry(thing).or_default() += 1);
    let mut counts: Vec<(T, u64)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

fn twin(log: &[Event], plan: &PathsPlan, around: Option<Meaning>) -> PathsReport {
    let all = sequences(log, plan, around);
    let nodes = all.iter().flat_map(|words| counted(words).into_iter().map(|(word, _)| word));
    let nodes = counted(nodes.cloned());
    let path = |words: &Vec<String>| {
        let depth = plan.depth as usize;
        match plan.side {
            Side::Before => words[words.len().saturating_sub(depth)..].to_vec(),
            _ => words.iter().take(depth).cloned().collect(),
        }
    };
    // Paths of equal frequency stand in the order of their text.
    let text = |steps: &Vec<String>| format!("{steps:?}");
    let mut top: Vec<(Vec<String>, u64)> = counted(all.iter().map(path));
    top.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| text(&a.0).cmp(&text(&b.0))));
    let hops = all.iter().flat_map(|words| {
        let (start, end) = ("(start)".to_owned(), "(end)".to_owned());
        let ends: Vec<String> = [start].into_iter().chain(words.clone()).chain([end]).collect();
        ends.windows(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect::<Vec<_>>()
    });
    let hops = counted(hops);
    let leaving = |word: &String| -> u64 {
        hops.iter().filter(|((from, _), _)| from == word).map(|(_, count)| count).sum()
    };
    let transition = |((one, other), count): &((String, String), u64)| Transition {
        from: one.clone(),
        to: other.clone(),
        count: *count,
        share: *count as f64 / leaving(one) as f64,
    };
    PathsReport {
        counting: "sessions",
        sessions: all.len() as u64,
        nodes: nodes.into_iter().map(|(node, sessions)| PathNode { node, sessions }).collect(),
        top: top
            .into_iter()
            .take(plan.top as usize)
            .map(|(steps, n)| Path { steps, sessions: n, share: n as f64 / all.len() as f64 })
            .collect(),
        transitions: hops.iter().map(transition).collect(),
        around: plan.around.as_ref().map(ToString::to_string),
        side: plan.side,
    }
}

#[test]
fn paths_are_what_lists_of_words_give() {
    oracle("paths", |number, log| {
        let mut dice = Dice::new(number ^ 0x9a);
        let side = dice.pick(&[Side::Start, Side::Before, Side::After]);
        let around = (side != Side::Start).then(|| steps::rule(&mut dice));
        let (from_ms, to_ms) = range(&mut dice, log);
        let plan = PathsPlan {
            gap_ms: dice.pick(&[0, 1_000, 30 * MINUTE_MS, 30 * MINUTE_MS, 3_000 * MINUTE_MS]),
            depth: dice.pick(&[1, 2, 5, 20]),
            top: dice.pick(&[1, 3, 20]),
            around: around.as_ref().map(|(rule, _)| rule.clone()),
            side,
            collapse: dice.one_in(2),
            by_category: dice.one_in(2),
            from_ms,
            to_ms,
            categories: categories(),
        };
        let expected = twin(log, &plan, around.map(|(_, meaning)| meaning));
        for scan in scans(number, log, &plan.reads()) {
            assert_eq!(PathsReport::read::<FeatureError>(scan, &plan).unwrap(), expected);
        }
    });
}

#[test]
fn settings_out_of_range_are_refused() {
    let usual = PathsPlan::default;
    for (plan, refused) in [
        (PathsPlan { gap_ms: -1, ..usual() }, "gap"),
        (PathsPlan { depth: 0, ..usual() }, "depth"),
        (PathsPlan { depth: 21, ..usual() }, "depth"),
        (PathsPlan { top: 0, ..usual() }, "top"),
        (PathsPlan { side: Side::After, ..usual() }, "side"),
        (PathsPlan { from_ms: 1, to_ms: 0, ..usual() }, "range"),
    ] {
        let Err(FeatureError::Setting { setting, .. }) = plan.validate() else { panic!() };
        assert_eq!(setting, refused);
    }
    assert!(Side::parse("beside").is_err());
    assert_eq!(Side::parse("after").unwrap(), Side::After);
}
