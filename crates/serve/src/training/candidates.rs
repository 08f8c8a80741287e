//! What is tried: one table of models and settings, with the size of shop each is meant for.

use feature::{ContactKind, ContactLog, ContactWeights};
use model::ModelConfig;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::ServeError;

/// The model that every other is compared with.
pub const BASELINE: &str = "Popularity";
/// The model that says what goes together.
pub const NEIGHBOURS: &str = "ItemKnn";
/// The model that goes by what is known of the items.
pub(crate) const CONTENT: &str = "Content";

/// A model to try, with how fast contacts fade for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The model and its configuration.
    pub config: ModelConfig,
    /// Days after which a contact counts half.
    pub half_life_days: Option<f32>,
}

impl Candidate {
    /// What contacts are worth to this candidate. Popularity counts only what is wanted: bought
    /// where purchases are, seen where views are.
    pub(crate) fn weights(&self, base: &ContactWeights, target: ContactKind) -> ContactWeights {
        let mut weights = ContactWeights { half_life_days: self.half_life_days, ..base.clone() };
        if self.config.name() == BASELINE {
            weights.only(target);
        }
        weights
    }
}

/// Which ways of fading are tried with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fading {
    /// All of the plan.
    All,
    /// The one that was best for the neighbours: each fit is dear.
    AsNeighbours,
    /// None: the model looks at no weights.
    Never,
}

/// The largest shop for which a model is tried, so that training ends in minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cap {
    /// The model.
    pub model: String,
    /// Contacts at most.
    pub contacts: usize,
    /// Items at most.
    pub items: usize,
    /// Which ways of fading are tried with it.
    pub fading: Fading,
}

impl Cap {
    /// Whether a shop is within it.
    pub(crate) fn allows(&self, log: &ContactLog) -> bool {
        log.contacts.len() <= self.contacts && log.items.len() <= self.items
    }
}

/// One line of the table.
struct Row {
    model: &'static str,
    /// Settings over the model's own, as JSON objects; the first is tried first.
    settings: &'static [&'static str],
    contacts_max: usize,
    items_max: usize,
    fading: Fading,
}

/// No limit: the cost grows with the log alone.
const ANY: usize = usize::MAX;

/// The table: a family per line. How fast contacts fade is tried with the best settings of each.
const TABLE: &[Row] = &[
    Row {
        model: BASELINE,
        settings: &[r#"{"count":"users"}"#, r#"{"count":"weights"}"#],
        contacts_max: ANY,
        items_max: ANY,
        fading: Fading::All,
    },
    Row {
        model: NEIGHBOURS,
        settings: &[
            r#"{"similarity":"tf_idf"}"#,
            r#"{"similarity":"cosine"}"#,
            r#"{"similarity":{"bm25":{"k1":1.2,"b":0.75}},"shrink":0}"#,
        ],
        contacts_max: ANY,
        items_max: ANY,
        fading: Fading::All,
    },
    Row {
        model: "iALS",
        settings: &[
            r#"{"factors":64,"alpha":10,"regularization":0.003}"#,
            r#"{"factors":128,"alpha":3,"regularization":0.003}"#,
            r#"{"factors":256,"alpha":10,"regularization":0.01}"#,
        ],
        contacts_max: 100_000_000,
        items_max: 2_000_000,
        fading: Fading::All,
    },
    Row {
        model: "UserKnn",
        settings: &[r#"{"neighbours":200}"#, r#"{"neighbours":600}"#],
        contacts_max: 3_000_000,
        items_max: ANY,
        fading: Fading::AsNeighbours,
    },
    Row {
        model: "Ease",
        settings: &[r#"{"regularization":100}"#, r#"{"regularization":500}"#],
        contacts_max: 10_000_000,
        items_max: 6_000,
        fading: Fading::AsNeighbours,
    },
    Row {
        model: "GraphFilter",
        settings: &[r#"{"factors":64,"sharpen_time":0}"#],
        contacts_max: 1_500_000,
        items_max: 50_000,
        fading: Fading::AsNeighbours,
    },
    Row {
        model: "Bpr",
        settings: &[r#"{"factors":64,"epochs":40}"#],
        contacts_max: 5_000_000,
        items_max: 500_000,
        fading: Fading::AsNeighbours,
    },
    Row {
        model: "AssociationRules",
        settings: &[r#"{"lift_power":0.0}"#, r#"{"lift_power":0.5}"#],
        contacts_max: 20_000_000,
        items_max: ANY,
        fading: Fading::AsNeighbours,
    },
    Row {
        model: CONTENT,
        settings: &[r#"{"popularity":0.0}"#, r#"{"popularity":0.5}"#],
        contacts_max: 20_000_000,
        items_max: 500_000,
        fading: Fading::AsNeighbours,
    },
    Row {
        model: "SasRec",
        settings: &[r#"{"factors":32,"blocks":1,"length":20,"negatives":128,"epochs":8,
                "learning_rate":0.003}"#],
        contacts_max: 250_000,
        items_max: 100_000,
        fading: Fading::Never,
    },
    Row {
        model: "TwoTower",
        settings: &[r#"{"factors":32,"hidden":64,"epochs":6}"#],
        contacts_max: 250_000,
        items_max: 100_000,
        fading: Fading::Never,
    },
];

/// Days after which a contact may count half, beside never.
pub(crate) const HALF_LIVES_DAYS: [f32; 3] = [180.0, 60.0, 28.0];

/// Every line of the table as candidates.
pub(crate) fn candidates(seed: u64) -> Vec<Candidate> {
    let of_row = |row: &'static Row| row.settings.iter().map(|text| (row.model, *text));
    let read = |(model, text): (&str, &str)| configure(model, text, seed).ok();
    let one = |config| Candidate { config, half_life_days: None };
    TABLE.iter().flat_map(of_row).filter_map(read).map(one).collect()
}

/// The caps of the table.
pub(crate) fn caps() -> Vec<Cap> {
    let of_row = |row: &Row| Cap {
        model: row.model.to_owned(),
        contacts: row.contacts_max,
        items: row.items_max,
        fading: row.fading,
    };
    TABLE.iter().map(of_row).collect()
}

/// A model's own configuration with the settings of a JSON object over it.
fn configure(model: &str, settings: &str, seed: u64) -> Result<ModelConfig, ServeError> {
    let bad = |reason: String| ServeError::Plan(format!("settings of {model}: {reason}"));
    let own = ModelConfig::all().into_iter().find(|config| config.name() == model);
    let own = own.ok_or_else(|| bad("there is no such model".to_owned()))?;
    let mut value = serde_json::to_value(own).map_err(|e| bad(e.to_string()))?;
    if value.get("seed").is_some() {
        value["seed"] = Value::from(seed);
    }
    let over: serde_json::Map<String, Value> =
        serde_json::from_str(settings).map_err(|e| bad(e.to_string()))?;
    over.into_iter().for_each(|(field, setting)| value[field] = setting);
    serde_json::from_value(value).map_err(|e| bad(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_can_be_read() {
        let lines: usize = TABLE.iter().map(|row| row.settings.len()).sum();
        let all = candidates(9);
        assert_eq!(all.len(), lines);
        for row in TABLE {
            for text in row.settings {
                configure(row.model, text, 9).unwrap();
            }
        }
        let seeds =
            all.iter().filter_map(|c| serde_json::to_value(&c.config).ok()?.get("seed").cloned());
        assert!(seeds.clone().count() > 0 && seeds.into_iter().all(|seed| seed == 9));
        assert_eq!(caps().len(), TABLE.len());
        assert!([BASELINE, NEIGHBOURS].iter().all(|name| ModelConfig::NAMES.contains(name)));
    }

    #[test]
    fn a_setting_that_is_none_is_named() {
        assert!(configure("iALS", "{\"factor\":1}", 1).unwrap_err().to_string().contains("iALS"));
        assert!(configure("Oracle", "{}", 1).unwrap_err().to_string().contains("no such model"));
    }
}
