//! Importing a log: a file of order lines, every row of which is accounted for, read twice.
//!
//! Run it with `cargo run --release -p dongcha-examples --example import_a_log`.
#![expect(clippy::print_stdout, reason = "an essay tells what it finds")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use collect::{Found, ImportJob, ImportSummary, import};
use event::{Bilingual, Currency, RefusalCode, SiteId, parse_zoned};
use lake::{Lake, OpenOptions, SiteConfig};

/// A till's export as tills write it: one row per line of an order. One row says its time badly,
/// one was exported twice, one is a return.
const LOG: &str = "\
order,customer,product,title,quantity,price,date
1001,ana,teapot,Stoneware teapot,1,34.00,2026-09-01 10:12
1001,ana,assam,Assam 250 g,2,8.90,2026-09-01 10:12
1002,ben,teapot,Stoneware teapot,1,34.00,2026-09-01 11:40
1002,ben,teapot,Stoneware teapot,1,34.00,2026-09-01 11:40
1003,,sencha,Sencha 100 g,1,11.90,yesterday
1004,ben,teapot,Stoneware teapot,-1,34.00,2026-09-03 16:05
";

/// Tells the story; every claim on the way is checked.
fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("orders.csv");
    fs::write(&log, LOG)?;
    let lake = Lake::open(&folder.path().join("data"), OpenOptions::default())?;
    let site = SiteId::new("tea-shop").ok_or("a site name is lower-case letters, digits and -")?;
    let currency = Currency::new("EUR").ok_or("EUR is a currency")?;
    let time_zone = "Europe/Berlin".to_owned();
    let name = Bilingual::new("Tea shop", "茶叶店");
    lake.create_site(SiteConfig { site: site.clone(), name, currency, time_zone, country: None })?;

    // No map is named: the columns carry usual names, so the shipped `generic` map fits.
    let first = load(&lake, &site, &log)?;
    tell("first run", &first);
    let total = &first.total;
    assert_eq!(first.files[0].map.as_deref(), Some("generic"));

    // Conservation: every row received is stored, a duplicate or set aside. Nothing vanishes.
    let rows = total.rows;
    assert_eq!(rows.received, rows.stored + rows.duplicate + rows.quarantined);
    assert_eq!((rows.received, rows.stored, rows.duplicate, rows.quarantined), (6, 4, 1, 1));

    // Rows that share an order number are one purchase. A negative quantity is no purchase of
    // less than nothing, it is a return and becomes a refund.
    assert_eq!(total.events["purchase"].stored, 2);
    assert_eq!(total.events["refund"].stored, 1);
    assert_eq!(total.found[&Found::RefundLines].stored, 1);

    // The bad row is named by file, line and column, so that somebody can look at it.
    let refused = &total.quarantined[&RefusalCode::ValueTime];
    println!("set aside: {:?}", refused.examples);
    assert_eq!(refused.examples, ["orders.csv:6 date"]);

    // The ids of events come from what the rows say, so a second run stores nothing twice: an
    // import that was cut off is simply started again.
    let second = load(&lake, &site, &log)?;
    tell("second run", &second);
    assert_eq!((second.total.rows.stored, second.total.rows.duplicate), (0, 5));
    // Two purchases, one refund, and what the rows told about two items of the catalogue.
    assert_eq!(lake.snapshot(&site)?.event_count()?, 5);

    // The log that the README starts with gives the figures that it prints.
    let shipped = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/orders.csv"));
    let other = SiteId::new("shop").ok_or("a site name is lower-case letters, digits and -")?;
    lake.create_site(SiteConfig { site: other.clone(), ..lake.site(&site)? })?;
    let summary = load(&lake, &other, &shipped)?;
    tell("orders.csv", &summary);
    let rows = summary.total.rows;
    assert_eq!((rows.received, rows.stored, rows.duplicate, rows.quarantined), (1018, 1016, 1, 1));
    assert_eq!(summary.total.events["purchase"].stored, 608);
    Ok(())
}

/// Imports a file. The import reads and maps; where events go is the business of the sink, here
/// the lake, which answers one verdict per event.
fn load(lake: &Lake, site: &SiteId, file: &Path) -> Result<ImportSummary, Box<dyn Error>> {
    let config = lake.site(site)?;
    let job = ImportJob {
        files: vec![file.to_owned()],
        map: None,
        received: parse_zoned("2026-11-23T12:00:00+01:00")?.0,
        batch_events: 500,
        currency: Some(config.currency),
        time_zone: Some(config.time_zone),
    };
    let mut sink = |batch| lake.append(site, batch).map_err(|error| Box::new(error) as Box<_>);
    Ok(import(&job, &mut sink, &mut |_| {})?)
}

fn tell(what: &str, summary: &ImportSummary) {
    let rows = summary.total.rows;
    println!(
        "{what}: {} rows = {} stored + {} duplicate + {} set aside",
        rows.received, rows.stored, rows.duplicate, rows.quarantined
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_claim_holds() -> Result<(), Box<dyn std::error::Error>> {
        super::main()
    }
}
