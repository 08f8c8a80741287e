//! temporary
use collect::*;
fn main() {
    let mut args = std::env::args().skip(1);
    if let Some(l) = args.next().and_then(|a| layout::BenchmarkLayout::from_name(&a)) {
        let p = args.next().unwrap();
        let t = std::time::Instant::now();
        match layout::read(l, std::path::Path::new(&p)) {
            Ok(b) => {
                let test = match &b.test { layout::Test::None => "none".to_owned(), layout::Test::Items(v) => format!("items {}", v.iter().map(Vec::len).sum::<usize>()), layout::Test::Among(v) => format!("among {} neg {}", v.len(), v.iter().map(|c| c.2.len()).sum::<usize>()) };
                println!("{p} users {} items {} train {} times {} test {test} first {:?} in {:?}", b.n_users, b.n_items, b.train.len(), b.times_s.len(), b.train.first(), t.elapsed());
            }
            Err(e) => println!("{e}"),
        }
        return;
    }
    let files: Vec<std::path::PathBuf> = std::env::args().skip(1).map(Into::into).collect();
    let job = ImportJob { files, map: None, received: event::TimeMs(1_767_225_600_000), batch_events: 1000, currency: event::Currency::new("EUR"), time_zone: None };
    let t = std::time::Instant::now();
    let mut bytes = 0usize;
    let s = import(&job, &mut |b| { bytes += b.iter().map(|r| r.raw.len()).sum::<usize>(); Ok(b.iter().map(|r| match &r.event { Ok(_) => event::Verdict::Accepted, Err(e) => event::Verdict::Quarantined(e.clone()) }).collect()) }, &mut |_| {}).unwrap();
    println!("{}", serde_json::to_string_pretty(&s).unwrap());
    eprintln!("{:?} raw bytes {bytes}", t.elapsed());
}
