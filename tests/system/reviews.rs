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

/// A shop with reviews of two kinds of goods, one pasted four times within a week.
fn shop_with_reviews() -> Dongcha {
    let dongcha = Dongcha::with_shop();
    let mut rows = String::from("review_id,user,item,rating,text,time,type\n");
    for n in 0..60 {
        let (item, stars, text) = match n % 3 {
            0 => ("coat", 5, format!("Coat {n}: the fabric is lovely and delivery was quick")),
            1 => ("lamp", 1, format!("Lamp {n} flickers; delivery was terribly slow")),
            _ => ("coat", 4, format!("第{n}件：面料很舒服，但是快递太慢")),
        };
        rows +=
            &format!("r{n},u{n},{item},{stars},{text},2026-0{}-1{},review\n", 1 + n / 20, n % 9);
    }
    for n in 0..4 {
        rows += &format!(
            "f{n},f{n},lamp,5,Best lamp I have bought in all my long life,2026-03-1{n},review\n"
        );
    }
    rows += "x,x,lamp,1,<img src=x onerror=go> the quality is awful,2026-03-19,review\n";
    dongcha.write("reviews.csv", rows);
    dongcha.write(
        "reviews.toml",
        "name = \"reviews\"\nlayout = \"rows\"\nevent = \"review\"\nrating_max = 5.0\n\
         [about]\nen = \"reviews\"\nzh = \"评价\"\n\
         [columns]\nreview_id = \"review_id\"\nuser = \"user\"\nitem = \"item\"\n\
         rating = \"rating\"\ntext = \"text\"\ntime = \"time\"\n",
    );
    let told = dongcha.json(&["import", "reviews.csv", "--map", "reviews.toml"]);
    assert_eq!(told["total"]["rows"]["stored"], 65, "{told:#}");
    dongcha
}

#[test]
fn a_shops_reviews_are_reported_asked_and_the_same_over_http_after_a_kill() {
    let dongcha = shop_with_reviews();
    let told = dongcha.json(&["reviews", "report", "--by", "item"]);
    assert_eq!((&told["reviews"], &told["rated"]), (&65.into(), &65.into()), "{told:#}");
    let aspects = told["aspects"].as_array().unwrap();
    let delivery = aspects.iter().find(|one| one["aspect"] == "delivery").unwrap();
    assert_eq!(delivery["negative"], 40, "{delivery:#}");
    assert_eq!((&told["suspected"], &told["suspects"][0]["burst"]), (&4.into(), &true.into()));
    let answers = dongcha.json(&["reviews", "ask", "快递慢吗"]);
    assert!(answers[0]["answer"].as_str().unwrap().contains("快递太慢"), "{answers:#}");
    let table = dongcha.run(&["reviews", "report"]).succeeded().out;
    assert!(table.contains("What changed") && table.contains("Suspected fakes"), "{table}");
    let table = dongcha.run(&["reviews", "report", "--lang", "zh"]).succeeded().out;
    assert!(table.contains("有何变化") && table.contains("疑似虚假评价"), "{table}");
    let csv = dongcha.run(&["reviews", "report", "--format", "csv"]).succeeded().out;
    assert!(csv.starts_with("aspect,reviews,positive,neutral,negative,score\r\n"), "{csv}");
    dongcha.run(&["reviews", "report", "--report", "page.html"]).succeeded();
    let page = std::fs::read_to_string(dongcha.path("page.html")).unwrap();
    assert!(page.contains("&lt;img src=x") && !page.contains("<img"), "markup stays text");
    dongcha.run(&["reviews", "report", "--by", "shoe"]).refused(&["by", "category, item or week"]);

    let key = dongcha.key("shop", "read");
    let server = dongcha.serve();
    let (status, over_http) = server.get("/v1/reviews/report?by=item", &key);
    assert_eq!((status, &over_http), (200, &told));
    server.kill();
    let server = dongcha.serve();
    assert_eq!(server.get("/v1/reviews/report?by=item", &key).1, told);
    let (_, item) = server.get("/v1/items/lamp/reviews", &key);
    assert_eq!(item["reviews"], 25, "{item:#}");
    assert_eq!(server.stop(), Some(0));
}
