//! scratch
use std::time::Instant;
use event::*;
use lake::*;
fn ev(i: u64, users: u64) -> Received {
    let raw = format!(r#"{{"v":1,"id":"{:08x}-{:08x}","type":"view","ts":"2026-0{}-1{}T10:{:02}:{:02}.123+08:00","user_id":"user-{}","source":"web","ctx":{{"page":{{"url":"https://shop.example/p/{}","kind":"product"}},"device":{{"class":"mobile","os":"Android 15"}}}},"data":{{"item_id":"{}","price_minor":12900,"currency":"CNY","dwell_ms":{}}}}}"#,
        i, i, 1 + i % 6, i % 9, i / 60 % 60, i % 60, i.wrapping_mul(2654435761) % users, i % 5000, i % 5000, i % 100000);
    let e = parse(&raw, Authority::Browser, TimeMs(1_800_000_000_000)).map(Box::new);
    assert!(e.is_ok(), "{:?}", e);
    Received { raw, origin: "http".into(), units: 1, event: e }
}
fn rss() -> String { std::fs::read_to_string("/proc/self/status").unwrap().lines().filter(|l| l.starts_with("VmHWM")).collect() }
fn main() {
    let n: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let dir = std::path::PathBuf::from(std::env::args().nth(2).unwrap());
    let _ = std::fs::remove_dir_all(&dir);
    let lake = Lake::open(&dir, OpenOptions::default()).unwrap();
    let site = SiteId::new("gifts").unwrap();
    lake.create_site(SiteConfig { site: site.clone(), name: Bilingual::new("a","b"), currency: Currency::new("GBP").unwrap(), time_zone: "UTC".into(), country: None }).unwrap();
    let t = Instant::now(); let mut parse_s = 0.0;
    for b in 0..n / 2000 { let t0 = Instant::now(); let batch: Vec<_> = (b*2000..b*2000+2000).map(|i| ev(i, 20000)).collect(); parse_s += t0.elapsed().as_secs_f64(); lake.append(&site, batch).unwrap(); }
    let s = t.elapsed().as_secs_f64();
    println!("append 1 thread x 2000: {:.0}/s ({s:.2} s, of it parse {parse_s:.2}) {}", n as f64 / s, rss());
    let t = Instant::now();
    let per = 40000u64;
    let hs: Vec<_> = (0..8u64).map(|k| { let lake = lake.clone(); let site = site.clone(); std::thread::spawn(move || { let mut lat = vec![]; for b in 0..per/50 { let batch: Vec<_> = (0..50).map(|i| ev(n + k*per + b*50 + i, 20000)).collect(); let t = Instant::now(); lake.append(&site, batch).unwrap(); lat.push(t.elapsed().as_secs_f64()*1e3); } lat }) }).collect();
    let mut lat: Vec<f64> = hs.into_iter().flat_map(|h| h.join().unwrap()).collect();
    lat.sort_by(f64::total_cmp);
    let s = t.elapsed().as_secs_f64();
    println!("append 8 threads x 50: {:.0}/s p50 {:.1} ms p99 {:.1} ms max {:.1}", 8.0*per as f64/s, lat[lat.len()/2], lat[lat.len()*99/100], lat[lat.len()-1]);
    let t = Instant::now(); let p = lake.publish(&site).unwrap(); println!("publish {:?} {:.0}/s", p, p.rows as f64 / t.elapsed().as_secs_f64());
    println!("segments {}", lake.table_files(&site).unwrap().len());
    let t = Instant::now(); let p = lake.compact(&site).unwrap(); println!("compact {:?} {:.0}/s", p, p.rows as f64 / t.elapsed().as_secs_f64());
    let snap = lake.snapshot(&site).unwrap();
    let kernel = ScanOptions::columns(&["type","item_id","order_id","currency","amount_minor","dwell_ms","rating","lines"]);
    for (name, order, opt) in [("user all", Order::User, ScanOptions::default()), ("user kernel", Order::User, kernel.clone()), ("time all", Order::Time, ScanOptions::default()), ("time kernel", Order::Time, kernel)] {
        let t = Instant::now(); let mut rows = 0; for b in snap.scan(order, &opt).unwrap() { rows += b.unwrap().num_rows(); }
        println!("scan {name}: {rows} rows {:.0}/s {}", rows as f64 / t.elapsed().as_secs_f64(), rss());
    }
    let t = Instant::now(); let mut rows = 0; for u in 0..200 { let k = UserKey::user(&format!("user-{u}")); rows += lake.snapshot(&site).unwrap().user(&k).unwrap().iter().map(|b| b.num_rows()).sum::<usize>(); }
    println!("point read {:.2} ms each, {rows} rows", t.elapsed().as_secs_f64()*1e3/200.0);
    let t = Instant::now(); let f = lake.doctor().unwrap(); println!("doctor {:.1} s {:?}", t.elapsed().as_secs_f64(), f.iter().map(|f| &f.what.en).collect::<Vec<_>>());
    let bytes: u64 = lake.table_files(&site).unwrap().iter().map(|f| f.bytes).sum(); println!("bytes/row {:.1}", bytes as f64 / snap.event_count().unwrap() as f64);
    drop(snap); drop(lake); let t = Instant::now(); let _l = Lake::open(&dir, OpenOptions::default()).unwrap(); println!("reopen {:.2} s", t.elapsed().as_secs_f64());
}
