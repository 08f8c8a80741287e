//! Many senders at once: everything is stored once, and seen as soon as it is acknowledged.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;
use std::thread;

use event::Verdict;

use crate::kit::*;

#[test]
fn eight_threads_store_each_event_once() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open_with(dir.path(), lake::OpenOptions { publish_rows: 300, ..options() });
    // Every id is sent by two threads, with the same content.
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let lake = lake.clone();
            thread::spawn(move || {
                let mut accepted = 0;
                for batch in 0..15 {
                    let events: Vec<_> = (0..20)
                        .map(|i| {
                            let n = (thread / 2 * 15 + batch) * 20 + i;
                            view(&format!("e{n}"), &format!("u{}", n % 11), START_MS + n, "i")
                        })
                        .collect();
                    let last = events[19].event.as_ref().unwrap().clone();
                    let verdicts = lake.append(&site(), events).unwrap();
                    accepted += verdicts.iter().filter(|v| **v == Verdict::Accepted).count();
                    assert!(!verdicts.iter().any(|v| matches!(v, Verdict::Quarantined(_))));
                    let mine = lake.snapshot(&site()).unwrap().user(&last.user_key()).unwrap();
                    assert!(ids(&join(&mine)).contains(&last.id.to_string()), "not visible");
                }
                accepted
            })
        })
        .collect();
    let accepted: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    assert_eq!(accepted, 4 * 15 * 20);
    let snapshot = lake.snapshot(&site()).unwrap();
    let found = ids(&whole(snapshot.user_ordered().unwrap()));
    assert_eq!(found.len(), accepted);
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), accepted);
}

#[test]
fn a_batch_sent_without_waiting_is_answered_and_stored() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let (sender, answers) = channel();
    for i in 0..10 {
        let sender = sender.clone();
        let batch = vec![view(&format!("e{i}"), "u", START_MS + i, "i")];
        lake.append_then(&site(), batch, move |result| sender.send(result).unwrap());
    }
    for _ in 0..10 {
        assert_eq!(answers.recv().unwrap().unwrap(), [Verdict::Accepted]);
    }
    drop(lake);
    assert_eq!(open(dir.path()).snapshot(&site()).unwrap().event_count().unwrap(), 10);
}

#[test]
fn the_last_handle_may_be_in_an_answer() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let last = lake.clone();
    let (sender, answers) = channel();
    lake.append_then(&site(), vec![view("e", "u", START_MS, "i")], move |result| {
        sender.send(result.unwrap()).unwrap();
        drop(last);
    });
    drop(lake);
    assert_eq!(answers.recv().unwrap(), [Verdict::Accepted]);
    while let Err(error) = lake::Lake::open(dir.path(), options()) {
        assert!(matches!(error, lake::LakeError::InUse { .. }), "{error}");
        thread::yield_now();
    }
}

#[test]
fn an_unknown_site_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    let other = event::SiteId::new("other").unwrap();
    let error = lake.append(&other, vec![view("e", "u", START_MS, "i")]).unwrap_err();
    assert!(matches!(error, lake::LakeError::SiteUnknown(ref name) if name == "other"));
    assert!(lake.snapshot(&other).is_err());
}

#[test]
fn sites_share_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let lake = open(dir.path());
    lake.create_site(config("clothing")).unwrap();
    let clothing = event::SiteId::new("clothing").unwrap();
    for site in [&site(), &clothing] {
        let verdicts = lake.append(site, vec![view("e", "u", START_MS, "i")]).unwrap();
        assert_eq!(verdicts, [Verdict::Accepted]);
    }
    lake.publish(&clothing).unwrap();
    assert_eq!(lake.snapshot(&site()).unwrap().hot_count().unwrap(), 1);
    assert_eq!(lake.snapshot(&clothing).unwrap().hot_count().unwrap(), 0);
    assert_eq!(lake.snapshot(&clothing).unwrap().event_count().unwrap(), 1);
}
