//! Features of a person's behaviour, and of items, as of a moment.
//!
//! A person's features are one pure function of their [`History`], a moment, and what the shop was
//! then ([`ShopFacts`]): [`vector`]. The table of all people ([`PeopleTable`]) and one person asked
//! about online both call it, so both give the same numbers to the bit. Only events with a time
//! before the moment count; what happened later changes nothing.
//!
//! One group, one file; a feature's definition in both languages stands beside its code.

mod calendar;
mod channel;
mod definition;
mod device;
mod duration;
mod facts;
mod frequency;
mod geohash;
mod holidays;
mod item_features;
mod items;
mod measures;
mod moment;
mod money;
mod place;
mod sequence;
mod shelf;
mod step;
mod table;

use std::sync::LazyLock;

pub use definition::{FeatureDef, FeatureKind, LIST, Value, WINDOWS};
pub use facts::{Category, ItemFacts, ShopFacts};
pub use geohash::{distance_km, geohash};
pub use holidays::{Calendar, Holiday, easter};
pub use item_features::item_definitions;
pub use items::{ItemTally, PAIRED, item_table};
pub use step::{Circumstance, History, Step, StepKind, StepLine, Word, reads};
pub use table::{PeopleTable, columns_schema};

use definition::Feature;
use measures::Measures;
pub use moment::KnownItems;
use moment::Moment;

/// Version of the definitions: it grows whenever a feature comes, goes, or means something else.
pub const VERSION: u32 = 1;

static FEATURES: LazyLock<Vec<Feature>> = LazyLock::new(|| {
    let groups = [
        frequency::features(),
        duration::features(),
        sequence::features(),
        place::features(),
        calendar::features(),
        device::features(),
        money::features(),
        channel::features(),
    ];
    groups.into_iter().flat_map(|group| group.features).collect()
});

/// The definitions of a person's features, in the order of [`vector`].
pub fn definitions() -> impl ExactSizeIterator<Item = &'static FeatureDef> {
    FEATURES.iter().map(|feature| &feature.def)
}

/// A person's features as of a moment: one value for each of [`definitions`]. Numbers are finite.
pub fn vector(history: &History, as_of_ms: i64, facts: &ShopFacts) -> Vec<Value> {
    vector_of(history, &KnownItems::of(history, facts), as_of_ms, facts)
}

/// [`vector`] with what the shop's facts say of the history's items already asked.
pub fn vector_of(
    history: &History,
    items: &KnownItems,
    as_of_ms: i64,
    facts: &ShopFacts,
) -> Vec<Value> {
    let moment = Moment::new(history, items, as_of_ms, facts);
    let measures = Measures::of(&moment);
    FEATURES.iter().map(|feature| feature.value(&measures)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_name_of_its_own_and_both_languages() {
        let mut names: Vec<&str> = definitions().map(|def| def.name.as_str()).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        for def in definitions().chain(item_definitions()) {
            let chinese = def.definition.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese && def.definition.en.len() > 8 && !def.unit.is_empty(), "{def:?}");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(def.name.chars().all(plain), "{}", def.name);
        }
    }
}
