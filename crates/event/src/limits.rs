//! Every limit in one table: validation, documentation and tests read it.

/// A limit with its unit and the reason it exists.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// Stable name, as the documentation prints it.
    pub name: &'static str,
    /// The largest value allowed.
    pub value: usize,
    /// What is counted.
    pub unit: &'static str,
    /// Why there is a limit at all, and why this one.
    pub why: &'static str,
}

macro_rules! limits {
    ($($(#[$doc:meta])* $name:ident = $value:expr, $unit:literal, $why:literal;)*) => {
        $($(#[$doc])* pub const $name: Limit =
            Limit { name: stringify!($name), value: $value, unit: $unit, why: $why };)*
        /// All limits, in the order of this file.
        pub const ALL: &[Limit] = &[$($name),*];
    };
}

limits! {
    /// One event as JSON text.
    EVENT_BYTES = 32 * 1024, "bytes", "a real event is under 4 KiB; larger ones are mistakes";
    /// Nesting of one event.
    EVENT_DEPTH = 8, "levels", "the schema itself is 5 deep";
    /// Events in one HTTP batch.
    BATCH_EVENTS = 500, "events", "one commit stays within tens of milliseconds";
    /// Body of one HTTP request on the wire.
    BODY_BYTES = 1024 * 1024, "bytes", "500 events of 2 KiB";
    /// Any identifier.
    ID_BYTES = 128, "bytes", "longer than a UUID, a URL slug or a hash needs";
    /// A site name.
    SITE_ID_BYTES = 40, "bytes", "it names a folder";
    /// A short text: source, campaign, region, device model.
    NAME_BYTES = 256, "bytes", "names, not prose";
    /// A URL.
    URL_BYTES = 2048, "bytes", "what browsers and proxies agree on";
    /// A search query.
    QUERY_BYTES = 1024, "bytes", "a pasted paragraph is not a query";
    /// Free text: a review, a refund reason.
    TEXT_BYTES = 16 * 1024, "bytes", "the longest public review sets stay below it";
    /// Lines of a cart or an order.
    LINES = 2000, "lines", "the largest invoice of the gift shop has over a thousand";
    /// Items of a slate that was shown.
    SLATE = 200, "items", "nobody sees more";
    /// Areas of a page with dwell.
    AREAS = 64, "areas", "heat by area, not by pixel";
    /// Properties of a custom event, traits of a person, filters of a search.
    PROPS = 64, "properties", "scalars only; a document belongs elsewhere";
    /// Experiment arms on one event.
    ARMS = 16, "arms", "more at once cannot be read apart";
    /// How far in the future an event may lie.
    FUTURE_MS = 24 * 3600 * 1000, "milliseconds", "clock skew and zone mistakes, not prophecy";
    /// Units of one line.
    QTY = 100_000_000, "units", "beyond any pallet; keeps sums inside 64 bits";
    /// Any amount of money in minor units.
    AMOUNT_MINOR = 1_000_000_000_000, "minor units", "ten billion of a two-digit currency";
    /// One line of an imported file.
    FILE_LINE_BYTES = 8 * 1024 * 1024, "bytes", "a longer line is a file without line ends";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_says_why() {
        for limit in ALL {
            assert!(limit.value > 0 && limit.why.len() > 8, "{}", limit.name);
        }
    }
}
