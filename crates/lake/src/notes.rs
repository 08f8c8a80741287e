//! Notes: small pieces of state by scope and key, such as the record of an import run.

use rusqlite::{OptionalExtension, params};

use crate::append::now_ms;
use crate::core::Core;
use crate::error::LakeError;

impl Core {
    /// Writes a note, in place of an older one.
    pub(crate) fn put_note(&self, scope: &str, key: &str, value: &str) -> Result<(), LakeError> {
        let (scope, key, value) = (scope.to_owned(), key.to_owned(), value.to_owned());
        let now = now_ms();
        self.writer.transact(1, move |session| {
            session.conn.execute(
                "INSERT OR REPLACE INTO note (scope, key, value, updated) VALUES (?1, ?2, ?3, ?4)",
                params![scope, key, value, now],
            )?;
            Ok(())
        })
    }

    /// Reads a note.
    pub(crate) fn note(&self, scope: &str, key: &str) -> Result<Option<String>, LakeError> {
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT value FROM note WHERE scope = ?1 AND key = ?2")?;
            Ok(select.query_row([scope, key], |row| row.get(0)).optional()?)
        })
    }

    /// Every note of a scope, by key.
    pub(crate) fn notes(&self, scope: &str) -> Result<Vec<(String, String)>, LakeError> {
        self.read(|conn| {
            let mut select =
                conn.prepare_cached("SELECT key, value FROM note WHERE scope = ?1 ORDER BY key")?;
            let rows = select.query_map([scope], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}
