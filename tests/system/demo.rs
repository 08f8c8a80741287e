//! One run of the demo on the shipped data, shared by the tests that look at it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use dongcha_tests::tree;
use serde_json::Value;

use crate::program::Dongcha;

/// The demo's data directory, what it reported, and a copy of both shops.
pub struct Demo {
    /// The data directory; one process at a time.
    pub dongcha: Dongcha,
    /// The report.
    pub told: Value,
    /// An export of both shops.
    pub export: PathBuf,
}

impl Demo {
    fn run() -> Self {
        let dongcha = Dongcha::new();
        let data = tree::root().join("data");
        let told = dongcha.json(&["demo", "--no-serve", "--from", data.to_str().unwrap()]);
        let export = dongcha.path("export");
        for site in ["gifts", "clothing"] {
            dongcha.json(&["export", "--site", site, "--out", export.to_str().unwrap()]);
        }
        Self { dongcha, told, export }
    }

    /// What was told about a site.
    pub fn site(&self, name: &str) -> &Value {
        let shops = self.told["shops"].as_array().unwrap();
        shops.iter().find(|shop| shop["site"] == name).unwrap()
    }
}

/// The demo, run by whoever asks first and held by one test at a time.
pub fn demo() -> MutexGuard<'static, Demo> {
    static DEMO: OnceLock<Mutex<Demo>> = OnceLock::new();
    let demo = DEMO.get_or_init(|| Mutex::new(Demo::run()));
    demo.lock().unwrap_or_else(PoisonError::into_inner)
}
