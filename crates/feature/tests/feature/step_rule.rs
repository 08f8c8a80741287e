//! Rules of steps: their text there and back, what is refused.

use feature::FeatureError;
use feature::analytics::calendar::{Calendar, Period};
use feature::analytics::funnel::{FunnelPlan, FunnelReport};
use feature::analytics::step_rule::StepRule;
use feature::overview::zone;

use crate::steps::RULES;

#[test]
fn a_rule_reads_back_as_it_was_written() {
    let more = [
        "custom[name=favourite]",
        "view[category=\"Home, Garden\"]",
        "view[category=\"a=b]c\",country=GB]",
        "view[campaign=双十一]",
        "custom[name=\" blank \"]",
    ];
    for text in RULES.iter().map(|(text, _)| *text).chain(more) {
        assert_eq!(StepRule::parse(text).unwrap().to_string(), text);
    }
    let spaced = StepRule::parse("  view [ country = GB , device=mobile ]  ").unwrap();
    assert_eq!(spaced.to_string(), "view[country=GB,device=mobile]");
    let list = StepRule::parse_list("view[country=GB,device=mobile], cart ,purchase").unwrap();
    let texts: Vec<_> = list.iter().map(StepRule::to_string).collect();
    assert_eq!(texts, ["view[country=GB,device=mobile]", "cart", "purchase"]);
}

#[test]
fn what_cannot_be_read_is_refused_with_advice() {
    for text in [
        "",
        "[",
        "]",
        "vieww",
        "view[",
        "view]",
        "view[country]",
        "view[colour=red]",
        "view[op=add]",
        "cart[name=x]",
        "view[country=]",
        "view[country=GB",
        "view[]",
        "view[country=\"GB]",
        "view[country=G\"B]",
        "view[country=GB],",
        "view[a=b][c=d]",
        "view[country=\"G\"B\"]",
        "双[x=y]",
        "view[country==]",
    ] {
        let Err(FeatureError::Setting { setting, found, advice }) = StepRule::parse(text) else {
            panic!("`{text}` is no rule");
        };
        assert_eq!((setting, found.as_str()), ("step", text));
        assert!(!advice.is_empty());
    }
    assert!(StepRule::parse_list("view,,cart").is_err());
    assert!(StepRule::parse_list("view,\"cart").is_err());
}

#[test]
fn custom_events_are_told_apart_by_name_and_channels_by_what_is_known() {
    let mut builder = event::schema::EventBatchBuilder::default();
    let named = [
        ("favourite", r#"{"medium":"email"}"#),
        ("spin", r#"{"name":"spring"}"#),
        ("spin", r#"{"source":"google","medium":"cpc","name":"spring"}"#),
    ];
    for (at, (name, campaign)) in named.iter().enumerate() {
        let text = format!(
            r#"{{"v":1,"id":"e{at}","type":"custom","ts":"2026-01-01T00:00:00Z","user_id":"1",
                "ctx":{{"campaign":{campaign}}},
                "data":{{"name":"{name}","props":{{"op":"add"}}}}}}"#
        );
        let received = event::TimeMs(1_800_000_000_000);
        builder.push(&event::parse(&text, event::Authority::Server, received).unwrap());
    }
    let table = builder.finish().unwrap();
    let people = |steps: &str| {
        let steps = StepRule::parse_list(steps).unwrap();
        let plan = FunnelPlan { steps, ..FunnelPlan::default() };
        let report = FunnelReport::read::<FeatureError>([Ok(table.clone())], &plan).unwrap();
        report.steps.iter().map(|step| step.people).collect::<Vec<_>>()
    };
    assert_eq!(people("custom[name=favourite],custom[name=spin]"), [1, 1]);
    assert_eq!(people("custom[name=spin],custom[name=favourite]"), [1, 0]);
    assert_eq!(people("custom[name=lost],custom"), [0, 0]);
    let channels = "custom[channel=email],custom[channel=spring],custom[channel=google / cpc]";
    assert_eq!(people(channels), [1, 1, 1]);
}

#[test]
fn periods_follow_each_other_without_a_gap_in_every_zone() {
    for name in ["Europe/London", "Australia/Lord_Howe", "America/St_Johns", "Africa/Cairo"] {
        for period in [Period::Day, Period::Week, Period::Month] {
            let zone = zone(name).unwrap();
            let mut calendar = Calendar::new(period, zone.clone());
            let mut last = None;
            // Quarters of an hour over years in which clocks changed at midnight, or just after.
            for quarter in 0..20_000_i64 {
                let ms = 1_130_000_000_000 + quarter * 900_000 + 60_000;
                let number = calendar.number(ms).unwrap();
                let fresh = Calendar::new(period, zone.clone()).number(ms);
                assert_eq!(fresh, Some(number), "{name} {period:?} {ms}: what was met matters");
                assert!(calendar.start_ms(number).unwrap() <= ms);
                assert!(calendar.start_ms(number + 1).unwrap() > ms);
                let step = number - last.unwrap_or(number);
                assert!((0..=1).contains(&step), "{name} {period:?} {ms}: {step}");
                last = Some(number);
            }
        }
    }
    let mut calendar = Calendar::new(Period::Day, zone("UTC").unwrap());
    for ms in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
        assert_eq!(calendar.number(ms), None);
        assert_eq!(calendar.start(ms), None);
    }
    let mut months = Calendar::new(Period::Month, zone("UTC").unwrap());
    let leap = months.number(1_709_164_800_000).unwrap();
    assert_eq!(months.start(leap).unwrap().to_string(), "2024-02-01");
    assert_eq!(calendar.number(0), Some(0));
    assert_eq!(calendar.number(-1), Some(-1));
}
