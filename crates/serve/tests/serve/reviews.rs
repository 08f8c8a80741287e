//! Reviews: scored as they arrive, reported with evidence, asked, the same after a restart.

use serde_json::{Value, json};
use serve::{Parameters, Shops};
use tempfile::TempDir;

use crate::house::{House, SHOP, open_lake, site};

fn review(id: &str, item: &str, stars: f64, text: &str, ts: &str) -> Value {
    json!({
        "v": 1, "id": format!("e-{id}-{ts}"), "type": "review", "ts": ts,
        "user_id": format!("u-{id}"), "source": "web",
        "data": {"review_id": id, "item_id": item, "rating": {"value": stars, "max": 5.0},
                 "text": text}
    })
}

fn send(house: &House, events: &[Value]) {
    for events in events.chunks(500) {
        let answer = house.ingest(events);
        assert_eq!(answer.json()["accepted"], events.len(), "{answer:?}");
    }
}

/// Sixty early reviews content with delivery, forty late ones that complain of it.
fn shop_that_slowed_down() -> House {
    let house = House::open();
    let mut events = Vec::new();
    for n in 0..60 {
        let day = 1 + n % 28;
        let text = format!("Mug number {n} is lovely, and delivery was quick");
        events.push(review(
            &format!("a{n}"),
            "mug",
            5.0,
            &text,
            &format!("2026-01-{day:02}T10:00:00Z"),
        ));
    }
    for n in 0..40 {
        let day = 1 + n % 20;
        let text = format!("Plate {n} is fine, but delivery was terribly slow");
        events.push(review(
            &format!("b{n}"),
            "plate",
            2.0,
            &text,
            &format!("2026-03-{day:02}T10:00:00Z"),
        ));
    }
    send(&house, &events);
    house
}

fn report(house: &House, query: &str) -> Value {
    let answer = house.get(&format!("/v1/reviews/report{query}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn of<'a>(list: &'a Value, name: &str, value: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|one| one[name] == value);
    found.unwrap_or_else(|| panic!("no {name} {value} in {list:#}"))
}

#[test]
fn a_report_counts_quotes_and_says_what_changed() {
    let house = shop_that_slowed_down();
    let told = report(&house, "?by=item&days=28");
    assert_eq!(
        (&told["reviews"], &told["worded"], &told["rated"]),
        (&json!(100), &json!(100), &json!(100))
    );
    assert_eq!(told["rating"], json!(3.8));
    assert_eq!(told["not_enough"], Value::Null);
    let delivery = of(&told["aspects"], "aspect", "delivery");
    assert_eq!(
        (&delivery["positive"], &delivery["negative"]),
        (&json!(60), &json!(40)),
        "{delivery:#}"
    );
    assert_eq!((&delivery["reviews"], &delivery["score"]), (&json!(100), &json!(0.6)));
    let quote = &delivery["complaints"][0];
    assert_eq!(quote["clause"], "but delivery was terribly slow", "{quote:#}");
    assert!(quote["before"].as_str().unwrap().starts_with("Plate "), "{quote:#}");
    let changed = &told["changed"];
    assert_eq!(
        (&changed["basis"], &changed["before"], &changed["now"]),
        (&json!("time"), &json!(60), &json!(40))
    );
    let complaints = changed["rows"].as_array().unwrap().iter();
    let complaints =
        complaints.filter(|row| row["about"] == "delivery" && row["what"] == "complaints");
    let row = complaints.clone().next().unwrap();
    assert_eq!(
        (&row["before"], &row["now"], &row["significant"]),
        (&json!(0.0), &json!(1.0), &json!(true))
    );
    assert_eq!(row["quote"]["clause"], "but delivery was terribly slow");
    let said: Vec<&str> = changed["risen"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["phrase"].as_str().unwrap())
        .collect();
    assert!(said.iter().any(|phrase| phrase.contains("slow")), "{said:?}");
    let plates = of(&told["groups"], "group", "plate");
    assert!(
        plates["phrases"]
            .as_array()
            .unwrap()
            .iter()
            .any(|p| p["phrase"].as_str().unwrap().contains("plate"))
    );
    let days: i64 =
        told["trend"].as_array().unwrap().iter().map(|p| p["reviews"].as_i64().unwrap()).sum();
    assert_eq!(days, 100);
    let january = report(&house, "?to=2026-02-01");
    assert_eq!(january["reviews"], 60);
    assert_eq!(january["changed"]["basis"], "none", "nothing stands before it");
    assert!(january["changed"]["note"]["zh"].as_str().unwrap().contains("数据不足"));
}

#[test]
fn who_speaks_is_said_with_how_good_it_is() {
    let house = shop_that_slowed_down();
    let told = report(&house, "");
    let sentiment = &told["sentiment"];
    assert_eq!((&sentiment["good"], &sentiment["bad"]), (&json!(60), &json!(40)));
    // Forty bad reviews are too few to learn from.
    assert_eq!(
        (&sentiment["speaker"], &sentiment["ratings_auc"]),
        (&json!("lexicon"), &Value::Null)
    );
    assert!(sentiment["lexicon_auc"].as_f64().unwrap() > 0.9, "{sentiment:#}");
    assert_eq!(house.get("/v1/reviews/report?item=nothing").json()["reviews"], 0);
    let empty = House::open();
    let told = report(&empty, "");
    assert_eq!(
        (&told["reviews"], &told["rating"], &told["content"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    assert!(told["not_enough"]["en"].as_str().unwrap().contains("Not enough data"));
}

#[test]
fn a_review_is_readable_with_its_scores_at_once() {
    let house = House::open();
    send(&house, &[review("r1", "mug", 4.0, "好看，但是物流太慢", "2026-03-02T10:00:00Z")]);
    let item = |house: &House| house.get("/v1/items/mug/reviews").json();
    let first = item(&house);
    assert_eq!((&first["reviews"], &first["rating"]), (&json!(1), &json!(4.0)), "{first:#}");
    let delivery = of(&first["aspects"], "aspect", "delivery");
    assert_eq!(
        (&delivery["negative"], &delivery["complaints"][0]["clause"]),
        (&json!(1), &json!("但是物流太慢"))
    );
    for n in 2..30 {
        let id = format!("r{n}");
        send(&house, &[review(&id, "mug", 5.0, "great quality", "2026-03-03T10:00:00Z")]);
        assert_eq!(item(&house)["reviews"], n, "the very next answer has it");
    }
    // Written again, it counts as last written.
    send(&house, &[review("r1", "mug", 1.0, "broke at once", "2026-03-05T10:00:00Z")]);
    let last = item(&house);
    assert_eq!((&last["reviews"], &last["scored"]), (&json!(29), &json!(29)), "{last:#}");
    assert!(last["aspects"].as_array().unwrap().iter().all(|one| one["aspect"] != "delivery"));
    assert!(last["review_score"].as_f64().unwrap() > 0.9, "{last:#}");
    assert_eq!(house.get("/v1/items/nothing/reviews").code(), "item_unknown");
    let neighbour = house.get_with("/v1/items/mug/reviews", &house.neighbour_read);
    assert_eq!(neighbour.code(), "item_unknown", "another shop has no such item");
}

#[test]
fn the_table_is_the_same_after_a_restart_and_after_publishing() {
    let house = shop_that_slowed_down();
    let before = report(&house, "");
    house.shops.lake().publish(&site(SHOP)).unwrap();
    send(&house, &[review("c1", "mug", 5.0, "late but lovely", "2026-03-25T10:00:00Z")]);
    let after = report(&house, "");
    assert_eq!(after["reviews"], 101, "what moved to segments is still there, and once");
    let told = report(&house, "?to=2026-03-24");
    assert_eq!(told["aspects"], before["aspects"]);
    let dir: TempDir = house.close();
    let shops = Shops::open(open_lake(&dir)).unwrap();
    let again = shops.shop(&site(SHOP)).unwrap().reviews_report(&Parameters::default()).unwrap();
    assert_eq!(serde_json::to_value(again).unwrap(), after);
}

#[test]
fn ratings_that_teach_speak_and_are_kept() {
    let house = House::open();
    let mut events = Vec::new();
    for n in 0..120 {
        // Words that no list has: only the ratings know what they mean.
        let (stars, word) = if n % 2 == 0 { (5.0, "zibble") } else { (1.0, "wugger") };
        let text = format!("item {n} is all {word} to me number {}", n * 7 % 31);
        events.push(review(&format!("r{n}"), "mug", stars, &text, "2026-03-02T10:00:00Z"));
    }
    send(&house, &events);
    let told = report(&house, "");
    assert_eq!(told["sentiment"]["speaker"], "ratings", "{:#}", told["sentiment"]);
    assert!(told["sentiment"]["ratings_auc"].as_f64().unwrap() > 0.95);
    assert_eq!(told["changed"]["basis"], "order", "all are of one day");
    let said = house.send(
        "POST",
        "/v1/reviews/classify",
        &[("authorization", &format!("Bearer {}", house.read))],
        json!(["a zibble thing", "a wugger thing", ""]).to_string().as_bytes(),
    );
    let content = |n: usize| said.json()[n]["content"].as_f64();
    assert!(content(0) > Some(0.5) && content(1) < Some(0.5), "{said:?}");
    assert_eq!(said.json()[2]["content"], Value::Null);
    let dir = house.close();
    let folder = dir.path().join("models").join(SHOP).join("reviews");
    let kept = || std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(kept().count(), 1);
    let again = |dir: &TempDir| {
        let shops = Shops::open(open_lake(dir)).unwrap();
        let told = shops.shop(&site(SHOP)).unwrap().reviews_report(&Parameters::default()).unwrap();
        serde_json::to_value(told).unwrap()
    };
    assert_eq!(again(&dir), told);
    std::fs::write(kept().next().unwrap(), "damaged").unwrap();
    assert_eq!(again(&dir), told, "a damaged file is learnt anew");
}

#[test]
fn questions_are_answered_from_reviews_and_products() {
    let house = House::open();
    send(
        &house,
        &[
            review(
                "r1",
                "mug",
                5.0,
                "颜色漂亮。可以放进洗碗机清洗，但是要低温。",
                "2026-03-02T10:00:00Z",
            ),
            review("r2", "mug", 5.0, "The glaze survives the dishwasher", "2026-03-02T10:00:00Z"),
        ],
    );
    let item = json!({"v": 1, "id": "i1", "type": "item", "ts": "2026-03-01T10:00:00Z",
        "data": {"item_id": "plate", "title": "Dinner plate, dishwasher safe"}});
    let answer = house.post(&house.secret, &[], json!([item]).to_string().as_bytes());
    assert_eq!(answer.json()["accepted"], 1, "{answer:?}");
    let ask = |q: &str| house.get(&format!("/v1/reviews/ask?q={q}")).json();
    let found = ask("dishwasher");
    let sources: Vec<&str> = found["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["source"].as_str().unwrap())
        .collect();
    assert_eq!((found["texts"].as_u64(), sources.len()), (Some(3), 2), "{found:#}");
    assert!(sources.contains(&"item") && sources.contains(&"review"));
    // 能不能用洗碗机
    let found = ask("%E8%83%BD%E4%B8%8D%E8%83%BD%E7%94%A8%E6%B4%97%E7%A2%97%E6%9C%BA");
    let best = &found["answers"][0];
    assert_eq!((&best["id"], &best["item_id"]), (&json!("r1"), &json!("mug")), "{found:#}");
    assert_eq!(best["clause"], "可以放进洗碗机清洗");
    // 玺碗基, which only sounds alike
    assert_eq!(ask("%E7%8E%BA%E7%A2%97%E5%9F%BA")["answers"], json!([]));
    for (query, parameter) in [("", "q"), ("?q=", "q"), ("?q=a&n=0", "n"), ("?q=a&x=1", "x")] {
        let answer = house.get(&format!("/v1/reviews/ask{query}"));
        assert_eq!(
            (answer.status, &answer.json()["error"]["path"]),
            (400, &json!(parameter)),
            "{query}"
        );
    }
}

#[test]
fn nearly_equal_reviews_are_suspected_and_a_burst_is_named() {
    let house = House::open();
    let text = "This is the best mug that I have ever bought in my whole life";
    let mut events: Vec<Value> = (1..6)
        .map(|n| review(&format!("f{n}"), "mug", 5.0, text, &format!("2026-03-0{n}T10:00:00Z")))
        .collect();
    events.push(review(
        "x",
        "mug",
        3.0,
        "An ordinary cup with a handle that fits",
        "2026-03-02T10:00:00Z",
    ));
    send(&house, &events);
    let told = report(&house, "");
    let group = &told["suspects"][0];
    assert_eq!(
        (&told["suspected"], &group["reviews"], &group["people"]),
        (&json!(5), &json!(5), &json!(5))
    );
    assert_eq!((&group["burst"], &group["most_in_a_week"]), (&json!(true), &json!(5)), "{group:#}");
}

#[test]
fn odd_texts_have_defined_answers_and_markup_stays_text() {
    let house = House::open();
    let script = "<script>alert(1)</script> the fabric is lovely";
    let long = "质量很好，".repeat(1_000);
    let texts = ["", "a", "👍👍👍", "\u{202e}אין מילים", "好", script, &long, "great 质量 quality"];
    let events: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| review(&format!("r{n}"), "mug", 5.0, text, "2026-03-02T10:00:00Z"))
        .collect();
    send(&house, &events);
    let told = report(&house, "?quotes=20");
    assert_eq!((&told["reviews"], &told["worded"]), (&json!(8), &json!(7)));
    let quality = of(&told["aspects"], "aspect", "quality");
    let quotes = quality["praise"].as_array().unwrap();
    let whole = |q: &Value| {
        ["before", "clause", "after"].map(|part| q[part].as_str().unwrap().to_owned()).concat()
    };
    assert!(quotes.iter().any(|quote| whole(quote) == script), "{quotes:#?}");
    let auth = format!("Bearer {}", house.read);
    let classify = |body: &str| {
        house.send("POST", "/v1/reviews/classify", &[("authorization", &auth)], body.as_bytes())
    };
    for bad in ["", "{}", "[1]", "\"a\"", "[\"a\""] {
        assert_eq!(classify(bad).code(), "texts_invalid", "{bad}");
    }
    assert_eq!(classify(&json!(vec!["a"; 501]).to_string()).code(), "texts_invalid");
    assert_eq!(classify(&json!(["x".repeat(17_000)]).to_string()).code(), "texts_invalid");
    let said = classify(&json!(texts).to_string());
    assert_eq!((said.status, said.json().as_array().unwrap().len()), (200, 8), "{said:?}");
    for (query, parameter) in
        [("?by=shoe", "by"), ("?days=0", "days"), ("?quotes=99", "quotes"), ("?x=1", "x")]
    {
        let answer = house.get(&format!("/v1/reviews/report{query}"));
        assert_eq!(
            (answer.status, &answer.json()["error"]["path"]),
            (400, &json!(parameter)),
            "{query}"
        );
    }
}
