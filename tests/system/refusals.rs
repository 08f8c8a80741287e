//! Refusals that the store and the file adapters raise, from their golden files, end to end.

use std::fs;

use dongcha_tests::tree;
use event::RefusalCode;
use serde_json::{Value, json};

use crate::program::{Dongcha, agent};

/// The golden files of refusals raised by `who`.
fn golden(who: &str) -> Vec<Value> {
    let folder = tree::root().join("crates/event/tests/event/golden/refusals");
    let read = |code: &RefusalCode| -> Value {
        let text = fs::read_to_string(folder.join(format!("{}.json", code.as_str()))).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let all = RefusalCode::ALL.iter().map(read);
    let found: Vec<Value> = all.filter(|golden| golden["raised_by"] == who).collect();
    assert!(found.len() >= 2, "golden files raised by {who}");
    found
}

/// The bytes of a golden CSV: `\xff` is that byte, `@repeat N` a line of so many characters.
fn bytes(csv: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for line in csv.split_inclusive('\n') {
        match line.strip_prefix("@repeat ") {
            Some(count) => out.extend(vec![b'x'; count.trim().parse().unwrap()]),
            None => {
                for (n, part) in line.split("\\xff").enumerate() {
                    out.extend(if n > 0 { [0xff].as_slice() } else { &[] });
                    out.extend(part.as_bytes());
                }
            }
        }
    }
    out
}

#[test]
fn a_file_row_is_set_aside_under_the_golden_code_and_path() {
    for golden in golden("collect") {
        let dongcha = Dongcha::with_shop();
        dongcha.write("rows.csv", bytes(golden["csv"].as_str().unwrap()));
        let told = dongcha.json(&["import", "rows.csv", "--site", "shop"]);
        assert_eq!(told["total"]["rows"]["stored"], 1, "{golden}\n{told:#}");
        assert_eq!(told["total"]["rows"]["quarantined"], 1, "{golden}\n{told:#}");
        let listed = dongcha.json(&["quarantine", "list", "--site", "shop"]);
        assert_eq!(listed[0]["code"], golden["code"]);
        assert_eq!(listed[0]["path"], golden["path"], "{golden}");
    }
}

#[test]
fn a_second_event_that_contradicts_the_first_is_set_aside() {
    for golden in golden("lake") {
        let dongcha = Dongcha::with_shop();
        let lines = |names: [&str; 2]| names.map(|name| golden[name].to_string()).join("\n");
        dongcha.write("events.jsonl", lines(["first", "second"]));
        let told = dongcha.json(&["import", "events.jsonl", "--site", "shop"]);
        assert_eq!(
            told["total"]["quarantined"][golden["code"].as_str().unwrap()]["rows"],
            1,
            "{told:#}"
        );
        // Again over HTTP, in one batch with the first: that one is a duplicate by now.
        let (key, server) = (dongcha.key("shop", "secret"), dongcha.serve());
        let mut answer = agent()
            .post(format!("{}/v1/events", server.url))
            .header("authorization", format!("Bearer {key}"))
            .send_json(json!([golden["first"], golden["second"]]))
            .unwrap();
        let told: Value = answer.body_mut().read_json().unwrap();
        assert_eq!((&told["accepted"], &told["duplicate"]), (&0.into(), &1.into()), "{told}");
        assert_eq!(told["quarantined"][0]["index"], 1, "{told}");
        assert_eq!(told["quarantined"][0]["code"], golden["code"]);
        assert_eq!(told["quarantined"][0]["path"], golden["path"]);
    }
}
