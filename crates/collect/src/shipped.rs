//! The maps that come with the program, and which of them fits a file.

use std::sync::LazyLock;

use crate::binding::{Binding, first_row_is_data};
use crate::map::ColumnMap;
use crate::source::Table;

/// Name and text of each shipped map, special ones before the general one.
const TEXTS: [(&str, &str); 8] = [
    ("online-retail", include_str!("../maps/online-retail.toml")),
    ("eshop-clicks", include_str!("../maps/eshop-clicks.toml")),
    ("clothing-reviews", include_str!("../maps/clothing-reviews.toml")),
    ("rees46", include_str!("../maps/rees46.toml")),
    ("retailrocket", include_str!("../maps/retailrocket.toml")),
    ("movielens", include_str!("../maps/movielens.toml")),
    ("taobao-userbehavior", include_str!("../maps/taobao-userbehavior.toml")),
    ("generic", include_str!("../maps/generic.toml")),
];

static MAPS: LazyLock<Vec<ColumnMap>> = LazyLock::new(|| {
    // A shipped map that does not read is caught by this file's test.
    TEXTS.iter().filter_map(|(name, text)| ColumnMap::from_toml(text, name).ok()).collect()
});

/// Every shipped map.
pub fn maps() -> &'static [ColumnMap] {
    &MAPS
}

/// The TOML text of a shipped map, to copy and change.
pub fn map_text(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// A shipped map by its name.
pub fn map_named(name: &str) -> Option<ColumnMap> {
    maps().iter().find(|map| map.name == name).cloned()
}

/// The first shipped map whose required columns are all in the header.
pub fn detect(header: &[String]) -> Option<ColumnMap> {
    maps().iter().find(|map| Binding::of(map, header).is_ok()).cloned()
}

/// The shipped map for a table: by its header, or by its first row where it has none.
pub(crate) fn detect_table(table: &Table) -> Option<ColumnMap> {
    let headerless = || maps().iter().find(|map| first_row_is_data(map, table)).cloned();
    detect(&table.columns).or_else(headerless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_map_reads() {
        for (name, text) in TEXTS {
            let map = ColumnMap::from_toml(text, name).unwrap();
            assert_eq!(map.name, name);
            assert!(map.about.is_some() && !map.required.is_empty(), "{name}");
        }
        assert_eq!(maps().len(), TEXTS.len());
    }
}
