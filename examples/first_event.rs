//! A first event: from one line of JSON to the store and back, and what a wrong one is told.
//!
//! Run it with `cargo run --release -p dongcha-examples --example first_event`.
#![expect(clippy::print_stdout, reason = "an essay tells what it finds")]

use std::error::Error;

use event::columns::EventColumns;
use event::{
    Authority, Bilingual, Currency, Event, Received, Refusal, RefusalCode, SiteId, UserKey,
    Verdict, parse, parse_zoned,
};
use lake::{Lake, OpenOptions, QuarantineFilter, SiteConfig};

/// A shopper looks at a teapot. The phone's clock runs ten minutes late and does not know it.
const VIEW: &str = r#"{
  "v": 1, "id": "e-0001", "type": "view",
  "ts": "2026-11-23T10:05:30+01:00", "sent_at": "2026-11-23T10:05:31+01:00",
  "user_id": "ana", "source": "web",
  "data": {"item_id": "teapot", "price_minor": 3400, "currency": "EUR"}
}"#;

/// An order that forgets to say in which currency it was paid.
const ORDER: &str = r#"{
  "v": 1, "id": "e-0002", "type": "purchase", "ts": "2026-11-23T10:20:00+01:00",
  "user_id": "ana", "source": "server",
  "data": {"order_id": "1001", "total_minor": 3400,
           "lines": [{"item_id": "teapot", "qty": 1, "unit_price_minor": 3400}]}
}"#;

/// Tells the story; every claim on the way is checked.
fn main() -> Result<(), Box<dyn Error>> {
    // Parsing reads no clock. Whoever received the event says when, so that the same text always
    // gives the same event.
    let (received, _) = parse_zoned("2026-11-23T10:15:31+01:00")?;

    // The sender's clock is wrong by the same amount when the event happens and when it is sent,
    // so `ts + (received − sent_at)` is the true moment. Both clocks are kept.
    let view = parse(VIEW, Authority::Browser, received)?;
    let happened = view.time().to_rfc3339(60);
    println!("{} says {}, it was {happened}", view.id.as_str(), view.clocks.ts_text());
    assert_eq!(happened, "2026-11-23T10:15:30.000+01:00");

    let folder = tempfile::tempdir()?;
    let lake = Lake::open(folder.path(), OpenOptions::default())?;
    let site = SiteId::new("tea-shop").ok_or("a site name is lower-case letters, digits and -")?;
    lake.create_site(SiteConfig {
        site: site.clone(),
        name: Bilingual::new("Tea shop", "茶叶店"),
        currency: Currency::new("EUR").ok_or("EUR is a currency")?,
        time_zone: "Europe/Berlin".to_owned(),
        country: None,
    })?;

    // `append` returns after the commit that holds the event is on disk. A sender that heard
    // nothing may send again: the id makes storing idempotent, and nothing is counted twice.
    let first = lake.append(&site, vec![sent(VIEW, Ok(view.clone()))])?;
    let again = lake.append(&site, vec![sent(VIEW, Ok(view.clone()))])?;
    println!("sent once: {first:?}; sent again: {again:?}");
    assert_eq!((first, again), (vec![Verdict::Accepted], vec![Verdict::Duplicate]));

    // What was acknowledged is in the very next read, as a row of the open Arrow table that the
    // Parquet segments hold too.
    let snapshot = lake.snapshot(&site)?;
    let rows = snapshot.user(&UserKey::user("ana"))?;
    let batch = rows.first().ok_or("the acknowledged event is there")?;
    let columns = EventColumns::of(batch)?;
    println!(
        "stored: {} of {} at {} minor units of {}",
        columns.kind.value(0),
        columns.item_id.value(0),
        columns.amount_minor.value(0),
        columns.currency.value(0)
    );
    assert_eq!((rows.len(), batch.num_rows()), (1, 1));
    assert_eq!((columns.kind.value(0), columns.item_id.value(0)), ("view", "teapot"));

    // A wrong event is told what is wrong, where and what to do, under a code that stays the
    // same. It is never guessed at: 34 of which money?
    let Err(refusal) = parse(ORDER, Authority::Server, received) else {
        return Err("an amount without a currency must not pass".into());
    };
    println!("refused: {refusal}");
    assert_eq!(refusal, Refusal::new(RefusalCode::CurrencyMissing, "data.currency"));

    // It is not thrown away either: it waits in quarantine with its reason until somebody
    // corrects and replays it. Only then does it count.
    let verdicts = lake.append(&site, vec![sent(ORDER, Err(refusal.clone()))])?;
    assert_eq!(verdicts, [Verdict::Quarantined(refusal)]);
    let waiting = lake.quarantine(&site, &QuarantineFilter::default())?;
    println!("in quarantine: {}; stored: {}", waiting.len(), lake.snapshot(&site)?.event_count()?);
    assert_eq!((waiting.len(), lake.snapshot(&site)?.event_count()?), (1, 1));
    Ok(())
}

/// A text as it arrived, with what parsing made of it.
fn sent(raw: &str, event: Result<Event, Refusal>) -> Received {
    let origin = "first_event.rs".to_owned();
    Received { raw: raw.to_owned(), origin, units: 1, event: event.map(Box::new) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_claim_holds() -> Result<(), Box<dyn std::error::Error>> {
        super::main()
    }
}
