//! Decision records, kept so that any decision can be replayed and explained.

use event::{SiteId, TimeMs};
use rusqlite::{OptionalExtension, Row, params};

use crate::core::Core;
use crate::error::LakeError;
use crate::writer::Session;

/// One decision made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Its id.
    pub id: String,
    /// `recommend`, `market`, `price` or `stock`.
    pub kind: String,
    /// Whom or what it is about.
    pub subject: String,
    /// When it was made.
    pub made_at: TimeMs,
    /// The whole record, JSON.
    pub record: String,
}

const COLUMNS: &str = "id, kind, subject, made_at, record";

fn read(row: &Row<'_>) -> rusqlite::Result<DecisionRow> {
    Ok(DecisionRow {
        id: row.get(0)?,
        kind: row.get(1)?,
        subject: row.get(2)?,
        made_at: TimeMs(row.get(3)?),
        record: row.get(4)?,
    })
}

fn insert(session: &mut Session<'_>, site: i64, row: &DecisionRow) -> Result<(), LakeError> {
    session
        .conn
        .prepare_cached(
            "INSERT OR REPLACE INTO decision (id, site, kind, subject, made_at, record)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![row.id, site, row.kind, row.subject, row.made_at.0, row.record])?;
    Ok(())
}

impl Core {
    /// Stores a decision and waits until it is durable.
    pub(crate) fn put_decision(&self, site: &SiteId, row: DecisionRow) -> Result<(), LakeError> {
        let no = self.site_number(site)?;
        self.writer.transact(1, move |session| insert(session, no, &row))
    }

    /// Queues a decision; `reply` hears how it went.
    pub(crate) fn put_decision_then(
        &self,
        site: &SiteId,
        row: DecisionRow,
        reply: impl FnOnce(Result<(), LakeError>) + Send + 'static,
    ) {
        match self.site_number(site) {
            Ok(no) => {
                self.writer.transact_then(1, move |session| insert(session, no, &row), reply);
            }
            Err(error) => reply(Err(error)),
        }
    }

    /// One decision of a site.
    pub(crate) fn decision(
        &self,
        site: &SiteId,
        id: &str,
    ) -> Result<Option<DecisionRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!("SELECT {COLUMNS} FROM decision WHERE id = ?1 AND site = ?2");
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            Ok(select.query_row(params![id, no], read).optional()?)
        })
    }

    /// The latest decisions of a kind, newest first.
    pub(crate) fn decisions_of(
        &self,
        site: &SiteId,
        kind: &str,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM decision WHERE site = ?1 AND kind = ?2
             ORDER BY made_at DESC, id LIMIT ?3"
        );
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            let rows = select.query_map(params![no, kind, limit as i64], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The latest decisions of a site, newest first.
    pub(crate) fn decisions(
        &self,
        site: &SiteId,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM decision WHERE site = ?1 ORDER BY made_at DESC, id LIMIT ?2"
        );
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            Ok(select.query_map([no, limit as i64], read)?.collect::<Result<_, _>>()?)
        })
    }
}
