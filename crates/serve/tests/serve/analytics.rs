//! Questions about behaviour over HTTP: figures by hand, the document's examples, refusals.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::house::{House, purchase, view};

fn seen(id: &str, user: &str, item: &str, ts: &str, country: &str) -> Value {
    let mut event = view(id, user, item);
    event["ts"] = ts.into();
    event["ctx"] = json!({"place": {"country": country}});
    event
}

/// Three people: alice looks and buys twice, bob looks and buys once, carol looks.
fn small_shop() -> House {
    let house = House::open();
    let events = json!([
        seen("v1", "alice", "mug", "2026-03-02T10:00:00Z", "GB"),
        purchase("o1", "alice", "mug", 3, "2026-03-02T10:05:00Z"),
        seen("v2", "bob", "mug", "2026-03-03T10:00:00Z", "FR"),
        purchase("o2", "bob", "plate", 1, "2026-03-04T10:00:00Z"),
        seen("v3", "carol", "plate", "2026-03-05T10:00:00Z", "GB"),
        purchase("o3", "alice", "plate", 2, "2026-03-16T10:00:00Z"),
        two_products(),
    ]);
    let answer = house.post(&house.secret, &[], events.to_string().as_bytes());
    assert_eq!(answer.json()["accepted"], 7, "{answer:?}");
    house
}

/// An order of a mug and a plate.
fn two_products() -> Value {
    let mut order = purchase("o4", "alice", "mug", 1, "2026-03-17T10:00:00Z");
    order["data"]["total_minor"] = 1000.into();
    order["data"]["lines"] = json!([
        {"item_id": "mug", "qty": 1, "unit_price_minor": 500},
        {"item_id": "plate", "qty": 1, "unit_price_minor": 500}
    ]);
    order
}

/// Questions that have an answer in any shop.
const QUESTIONS: [&str; 9] = [
    "funnel?steps=view,purchase&by=country",
    "retention",
    "paths",
    "newcomers",
    "rfm",
    "attribution",
    "baskets?min_support=1",
    "segments?where=orders_all=1",
    "fields",
];

#[test]
fn a_funnel_counts_people_within_its_window() {
    let house = small_shop();
    let people = |query: &str| -> Vec<u64> {
        let answer = house.get(&format!("/v1/analytics/funnel?steps=view,purchase{query}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        let steps = answer.json()["steps"].as_array().unwrap().clone();
        steps.iter().map(|step| step["people"].as_u64().unwrap()).collect()
    };
    assert_eq!(people(""), [3, 2]);
    assert_eq!(people("&window=1h"), [3, 1]);
    assert_eq!(people("&from=2026-03-03&to=2026-03-05"), [1, 1]);
    let by = house.get("/v1/analytics/funnel?steps=view,purchase&by=country").json();
    let segments = by["segments"].as_array().unwrap();
    let named: BTreeSet<&str> = segments.iter().map(|s| s["segment"].as_str().unwrap()).collect();
    assert_eq!(named, BTreeSet::from(["GB", "FR"]));
    let bracketed = "steps=view%5Bcountry=GB,item=mug%5D,purchase";
    let bracketed = house.get(&format!("/v1/analytics/funnel?{bracketed}")).json();
    assert_eq!(bracketed["steps"][0]["label"], "view[country=GB,item=mug]");
    assert_eq!(bracketed["steps"][0]["people"], 1);
}

#[test]
fn retention_newcomers_and_the_grid_agree_on_who_buys() {
    let house = small_shop();
    let retention = house.get("/v1/analytics/retention").json();
    assert_eq!(retention["cohorts"][0]["start"], "2026-03-02");
    assert_eq!(retention["cohorts"][0]["people"], 2);
    assert_eq!(retention["cohorts"][0]["returned"], json!([2, 0, 1]));
    let newcomers = house.get("/v1/analytics/newcomers").json();
    let counts = |period: &Value| (period["new"].clone(), period["returning"].clone());
    assert_eq!(counts(&newcomers["periods"][0]), (json!(2), json!(0)));
    assert_eq!(counts(&newcomers["periods"][2]), (json!(0), json!(1)));
    let rfm = house.get("/v1/analytics/rfm").json();
    assert_eq!((&rfm["people"], &rfm["orders"]), (&json!(2), &json!(4)));
    assert_eq!(rfm["cells"].as_array().unwrap().len(), 25);
    let attribution = house.get("/v1/analytics/attribution").json();
    assert_eq!(attribution["orders"], 4);
    let baskets = house.get("/v1/analytics/baskets?min_support=1&top=1").json();
    assert_eq!((&baskets["orders"], &baskets["rules_cut"]), (&json!(4), &json!(true)));
    assert_eq!(baskets["rules"].as_array().unwrap().len(), 1);
    assert_eq!(baskets["itemsets"].as_array().unwrap().len(), 1);
}

#[test]
fn a_segment_is_whom_its_rule_picks_out() {
    let house = small_shop();
    let fields = house.get("/v1/analytics/fields").json();
    let named = |name: &str| fields.as_array().unwrap().iter().find(|f| f["name"] == name);
    assert!(named("orders_all").unwrap()["definition"]["zh"].is_string(), "{fields}");
    let two = house.get("/v1/analytics/segments?where=orders_all%20%3E=%202").json();
    assert_eq!((&two["people"], &two["total"]), (&json!(1), &json!(3)));
    assert_eq!(two["sample"], json!(["u:alice"]));
    let early = house.get("/v1/analytics/segments?where=orders_all%20%3E=%202&as_of=2026-03-10");
    assert_eq!(early.json()["people"], 0);
}

#[test]
fn answers_have_the_shape_of_the_documents_examples() {
    let house = small_shop();
    let document = house.send("GET", "/openapi.json", &[], b"").json();
    for question in QUESTIONS {
        let path = format!("/v1/analytics/{}", question.split('?').next().unwrap());
        let answer = house.get(&format!("/v1/analytics/{question}"));
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let ok = &document["paths"][&path]["get"]["responses"]["200"];
        let example = &ok["content"]["application/json"]["example"];
        assert!(!example.is_null(), "{path} has an example: {ok}");
        same_shape(&path, example, &answer.json());
    }
}

/// Fails unless both have the same names, down to the first element of lists.
fn same_shape(at: &str, example: &Value, found: &Value) {
    match (example, found) {
        (Value::Object(example), Value::Object(found)) => {
            let names = |object: &serde_json::Map<String, Value>| -> BTreeSet<String> {
                object.keys().cloned().collect()
            };
            assert_eq!(names(example), names(found), "{at}");
            for (name, value) in example {
                same_shape(&format!("{at}.{name}"), value, &found[name]);
            }
        }
        (Value::Array(example), Value::Array(found)) => {
            if let (Some(example), Some(found)) = (example.first(), found.first()) {
                same_shape(&format!("{at}[]"), example, found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (example, found) => {
            let kinds = [example, found].map(std::mem::discriminant);
            assert_eq!(kinds[0], kinds[1], "{at}: {example} and {found}");
        }
    }
}

#[test]
fn what_cannot_be_used_is_refused_by_its_name() {
    let house = House::open();
    for (question, parameter) in [
        ("funnel?steps=view", "steps"),
        ("funnel?steps=view,nonsense", "steps"),
        ("funnel?steps=view%5B", "steps"),
        ("funnel?window=7", "window"),
        ("funnel?window=-7d", "window"),
        ("funnel?by=shoe", "by"),
        ("funnel?by=device&by=country", "by"),
        ("funnel?from=yesterday", "from"),
        ("funnel?from=2026-03-02&to=2026-03-01", "to"),
        ("funnel?nonsense=1", "nonsense"),
        ("retention?period=year", "period"),
        ("retention?periods=0", "periods"),
        ("retention?first=x", "first"),
        ("retention?again=x", "again"),
        ("paths?depth=0", "depth"),
        ("paths?depth=21", "depth"),
        ("paths?top=1e9", "top"),
        ("paths?gap=soon", "gap"),
        ("paths?side=before", "side"),
        ("paths?around=x", "around"),
        ("paths?keep_repeats=yes", "keep_repeats"),
        ("newcomers?event=x", "event"),
        ("rfm?as_of=2026", "as_of"),
        ("attribution?half_life=0s", "half_life"),
        ("attribution?channels=0", "channels"),
        ("baskets?min_support=0", "min_support"),
        ("baskets?min_support=200%25", "min_support"),
        ("baskets?min_confidence=NaN", "min_confidence"),
        ("baskets?max_len=6", "max_len"),
        ("segments", "where"),
        ("segments?where=orders_all%20%3E=", "where"),
        ("segments?where=ordrs_all%20%3E=%201", "where"),
        ("segments?where=orders_all=1&from=2026-01-01", "from"),
        ("fields?a=b", "a"),
    ] {
        let answer = house.get(&format!("/v1/analytics/{question}"));
        assert_eq!((answer.status, answer.code().as_str()), (400, "query_invalid"), "{question}");
        assert_eq!(answer.json()["error"]["path"], parameter, "{question}");
    }
}

#[test]
fn a_refused_rule_says_what_was_perhaps_meant() {
    let answer = House::open().get("/v1/analytics/segments?where=ordrs_all%20%3E=%201");
    let advice = answer.json()["error"]["message"]["en"].to_string();
    assert!(advice.contains("no feature is called `ordrs_all`"), "{advice}");
    assert!(advice.contains("orders_all"), "{advice}");
}

#[test]
fn an_answer_is_kept_until_an_event_arrives_and_stays_in_its_shop() {
    let house = small_shop();
    let ask = |key: &str| house.get_with("/v1/analytics/funnel?steps=view,purchase", key).json();
    let first = ask(&house.read);
    assert_eq!(ask(&house.read), first);
    assert_eq!(ask(&house.neighbour_read)["steps"][0]["people"], 0);
    let late = seen("v9", "dora", "mug", "2026-03-20T10:00:00Z", "GB");
    assert_eq!(house.ingest(&[late]).json()["accepted"], 1);
    assert_eq!(ask(&house.read)["steps"][0]["people"], 4);
    assert_eq!(ask(&house.neighbour_read)["steps"][0]["people"], 0);
}

#[test]
fn an_empty_shop_answers_every_question() {
    let house = House::open();
    for question in QUESTIONS {
        let answer = house.get(&format!("/v1/analytics/{question}"));
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        let text = String::from_utf8(answer.body).unwrap();
        assert!(!text.contains("NaN") && !text.contains("inf,"), "{text}");
    }
}
