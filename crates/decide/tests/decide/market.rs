//! The audience solver against a search through every plan, its limits, and bad input.

use std::collections::BTreeMap;

use decide::market::{Answer, Candidate, Cap, Limits, Market, Person, Plan, Share, plan};
use proptest::prelude::*;

/// Slack for sums of floating-point money.
const ROUNDING: f64 = 1e-9;

fn person(n: usize) -> Person {
    Person { id: format!("p{n:02}"), consents: 1, ..Person::default() }
}

fn candidate(person: usize, offer: u32, value: f64, cost: f64) -> Candidate {
    let (person, error) = (person as u32, Some(0.5));
    Candidate { person, offer, channel: offer % 2, value, error, cost, purpose: 0 }
}

fn market(people: Vec<Person>, candidates: Vec<Candidate>) -> Market {
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect();
    Market {
        people,
        candidates,
        offers: names(&["ten off", "gift", "trial"]),
        channels: names(&["mail", "call"]),
        groups: names(&["new", "old"]),
    }
}

fn found(market: &Market, limits: &Limits) -> Plan {
    match plan(market, limits).unwrap() {
        Answer::Plan(plan) => *plan,
        Answer::Clash(clashes) => panic!("{clashes:?}"),
    }
}

/// Ten people with two offers each.
fn small() -> Market {
    let offers = |n: usize| {
        [candidate(n, 0, 2.0 + n as f64, 1.0), candidate(n, 1, 3.0 + 2.0 * n as f64, 4.0)]
    };
    market((0..10).map(person).collect(), (0..10).flat_map(offers).collect())
}

/// The most that any plan earns, by trying all of them; nothing where none keeps the limits.
fn best_of_all(
    market: &Market,
    limits: &Limits,
    person: usize,
    taken: &mut Vec<usize>,
) -> Option<f64> {
    if person == market.people.len() {
        let chosen: Vec<&Candidate> = taken.iter().map(|at| &market.candidates[*at]).collect();
        return keeps(market, limits, &chosen)
            .then(|| chosen.iter().map(|one| one.value - one.cost).sum());
    }
    let mut best = best_of_all(market, limits, person + 1, taken);
    for at in 0..market.candidates.len() {
        if market.candidates[at].person as usize == person {
            taken.push(at);
            let with = best_of_all(market, limits, person + 1, taken);
            best = [best, with].into_iter().flatten().reduce(f64::max);
            taken.pop();
        }
    }
    best
}

fn keeps(market: &Market, limits: &Limits, chosen: &[&Candidate]) -> bool {
    let spent: f64 = chosen.iter().map(|one| one.cost).sum();
    let mut keeps = limits.budget.is_none_or(|budget| spent <= budget * (1.0 + ROUNDING));
    for (name, most) in &limits.capacities {
        let of = |one: &&&Candidate| market.channels[one.channel as usize] == *name;
        keeps &= chosen.iter().filter(of).count() as u64 <= *most;
    }
    let has_row = |person: usize| market.candidates.iter().any(|one| one.person as usize == person);
    for (name, share) in &limits.shares {
        let is_of = |person: usize| {
            market.groups[market.people[person].group as usize] == *name && has_row(person)
        };
        let size = (0..market.people.len()).filter(|person| is_of(*person)).count() as f64;
        let count = chosen.iter().filter(|one| is_of(one.person as usize)).count() as f64;
        keeps &= count >= share.min * size - ROUNDING && count <= share.max * size + ROUNDING;
    }
    keeps
}

fn cases() -> impl Strategy<Value = (Market, Limits)> {
    let row = (0..3_u32, 0..40_i32, 0..12_u32);
    let someone = (0..2_u32, prop::collection::vec(row, 0..4));
    let share = prop_oneof![
        3 => Just((0.0, 1.0)),
        1 => (0..6_u32, 0..6_u32).prop_map(|(a, b)| {
            (f64::from(a.min(b)) / 5.0, f64::from(a.max(b)) / 5.0)
        }),
    ];
    let room = prop::option::of(0..6_u64);
    let limits = (prop::option::of(0..40_u32), room.clone(), room, share.clone(), share);
    (prop::collection::vec(someone, 0..6), limits).prop_map(|(people, limits)| {
        let (budget, mail, call, new, old) = limits;
        let mut everyone = Vec::new();
        let mut candidates = Vec::new();
        for (n, (group, rows)) in people.into_iter().enumerate() {
            everyone.push(Person { group, ..person(n) });
            let by_offer: BTreeMap<u32, (i32, u32)> =
                rows.into_iter().map(|(offer, value, cost)| (offer, (value, cost))).collect();
            candidates.extend(by_offer.into_iter().map(|(offer, (value, cost))| {
                candidate(n, offer, f64::from(value - 10), f64::from(cost))
            }));
        }
        let mut limits = Limits { budget: budget.map(f64::from), ..Limits::default() };
        let market = market(everyone, candidates);
        for (name, most) in [("mail", mail), ("call", call)] {
            limits.capacities.extend(most.map(|most| (name.to_owned(), most)));
        }
        for (name, (min, max)) in [("new", new), ("old", old)] {
            limits.shares.insert(name.to_owned(), Share { min, max });
        }
        (market, limits)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::CASES))]

    #[test]
    fn the_bound_is_above_the_best_and_ours_within_the_gap((market, limits) in cases()) {
        let exact = best_of_all(&market, &limits, 0, &mut Vec::new());
        match plan(&market, &limits).unwrap() {
            Answer::Plan(plan) => {
                let exact = exact.expect("a plan was found, so there is one");
                let ours = plan.worth.profit;
                prop_assert!(plan.bound >= exact - ROUNDING, "bound {} < {exact}", plan.bound);
                prop_assert!(exact >= ours - ROUNDING, "{ours} beats the best, {exact}");
                prop_assert!(exact - ours <= plan.gap() + ROUNDING);
                let chosen: Vec<&Candidate> = plan.chosen.iter()
                    .map(|one| &market.candidates[one.candidate as usize]).collect();
                prop_assert!(keeps(&market, &limits, &chosen));
                let spent: f64 = chosen.iter().map(|one| one.cost).sum();
                prop_assert!((spent - plan.spent).abs() < ROUNDING);
                let twice = plan.chosen.windows(2).any(|pair| pair[0].person == pair[1].person);
                prop_assert!(!twice);
            }
            Answer::Clash(clashes) => {
                let is_certain = clashes.iter().all(|one| one.code != "clash_together");
                prop_assert!(!is_certain || exact.is_none(), "{clashes:?}, but {exact:?}");
                prop_assert!(limits.shares.values().any(|share| share.min > 0.0));
            }
        }
    }

    #[test]
    fn the_order_of_rows_and_of_names_changes_nothing(
        (market, limits) in cases(),
        turn in 0..6_usize,
        holdout in 0..3_u32,
    ) {
        let limits = Limits { holdout: f64::from(holdout) / 4.0, ..limits };
        let mut turned = market.clone();
        turned.candidates.reverse();
        turned.channels.reverse();
        turned.groups.reverse();
        let n = turned.people.len();
        turned.people.rotate_left(turn % n.max(1));
        for one in &mut turned.candidates {
            one.person = ((one.person as usize + n - turn % n.max(1)) % n) as u32;
            one.channel = 1 - one.channel;
        }
        turned.people.iter_mut().for_each(|person| person.group = 1 - person.group);
        match (plan(&market, &limits).unwrap(), plan(&turned, &limits).unwrap()) {
            (Answer::Plan(one), Answer::Plan(other)) => {
                let told = |plan: &Plan, market: &Market| -> Vec<(String, u32)> {
                    let tell = |one: &decide::market::Chosen| {
                        let id = market.people[one.person as usize].id.clone();
                        (id, market.candidates[one.candidate as usize].offer)
                    };
                    plan.chosen.iter().map(tell).collect()
                };
                prop_assert_eq!(told(&one, &market), told(&other, &turned));
                prop_assert_eq!(one.bound.to_bits(), other.bound.to_bits());
                prop_assert_eq!(one.spent.to_bits(), other.spent.to_bits());
                prop_assert_eq!(&one.binding, &other.binding);
                prop_assert_eq!(&one.curve, &other.curve);
                prop_assert_eq!(&one.baselines, &other.baselines);
            }
            (Answer::Clash(one), Answer::Clash(other)) => prop_assert_eq!(one, other),
            (one, other) => prop_assert!(false, "{one:?} but turned {other:?}"),
        }
    }
}

#[test]
fn without_limits_everyone_gets_the_best_offer_that_pays() {
    let plan = found(&small(), &Limits::default());
    // The gift earns more from the third person on: 2n - 1 against 1 + n.
    let profit: f64 = (0..10).map(|n| (1.0 + f64::from(n)).max(2.0 * f64::from(n) - 1.0)).sum();
    assert!((plan.worth.profit - profit).abs() < ROUNDING && plan.gap() < ROUNDING);
    assert_eq!((plan.chosen.len(), plan.held_out.len(), plan.binding.len()), (10, 0, 0));
    assert_eq!(plan.curve.len(), 20);
    assert!(plan.curve.windows(2).all(|p| p[0].profit <= p[1].profit));
    let (low, high) = plan.worth.independent.unwrap();
    assert!((high - low - 2.0 * 1.959_964 * 0.5 * 10.0_f64.sqrt()).abs() < 1e-5);
    let (low, high) = plan.worth.together.unwrap();
    assert!((high - low - 2.0 * 1.959_964 * 5.0).abs() < 1e-5);
}

#[test]
fn equal_costs_and_one_budget_are_solved_exactly() {
    let one = |n: usize| candidate(n, 0, ((n * 7) % 10) as f64 + 1.5, 1.0);
    let market = market((0..10).map(person).collect(), (0..10).map(one).collect());
    let plan = found(&market, &Limits { budget: Some(4.9), ..Limits::default() });
    assert!((plan.worth.profit - (9.5 + 8.5 + 7.5 + 6.5)).abs() < ROUNDING);
    assert!(plan.gap() < 1e-6, "{}", plan.gap());
    assert_eq!(plan.binding[0].code, "budget");
    assert_eq!(plan.binding[0].count, 6);
}

#[test]
fn a_budget_of_zero_buys_what_is_free_and_says_so() {
    let mut market = small();
    let limits = Limits { budget: Some(0.0), ..Limits::default() };
    let nothing = found(&market, &limits);
    assert_eq!((nothing.chosen.len(), nothing.worth.profit), (0, 0.0));
    assert_eq!(nothing.binding[0].code, "budget");
    assert!(nothing.binding[0].text.zh.contains("预算"));
    market.candidates[0].cost = 0.0;
    assert_eq!(found(&market, &limits).chosen.len(), 1);
}

#[test]
fn consent_suppression_and_caps_keep_people_out_and_are_counted() {
    let codes = |market: &Market, limits: &Limits| -> Vec<(&str, usize)> {
        let plan = found(market, limits);
        assert!(plan.chosen.is_empty() && plan.curve.is_empty());
        plan.binding.iter().map(|one| (one.code, one.count)).collect()
    };
    let mut market = small();
    market.people.iter_mut().for_each(|person| person.consents = 0b10);
    assert_eq!(codes(&market, &Limits::default()), [("no_consent", 10)]);
    market.candidates.iter_mut().for_each(|one| one.purpose = 1);
    assert_eq!(found(&market, &Limits::default()).chosen.len(), 10);
    market.people.iter_mut().for_each(|person| person.contacts = vec![2]);
    let cap = Cap { window: "30 days".to_owned(), contacts_max: 2 };
    let limits = Limits { caps: vec![cap], ..Limits::default() };
    assert_eq!(codes(&market, &limits), [("frequency_cap", 10)]);
    market.people.iter_mut().for_each(|person| person.is_suppressed = true);
    assert_eq!(codes(&market, &limits), [("suppressed", 10)]);
    market.people[3].is_suppressed = false;
    market.people[3].contacts = vec![1];
    assert_eq!(found(&market, &limits).chosen[0].person, 3);
}

#[test]
fn nobody_worth_it_and_nobody_at_all() {
    let mut market = small();
    market.candidates.iter_mut().for_each(|one| one.value = one.cost - 0.1);
    let plan = found(&market, &Limits::default());
    assert_eq!((plan.chosen.len(), plan.binding[0].code), (0, "not_worth_it"));
    assert_eq!(plan.bound, 0.0);
    let plan = found(&Market::default(), &Limits { budget: Some(5.0), ..Limits::default() });
    assert!(plan.chosen.is_empty() && plan.binding.is_empty());
}

#[test]
fn the_holdout_does_not_depend_on_who_else_is_there() {
    let market = small();
    let limits = Limits { holdout: 0.4, seed: 3, ..Limits::default() };
    let ids = |market: &Market, plan: &Plan| -> Vec<String> {
        let id = |one: &decide::market::HeldOut| market.people[one.person as usize].id.clone();
        plan.held_out.iter().map(id).collect()
    };
    let all = found(&market, &limits);
    assert_eq!(all.held_out.len() + all.chosen.len(), 10);
    assert!(all.held_out.iter().all(|one| one.would_be.is_some()) && !all.held_out.is_empty());
    let mut fewer = market.clone();
    fewer.candidates.retain(|one| one.person != 0);
    let fewer_plan = found(&fewer, &limits);
    let but_first: Vec<String> = ids(&market, &all).into_iter().filter(|id| id != "p00").collect();
    assert_eq!(ids(&fewer, &fewer_plan), but_first);
}

#[test]
fn shares_bind_and_clashes_are_named() {
    let mut market = small();
    (0..5).for_each(|n| market.people[n].group = 1);
    let share = |name: &str, min, max| (name.to_owned(), Share { min, max });
    let shares: BTreeMap<_, _> = [share("old", 0.6, 1.0), share("new", 0.0, 0.4)].into();
    let limits = Limits { budget: Some(8.0), shares: shares.clone(), ..Limits::default() };
    let fair = found(&market, &limits);
    let old = fair.chosen.iter().filter(|one| one.person < 5).count();
    assert!(old >= 3 && fair.chosen.len() - old <= 2 && fair.spent <= 8.0, "{fair:?}");
    let clash = |limits: Limits| match plan(&market, &limits).unwrap() {
        Answer::Clash(clashes) => clashes,
        Answer::Plan(plan) => panic!("{plan:?}"),
    };
    let found = clash(Limits { budget: Some(2.0), shares: shares.clone(), ..Limits::default() });
    assert_eq!(found[0].code, "clash_budget_group_min");
    assert!(found[0].text.en.contains("3 people, who cost at least 3.00"), "{found:?}");
    let capacities: BTreeMap<_, _> = [("mail".to_owned(), 1), ("call".to_owned(), 1)].into();
    let found = clash(Limits { capacities, shares, ..Limits::default() });
    assert_eq!(found[0].code, "clash_capacity_group_min");
    let named = ["old", "mail", "call"].iter().all(|name| found[0].text.zh.contains(name));
    assert!(named, "{found:?}");
    let shares = [share("old", 0.8, 0.5)].into();
    assert_eq!(clash(Limits { shares, ..Limits::default() })[0].code, "clash_group_bounds");
}

#[test]
fn bad_figures_are_refused_with_the_person_named() {
    let refused = |change: &dyn Fn(&mut Market, &mut Limits)| {
        let (mut market, mut limits) = (small(), Limits::default());
        change(&mut market, &mut limits);
        plan(&market, &limits).unwrap_err().to_string()
    };
    let error = refused(&|market, _| market.candidates[6].cost = -1.0);
    assert!(error.contains("`p03` has the cost -1"), "{error}");
    for value in [f64::NAN, f64::INFINITY] {
        assert!(refused(&|market, _| market.candidates[2].value = value).contains("`p01`"));
        assert!(refused(&|market, _| market.candidates[2].cost = value).contains("`p01`"));
        assert!(refused(&|_, limits| limits.budget = Some(value)).contains("budget"));
    }
    refused(&|market, _| market.candidates[2].error = Some(f32::NAN));
    refused(&|market, _| market.candidates[2].person = 99);
    refused(&|market, _| market.candidates[2].purpose = 64);
    refused(&|market, _| market.people[2].group = 9);
    refused(&|_, limits| limits.budget = Some(-1.0));
    refused(&|_, limits| limits.holdout = 1.0);
    assert!(
        refused(&|_, limits| _ = limits.capacities.insert("fax".to_owned(), 1)).contains("fax")
    );
    let twice = refused(&|market, _| market.candidates.push(market.candidates[0]));
    assert!(twice.contains("`ten off` twice"), "{twice}");
    assert!(refused(&|market, _| market.people[1].id = "p00".to_owned()).contains("`p00`"));
}

#[test]
fn it_beats_the_baselines_on_many_people() {
    let mut state = 5_u64;
    let mut unit = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut candidates = Vec::new();
    for n in 0..3_000 {
        for offer in 0..3 {
            candidates.push(candidate(n, offer, 8.0 * unit() - 2.0, 0.2 + 2.0 * unit()));
        }
    }
    let market = market((0..3_000).map(person).collect(), candidates);
    let capacities = [("call".to_owned(), 300)].into();
    let limits = Limits { budget: Some(500.0), capacities, ..Limits::default() };
    let plan = found(&market, &limits);
    assert!(plan.gap() <= 0.002 * plan.worth.profit, "{} of {:?}", plan.gap(), plan.worth);
    let within = plan.baselines.iter().filter(|one| one.is_within_limits);
    assert!(within.clone().count() >= 2);
    assert!(within.into_iter().all(|one| one.profit <= plan.worth.profit), "{plan:?}");
}
