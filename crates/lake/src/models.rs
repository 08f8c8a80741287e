//! The registry of trained models: where each lies, what it is, and which one serves.

use event::{SiteId, TimeMs};
use rusqlite::{OptionalExtension, Row, params};

use crate::append::now_ms;
use crate::core::Core;
use crate::error::LakeError;

/// A trained model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRow {
    /// Its name: `iALS`, `ItemKnn`, …
    pub name: String,
    /// Its version, unique for the name.
    pub version: String,
    /// Where its files lie.
    pub path: String,
    /// What it was made from, JSON.
    pub manifest: String,
    /// How well it did, JSON.
    pub metrics: String,
    /// When it was registered.
    pub created: TimeMs,
    /// Whether it is the one that serves under its name.
    pub current: bool,
}

const COLUMNS: &str = "name, version, path, manifest, metrics, created, current";

fn read(row: &Row<'_>) -> rusqlite::Result<ModelRow> {
    Ok(ModelRow {
        name: row.get(0)?,
        version: row.get(1)?,
        path: row.get(2)?,
        manifest: row.get(3)?,
        metrics: row.get(4)?,
        created: TimeMs(row.get(5)?),
        current: row.get(6)?,
    })
}

/// Writes down that a version came to serve.
fn note_promotion(
    conn: &rusqlite::Connection,
    site: i64,
    name: &str,
    version: &str,
    now: i64,
) -> Result<(), LakeError> {
    conn.execute(
        "INSERT INTO model_promotion (site, name, version, at) VALUES (?1, ?2, ?3, ?4)",
        params![site, name, version, now],
    )?;
    Ok(())
}

impl Core {
    /// Registers a model, with the present moment as `created`; a current one takes the place
    /// of the one before it.
    pub(crate) fn register_model(&self, site: &SiteId, model: ModelRow) -> Result<(), LakeError> {
        let (no, now) = (self.site_number(site)?, now_ms());
        self.writer.transact(1, move |session| {
            if model.current {
                session.conn.execute(
                    "UPDATE model SET current = 0 WHERE site = ?1 AND name = ?2",
                    params![no, model.name],
                )?;
            }
            if model.current {
                note_promotion(session.conn, no, &model.name, &model.version, now)?;
            }
            session.conn.execute(
                "INSERT OR REPLACE INTO model
                 (site, name, version, path, manifest, metrics, created, current)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    no,
                    model.name,
                    model.version,
                    model.path,
                    model.manifest,
                    model.metrics,
                    now,
                    model.current
                ],
            )?;
            Ok(())
        })
    }

    /// Makes a registered version the one that serves under its name, in one transaction; false,
    /// and nothing changed, when there is no such version.
    pub(crate) fn promote_model(
        &self,
        site: &SiteId,
        name: &str,
        version: &str,
    ) -> Result<bool, LakeError> {
        let (no, now) = (self.site_number(site)?, now_ms());
        let (name, version) = (name.to_owned(), version.to_owned());
        self.writer.transact(1, move |session| {
            let is_there: bool = session.conn.query_row(
                "SELECT EXISTS
                 (SELECT 1 FROM model WHERE site = ?1 AND name = ?2 AND version = ?3)",
                params![no, name, version],
                |row| row.get(0),
            )?;
            if is_there {
                session.conn.execute(
                    "UPDATE model SET current = (version = ?3) WHERE site = ?1 AND name = ?2",
                    params![no, name, version],
                )?;
                note_promotion(session.conn, no, &name, &version, now)?;
            }
            Ok(is_there)
        })
    }

    /// Which versions came to serve under a name and when, oldest first.
    pub(crate) fn model_promotions(
        &self,
        site: &SiteId,
        name: &str,
    ) -> Result<Vec<(String, TimeMs)>, LakeError> {
        let no = self.site_number(site)?;
        self.read(|conn| {
            let mut select = conn.prepare_cached(
                "SELECT version, at FROM model_promotion WHERE site = ?1 AND name = ?2 ORDER BY n",
            )?;
            let read = |row: &Row<'_>| Ok((row.get(0)?, TimeMs(row.get(1)?)));
            Ok(select.query_map(params![no, name], read)?.collect::<Result<_, _>>()?)
        })
    }

    /// The model that serves under a name.
    pub(crate) fn current_model(
        &self,
        site: &SiteId,
        name: &str,
    ) -> Result<Option<ModelRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql =
            format!("SELECT {COLUMNS} FROM model WHERE site = ?1 AND name = ?2 AND current = 1");
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            Ok(select.query_row(params![no, name], read).optional()?)
        })
    }

    /// Every model of a site, newest first.
    pub(crate) fn models(&self, site: &SiteId) -> Result<Vec<ModelRow>, LakeError> {
        let no = self.site_number(site)?;
        let sql = format!(
            "SELECT {COLUMNS} FROM model WHERE site = ?1 ORDER BY created DESC, name, version"
        );
        self.read(|conn| {
            let mut select = conn.prepare_cached(&sql)?;
            Ok(select.query_map([no], read)?.collect::<Result<_, _>>()?)
        })
    }
}
