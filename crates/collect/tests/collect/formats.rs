//! The same table in every format gives the same events; quoting; Parquet types; JSON lines.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, LargeStringArray, RecordBatch,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt8Array,
};
use event::Data;
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use crate::memory_lake::{MemoryLake, gzip, import_text, job, run, write};

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn one_table_in_nine_coats_is_one_set_of_events() {
    let rows = [
        ("17850", "a\"b", 2, "2.95", "2020-05-05 10:00:00", "o1"),
        ("17851", "c;d", 1, "0.1", "2020-05-05 10:00:01", "o2"),
        ("17850", "e,f", 12, "1299", "2020-05-05 10:00:00", "o1"),
    ];
    let delimited = |mark: char, end: &str| {
        let mut text = ["user", "item", "qty", "price", "time", "order"].join(&mark.to_string());
        text.push_str(end);
        for (user, item, qty, price, time, order) in rows {
            let item = item.replace('"', "\"\"");
            text.push_str(&format!(
                "{user}{mark}\"{item}\"{mark}{qty}{mark}{price}{mark}{time}{mark}{order}{end}"
            ));
        }
        text.into_bytes()
    };
    let json: String = rows
        .iter()
        .map(|(user, item, qty, price, time, order)| {
            let price: serde_json::Value = serde_json::from_str(price).unwrap();
            let row = serde_json::json!({"user": user.parse::<i64>().unwrap(), "item": item,
                "qty": qty, "price": price, "time": time, "order": order});
            format!("{row}\n")
        })
        .collect();
    let table = parquet(vec![
        (
            "user",
            Arc::new(Float64Array::from_iter_values(rows.iter().map(|r| r.0.parse().unwrap())))
                as ArrayRef,
        ),
        ("item", Arc::new(LargeStringArray::from_iter_values(rows.iter().map(|r| r.1)))),
        ("qty", Arc::new(UInt8Array::from_iter_values(rows.iter().map(|r| r.2)))),
        (
            "price",
            Arc::new(Float64Array::from_iter_values(rows.iter().map(|r| r.3.parse().unwrap()))),
        ),
        ("time", Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.4)))),
        ("order", Arc::new(StringArray::from_iter_values(rows.iter().map(|r| r.5)))),
    ]);
    let coats = [
        ("a.csv", delimited(',', "\n")),
        ("a.csv.gz", gzip(&delimited(',', "\r\n"))),
        ("a.tsv", delimited('\t', "\r")),
        ("a.txt", delimited(';', "\n")),
        ("a.psv", delimited('|', "\n")),
        ("a.jsonl", json.clone().into_bytes()),
        ("a.jsonl.gz", gzip(json.as_bytes())),
        ("a.parquet", table.clone()),
        ("a.parquet.gz", gzip(&table)),
    ];
    let mut first: Option<Vec<String>> = None;
    for (name, bytes) in coats {
        let (lake, summary) = import_text(name, bytes);
        assert_eq!(summary.total.rows.stored, 3, "{name} {:?}", lake.aside);
        let contents = lake.contents();
        assert_eq!(first.get_or_insert(contents.clone()), &contents, "{name}");
    }
    assert!(first.unwrap().iter().any(|e| e.contains("\"total_minor\":1559390")));
}

#[test]
fn parquet_types_read_as_people_write_them() {
    let table = parquet(vec![
        ("user", Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef),
        ("session", Arc::new(Date32Array::from(vec![18_000, 18_001]))),
        ("item", Arc::new(BooleanArray::from(vec![true, false]))),
        ("time", Arc::new(TimestampMicrosecondArray::from(vec![1_588_672_800_123_456; 2]))),
    ]);
    let (lake, summary) = import_text("t.parquet", table);
    assert_eq!((summary.total.rows.stored, summary.total.rows.quarantined), (1, 1));
    let event = &lake.events[0];
    assert_eq!(event.session_id.as_ref().unwrap().as_str(), "2019-04-14");
    assert_eq!(event.data.item_id().unwrap().as_str(), "true");
    assert_eq!(event.clocks.ts_text(), "2020-05-05T10:00:00.123+02:00", "a wall clock");
    assert_eq!(lake.aside[0].0.code.as_str(), "identity_missing");
    let times = TimestampMillisecondArray::from(vec![None::<i64>]);
    let table = parquet(vec![
        ("user", Arc::new(StringArray::from(vec!["u,v"])) as ArrayRef),
        ("item", Arc::new(Float64Array::from(vec![7.0]))),
        ("time", Arc::new(times)),
    ]);
    let (lake, _) = import_text("n.parquet", table);
    assert_eq!(lake.aside[0].0.code.as_str(), "value_time");
    assert_eq!(lake.aside[0].1.raw, "\"u,v\",7,", "a row without lines is written as one");
    let zoned = TimestampMillisecondArray::from(vec![1_588_672_800_123]).with_timezone("UTC");
    let table = parquet(vec![
        ("user", Arc::new(StringArray::from(vec!["u"])) as ArrayRef),
        ("item", Arc::new(StringArray::from(vec!["i"]))),
        ("time", Arc::new(zoned)),
    ]);
    let (lake, _) = import_text("z.parquet", table);
    assert_eq!(lake.events[0].clocks.ts_text(), "2020-05-05T10:00:00.123+00:00");
}

#[test]
fn native_events_pass_as_they_are() {
    let good = r#"{"v":1,"id":"e1","type":"view","ts":"2020-01-01T00:00:00Z","user_id":"u",
        "data":{"item_id":"i"}}"#;
    let good = good.replace("\n        ", "");
    let bad =
        r#"{"v":1,"id":"e2","type":"view","ts":"2020-01-01T00:00:00Z","data":{"item_id":"i"}}"#;
    let text = format!("{good}\n{bad}\nnot json\n[1]\n{good}\n");
    let (lake, summary) = import_text("events.ndjson", text);
    let rows = summary.total.rows;
    assert_eq!((rows.stored, rows.duplicate, rows.quarantined), (1, 1, 3));
    let codes: Vec<_> = lake.aside.iter().map(|(r, _)| r.code.as_str()).collect();
    assert_eq!(codes, ["identity_missing", "json_invalid", "not_an_object"]);
    assert_eq!(lake.aside[0].1.raw, bad, "what was set aside can be replayed");
}

#[test]
fn flat_objects_may_differ_in_their_keys() {
    let text = "{\"user\":\"u\",\"item\":\"i\",\"time\":\"2020-01-01\"}\n\
                {\"time\":1577836800,\"item\":7,\"user\":8,\"city\":\"Lyon\",\"tags\":[1]}\n\
                {\"user\":null,\"item\":\"i\",\"time\":\"2020-01-01\"}\n[]\n{\n";
    let (lake, summary) = import_text("flat.json", text);
    assert_eq!((summary.total.rows.stored, summary.total.rows.quarantined), (2, 3));
    assert_eq!(lake.events[1].ctx.place.as_ref().unwrap().city.as_deref(), Some("Lyon"));
    assert_eq!(summary.files[0].unused_columns, ["tags"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever text stands in a field, quoting by another library brings it back.
    #[test]
    fn quoted_fields_come_back(
        texts in proptest::collection::vec("[a-z\"',;|:\t \r\n茶é]{0,12}", 1..20),
        end in prop_oneof![Just("\n"), Just("\r\n")],
    ) {
        let terminator = match end {
            "\n" => csv::Terminator::Any(b'\n'),
            _ => csv::Terminator::CRLF,
        };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(["user", "item", "time", "rating", "text"]).unwrap();
        for (i, text) in texts.iter().enumerate() {
            writer.write_record(["u", &format!("i{i}"), "2020-01-01", "5", text]).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let (lake, summary) = import_text("q.csv", bytes);
        prop_assert_eq!(summary.total.rows.stored, texts.len() as u64);
        let kept = lake.of_type("review").into_iter().map(|e| match &e.data {
            Data::Review { text, .. } => text.clone().unwrap_or_default(),
            _ => String::new(),
        });
        let wanted = texts.iter().map(|t| t.trim().to_owned());
        prop_assert_eq!(kept.collect::<Vec<_>>(), wanted.map(unless_missing).collect::<Vec<_>>());
    }
}

/// What the generic map calls missing is kept as nothing.
fn unless_missing(text: String) -> String {
    if ["nan", "null"].contains(&text.as_str()) { String::new() } else { text }
}

#[test]
fn files_are_the_same_events_in_any_order_and_number_of_runs() {
    let folder = tempfile::tempdir().unwrap();
    let head = "order,user,item,time,qty,price,title\n";
    let one = write(
        folder.path(),
        "1.csv",
        format!("{head}o1,u,a,2020-01-01,1,2,Old\no2,u,b,2020-01-02,1,2,B\n"),
    );
    let two = write(
        folder.path(),
        "2.csv",
        format!("{head}o3,u,a,2020-02-01,1,3,New\no2,u,b,2020-01-02,1,2,B\n"),
    );
    let mut lakes = [MemoryLake::default(), MemoryLake::default()];
    for (lake, files) in lakes.iter_mut().zip([[&one, &two], [&two, &one]]) {
        let files = files.map(|path| path.as_path());
        run(&job(&files, None), lake).unwrap();
        let again = run(&job(&files, None), lake).unwrap();
        assert_eq!(again.total.rows.stored, 0);
        assert_eq!(again.total.catalogue.stored, 0);
        assert_eq!(again.total.rows.duplicate, 4);
    }
    assert_eq!(lakes[0].contents(), lakes[1].contents());
}
