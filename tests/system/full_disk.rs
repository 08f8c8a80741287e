//! A full disk: refused in one sentence, nothing acknowledged is lost, and it goes on with space.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{Dongcha, Ran, notice};

/// A small file system in memory; needs the right to mount.
struct SmallDisk {
    at: PathBuf,
}

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let options = format!("size={size}");
        let ran = Ran::of(
            Command::new("mount").args(["-t", "tmpfs", "-o", &options]).arg("tmpfs").arg(at),
        );
        (ran.code == Some(0)).then(|| Self { at: at.to_owned() })
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let ran = Ran::of(Command::new("mount").args(["-o", &options]).arg(&self.at));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A temporary folder that stays mounted is reported by its own removal.
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).status();
    }
}

fn orders(from: usize, count: usize) -> String {
    let line = |n: usize| format!("D{n},u{},I{},1,3.10,2024-04-01 08:00:00\n", n % 977, n % 331);
    "order,user,item,qty,price,time\n".to_owned()
        + &(from..from + count).map(line).collect::<String>()
}

#[test]
fn a_full_disk_refuses_in_one_sentence_and_recovers() {
    let dongcha = Dongcha::new();
    let at = dongcha.path("disk");
    let Some(disk) = SmallDisk::mount(&at, "12m") else {
        notice("the full-disk test uses a file size limit: no right to mount a small disk");
        return a_file_size_limit_refuses_in_one_sentence();
    };
    let dongcha = dongcha.with_data_at(&at.join("data"));
    dongcha.run(&["init", "shop", "--currency", "EUR"]).succeeded();
    dongcha.write("before.csv", orders(0, 500));
    dongcha.write("large.csv", orders(500, 150_000));
    dongcha.run(&["import", "before.csv", "--site", "shop"]).succeeded();
    let before = dongcha.stored("shop");
    dongcha.run(&["import", "large.csv", "--site", "shop"]).refused(&["free some space"]);
    // How far the log runs ahead of the segments depends on how busy the machine is.
    disk.grow("1g");
    recovers(&dongcha, &before, 150_000);
}

/// The same without the right to mount: the system refuses to let a file grow.
fn a_file_size_limit_refuses_in_one_sentence() {
    let dongcha = Dongcha::with_shop();
    dongcha.write("before.csv", orders(0, 500));
    dongcha.write("large.csv", orders(500, 60_000));
    dongcha.run(&["import", "before.csv", "--site", "shop"]).succeeded();
    let before = dongcha.stored("shop");
    let program = crate::program::binary().display().to_string();
    let script =
        format!("trap '' XFSZ; ulimit -f 6000; exec '{program}' import large.csv --site shop");
    let mut shell = Command::new("bash");
    let like = dongcha.command(&[]);
    shell.args(["-c", &script]).current_dir(like.get_current_dir().unwrap());
    shell.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(&mut shell).refused(&["free some space"]);
    recovers(&dongcha, &before, 60_000);
}

/// What was stored before is whole, and the file can be imported to its end.
fn recovers(
    dongcha: &Dongcha,
    before: &std::collections::BTreeMap<String, crate::stored::Stored>,
    rows: u64,
) {
    let between = dongcha.stored("shop");
    assert!(before.iter().all(|(id, event)| between.get(id) == Some(event)), "before is whole");
    dongcha.run(&["doctor"]).succeeded();
    let told = dongcha.json(&["import", "large.csv", "--site", "shop"]);
    let figure = |key: &str| told["total"]["rows"][key].as_u64().unwrap();
    assert_eq!(figure("received"), rows);
    assert_eq!(figure("stored") + figure("duplicate"), rows, "{told:#}");
    let purchases = |events: &std::collections::BTreeMap<String, crate::stored::Stored>| {
        events.values().filter(|event| event.kind == "purchase").count() as u64
    };
    assert_eq!(figure("duplicate"), purchases(&between) - purchases(before));
    assert_eq!(purchases(&dongcha.stored("shop")), rows + purchases(before));
}

#[test]
fn a_file_size_limit_is_a_full_disk_too() {
    a_file_size_limit_refuses_in_one_sentence();
}
