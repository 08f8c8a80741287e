//! `dongcha reviews`: labels learnt and applied, and what texts say without labels.

use crate::program::Dongcha;

/// Ten texts on cups, ten on lamps, one copied with a change, one in Chinese.
fn write(dongcha: &Dongcha) {
    let mut rows = String::from("kind,text,label\n");
    for n in 0..10 {
        rows += &format!("cup,number {n} keeps my tea warm and the handle is lovely,good\n");
        rows += &format!("lamp,number {n} flickers all evening and the switch is awful,bad\n");
    }
    rows += "cup,The glaze came off in the dishwasher after one single week of careful use!,bad\n";
    rows += "cup,the glaze came off in the dishwasher after one single week of careful use,bad\n";
    rows += "lamp,灯罩掉色了，客服不理人,bad\n";
    dongcha.write("texts.csv", rows);
}

#[test]
fn a_model_learns_labels_and_says_how_sure_it_is() {
    let dongcha = Dongcha::new();
    write(&dongcha);
    let told = dongcha.json(&[
        "reviews",
        "train",
        "texts.csv",
        "--text",
        "text",
        "--label",
        "label",
        "--out",
        "mood.st",
    ]);
    assert_eq!((told[0]["rows"].as_u64(), told[0]["labels"].as_u64()), (Some(23), Some(2)));
    dongcha.write("new.csv", "text\nkeeps my tea warm and lovely\nflickers and awful switch\n");
    let said =
        dongcha.json(&["reviews", "classify", "new.csv", "--text", "text", "--model", "mood.st"]);
    assert_eq!((&said[0]["label"], &said[1]["label"]), (&"good".into(), &"bad".into()), "{said:#}");
    let sure = said[0]["probability"].as_f64().unwrap();
    assert!(sure > 0.5 && sure < 1.0, "{said:#}");
}

#[test]
fn texts_without_labels_are_marked_paired_and_asked() {
    let dongcha = Dongcha::new();
    write(&dongcha);
    let told =
        dongcha.json(&["reviews", "topics", "texts.csv", "--text", "text", "--group", "kind"]);
    let of = |group: &str| -> String {
        let rows = told.as_array().unwrap().iter().filter(|row| row["group"] == group);
        rows.map(|row| row["phrase"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
    };
    assert!(of("cup").contains("tea") && !of("cup").contains("flickers"), "{told:#}");
    assert!(of("lamp").contains("flickers") || of("lamp").contains("switch"), "{told:#}");
    let told = dongcha.json(&["reviews", "copies", "texts.csv", "--text", "text"]);
    let rows: Vec<u64> =
        told.as_array().unwrap().iter().filter_map(|row| row["row"].as_u64()).collect();
    assert!(rows.contains(&21) && rows.contains(&22) && !rows.contains(&23), "{told:#}");
    for (question, row) in [("does the glaze survive the dishwasher", "21"), ("掉色吗", "23")] {
        let told = dongcha.json(&["reviews", "ask", "texts.csv", question, "--text", "text"]);
        assert_eq!(told[0]["row"], row, "{told:#}");
        assert!(told.as_array().unwrap().len() <= 5);
    }
}
