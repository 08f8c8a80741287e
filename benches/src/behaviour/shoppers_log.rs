//! A log shaped like Taobao UserBehavior, in the order of its arrival, as Parquet.
//!
//! Per 100 events one person; nine days; visits of some events with pauses of seconds to minutes,
//! some of none and some of exactly half an hour; 89.6 % views, 5.5 % carts, 2.9 % favourites, 2 %
//! purchases. One event in fifty is sent twice, one in a hundred arrives hours late.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use crate::bench::Bench;

const SCHEMA: &str = "message log {
    required int64 id;
    required int64 user_id;
    required int64 item_id;
    required int64 category_id;
    required binary behavior_type (STRING);
    required int64 timestamp;
}";
const EVENTS_PER_PERSON: u64 = 100;
const ITEMS: u64 = 4_000_000;
const CATEGORIES: i64 = 9_400;
/// 25 November 2017, midnight in Shanghai.
const START_S: i64 = 1_511_539_200;
const SPAN_S: u64 = 9 * 86_400;
const HALF_HOUR_S: i64 = 1_800;
const GROUP_ROWS: usize = 1 << 20;
const SEED: u64 = 20_171_125;

/// The file of so many million events, made once.
pub fn parquet(bench: &Bench, millions: u64) -> Result<PathBuf> {
    let folder = bench.out.join("behaviour");
    std::fs::create_dir_all(&folder)?;
    let path = folder.join(format!("log-{millions}M.parquet"));
    if !path.exists() {
        // Under another name until it is whole.
        let part = folder.join("log.part");
        write(&part, millions * 1_000_000)?;
        std::fs::rename(part, &path)?;
    }
    Ok(path)
}

/// Pseudo-random numbers (SplitMix64; Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1, without 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }
}

/// One row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    id: i64,
    user: i64,
    item: i64,
    behaviour: usize,
    time_s: i64,
}

/// What happens next, by the moment it does.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// A row arrives.
    Arrives(Entry),
    /// A person acts, and so many times more.
    Acts { user: i64, left: u64 },
}

const BEHAVIOURS: [&str; 4] = ["pv", "cart", "fav", "buy"];

struct Log {
    dice: Dice,
    people: u64,
    visits: u64,
    started: u64,
    next_id: i64,
    coming: BinaryHeap<Reverse<(i64, u64, Next)>>,
    number: u64,
}

impl Log {
    fn new(events: u64) -> Self {
        let people = (events / EVENTS_PER_PERSON).max(1);
        let coming = BinaryHeap::new();
        // Six events a visit, and some to spare: the caller takes as many rows as asked.
        let visits = events / 6 + 100;
        Self { dice: Dice(SEED), people, visits, started: 0, next_id: 0, coming, number: 0 }
    }

    fn push(&mut self, at_s: i64, next: Next) {
        self.number += 1;
        self.coming.push(Reverse((at_s, self.number, next)));
    }

    /// Begins the visits that begin until a moment; they are spread evenly.
    fn visit(&mut self) {
        let at_s = START_S + (self.started * SPAN_S / self.visits) as i64;
        self.started += 1;
        let user = (self.people as f64 * self.dice.share().powf(1.3)) as i64;
        let left = ((1.0 - self.dice.share()).ln() / (5.0_f64 / 6.0).ln()) as u64;
        self.push(at_s, Next::Acts { user, left });
    }

    fn act(&mut self, at_s: i64, user: i64, left: u64) -> Option<Entry> {
        let item = (ITEMS as f64 * self.dice.share().powi(3)) as i64;
        let behaviour = match self.dice.below(1000) {
            0..896 => 0,
            896..951 => 1,
            951..980 => 2,
            _ => 3,
        };
        let entry = Entry { id: self.next_id, user, item, behaviour, time_s: at_s };
        self.next_id += 1;
        if left > 0 {
            let pause = match self.dice.below(50) {
                0..2 => 0,
                2 => HALF_HOUR_S,
                _ => (-120.0 * (1.0 - self.dice.share()).ln()) as i64,
            };
            self.push(at_s + pause, Next::Acts { user, left: left - 1 });
        }
        if self.dice.below(50) == 0 {
            let again = at_s + 1 + self.dice.below(600) as i64;
            self.push(again, Next::Arrives(entry));
        }
        if self.dice.below(100) == 0 {
            let late = at_s + self.dice.below(6 * 3600) as i64;
            self.push(late, Next::Arrives(entry));
            return None;
        }
        Some(entry)
    }
}

impl Iterator for Log {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        loop {
            let due = self.coming.peek().map(|Reverse((at_s, ..))| *at_s);
            let begins = START_S + (self.started * SPAN_S / self.visits) as i64;
            if self.started < self.visits && due.is_none_or(|due| begins <= due) {
                self.visit();
                continue;
            }
            let Reverse((at_s, _, next)) = self.coming.pop()?;
            match next {
                Next::Arrives(entry) => return Some(entry),
                Next::Acts { user, left } => {
                    if let Some(entry) = self.act(at_s, user, left) {
                        return Some(entry);
                    }
                }
            }
        }
    }
}

fn write(path: &Path, events: u64) -> Result<()> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut writer = SerializedFileWriter::new(File::create(path)?, schema, Arc::new(properties))?;
    let mut log = Log::new(events).take(events as usize).peekable();
    let words = BEHAVIOURS.map(ByteArray::from);
    while log.peek().is_some() {
        let rows: Vec<Entry> = log.by_ref().take(GROUP_ROWS).collect();
        let mut group = writer.next_row_group()?;
        let numbers: [fn(&Entry) -> i64; 4] =
            [|e| e.id, |e| e.user, |e| e.item, |e| e.item % CATEGORIES];
        for number in numbers {
            let values: Vec<i64> = rows.iter().map(number).collect();
            if let Some(mut column) = group.next_column()? {
                column.typed::<Int64Type>().write_batch(&values, None, None)?;
                column.close()?;
            }
        }
        if let Some(mut column) = group.next_column()? {
            let values: Vec<ByteArray> = rows.iter().map(|e| words[e.behaviour].clone()).collect();
            column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
            column.close()?;
        }
        if let Some(mut column) = group.next_column()? {
            let values: Vec<i64> = rows.iter().map(|e| e.time_s).collect();
            column.typed::<Int64Type>().write_batch(&values, None, None)?;
            column.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_log_has_its_shape_and_is_the_same_each_time() {
        let rows: Vec<Entry> = Log::new(100_000).take(100_000).collect();
        assert_eq!(rows.len(), 100_000);
        let share = |n: usize| n as f64 / rows.len() as f64;
        let repeats = share(rows.len() - rows.iter().map(|e| e.id).collect::<HashSet<_>>().len());
        assert!((0.017..0.022).contains(&repeats), "{repeats}");
        let views = share(rows.iter().filter(|e| e.behaviour == 0).count());
        assert!((0.89..0.90).contains(&views), "{views}");
        let people = rows.iter().map(|e| e.user).collect::<HashSet<_>>().len();
        assert!((990..=1000).contains(&people), "{people}");
        let late = share(rows.windows(2).filter(|w| w[1].time_s < w[0].time_s).count());
        assert!(late > 0.01, "{late}");
        let again: Vec<Entry> = Log::new(100_000).take(100_000).collect();
        assert!(rows == again);
    }

    #[test]
    fn the_file_holds_as_many_rows_as_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.parquet");
        write(&path, 1_234).unwrap();
        use parquet::file::reader::{FileReader, SerializedFileReader};
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 1_234);
    }
}
