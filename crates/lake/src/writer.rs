//! The one writer: takes waiting jobs, runs them in one transaction, syncs, answers them all.
//!
//! A job is answered only after the commit that holds it is on disk. When a group fails, each
//! of its jobs runs again alone, so that one bad job does not spoil the others and every
//! caller gets its own answer.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::checkpoint::Checkpoints;
use crate::database;
use crate::error::LakeError;
use crate::hot;
use crate::maintain::Wake;

/// Jobs that may wait; beyond it senders wait or are told to.
const QUEUE_JOBS: usize = 1024;
/// Work in one transaction, in rows.
const GROUP_ROWS: usize = 5000;
/// Published rows removed from the hot log per transaction, so that no append waits long.
const SWEEP_ROWS: usize = 2000;
/// Pause between sweeps when nothing else is to do.
const SWEEP_PAUSE: Duration = Duration::from_millis(10);

/// What a job works with: the connection, in a transaction, and the writer's memory.
pub(crate) struct Session<'c> {
    pub conn: &'c Connection,
    pub state: &'c mut WriterState,
}

/// What the writer remembers between transactions.
#[derive(Debug, Default)]
pub(crate) struct WriterState {
    /// Number of the next hot row. Never goes back, also when a transaction does.
    pub next_row: i64,
    /// Hot rows per site; an upper bound, corrected at each publication.
    pub hot_rows: FxHashMap<i64, usize>,
    /// Published rows still to be removed.
    pub sweeps: Vec<Sweep>,
}

/// Published rows of a site, to be removed step by step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep {
    pub site: i64,
    /// Rows up to this number are gone.
    pub from: i64,
    /// Rows up to this number are to go.
    pub upto: i64,
}

/// Something for the writer to do.
pub(crate) trait Job: Send {
    /// Does it, within a transaction; may be called again after a rollback.
    fn run(&mut self, session: &mut Session<'_>) -> Result<(), LakeError>;
    /// Tells the sender how it went, after the commit or the rollback.
    fn answer(self: Box<Self>, failure: Option<LakeError>);
    /// How much work it is, in rows.
    fn rows(&self) -> usize;
}

struct Task<T, F, R> {
    body: F,
    reply: R,
    value: Option<T>,
    rows: usize,
}

impl<T, F, R> Job for Task<T, F, R>
where
    T: Send,
    F: FnMut(&mut Session<'_>) -> Result<T, LakeError> + Send,
    R: FnOnce(Result<T, LakeError>) + Send,
{
    fn run(&mut self, session: &mut Session<'_>) -> Result<(), LakeError> {
        self.value = Some((self.body)(session)?);
        Ok(())
    }

    fn answer(self: Box<Self>, failure: Option<LakeError>) {
        (self.reply)(match (failure, self.value) {
            (None, Some(value)) => Ok(value),
            (Some(error), _) => Err(error),
            (None, None) => Err(LakeError::Closed),
        });
    }

    fn rows(&self) -> usize {
        self.rows
    }
}

enum Message {
    Job(Box<dyn Job>),
    Stop,
}

/// The sending side of the writer.
#[derive(Clone)]
pub(crate) struct Writer {
    queue: SyncSender<Message>,
}

impl Writer {
    /// The queue and its two ends.
    pub(crate) fn channel() -> (Self, WriterQueue) {
        let (queue, receiver) = sync_channel(QUEUE_JOBS);
        (Self { queue }, WriterQueue(receiver))
    }

    /// Runs a body in a transaction and waits until it is durable.
    pub(crate) fn transact<T: Send + 'static>(
        &self,
        rows: usize,
        body: impl FnMut(&mut Session<'_>) -> Result<T, LakeError> + Send + 'static,
    ) -> Result<T, LakeError> {
        let (sender, receiver) = sync_channel(1);
        let reply = move |result| {
            // The sender waits below, so there is somebody to tell.
            let _ = sender.send(result);
        };
        let task = Task { body, reply, value: None, rows };
        self.queue.send(Message::Job(Box::new(task))).map_err(|_| LakeError::Closed)?;
        receiver.recv().unwrap_or(Err(LakeError::Closed))
    }

    /// Queues a body without waiting; `reply` is called from the writer once it is durable,
    /// or at once when the queue is full.
    pub(crate) fn transact_then<T: Send + 'static>(
        &self,
        rows: usize,
        body: impl FnMut(&mut Session<'_>) -> Result<T, LakeError> + Send + 'static,
        reply: impl FnOnce(Result<T, LakeError>) + Send + 'static,
    ) {
        let task = Task { body, reply, value: None, rows };
        match self.queue.try_send(Message::Job(Box::new(task))) {
            Ok(()) => {}
            Err(TrySendError::Full(Message::Job(job))) => job.answer(Some(LakeError::Busy)),
            Err(TrySendError::Disconnected(Message::Job(job))) => {
                job.answer(Some(LakeError::Closed));
            }
            Err(_) => {}
        }
    }

    /// Asks the writer to finish what is queued and end.
    pub(crate) fn stop(&self) {
        // When the writer has ended already there is nothing to stop.
        let _ = self.queue.send(Message::Stop);
    }
}

/// The receiving end of the writer's queue.
pub(crate) struct WriterQueue(Receiver<Message>);

/// The writer's thread.
pub(crate) struct WriterLoop {
    pub dir: PathBuf,
    pub queue: WriterQueue,
    pub conn: Option<Connection>,
    pub state: WriterState,
    pub wake: Wake,
    pub checkpoints: Checkpoints,
}

impl WriterLoop {
    /// Serves jobs until told to stop.
    pub(crate) fn run(mut self) {
        loop {
            let first = match self.state.sweeps.is_empty() {
                true => self.queue.0.recv().map_err(|_| RecvTimeoutError::Disconnected),
                false => self.queue.0.recv_timeout(SWEEP_PAUSE),
            };
            match first {
                Ok(Message::Job(job)) => {
                    if self.serve(job) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.sweep(),
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Runs a group that begins with `first`; true when told to stop meanwhile.
    fn serve(&mut self, first: Box<dyn Job>) -> bool {
        let mut rows = first.rows();
        let mut group = vec![first];
        let mut stop = false;
        while rows < GROUP_ROWS && !stop {
            match self.queue.0.try_recv() {
                Ok(Message::Job(job)) => {
                    rows += job.rows();
                    group.push(job);
                }
                Ok(Message::Stop) => stop = true,
                Err(_) => break,
            }
        }
        match self.commit(&mut group) {
            Ok(()) => group.into_iter().for_each(|job| job.answer(None)),
            Err(error) => match group.len() {
                1 => group.remove(0).answer(Some(error)),
                _ => self.serve_alone(group),
            },
        }
        self.wake.hot(&self.state.hot_rows);
        stop
    }

    fn serve_alone(&mut self, group: Vec<Box<dyn Job>>) {
        for job in group {
            let mut alone = [job];
            let failure = self.commit(&mut alone).err();
            let [job] = alone;
            job.answer(failure);
        }
    }

    /// Runs jobs in one transaction; after an error none of them is stored.
    fn commit(&mut self, group: &mut [Box<dyn Job>]) -> Result<(), LakeError> {
        let rows: usize = group.iter().map(|job| job.rows()).sum();
        self.transaction(|session| {
            group.iter_mut().try_for_each(|job| job.run(session))?;
            // Without a pause between jobs this is the only time to sweep.
            hot::sweep(session, rows + SWEEP_ROWS / 4)
        })
    }

    fn sweep(&mut self) {
        if let Err(error) = self.transaction(|session| hot::sweep(session, SWEEP_ROWS)) {
            tracing::warn!(%error, "published rows could not be removed yet");
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn transaction(
        &mut self,
        body: impl FnOnce(&mut Session<'_>) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        let conn = match self.conn.take() {
            Some(conn) => conn,
            None => database::open_writer(&self.dir)?,
        };
        let done = (|| {
            conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            body(&mut Session { conn: &conn, state: &mut self.state })?;
            conn.prepare_cached("COMMIT")?.execute([])?;
            Ok(())
        })();
        if let Err(error) = &done {
            if !conn.is_autocommit() {
                // SQLite rolls back by itself on most storage errors; closing does the rest.
                let _ = conn.execute_batch("ROLLBACK");
            }
            if LakeError::is_storage(error) {
                tracing::error!(%error, "a transaction failed; nothing of it is stored");
                return done;
            }
        }
        self.conn = Some(conn);
        self.checkpoints.committed();
        done
    }
}
