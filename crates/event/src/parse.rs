//! From JSON text to an [`Event`] or a [`Refusal`]. Never panics, whatever the text.

use serde_json::Value;

use crate::fields::Fields;
use crate::limits;
use crate::parse_context::{read_consent, read_context};
use crate::parse_data::read_data;
use crate::refusal::RefusalCode::*;
use crate::{
    AnonId, Clocks, Data, Event, EventId, Refusal, SessionId, TimeMs, UserId, parse_zoned,
};

/// Who sends an event, by the kind of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// A write key in a browser: anybody can read it, so it may say little.
    Browser,
    /// The secret key, or a file the merchant imports.
    Server,
}

/// Reads one event from JSON text received at `received`.
pub fn parse(text: &str, authority: Authority, received: TimeMs) -> Result<Event, Refusal> {
    if text.len() > limits::EVENT_BYTES.value {
        return Err(Refusal::new(EventTooLarge, ""));
    }
    let value = serde_json::from_str(text).map_err(|_| Refusal::new(JsonInvalid, ""))?;
    parse_value(&value, authority, received)
}

/// Reads one event from a JSON value received at `received`.
pub fn parse_value(
    value: &Value,
    authority: Authority,
    received: TimeMs,
) -> Result<Event, Refusal> {
    if depth(value, limits::EVENT_DEPTH.value) {
        return Err(Refusal::new(TooDeep, ""));
    }
    let mut fields = Fields::of(value, "")?;
    match fields.need("v")?.as_u64() {
        Some(1) => {}
        _ => return Err(fields.refuse(VersionUnsupported, "v")),
    }
    let id = fields.need_id("id", EventId::new)?;
    let kind = fields.need_text("type", limits::NAME_BYTES)?;
    let clocks = read_clocks(&mut fields, received)?;
    let seq = fields.small("seq", 0)?.unwrap_or(0);
    let anon_id = fields.id("anon_id", AnonId::new)?;
    let user_id = fields.id("user_id", UserId::new)?;
    let session_id = fields.id("session_id", SessionId::new)?;
    let source = fields.name("source")?.unwrap_or_else(|| "unknown".to_owned());
    let consent = fields.object("consent", read_consent)?.unwrap_or_default();
    let ctx = fields.object("ctx", read_context)?.unwrap_or_default();
    let data = read_data(kind, &mut fields, authority)?;
    let belongs_to_nobody =
        matches!(data, Data::Item { .. } | Data::Price { .. } | Data::Stock { .. });
    if anon_id.is_none() && user_id.is_none() && !belongs_to_nobody {
        return Err(fields.refuse(IdentityMissing, "user_id"));
    }
    fields.finish()?;
    Ok(Event {
        id,
        clocks,
        seq,
        user_id,
        anon_id,
        session_id,
        source,
        consent,
        ctx,
        data,
        authority,
    })
}

fn read_clocks(fields: &mut Fields<'_>, received: TimeMs) -> Result<Clocks, Refusal> {
    let text = fields.need_text("ts", limits::NAME_BYTES)?;
    let (ts, offset_min) = parse_zoned(text).map_err(|_| fields.refuse(TimeInvalid, "ts"))?;
    let sent_at = match fields.text("sent_at", limits::NAME_BYTES)? {
        None => None,
        Some(text) => Some(parse_zoned(text).map_err(|_| fields.refuse(TimeInvalid, "sent_at"))?.0),
    };
    let clocks = Clocks { ts, offset_min, sent_at, received };
    let ahead_ms = clocks.corrected().0.saturating_sub(received.0);
    if usize::try_from(ahead_ms).is_ok_and(|ms| ms > limits::FUTURE_MS.value) {
        return Err(fields.refuse(TimeFuture, "ts"));
    }
    Ok(clocks)
}

/// Whether a value is nested deeper than `left` levels.
fn depth(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(entries) => left == 0 || entries.iter().any(|v| depth(v, left - 1)),
        Value::Object(map) => left == 0 || map.values().any(|v| depth(v, left - 1)),
        _ => false,
    }
}
