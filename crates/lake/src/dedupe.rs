//! Exactly once: the keys of everything ever stored, by event id and by order.

use event::{Refusal, RefusalCode};
use rusqlite::{Connection, OptionalExtension, params};

use crate::append::Row;
use crate::digest::Digest;
use crate::error::LakeError;

/// What the lake knows of a row.
pub(crate) enum Known {
    /// Nothing; its keys are entered now.
    New,
    /// It is stored, with this content.
    Same,
    /// Its id or its order is stored with other content.
    Other(Refusal),
}

/// Enters the keys of a row, unless one of them is known.
pub(crate) fn enter(conn: &Connection, site: i64, row: &Row) -> Result<Known, LakeError> {
    if let Some((order_id, digest)) = &row.order {
        if let Some(known) = event_digest(conn, site, &row.id)? {
            return Ok(compare_event(&known, row));
        }
        let known: Option<Digest> = conn
            .prepare_cached("SELECT digest FROM order_key WHERE site = ?1 AND order_id = ?2")?
            .query_row(params![site, order_id], |found| found.get(0))
            .optional()?;
        match known {
            Some(known) if known == *digest => return Ok(Known::Same),
            Some(_) => {
                let refusal = Refusal::new(RefusalCode::OrderConflict, "data.order_id");
                return Ok(Known::Other(refusal));
            }
            None => {}
        }
        conn.prepare_cached("INSERT INTO order_key (site, order_id, digest) VALUES (?1, ?2, ?3)")?
            .execute(params![site, order_id, digest])?;
    }
    let entered = conn
        .prepare_cached(
            "INSERT INTO event_key (site, id, digest) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![site, row.id, row.digest])?;
    if entered == 1 {
        return Ok(Known::New);
    }
    let known = event_digest(conn, site, &row.id)?;
    Ok(known.map_or(Known::New, |known| compare_event(&known, row)))
}

fn event_digest(conn: &Connection, site: i64, id: &str) -> Result<Option<Digest>, LakeError> {
    Ok(conn
        .prepare_cached("SELECT digest FROM event_key WHERE site = ?1 AND id = ?2")?
        .query_row(params![site, id], |found| found.get(0))
        .optional()?)
}

fn compare_event(known: &Digest, row: &Row) -> Known {
    if *known == row.digest {
        Known::Same
    } else {
        Known::Other(Refusal::new(RefusalCode::EventConflict, "id"))
    }
}
