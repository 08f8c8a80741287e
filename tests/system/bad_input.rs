//! Bad input: one clear sentence, an exit code, and what was stored before stays whole.

use std::collections::BTreeMap;
use std::io::Write;

use event::RefusalCode;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::program::{Dongcha, Ran};
use crate::stored::Stored;

const HEADER: &str = "order,user,item,qty,price,time\n";
const BEFORE: &str = "order,user,item,qty,price,time\n\
    O1,u1,A,1,2.50,2024-03-01 09:00:00\n\
    O1,u1,B,2,1.00,2024-03-01 09:00:00\n\
    O2,u2,A,1,2.50,2024-03-02 10:00:00\n";

/// A shop with a little history, and what is stored of it.
struct House {
    dongcha: Dongcha,
    before: BTreeMap<String, Stored>,
}

impl House {
    fn new() -> Self {
        let dongcha = Dongcha::with_shop();
        dongcha.write("before.csv", BEFORE);
        dongcha.run(&["import", "before.csv", "--site", "shop"]).succeeded();
        let before = dongcha.stored("shop");
        assert_eq!(before.values().filter(|event| event.kind == "purchase").count(), 2);
        Self { dongcha, before }
    }

    /// Imports a file of this content.
    fn import(&self, name: &str, content: impl AsRef<[u8]>) -> Ran {
        self.dongcha.write(name, content);
        self.dongcha.run(&["import", name, "--site", "shop", "--format", "json"])
    }

    /// What an import of this content tells as JSON.
    fn summary(&self, name: &str, content: impl AsRef<[u8]>) -> Value {
        let ran = self.import(name, content).succeeded();
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Fails unless everything of before is still there unchanged; returns what is there now.
    fn is_whole(&self) -> BTreeMap<String, Stored> {
        let now = self.dongcha.stored("shop");
        for (id, event) in &self.before {
            assert_eq!(now.get(id), Some(event), "{id} of before");
        }
        self.dongcha.run(&["doctor"]).succeeded();
        now
    }

    /// Fails unless nothing changed at all.
    fn is_untouched(&self) {
        assert_eq!(self.is_whole().len(), self.before.len());
    }

    /// Checks that of two rows the good one is stored and the bad one set aside under a code,
    /// which is told with its advice in both languages.
    fn sets_aside(&self, name: &str, content: impl AsRef<[u8]>, code: RefusalCode) {
        let told = self.summary(name, content);
        let rows = &told["total"]["rows"];
        let figures =
            ["received", "stored", "duplicate", "quarantined"].map(|key| rows[key].as_u64());
        assert_eq!(figures, [2, 1, 0, 1].map(Some), "{told:#}");
        assert_eq!(told["total"]["quarantined"][code.as_str()]["rows"], 1, "{told:#}");
        assert_eq!(self.is_whole().len(), self.before.len() + 1 + usize::from(self.is_item()));
        let listed = self.dongcha.json(&["quarantine", "list", "--site", "shop"]);
        assert_eq!(listed[0]["code"], code.as_str());
        let id = listed[0]["id"].to_string();
        for (language, advice) in [("en", code.advice().en), ("zh", code.advice().zh)] {
            let show = ["quarantine", "show", &id, "--format", "csv", "--lang", language];
            let shown = self.dongcha.run(&show).succeeded();
            assert!(shown.out.contains(&*advice), "{advice} in {shown:?}");
        }
        // The table for people says it too, and reading the file again stores nothing twice.
        let again = self.dongcha.run(&["import", name, "--site", "shop"]).succeeded();
        let english = code.advice().en;
        let start = english.split(' ').take(3).collect::<Vec<_>>().join(" ");
        assert!(again.out.contains(code.as_str()) && again.out.contains(&start), "{again:?}");
        self.is_whole();
    }

    /// Whether the good row also brought a catalogue entry.
    fn is_item(&self) -> bool {
        let items = |events: &BTreeMap<String, Stored>| {
            events.values().filter(|event| event.kind == "item").count()
        };
        items(&self.dongcha.stored("shop")) > items(&self.before)
    }
}

fn row(order: &str, rest: &str) -> String {
    format!("{order},u9,A,{rest}\n")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Orders of one line each.
fn many_orders(count: usize) -> String {
    let line = |n: usize| format!("M{n},u{},I{},1,3.10,2024-04-01 08:00:00\n", n % 97, n % 31);
    HEADER.to_owned() + &(0..count).map(line).collect::<String>()
}

#[test]
fn a_truncated_gzip_keeps_its_good_rows_and_the_whole_file_completes_it() {
    let house = House::new();
    let whole = gzip(many_orders(4000).as_bytes());
    let half = &whole[..whole.len() * 6 / 10];
    house.dongcha.write("orders.csv.gz", half);
    let ran = house.dongcha.run(&["import", "orders.csv.gz", "--site", "shop"]).ended_with(3);
    let sentences: Vec<&str> = ran.out.lines().filter(|line| line.contains("cut off")).collect();
    assert_eq!(sentences.len(), 1, "{ran:?}");
    let orders = |events: &BTreeMap<String, Stored>| {
        events.values().filter(|event| event.kind == "purchase").count()
    };
    let kept = orders(&house.is_whole());
    assert!((1000..4002).contains(&kept), "{kept} orders of the cut file");
    let told = house.summary("orders.csv.gz", &whole);
    let rows = &told["total"]["rows"];
    assert_eq!(rows["received"], 4000);
    assert_eq!(rows["duplicate"], kept as u64 - 2);
    assert_eq!(orders(&house.is_whole()), 4002);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_name() {
    let house = House::new();
    let told = house.summary("bom.csv", format!("\u{feff}{HEADER}{}", row("B1", "1,2,2024-05-01")));
    assert_eq!(told["total"]["rows"]["stored"], 1, "{told:#}");
    assert!(house.is_whole().values().any(|event| event.data["order_id"] == "B1"));
}

#[test]
fn mixed_line_ends_are_all_line_ends() {
    let house = House::new();
    let lines =
        [row("L1", "1,2,2024-05-01"), row("L2", "1,2,2024-05-01"), row("L3", "1,2,2024-05-01")];
    let [one, two, three] = lines.map(|line| line.trim_end().to_owned());
    let mixed = format!("{}\r\n{one}\n{two}\r\n{three}", HEADER.trim_end());
    let told = house.summary("mixed.csv", mixed);
    let rows = &told["total"]["rows"];
    assert_eq!(
        (rows["received"].as_u64(), rows["stored"].as_u64()),
        (Some(3), Some(3)),
        "{told:#}"
    );
    let now = house.is_whole();
    let carriage = now.values().filter(|event| event.data.to_string().contains("\\r")).count();
    assert_eq!(carriage, 0);
}

#[test]
fn a_wrong_column_count_is_set_aside() {
    let bad = format!("{HEADER}{}C2,u9,A\n", row("C1", "1,2,2024-05-01"));
    House::new().sets_aside("columns.csv", bad, RefusalCode::RowColumns);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_set_aside() {
    let mut bad = format!("{HEADER}{}", row("E1", "1,2,2024-05-01")).into_bytes();
    bad.extend(std::iter::repeat_n(b'x', 100_000_000));
    bad.push(b'\n');
    House::new().sets_aside("endless.csv", bad, RefusalCode::RowTooLong);
}

#[test]
fn invalid_utf_8_is_set_aside() {
    let mut bad = format!("{HEADER}{}", row("U1", "1,2,2024-05-01")).into_bytes();
    bad.extend(b"U2,u\xff9,A,1,2,2024-05-01\n");
    House::new().sets_aside("latin.csv", bad, RefusalCode::RowEncoding);
}

#[test]
fn a_date_in_the_future_is_set_aside() {
    let bad = format!("{HEADER}{}{}", row("F1", "1,2,2024-05-01"), row("F2", "1,2,2999-01-01"));
    House::new().sets_aside("future.csv", bad, RefusalCode::TimeFuture);
}

#[test]
fn an_unknown_currency_is_set_aside() {
    let bad = "order,user,item,qty,price,time,currency\n\
        X1,u9,A,1,2,2024-05-01,EUR\n\
        X2,u9,A,1,2,2024-05-01,EUX\n";
    House::new().sets_aside("currency.csv", bad, RefusalCode::CurrencyUnknown);
}

#[test]
fn a_negative_quantity_is_a_return() {
    let house = House::new();
    let told = house.summary(
        "returns.csv",
        format!("{HEADER}{}{}", row("R1", "2,2,2024-05-01"), row("R2", "-2,2,2024-05-02")),
    );
    assert_eq!(told["total"]["events"]["purchase"]["stored"], 1, "{told:#}");
    assert_eq!(told["total"]["events"]["refund"]["stored"], 1, "{told:#}");
    assert_eq!(told["total"]["rows"]["quarantined"], 0, "{told:#}");
    let now = house.is_whole();
    let back: Vec<_> = now.values().filter(|event| event.kind == "refund").collect();
    assert_eq!(back.len(), 1);
    assert_eq!(back[0].amount_minor, Some(400));
}

#[test]
fn an_empty_file_is_refused() {
    let house = House::new();
    house.import("empty.csv", "").refused(&["empty.csv", "is empty"]);
    house.is_untouched();
}

#[test]
fn a_directory_instead_of_a_file_is_refused() {
    let house = House::new();
    std::fs::create_dir(house.dongcha.path("folder.csv")).unwrap();
    let ran = house.dongcha.run(&["import", "folder.csv", "--site", "shop"]);
    ran.refused(&["folder.csv", "is a directory"]);
    house.is_untouched();
}

#[test]
fn a_missing_file_an_unknown_shop_and_an_unknown_map_are_refused() {
    let house = House::new();
    let run = |args: &[&str]| house.dongcha.run(args);
    run(&["import", "nowhere.csv", "--site", "shop"]).refused(&["nowhere.csv"]);
    run(&["import", "before.csv", "--site", "other"]).refused(&["other"]);
    run(&["import", "before.csv", "--site", "shop", "--map", "x"]).refused(&["column map", "x"]);
    run(&["recommend", "--site", "shop", "--user", "u1"]).refused(&["train"]);
    run(&["similar", "--site", "shop", "--item", "A"]).refused(&["train"]);
    house.dongcha.write("vectors.csv", "item_id,x,y\nA,1,0\nB,near,1\n");
    let train = |file: &str| run(&["train", "--site", "shop", "--embeddings", file]);
    train("vectors.csv").refused(&["near", "row 2"]);
    house.dongcha.write("vectors.csv", "item,x\nA,1\n");
    train("vectors.csv").refused(&["item_id"]);
    house.dongcha.write("vectors.csv", "item_id,x\nA,1\nA,2\n");
    train("vectors.csv").refused(&["1 rows", "another row"]);
    train("nowhere.csv").refused(&["nowhere.csv"]);
    house.is_untouched();
}

#[test]
fn a_good_file_beside_a_bad_one_stores_nothing() {
    let house = House::new();
    house.dongcha.write("good.csv", many_orders(10));
    house.dongcha.write("bad.csv", "");
    let ran = house.dongcha.run(&["import", "good.csv", "bad.csv", "--site", "shop"]);
    ran.refused(&["bad.csv", "is empty"]);
    house.is_untouched();
}

#[test]
fn a_data_directory_of_a_newer_version_is_refused() {
    let house = House::new();
    let database = house.dongcha.data().join("dongcha.db");
    let version = |to: Option<u32>| {
        let connection = rusqlite::Connection::open(&database).unwrap();
        if let Some(to) = to {
            connection.pragma_update(None, "user_version", to).unwrap();
        }
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0)).unwrap()
    };
    let ours = version(None);
    version(Some(99));
    for args in [
        ["import", "before.csv", "--site", "shop"].as_slice(),
        &["table", "sites"],
        &["doctor"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        house.dongcha.run(args).refused(&["99", "newer"]);
    }
    assert_eq!(version(None), 99, "nothing was changed on the way");
    version(Some(ours));
    house.is_untouched();
}

#[test]
fn two_processes_on_one_data_directory_do_not_mix() {
    let house = House::new();
    house.dongcha.write("more.csv", many_orders(10));
    let server = house.dongcha.serve();
    for args in [["import", "more.csv", "--site", "shop"].as_slice(), &["table", "sites"]] {
        house.dongcha.run(args).refused(&["in use by process", "serve"]);
    }
    let (status, health) = server.get("/healthz", "");
    assert_eq!((status, &health["status"]), (200, &"ok".into()));
    assert_eq!(server.stop(), Some(0), "a service that is told to stop ends well");
    house.is_untouched();
}

#[test]
fn refusals_speak_chinese_when_asked() {
    let house = House::new();
    house.dongcha.write("empty.csv", "");
    for args in [
        ["import", "empty.csv", "--site", "shop"].as_slice(),
        &["import", "nowhere.csv", "--site", "shop"],
        &["import", ".", "--site", "shop"],
        &["import", "before.csv", "--site", "other"],
        &["recommend", "--site", "shop", "--user", "u1"],
        &["quarantine", "show", "77"],
    ] {
        let ran = house.dongcha.run(&[args, &["--lang", "zh"]].concat());
        assert_eq!((ran.code, ran.err.lines().count()), (Some(1), 1), "{ran:?}");
        let han = ran.err.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
        assert!(han >= 4, "a Chinese sentence: {ran:?}");
    }
}
