//! A shop's trained models on disk: three model folders and one `bundle.json` that joins them.
//!
//! Layout: `models/<site>/<version>/{popularity,item-knn,ials}/` as the `model` crate writes them.
//! A bundle is written beside its place and renamed into it, so a half-written one is never read.
//! `bundle.sha256` seals `bundle.json` and the three manifests, which in turn name the checksums of
//! the arrays: no byte that is used can change unnoticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use decide::recommend::Responses;
use event::TimeMs;
use feature::{ContactKind, ContactWeights};
use model::{About, AnyModel, Explanation, Recommender, Scored};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::ServeError;
use crate::training::Trained;

/// Version of the bundle's own format.
const FORMAT: u32 = 1;
const FILE: &str = "bundle.json";
const SEAL: &str = "bundle.sha256";
const FOLDERS: [&str; 3] = ["popularity", "item-knn", "ials"];

/// What joins the models of a shop.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bundle {
    format: u32,
    /// Version, also the folder's name.
    pub version: String,
    /// When it was trained.
    pub trained_at_ms: i64,
    /// First moment that was not learnt from.
    pub as_of_ms: i64,
    /// What contacts are worth to the champion.
    pub weights: ContactWeights,
    /// What counted as an answer.
    pub target: ContactKind,
    /// Contacts learnt from.
    pub interactions: usize,
    /// Items in the models' order.
    pub items: Vec<String>,
    /// People who met each item.
    pub people: Vec<u64>,
    /// The folder of the model that serves.
    pub champion: String,
    /// Response rates of the test weeks.
    pub responses: Option<Responses>,
    /// What training found, as it was reported.
    pub report: serde_json::Value,
}

/// A bundle with its models in memory.
pub struct Loaded {
    /// What joins them.
    pub bundle: Bundle,
    /// The model that serves.
    pub champion: Arc<dyn Recommender>,
    /// Item-to-item neighbours.
    pub neighbours: Arc<dyn Recommender>,
    /// The baseline.
    pub popularity: Arc<dyn Recommender>,
}

/// Writes a bundle below `root` and returns its folder.
pub fn save(root: &Path, trained: &Trained, now: TimeMs) -> Result<(Bundle, PathBuf), ServeError> {
    let (version, work) = claim(root, now)?;
    let place = root.join(&version);
    let bundle = describe(trained, &version, now)?;
    let about = About { item_ids: Some(bundle.items.clone()), trained_at_ms: now.0 };
    for (folder, model) in FOLDERS.iter().zip(&trained.fitted) {
        model.save(&work.join(folder), &about)?;
    }
    let text = serde_json::to_vec_pretty(&bundle)
        .map_err(|e| ServeError::Bundle { path: work.clone(), reason: e.to_string() })?;
    let sync = |path: &Path| fs::File::open(path).and_then(|f| f.sync_all()).map_err(io(path));
    let write = |name: &str, bytes: &[u8]| {
        let file = work.join(name);
        fs::write(&file, bytes).map_err(io(&file))?;
        sync(&file)
    };
    write(FILE, &text)?;
    write(SEAL, seal(&work, &text)?.as_bytes())?;
    sync(&work)?;
    fs::rename(&work, &place).map_err(io(&place))?;
    sync(root)?;
    Ok((bundle, place))
}

/// Reads a bundle and its models.
pub fn load(folder: &Path) -> Result<Loaded, ServeError> {
    let file = folder.join(FILE);
    let bad = |reason: String| ServeError::Bundle { path: file.clone(), reason };
    let text = fs::read(&file).map_err(io(&file))?;
    let value: Value = serde_json::from_slice(&text).map_err(|e| bad(e.to_string()))?;
    if value.get("format").and_then(Value::as_u64).is_some_and(|found| found > u64::from(FORMAT)) {
        return Err(bad(format!("format {} is newer than this program reads", value["format"])));
    }
    let sealed = folder.join(SEAL);
    if fs::read(&sealed).map_err(io(&sealed))? != seal(folder, &text)?.as_bytes() {
        return Err(bad("it or a manifest beside it was changed since it was written".to_owned()));
    }
    let bundle: Bundle = serde_json::from_value(value).map_err(|e| bad(e.to_string()))?;
    let load_one = |name: &str| -> Result<Arc<dyn Recommender>, ServeError> {
        let (model, _) = AnyModel::load(&folder.join(name))?;
        Ok(Arc::new(Held(model)))
    };
    let [popularity, neighbours] = [load_one(FOLDERS[0])?, load_one(FOLDERS[1])?];
    let champion = match bundle.champion.as_str() {
        name if name == FOLDERS[0] => popularity.clone(),
        name if name == FOLDERS[1] => neighbours.clone(),
        name if name == FOLDERS[2] => load_one(name)?,
        other => return Err(bad(format!("it names an unknown champion `{other}`"))),
    };
    if champion.n_items() != bundle.items.len() || bundle.people.len() != bundle.items.len() {
        return Err(bad("its items and its models do not belong together".to_owned()));
    }
    Ok(Loaded { bundle, champion, neighbours, popularity })
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> ServeError {
    let path = path.to_owned();
    move |source| ServeError::Io { path: path.clone(), source }
}

/// The checksum of a bundle's text and of the manifests beside it.
fn seal(folder: &Path, text: &[u8]) -> Result<String, ServeError> {
    let mut hash = Sha256::new_with_prefix(Sha256::digest(text));
    for name in FOLDERS {
        let manifest = folder.join(name).join("manifest.json");
        hash.update(Sha256::digest(fs::read(&manifest).map_err(io(&manifest))?));
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Takes a free version, `YYYYMMDD-hhmmss` in UTC with a number behind it where that is taken, by
/// making its working folder: two trainings at once never share one.
fn claim(root: &Path, now: TimeMs) -> Result<(String, PathBuf), ServeError> {
    fs::create_dir_all(root).map_err(io(root))?;
    let text: String = now.to_rfc3339(0).chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, clock) = text.split_at(text.len().min(8));
    let mut version = format!("{day}-{clock}");
    let mut number = 1;
    loop {
        let work = root.join(format!("{version}.tmp"));
        match fs::create_dir(&work) {
            Ok(()) if !root.join(&version).exists() => return Ok((version, work)),
            Ok(()) => fs::remove_dir(&work).map_err(io(&work))?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io(&work)(error)),
        }
        number += 1;
        version = format!("{day}-{clock}-{number}");
    }
}

fn describe(trained: &Trained, version: &str, now: TimeMs) -> Result<Bundle, ServeError> {
    let log = &trained.log;
    let mut pairs: Vec<(u32, u32)> = log.contacts.iter().map(|c| (c.item, c.user)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut people = vec![0_u64; log.items.len()];
    pairs.iter().for_each(|(item, _)| people[*item as usize] += 1);
    let report = serde_json::to_value(&trained.report)
        .map_err(|e| ServeError::Bundle { path: PathBuf::from(version), reason: e.to_string() })?;
    Ok(Bundle {
        format: FORMAT,
        version: version.to_owned(),
        trained_at_ms: now.0,
        as_of_ms: trained.as_of_ms,
        weights: trained.weights.clone(),
        target: trained.report.target,
        interactions: log.contacts.len(),
        items: log.items.iter().map(ToString::to_string).collect(),
        people,
        champion: FOLDERS[trained.champion].to_owned(),
        responses: trained.responses.clone(),
        report,
    })
}

/// A loaded model behind the recommender interface.
struct Held(AnyModel);

impl Recommender for Held {
    fn name(&self) -> &'static str {
        self.0.recommender().name()
    }

    fn n_items(&self) -> usize {
        self.0.recommender().n_items()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        self.0.recommender().score(history, scores);
    }

    fn recommend(
        &self,
        history: &[(u32, f32)],
        n: usize,
        keep: &dyn Fn(u32) -> bool,
    ) -> Vec<Scored> {
        self.0.recommender().recommend(history, n, keep)
    }

    fn similar_items(&self, item: u32, n: usize) -> Vec<Scored> {
        self.0.recommender().similar_items(item, n)
    }

    fn explain(&self, history: &[(u32, f32)], item: u32) -> Explanation {
        self.0.recommender().explain(history, item)
    }
}
