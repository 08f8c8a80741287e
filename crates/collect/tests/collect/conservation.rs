//! Received = stored + duplicate + quarantined, for random dirty files.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::memory_lake::{MemoryLake, job, run, write};

/// A field of a dirty table.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]",
        2 => "-?[0-9]{1,3}",
        1 => Just(String::new()),
        1 => Just("2020-01-0x".to_owned()),
        1 => Just("2020-01-02 10:00:00".to_owned()),
        1 => Just("\"".to_owned()),
        1 => Just("\"a,b\"".to_owned()),
        1 => Just("1e400".to_owned()),
        1 => Just("-0.001".to_owned()),
        1 => Just("99999999999999999999".to_owned()),
        1 => Just("x".repeat(200)),
    ]
}

fn row() -> impl Strategy<Value = String> {
    let good = (0..6_u32, 0..3_u32, 0..4_u32, -2..5_i32, 0..400_u32).prop_map(|(o, u, i, q, p)| {
        format!("o{o},u{u},i{i},2020-01-0{},{q},{}.{:02}", o + 1, p / 100, p % 100)
    });
    let dirty = proptest::collection::vec(field(), 1..9).prop_map(|fields| fields.join(","));
    prop_oneof![3 => good, 2 => dirty]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_row_is_counted_once(
        rows in proptest::collection::vec(row(), 0..60),
        keep in any::<bool>(),
        batch in 1..40_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("order,user,item,time,qty,price\n{}\n", rows.join("\n"));
        let path = write(folder.path(), "dirty.csv", &text);
        let mut map = collect::map_named("generic").unwrap();
        map.repeats = if keep { collect::Repeats::Keep } else { collect::Repeats::Drop };
        let mut job = job(&[&path], Some(map));
        job.batch_events = batch;
        let mut lake = MemoryLake::default();
        let first = run(&job, &mut lake).unwrap();
        // A quote can join rows, so there may be fewer rows than lines, never more.
        let lines = text.lines().filter(|l| !l.is_empty()).count() as u64 - 1;
        prop_assert!(first.total.rows.received <= lines);
        if !text.contains('"') {
            prop_assert_eq!(first.total.rows.received, lines);
        }
        // No line is lost: each stands in an event, in quarantine, or was a copy.
        let in_events: usize = lake.events.iter().map(|e| e.data.lines().len()).sum();
        prop_assert_eq!(in_events as u64, first.total.rows.stored);
        let again = run(&job, &mut lake).unwrap();
        prop_assert_eq!(again.total.rows.stored, 0);
        prop_assert_eq!(again.total.rows.received, first.total.rows.received);
        let ids: HashSet<_> = lake.events.iter().map(|e| e.id.clone()).collect();
        prop_assert_eq!(ids.len(), lake.events.len());
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let folder = tempfile::tempdir().unwrap();
        let mut content = b"user,item,time\n".to_vec();
        content.extend_from_slice(&bytes);
        let path = write(folder.path(), "b.csv", &content);
        run(&job(&[&path], None), &mut MemoryLake::default()).unwrap();
        let path = write(folder.path(), "c", &bytes);
        let _ = run(&job(&[&path], None), &mut MemoryLake::default());
    }
}
