//! New versus returning against sets of people.

use std::collections::{BTreeMap, BTreeSet};

use event::{Currency, Data, Event};
use feature::FeatureError;
use feature::analytics::calendar::Period;
use feature::analytics::newcomers::{NewcomersPeriod, NewcomersPlan, NewcomersReport};
use feature::overview::zone;

use crate::random_log::{Dice, ZONES, oracle};
use crate::retention::{next_start, period_start};
use crate::steps::{self, Meaning, by_person, categories, range, scans};

fn twin(log: &[Event], plan: &NewcomersPlan, comes: Meaning) -> NewcomersReport {
    let start = |event: &Event| period_start(event.time().0, plan.period, &plan.zone);
    let mut came: BTreeMap<_, Vec<(String, bool, &Event)>> = BTreeMap::new();
    for (person, mut events) in by_person(log) {
        events.retain(|e| comes(e) && e.time().0 < plan.to_ms);
        for event in events.iter().filter(|e| e.time().0 >= plan.from_ms) {
            let is_new = start(event) == start(events[0]);
            came.entry(start(event)).or_default().push((person.clone(), is_new, event));
        }
    }
    let home = |currency: &Currency| *currency == plan.currency;
    let revenue = |event: &Event| match &event.data {
        Data::Purchase { currency, total_minor, .. } if home(currency) => *total_minor,
        _ => 0,
    };
    let mut periods = Vec::new();
    let ends = came.keys().next().copied().zip(came.keys().next_back().copied());
    let (mut day, last) = ends.unzip();
    while let Some(now) = day.filter(|now| Some(*now) <= last) {
        let here = came.get(&now).cloned().unwrap_or_default();
        let of = |new: bool| here.iter().filter(move |(_, is_new, _)| *is_new == new);
        let people = |new| of(new).map(|(who, ..)| who).collect::<BTreeSet<_>>().len() as u64;
        periods.push(NewcomersPeriod {
            start: now.to_string(),
            new: people(true),
            returning: people(false),
            new_revenue_minor: of(true).map(|(.., event)| revenue(event)).sum(),
            returning_revenue_minor: of(false).map(|(.., event)| revenue(event)).sum(),
        });
        day = Some(next_start(now, plan.period));
    }
    let other = |event: &&Event| match &event.data {
        Data::Purchase { currency, .. } => !home(currency),
        _ => false,
    };
    NewcomersReport {
        counting: "people",
        period: plan.period,
        event: plan.event.to_string(),
        currency: plan.currency.to_string(),
        other_currency: came.values().flatten().map(|c| c.2).filter(other).count() as u64,
        periods,
    }
}

#[test]
fn new_and_returning_people_are_those_of_the_sets() {
    oracle("newcomers", |number, log| {
        let mut dice = Dice::new(number ^ 0x4e);
        let purchase = steps::RULES[4];
        let (text, comes) = if dice.one_in(2) { purchase } else { dice.pick(&steps::RULES) };
        let (from_ms, to_ms) = range(&mut dice, log);
        let plan = NewcomersPlan {
            currency: Currency::new("GBP").unwrap(),
            period: dice.pick(&[Period::Day, Period::Week, Period::Month]),
            zone: zone(dice.pick(&ZONES)).unwrap(),
            event: feature::analytics::step_rule::StepRule::parse(text).unwrap(),
            from_ms,
            to_ms,
            categories: categories(),
        };
        let expected = twin(log, &plan, comes);
        for scan in scans(number, log, &plan.reads()) {
            assert_eq!(NewcomersReport::read::<FeatureError>(scan, &plan).unwrap(), expected);
        }
    });
}
