//! Ten thousand small shops, each from its number: few people, few items, few moments, so that
//! times coincide, steps repeat, months end and clocks change within almost every log.
//!
//! [`oracle`] runs a check over all of them and says how many there were. A check that fails names
//! the number of its log; `random_log(number)` makes the same log again.

use std::io::Write;

use arrow_array::RecordBatch;
use event::schema::EventBatchBuilder;
use event::{
    AnonId, Authority, Campaign, CartOp, Clocks, Consent, Context, Currency, Data, Device,
    DeviceClass, Event, EventId, ItemId, Line, LineKind, OrderId, Page, Place, Rating, ReviewId,
    StockChange, TimeMs, UserId, ViewId,
};
use rayon::prelude::*;

/// Logs per oracle.
pub const LOGS: u64 = 10_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// Zones whose clocks change in the logs, and one whose clocks do not any more.
#[allow(dead_code, reason = "for the oracles of zones")]
pub const ZONES: [&str; 4] =
    ["Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"];

/// First days: clocks change in the weeks after it (spring, autumn, Shanghai in 1986), a leap day,
/// a turn of the year.
const STARTS_MS: [i64; 5] =
    [1_772_409_600_000, 1_792_368_000_000, 515_030_400_000, 1_708_905_600_000, 1_766_361_600_000];

/// A seeded stream of numbers (SplitMix64; Steele, Lea and Flood 2014).
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// These in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }
}

/// Runs a check on every log, on all threads, and says so.
pub fn oracle(name: &str, check: impl Fn(u64, &[Event]) + Sync) {
    (0..LOGS).into_par_iter().for_each(|number| {
        let log = random_log(number);
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            check(number, &log);
        }));
        if let Err(panic) = checked {
            let _ = writeln!(std::io::stderr().lock(), "{name}: random log {number} fails");
            std::panic::resume_unwind(panic);
        }
    });
    // Past the capture of test output, so that the count is always seen.
    let _ = writeln!(std::io::stderr().lock(), "oracle {name}: {LOGS} random logs agree");
}

/// The log of a number as the lake hands it out: by person, time, seq, id, each event once.
pub fn random_log(number: u64) -> Vec<Event> {
    let mut dice = Dice::new(number);
    let start_ms = dice.pick(&STARTS_MS);
    let days = dice.pick(&[1, 3, 10, 40, 100]);
    let people = 1 + dice.below(6);
    let rows = dice.below(48);
    let mut time_ms = start_ms;
    let mut events: Vec<Event> = (0..rows)
        .map(|row| {
            // Mostly a step on from the last event, so that there are sessions; else anywhere.
            time_ms = match dice.below(4) {
                0 => start_ms + dice.below(days) as i64 * DAY_MS + odd_moment(&mut dice),
                1 => time_ms,
                _ => {
                    time_ms
                        + dice.pick(&[
                            1,
                            1_000,
                            10,
                            29 * MINUTE_MS,
                            30 * MINUTE_MS,
                            30 * MINUTE_MS + 1,
                            60 * MINUTE_MS,
                        ])
                }
            };
            event(&mut dice, row, people, time_ms)
        })
        .collect();
    events.sort_by_key(|e| (e.user_key(), e.time(), e.seq, e.id.clone()));
    events
}

/// Midnights of some zone, hours around a change of clocks, or any minute.
fn odd_moment(dice: &mut Dice) -> i64 {
    let hour = dice.pick(&[0, 1, 2, 4, 5, 6, 7, 15, 16, 23]) * 60 * MINUTE_MS;
    hour + dice.pick(&[-1, 0, 0, 1, 17 * MINUTE_MS])
}

fn event(dice: &mut Dice, row: usize, people: usize, time_ms: i64) -> Event {
    let who = dice.below(people);
    let data = data(dice, row);
    let nobody = matches!(data, Data::Item { .. } | Data::Price { .. } | Data::Stock { .. });
    let known = who % 3 != 2;
    let received = TimeMs(time_ms + dice.pick(&[0, 5, 40 * MINUTE_MS, 3 * DAY_MS]));
    Event {
        id: EventId::new(&format!("e-{:03}", (row * 37) % 211)).unwrap(),
        clocks: Clocks {
            ts: TimeMs(time_ms),
            offset_min: dice.pick(&[0, 60, 480, -300]),
            sent_at: None,
            received,
        },
        seq: dice.pick(&[0, 0, 0, 1]),
        user_id: (known && !nobody).then(|| UserId::new(&who.to_string()).unwrap()),
        anon_id: (!known && !nobody).then(|| AnonId::new(&who.to_string()).unwrap()),
        session_id: None,
        source: dice.pick(&["web", "app"]).to_owned(),
        consent: Consent::default(),
        ctx: context(dice),
        data,
        authority: Authority::Server,
    }
}

fn context(dice: &mut Dice) -> Context {
    let some = |dice: &mut Dice, list: &[&str]| Some(dice.pick(list).to_owned());
    Context {
        page: (!dice.one_in(3)).then(|| Page {
            url: None,
            kind: some(dice, &["home", "category", "product", "cart"]),
            referrer: None,
        }),
        device: (!dice.one_in(3)).then(|| Device {
            class: Some(dice.pick(&[DeviceClass::Mobile, DeviceClass::Desktop])),
            os: some(dice, &["Android 15", "iOS 19", "Windows 11"]),
            browser: some(dice, &["Chrome 148", "Safari 19"]),
            ..Device::default()
        }),
        place: (!dice.one_in(3)).then(|| Place {
            country: some(dice, &["CN", "GB", "US"]),
            region: some(dice, &["CN-ZJ", "GB-LND", "US-NY"]),
            city: None,
        }),
        campaign: (!dice.one_in(3)).then(|| Campaign {
            source: some(dice, &["wechat", "google", "newsletter"]),
            medium: some(dice, &["social", "cpc", "email"]),
            name: some(dice, &["double11", "spring"]),
        }),
        arms: Vec::new(),
    }
}

fn item(dice: &mut Dice) -> ItemId {
    ItemId::new(&format!("item-{}", dice.below(5))).unwrap()
}

fn lines(dice: &mut Dice, least: usize) -> Vec<Line> {
    let count = least + dice.below(3);
    let line = |dice: &mut Dice| Line {
        item_id: item(dice),
        sku_id: None,
        qty: 1 + dice.below(4) as i64,
        unit_price_minor: dice.pick(&[None, Some(0), Some(101), Some(250)]),
        cost_minor: None,
        currency: None,
        kind: dice.pick(&[
            LineKind::Product,
            LineKind::Product,
            LineKind::Product,
            LineKind::Shipping,
        ]),
    };
    (0..count).map(|_| line(dice)).collect()
}

fn data(dice: &mut Dice, row: usize) -> Data {
    let gbp = || Currency::new("GBP").unwrap();
    let currency =
        |dice: &mut Dice| if dice.one_in(5) { Currency::new("EUR").unwrap() } else { gbp() };
    match dice.below(20) {
        0..8 => Data::View {
            item_id: item(dice),
            sku_id: None,
            view_id: dice.one_in(3).then(|| ViewId::new(&format!("v-{}", dice.below(3))).unwrap()),
            price_minor: Some(dice.pick(&[101, 250, 250])),
            currency: Some(currency(dice)),
            in_stock: dice.pick(&[None, Some(true), Some(false)]),
            from: None,
            dwell_ms: dice.pick(&[None, Some(0), Some(1_500), Some(90_000)]),
            scroll_max_pct: dice.pick(&[None, Some(0), Some(50), Some(100)]),
            areas: Vec::new(),
        },
        8 => Data::Dwell {
            view_id: ViewId::new(&format!("v-{}", dice.below(3))).unwrap(),
            dwell_ms: dice.pick(&[0, 700, 120_000]),
        },
        9 => Data::Search {
            query: "lamp".to_owned(),
            search_id: None,
            results_n: Some(dice.below(3) as u64),
            filters: Vec::new(),
            sort: None,
        },
        10..13 => Data::Cart {
            op: dice.pick(&[CartOp::Add, CartOp::Add, CartOp::Remove, CartOp::Set, CartOp::Clear]),
            lines: lines(dice, 1),
        },
        13..17 => Data::Purchase {
            order_id: OrderId::new(&format!("o-{row}")).unwrap(),
            currency: currency(dice),
            total_minor: dice.below(2_000) as i64,
            lines: lines(dice, 1),
            tax_minor: None,
            shipping_minor: None,
            discount_minor: dice.pick(&[None, Some(0), Some(150)]),
            coupons: Vec::new(),
            payment_method: None,
            channel: dice.pick(&[None, Some("web".to_owned()), Some("app".to_owned())]),
        },
        17 => Data::Refund {
            order_id: OrderId::new(&format!("o-{}", dice.below(48))).unwrap(),
            amount_minor: dice.below(2_000) as i64,
            currency: dice.pick(&[None, Some(gbp())]),
            lines: lines(dice, 0),
            reason: None,
        },
        18 => Data::Review {
            review_id: ReviewId::new(&format!("r-{row}")).unwrap(),
            item_id: item(dice),
            rating: dice.pick(&[
                None,
                Some(Rating { value: 1.0, max: 5.0 }),
                Some(Rating { value: 5.0, max: 5.0 }),
            ]),
            title: None,
            text: None,
            lang: None,
            order_id: None,
            verified: None,
            origin: None,
        },
        _ => catalogue(dice),
    }
}

/// What the shop says of its goods; belongs to nobody.
fn catalogue(dice: &mut Dice) -> Data {
    let gbp = Currency::new("GBP").unwrap();
    let item_id = item(dice);
    let price_minor = dice.pick(&[101, 250]);
    match dice.below(3) {
        0 => Data::Item {
            item_id,
            title: None,
            category: vec![dice.pick(&["light", "garden"]).to_owned()],
            price_minor: Some(price_minor),
            cost_minor: None,
            currency: Some(gbp),
            kind: LineKind::Product,
            in_stock: None,
            attrs: Vec::new(),
        },
        1 => Data::Price { item_id, price_minor, currency: gbp },
        _ => Data::Stock { item_id, change: StockChange::Level(dice.pick(&[0, 3])), reason: None },
    }
}

/// Events as one batch.
pub fn batch(events: &[Event]) -> RecordBatch {
    let mut builder = EventBatchBuilder::default();
    events.iter().for_each(|event| builder.push(event));
    builder.finish().unwrap()
}

/// The events in another order with some of them twice, as batches of a few rows.
pub fn disturbed(number: u64, events: &[Event]) -> RecordBatch {
    let mut dice = Dice::new(!number);
    let mut all = events.to_vec();
    all.extend(events.iter().filter(|_| dice.one_in(4)).cloned());
    dice.shuffle(&mut all);
    batch(&all)
}

/// A batch in pieces of a few rows each, some empty, so that people span pieces.
pub fn pieces(number: u64, batch: &RecordBatch) -> Vec<Result<RecordBatch, feature::FeatureError>> {
    let mut dice = Dice::new(number);
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < batch.num_rows() {
        let rows = dice.below(7).min(batch.num_rows() - start);
        pieces.push(Ok(batch.slice(start, rows)));
        start += rows;
    }
    pieces
}
