//! The lake: opening it, and its whole public interface in one place.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use event::{Event, ItemId, Received, Refusal, SiteId, TimeMs, UserKey, Verdict};

use crate::catalogue;
use crate::checkpoint::{self, Checkpoints};
use crate::compact::Tier;
use crate::core::{Core, OpenOptions, segment_folder, temporary_folder};
use crate::decisions::DecisionRow;
use crate::doctor::{self, Finding};
use crate::error::{LakeError, io_error};
use crate::export::{self, Exported};
use crate::items::ItemRow;
use crate::keys::{KeyKind, KeyRow};
use crate::lock::DirectoryLock;
use crate::models::ModelRow;
use crate::news::{Mark, News};
use crate::publish::Published;
use crate::quarantine::{QuarantineEntry, QuarantineFilter, Replay, Replayed};
use crate::site::SiteConfig;
use crate::snapshot::Snapshot;
use crate::writer::{Sweep, Writer, WriterLoop, WriterState};
use crate::{TableFile, database, maintain, sweep};

/// An open data directory. Clones share it; the last one dropped closes it, after everything
/// queued is stored. Snapshots keep the directory taken until they are dropped too.
#[derive(Clone)]
pub struct Lake {
    core: Arc<Core>,
    _threads: Arc<Threads>,
}

/// The threads of an open lake; dropped, it ends them.
struct Threads(Option<Running>);

struct Running {
    writer: Writer,
    quit: maintain::Quit,
    checkpoints: Checkpoints,
    maintaining: JoinHandle<()>,
    writing: JoinHandle<()>,
    checkpointing: JoinHandle<()>,
}

impl Running {
    /// Ends the threads. A thread that panicked has nothing more to say, so what joining
    /// returns does not matter.
    fn end(self) {
        // The maintenance thread first: it needs the writer to finish.
        self.quit.stop();
        let _ = self.maintaining.join();
        self.checkpoints.stop();
        let _ = self.checkpointing.join();
        self.writer.stop();
        let _ = self.writing.join();
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let Some(running) = self.0.take() else { return };
        if running.writing.thread().id() == std::thread::current().id() {
            // The last handle was in an answer that the writer gave: it cannot wait for itself.
            std::thread::spawn(move || running.end());
        } else {
            running.end();
        }
    }
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, LakeError> {
    let started = Builder::new().name(name.to_owned()).spawn(body);
    started.map_err(io_error("start a thread for", Path::new(name)))
}

impl Lake {
    /// Opens a data directory, creating it if absent, and takes it for this process.
    pub fn open(dir: &Path, options: OpenOptions) -> Result<Self, LakeError> {
        for folder in [dir.to_owned(), segment_folder(dir), temporary_folder(dir)] {
            fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
        }
        let lock = DirectoryLock::take(dir)?;
        let segments_exist = !sweep::files_below(&segment_folder(dir))?.is_empty();
        database::check_length(dir, segments_exist)?;
        let conn = database::open_writer(dir)?;
        database::migrate(&conn, dir)?;
        let segments = catalogue::list(&conn, dir, None)?;
        sweep::sweep(dir, &segments.into_iter().map(|s| s.path).collect())?;
        let state = recall(&conn)?;
        let (writer, queue) = Writer::channel();
        let threshold = match options.publish_rows {
            0 => usize::MAX,
            rows => rows,
        };
        let (wake, bell, quit) = maintain::channel(threshold);
        let (checkpoints, checkpointing) = checkpoint::channel(dir.to_owned());
        let core = Core::new(dir.to_owned(), options, writer.clone(), lock, &conn)?;
        let core = Arc::new(core);
        let writing = WriterLoop {
            dir: dir.to_owned(),
            queue,
            conn: Some(conn),
            state,
            wake,
            checkpoints: checkpoints.clone(),
        };
        let for_maintenance = core.clone();
        let running = Running {
            writer,
            quit,
            checkpoints,
            maintaining: thread("lake-maintenance", move || {
                maintain::run(&for_maintenance, &bell);
            })?,
            writing: thread("lake-writer", move || writing.run())?,
            checkpointing: thread("lake-checkpoint", move || checkpointing.run())?,
        };
        let threads = Threads(Some(running));
        Ok(Self { core, _threads: Arc::new(threads) })
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.core.dir
    }

    /// Stores a new site; the same settings again are no error.
    pub fn create_site(&self, config: SiteConfig) -> Result<(), LakeError> {
        self.core.create_site(config)
    }

    /// Every site, by id.
    pub fn sites(&self) -> Result<Vec<SiteConfig>, LakeError> {
        self.core.sites()
    }

    /// One site's settings.
    pub fn site(&self, site: &SiteId) -> Result<SiteConfig, LakeError> {
        let found = self.sites()?.into_iter().find(|config| config.site == *site);
        found.ok_or_else(|| LakeError::SiteUnknown(site.to_string()))
    }

    /// Stores a batch exactly once and waits until it is durable; one verdict per event, in
    /// order. After an error nothing of it is stored and it may be sent again. Many threads
    /// may append; their batches share commits.
    pub fn append(&self, site: &SiteId, batch: Vec<Received>) -> Result<Vec<Verdict>, LakeError> {
        self.core.append(site, batch)
    }

    /// Like [`append`](Self::append), without waiting: `reply` is called from another thread
    /// once the batch is durable or has failed; keep it short. When too much is waiting it is
    /// called at once with [`LakeError::Busy`].
    pub fn append_then(
        &self,
        site: &SiteId,
        batch: Vec<Received>,
        reply: impl FnOnce(Result<Vec<Verdict>, LakeError>) + Send + 'static,
    ) {
        self.core.append_then(site, batch, reply);
    }

    /// The site's events at this moment; every acknowledged event is in it.
    pub fn snapshot(&self, site: &SiteId) -> Result<Snapshot, LakeError> {
        Snapshot::take(&self.core, site)
    }

    /// What was stored since marks: one for what was read of the whole site, one for what was
    /// read of a person. Rows move to segments in time; nothing is said of what may have moved
    /// since. Costs the rows since the site's mark and the person's hot rows.
    pub fn news(
        &self,
        site: &SiteId,
        since: Mark,
        user: &UserKey,
        user_since: Mark,
    ) -> Result<News, LakeError> {
        self.core.news(site, since, user, user_since)
    }

    /// Moves hot rows into segments, one per month.
    pub fn publish(&self, site: &SiteId) -> Result<Published, LakeError> {
        self.core.publish(site)
    }

    /// Merges the segments of each month into one.
    pub fn compact(&self, site: &SiteId) -> Result<Published, LakeError> {
        self.core.compact(site, Tier::Any)
    }

    /// The segments that hold a site's published events.
    pub fn table_files(&self, site: &SiteId) -> Result<Vec<TableFile>, LakeError> {
        let no = self.core.site_number(site)?;
        self.core.read(|conn| catalogue::list(conn, &self.core.dir, Some(no)))
    }

    /// Writes a copy of a site's events, hot ones included, and of its items as
    /// hive-partitioned Parquet.
    pub fn export(&self, site: &SiteId, out: &Path) -> Result<Exported, LakeError> {
        export::export(&self.core, site, out)
    }

    /// Checks everything that is stored and says what to do.
    pub fn doctor(&self) -> Result<Vec<Finding>, LakeError> {
        doctor::examine(&self.core)
    }

    /// Every item of a site, by id.
    pub fn items(&self, site: &SiteId) -> Result<Vec<ItemRow>, LakeError> {
        self.core.items(site)
    }

    /// A number that grows whenever an item of the site changes: what was read at one version is
    /// true until the next.
    pub fn items_version(&self, site: &SiteId) -> Result<i64, LakeError> {
        self.core.items_version(site)
    }

    /// One item.
    pub fn item(&self, site: &SiteId, id: &ItemId) -> Result<Option<ItemRow>, LakeError> {
        self.core.item(site, id)
    }

    /// What was set aside, oldest first.
    pub fn quarantine(
        &self,
        site: &SiteId,
        filter: &QuarantineFilter,
    ) -> Result<Vec<QuarantineEntry>, LakeError> {
        self.core.quarantine(site, filter)
    }

    /// One entry of the quarantine.
    pub fn quarantine_entry(
        &self,
        site: &SiteId,
        id: i64,
    ) -> Result<Option<QuarantineEntry>, LakeError> {
        self.core.quarantine_entry(site, id)
    }

    /// Open quarantine entries by code.
    pub fn quarantine_counts(&self, site: &SiteId) -> Result<Vec<(String, u64)>, LakeError> {
        self.core.quarantine_counts(site)
    }

    /// Reads open entries again with `parse`: what is an event now is stored and marked
    /// replayed in one transaction; the others stay, with their new reason.
    pub fn replay(
        &self,
        site: &SiteId,
        which: &Replay,
        parse: impl FnMut(&QuarantineEntry) -> Result<Box<Event>, Refusal>,
    ) -> Result<Replayed, LakeError> {
        self.core.replay(site, which, parse)
    }

    /// Stores the SHA-256 of an API key; returns the key's number.
    pub fn insert_key(
        &self,
        site: &SiteId,
        kind: KeyKind,
        hash: [u8; 32],
        label: &str,
    ) -> Result<i64, LakeError> {
        self.core.insert_key(site, kind, hash, label)
    }

    /// The key with this hash, revoked or not.
    pub fn find_key(&self, hash: [u8; 32]) -> Result<Option<KeyRow>, LakeError> {
        self.core.find_key(hash)
    }

    /// Every key of a site, oldest first.
    pub fn keys(&self, site: &SiteId) -> Result<Vec<KeyRow>, LakeError> {
        self.core.keys(site)
    }

    /// Revokes a key; false when there is none to revoke.
    pub fn revoke_key(&self, site: &SiteId, id: i64) -> Result<bool, LakeError> {
        self.core.revoke_key(site, id)
    }

    /// Stores a decision and waits until it is durable.
    pub fn put_decision(&self, site: &SiteId, decision: DecisionRow) -> Result<(), LakeError> {
        self.core.put_decision(site, decision)
    }

    /// Stores a decision without waiting; `reply` hears how it went.
    pub fn put_decision_then(
        &self,
        site: &SiteId,
        decision: DecisionRow,
        reply: impl FnOnce(Result<(), LakeError>) + Send + 'static,
    ) {
        self.core.put_decision_then(site, decision, reply);
    }

    /// One decision.
    pub fn decision(&self, site: &SiteId, id: &str) -> Result<Option<DecisionRow>, LakeError> {
        self.core.decision(site, id)
    }

    /// The latest decisions of a kind, newest first.
    pub fn decisions_of(
        &self,
        site: &SiteId,
        kind: &str,
        limit: usize,
    ) -> Result<Vec<DecisionRow>, LakeError> {
        self.core.decisions_of(site, kind, limit)
    }

    /// The latest decisions, newest first.
    pub fn decisions(&self, site: &SiteId, limit: usize) -> Result<Vec<DecisionRow>, LakeError> {
        self.core.decisions(site, limit)
    }

    /// Registers a model, with the present moment as `created`; a current one takes the place
    /// of the one before it.
    pub fn register_model(&self, site: &SiteId, model: ModelRow) -> Result<(), LakeError> {
        self.core.register_model(site, model)
    }

    /// Makes a registered version the one that serves under its name, in one transaction; false,
    /// and nothing changed, when there is no such version.
    pub fn promote_model(
        &self,
        site: &SiteId,
        name: &str,
        version: &str,
    ) -> Result<bool, LakeError> {
        self.core.promote_model(site, name, version)
    }

    /// Which versions came to serve under a name and when, oldest first.
    pub fn model_promotions(
        &self,
        site: &SiteId,
        name: &str,
    ) -> Result<Vec<(String, TimeMs)>, LakeError> {
        self.core.model_promotions(site, name)
    }

    /// The model that serves under a name.
    pub fn current_model(&self, site: &SiteId, name: &str) -> Result<Option<ModelRow>, LakeError> {
        self.core.current_model(site, name)
    }

    /// Every model of a site, newest first.
    pub fn models(&self, site: &SiteId) -> Result<Vec<ModelRow>, LakeError> {
        self.core.models(site)
    }

    /// Writes a note: a small piece of state by scope and key.
    pub fn put_note(&self, scope: &str, key: &str, value: &str) -> Result<(), LakeError> {
        self.core.put_note(scope, key, value)
    }

    /// Reads a note.
    pub fn note(&self, scope: &str, key: &str) -> Result<Option<String>, LakeError> {
        self.core.note(scope, key)
    }

    /// Every note of a scope, by key.
    pub fn notes(&self, scope: &str) -> Result<Vec<(String, String)>, LakeError> {
        self.core.notes(scope)
    }

    /// A path for files of the caller within the data directory, such as models.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.core.dir.join(name)
    }
}

/// The writer's memory, from what is stored.
fn recall(conn: &rusqlite::Connection) -> Result<WriterState, LakeError> {
    let mut state = WriterState { next_row: 1, ..WriterState::default() };
    let last: i64 = conn.query_row(
        "SELECT max(coalesce((SELECT max(n) FROM hot), 0),
                    coalesce((SELECT max(hot_floor) FROM site), 0))",
        [],
        |row| row.get(0),
    )?;
    state.next_row += last;
    let mut sites = conn.prepare("SELECT no, hot_floor FROM site")?;
    let mut rows = sites.query([])?;
    while let Some(row) = rows.next()? {
        let (site, floor): (i64, i64) = (row.get(0)?, row.get(1)?);
        let range = crate::hot::HotRange { site, floor };
        let (hot, _) = crate::hot::summary(conn, range)?;
        state.hot_rows.insert(site, usize::try_from(hot).unwrap_or(usize::MAX));
        if floor > 0 {
            state.sweeps.push(Sweep { site, from: 0, upto: floor });
        }
    }
    Ok(state)
}

#[cfg(test)]
impl Lake {
    /// The inner steps, for tests that stop between them.
    pub(crate) fn core_of_tests(&self) -> &Arc<Core> {
        &self.core
    }
}
