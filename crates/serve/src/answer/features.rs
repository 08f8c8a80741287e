//! Answers about a person's features.

use feature::behaviour;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::features::PersonFeatures;
use crate::shop::Shop;

/// A person's features as of a moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Features {
    /// The moment: only events before it count.
    as_of: String,
    /// Version of the definitions; `dongcha features --list` prints them.
    version: u32,
    /// Number, text, list of texts or null by name.
    #[schema(value_type = Object)]
    features: Map<String, Value>,
}

impl Features {
    /// The answer.
    pub(crate) fn of(found: PersonFeatures, shop: &Shop) -> Self {
        let value = |value| match value {
            behaviour::Value::Null => Value::Null,
            behaviour::Value::Number(number) => Value::from(number),
            behaviour::Value::Text(text) => Value::from(text),
            behaviour::Value::List(list) => Value::from(list),
        };
        let names = behaviour::definitions().map(|def| def.name.clone());
        Self {
            as_of: shop.local_time(found.as_of),
            version: behaviour::VERSION,
            features: names.zip(found.values.into_iter().map(value)).collect(),
        }
    }
}
