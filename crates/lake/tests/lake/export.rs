//! An export holds every event of its moment, hot ones included, and the items.

use std::fs::File;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;

use crate::kit::*;

fn read(path: &std::path::Path) -> Vec<RecordBatch> {
    let file = File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.collect::<Result<_, _>>().unwrap()
}

#[test]
fn segments_and_hot_rows_and_items_are_exported() {
    let dir = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let day_ms = 86_400_000;
    lake.append(&site(), vec![view("a", "u", START_MS, "i")]).unwrap();
    lake.publish(&site()).unwrap();
    let hot = vec![
        view("b", "u", START_MS + 1, "i"),
        view("c", "u", START_MS + 40 * day_ms, "i"),
        received(&json_event(
            "d",
            "",
            START_MS,
            "item",
            json!({"item_id": "i", "title": "Heart", "category": ["home"]}),
        )),
    ];
    lake.append(&site(), hot).unwrap();
    let done = lake.export(&site(), out.path()).unwrap();
    assert_eq!(done, lake::Exported { events: 4, files: 3, items: 1 });
    let mut found = Vec::new();
    for month in ["2026-01", "2026-02"] {
        let folder = out.path().join(format!("events/site=gifts/month={month}"));
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(path.extension().unwrap(), "parquet");
            read(&path).iter().for_each(|batch| found.extend(ids(batch)));
        }
    }
    found.sort();
    assert_eq!(found, ["a", "b", "c", "d"]);
    let items = read(&out.path().join("items/site=gifts/items.parquet"));
    assert_eq!(items[0].column_by_name("title").unwrap().as_string::<i32>().value(0), "Heart");
    let again = lake.export(&site(), out.path()).unwrap_err();
    assert!(matches!(again, lake::LakeError::Exists(_)));
}
