//! The vocabulary of Dongcha: sites, people, items, events, money, clocks, consent and limits.
//!
//! Everything here is pure: no files, no network, no clock. An adapter hands [`parse`] a JSON
//! object and the moment it was received; back comes an [`Event`] or a [`Refusal`] that says
//! what is wrong (`code`), where (`path`) and what to do (`message`, English and Chinese).

pub mod columns;
mod consent;
mod context;
mod fields;
mod id;
mod language;
pub mod limits;
mod money;
mod parse;
mod parse_context;
mod parse_data;
mod payload;
mod refusal;
pub mod schema;
mod time;
mod verdict;

pub use consent::Consent;
pub use context::{Arm, Campaign, Context, Device, DeviceClass, Page, Place};
pub use id::{
    AnonId, EventId, IdError, ItemId, ListId, OrderId, RecId, ReviewId, SearchId, SessionId,
    SiteId, SkuId, UserId, UserKey, ViewId,
};
pub use language::{Bilingual, Language};
pub use money::{Currency, Money, MoneyError, Rounding};
pub use parse::{Authority, parse, parse_value};
pub use payload::{
    Area, CameFrom, CartOp, ClickTarget, Data, ItemKind, Line, LineKind, PropValue, Rating, Shown,
    StockChange, Trait,
};
pub use refusal::{Refusal, RefusalCode};
pub use time::{Clocks, TimeMs, TimeParseError, parse_zoned};
pub use verdict::{BatchVerdict, Quarantined, Received, Verdict};

use serde::Serialize;

/// One thing that happened in a shop, accepted and normalised (design §4, version 1).
///
/// Serialising gives the same JSON shape that [`parse`] reads: `parse(to_json(e)) == e`.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Identity given by the sender; with the site it makes storing idempotent.
    pub id: EventId,
    /// When it happened, by the sender's clock and by ours.
    pub clocks: Clocks,
    /// Order among events of equal time, by the sender.
    pub seq: u32,
    /// The known person, if signed in.
    pub user_id: Option<UserId>,
    /// The browser or device, if not signed in.
    pub anon_id: Option<AnonId>,
    /// The sender's session, if it keeps one.
    pub session_id: Option<SessionId>,
    /// Where it came from: `web`, `app`, `server`, `import`, …
    pub source: String,
    /// What the person agreed to.
    pub consent: Consent,
    /// Page, device, place, campaign, experiment arms.
    pub ctx: Context,
    /// What happened.
    pub data: Data,
    /// Who vouches for it: a browser's purchase is claimed, a server's is confirmed.
    pub authority: Authority,
}

impl Event {
    /// The person this event is filed under: the known user, else the anonymous visitor;
    /// catalogue events belong to nobody and file under the empty key.
    pub fn user_key(&self) -> UserKey {
        UserKey::of(self.user_id.as_ref(), self.anon_id.as_ref())
    }

    /// Corrected time of the event: `ts + (received − sent_at)`.
    pub fn time(&self) -> TimeMs {
        self.clocks.corrected()
    }

    /// The event as version-1 JSON, the form in which the hot log and exports keep it.
    pub fn to_json(&self) -> serde_json::Value {
        let mut out = serde_json::Map::new();
        let mut put = |key: &str, value: serde_json::Value| {
            if !value.is_null() {
                out.insert(key.to_owned(), value);
            }
        };
        put("v", 1.into());
        put("id", self.id.as_str().into());
        put("type", self.data.type_name().into());
        put("ts", self.clocks.ts_text().into());
        put("sent_at", self.clocks.sent_at_text().into());
        put("seq", if self.seq == 0 { serde_json::Value::Null } else { self.seq.into() });
        put("anon_id", json(&self.anon_id));
        put("user_id", json(&self.user_id));
        put("session_id", json(&self.session_id));
        put("source", self.source.as_str().into());
        put("consent", json(&self.consent));
        put("ctx", json(&self.ctx));
        put("data", json(&self.data));
        serde_json::Value::Object(out)
    }
}

/// Serialises a value that has no map with non-string keys and no fallible `Serialize`;
/// an empty object counts as absent.
fn json<T: Serialize>(value: &T) -> serde_json::Value {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::Object(map)) if map.is_empty() => serde_json::Value::Null,
        Ok(value) => value,
        Err(_) => serde_json::Value::Null,
    }
}
