//! temporary
use collect::*;
fn main() {
    let files: Vec<std::path::PathBuf> = std::env::args().skip(1).map(Into::into).collect();
    let job = ImportJob { files, map: None, received: event::TimeMs(1_767_225_600_000), batch_events: 1000, currency: event::Currency::new("EUR"), time_zone: None };
    let t = std::time::Instant::now();
    let mut bytes = 0usize;
    let s = import(&job, &mut |b| { bytes += b.iter().map(|r| r.raw.len()).sum::<usize>(); Ok(b.iter().map(|r| match &r.event { Ok(_) => event::Verdict::Accepted, Err(e) => event::Verdict::Quarantined(e.clone()) }).collect()) }, &mut |_| {}).unwrap();
    println!("{}", serde_json::to_string_pretty(&s).unwrap());
    eprintln!("{:?} raw bytes {bytes}", t.elapsed());
}
