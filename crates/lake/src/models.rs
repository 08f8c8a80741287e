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
