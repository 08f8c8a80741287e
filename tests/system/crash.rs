//! Power cuts during ingest: nothing acknowledged is lost, nothing is double, nothing invented.
//!
//! Eight clients post batches while the service publishes and compacts all the time. It is ended
//! with `kill -9` at random moments, fifty times. The oracle is this process: it knows what it
//! sent, what was acknowledged, and what is open because the answer never came.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Dongcha, Server, agent};
use crate::stored::Stored;

const KILLS: usize = 50;
const CLIENTS: usize = 8;
/// Hot rows at which the service publishes: low, so that cuts fall into publishing.
const PUBLISH_ROWS: usize = 300;
/// Kills between two comparisons of every single event.
const WHOLE_EVERY: usize = 10;
/// 2024-01-01T00:00:00Z.
const EPOCH_MS: i64 = 1_704_067_200_000;

/// Numbers that only look random (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

/// An event as it was sent: its JSON and what must be found of it.
#[derive(Debug, Clone)]
struct Sent {
    json: Value,
    expected: Stored,
}

/// What one client knows, over all lives of the service.
struct Client {
    number: usize,
    dice: Dice,
    made: usize,
    acknowledged: BTreeMap<String, Stored>,
    /// Sent, never answered: may be stored or not.
    open: Vec<Vec<Sent>>,
}

impl Client {
    fn new(number: usize) -> Self {
        let dice = Dice(0xd0_c4a + number as u64);
        Self { number, dice, made: 0, acknowledged: BTreeMap::new(), open: Vec::new() }
    }

    fn event(&mut self) -> Sent {
        let (client, n) = (self.number, self.made);
        self.made += 1;
        let id = format!("c{client}-{n}");
        let user = format!("u{}", self.dice.roll(200));
        let ts_ms = EPOCH_MS + self.dice.roll(80 * 86_400) as i64 * 1000;
        let price = 100 + self.dice.roll(10_000) as i64;
        let item = format!("i{}", self.dice.roll(500));
        let (kind, data, amount_minor) = match self.dice.roll(4) {
            0 => {
                let qty = 1 + self.dice.roll(5) as i64;
                let data = json!({
                    "order_id": format!("order-{id}"), "currency": "EUR",
                    "total_minor": qty * price,
                    "lines": [{ "item_id": item, "qty": qty, "unit_price_minor": price }],
                });
                ("purchase", data, Some(qty * price))
            }
            1 => ("custom", json!({ "name": "nonce", "props": { "n": price, "of": id } }), None),
            _ => {
                let data = json!({ "item_id": item, "view_id": format!("v-{id}"),
                                   "price_minor": price, "currency": "EUR" });
                ("view", data, Some(price))
            }
        };
        let ts = time(ts_ms);
        let json = json!({ "v": 1, "id": id, "type": kind, "ts": ts, "user_id": user,
                           "source": "server", "data": data });
        let user_key = format!("u:{user}");
        let expected = Stored {
            kind: kind.to_owned(),
            user_key,
            ts_ms,
            amount_minor,
            data: json["data"].clone(),
        };
        Sent { json, expected }
    }

    /// Posts until the service is gone.
    fn work(&mut self, url: &str, key: &str) {
        let agent = agent();
        // An open batch is sometimes sent again, and sometimes left open for ever.
        let mut again: Vec<Vec<Sent>> = Vec::new();
        for batch in std::mem::take(&mut self.open) {
            let list = if self.dice.roll(4) > 0 { &mut again } else { &mut self.open };
            list.push(batch);
        }
        loop {
            let batch = again.pop().unwrap_or_else(|| {
                let size = 1 + self.dice.roll(40);
                (0..size).map(|_| self.event()).collect()
            });
            let events: Vec<&Value> = batch.iter().map(|sent| &sent.json).collect();
            let answer = agent
                .post(format!("{url}/v1/events"))
                .header("authorization", format!("Bearer {key}"))
                .send_json(json!({ "events": events }));
            let answer =
                answer.and_then(|mut a| Ok((a.status(), a.body_mut().read_json::<Value>()?)));
            let Ok((status, told)) = answer else {
                self.open.push(batch);
                self.open.append(&mut again);
                return;
            };
            if status != 200 {
                // Nothing was acknowledged: busy or stopping.
                assert_eq!(status, 503, "{told}");
                self.open.push(batch);
                continue;
            }
            assert_eq!(told["quarantined"], json!([]), "{told}");
            let figure = |name: &str| told[name].as_u64().unwrap();
            assert_eq!(figure("accepted") + figure("duplicate"), batch.len() as u64, "{told}");
            let acknowledged = batch
                .iter()
                .map(|sent| (sent.json["id"].as_str().unwrap().to_owned(), sent.expected.clone()));
            self.acknowledged.extend(acknowledged);
        }
    }
}

fn time(ms: i64) -> String {
    let (days, s) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1000);
    // 2024 only, and at most 80 days of it.
    let day = days - EPOCH_MS / 86_400_000;
    let (month, first) = [(1, 0), (2, 31), (3, 60)].into_iter().rfind(|(_, f)| *f <= day).unwrap();
    format!(
        "2024-{month:02}-{:02}T{:02}:{:02}:{:02}Z",
        day - first + 1,
        s / 3600,
        s / 60 % 60,
        s % 60
    )
}

/// Compares what is stored with what the clients know, event by event.
fn compare(stored: &BTreeMap<String, Stored>, clients: &[Client]) {
    let mut open: BTreeMap<&str, &Stored> = BTreeMap::new();
    let mut acknowledged = 0;
    for client in clients {
        acknowledged += client.acknowledged.len();
        for (id, event) in &client.acknowledged {
            let found = stored.get(id);
            assert!(found.is_some(), "{id} was acknowledged and is lost");
            same(id, found.unwrap(), event);
        }
        for sent in client.open.iter().flatten() {
            open.insert(sent.json["id"].as_str().unwrap(), &sent.expected);
        }
    }
    let known = |id: &str| clients.iter().any(|client| client.acknowledged.contains_key(id));
    for (id, found) in stored.iter().filter(|(id, _)| !known(id)) {
        let event = open.get(id.as_str());
        assert!(event.is_some(), "{id} was never sent");
        same(id, found, event.unwrap());
    }
    assert!(acknowledged <= stored.len());
}

/// Every field that was sent is stored as it was sent; the store may add defaults.
fn same(id: &str, found: &Stored, sent: &Stored) {
    let without_data = |event: &Stored| Stored { data: Value::Null, ..event.clone() };
    assert_eq!(without_data(found), without_data(sent), "{id} changed");
    assert!(contains(&found.data, &sent.data), "{id} changed: {} for {}", found.data, sent.data);
}

fn contains(found: &Value, sent: &Value) -> bool {
    match (found, sent) {
        (Value::Object(found), Value::Object(sent)) => {
            sent.iter().all(|(key, value)| found.get(key).is_some_and(|f| contains(f, value)))
        }
        (Value::Array(found), Value::Array(sent)) => {
            found.len() == sent.len() && found.iter().zip(sent).all(|(f, s)| contains(f, s))
        }
        // JSON writes one number in several ways.
        (Value::Number(found), Value::Number(sent)) => found.as_f64() == sent.as_f64(),
        (found, sent) => found == sent,
    }
}

/// The service's own count lies between what was acknowledged and what was ever sent.
fn count_fits(server: &Server, key: &str, clients: &[Client]) {
    let (status, overview) = server.get("/v1/overview", key);
    assert_eq!(status, 200, "{overview}");
    let count = overview["freshness"]["events"].as_u64().unwrap() as usize;
    let acknowledged: usize = clients.iter().map(|c| c.acknowledged.len()).sum();
    let open: usize = clients.iter().flat_map(|c| &c.open).map(Vec::len).sum();
    assert!(
        (acknowledged..=acknowledged + open).contains(&count),
        "{count} events; {acknowledged} were acknowledged, {open} are open"
    );
}

#[test]
fn fifty_power_cuts_lose_nothing_and_double_nothing() {
    let start = Instant::now();
    let dongcha = Dongcha::with_shop();
    dongcha.write("dongcha.toml", format!("publish_rows = {PUBLISH_ROWS}\n"));
    let (secret, read) = (dongcha.key("shop", "secret"), dongcha.key("shop", "read"));
    let mut clients: Vec<Client> = (0..CLIENTS).map(Client::new).collect();
    let mut dice = Dice(50);
    let mut segments = 0;
    for kill in 1..=KILLS {
        let server = dongcha.serve();
        count_fits(&server, &read, &clients);
        let url = server.url.clone();
        thread::scope(|scope| {
            for client in &mut clients {
                let (url, secret) = (&url, &secret);
                scope.spawn(move || client.work(url, secret));
            }
            thread::sleep(Duration::from_millis(20 + dice.roll(700)));
            server.kill();
        });
        if kill % WHOLE_EVERY == 0 {
            compare(&dongcha.stored("shop"), &clients);
            let files = dongcha.json(&["table", "files", "--site", "shop"]);
            segments = segments.max(files.as_array().unwrap().len());
        }
    }
    let acknowledged: usize = clients.iter().map(|client| client.acknowledged.len()).sum();
    let open: usize = clients.iter().flat_map(|client| &client.open).map(Vec::len).sum();
    println!(
        "{KILLS} kills, {acknowledged} events acknowledged, {open} never answered, up to \
         {segments} segments, {:.0} s",
        start.elapsed().as_secs_f64()
    );
    assert!(acknowledged > 20 * PUBLISH_ROWS, "enough to publish many times: {acknowledged}");
    assert!(segments > 0, "publishing took part");
    dongcha.run(&["doctor"]).succeeded();
    // Sending everything that is open once more makes the stored and the sent the same.
    let server = dongcha.serve();
    for client in &mut clients {
        for batch in std::mem::take(&mut client.open) {
            let events: Vec<&Value> = batch.iter().map(|sent| &sent.json).collect();
            let answer = agent()
                .post(format!("{}/v1/events", server.url))
                .header("authorization", format!("Bearer {secret}"))
                .send_json(json!({ "events": events }));
            assert_eq!(answer.unwrap().status(), 200);
            let sent = batch.into_iter();
            let sent = sent.map(|s| (s.json["id"].as_str().unwrap().to_owned(), s.expected));
            client.acknowledged.extend(sent);
        }
    }
    count_fits(&server, &read, &clients);
    assert_eq!(server.stop(), Some(0));
    let stored = dongcha.stored("shop");
    compare(&stored, &clients);
    let sent: usize = clients.iter().map(|client| client.made).sum();
    assert_eq!(stored.len(), sent, "all that was ever sent is stored once");
}

#[test]
fn the_oracle_sees_loss_invention_and_change() {
    let mut client = Client::new(0);
    let (kept, open) = (client.event(), client.event());
    let id = |sent: &Sent| sent.json["id"].as_str().unwrap().to_owned();
    client.acknowledged.insert(id(&kept), kept.expected.clone());
    client.open.push(vec![open.clone()]);
    let clients = [client];
    let fits = |stored: Vec<(String, Stored)>| {
        let stored: BTreeMap<_, _> = stored.into_iter().collect();
        std::panic::catch_unwind(|| compare(&stored, &clients)).is_ok()
    };
    let (kept, open) = ((id(&kept), kept.expected), (id(&open), open.expected));
    assert!(fits(vec![kept.clone()]) && fits(vec![kept.clone(), open.clone()]));
    assert!(!fits(vec![]), "loss");
    assert!(!fits(vec![kept.clone(), ("c9-9".to_owned(), open.1.clone())]), "invention");
    let changed = Stored { ts_ms: open.1.ts_ms + 1, ..open.1.clone() };
    assert!(!fits(vec![kept.clone(), (open.0.clone(), changed)]), "another time");
    let changed = Stored { data: json!({}), ..kept.1.clone() };
    assert!(!fits(vec![(kept.0.clone(), changed)]), "another payload");
    assert!(!contains(&json!({ "lines": [1, 2] }), &json!({ "lines": [1] })), "a line more");
}
