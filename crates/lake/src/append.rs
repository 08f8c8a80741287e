//! Appending: what the sender's thread prepares, and what the writer does with it.

use event::{Authority, Data, Event, Received, Refusal, SiteId, Verdict};

use crate::core::Core;
use crate::dedupe::{self, Known};
use crate::digest::{self, Digest};
use crate::error::LakeError;
use crate::writer::Session;
use crate::{hot, items, quarantine};

/// An event as the writer stores it.
pub(crate) struct Row {
    pub id: String,
    pub user_key: String,
    pub time_ms: i64,
    pub seq: u32,
    pub received_ms: i64,
    pub server: bool,
    pub body: String,
    pub digest: Digest,
    pub order: Option<(String, Digest)>,
    /// The event itself, where it changes the catalogue of items.
    pub catalogue: Option<Box<Event>>,
}

/// What arrived, ready for the writer.
pub(crate) struct Arrival {
    pub raw: String,
    pub origin: String,
    pub units: u32,
    pub row: Result<Row, Refusal>,
}

impl Arrival {
    /// Serialises and digests, on the sender's thread.
    pub(crate) fn of(received: Received) -> Self {
        let Received { raw, origin, units, event } = received;
        Self { raw, origin, units, row: event.and_then(Row::of) }
    }
}

impl Row {
    /// The row of an event; a refusal when its own text would not be read back as an event,
    /// so that whatever is stored can be published.
    pub(crate) fn of(event: Box<Event>) -> Result<Self, Refusal> {
        let json = event.to_json();
        event::parse_value(&json, Authority::Server, event.clocks.received)?;
        let catalogue =
            matches!(event.data, Data::Item { .. } | Data::Price { .. } | Data::Stock { .. });
        Ok(Self {
            id: event.id.as_str().to_owned(),
            user_key: event.user_key().as_str().to_owned(),
            time_ms: event.time().0,
            seq: event.seq,
            received_ms: event.clocks.received.0,
            server: event.authority == Authority::Server,
            body: json.to_string(),
            digest: digest::of_event(&event),
            order: digest::of_order(&event.data),
            catalogue: catalogue.then_some(event),
        })
    }
}

/// Stores a batch within the writer's transaction; one verdict per arrival, in order.
pub(crate) fn store(
    session: &mut Session<'_>,
    site: i64,
    arrivals: &[Arrival],
    now_ms: i64,
) -> Result<Vec<Verdict>, LakeError> {
    let mut verdicts = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let verdict = match &arrival.row {
            Ok(row) => store_row(session, site, row)?,
            Err(refusal) => Verdict::Quarantined(refusal.clone()),
        };
        if let Verdict::Quarantined(refusal) = &verdict {
            quarantine::keep(session.conn, site, arrival, refusal, now_ms)?;
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// Stores one row, unless it is known.
pub(crate) fn store_row(
    session: &mut Session<'_>,
    site: i64,
    row: &Row,
) -> Result<Verdict, LakeError> {
    Ok(match dedupe::enter(session.conn, site, row)? {
        Known::New => {
            hot::insert(session, site, row)?;
            if let Some(event) = &row.catalogue {
                items::apply(session.conn, site, event)?;
            }
            Verdict::Accepted
        }
        Known::Same => Verdict::Duplicate,
        Known::Other(refusal) => Verdict::Quarantined(refusal),
    })
}

/// This moment, by the system's clock.
pub(crate) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

impl Core {
    /// Prepares a batch and waits until it is durable.
    pub(crate) fn append(
        &self,
        site: &SiteId,
        batch: Vec<Received>,
    ) -> Result<Vec<Verdict>, LakeError> {
        let no = self.site_number(site)?;
        let arrivals: Vec<Arrival> = batch.into_iter().map(Arrival::of).collect();
        let now = now_ms();
        self.writer.transact(arrivals.len(), move |session| store(session, no, &arrivals, now))
    }

    /// Prepares a batch and queues it; `reply` is called once it is durable or has failed.
    pub(crate) fn append_then(
        &self,
        site: &SiteId,
        batch: Vec<Received>,
        reply: impl FnOnce(Result<Vec<Verdict>, LakeError>) + Send + 'static,
    ) {
        let no = match self.site_number(site) {
            Ok(no) => no,
            Err(error) => return reply(Err(error)),
        };
        let arrivals: Vec<Arrival> = batch.into_iter().map(Arrival::of).collect();
        let now = now_ms();
        self.writer.transact_then(
            arrivals.len(),
            move |session| store(session, no, &arrivals, now),
            reply,
        );
    }
}
