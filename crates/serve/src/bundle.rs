//! A shop's trained models on disk: three model folders and one `bundle.json` that joins them.
//!
//! Layout: `models/<site>/<version>/{popularity,item-knn,ials}/` as the `model` crate writes them.
//! A bundle is written beside its place and renamed into it, so a half-written one is never read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use decide::recommend::Responses;
use event::TimeMs;
use feature::{ContactKind, ContactWeights};
use model::{About, AnyModel, Explanation, Recommender, Scored};
use serde::{Deserialize, Serialize};

use crate::error::ServeError;
use crate::training::Trained;

/// Version of the bundle's own format.
const FORMAT: u32 = 1;
const FILE: &str = "bundle.json";
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
    let version = version_at(root, now);
    let bundle = describe(trained, &version, now)?;
    let (place, work) = (root.join(&version), root.join(format!("{version}.tmp")));
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ServeError::Io { path, source }
    };
    std::fs::create_dir_all(&work).map_err(io(&work))?;
    let about = About { item_ids: Some(bundle.items.clone()), trained_at_ms: now.0 };
    for (folder, model) in FOLDERS.iter().zip(&trained.fitted) {
        model.save(&work.join(folder), &about)?;
    }
    let text = serde_json::to_vec_pretty(&bundle)
        .map_err(|e| ServeError::Bundle { path: work.clone(), reason: e.to_string() })?;
    let file = work.join(FILE);
    std::fs::write(&file, text).map_err(io(&file))?;
    let sync = |path: &Path| std::fs::File::open(path).and_then(|f| f.sync_all()).map_err(io(path));
    sync(&file)?;
    sync(&work)?;
    std::fs::rename(&work, &place).map_err(io(&place))?;
    sync(root)?;
    Ok((bundle, place))
}

/// Reads a bundle and its models.
pub fn load(folder: &Path) -> Result<Loaded, ServeError> {
    let file = folder.join(FILE);
    let bad = |reason: String| ServeError::Bundle { path: file.clone(), reason };
    let text =
        std::fs::read(&file).map_err(|source| ServeError::Io { path: file.clone(), source })?;
    let bundle: Bundle = serde_json::from_slice(&text).map_err(|e| bad(e.to_string()))?;
    if bundle.format > FORMAT {
        return Err(bad(format!("format {} is newer than this program reads", bundle.format)));
    }
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

/// `YYYYMMDD-hhmmss` in UTC, with a number behind it where that is taken.
fn version_at(root: &Path, now: TimeMs) -> String {
    let text: String = now.to_rfc3339(0).chars().filter(char::is_ascii_digit).take(14).collect();
    let (day, clock) = text.split_at(text.len().min(8));
    let base = format!("{day}-{clock}");
    let free = |name: &String| !root.join(name).exists();
    let numbered = (2..).map(|n| format!("{base}-{n}"));
    std::iter::once(base.clone()).chain(numbered).find(free).unwrap_or(base)
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
