//! The doctor: checks everything that is stored and says what to do about what it finds.

use std::cmp::Ordering;
use std::fs;
use std::io::Write;

use event::Bilingual;
use rusqlite::Connection;

use crate::catalogue::{self, TableFile};
use crate::core::Core;
use crate::error::LakeError;
use crate::hot::{self, HotRange};
use crate::order::{Keys, Order};
use crate::segment_read::{self, SegmentScan};
use crate::sweep;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Good,
    /// Nothing is lost, but something wants doing.
    Warning,
    /// Something stored is damaged or missing.
    Error,
}

/// One thing the doctor found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave it is.
    pub severity: Severity,
    /// What was found.
    pub what: Bilingual,
    /// What to do.
    pub advice: Bilingual,
}

impl Finding {
    fn good(en: String, zh: String) -> Self {
        let advice = Bilingual::new("nothing to do", "无需处理");
        Self { severity: Severity::Good, what: Bilingual::new(en, zh), advice }
    }

    fn damaged(en: String, zh: String) -> Self {
        let advice = Bilingual::new(
            "stop the service, keep this directory as it is, restore from a copy or an export",
            "请停止服务，原样保留该目录，并从副本或导出文件恢复",
        );
        Self { severity: Severity::Error, what: Bilingual::new(en, zh), advice }
    }

    fn warning(en: String, zh: String, advice: Bilingual) -> Self {
        Self { severity: Severity::Warning, what: Bilingual::new(en, zh), advice }
    }
}

/// Free space below which the doctor warns.
const SPACE_PROBE_BYTES: usize = 16 * 1024 * 1024;

/// Runs every check.
pub(crate) fn examine(core: &Core) -> Result<Vec<Finding>, LakeError> {
    let _nothing_moves_meanwhile = crate::core::hold(&core.maintenance);
    let mut found = vec![core.read(database)?];
    let (segments, sites) = core.read(|conn| {
        conn.execute_batch("BEGIN")?;
        let read = (|| {
            let all = catalogue::list(conn, &core.dir, None)?;
            let mut sites = conn.prepare("SELECT no, id FROM site ORDER BY no")?;
            let rows = sites.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
            let mut counted = Vec::new();
            for (no, id) in rows.collect::<Result<Vec<(i64, String)>, _>>()? {
                counted.push(Count::of(conn, core, no, id)?);
            }
            Ok((all, counted))
        })();
        conn.execute_batch("COMMIT")?;
        read
    })?;
    let before = found.len();
    for segment in &segments {
        found.extend(file(segment));
    }
    if found.len() == before {
        let n = segments.len();
        found.push(Finding::good(
            format!("{n} segments: checksums, row counts and order are right"),
            format!("{n} 个数据段：校验和、行数与顺序均正确"),
        ));
    }
    found.extend(sites.iter().map(Count::finding));
    found.extend(orphans(core, &segments)?);
    found.push(space(core));
    Ok(found)
}

fn database(conn: &Connection) -> Result<Finding, LakeError> {
    let checked: Result<Vec<String>, _> = conn
        .prepare("PRAGMA integrity_check(5)")
        .and_then(|mut check| check.query_map([], |row| row.get(0))?.collect());
    Ok(match checked {
        Ok(lines) if lines == ["ok"] => {
            Finding::good("the log database is sound".to_owned(), "日志数据库完好".to_owned())
        }
        Ok(lines) => {
            let first = lines.first().cloned().unwrap_or_default();
            Finding::damaged(
                format!("the log database is damaged: {first}"),
                format!("日志数据库已损坏：{first}"),
            )
        }
        Err(error) => Finding::damaged(
            format!("the log database cannot be read: {error}"),
            format!("无法读取日志数据库：{error}"),
        ),
    })
}

/// What is wrong with a segment file, if anything.
fn file(segment: &TableFile) -> Option<Finding> {
    let path = segment.path.display();
    let damaged = |en: String, zh: String| Some(Finding::damaged(en, zh));
    match segment_read::sha256(&segment.path) {
        Err(error) => {
            return damaged(
                format!("segment: {error}"),
                format!("数据段 {path} 无法读取：{error}"),
            );
        }
        Ok(found) if found != segment.sha256 => {
            return damaged(
                format!("segment {path}: its checksum is not the one in the catalogue"),
                format!("数据段 {path}：校验和与目录不符"),
            );
        }
        Ok(_) => {}
    }
    match rows_in_order(segment) {
        Ok(rows) if rows == segment.rows => None,
        Ok(rows) => damaged(
            format!("segment {path}: {rows} rows, the catalogue says {}", segment.rows),
            format!("数据段 {path}：实有 {rows} 行，目录记录 {} 行", segment.rows),
        ),
        Err(error) => damaged(format!("segment: {error}"), format!("数据段 {path}：{error}")),
    }
}

fn rows_in_order(segment: &TableFile) -> Result<u64, LakeError> {
    let keys_only = crate::ScanOptions::columns(&[]).projection();
    let mut rows = 0;
    let mut last: Option<Keys> = None;
    for batch in SegmentScan::open(&segment.path, keys_only.as_deref(), 8192)? {
        let keys = Keys::of(&batch?)?;
        rows += keys.len() as u64;
        let joins = last.as_ref().is_none_or(|last| {
            keys.len() == 0 || last.compare(last.len() - 1, &keys, 0, Order::User) == Ordering::Less
        });
        let sorted = (1..keys.len())
            .all(|row| keys.compare(row - 1, &keys, row, Order::User) == Ordering::Less);
        if !joins || !sorted {
            return Err(LakeError::Corrupt {
                file: segment.path.clone(),
                reason: "its rows are not in order".to_owned(),
            });
        }
        if keys.len() > 0 {
            last = Some(keys);
        }
    }
    Ok(rows)
}

/// Events of a site by where they are counted.
struct Count {
    site: String,
    keys: u64,
    hot: u64,
    published: u64,
}

impl Count {
    fn of(conn: &Connection, core: &Core, no: i64, site: String) -> Result<Self, LakeError> {
        let keys: i64 =
            conn.query_row("SELECT count(*) FROM event_key WHERE site = ?1", [no], |row| {
                row.get(0)
            })?;
        let floor = catalogue::hot_floor(conn, no)?;
        let (hot, _) = hot::summary(conn, HotRange { site: no, floor })?;
        let published = catalogue::list(conn, &core.dir, Some(no))?.iter().map(|s| s.rows).sum();
        Ok(Self { site, keys: keys.unsigned_abs(), hot, published })
    }

    fn finding(&self) -> Finding {
        let Self { site, keys, hot, published } = self;
        if *keys == hot + published {
            return Finding::good(
                format!("site {site}: {keys} events, {hot} of them not in segments yet"),
                format!("站点 {site}：共 {keys} 个事件，其中 {hot} 个尚未写入数据段"),
            );
        }
        Finding::damaged(
            format!("site {site}: {keys} events were stored, but {published} + {hot} are there"),
            format!("站点 {site}：已存 {keys} 个事件，实有 {published} + {hot} 个"),
        )
    }
}

fn orphans(core: &Core, segments: &[TableFile]) -> Result<Vec<Finding>, LakeError> {
    let known = segments.iter().map(|s| s.path.clone()).collect();
    let orphans = sweep::orphans(&core.dir, &known)?;
    Ok(orphans
        .iter()
        .map(|path| {
            let path = path.display();
            Finding::warning(
                format!("{path} is in no catalogue: old, still being read, or foreign"),
                format!("{path} 不在目录中：旧文件、正被读取或外来文件"),
                Bilingual::new(
                    "nothing; it is removed at the next start",
                    "无需处理；下次启动时会自动删除",
                ),
            )
        })
        .collect())
}

/// Whether a few megabytes can still be written.
fn space(core: &Core) -> Finding {
    let path = core.temporary();
    let written = fs::File::create(&path).and_then(|mut file| {
        let block = vec![0x5a_u8; 1024 * 1024];
        for _ in 0..SPACE_PROBE_BYTES / block.len() {
            file.write_all(&block)?;
        }
        file.sync_all()
    });
    // Whatever resists is swept at the next start.
    let _ = fs::remove_file(&path);
    match written {
        Ok(()) => Finding::good("the disk has space".to_owned(), "磁盘空间充足".to_owned()),
        Err(error) => Finding::warning(
            format!("16 MiB cannot be written to {}: {error}", core.dir.display()),
            format!("无法向 {} 写入 16 MiB：{error}", core.dir.display()),
            Bilingual::new(
                "free some space; until then events are refused, none is lost",
                "请释放磁盘空间；在此之前新事件会被拒绝，但不会丢失",
            ),
        ),
    }
}
