//! A server with two shops in a directory of its own, and a client.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::JoinHandle;

use event::{Bilingual, Currency, SiteId};
use lake::{KeyKind, Lake, OpenOptions, SiteConfig};
use serde_json::{Value, json};
use serve::{ServeError, Shops, create_key};
use tempfile::TempDir;
use tokio::sync::oneshot;
use ureq::Agent;
use ureq::http::{HeaderMap, Request};

/// The shop most tests talk to.
pub const SHOP: &str = "gifts";
/// Another shop of the same server.
pub const NEIGHBOUR: &str = "neighbour";

/// A running server.
pub struct House {
    pub addr: SocketAddr,
    pub shops: Shops,
    pub write: String,
    pub read: String,
    pub secret: String,
    pub neighbour_read: String,
    agent: Agent,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<Result<(), ServeError>>>,
    dir: Option<TempDir>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The stable code of a refusal.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub fn site(id: &str) -> SiteId {
    SiteId::new(id).unwrap()
}

pub fn open_lake(dir: &TempDir) -> Lake {
    Lake::open(dir.path(), OpenOptions::default()).unwrap()
}

fn key(lake: &Lake, shop: &str, kind: KeyKind) -> String {
    create_key(lake, &site(shop), kind, "test").unwrap().text
}

pub fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_redirects(0);
    config.build().new_agent()
}

impl House {
    /// Two empty shops.
    pub fn open() -> Self {
        Self::prepared(|_| {})
    }

    /// Two shops after `prepare` has seen the lake.
    pub fn prepared(prepare: impl FnOnce(&Lake)) -> Self {
        let dir = TempDir::new().unwrap();
        let lake = open_lake(&dir);
        for (id, zone, currency) in
            [(SHOP, "Europe/London", "GBP"), (NEIGHBOUR, "Asia/Shanghai", "CNY")]
        {
            lake.create_site(SiteConfig {
                site: site(id),
                name: Bilingual::new(format!("Shop {id}"), format!("{id} 店")),
                currency: Currency::new(currency).unwrap(),
                time_zone: zone.to_owned(),
                country: None,
            })
            .unwrap();
        }
        prepare(&lake);
        let (write, read) = (key(&lake, SHOP, KeyKind::Write), key(&lake, SHOP, KeyKind::Read));
        let secret = key(&lake, SHOP, KeyKind::Secret);
        let neighbour_read = key(&lake, NEIGHBOUR, KeyKind::Read);
        let shops = Shops::open(lake).unwrap();
        let (stop, stopped) = oneshot::channel();
        let (ready, addr) = std::sync::mpsc::channel();
        let served = shops.clone();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            let until = async {
                let _ = stopped.await;
            };
            let listen = "127.0.0.1:0".parse().unwrap();
            runtime.block_on(serve::serve(served, listen, until, |at| ready.send(at).unwrap()))
        });
        let addr = addr.recv().unwrap();
        Self {
            addr,
            shops,
            write,
            read,
            secret,
            neighbour_read,
            agent: agent(),
            stop: Some(stop),
            server: Some(server),
            dir: Some(dir),
        }
    }

    /// Tells the server to stop, without waiting for it.
    pub fn tell_to_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Stops the server and closes the lake; returns the data directory.
    pub fn close(mut self) -> TempDir {
        self.tell_to_stop();
        self.server.take().unwrap().join().unwrap().unwrap();
        self.dir.take().unwrap()
    }

    /// Where the lake's database lies.
    pub fn database(&self) -> PathBuf {
        self.dir.as_ref().unwrap().path().join("dongcha.db")
    }

    /// Sends a request with these headers.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request =
            Request::builder().method(method).uri(format!("http://{}{path}", self.addr));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = match body {
            [] => self.agent.run(request.body(()).unwrap()),
            body => self.agent.run(request.body(body).unwrap()),
        };
        let mut response = answered.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }

    /// Asks with the read key.
    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &self.read)
    }

    /// Asks with a key.
    pub fn get_with(&self, path: &str, key: &str) -> Answer {
        self.send("GET", path, &[("authorization", &format!("Bearer {key}"))], b"")
    }

    /// Sends a body with a key and further headers.
    pub fn post(&self, key: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let bearer = format!("Bearer {key}");
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend_from_slice(headers);
        self.send("POST", "/v1/events", &all, body)
    }

    /// Sends events with the write key.
    pub fn ingest(&self, events: &[Value]) -> Answer {
        let body = json!({ "events": events }).to_string();
        self.post(&self.write, &[("content-type", "application/json")], body.as_bytes())
    }

    /// Events stored for the shop.
    pub fn stored(&self) -> u64 {
        self.shops.lake().snapshot(&site(SHOP)).unwrap().event_count().unwrap()
    }

    /// A figure of `/metrics`.
    pub fn metric(&self, name: &str) -> u64 {
        let text = String::from_utf8(self.get("/metrics").body).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or(" 0");
        line.trim().parse().unwrap()
    }

    /// What became of the shop's events, by `/metrics`: received and the four verdicts.
    pub fn counted(&self) -> [u64; 5] {
        let verdict = |v: &str| {
            self.metric(&format!("dongcha_events_total{{site=\"{SHOP}\",verdict=\"{v}\"}}"))
        };
        [
            self.metric(&format!("dongcha_events_received_total{{site=\"{SHOP}\"}}")),
            verdict("accepted"),
            verdict("duplicate"),
            verdict("quarantined"),
            verdict("not_stored"),
        ]
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.tell_to_stop();
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

/// A view of an item by a known person.
pub fn view(id: &str, user: &str, item: &str) -> Value {
    json!({
        "v": 1, "id": id, "type": "view", "ts": "2026-03-02T10:00:00+00:00",
        "user_id": user, "source": "web", "data": { "item_id": item }
    })
}

/// An order of one line at 500 pence a unit, on a day of 2026.
pub fn purchase(order: &str, user: &str, item: &str, qty: i64, ts: &str) -> Value {
    json!({
        "v": 1, "id": format!("e-{order}"), "type": "purchase", "ts": ts, "user_id": user,
        "data": {
            "order_id": order, "currency": "GBP", "total_minor": 500 * qty,
            "lines": [{ "item_id": item, "qty": qty, "unit_price_minor": 500 }]
        }
    })
}
