//! Events on their way to the sink, with what is to be counted about them.

use event::{Authority, Received, Refusal, TimeMs};
use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::found::Notes;

/// A received event and its notes.
pub(crate) struct Outgoing {
    /// For the sink.
    pub received: Received,
    /// For the summary.
    pub notes: Notes,
}

/// What every event of one import shares.
#[derive(Debug, Clone)]
pub(crate) struct Stamp {
    /// When the file is received.
    pub received: TimeMs,
    /// The file's name.
    pub file: String,
}

impl Stamp {
    /// Row `number` of the file.
    pub fn origin(&self, number: u64) -> String {
        format!("{}:{number}", self.file)
    }

    /// An event made of version-1 JSON that stands for `units` rows, first read at `number`.
    pub fn event(&self, value: &Value, number: u64, units: u32, notes: Notes) -> Outgoing {
        let event = event::parse_value(value, Authority::Server, self.received).map(Box::new);
        let origin = self.origin(number);
        Outgoing { received: Received { raw: value.to_string(), origin, units, event }, notes }
    }

    /// A row that is no event.
    pub fn refused(&self, raw: String, number: u64, refusal: Refusal) -> Outgoing {
        let origin = self.origin(number);
        let received = Received { raw, origin, units: 1, event: Err(refusal) };
        Outgoing { received, notes: Notes::default() }
    }
}

/// The envelope of an event: version, id, type, time, source; person and data are still missing.
pub(crate) fn envelope(id: String, kind: &str, moment: Moment) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("v".to_owned(), 1.into());
    map.insert("id".to_owned(), id.into());
    map.insert("type".to_owned(), kind.into());
    map.insert("ts".to_owned(), moment.0.to_rfc3339(moment.1).into());
    map.insert("source".to_owned(), "import".into());
    map
}

/// Inserts a value that is there.
pub(crate) fn put(map: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value.into());
    }
}

/// Inserts an object unless it is empty.
pub(crate) fn put_object(map: &mut Map<String, Value>, key: &str, value: Map<String, Value>) {
    if !value.is_empty() {
        map.insert(key.to_owned(), Value::Object(value));
    }
}
