//! Advice about a whole shop, by the program: planned, kept, settled, made again.

use serde_json::Value;

use crate::program::Dongcha;

/// A year of orders of twelve items, some busy and some slow.
fn orders() -> String {
    let mut csv = "order_id,customer_id,sku,name,date,quantity,unit_price\n".to_owned();
    for order in 0..1_400_usize {
        let (item, day) = (order * order % 12, order * 364 / 1_400);
        let date = format!("2023-{:02}-{:02} 10:00:00", 1 + day / 31, 1 + day % 28);
        let qty = 1 + order * 7 % 5;
        csv +=
            &format!("S{order},{},p-{item},Pot {item},{date},{qty},{}.50\n", order % 90, item + 2);
    }
    csv
}

#[test]
fn an_order_is_planned_kept_settled_and_made_again() {
    let dongcha = Dongcha::with_shop();
    dongcha.write("orders.csv", orders());
    dongcha.json(&["import", "orders.csv", "--site", "shop"]);
    let run = |args: &[&str]| dongcha.run(&[&["stock"], args, &["--site", "shop"]].concat());
    let json = |args: &[&str]| dongcha.json(&[&["stock"], args, &["--site", "shop"]].concat());
    let advice = json(&["plan", "--budget", "500"]);
    let id = advice["decision_id"].as_str().unwrap();
    let cost = |action: &Value| -> i64 {
        let figures = action["figures"].as_array().unwrap();
        let own = figures.iter().find(|one| one["code"] == "order_cost").unwrap();
        own["amount"]["value"].as_i64().unwrap()
    };
    let actions = advice["actions"].as_array().unwrap();
    let spent: i64 = actions.iter().map(cost).sum();
    assert!(!actions.is_empty() && spent > 40_000 && spent <= 50_000, "{spent}: {advice:#}");
    assert!(advice["binding"].as_array().unwrap().iter().any(|one| one["code"] == "budget"));
    for field in ["expected_value", "baseline", "findings", "models", "inputs", "plots"] {
        assert!(!advice[field].is_null(), "{field}");
    }
    let listed = json(&["list"]);
    assert_eq!(listed[0]["decision_id"], id);
    assert_eq!(json(&["replay", id])["same"], true);
    assert_eq!(json(&["show", id])["advice"], advice);
    run(&["reject", id, "--reason", " "]).refused(&["say why"]);
    let settled = json(&["accept", id]);
    assert_eq!(settled["state"], "accepted");
    run(&["reject", id, "--reason", "too much"]).refused(&["was settled"]);
    run(&["show", "d-0"]).refused(&["no advice"]);
    let zh = dongcha.run(&["--lang", "zh", "stock", "show", id, "--site", "shop"]).succeeded().out;
    assert!(zh.contains("已采纳") && zh.contains("做什么"), "{zh}");
    let nothing = json(&["plan", "--budget", "0"]);
    assert_eq!(nothing["actions"].as_array().unwrap().len(), 0, "no money, no order");
    assert_eq!(nothing["binding"][0]["code"], "budget");
    let weeks = run(&["simulate", "--weeks", "13", "--format", "csv"]).succeeded().out;
    assert_eq!(weeks.lines().count(), 4, "{weeks}");
}
