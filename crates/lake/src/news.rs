//! What is new since a mark: whether a copy of somebody's events in memory is still whole.
//!
//! Hot rows have numbers that only grow, so a mark is the largest number at some moment. Rows
//! after a mark are looked up in the hot log; when some of them may have moved to segments since,
//! nothing can be said.

use event::{SiteId, TimeMs, UserKey};
use rusqlite::{Connection, params};

use crate::core::Core;
use crate::error::LakeError;

/// The state of the hot log at a moment: every row stored later has a larger number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub(crate) i64);

/// What was stored since marks; see [`crate::Lake::news`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// The state now.
    pub mark: Mark,
    /// News of the whole site; `None` when its mark is too old to say.
    pub site: Option<SiteNews>,
    /// Whether the person has events since theirs; `None` when that mark is too old to say.
    pub of_user: Option<bool>,
}

/// What was stored for a site since a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteNews {
    /// Latest time among the new events.
    pub latest: Option<TimeMs>,
    /// Whether the shop itself spoke: events of its catalogue are among them.
    pub of_catalogue: bool,
}

/// One statement sees one state.
const NEWS: &str = "
    SELECT (SELECT hot_floor FROM site WHERE no = ?1),
           max(coalesce((SELECT max(n) FROM hot), 0),
               coalesce((SELECT max(hot_floor) FROM site), 0)),
           (SELECT max(time) FROM hot WHERE n > ?2 AND +site = ?1),
           EXISTS (SELECT 1 FROM hot WHERE n > ?2 AND +site = ?1 AND +user_key = ''),
           EXISTS (SELECT 1 FROM hot WHERE site = ?1 AND user_key = ?3 AND +n > ?4)";

impl Mark {
    /// The state that a read transaction sees.
    pub(crate) fn of(conn: &Connection) -> Result<Self, LakeError> {
        let last = conn
            .prepare_cached(
                "SELECT max(coalesce((SELECT max(n) FROM hot), 0),
                            coalesce((SELECT max(hot_floor) FROM site), 0))",
            )?
            .query_row([], |row| row.get(0))?;
        Ok(Self(last))
    }
}

impl Core {
    /// See [`crate::Lake::news`].
    pub(crate) fn news(
        &self,
        site: &SiteId,
        since: Mark,
        user: &UserKey,
        user_since: Mark,
    ) -> Result<News, LakeError> {
        let no = self.site_number(site)?;
        self.read(|conn| {
            conn.prepare_cached(NEWS)?
                .query_row(params![no, since.0, user.as_str(), user_since.0], |row| {
                    let floor: i64 = row.get(0)?;
                    let latest: Option<i64> = row.get(2)?;
                    let site = SiteNews { latest: latest.map(TimeMs), of_catalogue: row.get(3)? };
                    let of_user = row.get(4)?;
                    Ok(News {
                        mark: Mark(row.get(1)?),
                        site: (floor <= since.0).then_some(site),
                        of_user: (floor <= user_since.0).then_some(of_user),
                    })
                })
                .map_err(LakeError::from)
        })
    }
}
