//! `dongcha analyse` on the demo's shops: three forms of each answer, and the report in a file.

use serde_json::Value;

use crate::demo::demo;

/// Each question with a shop that has something to say about it.
const QUESTIONS: [&[&str]; 8] = [
    &["funnel", "--site", "clothing", "--steps", "view,view[category=Sale]", "--by", "country"],
    &["retention", "--site", "gifts", "--period", "month"],
    &["paths", "--site", "clothing", "--depth", "3", "--by-category"],
    &["newcomers", "--site", "gifts", "--period", "month"],
    &["segments", "--site", "gifts", "--where", "orders_all >= 10"],
    &["rfm", "--site", "gifts"],
    &["attribution", "--site", "gifts"],
    &["baskets", "--site", "gifts", "--top", "5"],
];

#[test]
fn every_question_is_answered_in_three_forms_and_as_a_report() {
    let demo = demo();
    let mut figures = 0;
    for question in QUESTIONS {
        let name = question[0];
        let asked = [&["analyse"], question].concat();
        let json = demo.dongcha.json(&asked);
        assert!(["people", "sessions", "orders"].map(Value::from).contains(&json["counting"]));
        let csv = demo.dongcha.run(&[&asked[..], &["--format", "csv"]].concat()).succeeded().out;
        let width = csv.lines().next().unwrap().split(',').count();
        assert!(width >= 3 && csv.lines().count() >= 2, "{name}: {csv}");
        figures += csv.lines().count() - 1;
        let file = demo.dongcha.path(&format!("{name}.html"));
        let chinese = [&asked[..], &["--lang", "zh", "--report", file.to_str().unwrap()]].concat();
        let table = demo.dongcha.run(&chinese).succeeded().out;
        assert!(table.contains("计数") && table.contains('│'), "{name}: {table}");
        let html = std::fs::read_to_string(&file).unwrap();
        assert!(html.contains("<svg") && html.contains("lang=\"zh-Hans\""), "{name}");
        for wrong in ["NaN", "http://", "https://", "<script"] {
            assert!(!html.contains(wrong), "{name}: {wrong}");
        }
    }
    println!("{} questions answered with {figures} rows", QUESTIONS.len());
}

#[test]
fn the_demo_tells_what_people_do_and_writes_its_report() {
    let demo = demo();
    let funnel = &demo.site("clothing")["behaviour"]["funnel"]["steps"];
    let people: Vec<u64> =
        funnel.as_array().unwrap().iter().map(|s| s["people"].as_u64().unwrap()).collect();
    assert_eq!(people.len(), 4);
    assert!(people.windows(2).all(|pair| pair[0] >= pair[1]) && people[3] > 0, "{people:?}");
    let reviews = &demo.site("clothing")["behaviour"]["reviews"];
    assert_eq!(reviews["reviews"], 23_486);
    assert!(reviews["sentiment"]["ratings_auc"].as_f64().unwrap() >= 0.955, "by its ratings");
    let aspects = &reviews["aspects"].as_array().unwrap()[..3];
    assert!(aspects.iter().all(|one| one["complaints"][0]["clause"].is_string()), "{aspects:#?}");
    // The file has no dates, and the demo says so instead of naming a change in time.
    assert_eq!(reviews["changed"]["basis"], "order");
    let gifts = &demo.site("gifts")["behaviour"];
    let buyers = demo.site("gifts")["totals"]["buyers"].as_u64().unwrap();
    assert_eq!(gifts["rfm"]["people"], buyers);
    let cells = gifts["rfm"]["cells"].as_array().unwrap();
    assert_eq!(cells.iter().map(|c| c["people"].as_u64().unwrap()).sum::<u64>(), buyers);
    assert!(!gifts["retention"]["cohorts"].as_array().unwrap().is_empty());
    assert!(!gifts["baskets"]["rules"].as_array().unwrap().is_empty());
    let report = std::fs::read_to_string(demo.told["report"].as_str().unwrap()).unwrap();
    assert!(report.matches("<svg").count() >= 5 && !report.contains("NaN"));
}
