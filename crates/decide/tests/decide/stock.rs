//! The purchase plan over small shops: what it orders, what it refuses, what it cannot know.

use std::collections::BTreeMap;

use decide::Advice;
use decide::advice::Amount;
use decide::record::Outcome;
use decide::stock::plan_advice::{Case, advise};
use decide::stock::plan_request::{Entered, StockRequest};
use event::schema::EventBatchBuilder;
use event::{Authority, Currency, Event, SiteId, TimeMs};
use feature::FeatureError;
use feature::behaviour::Calendar;
use feature::demand::{Demand, DemandPlan};
use serde_json::{Value, json};

/// 2024-01-01, a Monday.
const START_MS: i64 = 1_704_067_200_000;
const WEEK_MS: i64 = 7 * 86_400_000;

fn event(number: usize, week: usize, kind: &str, user: Option<&str>, data: &Value) -> Event {
    let time = TimeMs(START_MS + week as i64 * WEEK_MS + 3_600_000);
    let mut text = json!({"v": 1, "id": format!("e{number:06}"), "type": kind,
                          "ts": time.to_rfc3339(0), "data": data});
    if let Some(user) = user {
        text["user_id"] = user.into();
    }
    event::parse(&text.to_string(), Authority::Server, TimeMs(time.0 + 1_000)).unwrap()
}

/// A shop of items at 10.00, with the units that `sold` says for each item and week.
fn shop(items: usize, weeks: usize, sold: impl Fn(usize, usize) -> u32, more: &[Event]) -> Demand {
    let mut events = more.to_vec();
    for week in 0..=weeks {
        for item in 0..items {
            // One sale in the week after the last, which is not over.
            let qty = if week == weeks { u32::from(item == 0) } else { sold(item, week) };
            if qty > 0 {
                let number = week * items + item;
                let line = json!({"item_id": format!("i{item:02}"), "qty": qty,
                                  "unit_price_minor": 1_000});
                let data = json!({"order_id": format!("o{number}"), "currency": "GBP",
                                  "total_minor": qty * 1_000, "lines": [line]});
                events.push(event(number, week, "purchase", Some("u"), &data));
            }
        }
    }
    let mut builder = EventBatchBuilder::default();
    events.sort_by_key(|e| (e.user_key(), e.time(), e.seq, e.id.clone()));
    events.iter().for_each(|event| builder.push(event));
    let plan = DemandPlan {
        zone: feature::overview::zone("UTC").unwrap(),
        currency: Currency::new("GBP").unwrap(),
        received_before_ms: i64::MAX,
    };
    Demand::read::<FeatureError>([Ok(builder.finish().unwrap())], &plan).unwrap()
}

/// Between one and five times the item's number, without a pattern.
fn lively(item: usize, week: usize) -> u32 {
    let mixed = (week * 7_919 + item * 104_729 + week * week * 31) % 5;
    ((item + 1) * (mixed + 1)) as u32
}

fn made(demand: &Demand, request: &StockRequest) -> Result<Advice, decide::DecideError> {
    let case = Case {
        decision_id: "d-1",
        made_at: "2026-03-01T10:00:00.000+00:00",
        site: SiteId::new("shop").unwrap(),
        currency: Currency::new("GBP").unwrap(),
        calendar: Calendar::Western,
        demand,
        request,
        inputs: Vec::new(),
        version: "1",
    };
    advise(&case, &mut |_, _| ())
}

fn has(advice: &Advice, code: &str) -> bool {
    advice.findings.iter().any(|finding| finding.code == code)
}

fn count(advice: &Advice, subject: &str, code: &str) -> i64 {
    let action = advice.actions.iter().find(|action| action.subject == subject).unwrap();
    let figure = action.figures.iter().find(|figure| figure.code == code).unwrap();
    match figure.amount {
        Amount::Count(n) | Amount::Minor(n) | Amount::Ppm(n) | Amount::Milli(n) => n,
        Amount::Day(_) => panic!("{code} is a day"),
    }
}

fn whole_cost(advice: &Advice) -> i64 {
    advice.actions.iter().map(|action| count(advice, &action.subject, "order_cost")).sum()
}

#[test]
fn stock_never_recorded_is_said_and_the_whole_level_is_ordered() {
    let demand = shop(6, 70, lively, &[]);
    let advice = made(&demand, &StockRequest::default()).unwrap();
    assert!(has(&advice, "stock_never_recorded") && has(&advice, "cost_assumed"));
    assert_eq!(advice.actions.len(), 6);
    for action in &advice.actions {
        let of = |code| count(&advice, &action.subject, code);
        assert_eq!((of("on_hand"), of("order_units")), (0, of("order_up_to")));
        // Three weeks at three times the item's number a week, and something for surprises.
        let usual = 9 * (action.subject[1..].parse::<i64>().unwrap() + 1);
        assert!((usual..=2 * usual + 20).contains(&of("order_up_to")), "{action:?}");
        assert!(of("stock_out_risk_after") < of("stock_out_risk"));
    }
    // Made again it is the same, byte for byte.
    let again = made(&demand, &StockRequest::default()).unwrap();
    assert_eq!(serde_json::to_string(&advice).unwrap(), serde_json::to_string(&again).unwrap());
}

#[test]
fn entered_and_recorded_stock_is_taken_off_and_packs_are_whole() {
    let stock = json!({"item_id": "i01", "level": 25});
    let demand = shop(4, 70, lively, &[event(900_001, 69, "stock", None, &stock)]);
    let empty = made(&shop(4, 70, lively, &[]), &StockRequest::default()).unwrap();
    let entered = Entered { on_hand: Some(20), on_order: 5, ..Entered::default() };
    let entered = BTreeMap::from([("i03".to_owned(), entered), ("no".to_owned(), entered)]);
    let request = StockRequest { entered, ..StockRequest::default() };
    let advice = made(&demand, &request).unwrap();
    let of = |item: &str| count(&advice, item, "order_units");
    assert_eq!(of("i01"), count(&empty, "i01", "order_units") - 25);
    assert_eq!(of("i03"), count(&empty, "i03", "order_units") - 25);
    assert!(has(&advice, "stock_partly_recorded") && has(&advice, "entered_unknown"));
    let packs = made(&demand, &StockRequest { pack: 12, ..request }).unwrap();
    for action in &packs.actions {
        let ordered = count(&packs, &action.subject, "order_units");
        assert_eq!(ordered % 12, 0);
        assert!(ordered >= of(&action.subject) && ordered < of(&action.subject) + 12);
    }
}

#[test]
fn a_budget_is_kept_and_buys_the_most_urgent() {
    let demand = shop(8, 70, lively, &[]);
    let free = made(&demand, &StockRequest::default()).unwrap();
    let budget = whole_cost(&free) / 3;
    let budget_minor = Some(budget);
    let tight = made(&demand, &StockRequest { budget_minor, ..StockRequest::default() }).unwrap();
    assert!(whole_cost(&tight) <= budget && whole_cost(&tight) > budget * 9 / 10);
    let gain = |advice: &Advice| {
        let worth = |action: &decide::advice::Action| action.expected_value.as_ref().unwrap().minor;
        advice.actions.iter().map(worth).sum::<i64>()
    };
    // A third of the money buys more than a third of the gain.
    assert!(3 * gain(&tight) > gain(&free) && gain(&tight) < gain(&free));
    assert_eq!(tight.binding[0].code, "budget");
    let none = StockRequest { budget_minor: Some(0), ..StockRequest::default() };
    let none = made(&demand, &none).unwrap();
    assert!(none.actions.is_empty());
    assert_eq!(none.binding[0].code, "budget");
}

#[test]
fn a_budget_below_every_least_order_is_a_clash() {
    let demand = shop(3, 70, lively, &[]);
    let request = StockRequest { budget_minor: Some(500), least: 40, ..StockRequest::default() };
    let advice = made(&demand, &request).unwrap();
    assert!(advice.actions.is_empty());
    let clash = &advice.binding[0];
    assert_eq!(clash.code, "clash_budget_least_order");
    // 40 units at 6.00.
    assert!(clash.text.en.contains("GBP 240.00"), "{}", clash.text.en);
    assert!(clash.text.zh.contains("冲突"));
}

#[test]
fn too_little_history_is_an_answer() {
    let enough = |weeks, request: &StockRequest| {
        let advice = made(&shop(3, weeks, lively, &[]), request).unwrap();
        if advice.outcome == Outcome::NotEnoughData {
            assert!(advice.actions.is_empty() && advice.expected_value.is_none());
            assert!(!advice.note.unwrap().zh.is_empty());
            return false;
        }
        true
    };
    assert!(!enough(6, &StockRequest::default()));
    assert!(enough(20, &StockRequest::default()));
    let slow = StockRequest { lead_weeks: 30, ..StockRequest::default() };
    assert!(!enough(20, &slow));
    assert!(enough(60, &slow));
    let nothing = Demand::default();
    let advice = made(&nothing, &StockRequest::default()).unwrap();
    assert_eq!(advice.outcome, Outcome::NotEnoughData);
}

#[test]
fn a_request_out_of_range_is_refused_in_both_languages() {
    let demand = shop(2, 30, lively, &[]);
    let usual = StockRequest::default();
    for (request, word) in [
        (StockRequest { pack: 0, ..usual.clone() }, "pack"),
        (StockRequest { review_weeks: 0, ..usual.clone() }, "review_weeks"),
        (StockRequest { service_ppm: Some(1_000_000), ..usual.clone() }, "service_ppm"),
        (StockRequest { margin_ppm: 1_000_000, ..usual.clone() }, "margin_ppm"),
        (StockRequest { budget_minor: Some(-1), ..usual.clone() }, "budget_minor"),
        (
            StockRequest {
                entered: BTreeMap::from([(
                    "i00".to_owned(),
                    Entered { on_hand: Some(-3), ..Entered::default() },
                )]),
                ..usual
            },
            "on_hand",
        ),
    ] {
        let Err(decide::DecideError::Refused(text)) = made(&demand, &request) else {
            panic!("{word} was taken");
        };
        assert!(text.en.contains(word) && text.zh.contains("须在"), "{text:?}");
    }
    assert!(serde_json::from_value::<StockRequest>(json!({"lead": 3})).is_err());
}

#[test]
fn costs_above_prices_dead_and_overfull_shelves_are_told() {
    let item = json!({"item_id": "i00", "cost_minor": 1_200, "currency": "GBP"});
    let fading =
        |item: usize, week: usize| if item == 2 && week > 30 { 0 } else { lively(item, week) };
    let stock = |id: &str, level: u32| json!({"item_id": id, "level": level});
    let more = [
        event(900_001, 0, "item", None, &item),
        event(900_002, 69, "stock", None, &stock("i01", 5_000)),
        event(900_003, 69, "stock", None, &stock("i02", 40)),
        event(900_004, 69, "stock", None, &stock("i03", 1)),
    ];
    let advice = made(&shop(4, 70, fading, &more), &StockRequest::default()).unwrap();
    assert!(advice.binding.iter().any(|one| one.code == "no_margin" && one.count == 1));
    for code in ["overstock", "dead_stock", "stock_out_risk"] {
        assert!(has(&advice, code), "{code}: {:?}", advice.findings);
    }
    let ordered: Vec<&str> = advice.actions.iter().map(|a| a.subject.as_str()).collect();
    assert!(!ordered.contains(&"i00") && !ordered.contains(&"i01"), "{ordered:?}");
    assert!(ordered.contains(&"i03"));
}

#[test]
fn a_plan_that_sees_a_season_of_the_shop_beats_last_years_weeks() {
    // Twice as many each year, and a high season in the last ten weeks of it.
    let sold = |item: usize, week: usize| {
        let season = if week % 52 >= 42 { 3 } else { 1 };
        lively(item, week) * season * if week >= 52 { 2 } else { 1 }
    };
    let advice = made(&shop(12, 103, sold, &[]), &StockRequest::default()).unwrap();
    assert_eq!(advice.outcome, Outcome::Model);
    let saved = advice.expected_value.as_ref().unwrap();
    assert!(saved.low_minor > 0 && saved.low_minor <= saved.minor, "{saved:?}");
    assert!(saved.minor <= saved.high_minor);
    assert_eq!(advice.baseline.expected_value.as_ref().unwrap().minor, 0);
    let codes: Vec<&str> = advice.plots.iter().map(|plot| plot.code).collect();
    assert_eq!((codes[0], codes[1], codes.len()), ("value_curve", "forecast", 6));
    for plot in &advice.plots {
        for line in &plot.lines {
            assert!(line.points.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{plot:?}");
        }
    }
}
