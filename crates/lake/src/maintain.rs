//! The maintenance thread: publishes a site whose hot log has grown, then compacts it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use event::SiteId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

use crate::compact::Tier;
use crate::core::Core;

enum Message {
    Publish(i64),
    Stop,
}

/// Wakes the maintenance thread when a site has many hot rows.
pub(crate) struct Wake {
    queue: SyncSender<Message>,
    threshold_rows: usize,
}

/// The other end.
pub(crate) struct Bell(Receiver<Message>);

/// Tells the maintenance thread to end.
pub(crate) struct Quit(SyncSender<Message>);

impl Quit {
    /// Ends the thread after the publication it is in.
    pub(crate) fn stop(&self) {
        // When the thread has ended already there is nothing to stop.
        let _ = self.0.send(Message::Stop);
    }
}

/// The channel between the writer and the maintenance thread.
pub(crate) fn channel(threshold_rows: usize) -> (Wake, Bell, Quit) {
    let (queue, receiver) = sync_channel(1);
    (Wake { queue: queue.clone(), threshold_rows }, Bell(receiver), Quit(queue))
}

impl Wake {
    /// Called after each commit with the hot rows of each site.
    pub(crate) fn hot(&self, rows: &FxHashMap<i64, usize>) {
        for (&site, &count) in rows {
            if count >= self.threshold_rows {
                // A full queue means it is at work; the next commit asks again.
                let _ = self.queue.try_send(Message::Publish(site));
            }
        }
    }
}

/// Publishes and compacts until told to stop.
pub(crate) fn run(core: &Arc<Core>, bell: &Bell) {
    while let Ok(Message::Publish(no)) = bell.0.recv() {
        let Some(site) = core.site_by_number(no) else { continue };
        if let Err(error) = maintain(core, &site) {
            tracing::warn!(%site, %error, "publishing failed; rows stay in the hot log");
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
    }
}

fn maintain(core: &Arc<Core>, site: &SiteId) -> Result<(), crate::LakeError> {
    core.publish(site)?;
    core.compact(site, Tier::Full)?;
    Ok(())
}
