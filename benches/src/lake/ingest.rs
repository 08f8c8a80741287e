//! Events over HTTP: eight clients post batches of fifty, each acknowledged after disk sync.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::bench::{Bench, Job, args, shown};
use crate::child::median;
use crate::lake::server::{Server, agent};
use crate::row::{Row, Side};

const SET: &str = "synthetic views";
const PART: &str = "HTTP ingest";
const CLIENTS: usize = 8;
const BATCH: usize = 50;
const FOR: Duration = Duration::from_secs(15);
const EVENTS_PER_S: f64 = 10_000.0;
const P99_MS: f64 = 120.0;

/// Measures ingest.
pub fn job() -> Job {
    Job::new(format!("{SET} {PART} events/s p99"), 0.5, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.fresh("ingest")?;
    let data = args(&["--data-dir", &folder.display().to_string()]);
    let of = |words: &[&str]| [args(words), data.clone()].concat();
    let init = of(&["init", "shop", "--currency", "EUR"]);
    bench.run(&init)?;
    let create = of(&["key", "create", "--kind", "secret", "--format", "json"]);
    let key = key(&bench.run(&create)?.out)?;
    let sync_ms = sync_ms(&folder)?;
    let serve = of(&["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::start(&mut bench.command(&serve))?;
    let start = Instant::now();
    let mut waits_ms = post_all(&server.url, &key, start + FOR)?;
    let seconds = start.elapsed().as_secs_f64();
    let rss_mib = server.memory("VmHWM")?;
    let events = waits_ms.len() * BATCH;
    let stored = server.get("/v1/overview", &key)?["freshness"]["events"].as_u64();
    server.stop()?;
    fs::remove_dir_all(&folder)?;
    if stored != Some(events as u64) {
        bail!("{events} events were acknowledged and {stored:?} are stored");
    }
    waits_ms.sort_by(f64::total_cmp);
    let p99_ms = waits_ms[(waits_ms.len() * 99).div_ceil(100) - 1];
    let protocol = format!(
        "{CLIENTS} clients on the same machine post batches of {BATCH} over kept connections for \
         {} s to the command's address; all {events} acknowledged events are found stored; \
         p50 {:.1} ms; a sync of this disk takes {sync_ms:.1} ms (median)",
        FOR.as_secs(),
        waits_ms[waits_ms.len() / 2],
    );
    let command = [&init, &create, &serve].map(|args| shown(args)).join(" && ");
    let row = |metric: &str, value: f64| {
        let row = Row::new(SET, PART, metric, &command).protocol(&protocol).value(value);
        row.cost(seconds, rss_mib)
    };
    Ok(vec![
        row("events/s", events as f64 / seconds).pass(Side::AtLeast, EVENTS_PER_S, true),
        row("batch p99, ms", p99_ms).pass(Side::AtMost, P99_MS, true),
        row("service peak memory MiB", rss_mib),
    ])
}

/// Every client's waiting times until the end.
fn post_all(url: &str, key: &str, until: Instant) -> Result<Vec<f64>> {
    thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CLIENTS).map(|c| scope.spawn(move || post(c, url, key, until))).collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.join().map_err(|_| anyhow!("a client broke off"))??);
        }
        Ok(all)
    })
}

/// One client: milliseconds from sending each batch to its answer.
fn post(client: usize, url: &str, key: &str, until: Instant) -> Result<Vec<f64>> {
    let (agent, url, key) = (agent(), format!("{url}/v1/events"), format!("Bearer {key}"));
    let mut waits_ms = Vec::new();
    while Instant::now() < until {
        let body = batch(client, waits_ms.len());
        let start = Instant::now();
        let request = agent.post(&url).header("authorization", &key);
        let mut answer = request.content_type("application/json").send(&body)?;
        let answer: Value = answer.body_mut().read_json()?;
        waits_ms.push(start.elapsed().as_secs_f64() * 1000.0);
        if answer["accepted"] != BATCH {
            bail!("a batch was not accepted whole: {answer}");
        }
    }
    Ok(waits_ms)
}

/// A batch with ids that no other has.
fn batch(client: usize, number: usize) -> String {
    let mut body = String::from("{\"events\":[");
    for at in 0..BATCH {
        let n = number * BATCH + at;
        let (minute, second) = (n / 60 % 60, n % 60);
        // Writing to a string does not fail.
        let _ = write!(
            body,
            "{}{{\"v\":1,\"id\":\"{client}-{n}\",\"type\":\"view\",\
             \"ts\":\"2024-01-02T{:02}:{minute:02}:{second:02}Z\",\"user_id\":\"u{}\",\
             \"source\":\"server\",\"data\":{{\"item_id\":\"i{}\",\"price_minor\":{},\
             \"currency\":\"EUR\",\"dwell_ms\":{}}}}}",
            if at == 0 { "" } else { "," },
            n / 3600 % 24,
            (client * 7919 + n * 31) % 5000,
            n * 17 % 800,
            100 + n % 9000,
            500 + n % 30_000,
        );
    }
    body + "]}"
}

fn key(created: &str) -> Result<String> {
    let created: Value = serde_json::from_str(created)?;
    Ok(created[0]["key"].as_str().context("no key was created")?.to_owned())
}

/// How long the disk takes to keep 4 KiB, in the middle of 50 times.
fn sync_ms(folder: &Path) -> Result<f64> {
    use std::io::Write as _;
    let path = folder.join("sync-probe");
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    fs::remove_file(path)?;
    median(times).context("no times")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn batches_are_json_and_no_id_comes_twice() {
        let mut ids = BTreeSet::new();
        for (client, number) in [(0, 0), (0, 1), (1, 0)] {
            let body: Value = serde_json::from_str(&batch(client, number)).unwrap();
            let events = body["events"].as_array().unwrap();
            assert_eq!(events.len(), BATCH);
            ids.extend(events.iter().map(|event| event["id"].as_str().unwrap().to_owned()));
        }
        assert_eq!(ids.len(), 3 * BATCH);
    }

    #[test]
    fn the_new_key_is_read() {
        assert_eq!(key(r#"[{"id":1,"site":"shop","key":"sk_x"}]"#).unwrap(), "sk_x");
        assert!(key("[]").is_err());
    }
}
