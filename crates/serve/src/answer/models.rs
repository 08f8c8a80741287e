//! Answers about the versions of a shop's models.

use event::TimeMs;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::registry::Version;
use crate::shop::Shop;

/// The versions of a shop's models.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelVersions {
    /// Newest first.
    pub models: Vec<ModelVersion>,
}

/// A measure with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Measure {
    /// The mean over shoppers.
    mean: f64,
    /// Lower end.
    low: f64,
    /// Upper end.
    high: f64,
}

/// One version.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelVersion {
    /// Its name.
    version: String,
    /// The model that serves in it.
    champion: String,
    /// Whether it is the one that serves.
    is_serving: bool,
    /// When it was registered.
    created_at: String,
    /// When it came to serve, each time.
    promoted_at: Vec<String>,
    /// Time of the first contact learnt from; null where not known.
    data_from: Option<String>,
    /// First moment not learnt from; null where not known.
    data_until: Option<String>,
    /// The program's version that trained it; null where not known.
    code_version: Option<String>,
    /// Seed of its training; null where not known.
    seed: Option<u64>,
    /// NDCG@20 on the test weeks; null where too few shoppers came back.
    ndcg: Option<Measure>,
}

/// One version with the report of its training.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelVersionWhole {
    #[serde(flatten)]
    version: ModelVersion,
    /// First day of the test weeks; null where nothing was judged.
    test_from: Option<String>,
    /// What training found, as `dongcha train --format json` prints it.
    #[schema(value_type = Object)]
    report: Value,
}

impl ModelVersion {
    /// The answer.
    pub(crate) fn of(found: Version, shop: &Shop) -> Self {
        let at = |time: &TimeMs| shop.local_time(*time);
        Self {
            created_at: at(&found.created),
            promoted_at: found.promoted.iter().map(at).collect(),
            data_from: found.from.as_ref().map(at),
            data_until: found.until.as_ref().map(at),
            version: found.version,
            champion: found.champion,
            is_serving: found.is_serving,
            code_version: found.code_version,
            seed: found.seed,
            ndcg: found.ndcg.map(|[mean, low, high]| Measure { mean, low, high }),
        }
    }
}

impl ModelVersionWhole {
    /// The answer.
    pub(crate) fn of(mut found: Version, shop: &Shop) -> Self {
        let report = std::mem::take(&mut found.report);
        let from = report["test_from_ms"].as_i64().map(|at| shop.local_time(TimeMs(at)));
        let test_from = from.and_then(|text| text.get(..10).map(str::to_owned));
        Self { version: ModelVersion::of(found, shop), test_from, report }
    }
}
