//! Quarantine: what was not accepted, with its text and its reason, until it is replayed.

use event::{Event, Received, Refusal, RefusalCode, SiteId, TimeMs, Verdict};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::append::{self, Arrival};
use crate::core::Core;
use crate::digest;
use crate::error::LakeError;

/// Where an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarantineState {
    /// Waiting to be corrected and replayed.
    Open,
    /// Replayed: what it says is stored.
    Replayed,
}

impl QuarantineState {
    /// The name it is stored and shown under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replayed => "replayed",
        }
    }
}

/// One text set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineEntry {
    /// Its number.
    pub id: i64,
    /// When it was set aside.
    pub received: TimeMs,
    /// `http`, or a file and row.
    pub origin: String,
    /// Units of the source it stands for.
    pub units: u32,
    /// Stable code of the reason.
    pub code: String,
    /// Where in the text.
    pub path: String,
    /// Where it stands.
    pub state: QuarantineState,
    /// The text as it arrived.
    pub raw: String,
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct QuarantineFilter {
    /// Only this reason.
    pub code: Option<RefusalCode>,
    /// Only in this state.
    pub state: Option<QuarantineState>,
    /// At most so many; 0 for all.
    pub limit: usize,
}

/// Which entries to replay.
#[derive(Debug, Clone)]
pub enum Replay {
    /// Every open one.
    All,
    /// These, by number.
    Ids(Vec<i64>),
}

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Events stored now.
    pub stored: usize,
    /// Events that were stored already.
    pub duplicate: usize,
    /// Entries that are still refused.
    pub refused: usize,
}

/// Keeps an arrival aside; the same text from the same place is kept once.
pub(crate) fn keep(
    conn: &Connection,
    site: i64,
    arrival: &Arrival,
    refusal: &Refusal,
    now_ms: i64,
) -> Result<(), LakeError> {
    conn.prepare_cached(
        "INSERT INTO quarantine (site, digest, received, origin, units, code, path, state, raw)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'open', ?8) ON CONFLICT DO NOTHING",
    )?
    .execute(params![
        site,
        digest::of_raw(&arrival.raw, &arrival.origin),
        now_ms,
        arrival.origin,
        arrival.units,
        refusal.code.as_str(),
        refusal.path,
        arrival.raw,
    ])?;
    Ok(())
}

const COLUMNS: &str = "id, received, origin, units, code, path, state, raw";

fn read(row: &Row<'_>) -> rusqlite::Result<QuarantineEntry> {
    let state: String = row.get(6)?;
    Ok(QuarantineEntry {
        id: row.get(0)?,
        received: TimeMs(row.get(1)?),
        origin: row.get(2)?,
        units: row.get(3)?,
        code: row.get(4)?,
        path: row.get(5)?,
        state: match state.as_str() {
            "replayed" => QuarantineState::Replayed,
            _ => QuarantineState::Open,
        },
        raw: row.get(7)?,
    })
}

impl Core {
    /// Entries of a site, oldest first.
    pub(crate) fn quarantine(
        &self,
        site: &SiteId,
        filter: &QuarantineFilter,
    ) -> Result<Vec<QuarantineEntry>, LakeError> {
        let no = self.site_number(site)?;
        let limit = if filter.limit == 0 { -1 } else { filter.limit as i64 };
        let sql = format!(
            "SELECT {COLUMNS} FROM quarantine WHERE site = ?1 AND (?2 IS NULL OR code = ?2)
             AND (?3 IS NULL OR state = ?3) ORDER BY id LIMIT ?4"
        );
        let code = filter.code.map(|code| code.as_str());
        let state = filter.state.map(QuarantineState::as_str);
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            let rows = select.query_map(params![no, code, state, limit], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One entry of a site.
    pub(crate) fn quarantine_entry(
        &self,
        site: &SiteId,
        id: i64,
    ) -> Result<Option<QuarantineEntry>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!("SELECT {COLUMNS} FROM quarantine WHERE site = ?1 AND id = ?2");
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            Ok(select.query_row([no, id], read).optional()?)
        })
    }

    /// Open entries by code.
    pub(crate) fn quarantine_counts(&self, site: &SiteId) -> Result<Vec<(String, u64)>, LakeError> {
        let no = self.site_number(site)?;
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT code, count(*) FROM quarantine WHERE site = ?1 AND state = 'open'
                 GROUP BY code ORDER BY code",
            )?;
            let rows =
                select.query_map([no], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Reads entries again with `parse`; what is an event now is stored and marked replayed in
    /// one transaction, the others keep their new reason.
    pub(crate) fn replay(
        &self,
        site: &SiteId,
        which: &Replay,
        mut parse: impl FnMut(&QuarantineEntry) -> Result<Box<Event>, Refusal>,
    ) -> Result<Replayed, LakeError> {
        let no = self.site_number(site)?;
        let open =
            QuarantineFilter { state: Some(QuarantineState::Open), ..QuarantineFilter::default() };
        let mut entries = self.quarantine(site, &open)?;
        if let Replay::Ids(ids) = which {
            entries.retain(|entry| ids.contains(&entry.id));
        }
        let mut sum = Replayed::default();
        for chunk in entries.chunks(REPLAY_ENTRIES) {
            let read_again: Vec<(i64, Arrival)> =
                chunk.iter().map(|entry| (entry.id, again(entry, parse(entry)))).collect();
            let done = self.writer.transact(read_again.len(), move |session| {
                let mut done = Replayed::default();
                for (id, arrival) in &read_again {
                    let verdict = match &arrival.row {
                        Ok(row) => append::store_row(session, no, row)?,
                        Err(refusal) => Verdict::Quarantined(refusal.clone()),
                    };
                    mark(session.conn, *id, &verdict)?;
                    match verdict {
                        Verdict::Accepted => done.stored += 1,
                        Verdict::Duplicate => done.duplicate += 1,
                        Verdict::Quarantined(_) => done.refused += 1,
                    }
                }
                Ok(done)
            })?;
            sum.stored += done.stored;
            sum.duplicate += done.duplicate;
            sum.refused += done.refused;
        }
        Ok(sum)
    }
}

/// Entries replayed in one transaction.
const REPLAY_ENTRIES: usize = 1000;

fn again(entry: &QuarantineEntry, event: Result<Box<Event>, Refusal>) -> Arrival {
    Arrival::of(Received {
        raw: String::new(),
        origin: entry.origin.clone(),
        units: entry.units,
        event,
    })
}

fn mark(conn: &Connection, id: i64, verdict: &Verdict) -> Result<(), LakeError> {
    match verdict {
        Verdict::Quarantined(refusal) => conn
            .prepare_cached("UPDATE quarantine SET code = ?2, path = ?3 WHERE id = ?1")?
            .execute(params![id, refusal.code.as_str(), refusal.path])?,
        Verdict::Accepted | Verdict::Duplicate => conn
            .prepare_cached("UPDATE quarantine SET state = 'replayed' WHERE id = ?1")?
            .execute([id])?,
    };
    Ok(())
}
