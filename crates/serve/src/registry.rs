//! The versions of a shop's models: what each is, which one serves, and how a change is made.
//!
//! A version comes to serve only after the checks: its files load and their checksums hold, its
//! items are those of the catalogue, and its scores are numbers. The change is one transaction;
//! until then, and when a check fails, the version before it serves on.

use std::collections::BTreeSet;

use event::TimeMs;
use feature::ContactLog;
use lake::ModelRow;
use model::{Bootstrap, Explanation, Interval, Metric, Recommender, Scored};
use serde::Serialize;
use serde_json::Value;

use crate::error::ServeError;
use crate::exam::{Exam, SHOPPERS_MIN, hides};
use crate::shop::{Engine, MODEL, Shop};

/// Shoppers whose scores are looked at before a version serves.
const CHECKED: usize = 20;
/// Shoppers whose lists are compared.
const COMPARED: usize = 200;
/// How deep lists are compared.
const DEPTH: usize = 10;

/// One version of a shop's models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Version {
    /// Its name: when it was trained.
    pub version: String,
    /// The model that serves in it.
    pub champion: String,
    /// Whether it is the one that serves.
    pub is_serving: bool,
    /// When it was registered.
    pub created: TimeMs,
    /// When it came to serve, each time.
    pub promoted: Vec<TimeMs>,
    /// Time of the first contact learnt from, where known.
    pub from: Option<TimeMs>,
    /// First moment not learnt from, where known.
    pub until: Option<TimeMs>,
    /// The program's version that trained it, where known.
    pub code_version: Option<String>,
    /// Seed of its training, where known.
    pub seed: Option<u64>,
    /// NDCG@20 of the champion on the test weeks; none where too few shoppers came back.
    pub ndcg: Option<[f64; 3]>,
    /// What training found.
    pub report: Value,
}

/// Two versions that answered the same shoppers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The version that does not serve.
    pub candidate: String,
    /// The one that does.
    pub serving: String,
    /// Shoppers who came last and were answered by both.
    pub shoppers: usize,
    /// Mean share of the first ten items that both show.
    pub overlap: f64,
    /// Share of shoppers who are shown the same first item.
    pub same_first: f64,
    /// On what came after both were trained, where enough shoppers came.
    pub held_out: Option<HeldOut>,
}

/// How both did on what neither had seen.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldOut {
    /// Shoppers judged.
    pub shoppers: usize,
    /// NDCG@10 of the candidate.
    pub candidate: Interval,
    /// NDCG@10 of the version that serves.
    pub serving: Interval,
    /// The candidate's minus the other's, shopper by shopper.
    pub difference: Interval,
}

impl Version {
    fn of(row: ModelRow, promoted: &[(String, TimeMs)]) -> Self {
        let manifest: Value = serde_json::from_str(&row.manifest).unwrap_or_default();
        let report: Value = serde_json::from_str(&row.metrics).unwrap_or_default();
        let champion = report["champion"].as_str().unwrap_or_default().to_owned();
        let families = report["families"].as_array().into_iter().flatten();
        let served = families.into_iter().find(|family| family["model"] == champion.as_str());
        let ndcg = served.and_then(|family| {
            let end = |name: &str| family["ndcg"][name].as_f64();
            Some([end("mean")?, end("low")?, end("high")?])
        });
        let own = promoted.iter().filter(|(version, _)| *version == row.version);
        Self {
            champion,
            is_serving: row.current,
            created: row.created,
            promoted: own.map(|(_, at)| *at).collect(),
            from: manifest["from_ms"].as_i64().map(TimeMs),
            until: manifest["as_of_ms"].as_i64().map(TimeMs),
            code_version: manifest["code_version"].as_str().map(str::to_owned),
            seed: manifest["seed"].as_u64(),
            ndcg,
            report,
            version: row.version,
        }
    }
}

impl Shop {
    /// Every version, newest first.
    pub fn versions(&self) -> Result<Vec<Version>, ServeError> {
        let promoted = self.lake.model_promotions(&self.config.site, MODEL)?;
        let rows = self.lake.models(&self.config.site)?.into_iter();
        let mut versions: Vec<Version> =
            rows.filter(|row| row.name == MODEL).map(|row| Version::of(row, &promoted)).collect();
        versions.sort_by(|a, b| (b.created, &b.version).cmp(&(a.created, &a.version)));
        Ok(versions)
    }

    /// One version.
    pub fn version(&self, version: &str) -> Result<Version, ServeError> {
        let found = self.versions()?.into_iter().find(|one| one.version == version);
        found.ok_or_else(|| self.no_version(version))
    }

    /// Makes a version the one that serves, once it passed the checks.
    pub fn promote(&self, version: &str) -> Result<Version, ServeError> {
        self.version(version)?;
        self.check(version, &self.contacts()?)?;
        if !self.lake.promote_model(&self.config.site, MODEL, version)? {
            return Err(self.no_version(version));
        }
        self.version(version)
    }

    /// Makes the version that served before the present one serve again.
    pub fn rollback(&self) -> Result<Version, ServeError> {
        let no_model = || ServeError::NoModel { site: self.config.site.clone() };
        let current = self.lake.current_model(&self.config.site, MODEL)?.ok_or_else(no_model)?;
        let promoted = self.lake.model_promotions(&self.config.site, MODEL)?;
        // Going back twice goes back two versions: what was left by going back is passed over.
        let mut line: Vec<&str> = Vec::new();
        for (version, _) in &promoted {
            match line.iter().position(|one| one == version) {
                Some(at) => line.truncate(at + 1),
                None => line.push(version),
            }
        }
        let before = line
            .iter()
            .rposition(|one| *one == current.version)
            .and_then(|at| at.checked_sub(1).and_then(|at| line.get(at)));
        let before = before.ok_or_else(|| ServeError::Unfit {
            version: current.version.clone(),
            reason: "no version served before it".to_owned(),
        })?;
        self.promote(before)
    }

    /// The checks before a version serves.
    pub(crate) fn check(&self, version: &str, log: &ContactLog) -> Result<(), ServeError> {
        let unfit = |reason: String| ServeError::Unfit { version: version.to_owned(), reason };
        let engine = self.engine_on_disk(version).map_err(|error| match error {
            ServeError::Lake(_) => error,
            other => unfit(other.to_string()),
        })?;
        let loaded = &engine.loaded;
        let items = loaded.bundle.items.len();
        let catalogue = self.lake.items(&self.config.site)?;
        let known: BTreeSet<&str> = catalogue.iter().map(|row| row.item_id.as_str()).collect();
        let met: BTreeSet<&str> = log.items.iter().map(event::ItemId::as_str).collect();
        let is_known = |id: &&String| known.contains(id.as_str()) || met.contains(id.as_str());
        let joined = loaded.bundle.items.iter().filter(is_known).count();
        if joined * 2 < items {
            return Err(unfit(format!(
                "only {joined} of its {items} items are in the catalogue; train again"
            )));
        }
        let mut scores = vec![0.0; items];
        let shoppers = latest(log, CHECKED);
        let histories = histories(log, &engine, &shoppers)?;
        for history in histories.iter().map(Vec::as_slice).chain([[].as_slice()]) {
            for (name, model) in [("champion", &loaded.champion), ("baseline", &loaded.popularity)]
            {
                model.score(history, &mut scores);
                if scores.iter().any(|score| !score.is_finite()) {
                    return Err(unfit(format!("its {name} gives scores that are no numbers")));
                }
            }
        }
        Ok(())
    }

    /// Lets a version and the one that serves answer the same shoppers. Nothing changes.
    pub fn compare(&self, version: &str) -> Result<Comparison, ServeError> {
        self.version(version)?;
        let (serving, candidate) = (self.engine()?, self.engine_of(version)?);
        let log = self.contacts()?;
        let shoppers = latest(&log, COMPARED);
        let mut lists = Vec::new();
        for engine in [&candidate, &serving] {
            let target = engine.loaded.bundle.target;
            let histories = histories(&log, engine, &shoppers)?;
            let of_one = |(history, user): (&Vec<(u32, f32)>, &u32)| -> Vec<String> {
                let own = own_contacts(&log, *user).iter();
                let hidden = own.filter(|c| c.returned_ms == i64::MAX && hides(target, c.kind));
                let hidden: BTreeSet<&str> =
                    hidden.map(|c| log.items[c.item as usize].as_str()).collect();
                let ids = &engine.loaded.bundle.items;
                let keep = |item: u32| !hidden.contains(ids[item as usize].as_str());
                let list = engine.loaded.champion.recommend(history, DEPTH, &keep);
                list.iter().map(|one| ids[one.item as usize].clone()).collect()
            };
            lists.push(histories.iter().zip(&shoppers).map(of_one).collect::<Vec<_>>());
        }
        let pairs = || lists[0].iter().zip(&lists[1]);
        let shared = |(a, b): (&Vec<String>, &Vec<String>)| {
            let longest = a.len().max(b.len()).max(1);
            a.iter().filter(|item| b.contains(item)).count() as f64 / longest as f64
        };
        let n = shoppers.len().max(1) as f64;
        Ok(Comparison {
            candidate: version.to_owned(),
            serving: serving.loaded.bundle.version.clone(),
            shoppers: shoppers.len(),
            overlap: pairs().map(shared).sum::<f64>() / n,
            same_first: pairs().filter(|(a, b)| a.first() == b.first()).count() as f64 / n,
            held_out: held_out(&log, &candidate, &serving)?,
        })
    }

    /// The file that keeps the trials of tuning.
    pub fn tuning_file(&self) -> std::path::PathBuf {
        self.lake.folder("tuning").join(format!("{}.jsonl", self.config.site))
    }

    fn no_version(&self, version: &str) -> ServeError {
        ServeError::NoVersion { site: self.config.site.clone(), version: version.to_owned() }
    }
}

/// The people who came last, the last first.
fn latest(log: &ContactLog, n: usize) -> Vec<u32> {
    let people = log.contacts.chunk_by(|a, b| a.user == b.user);
    let last = people.filter_map(|own| own.last()).map(|c| (c.time_ms, c.user));
    let mut last: Vec<(i64, u32)> = last.collect();
    last.sort_unstable_by(|a, b| b.cmp(a));
    last.into_iter().take(n).map(|(_, user)| user).collect()
}

fn own_contacts(log: &ContactLog, user: u32) -> &[feature::Contact] {
    let start = log.contacts.partition_point(|c| c.user < user);
    let end = log.contacts.partition_point(|c| c.user <= user);
    &log.contacts[start..end]
}

/// What people did, in the indices of a version's models.
fn histories(
    log: &ContactLog,
    engine: &Engine,
    users: &[u32],
) -> Result<Vec<Vec<(u32, f32)>>, ServeError> {
    let bundle = &engine.loaded.bundle;
    let as_of_ms = bundle.as_of_ms.max(log.end_ms());
    let all = log.histories(&log.known_at(as_of_ms, &bundle.weights))?;
    let places = places(log, engine);
    let of_one = |user: &u32| {
        let own = all.row(*user as usize).iter();
        own.filter_map(|(item, weight)| Some((places[*item as usize]?, *weight))).collect()
    };
    Ok(users.iter().map(of_one).collect())
}

/// Where each item of a log stands in a version's models.
fn places(log: &ContactLog, engine: &Engine) -> Vec<Option<u32>> {
    let catalogue = engine.recommend.catalogue();
    log.items.iter().map(|id| catalogue.index_of(id.as_str())).collect()
}

/// Both versions on what came after both were trained; none where too few shoppers came.
fn held_out(
    log: &ContactLog,
    candidate: &Engine,
    serving: &Engine,
) -> Result<Option<HeldOut>, ServeError> {
    let bundles = [&candidate.loaded.bundle, &serving.loaded.bundle];
    let cut_ms = bundles.iter().map(|bundle| bundle.as_of_ms).max().unwrap_or(0);
    let exam = Exam::new(log, cut_ms, log.end_ms(), serving.loaded.bundle.target);
    if exam.shoppers() < SHOPPERS_MIN {
        return Ok(None);
    }
    let judge = |engine: &Engine| {
        let model =
            Renumbered { model: engine.loaded.champion.as_ref(), places: places(log, engine) };
        exam.judge(&model, &engine.loaded.bundle.weights)
    };
    let (ours, theirs) = (judge(candidate)?, judge(serving)?);
    let by = Bootstrap::default();
    let interval = |e: &model::Evaluation| e.interval(Metric::Ndcg, DEPTH, &by);
    let difference = ours.difference(&theirs, Metric::Ndcg, DEPTH, &by);
    Ok(interval(&ours).zip(interval(&theirs)).zip(difference).map(
        |((candidate, serving), difference)| HeldOut {
            shoppers: exam.shoppers(),
            candidate,
            serving,
            difference,
        },
    ))
}

/// A model asked in the item numbers of a log; items it does not know score 0.
struct Renumbered<'a> {
    model: &'a dyn Recommender,
    /// The model's number of each of the log's items.
    places: Vec<Option<u32>>,
}

impl Recommender for Renumbered<'_> {
    fn name(&self) -> &'static str {
        self.model.name()
    }

    fn n_items(&self) -> usize {
        self.places.len()
    }

    fn score(&self, history: &[(u32, f32)], scores: &mut [f32]) {
        let place = |(item, weight): &(u32, f32)| {
            Some((self.places.get(*item as usize).copied().flatten()?, *weight))
        };
        let history: Vec<(u32, f32)> = history.iter().filter_map(place).collect();
        let mut own = vec![0.0; self.model.n_items()];
        self.model.score(&history, &mut own);
        for (score, place) in scores.iter_mut().zip(&self.places) {
            *score = place.map_or(0.0, |place| own[place as usize]);
        }
    }

    fn similar_items(&self, _: u32, _: usize) -> Vec<Scored> {
        Vec::new() // not asked here
    }

    fn explain(&self, _: &[(u32, f32)], _: u32) -> Explanation {
        Explanation::nothing() // not asked here
    }
}
