//! Compaction: several segments of a month become one, by a merge that drops repeats.

use std::sync::Arc;

use event::SiteId;

use crate::catalogue::{self, TableFile};
use crate::core::{Core, hold};
use crate::error::LakeError;
use crate::merge::{Batches, Merge, Span};
use crate::month::Month;
use crate::order::Order;
use crate::pin;
use crate::publish::Published;
use crate::snapshot::{Snapshot, rows_per_stream};

/// Segments of one level in one month that are merged by themselves.
const TIER_SEGMENTS: usize = 8;
/// A segment with more rows is left as it is.
const LARGE_ROWS: u64 = 16_000_000;

/// Which segments of a month are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// All of them.
    Any,
    /// Those of a level, once there are [`TIER_SEGMENTS`]: each event is rewritten a
    /// logarithmic number of times.
    Full,
}

impl Core {
    /// Merges small segments of each month.
    pub(crate) fn compact(
        self: &Arc<Self>,
        site: &SiteId,
        tier: Tier,
    ) -> Result<Published, LakeError> {
        let _one_at_a_time = hold(&self.maintenance);
        let no = self.site_number(site)?;
        let mut done = Published::default();
        let snapshot = Snapshot::take(self, site)?;
        for group in groups(&snapshot.segments, tier) {
            let Some(month) = Month::parse(&group[0].month) else { continue };
            let rows = rows_per_stream(self.options.batch_rows, group.len());
            let mut streams: Vec<Batches<'_>> = Vec::with_capacity(group.len());
            for segment in &group {
                streams.push(snapshot.segment(segment, None, rows)?);
            }
            let merged = Merge::new(streams, Order::User, Span::ALL, self.options.batch_rows);
            let level = group.iter().map(|s| s.level).max().unwrap_or(0) + 1;
            let draft = self.write_segment(site, month, level, Box::new(merged))?;
            let Some(draft) = draft else { continue };
            done.rows += draft.file.rows;
            done.segments += 1;
            let old: Vec<i64> = group.iter().map(|s| s.id).collect();
            let gone = old.clone();
            self.writer.transact(1, move |session| {
                catalogue::add(session.conn, no, &draft)?;
                old.iter().try_for_each(|&id| catalogue::remove(session.conn, id))
            })?;
            self.footers.forget(&gone);
            let files = group.iter().map(|s| (s.id, s.path.clone())).collect();
            let free = hold(&self.pins).doom(files);
            pin::delete(&free);
        }
        Ok(done)
    }
}

/// The groups of segments to merge, each of one month and at least two.
fn groups(segments: &[Arc<TableFile>], tier: Tier) -> Vec<Vec<Arc<TableFile>>> {
    let mut groups: std::collections::BTreeMap<(&str, u32), Vec<Arc<TableFile>>> =
        std::collections::BTreeMap::new();
    for segment in segments.iter().filter(|s| s.rows < LARGE_ROWS) {
        let level = if tier == Tier::Full { segment.level } else { 0 };
        groups.entry((segment.month.as_str(), level)).or_default().push(segment.clone());
    }
    let least = if tier == Tier::Full { TIER_SEGMENTS } else { 2 };
    groups.into_values().filter(|group| group.len() >= least).collect()
}
