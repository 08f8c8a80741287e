//! The checkpoint thread: moves committed pages from the write-ahead log into the database,
//! beside the writer and not within its commits, so that no sender waits for it.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::database;
use crate::error::LakeError;

/// Pause between a commit and the checkpoint that follows it.
const PAUSE: Duration = Duration::from_millis(250);

enum Message {
    Committed,
    Stop,
}

/// The writer's end: says that something was committed.
#[derive(Clone)]
pub(crate) struct Checkpoints {
    queue: SyncSender<Message>,
}

impl Checkpoints {
    /// A commit was made; costs nothing when the thread knows already.
    pub(crate) fn committed(&self) {
        // A full queue means that a checkpoint is due anyway.
        let _ = self.queue.try_send(Message::Committed);
    }

    /// Ends the thread.
    pub(crate) fn stop(&self) {
        // When the thread has ended already there is nothing to stop.
        let _ = self.queue.send(Message::Stop);
    }
}

/// The thread's end.
pub(crate) struct CheckpointLoop {
    dir: PathBuf,
    queue: Receiver<Message>,
}

/// Both ends, for the database of a data directory.
pub(crate) fn channel(dir: PathBuf) -> (Checkpoints, CheckpointLoop) {
    let (queue, receiver) = sync_channel(1);
    (Checkpoints { queue }, CheckpointLoop { dir, queue: receiver })
}

impl CheckpointLoop {
    /// Checkpoints a while after each commit until told to stop.
    pub(crate) fn run(self) {
        let mut conn = None;
        while let Ok(Message::Committed) = self.queue.recv() {
            let due = Instant::now() + PAUSE;
            loop {
                let left = due.saturating_duration_since(Instant::now());
                match self.queue.recv_timeout(left) {
                    Ok(Message::Committed) => {}
                    Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => break,
                }
            }
            if let Err(error) = self.checkpoint(&mut conn) {
                tracing::warn!(%error, "checkpoint failed; the log is kept and grows");
                conn = None;
            }
        }
    }

    fn checkpoint(&self, conn: &mut Option<Connection>) -> Result<(), LakeError> {
        let conn = match conn {
            Some(conn) => conn,
            None => conn.insert(database::open_writer(&self.dir)?),
        };
        conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }
}
