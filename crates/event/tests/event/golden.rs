//! One golden JSON file per event type and per refusal code.

use std::path::PathBuf;

use event::{Authority, Data, RefusalCode, TimeMs, parse, parse_zoned};
use serde_json::Value;

pub fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/event/golden").join(name)
}

pub fn read(folder_name: &str, name: &str) -> Value {
    let path = folder(folder_name).join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    serde_json::from_str(&text).unwrap()
}

fn received() -> TimeMs {
    parse_zoned("2026-11-23T10:15:32.000+08:00").unwrap().0
}

#[test]
fn every_type_is_accepted_and_written_back_as_it_came() {
    for name in Data::TYPES {
        let golden = read("types", name);
        let event = parse(&golden.to_string(), Authority::Server, received())
            .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(event.data.type_name(), name);
        // Numbers that JSON lets one write in two ways are compared as numbers.
        assert_eq!(normal(&event.to_json()), normal(&golden), "{name}");
    }
    let files = std::fs::read_dir(folder("types")).unwrap().count();
    assert_eq!(files, Data::TYPES.len());
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Number(n) => serde_json::json!(n.as_f64().unwrap()),
        Value::Array(list) => list.iter().map(normal).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), normal(v))).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_refusal_code_has_a_golden_file_that_raises_it() {
    for code in RefusalCode::ALL {
        let golden = read("refusals", code.as_str());
        assert_eq!(golden["code"], code.as_str());
        if golden.get("raised_by").is_some() {
            continue; // raised by the store or a file adapter, whose tests read the same file
        }
        let text = match golden.get("raw").and_then(Value::as_str) {
            Some(raw) => match raw.strip_prefix("@repeat ") {
                Some(count) => "x".repeat(count.parse().unwrap()),
                None => raw.to_owned(),
            },
            None => golden["event"].to_string(),
        };
        let authority = match golden["authority"].as_str() {
            Some("browser") => Authority::Browser,
            _ => Authority::Server,
        };
        let refusal = parse(&text, authority, received()).expect_err(code.as_str());
        assert_eq!(refusal.code, *code);
        assert_eq!(Some(refusal.path.as_str()), golden["path"].as_str());
        let advice = refusal.code.advice();
        assert!(!advice.en.is_empty() && !advice.zh.is_ascii(), "{code:?} speaks both languages");
    }
    let files = std::fs::read_dir(folder("refusals")).unwrap().count();
    assert_eq!(files, RefusalCode::ALL.len());
}

#[test]
fn a_browser_may_not_speak_for_the_shop() {
    for name in ["item", "price", "stock"] {
        let text = read("types", name).to_string();
        let refusal = parse(&text, Authority::Browser, received()).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::KeyForbidden, "{name}");
    }
    let purchase = read("types", "purchase").to_string();
    let event = parse(&purchase, Authority::Browser, received()).unwrap();
    assert_eq!(event.authority, Authority::Browser);
}
