//! Memory the service holds with both demo shops loaded.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::bench::{Bench, Job, args, shown};
use crate::lake::server::Server;
use crate::row::{Row, Side};

const SET: &str = "demo";
const PART: &str = "service at rest";
const RSS_MIB: f64 = 150.0;
/// Quiet before memory is read.
const SETTLE: Duration = Duration::from_secs(5);

/// Measures the demo's own process and a service started on its folder.
pub fn job() -> Job {
    Job::new(format!("{SET} {PART} idle memory"), 2.0, measure)
}

fn measure(bench: &Bench) -> Result<Vec<Row>> {
    let folder = bench.fresh("demo")?;
    let data = args(&["--data-dir", &folder.display().to_string()]);
    let of = |words: &[&str]| [args(words), data.clone()].concat();
    let from = bench.data.display().to_string();
    let demo = of(&["demo", "--from", &from, "--listen", "127.0.0.1:0"]);
    let start = Instant::now();
    let server = Server::start(&mut bench.command(&demo))?;
    let demo_s = start.elapsed().as_secs_f64();
    thread::sleep(SETTLE);
    let (idle_mib, peak_mib) = (server.memory("VmRSS")?, server.memory("VmHWM")?);
    let keys = server.keys.clone();
    server.stop()?;
    let row = |metric: &str, value: f64, command: &[String], how: &str| {
        Row::new(SET, PART, metric, &shown(command))
            .protocol(format!("resident {} s after {how}", SETTLE.as_secs()))
            .value(value)
            .pass(Side::AtMost, RSS_MIB, true)
    };
    let how = "the demo loaded, trained, reported and began to serve; seconds: until it serves";
    let mut rows = vec![row("demo's process, MiB", idle_mib, &demo, how).cost(demo_s, peak_mib)];

    let serve = of(&["serve", "--listen", "127.0.0.1:0"]);
    let start = Instant::now();
    let server = Server::start(&mut bench.command(&serve))?;
    let serve_s = start.elapsed().as_secs_f64();
    thread::sleep(SETTLE);
    let (idle_mib, peak_mib) = (server.memory("VmRSS")?, server.memory("VmHWM")?);
    let how = "the service began on the demo's folder; seconds: until it serves";
    rows.push(row("service, MiB", idle_mib, &serve, how).cost(serve_s, peak_mib));
    let start = Instant::now();
    for key in &keys {
        server.get("/v1/overview", key)?;
        let people = server.get("/v1/users?limit=20", key)?;
        for person in people["users"].as_array().into_iter().flatten() {
            let id = person["user_id"].as_str().unwrap_or_default();
            server.get(&format!("/v1/recommendations?user_id={id}&n=10"), key)?;
        }
    }
    let asked_s = start.elapsed().as_secs_f64();
    thread::sleep(SETTLE);
    let (used_mib, peak_mib) = (server.memory("VmRSS")?, server.memory("VmHWM")?);
    let how = "the overview of both shops and slates for their 20 most active people were asked";
    rows.push(row("service after use, MiB", used_mib, &serve, how).cost(asked_s, peak_mib));
    server.stop()?;
    fs::remove_dir_all(&folder)?;
    Ok(rows)
}
