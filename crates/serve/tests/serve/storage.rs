//! Storage that fails: never a success, and no restart needed afterwards.

use rusqlite::Connection;

use crate::house::{House, view};

#[test]
fn a_batch_that_cannot_be_stored_is_a_503_and_may_be_sent_again() {
    let house = House::open();
    assert_eq!(house.ingest(&[view("v1", "alice", "mug")]).status, 200);
    // Another hand on the database takes the log away and puts it back.
    let database = Connection::open(house.database()).unwrap();
    database.execute_batch("ALTER TABLE hot RENAME TO hot_away").unwrap();
    let refused = house.ingest(&[view("v2", "alice", "mug")]);
    assert_eq!((refused.status, refused.code().as_str()), (503, "storage_unavailable"));
    assert!(refused.header("retry-after").is_some());
    database.execute_batch("ALTER TABLE hot_away RENAME TO hot").unwrap();
    drop(database);

    let again = house.ingest(&[view("v1", "alice", "mug"), view("v2", "alice", "mug")]).json();
    assert_eq!((&again["accepted"], &again["duplicate"]), (&1.into(), &1.into()), "{again}");
    assert_eq!(house.stored(), 2);
    assert_eq!(house.counted(), [4, 2, 1, 0, 1]);
}
