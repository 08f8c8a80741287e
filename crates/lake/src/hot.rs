//! The hot log: rows that are durable but not yet in a segment.

use arrow_array::RecordBatch;
use event::schema::EventBatchBuilder;
use event::{Authority, Event, TimeMs};
use rusqlite::{Connection, params};

use crate::append::Row;
use crate::error::LakeError;
use crate::month::Month;
use crate::order::Order;
use crate::writer::Session;

/// Adds a row with the next number.
pub(crate) fn insert(session: &mut Session<'_>, site: i64, row: &Row) -> Result<(), LakeError> {
    let n = session.state.next_row;
    session.state.next_row += 1;
    *session.state.hot_rows.entry(site).or_default() += 1;
    session
        .conn
        .prepare_cached(
            "INSERT INTO hot (n, site, user_key, time, seq, id, received, server, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            n,
            site,
            row.user_key,
            row.time_ms,
            row.seq,
            row.id,
            row.received_ms,
            row.server,
            row.body
        ])?;
    Ok(())
}

/// Removes at most `limit` rows that lie in segments; they are invisible already.
pub(crate) fn sweep(session: &mut Session<'_>, limit: usize) -> Result<(), LakeError> {
    let Some(sweep) = session.state.sweeps.first().copied() else { return Ok(()) };
    let rows: Vec<i64> = session
        .conn
        .prepare_cached(
            "SELECT n FROM hot WHERE n > ?1 AND n <= ?2 AND +site = ?3 ORDER BY n LIMIT ?4",
        )?
        .query_map(params![sweep.from, sweep.upto, sweep.site, limit as i64], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let mut delete = session.conn.prepare_cached("DELETE FROM hot WHERE n = ?1")?;
    for n in &rows {
        delete.execute([n])?;
    }
    match rows.last() {
        Some(&last) if rows.len() == limit => session.state.sweeps[0].from = last,
        _ => {
            session.state.sweeps.remove(0);
        }
    }
    Ok(())
}

/// The hot rows of a site as one snapshot sees them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HotRange {
    pub site: i64,
    /// Rows up to this number lie in segments.
    pub floor: i64,
}

/// Count of hot rows and the time of the latest.
pub(crate) fn summary(conn: &Connection, range: HotRange) -> Result<(u64, Option<i64>), LakeError> {
    Ok(conn
        .prepare_cached("SELECT count(*), max(time) FROM hot WHERE site = ?1 AND +n > ?2")?
        .query_row(params![range.site, range.floor], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?))
        })?)
}

/// The months that hot rows fall in, in order.
pub(crate) fn months(conn: &Connection, range: HotRange) -> Result<Vec<Month>, LakeError> {
    let times: Vec<i64> = conn
        .prepare_cached(
            "SELECT min(time) FROM hot WHERE site = ?1 AND +n > ?2
             GROUP BY strftime('%Y-%m', time / 1000, 'unixepoch') ORDER BY 1",
        )?
        .query_map(params![range.site, range.floor], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(times.into_iter().map(Month::of).collect())
}

/// The numbers of the rows with `from <= time < until`, in the order of a scan.
pub(crate) fn numbers(
    conn: &Connection,
    range: HotRange,
    order: Order,
    from_ms: i64,
    until_ms: i64,
) -> Result<Vec<i64>, LakeError> {
    let sql = match order {
        Order::User => {
            "SELECT n FROM hot WHERE site = ?1 AND +n > ?2 AND time >= ?3 AND time < ?4
             ORDER BY user_key, time, seq, id"
        }
        Order::Time => {
            "SELECT n FROM hot WHERE site = ?1 AND +n > ?2 AND time >= ?3 AND time < ?4
             ORDER BY time, user_key, seq, id"
        }
    };
    Ok(conn
        .prepare_cached(sql)?
        .query_map(params![range.site, range.floor, from_ms, until_ms], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// The numbers of one person's rows, in time order.
pub(crate) fn numbers_of_user(
    conn: &Connection,
    range: HotRange,
    user: &str,
) -> Result<Vec<i64>, LakeError> {
    Ok(conn
        .prepare_cached(
            "SELECT n FROM hot WHERE site = ?1 AND user_key = ?2 AND +n > ?3
             ORDER BY time, seq, id",
        )?
        .query_map(params![range.site, user, range.floor], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// The numbers of the rows stored after one, in the order they were stored.
pub(crate) fn numbers_after(
    conn: &Connection,
    range: HotRange,
    after: i64,
) -> Result<Vec<i64>, LakeError> {
    Ok(conn
        .prepare_cached("SELECT n FROM hot WHERE n > ?1 AND +site = ?2 ORDER BY n")?
        .query_map(params![after.max(range.floor), range.site], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// The rows of these numbers as one batch, in that order.
pub(crate) fn fetch(conn: &Connection, numbers: &[i64]) -> Result<RecordBatch, LakeError> {
    let mut select = conn.prepare_cached("SELECT received, server, body FROM hot WHERE n = ?1")?;
    let mut builder = EventBatchBuilder::default();
    for &n in numbers {
        let event = select.query_row([n], |row| {
            let body = row.get_ref(2)?.as_str()?;
            Ok(rebuild(n, row.get(0)?, row.get(1)?, body))
        })??;
        builder.push(&event);
    }
    builder.finish().map_err(arrow)
}

/// The event of a hot row.
pub(crate) fn rebuild(
    n: i64,
    received_ms: i64,
    server: bool,
    body: &str,
) -> Result<Event, LakeError> {
    let broken = |reason: String| LakeError::Stored { what: "event", key: n.to_string(), reason };
    let json = serde_json::from_str(body).map_err(|error| broken(error.to_string()))?;
    let mut event = event::parse_value(&json, Authority::Server, TimeMs(received_ms))
        .map_err(|refusal| broken(refusal.to_string()))?;
    event.authority = if server { Authority::Server } else { Authority::Browser };
    Ok(event)
}

/// An Arrow error here means stored data of an unexpected shape.
pub(crate) fn arrow(error: arrow_schema::ArrowError) -> LakeError {
    LakeError::Stored { what: "events", key: "batch".to_owned(), reason: error.to_string() }
}
