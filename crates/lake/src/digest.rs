//! Digests of what an event says, by which a repeat is told from a conflict.

use event::{Data, Event, Line};
use sha2::{Digest as _, Sha256};

/// The first half of a SHA-256.
pub(crate) type Digest = [u8; 16];

fn short(hasher: Sha256) -> Digest {
    let full = hasher.finalize();
    std::array::from_fn(|i| full[i])
}

/// Adds a part with its length, so that two parts never run into each other.
fn add(hasher: &mut Sha256, part: &[u8]) {
    hasher.update((part.len() as u64).to_le_bytes());
    hasher.update(part);
}

/// What, who and when; not how or when it was sent, which a second sending changes.
pub(crate) fn of_event(event: &Event) -> Digest {
    let mut hasher = Sha256::new();
    add(&mut hasher, event.data.type_name().as_bytes());
    let data = serde_json::to_vec(&event.data).unwrap_or_default();
    add(&mut hasher, &data);
    for who in
        [event.user_id.as_ref().map(|u| u.as_str()), event.anon_id.as_ref().map(|a| a.as_str())]
    {
        hasher.update([u8::from(who.is_some())]);
        add(&mut hasher, who.unwrap_or("").as_bytes());
    }
    hasher.update(event.clocks.ts.0.to_le_bytes());
    short(hasher)
}

/// The order id and the digest of a purchase's currency, total and lines in any order.
pub(crate) fn of_order(data: &Data) -> Option<(String, Digest)> {
    let Data::Purchase { order_id, currency, total_minor, lines, .. } = data else { return None };
    let mut hasher = Sha256::new();
    add(&mut hasher, currency.as_str().as_bytes());
    hasher.update(total_minor.to_le_bytes());
    let mut lines: Vec<_> = lines.iter().map(line_key).collect();
    lines.sort_unstable();
    for (item, qty, price) in lines {
        add(&mut hasher, item.as_bytes());
        hasher.update(qty.to_le_bytes());
        hasher.update([u8::from(price.is_some())]);
        hasher.update(price.unwrap_or(0).to_le_bytes());
    }
    Some((order_id.as_str().to_owned(), short(hasher)))
}

fn line_key(line: &Line) -> (&str, i64, Option<i64>) {
    (line.item_id.as_str(), line.qty, line.unit_price_minor)
}

/// What arrived and from where, by which a quarantined text is kept once.
pub(crate) fn of_raw(raw: &str, origin: &str) -> Digest {
    let mut hasher = Sha256::new();
    add(&mut hasher, raw.as_bytes());
    add(&mut hasher, origin.as_bytes());
    short(hasher)
}
