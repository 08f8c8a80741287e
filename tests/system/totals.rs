//! The demo's totals equal what a plain script over the shipped files gives, line for line.

use std::process::Command;

use dongcha_tests::tree;
use serde_json::{Value, json};

use crate::by_hand::{Bundle, evidence_is_history};
use crate::demo::{Demo, demo};
use crate::program::{Ran, python};
use crate::stored;

/// Classes of lines that are set aside: accounting entries, and a cancellation of more.
const SET_ASIDE: [&str; 2] = ["bad_debt", "refund_positive"];

/// The script's totals, or none where its Python is absent.
fn oracle() -> Option<Value> {
    let python = python("comparing the demo's totals with the plain script")?;
    let data = tree::root().join("data");
    let mut command = Command::new(python);
    command.arg(tree::root().join("tests/oracle/totals.py")).arg("--gifts");
    for year in ["2009-2010", "2010-2011"] {
        command.arg(data.join(format!("online-retail/{year}.parquet")));
    }
    command.arg("--clicks").arg(data.join("eshop-clicks/e-shop-clothing-2008.csv.gz"));
    command.arg("--reviews").arg(data.join("clothing-reviews/womens-clothing-reviews.csv.gz"));
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    Some(serde_json::from_str(&ran.out).unwrap())
}

/// Fails with every figure that differs.
fn all_equal(figures: &[(String, i64, i64)]) {
    let wrong: Vec<String> = figures
        .iter()
        .filter(|(_, ours, script)| ours != script)
        .map(|(name, ours, script)| format!("{name}: {ours}, the script counts {script}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} figures are equal", figures.len());
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

#[test]
fn the_demo_counts_what_a_plain_script_counts() {
    let Some(script) = oracle() else { return };
    let demo = demo();
    let mut figures = money(&demo, &script["gifts"]);
    figures.extend(lines(&demo, &script["gifts"]));
    figures.extend(codes(&demo, &script["gifts"]));
    figures.extend(weeks(&demo, &script["gifts"]));
    figures.extend(clothing(&demo, &script["clothing"]));
    all_equal(&figures);
}

fn money(demo: &Demo, script: &Value) -> Vec<(String, i64, i64)> {
    let totals = &demo.site("gifts")["totals"];
    let pairs = [
        ("orders", &script["orders"]),
        ("anonymous_orders", &script["anonymous_orders"]),
        ("buyers", &script["buyers"]),
        ("revenue_gross_minor", &script["gross_pence"]["all"]),
        ("revenue_goods_minor", &script["gross_pence"]["product"]),
        ("refunds_minor", &script["refunds_pence"]["all"]),
        ("revenue_net_minor", &script["net_pence"]["all"]),
        ("average_order_minor", &script["average_order_pence"]),
    ];
    pairs.map(|(name, expected)| (name.to_owned(), whole(&totals[name]), whole(expected))).into()
}

/// What the import summary says of lines: received, kept apart, recognised.
fn lines(demo: &Demo, script: &Value) -> Vec<(String, i64, i64)> {
    let import = &demo.site("gifts")["import"];
    let class = |name: &str| script["lines_by_class"][name].as_i64().unwrap_or(0);
    let of_files = |name: &str| -> i64 {
        script["files"].as_array().unwrap().iter().map(|file| whole(&file[name])).sum()
    };
    let aside: i64 = SET_ASIDE.iter().map(|name| class(name)).sum();
    let free_known = whole(&script["free_lines_with_customer"]);
    let rows = |name: &str| whole(&import["total"]["rows"][name]);
    let found = |name: &str, which: &str| whole(&import["total"]["found"][name][which]);
    let events = |kind: &str| whole(&import["total"]["events"][kind]["stored"]);
    let mut figures = vec![
        ("received", rows("received"), whole(&script["lines_received"])),
        ("duplicate", rows("duplicate"), of_files("overlap_lines")),
        ("quarantined", rows("quarantined"), aside),
        ("stored", rows("stored"), whole(&script["lines_counted"]) - aside),
        ("refund lines", found("refund_lines", "stored"), class("refund")),
        (
            "stock corrections",
            found("stock_corrections", "stored"),
            class("stock") + class("free") - free_known,
        ),
        ("free lines", found("free_lines", "stored"), free_known),
        ("repeated lines", found("repeated_lines", "received"), of_files("repeated_lines")),
        (
            "rounded prices",
            found("prices_rounded", "stored"),
            whole(&script["lines_price_over_two_decimals"]),
        ),
        (
            "non-product lines",
            found("non_product_lines", "stored"),
            whole(&script["non_product_lines"]) - aside,
        ),
        (
            "lines without a customer",
            found("anonymous_rows", "stored"),
            whole(&script["missing_customer_lines"]) - aside,
        ),
        ("refund events", events("refund"), whole(&script["invoices_by_class"]["refund"])),
    ];
    for (n, file) in script["files"].as_array().unwrap().iter().enumerate() {
        let rows = &import["files"][n]["tally"]["rows"];
        figures.push(("lines of a file", whole(&rows["received"]), whole(&file["lines"])));
        figures.push((
            "overlap of a file",
            whole(&rows["duplicate"]),
            whole(&file["overlap_lines"]),
        ));
    }
    figures.into_iter().map(|(name, ours, script)| (name.to_owned(), ours, script)).collect()
}

/// Lines of each non-product code.
fn codes(demo: &Demo, script: &Value) -> Vec<(String, i64, i64)> {
    let ours = demo.site("gifts")["import"]["total"]["codes"].as_object().unwrap();
    let script = script["non_product_codes"].as_object().unwrap();
    let mut figures = Vec::new();
    for (code, counted) in script {
        let aside: i64 = SET_ASIDE.iter().filter_map(|class| counted[class].as_i64()).sum();
        let expected = whole(&counted["lines"]) - aside;
        let found =
            ours.iter().find(|(key, _)| key.split_once(':').is_some_and(|(_, c)| c == code));
        let found = found.map_or(0, |(_, count)| whole(&count["stored"]));
        figures.push((format!("lines of {code}"), found, expected));
    }
    let known = |key: &str| key.split_once(':').is_some_and(|(_, code)| script.contains_key(code));
    let unknown = ours.keys().filter(|key| !known(key)).count();
    figures.push(("codes the script does not know".to_owned(), unknown as i64, 0));
    figures
}

/// Every week of trade; ours has the weeks without trade too, as zeros.
fn weeks(demo: &Demo, script: &Value) -> Vec<(String, i64, i64)> {
    let script = script["weeks"].as_array().unwrap();
    let mut figures = Vec::new();
    for week in demo.site("gifts")["weeks"].as_array().unwrap() {
        let day = &week["week_start"];
        let none = json!({});
        let counted = script.iter().find(|one| one["week_start"] == *day).unwrap_or(&none);
        let pairs = [
            ("orders", &counted["orders"]),
            ("anonymous_orders", &counted["anonymous_orders"]),
            ("buyers", &counted["buyers"]),
            ("revenue_gross_minor", &counted["gross_pence"]["all"]),
            ("revenue_goods_minor", &counted["gross_pence"]["product"]),
            ("refunds_minor", &counted["refunds_pence"]["all"]),
            ("revenue_net_minor", &counted["net_pence"]["all"]),
        ];
        for (name, expected) in pairs {
            let expected = expected.as_i64().unwrap_or(0);
            figures.push((format!("{name} of {day}"), whole(&week[name]), expected));
        }
    }
    assert!(figures.len() >= 7 * script.len(), "every week is there");
    figures
}

fn clothing(demo: &Demo, script: &Value) -> Vec<(String, i64, i64)> {
    let ours = demo.site("clothing");
    let (clicks, reviews) = (&script["clicks"], &script["reviews"]);
    let catalogue = whole(&ours["import"]["total"]["catalogue"]["stored"]);
    let mut figures = vec![
        ("views".to_owned(), whole(&ours["totals"]["views"]), whole(&clicks["clicks"])),
        ("reviews".to_owned(), whole(&ours["totals"]["reviews"]), whole(&reviews["reviews"])),
        ("orders".to_owned(), whole(&ours["totals"]["orders"]), 0),
        ("items".to_owned(), catalogue, whole(&clicks["items"]) + whole(&reviews["items"])),
    ];
    for week in clicks["weeks"].as_array().unwrap() {
        let day = &week["week_start"];
        let weeks = ours["weeks"].as_array().unwrap();
        let found = weeks.iter().find(|one| one["week_start"] == *day);
        let views = found.map_or(0, |one| whole(&one["views"]));
        figures.push((format!("views of {day}"), views, whole(&week["views"])));
    }
    figures
}

#[test]
fn the_reasons_of_the_demo_can_be_recomputed_from_the_stored_data() {
    let demo = demo();
    let events = stored::events_of(&demo.export, "gifts");
    let records = demo.site("gifts")["recommendations"].as_array().unwrap();
    assert_eq!(records.len(), 3, "three customers");
    for record in records {
        let user = record["request"]["subject"]["user_id"].as_str().unwrap();
        let checked = Bundle::of(demo.dongcha.data(), record).check(record);
        assert!(checked > 0, "{user} is given reasons");
        evidence_is_history(record, &events, &format!("u:{user}"));
    }
}

#[test]
fn personal_recommendations_beat_popularity_on_held_out_weeks() {
    let demo = demo();
    let families = demo.site("gifts")["training"]["families"].as_array().unwrap();
    let of = |name: &str| families.iter().find(|family| family["model"] == name).unwrap();
    for (model, measure) in [("iALS", "recall"), ("iALS", "ndcg"), ("ItemKnn", "ndcg")] {
        let interval = |name: &str, end: &str| of(name)[measure][end].as_f64().unwrap();
        let (low, high) = (interval(model, "low"), interval("Popularity", "high"));
        assert!(low > high, "{measure} of {model}: from {low}, popularity up to {high}");
        assert!(interval(model, "low") < interval(model, "mean"), "an interval has a width");
    }
}

#[test]
fn a_second_demo_stores_nothing_and_prints_the_same_totals() {
    let demo = demo();
    let data = tree::root().join("data");
    let from = ["demo", "--no-serve", "--from", data.to_str().unwrap()];
    let printed = demo.dongcha.run(&from).succeeded().out;
    let row = |name: &str| {
        let line = printed.lines().find(|line| line.contains(&format!("│ {name} ")));
        line.unwrap_or_else(|| panic!("no row {name} in {printed}")).to_owned()
    };
    let numbers = |line: &str| -> Vec<i64> {
        let cells = line.split(['│', '┆']).skip(2);
        let digits = cells.map(|cell| cell.replace([',', '.', ' '], "").replace("GBP", ""));
        digits.filter_map(|cell| cell.parse().ok()).collect()
    };
    let import = &demo.site("gifts")["import"]["total"]["rows"];
    let (received, aside) = (whole(&import["received"]), whole(&import["quarantined"]));
    assert_eq!(numbers(&row("total")), [received, 0, received - aside, aside], "{}", row("total"));
    let totals = &demo.site("gifts")["totals"];
    for (label, name) in [
        ("orders", "orders"),
        ("of them anonymous", "anonymous_orders"),
        ("buyers", "buyers"),
        ("revenue, gross", "revenue_gross_minor"),
        ("of it products", "revenue_goods_minor"),
        ("refunds", "refunds_minor"),
        ("revenue, net", "revenue_net_minor"),
        ("average order", "average_order_minor"),
    ] {
        assert_eq!(numbers(&row(label))[..1], [whole(&totals[name])], "{}", row(label));
    }
}
