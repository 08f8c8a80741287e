//! The shipped data: what an import stores equals what a plain script counts over the same files
//! (`tests/oracle/totals.py`; its figures are repeated here).

use std::collections::HashSet;
use std::path::PathBuf;

use collect::Found;
use event::{Data, Event, LineKind, RefusalCode};

use crate::memory_lake::{MemoryLake, job, run};

/// The shipped file, or `None` with a notice where the data folder has none.
fn shipped(folder: &str, name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data").join(folder).join(name);
    let there = path.exists();
    if !there {
        println!("skipped: {} is not there", path.display());
    }
    there.then_some(path)
}

/// Whether a purchase has a product line with a price; 0.001 rounds to nothing but is one.
fn is_order(event: &Event) -> bool {
    let product = |line: &event::Line| {
        line.kind.is_product()
            && (line.unit_price_minor > Some(0) || line.item_id.as_str() == "PADS")
    };
    event.data.lines().iter().any(product)
}

fn amounts(events: &[&Event]) -> (i64, i64) {
    let lines = events.iter().flat_map(|e| e.data.lines());
    let (mut product, mut other) = (0, 0);
    for line in lines {
        match line.kind {
            LineKind::Product => product += line.amount_minor(),
            _ => other += line.amount_minor(),
        }
    }
    (product, other)
}

/// The oracle's lines of non-products, less one of M and all three of B in quarantine.
const LINES_BY_CODE: [(&str, u64); 23] = [
    ("adjustment:ADJUST", 67),
    ("adjustment:ADJUST2", 3),
    ("adjustment:M", 1_162 - 1),
    ("adjustment:S", 43),
    ("adjustment:TEST001", 15),
    ("adjustment:TEST002", 2),
    ("discount:D", 100),
    ("fee:AMAZONFEE", 10),
    ("fee:BANK CHARGES", 76),
    ("shipping:C2", 275),
    ("shipping:C3", 1),
    ("shipping:DOT", 1_424),
    ("shipping:POST", 1_960),
    ("voucher:GIFT", 1),
    ("voucher:GIFT_0001_10", 16),
    ("voucher:GIFT_0001_20", 29),
    ("voucher:GIFT_0001_30", 29),
    ("voucher:GIFT_0001_40", 7),
    ("voucher:GIFT_0001_50", 8),
    ("voucher:GIFT_0001_60", 2),
    ("voucher:GIFT_0001_70", 3),
    ("voucher:GIFT_0001_80", 4),
    ("voucher:GIFT_0001_90", 2),
];

#[test]
fn gift_shop_totals_equal_the_plain_count() {
    let (Some(one), Some(two)) = (
        shipped("online-retail", "2009-2010.parquet"),
        shipped("online-retail", "2010-2011.parquet"),
    ) else {
        return;
    };
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&one, &two], None), &mut lake).unwrap();
    let [first, second] = &summary.files[..] else { panic!() };
    assert_eq!(first.tally.rows.received, 525_461);
    assert_eq!(second.tally.rows.received, 531_282);
    assert_eq!(second.tally.rows.duplicate, 22_130, "the overlap of 888 invoices");
    assert_eq!(first.tally.rows.duplicate, 0);
    assert_eq!(summary.total.rows.quarantined, 4);
    assert_eq!(summary.total.quarantined[&RefusalCode::AmountNegative].rows, 3, "bad debt");
    assert_eq!(summary.total.quarantined[&RefusalCode::QuantityInvalid].rows, 1, "C496350");
    let found = |found| summary.total.found[&found].stored;
    assert_eq!(found(Found::RefundLines), 10_205);
    assert_eq!(found(Found::FreeLines), 70);
    assert_eq!(found(Found::StockCorrections), 2_121 + 2_631 - 70);
    assert_eq!(found(Found::AnonymousRows), 233_660 - 4, "four of them are in quarantine");
    assert_eq!(found(Found::PricesRounded), 18);
    assert_eq!(found(Found::NonProductLines), 5_242 - 4);
    assert_eq!(first.tally.found[&Found::RepeatedLines].received, 6_865);
    assert_eq!(second.tally.found[&Found::RepeatedLines].received, 5_231);
    for (code, lines) in LINES_BY_CODE {
        assert_eq!(summary.total.codes[code].stored, lines, "{code}");
    }
    assert_eq!(summary.total.codes.len(), LINES_BY_CODE.len());

    let purchases = lake.of_type("purchase");
    let sold: Vec<&Event> = purchases.iter().copied().filter(|e| is_order(e)).collect();
    assert_eq!(sold.len(), 39_516);
    assert_eq!(sold.iter().filter(|e| e.user_id.is_none()).count(), 2_922);
    let buyers: HashSet<_> = sold.iter().filter_map(|e| e.user_id.clone()).collect();
    assert_eq!(buyers.len(), 5_852);
    let refunds = lake.of_type("refund");
    assert_eq!(refunds.len(), 4_591);
    assert_eq!(amounts(&purchases), (1_970_095_444, 82_170_740));
    assert_eq!(amounts(&refunds), (24_783_181, 38_239_713));
    let totals: i64 = purchases
        .iter()
        .map(|e| match e.data {
            Data::Purchase { total_minor, .. } => total_minor,
            _ => 0,
        })
        .sum();
    assert_eq!(totals, 2_052_266_184);
    let first_ts = purchases.iter().map(|e| e.clocks.ts).min().unwrap();
    assert_eq!(first_ts.to_rfc3339(0), "2009-12-01T07:45:00.000+00:00");

    let again = run(&job(&[&two, &one], None), &mut lake).unwrap();
    assert_eq!((again.total.rows.stored, again.total.catalogue.stored), (0, 0));
    assert_eq!(again.total.rows.duplicate, 1_056_743 - 4);
}

#[test]
fn clothing_totals_equal_the_plain_count() {
    let (Some(clicks), Some(reviews)) = (
        shipped("eshop-clicks", "e-shop-clothing-2008.csv.gz"),
        shipped("clothing-reviews", "womens-clothing-reviews.csv.gz"),
    ) else {
        return;
    };
    let mut lake = MemoryLake::default();
    let summary = run(&job(&[&clicks, &reviews], None), &mut lake).unwrap();
    assert_eq!(summary.total.rows.stored, 165_474 + 23_486);
    assert_eq!(summary.total.rows.received, summary.total.rows.stored);
    let views = lake.of_type("view");
    let sessions: HashSet<_> = views.iter().filter_map(|e| e.session_id.clone()).collect();
    assert_eq!(sessions.len(), 24_026);
    let items: HashSet<_> = views.iter().filter_map(|e| e.data.item_id()).collect();
    assert_eq!(items.len(), 217);
    let days: HashSet<_> = views.iter().map(|e| e.clocks.ts_text()[..10].to_owned()).collect();
    assert_eq!(days.len(), 135);
    assert!(days.contains("2008-04-01") && days.contains("2008-08-13"));
    let mut stars = [0; 6];
    let (mut texts, mut titles) = (0, 0);
    for event in lake.of_type("review") {
        let Data::Review { rating: Some(rating), text, title, .. } = &event.data else { panic!() };
        stars[rating.value as usize] += 1;
        texts += usize::from(text.is_none());
        titles += usize::from(title.is_none());
    }
    assert_eq!(stars, [0, 842, 1_565, 2_871, 5_077, 13_131]);
    assert_eq!((texts, titles), (845, 3_810));
    assert_eq!(lake.of_type("item").len(), 217 + 1_206);
    let odd =
        lake.of_type("item").into_iter().find(|e| e.data.item_id().unwrap().as_str() == "A18");
    assert_eq!(odd.unwrap().to_json()["data"]["category"][0], "Trousers");
}
