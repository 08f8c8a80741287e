//! Where to look for better settings: one table of ranges per model.

use serde_json::Value;

use crate::error::ModelError;
use crate::registry::ModelConfig;

/// How a range is spread over 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// Evenly in the logarithm.
    Log,
    /// Whole numbers, evenly in the logarithm.
    WholeLog,
    /// One of these JSON objects, whose fields are taken over.
    OneOf(&'static [&'static str]),
}

/// One setting of a model and where to look for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The field of the configuration; empty where the scale names the fields.
    pub field: &'static str,
    /// Lowest value.
    pub low: f64,
    /// Highest value.
    pub high: f64,
    /// How values are spread.
    pub scale: Scale,
}

const fn range(field: &'static str, low: f64, high: f64, scale: Scale) -> Range {
    Range { field, low, high, scale }
}

const fn one_of(choices: &'static [&'static str]) -> Range {
    range("", 0.0, 1.0, Scale::OneOf(choices))
}

/// The table. Later lines overrule earlier ones: BM25 allows no shrinkage.
pub const SPACES: &[(&str, &[Range])] = &[
    (
        "ItemKnn",
        &[
            range("neighbours", 20.0, 800.0, Scale::WholeLog),
            range("shrink", 0.1, 300.0, Scale::Log),
            one_of(&[
                r#"{"similarity":"cosine"}"#,
                r#"{"similarity":"tf_idf"}"#,
                r#"{"similarity":{"bm25":{"k1":0.6,"b":0.4}},"shrink":0.0}"#,
                r#"{"similarity":{"bm25":{"k1":1.2,"b":0.75}},"shrink":0.0}"#,
            ]),
        ],
    ),
    (
        "iALS",
        &[
            range("factors", 32.0, 256.0, Scale::WholeLog),
            range("alpha", 0.5, 40.0, Scale::Log),
            range("regularization", 0.000_3, 0.1, Scale::Log),
            range("frequency_scaling", 0.3, 1.0, Scale::Linear),
        ],
    ),
    (
        "UserKnn",
        &[
            range("neighbours", 50.0, 2_000.0, Scale::WholeLog),
            range("shrink", 0.1, 100.0, Scale::Log),
            one_of(&[r#"{"similarity":"cosine"}"#, r#"{"similarity":"tf_idf"}"#]),
        ],
    ),
    ("Ease", &[range("regularization", 10.0, 5_000.0, Scale::Log)]),
    (
        "Bpr",
        &[
            range("factors", 32.0, 128.0, Scale::WholeLog),
            range("epochs", 20.0, 100.0, Scale::WholeLog),
            range("learning_rate", 0.01, 0.2, Scale::Log),
            range("regularization", 0.000_3, 0.1, Scale::Log),
        ],
    ),
    (
        "AssociationRules",
        &[
            range("min_support", 1.0, 30.0, Scale::WholeLog),
            range("lift_power", 0.0, 1.0, Scale::Linear),
            range("rules", 50.0, 1_000.0, Scale::WholeLog),
        ],
    ),
    ("Content", &[range("popularity", 0.0, 1.0, Scale::Linear)]),
];

/// The ranges of a model; none for one with nothing to tune.
#[must_use]
pub fn space(model: &str) -> &'static [Range] {
    SPACES.iter().find(|(name, _)| *name == model).map_or(&[], |(_, ranges)| *ranges)
}

impl Range {
    /// The value at a place in 0 to 1.
    fn at(&self, place: f64) -> Value {
        let place = place.clamp(0.0, 1.0);
        let log = self.low.ln() + place * (self.high.ln() - self.low.ln());
        match self.scale {
            Scale::Linear => Value::from(self.low + place * (self.high - self.low)),
            Scale::Log => Value::from(log.exp().clamp(self.low, self.high)),
            Scale::WholeLog => Value::from(log.exp().round().clamp(self.low, self.high) as u64),
            Scale::OneOf(choices) => {
                let at = (place * choices.len() as f64) as usize;
                let chosen = choices.get(at.min(choices.len().saturating_sub(1)));
                chosen.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
            }
        }
    }
}

/// A configuration with the settings of a point of its model's space, one coordinate per range.
///
/// # Errors
/// When the ranges do not fit the configuration.
pub fn configured(base: &ModelConfig, point: &[f64]) -> Result<ModelConfig, ModelError> {
    let bad = |e: serde_json::Error| ModelError::Input {
        model: base.name(),
        reason: format!("its tuning space does not fit its settings: {e}"),
    };
    let mut settings = serde_json::to_value(base).map_err(bad)?;
    for (range, place) in space(base.name()).iter().zip(point) {
        match range.at(*place) {
            Value::Object(fields) => {
                fields.into_iter().for_each(|(field, value)| settings[field] = value);
            }
            value => settings[range.field] = value,
        }
    }
    serde_json::from_value(settings).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrainSet;
    use feature::Csr;

    /// The corners and the middle of every space can be fitted, so no field is misnamed and no
    /// range leaves what the model allows.
    #[test]
    fn every_space_fits_its_model() {
        let rows: Vec<_> = (0..40_u32).map(|n| (n % 8, n * 7 % 10, 1.0)).collect();
        let train = TrainSet::from(Csr::from_triplets(8, 10, &rows).unwrap());
        for (model, ranges) in SPACES {
            let base = ModelConfig::all().into_iter().find(|one| one.name() == *model).unwrap();
            for place in [0.0, 0.5, 1.0] {
                let config = configured(&base, &vec![place; ranges.len()]).unwrap();
                assert_eq!(config.name(), *model);
                assert!(config.fit(&train).is_ok(), "{config:?}");
            }
            let low = configured(&base, &vec![0.0; ranges.len()]).unwrap();
            let high = configured(&base, &vec![1.0; ranges.len()]).unwrap();
            assert_ne!(low, high);
        }
        let popular = ModelConfig::Popularity(Default::default());
        assert_eq!(configured(&popular, &[]).unwrap(), popular);
        assert!(space("Popularity").is_empty());
    }

    #[test]
    fn values_stand_where_their_scale_puts_them() {
        assert_eq!(range("x", 1.0, 100.0, Scale::Log).at(0.5), Value::from(10.0_f64.ln().exp()));
        assert_eq!(range("x", 0.0, 4.0, Scale::Linear).at(0.25), Value::from(1.0));
        assert_eq!(range("x", 10.0, 1_000.0, Scale::WholeLog).at(0.5), Value::from(100));
        assert_eq!(one_of(&["{\"a\":1}", "{\"a\":2}"]).at(1.0)["a"], Value::from(2));
    }
}
