//! A full disk: no false acknowledgement, nothing stored is harmed, and it goes on by itself
//! once there is space.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use event::Verdict;
use lake::LakeError;

use crate::kit::*;

/// A small file system of its own, where this may be had.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        let size = format!("size={size}");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(at)
            .output()
            .is_ok_and(|out| out.status.success());
        if !mounted {
            println!("skipped: no right to mount a small file system here");
        }
        mounted.then(|| Self(at.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn no_false_acknowledgement_and_work_goes_on_with_space() {
    let dir = tempfile::tempdir().unwrap();
    let Some(_disk) = SmallDisk::mount(dir.path(), "3m") else { return };
    let lake = open(dir.path());
    let ballast = dir.path().join("ballast");
    let batch = |n: i64| {
        (n * 50..n * 50 + 50)
            .map(|i| view(&format!("e{i}"), &format!("u{}", i % 9), START_MS + i, "item-of-some"))
            .collect::<Vec<_>>()
    };
    lake.append(&site(), batch(0)).unwrap();
    fs::write(&ballast, vec![1; 1024 * 1024]).unwrap();
    let mut acknowledged = 1;
    let failure = loop {
        assert!(acknowledged < 1000, "the disk never filled");
        match lake.append(&site(), batch(acknowledged)) {
            Ok(verdicts) => {
                assert!(verdicts.iter().all(|v| *v == Verdict::Accepted));
                acknowledged += 1;
            }
            Err(failure) => break failure,
        }
    };
    assert!(matches!(failure, LakeError::DiskFull { .. }), "{failure}");
    assert!(failure.is_temporary() && failure.to_string().contains("space"));
    let count = lake.snapshot(&site()).unwrap().event_count().unwrap();
    assert_eq!(count, acknowledged as u64 * 50, "what was acknowledged is there, no more");
    assert!(lake.publish(&site()).is_err());
    fs::remove_file(&ballast).unwrap();
    let verdicts = lake.append(&site(), batch(acknowledged)).unwrap();
    assert!(verdicts.iter().all(|v| *v == Verdict::Accepted), "the refused batch goes in now");
    let total = (acknowledged as u64 + 1) * 50;
    assert_eq!(lake.snapshot(&site()).unwrap().event_count().unwrap(), total);
    drop(lake);
    let lake = open(dir.path());
    let rows = whole(lake.snapshot(&site()).unwrap().user_ordered().unwrap());
    assert_eq!(rows.num_rows() as u64, total);
}
