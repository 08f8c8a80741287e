//! A shop's trained models on disk: a folder per model and one `bundle.json` that joins them.
//!
//! Layout: `models/<site>/<version>/{popularity,item-knn,…}/` as the `model` crate writes them:
//! the baseline, the neighbours, and what the model that serves is made of.
//! A bundle is written beside its place and renamed into it, so a half-written one is never read.
//! `bundle.sha256` seals `bundle.json` and the manifests, which in turn name the checksums of the
//! arrays: no byte that is used can change unnoticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use decide::recommend::Responses;
use event::TimeMs;
use feature::{ContactKind, ContactWeights};
use model::{
    About, AnyClassifier, AnyModel, Calibrator, ItemFact, Ranker, Recommender, Reranked, Shortlist,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::ServeError;
use crate::held::{self, Held};
use crate::training::{Champion, DEPTH, Trained};

/// Version of the bundle's own format; 1 had three models and no blend, 2 no ranker.
const FORMAT: u32 = 3;
const FILE: &str = "bundle.json";
const SEAL: &str = "bundle.sha256";
/// What a bundle of format 1 holds.
const FIRST_FOLDERS: [&str; 3] = ["popularity", "item-knn", "ials"];
/// What a blend is called where a folder would be named.
const BLEND: &str = "blend";
/// The folder of a ranker.
const RANKER: &str = "ranker";

fn first_folders() -> Vec<String> {
    FIRST_FOLDERS.map(str::to_owned).to_vec()
}

/// The folder of a model: its name in lower case, words joined by `-`.
pub fn folder_of(model: &str) -> String {
    let letters: Vec<char> = model.chars().collect();
    let mut name = String::with_capacity(model.len() + 4);
    for (at, letter) in letters.iter().enumerate() {
        let starts_word = letter.is_ascii_uppercase()
            && at > 0
            && !letters[at - 1].is_ascii_uppercase()
            && letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if starts_word {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

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
    /// The folders of the models: popularity, neighbours, and what serves beside them.
    #[serde(default = "first_folders")]
    pub models: Vec<String>,
    /// The folder of the model that serves, or `blend`.
    pub champion: String,
    /// The parts of a blend.
    #[serde(default)]
    pub blend: Vec<BundlePart>,
    /// What puts the champion's candidates in order.
    #[serde(default)]
    pub ranker: Option<BundleRanker>,
    /// The program's version that trained it.
    #[serde(default)]
    pub code_version: Option<String>,
    /// Seed of every random step.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Time of the first contact learnt from.
    #[serde(default)]
    pub from_ms: Option<i64>,
    /// Response rates of the test weeks.
    pub responses: Option<Responses>,
    /// What training found, as it was reported.
    pub report: serde_json::Value,
}

/// One model of a blend.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BundlePart {
    /// Its folder.
    pub model: String,
    /// Its share.
    pub share: f32,
}

/// A ranker, whose classifier is in a folder of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BundleRanker {
    /// Folders of the models that have a say.
    pub sources: Vec<String>,
    /// Candidates that it puts in order.
    pub depth: usize,
    /// What is known of each item.
    pub facts: Vec<ItemFact>,
    /// How its scores become chances.
    pub calibrator: Calibrator,
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
    for (folder, model) in bundle.models.iter().zip(&trained.fitted) {
        model.save(&work.join(folder), &about)?;
    }
    if let Some(trained) = &trained.ranker {
        let ranker = &trained.ranker;
        ranker.classifier().save(&work.join(RANKER), ranker.columns(), now.0)?;
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
    write(SEAL, seal(&work, &text, &sealed(&bundle.models, bundle.ranker.is_some()))?.as_bytes())?;
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
    let models = match value.get("models") {
        None => first_folders(),
        Some(named) => serde_json::from_value(named.clone()).map_err(|e| bad(e.to_string()))?,
    };
    let is_plain = |name: &String| Path::new(name).file_name() == Some(name.as_ref());
    if models.len() < 2 || !models.iter().all(is_plain) {
        return Err(bad("it does not name its models".to_owned()));
    }
    let sealed = folder.join(SEAL);
    let folders = self::sealed(&models, value.get("ranker").is_some_and(|own| !own.is_null()));
    if fs::read(&sealed).map_err(io(&sealed))? != seal(folder, &text, &folders)?.as_bytes() {
        return Err(bad("it or a manifest beside it was changed since it was written".to_owned()));
    }
    let bundle: Bundle = serde_json::from_value(value).map_err(|e| bad(e.to_string()))?;
    let load_one = |name: &str| -> Result<Arc<dyn Recommender>, ServeError> {
        let (model, _) = AnyModel::load(&folder.join(name))?;
        Ok(Arc::new(Held(Arc::new(model))))
    };
    let loaded = models.iter().map(|name| load_one(name)).collect::<Result<Vec<_>, _>>()?;
    let (popularity, neighbours) = (loaded[0].clone(), loaded[1].clone());
    let one = |name: &str| {
        let at = models.iter().position(|own| own == name);
        let at = at.ok_or_else(|| bad(format!("it names an unknown model `{name}`")))?;
        Ok::<_, ServeError>(loaded[at].clone())
    };
    let lead = match bundle.champion.as_str() {
        BLEND => {
            let parts = bundle.blend.iter().map(|part| Ok((one(&part.model)?, part.share)));
            held::blend(parts.collect::<Result<_, ServeError>>()?)?
        }
        name => one(name)?,
    };
    let champion = match &bundle.ranker {
        Some(own) => {
            let sources = own.sources.iter().map(|name| one(name)).collect::<Result<_, _>>()?;
            let (classifier, saved) = AnyClassifier::load(&folder.join(RANKER))?;
            let ranker = Ranker::restore(saved.columns, classifier, own.calibrator.clone())?;
            let shortlist = Shortlist::new(lead, sources, own.facts.clone(), own.depth)?;
            Arc::new(Reranked::new(shortlist, ranker)?)
        }
        None => lead,
    };
    let sizes = [champion.n_items(), neighbours.n_items(), popularity.n_items()];
    if sizes.iter().any(|n| *n != bundle.items.len()) || bundle.people.len() != bundle.items.len() {
        return Err(bad("its items and its models do not belong together".to_owned()));
    }
    Ok(Loaded { bundle, champion, neighbours, popularity })
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> ServeError {
    let path = path.to_owned();
    move |source| ServeError::Io { path: path.clone(), source }
}

/// The folders whose manifests are sealed.
fn sealed(models: &[String], has_ranker: bool) -> Vec<String> {
    models.iter().cloned().chain(has_ranker.then(|| RANKER.to_owned())).collect()
}

/// The checksum of a bundle's text and of the manifests beside it.
fn seal(folder: &Path, text: &[u8], models: &[String]) -> Result<String, ServeError> {
    let mut hash = Sha256::new_with_prefix(Sha256::digest(text));
    for name in models {
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
    let models: Vec<String> =
        trained.fitted.iter().map(|model| folder_of(model.config().name())).collect();
    let (champion, blend) = match &trained.champion {
        Champion::Single(at) => (models[*at].clone(), Vec::new()),
        Champion::Blend(parts) => {
            let part =
                |&(at, share): &(usize, f32)| BundlePart { model: models[at].clone(), share };
            (BLEND.to_owned(), parts.iter().map(part).collect())
        }
    };
    let ranker = trained.ranker.as_ref().map(|own| BundleRanker {
        sources: own.sources.iter().map(|at| models[*at].clone()).collect(),
        depth: DEPTH,
        facts: own.facts.clone(),
        calibrator: own.ranker.calibrator().clone(),
    });
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
        models,
        champion,
        blend,
        ranker,
        code_version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        seed: Some(trained.report.seed),
        from_ms: log.span_ms().map(|(first, _)| first),
        responses: trained.responses.clone(),
        report,
    })
}
