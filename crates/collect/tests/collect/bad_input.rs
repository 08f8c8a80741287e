//! Every kind of bad file gives one clear sentence or quarantined rows; good rows load.

use event::RefusalCode;

use crate::memory_lake::{MemoryLake, gzip, import_text, job, run, write};

fn refusals(lake: &MemoryLake) -> Vec<(RefusalCode, &str)> {
    lake.aside.iter().map(|(refusal, received)| (refusal.code, received.origin.as_str())).collect()
}

fn fails(name: &str, content: impl AsRef<[u8]>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), name, content);
    let mut lake = MemoryLake::default();
    let error = run(&job(&[&path], None), &mut lake).unwrap_err().to_string();
    assert!(lake.events.is_empty() && lake.aside.is_empty());
    assert!(error.contains(name), "{error}");
    error
}

#[test]
fn a_truncated_gzip_loads_the_rows_before_the_cut() {
    let mut text = "user,item,time\n".to_owned();
    for i in 0..50_000 {
        text.push_str(&format!("u{},i{},2020-01-01 00:00:{:02}\n", i * 7919 % 5003, i, i % 60));
    }
    let packed = gzip(text.as_bytes());
    let cut = &packed[..packed.len() / 2];
    let (lake, summary) = import_text("cut.csv.gz", cut);
    let broken = summary.files[0].incomplete.clone().unwrap();
    assert!(!summary.is_complete());
    assert!(broken.reason.contains("cut off"), "{}", broken.reason);
    assert_eq!(broken.offset_bytes, cut.len() as u64);
    assert!(summary.total.rows.stored > 1000 && summary.total.rows.stored < 50_000);
    assert_eq!(summary.total.rows.quarantined, 0);
    assert_eq!(broken.after_row, summary.total.rows.received + 1);
    for event in lake.of_type("view") {
        let row: usize = event.data.item_id().unwrap().as_str()[1..].parse().unwrap();
        assert_eq!(event.user_id.as_ref().unwrap().as_str(), format!("u{}", row * 7919 % 5003));
    }
}

#[test]
fn a_cut_order_waits_for_the_whole_file() {
    let mut text = "order,user,item,time,qty,price\n".to_owned();
    for i in 0..40_000 {
        text.push_str(&format!("o{},u1,i{},2020-01-01 00:00:00,1,{}.10\n", i / 10, i, i % 97));
    }
    let packed = gzip(text.as_bytes());
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "orders.csv.gz", &packed[..packed.len() * 2 / 3]);
    let mut lake = MemoryLake::default();
    let first = run(&job(&[&path], None), &mut lake).unwrap();
    let stored = first.total.rows.stored;
    assert!(stored > 1000 && first.files[0].incomplete.as_ref().unwrap().withheld_rows > 0);
    assert_eq!(stored % 10, 0, "only whole orders are stored");
    write(folder.path(), "orders.csv.gz", &packed);
    let second = run(&job(&[&path], None), &mut lake).unwrap();
    assert_eq!(second.total.rows.quarantined, 0);
    assert_eq!(second.total.rows.stored + stored, 40_000);
}

#[test]
fn a_damaged_gzip_is_told_with_its_place() {
    let text = "user,item,time\n".to_owned() + &"u,i,2020-01-01\n".repeat(1000);
    let mut packed = gzip(text.as_bytes());
    let end = packed.len() - 6;
    packed[end] ^= 0x55;
    let (_, summary) = import_text("damaged.csv.gz", packed);
    assert!(summary.files[0].incomplete.is_some());
}

#[test]
fn a_byte_order_mark_and_mixed_line_ends_do_no_harm() {
    let (lake, summary) = import_text(
        "mixed.csv",
        "\u{feff}user,item,time\r\nu1,i1,2020-01-01\nu2,i2,2020-01-02\ru3,i3,2020-01-03\r\n\r\n\n",
    );
    assert_eq!((summary.total.rows.received, summary.total.rows.stored), (3, 3));
    let items: Vec<_> = lake.of_type("view").iter().map(|e| e.data.item_id().cloned()).collect();
    assert_eq!(items.iter().flatten().map(|i| i.as_str()).collect::<Vec<_>>(), ["i1", "i2", "i3"]);
}

#[test]
fn rows_with_other_column_counts_are_set_aside_by_line() {
    let (lake, summary) = import_text(
        "columns.csv",
        "user,item,time\nu1,i1,2020-01-01\nu2,i2\nu3,i3,2020-01-01,x\nu4,i4,2020-01-01\n",
    );
    assert_eq!(summary.total.rows.stored, 2);
    let columns = RefusalCode::RowColumns;
    assert_eq!(refusals(&lake), [(columns, "columns.csv:3"), (columns, "columns.csv:4")]);
    assert_eq!(lake.aside[0].1.raw, "u2,i2");
}

#[test]
fn an_open_quote_spoils_its_own_row_only() {
    let rest: String = (0..20_000).map(|i| format!("u{i},i{i},2020-01-01\n")).collect();
    let (lake, summary) =
        import_text("quote.csv", format!("user,item,time\nu1,\"i1,2020-01-01\n{rest}"));
    assert_eq!((summary.total.rows.stored, summary.total.rows.quarantined), (20_000, 1));
    assert_eq!(refusals(&lake), [(RefusalCode::RowColumns, "quote.csv:2")]);
    let (lake, summary) = import_text(
        "quote.csv",
        "user,item,time\nu1,\"i1,2020-01-01\nu2,i2,2020-01-01\nu3,\"i3\",2020-01-01\n",
    );
    assert_eq!(refusals(&lake), [(RefusalCode::RowColumns, "quote.csv:2")]);
    assert_eq!(summary.total.rows.stored, 2);
}

#[test]
fn a_line_of_100_mb_is_passed_over_without_being_held() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.csv");
    {
        use std::io::Write;
        let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
        file.write_all(b"user,item,time\nu1,i1,2020-01-01\nu2,").unwrap();
        let chunk = vec![b'x'; 1 << 20];
        for _ in 0..100 {
            file.write_all(&chunk).unwrap();
        }
        file.write_all(b",2020-01-01\nu3,i3,2020-01-01\n").unwrap();
    }
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&path], None), &mut lake).unwrap();
    assert_eq!(summary.total.rows.stored, 2);
    assert_eq!(refusals(&lake), [(RefusalCode::RowTooLong, "long.csv:3")]);
    assert!(lake.aside[0].1.raw.len() < 1000);
}

#[test]
fn bytes_that_are_no_utf8_spoil_their_row_only() {
    let mut text = b"user,item,time\nu1,i1,2020-01-01\nu2,i".to_vec();
    text.extend_from_slice(b"\xff\xfe,2020-01-01\nu3,\"a\xc3\",2020-01-01\nu4,i4,2020-01-01\n");
    let (lake, summary) = import_text("bytes.csv", text);
    assert_eq!(summary.total.rows.stored, 2);
    let code = RefusalCode::RowEncoding;
    assert_eq!(refusals(&lake), [(code, "bytes.csv:3"), (code, "bytes.csv:4")]);
}

#[test]
fn values_that_cannot_be_are_named_with_their_column() {
    let (lake, summary) = import_text(
        "values.csv",
        "Customer,SKU,Date,Order,Qty,Price,Currency\n\
         u1,i1,2020-01-01,o1,2,1.50,EUR\n\
         u1,i1,tomorrow,o2,2,1.50,EUR\n\
         u1,i1,2020-01-01,o3,two,1.50,EUR\n\
         u1,i1,2020-01-01,o4,2,\"1,5\",EUR\n\
         u1,i1,2020-01-01,o5,2,1.50,XQX\n\
         u1,i1,2020-01-01,o6,0,1.50,EUR\n\
         u1,i1,2020-01-01,o7,1,-1.50,EUR\n\
         u1,,2020-01-01,o8,1,1.50,EUR\n\
         u1,i1,2036-01-01,o9,1,1.50,EUR\n\
         u1,i1,2020-01-01,oA,-1,1.50,EUR\n",
    );
    let got: Vec<_> = lake.aside.iter().map(|(r, _)| (r.code.as_str(), r.path.as_str())).collect();
    assert_eq!(
        got,
        [
            ("value_time", "Date"),
            ("value_number", "Qty"),
            ("value_number", "Price"),
            ("currency_unknown", "Currency"),
            ("quantity_invalid", "Qty"),
            ("amount_negative", "Price"),
            ("field_missing", "SKU"),
            ("time_future", "Date"),
        ]
    );
    assert_eq!(summary.total.rows.stored, 2);
    assert_eq!(lake.of_type("refund").len(), 1, "a negative quantity is a return");
    assert_eq!(summary.total.quarantined[&RefusalCode::ValueTime].examples, ["values.csv:3 Date"]);
}

#[test]
fn files_that_are_no_table_say_what_they_are() {
    assert!(fails("empty.csv", "").contains("is empty"));
    assert!(fails("mark.csv", "\u{feff}").contains("is empty"));
    assert!(fails("blank.csv", "\n\r\n").contains("is empty"));
    assert!(fails("empty.csv.gz", gzip(b"")).contains("is empty"));
    assert!(fails("book.xlsx", b"PK\x03\x04rest").contains("workbook"));
    assert!(fails("wide.csv", b"\xff\xfeu\0").contains("UTF-16"));
    assert!(fails("list.json", "[{\"user\":1}]").contains("JSON array"));
    assert!(fails("broken.parquet", "PAR1 and nothing else").contains("damaged Parquet"));
    let folder = tempfile::tempdir().unwrap();
    let mut lake = MemoryLake::default();
    let error = run(&job(&[folder.path()], None), &mut lake).unwrap_err().to_string();
    assert!(error.contains("is a directory"), "{error}");
    let error = run(&job(&[&folder.path().join("none.csv")], None), &mut lake).unwrap_err();
    assert!(error.to_string().contains("cannot read"), "{error}");
    let error = run(&job(&[], None), &mut lake).unwrap_err();
    assert!(error.to_string().contains("no file"), "{error}");
}

#[test]
fn missing_columns_are_listed_beside_those_found() {
    let error = fails("odd.csv", "who,what,when\n1,2,3\n");
    assert!(error.contains("who, what, when") && error.contains("--map"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "odd.csv", "user,what,time\n1,2,2020-01-01\n");
    let map = collect::map_named("generic");
    let error = run(&job(&[&path], map), &mut MemoryLake::default()).unwrap_err().to_string();
    assert!(error.contains("lacks item") && error.contains("user, what, time"), "{error}");
}

#[test]
fn prices_need_a_currency_before_anything_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "p.csv", "user,item,time,price\nu,i,2020-01-01,1\n");
    let mut without = job(&[&path], None);
    without.currency = None;
    let error = run(&without, &mut MemoryLake::default()).unwrap_err().to_string();
    assert!(error.contains("no currency"), "{error}");
}

#[test]
fn a_wrong_second_file_stores_nothing_of_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let good = write(folder.path(), "good.csv", "user,item,time\nu,i,2020-01-01\n");
    let mut lake = MemoryLake::default();
    let error = run(&job(&[&good, folder.path()], None), &mut lake).unwrap_err();
    assert!(error.to_string().contains("directory") && lake.events.is_empty());
}

#[test]
fn a_sink_that_fails_stops_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.csv", "user,item,time\nu,i,2020-01-01\n");
    let mut full = |_| Err("no space left on device".into());
    let error = collect::import(&job(&[&path], None), &mut full, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "cannot store: no space left on device");
}

#[test]
fn wrong_maps_are_explained() {
    for (text, want) in [
        ("layout='rows'", "name"),
        ("name='x'\nlayout='rows'\n[columns]\nwho='a'", "who"),
        ("name='x'\nlayout='rows'\n[columns]\nitem='a'", "time"),
        ("name='x'\nlayout='rows'\n[columns]\ntime='a'", "item"),
        ("name='x'\nlayout='orders'\n[columns]\ntime='a'\nitem='b'\nqty='c'", "columns.order"),
        ("name='x'\nlayout='rows'\nevent='vue'\n[columns]\ntime='a'\nitem='b'", "vue"),
        ("name='x'\nlayout='rows'\nsize=1\n[columns]\ntime='a'\nitem='b'", "size"),
        ("name='x'\nlayout='rows'\n[kinds.food]\n[columns]\ntime='a'\nitem='b'", "kinds.food"),
    ] {
        let error = collect::ColumnMap::from_toml(text, "my.toml").unwrap_err().to_string();
        assert!(error.contains("my.toml") && error.contains(want), "{error}");
    }
    let zone =
        "name='x'\nlayout='rows'\ntime_zone='Mars/Base'\n[columns]\ntime='time'\nitem='item'";
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "a.csv", "user,item,time\nu,i,2020-01-01\n");
    let map = collect::ColumnMap::from_toml(zone, "x").unwrap();
    let error = run(&job(&[&path], Some(map)), &mut MemoryLake::default()).unwrap_err();
    assert!(error.to_string().contains("Mars/Base"), "{error}");
}

#[test]
fn long_lines_are_told_wherever_they_stand() {
    let long = "x".repeat(event::limits::FILE_LINE_BYTES.value + 1);
    let good = "{\"user\":\"u\",\"item\":\"i\",\"time\":\"2020-01-01\"}";
    let (lake, summary) = import_text("l.json", format!("{good}\n\"{long}\"\n{good}\n"));
    assert_eq!(refusals(&lake), [(RefusalCode::RowTooLong, "l.json:2")]);
    assert_eq!((summary.total.rows.stored, summary.total.rows.duplicate), (1, 1));
    let text = format!("user,item,time\nu,\"i,2020-01-01\n{long}\nu,i,2020-01-01\n");
    let (lake, summary) = import_text("l.csv", text);
    let want = [(RefusalCode::RowColumns, "l.csv:2"), (RefusalCode::RowTooLong, "l.csv:3")];
    assert_eq!(refusals(&lake), want);
    assert_eq!(summary.total.rows.stored, 1);
    assert!(fails("head.csv", format!("{long}\nuser,item,time\n")).contains("no readable header"));
}

#[test]
fn a_short_json_file_that_is_cut_keeps_its_good_rows() {
    let text: String = (0..500)
        .map(|i| {
            let (user, time) = (i * i % 97, 1_577_836_800 + i * i);
            format!("{{\"user\":\"u{user}\",\"item\":\"i{i}\",\"time\":{time}}}\n")
        })
        .collect();
    let packed = gzip(text.as_bytes());
    let (_, summary) = import_text("cut.json.gz", &packed[..packed.len() * 3 / 4]);
    assert!(summary.total.rows.stored > 100 && !summary.is_complete());
}
