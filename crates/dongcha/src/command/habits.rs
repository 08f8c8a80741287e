//! `dongcha habits`: how often, how long and how recently each person came, as a Parquet file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use collect::{LogBatch, LogColumns, LogKey, LogRow, ParquetLog};
use feature::habits::{self, Habits, HabitsPlan};
use feature::kernel::{self, Kernel};
use feature::packed::{Deed, Form, Forms, Key, Moment, pack};
use lake::{Order, Partition, Partitioner, ScanOptions, TableWriter};
use rayon::prelude::*;

use crate::cli::{HabitsArgs, TimeUnit};
use crate::command::import::read_map;
use crate::output::Table;
use crate::progress;
use crate::setting::Setting;
use crate::trouble::both;

/// Partitions of a file's people: small enough that the tables of one stay in a core's cache.
const PARTITIONS: usize = 256;
const MINUTE_MS: i64 = 60_000;

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    rows: u64,
    unusable: u64,
    duplicates: u64,
    people: u64,
    spilled: bool,
}

/// Writes the habits of a shop's people, or of those in a file.
pub fn run(setting: &Setting, args: &HabitsArgs) -> Result<()> {
    let spinner = progress::spinner(setting.say("counting habits", "正在统计习惯"));
    let counts = match &args.from {
        Some(file) => of_file(args, file)?,
        None => of_shop(setting, args)?,
    };
    spinner.finish_and_clear();
    let mut table = Table::new(&[
        ("out", setting.say("File", "文件")),
        ("people", setting.say("People", "人数")),
        ("rows", setting.say("Rows", "行数")),
        ("duplicates", setting.say("Duplicates", "重复")),
        ("unusable", setting.say("Unusable", "不可用")),
        ("spilled", setting.say("Used the disk", "使用磁盘")),
    ]);
    table.row(vec![
        args.out.to_string_lossy().into_owned().into(),
        counts.people.into(),
        counts.rows.into(),
        counts.duplicates.into(),
        counts.unusable.into(),
        counts.spilled.into(),
    ]);
    table.print(setting.format)
}

/// The moment asked for, else that of the last event.
fn plan(args: &HabitsArgs, last_ms: Option<i64>) -> Result<HabitsPlan> {
    let as_of_ms = match &args.as_of {
        Some(text) => {
            event::parse_zoned(text)
                .map_err(|error| both(format!("--as-of: {error}"), "--as-of 需为带时区的时间"))?
                .0
                .0
        }
        None => last_ms.unwrap_or(0),
    };
    Ok(HabitsPlan { as_of_ms, gap_ms: i64::from(args.gap) * MINUTE_MS })
}

/// From segments and the hot log, which come in the order of people and hold each event once.
fn of_shop(setting: &Setting, args: &HabitsArgs) -> Result<Counts> {
    let lake = setting.lake()?;
    let site = setting.site(&lake, &args.site)?;
    let snapshot = lake.snapshot(&site)?;
    let kernel = Habits::new(plan(args, snapshot.last_event_time()?.map(|time| time.0))?)?;
    let mut answers = vec![RecordBatch::new_empty(kernel.returns())];
    // What happened at one moment is counted, in whichever order.
    let options = ScanOptions::columns(&kernel.reads()).of_people().no_ids();
    let batches = snapshot.scan(Order::User, &options)?;
    kernel::map(batches.map(|batch| Ok::<_, anyhow::Error>(batch?)), &kernel, |answer| {
        answers.push(answer);
        Ok(())
    })?;
    let habits = habits::by_key(&answers)?;
    write(&args.out, &habits)?;
    // The catalogue's rows belong to nobody and are not counted.
    let events = habits.column_by_name("events").and_then(|c| c.as_primitive_opt::<Int64Type>());
    let rows = events.map_or(0, |events| events.values().iter().sum::<i64>().unsigned_abs());
    Ok(Counts { rows, people: habits.num_rows() as u64, ..Counts::default() })
}

/// From a file in the order of its import: people are brought together in partitions first.
fn of_file(args: &HabitsArgs, file: &Path) -> Result<Counts> {
    let map = args.map.as_deref().map(read_map).transpose()?;
    let named = LogColumns {
        user: args.user.clone(),
        time: args.time.clone(),
        event: args.event.clone(),
        id: args.id.clone(),
        unit: args.time_unit.map(TimeUnit::of_log),
    };
    let log = ParquetLog::open(file, map.as_ref(), &named)?;
    let form = |is_text| if is_text { Form::Text } else { Form::Whole };
    let forms = Forms { user: form(log.user_is_text()), id: form(log.id_is_text()) };
    let dealt = deal_all(args, &log)?;
    let mut counts = Counts::default();
    let mut last_ms = None;
    let mut partitions: Vec<Vec<Partition>> = Vec::new();
    partitions.resize_with(PARTITIONS, Vec::new);
    for share in dealt {
        counts.rows += share.counts.rows;
        counts.unusable += share.counts.unusable;
        counts.spilled |= share.partitioner.has_spilled();
        last_ms = last_ms.max(share.last_ms);
        for (all, one) in partitions.iter_mut().zip(share.partitioner.finish()) {
            all.push(one);
        }
    }
    let plan = plan(args, last_ms)?;
    let answers = partitions.into_par_iter().map(|parts| {
        let mut chunks = Vec::new();
        for part in parts {
            chunks.extend(part.read()?);
        }
        Ok::<_, anyhow::Error>(habits::unordered(&chunks, forms, &plan)?)
    });
    let answers: Vec<_> = answers.collect::<Result<_>>()?;
    counts.duplicates = answers.iter().map(|answer| answer.duplicates).sum();
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.habits).collect();
    let habits = habits::by_key(&answers)?;
    write(&args.out, &habits)?;
    Ok(Counts { people: habits.num_rows() as u64, ..counts })
}

fn write(place: &Path, habits: &RecordBatch) -> Result<()> {
    let mut writer = TableWriter::create(place, habits.schema(), &[])?;
    writer.write(habits)?;
    writer.finish()?;
    Ok(())
}

/// What one thread read.
struct Share {
    partitioner: Partitioner,
    counts: Counts,
    last_ms: Option<i64>,
}

/// Reads the file's row groups on all threads, each dealing into partitions of its own.
fn deal_all(args: &HabitsArgs, log: &ParquetLog) -> Result<Vec<Share>> {
    let threads = rayon::current_num_threads().clamp(1, log.groups().max(1));
    let memory = (args.memory as usize).saturating_mul(1 << 20) / threads;
    let next = AtomicUsize::new(0);
    let share = |thread: usize| {
        let partitioner = Partitioner::new(PARTITIONS, memory, &spill_path(&args.out, thread));
        let mut share = Share { partitioner, counts: Counts::default(), last_ms: None };
        loop {
            let group = next.fetch_add(1, Ordering::Relaxed);
            if group >= log.groups() {
                return Ok(share);
            }
            for batch in log.read(group)? {
                deal(&batch?, &mut share)?;
            }
        }
    };
    (0..threads).into_par_iter().with_max_len(1).map(share).collect()
}

/// Beside the result, where there is room for it.
fn spill_path(out: &Path, thread: usize) -> PathBuf {
    out.with_extension(format!("spill-{}-{thread}", std::process::id()))
}

/// Packs the rows of a batch into the partitions of their people.
fn deal(batch: &LogBatch, share: &mut Share) -> Result<()> {
    let deeds: Vec<Deed> = batch.types.iter().map(|name| Deed::of_type(name)).collect();
    share.counts.rows += batch.len() as u64;
    for row in 0..batch.len() {
        let row = batch.row(row);
        let moment = row.and_then(|row| Moment::new(row.time_ms, deeds[row.kind]));
        let (Some(LogRow { user, id, time_ms, .. }), Some(moment)) = (row, moment) else {
            share.counts.unusable += 1;
            continue;
        };
        share.last_ms = share.last_ms.max(Some(time_ms));
        let partitioner = &mut share.partitioner;
        match (user, id) {
            (LogKey::Whole(user), LogKey::Whole(id)) => put(partitioner, user, id, moment),
            (LogKey::Whole(user), LogKey::Text(id)) => put(partitioner, user, id, moment),
            (LogKey::Text(user), LogKey::Whole(id)) => put(partitioner, user, id, moment),
            (LogKey::Text(user), LogKey::Text(id)) => put(partitioner, user, id, moment),
        }?;
    }
    Ok(())
}

fn put<'a>(
    partitioner: &mut Partitioner,
    user: impl Key<'a>,
    id: impl Key<'a>,
    moment: Moment,
) -> Result<(), lake::LakeError> {
    let bytes = user.packed_bytes() + id.packed_bytes() + size_of::<Moment>();
    pack(partitioner.room(user.hash_u64(), bytes)?, user, id, moment);
    Ok(())
}
