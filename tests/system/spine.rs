//! The newcomer's way, from a CSV of one's own to an explained recommendation, in every output
//! format and both languages.

use serde_json::{Value, json};

use crate::by_hand::{Bundle, evidence_is_history};
use crate::program::Dongcha;
use crate::stored;

/// Shoppers of two tastes over a year: whoever buys one lamp buys another, and so with mugs.
fn orders() -> String {
    let mut csv = "order_id,customer_id,sku,name,date,quantity,unit_price\n".to_owned();
    for order in 0..900_usize {
        let user = order * 7 % 120;
        let (taste, first) = if user % 2 == 0 { ("lamp", 0) } else { ("mug", 3) };
        let date = format!("2023-{:02}-{:02} 10:00:00", 1 + order * 12 / 900, 1 + order * 5 % 28);
        for line in 0..2 {
            let item = (order / 120 * 3 + user / 2 * 5 + line * 4 + first) % 20;
            let name = taste.to_uppercase();
            csv +=
                &format!("S{order},{user},{taste}-{item},{name} {item},{date},1,{}.50\n", item + 2);
        }
    }
    csv
}

fn has_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// A shop with those orders, trained.
fn trained() -> Dongcha {
    let dongcha = Dongcha::with_shop();
    dongcha.write("orders.csv", orders());
    let told = dongcha.json(&["import", "orders.csv", "--site", "shop"]);
    let rows = &told["total"]["rows"];
    assert_eq!(rows["received"], 1800, "{told:#}");
    assert_eq!(rows["stored"], 1800, "{told:#}");
    let again = dongcha.json(&["import", "orders.csv", "--site", "shop"]);
    assert_eq!(again["total"]["rows"]["duplicate"], 1800, "twice stores nothing twice");
    let report = dongcha.json(&["train", "--site", "shop"]);
    let families = report["families"].as_array().unwrap();
    assert!(families.len() >= 3, "{report:#}");
    assert_ne!(report["champion"], "Popularity", "two tastes beat one list: {report:#}");
    dongcha
}

#[test]
fn from_a_csv_to_an_explained_recommendation() {
    let dongcha = trained();
    let record = dongcha.json(&["recommend", "--site", "shop", "--user", "8", "-n", "5"]);
    assert_eq!(record["outcome"], "model");
    let items = record["items"].as_array().unwrap();
    assert_eq!(items.len(), 5);
    let own = |item: &Value| item["item_id"].as_str().unwrap().starts_with("lamp-");
    assert!(items.iter().filter(|item| own(item)).count() >= 4, "tastes are told apart: {items:?}");
    assert_eq!(Bundle::of(dongcha.data(), &record).check(&record), 5, "every reason recomputes");
    evidence_is_history(&record, &dongcha.stored("shop"), "u:8");

    let id = record["decision_id"].as_str().unwrap();
    let replayed = dongcha.json(&["recommend", "--site", "shop", "--replay", id]);
    assert_eq!(replayed["same"], json!(true), "{replayed:#}");
    assert_eq!(replayed["stored"], record);

    let similar = dongcha.json(&["similar", "--site", "shop", "--item", "mug-1", "-n", "3"]);
    let similar = similar.as_array().unwrap();
    assert_eq!(similar.len(), 3);
    assert!(similar.iter().all(|item| item["item_id"].as_str().unwrap().starts_with("mug-")));

    let server = dongcha.serve();
    let key = "not a key";
    assert_eq!(server.get("/v1/recommendations?user_id=8", key).0, 401);
    assert_eq!(server.stop(), Some(0));
    let key = dongcha.key("shop", "read");
    let server = dongcha.serve();
    let (status, slate) = server.get("/v1/recommendations?user_id=8&n=5", &key);
    assert_eq!(status, 200, "{slate}");
    let ids = |slate: &Value| -> Vec<Value> {
        slate["items"].as_array().unwrap().iter().map(|item| item["item_id"].clone()).collect()
    };
    assert_eq!(ids(&slate), ids(&record), "the service and the command line agree");
}

#[test]
fn what_was_set_aside_is_listed_shown_and_replayed() {
    let dongcha = Dongcha::with_shop();
    let event = |currency: &str| {
        json!({ "v": 1, "id": "e-1", "type": "purchase", "ts": "2024-05-01T10:00:00Z",
                "user_id": "u1", "data": { "order_id": "O1", "currency": currency,
                "total_minor": 500, "lines": [
                    { "item_id": "A", "qty": 1, "unit_price_minor": 500 }] } })
    };
    dongcha.write("events.jsonl", event("EUX").to_string());
    dongcha.write("fixed.json", event("EUR").to_string());
    let told = dongcha.json(&["import", "events.jsonl", "--site", "shop"]);
    assert_eq!(told["total"]["rows"]["quarantined"], 1, "{told:#}");
    let listed = dongcha.json(&["quarantine", "list", "--site", "shop"]);
    assert_eq!(listed[0]["code"], "currency_unknown");
    let id = listed[0]["id"].to_string();
    let shown = dongcha.json(&["quarantine", "show", &id]);
    assert!(shown["raw"].as_str().unwrap().contains("EUX"), "what arrived is kept: {shown:#}");
    let again = dongcha.json(&["quarantine", "replay", "--site", "shop"]);
    assert_eq!((&again[0]["stored"], &again[0]["refused"]), (&json!(0), &json!(1)));
    let args = ["quarantine", "replay", &id, "--site", "shop", "--with", "fixed.json"];
    assert_eq!(dongcha.json(&args)[0]["stored"], 1);
    assert_eq!(dongcha.json(&["quarantine", "list", "--site", "shop"]), json!([]));
    let stored = dongcha.stored("shop");
    assert_eq!(stored["e-1"].amount_minor, Some(500));
    assert_eq!(dongcha.json(&args[..5])[0]["stored"], 0, "a second time stores nothing");
}

#[test]
fn every_answer_comes_as_a_table_as_json_and_as_csv_in_both_languages() {
    let dongcha = trained();
    let lines = "order,user,item,time\nX1,u1,A,2024-01-01\nX2,u1\n";
    dongcha.write("bad.csv", lines);
    dongcha.json(&["import", "bad.csv", "--site", "shop"]);
    let entry = dongcha.json(&["quarantine", "list"])[0]["id"].to_string();
    let commands: [&[&str]; 11] = [
        &["import", "--list-maps"],
        &["import", "bad.csv", "--site", "shop"],
        &["table", "sites"],
        &["table", "files"],
        &["table", "items"],
        &["recommend", "--user", "8"],
        &["similar", "--item", "mug-1"],
        &["doctor"],
        &["key", "list"],
        &["quarantine", "list"],
        &["quarantine", "show", &entry],
    ];
    for command in commands {
        let ran = |format: &str, language: &str| {
            let told = [command, &["--format", format, "--lang", language]].concat();
            dongcha.run(&told).succeeded().out
        };
        let table = ran("table", "zh");
        assert!(has_han(&table), "{command:?} in Chinese: {table}");
        assert!(!ran("table", "en").contains('\t'));
        let (en, zh) = (ran("csv", "en"), ran("csv", "zh"));
        let header = en.lines().next().unwrap();
        assert_eq!(header, zh.lines().next().unwrap(), "{command:?}: one header in all languages");
        assert!(header.split(',').all(|key| !key.is_empty() && key.is_ascii()), "{header}");
        for language in ["en", "zh"] {
            let text = ran("json", language);
            let value: Value =
                serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            let keys = value[0].as_object().map(|row| row.keys().cloned().collect::<Vec<_>>());
            if let Some(mut keys) = keys.filter(|_| command[0] != "import" || command.len() == 2) {
                let mut columns: Vec<&str> = header.split(',').collect();
                keys.sort();
                columns.sort_unstable();
                assert_eq!(keys, columns, "{command:?}: JSON and CSV have the same columns");
            }
        }
    }
}

#[test]
fn help_teaches_in_both_languages() {
    let dongcha = Dongcha::new();
    let commands = [
        "init",
        "import",
        "table",
        "export",
        "train",
        "evaluate",
        "recommend",
        "similar",
        "serve",
        "doctor",
        "quarantine",
        "demo",
    ];
    for language in ["en", "zh"] {
        let all = dongcha.run(&["--help", "--lang", language]).succeeded().out;
        for command in commands {
            assert!(all.contains(&format!("  {command}")), "{command} in {all}");
            let help = dongcha.run(&[command, "--help", "--lang", language]).succeeded().out;
            assert_eq!(has_han(&help), language == "zh", "{command} in {language}: {help}");
        }
    }
    for command in
        ["init", "import", "export", "train", "evaluate", "recommend", "similar", "serve"]
    {
        let help = dongcha.run(&[command, "--help"]).succeeded().out;
        assert!(help.contains("Example"), "{command} teaches by example: {help}");
    }
}

#[test]
fn an_export_is_the_whole_shop() {
    let dongcha = trained();
    let copy = dongcha.path("copy");
    let args = ["export", "--site", "shop", "--out", copy.to_str().unwrap()];
    let done = dongcha.json(&args);
    let sites = dongcha.json(&["table", "sites"]);
    assert_eq!(done[0]["events"], sites[0]["events"]);
    let events = stored::events(&copy);
    assert_eq!(events.values().filter(|event| event.kind == "purchase").count(), 900);
    let amounts: i64 = events
        .values()
        .filter_map(|event| (event.kind == "purchase").then_some(event.amount_minor?))
        .sum();
    let by_hand: i64 = orders()
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap().replace('.', "").parse::<i64>().unwrap())
        .sum();
    assert_eq!(amounts, by_hand);
    dongcha.run(&args).refused(&["already exists"]);
}
