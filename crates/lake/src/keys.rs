//! API keys, stored as hashes; the key itself is shown once and never kept.

use event::{SiteId, TimeMs};
use rusqlite::{OptionalExtension, Row, params};

use crate::append::now_ms;
use crate::core::Core;
use crate::error::LakeError;

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `wk_`: send events from a browser; public.
    Write,
    /// `rk_`: read.
    Read,
    /// `sk_`: everything, from the merchant's own servers.
    Secret,
}

impl KeyKind {
    /// The two letters a key begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Write => "wk",
            Self::Read => "rk",
            Self::Secret => "sk",
        }
    }

    /// Reads the two letters.
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        [Self::Write, Self::Read, Self::Secret].into_iter().find(|kind| kind.prefix() == prefix)
    }
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its number.
    pub id: i64,
    /// The site it belongs to.
    pub site: SiteId,
    /// What it may do.
    pub kind: KeyKind,
    /// What it is for, in the merchant's words.
    pub label: String,
    /// When it was made.
    pub created: TimeMs,
    /// When it was revoked.
    pub revoked: Option<TimeMs>,
}

const COLUMNS: &str = "k.id, s.id, k.kind, k.label, k.created, k.revoked";

fn read(row: &Row<'_>) -> rusqlite::Result<Option<KeyRow>> {
    let (site, kind): (String, String) = (row.get(1)?, row.get(2)?);
    let (Some(site), Some(kind)) = (SiteId::new(&site), KeyKind::from_prefix(&kind)) else {
        return Ok(None);
    };
    Ok(Some(KeyRow {
        id: row.get(0)?,
        site,
        kind,
        label: row.get(3)?,
        created: TimeMs(row.get(4)?),
        revoked: row.get::<_, Option<i64>>(5)?.map(TimeMs),
    }))
}

impl Core {
    /// Stores a key's hash; returns its number.
    pub(crate) fn insert_key(
        &self,
        site: &SiteId,
        kind: KeyKind,
        hash: [u8; 32],
        label: &str,
    ) -> Result<i64, LakeError> {
        let (no, label, now) = (self.site_number(site)?, label.to_owned(), now_ms());
        self.writer.transact(1, move |session| {
            session.conn.execute(
                "INSERT INTO api_key (site, kind, hash, label, created)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![no, kind.prefix(), hash, label, now],
            )?;
            Ok(session.conn.last_insert_rowid())
        })
    }

    /// The key with this hash, revoked or not.
    pub(crate) fn find_key(&self, hash: [u8; 32]) -> Result<Option<KeyRow>, LakeError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM api_key k JOIN site s ON s.no = k.site WHERE k.hash = ?1"
        );
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            Ok(select.query_row([hash], read).optional()?.flatten())
        })
    }

    /// Every key of a site, oldest first.
    pub(crate) fn keys(&self, site: &SiteId) -> Result<Vec<KeyRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM api_key k JOIN site s ON s.no = k.site
             WHERE k.site = ?1 ORDER BY k.id"
        );
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            let keys = select.query_map([no], read)?.collect::<Result<Vec<_>, _>>()?;
            Ok(keys.into_iter().flatten().collect())
        })
    }

    /// Revokes a key of a site; false when there is none to revoke.
    pub(crate) fn revoke_key(&self, site: &SiteId, id: i64) -> Result<bool, LakeError> {
        let (no, now) = (self.site_number(site)?, now_ms());
        self.writer.transact(1, move |session| {
            let changed = session.conn.execute(
                "UPDATE api_key SET revoked = ?3 WHERE site = ?1 AND id = ?2 AND revoked IS NULL",
                [no, id, now],
            )?;
            Ok(changed == 1)
        })
    }
}
