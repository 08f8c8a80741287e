//! Publishing: hot rows become segments, one per month, in one catalogue transaction.
//!
//! A crash before the transaction leaves the rows hot and orphan files, which the next start
//! sweeps; after it, the rows lie in segments. They are never in both and never in neither.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use event::{SiteId, TimeMs};

use crate::catalogue::{self, Draft, TableFile};
use crate::core::{Core, hold};
use crate::error::LakeError;
use crate::merge::{Batches, Span};
use crate::order::Order;
use crate::segment_write::{self, Purpose, SegmentWriter};
use crate::snapshot::Snapshot;
use crate::writer::{Session, Sweep};
use crate::{hot, month::Month};

/// What a publication or a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Published {
    /// Events moved.
    pub rows: u64,
    /// Segments written.
    pub segments: usize,
}

impl Core {
    /// Moves the hot rows of a site into segments.
    pub(crate) fn publish(self: &Arc<Self>, site: &SiteId) -> Result<Published, LakeError> {
        let _one_at_a_time = hold(&self.maintenance);
        let (drafts, upto) = self.write_hot(site)?;
        let done = Published {
            rows: drafts.iter().map(|draft| draft.file.rows).sum(),
            segments: drafts.len(),
        };
        if !drafts.is_empty() {
            let no = self.site_number(site)?;
            let publication = Publication { site: no, upto, drafts };
            self.writer
                .transact(publication.drafts.len(), move |session| publication.enter(session))?;
        }
        Ok(done)
    }

    /// Writes the hot rows as segment files that the catalogue does not know yet; also the
    /// number of the last of them.
    pub(crate) fn write_hot(
        self: &Arc<Self>,
        site: &SiteId,
    ) -> Result<(Vec<Draft>, i64), LakeError> {
        let snapshot = Snapshot::take(self, site)?;
        let upto = snapshot.query(|conn| {
            let mut last = conn.prepare_cached("SELECT coalesce(max(n), 0) FROM hot")?;
            Ok(last.query_row([], |row| row.get(0))?)
        })?;
        let months = snapshot.query(|conn| hot::months(conn, snapshot.range))?;
        let mut drafts = Vec::new();
        for month in months {
            let (from_ms, until_ms) = month.bounds_ms();
            let rows = snapshot.hot(Order::User, Span { from_ms, until_ms }, None)?;
            drafts.extend(self.write_segment(site, month, 0, rows)?);
        }
        Ok((drafts, upto))
    }

    /// Writes one segment file of sorted rows; none for no rows.
    pub(crate) fn write_segment(
        &self,
        site: &SiteId,
        month: Month,
        level: u32,
        rows: Batches<'_>,
    ) -> Result<Option<Draft>, LakeError> {
        let schema = event::schema::schema();
        let groups = self.options.row_group_rows;
        let mut writer = SegmentWriter::create(self.temporary(), schema, Purpose::Segment, groups)?;
        for batch in rows {
            writer.write(&batch?)?;
        }
        let (temporary, written) = writer.finish()?;
        if written.rows == 0 {
            crate::pin::delete(&[temporary]);
            return Ok(None);
        }
        let id = self.next_segment.fetch_add(1, Relaxed);
        let relative = format!("segments/site={site}/month={month}/{id:09}.parquet");
        let path = self.full(&relative);
        segment_write::rename(&temporary, &path)?;
        let file = TableFile {
            id,
            month: month.to_string(),
            path,
            rows: written.rows,
            bytes: written.bytes,
            min_time: TimeMs(written.min_time_ms),
            max_time: TimeMs(written.max_time_ms),
            min_user: written.min_user,
            max_user: written.max_user,
            sha256: written.sha256,
            level,
            version: event::schema::SCHEMA_VERSION,
        };
        Ok(Some(Draft { file, relative }))
    }
}

/// The catalogue's part of a publication.
struct Publication {
    site: i64,
    upto: i64,
    drafts: Vec<Draft>,
}

impl Publication {
    fn enter(&self, session: &mut Session<'_>) -> Result<(), LakeError> {
        let conn = session.conn;
        let from = catalogue::hot_floor(conn, self.site)?;
        for draft in &self.drafts {
            catalogue::add(conn, self.site, draft)?;
        }
        conn.prepare_cached("UPDATE site SET hot_floor = ?2 WHERE no = ?1")?
            .execute([self.site, self.upto])?;
        let range = hot::HotRange { site: self.site, floor: self.upto };
        let (left, _) = hot::summary(conn, range)?;
        session.state.hot_rows.insert(self.site, usize::try_from(left).unwrap_or(usize::MAX));
        session.state.sweeps.push(Sweep { site: self.site, from, upto: self.upto });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use event::{Authority, Bilingual, Currency, Received, SiteId, TimeMs};

    use crate::{Lake, OpenOptions, SiteConfig};

    fn filled(dir: &std::path::Path) -> (Lake, SiteId) {
        let lake = Lake::open(dir, OpenOptions::default()).unwrap();
        let site = SiteId::new("gifts").unwrap();
        let config = SiteConfig {
            site: site.clone(),
            name: Bilingual::new("Gifts", "礼品店"),
            currency: Currency::new("GBP").unwrap(),
            time_zone: "Europe/London".to_owned(),
            country: None,
        };
        lake.create_site(config).unwrap();
        (lake, site)
    }

    fn event(n: usize) -> Received {
        let raw = format!(
            r#"{{"v":1,"id":"e{n}","type":"view","ts":"2026-01-15T00:00:00Z","user_id":"u",
                "data":{{"item_id":"i"}}}}"#
        );
        let event = event::parse(&raw, Authority::Server, TimeMs(1_800_000_000_000)).map(Box::new);
        Received { raw, origin: "test".to_owned(), units: 1, event }
    }

    fn files(dir: &std::path::Path) -> usize {
        crate::sweep::files_below(&crate::core::segment_folder(dir)).unwrap().len()
    }

    #[test]
    fn a_stop_between_rename_and_catalogue_leaves_the_rows_hot() {
        let dir = tempfile::tempdir().unwrap();
        let (lake, site) = filled(dir.path());
        lake.append(&site, (0..10).map(event).collect()).unwrap();
        let (drafts, _) = lake.core_of_tests().write_hot(&site).unwrap();
        assert_eq!((drafts.len(), drafts[0].file.rows, files(dir.path())), (1, 10, 1));
        drop(lake);
        let (lake, site) = filled(dir.path());
        assert_eq!(files(dir.path()), 0, "the orphan is swept");
        let snapshot = lake.snapshot(&site).unwrap();
        let counts = (snapshot.hot_count().unwrap(), snapshot.event_count().unwrap());
        assert_eq!(counts, (10, 10));
        drop(snapshot);
        lake.publish(&site).unwrap();
        let snapshot = lake.snapshot(&site).unwrap();
        let counts = (snapshot.hot_count().unwrap(), snapshot.event_count().unwrap());
        assert_eq!(counts, (0, 10));
    }

    #[test]
    fn published_rows_are_removed_step_by_step_and_never_seen_again() {
        let dir = tempfile::tempdir().unwrap();
        let (lake, site) = filled(dir.path());
        lake.append(&site, (0..5000).map(event).collect()).unwrap();
        lake.publish(&site).unwrap();
        lake.append(&site, (4990..5010).map(event).collect()).unwrap();
        let left = || {
            let count = |conn: &rusqlite::Connection| {
                Ok(conn.query_row("SELECT count(*) FROM hot", [], |row| row.get::<_, i64>(0))?)
            };
            lake.core_of_tests().read(count).unwrap()
        };
        while left() > 10 {
            assert_eq!(lake.snapshot(&site).unwrap().event_count().unwrap(), 5010);
            std::thread::yield_now();
        }
        assert_eq!((left(), lake.snapshot(&site).unwrap().event_count().unwrap()), (10, 5010));
    }
}
