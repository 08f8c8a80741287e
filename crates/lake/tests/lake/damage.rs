//! Damage, newer versions, second processes: one clear error each, and nothing is touched.

use std::fs;
use std::path::{Path, PathBuf};

use event::UserKey;
use lake::{Lake, LakeError, Severity};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::kit::*;

fn database(dir: &Path) -> PathBuf {
    dir.join("dongcha.db")
}

/// A closed lake with published rows and hot ones.
fn filled(dir: &Path) {
    let lake = open(dir);
    let batch = |from: i64| {
        (from..from + 300)
            .map(|i| view(&format!("e{i}"), &format!("u{}", i % 50), START_MS + i, "i"))
            .collect::<Vec<_>>()
    };
    lake.append(&site(), batch(0)).unwrap();
    lake.publish(&site()).unwrap();
    lake.append(&site(), batch(300)).unwrap();
}

fn error(result: Result<Lake, LakeError>) -> LakeError {
    result.err().expect("it must not open")
}

#[test]
fn a_second_opening_names_the_holder() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    let found = error(Lake::open(dir.path(), options()));
    assert!(
        matches!(&found, LakeError::InUse { pid, .. } if *pid == std::process::id().to_string())
    );
    assert!(found.to_string().contains(&std::process::id().to_string()));
    drop(first);
    open(dir.path());
}

#[test]
fn a_newer_database_is_refused_and_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let conn = rusqlite::Connection::open(database(dir.path())).unwrap();
    conn.pragma_update(None, "user_version", 999).unwrap();
    drop(conn);
    let before = fs::read(database(dir.path())).unwrap();
    let found = error(Lake::open(dir.path(), options()));
    assert!(matches!(found, LakeError::Newer { found: 999, .. }), "{found}");
    assert_eq!(fs::read(database(dir.path())).unwrap(), before);
}

#[test]
fn a_newer_segment_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let lake = open(dir.path());
    let segment = lake.table_files(&site()).unwrap().remove(0);
    drop(lake);
    let file = fs::File::open(&segment.path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    let version = KeyValue::new("dongcha.schema_version".to_owned(), "7".to_owned());
    let properties =
        WriterProperties::builder().set_key_value_metadata(Some(vec![version])).build();
    let file = fs::File::create(&segment.path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batches[0].schema(), Some(properties)).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
    let lake = open(dir.path());
    let snapshot = lake.snapshot(&site()).unwrap();
    let found = snapshot.user(&UserKey::user("u1")).unwrap_err();
    assert!(matches!(found, LakeError::Newer { found: 7, supported: 1, .. }), "{found}");
}

#[test]
fn a_flipped_byte_in_a_segment_is_found_and_never_panics() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let lake = open(dir.path());
    let path = lake.table_files(&site()).unwrap().remove(0).path;
    drop(lake);
    let sound = fs::read(&path).unwrap();
    for part in 0..24 {
        let mut damaged = sound.clone();
        let at = part * sound.len() / 24;
        damaged[at] ^= 0x40;
        fs::write(&path, &damaged).unwrap();
        let lake = open(dir.path());
        let snapshot = lake.snapshot(&site()).unwrap();
        for scan in [snapshot.user_ordered(), snapshot.time_ordered()] {
            let found = scan.and_then(try_whole).unwrap_err();
            assert!(matches!(&found, LakeError::Corrupt { file, .. } if *file == path), "{found}");
        }
        // A point read checks no checksum; whatever it gives, it gives without a panic.
        let _ = snapshot.user(&UserKey::user("u7"));
        let worst = lake.doctor().unwrap().into_iter().max_by_key(|f| f.severity).unwrap();
        assert_eq!(worst.severity, Severity::Error);
        assert!(worst.what.en.contains("segment") && !worst.advice.zh.is_empty());
    }
    fs::write(&path, &sound).unwrap();
    let lake = open(dir.path());
    assert!(lake.doctor().unwrap().iter().all(|f| f.severity == Severity::Good));
    fs::remove_file(&path).unwrap();
    let snapshot = lake.snapshot(&site()).unwrap();
    assert!(snapshot.user_ordered().and_then(try_whole).is_err());
    let worst = lake.doctor().unwrap().into_iter().map(|f| f.severity).max();
    assert_eq!(worst, Some(Severity::Error));
}

#[test]
fn a_database_cut_short_is_refused_and_segments_stay() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let whole = fs::read(database(dir.path())).unwrap();
    let segments = || {
        let month = dir.path().join("segments/site=gifts/month=2026-01");
        fs::read_dir(month).unwrap().count()
    };
    for length in [0, 50, 100, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(database(dir.path()), &whole[..length]).unwrap();
        let found = error(Lake::open(dir.path(), options()));
        assert!(matches!(found, LakeError::Corrupt { .. }), "{length}: {found}");
        assert_eq!(segments(), 1);
    }
    fs::remove_file(database(dir.path())).unwrap();
    let found = error(Lake::open(dir.path(), options()));
    assert!(matches!(found, LakeError::Corrupt { .. }), "{found}");
    assert_eq!(segments(), 1);
    fs::write(database(dir.path()), &whole).unwrap();
    assert_eq!(open(dir.path()).snapshot(&site()).unwrap().event_count().unwrap(), 600);
}

#[test]
fn a_file_in_place_of_the_directory_is_one_clear_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("data");
    fs::write(&file, "x").unwrap();
    let found = error(Lake::open(&file, options()));
    assert!(matches!(found, LakeError::Io { action: "create", .. }), "{found}");
}

#[test]
fn files_left_by_a_crash_are_swept_and_foreign_ones_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path());
    let month = dir.path().join("segments/site=gifts/month=2026-01");
    let known = fs::read_dir(&month).unwrap().next().unwrap().unwrap().path();
    fs::copy(&known, month.join("000000099.parquet")).unwrap();
    fs::write(month.join("README.txt"), "mine").unwrap();
    fs::write(dir.path().join("tmp/000000001.parquet"), "half").unwrap();
    let lake = open(dir.path());
    assert_eq!(lake.snapshot(&site()).unwrap().event_count().unwrap(), 600);
    assert!(!month.join("000000099.parquet").exists() && known.exists());
    assert!(month.join("README.txt").exists());
    assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
}
