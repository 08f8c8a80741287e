//! What `dongcha analyse` says of real logs equals plain scripts that share no code with it.

use std::path::Path;
use std::process::Command;

use dongcha_tests::tree;
use serde_json::Value;

use crate::demo::demo;
use crate::program::{Dongcha, Ran, notice, python};

fn script(python: &Path, name: &str, args: &[&str]) -> Value {
    let path = tree::root().join("tests/oracle").join(name);
    let ran = Ran::of(Command::new(python).arg(path).args(args));
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn the_gift_shop_has_the_buyers_and_baskets_that_a_plain_script_counts() {
    let Some(python) = python("comparing RFM and baskets with the plain script") else { return };
    let file = |year| tree::root().join(format!("data/online-retail/{year}.parquet"));
    let years = ["2009-2010", "2010-2011"].map(|year| file(year).display().to_string());
    let counted = script(&python, "customers.py", &[&years[0], &years[1]]);
    let dongcha = &demo().dongcha;
    let rfm = dongcha.json(&["analyse", "rfm", "--site", "gifts"]);
    let cells = counted["rfm"]["cells"].as_array().unwrap();
    assert_eq!((cells.len(), &rfm["people"]), (25, &counted["rfm"]["people"]));
    for cell in cells {
        let ours = rfm["cells"].as_array().unwrap().iter();
        let ours = ours.clone().find(|ours| ours["r"] == cell["r"] && ours["f"] == cell["f"]);
        let ours = ours.unwrap();
        for figure in ["people", "revenue_minor", "average_recency_days"] {
            assert_eq!(ours[figure], cell[figure], "{figure} of {cell}");
        }
    }
    let asked = ["analyse", "baskets", "--site", "gifts", "--min-support", "0.01"];
    let ours = dongcha.json(&[&asked[..], &["--min-confidence", "0.2"]].concat());
    assert_eq!(ours["orders"], counted["baskets"]["orders"]);
    let top = counted["baskets"]["top"].as_array().unwrap();
    assert!(top.len() == 20);
    for (place, rule) in top.iter().enumerate() {
        for figure in ["if", "then", "orders", "confidence", "lift"] {
            assert_eq!(ours["rules"][place][figure], rule[figure], "rule {place}: {rule}");
        }
    }
}

#[test]
fn public_click_logs_have_the_funnel_and_retention_that_a_plain_script_counts() {
    let log = tree::root().join("../shared/data/taobao/UserBehavior-sample.csv.gz");
    if !log.exists() {
        return notice("the Taobao log is not at hand; its funnel is not compared");
    }
    let Some(python) = python("comparing funnels with the plain script") else { return };
    let log = log.display().to_string();
    same_journeys(&python, "taobao", &log, "Asia/Shanghai", "taobao-userbehavior");
}

#[test]
fn a_visitors_log_has_the_funnel_and_retention_that_a_plain_script_counts() {
    let Some(python) = python("comparing funnels with the plain script") else { return };
    let log = Dongcha::new();
    // A made-up log of the shape of RetailRocket's events: a scatter of visits over a month.
    let mut text = "timestamp,visitorid,event,itemid,transactionid\n".to_owned();
    let mut state = 7_u64;
    let mut roll = |n: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for row in 0..20_000 {
        let (visitor, item) = (roll(900), roll(50));
        let time_ms = 1_430_622_000_000 + roll(30 * 86_400) * 1_000;
        let (event, order) = match roll(10) {
            0 => ("transaction", row.to_string()),
            1 | 2 => ("addtocart", String::new()),
            _ => ("view", String::new()),
        };
        text += &format!("{time_ms},{visitor},{event},{item},{order}\n");
    }
    let file = log.write("events.csv", text).display().to_string();
    same_journeys(&python, "retailrocket", &file, "UTC", "retailrocket");
}

/// Funnel view → cart → purchase and buyers by week, both ways.
fn same_journeys(python: &Path, log: &str, file: &str, zone: &str, map: &str) {
    let counted = script(python, "journeys.py", &["--log", log, file, "--zone", zone]);
    let dongcha = Dongcha::new();
    dongcha.run(&["init", "shop", "--currency", "CNY", "--time-zone", zone]).succeeded();
    dongcha.run(&["import", file, "--site", "shop", "--map", map]).succeeded();
    let funnel = dongcha.json(&["analyse", "funnel", "--steps", "view,cart,purchase"]);
    assert_eq!(funnel, counted["funnel"]);
    assert!(funnel["steps"][2]["people"].as_u64().unwrap() > 100);
    let retention = dongcha.json(&["analyse", "retention", "--period", "week"]);
    assert_eq!(retention, counted["retention"]);
}
