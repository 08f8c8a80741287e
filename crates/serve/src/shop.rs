//! One shop of an open lake: its figures, its people, its items, its recommendations.
//!
//! The command line and the HTTP service both ask here, so both give the same answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use decide::recommend::{
    Catalogue, CatalogueEntry, HistoryItem, Models, OwnedRule, Recommend, RecommendRequest, Subject,
};
use decide::{Choice, DecideError, Decision, ModelRef, Record};
use event::{Currency, ItemId, SiteId, TimeMs, UserKey, columns};
use feature::overview::{self, BuyerSummary, Overview, OverviewPlan};
use feature::profile::Profile;
use feature::{Contact, ContactKind, ContactLog, ItemFacts};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lake::{DecisionRow, ItemRow, Lake, ModelRow, Order, ScanOptions, SiteConfig};
use rustc_hash::FxHashMap;

use crate::analytics::Recent;
use crate::bundle::{self, Bundle, Loaded};
use crate::error::ServeError;
use crate::exam;
use crate::features::Live;
use crate::reviews::Shelf;
use crate::training::{self, TrainPlan, TrainReport, TrainStep};

/// The name under which a shop's bundle stands in the model registry.
pub(crate) const MODEL: &str = "recommend";

/// What a recommendation is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// For whom, or beside what.
    pub subject: Subject,
    /// How many items.
    pub n: usize,
    /// Where the slate is shown.
    pub surface: String,
    /// Items not to show.
    pub exclude: Vec<String>,
    /// What to do with items the person holds.
    pub owned_rule: OwnedRule,
}

/// A stored decision made again.
pub struct Replayed<R = Record> {
    /// What was stored.
    pub stored: serde_json::Value,
    /// What comes out now.
    pub record: R,
    /// Whether the two are equal.
    pub same: bool,
}

/// The shops of a lake.
#[derive(Clone)]
pub struct Shops {
    lake: Lake,
    shops: Arc<RwLock<BTreeMap<SiteId, Arc<Shop>>>>,
}

impl Shops {
    /// Opens every shop of a lake.
    pub fn open(lake: Lake) -> Result<Self, ServeError> {
        let mut shops = BTreeMap::new();
        for config in lake.sites()? {
            shops.insert(config.site.clone(), Arc::new(Shop::of(lake.clone(), config)?));
        }
        Ok(Self { lake, shops: Arc::new(RwLock::new(shops)) })
    }

    /// One shop.
    pub fn shop(&self, site: &SiteId) -> Option<Arc<Shop>> {
        self.shops.read().unwrap_or_else(PoisonError::into_inner).get(site).cloned()
    }

    /// The lake below.
    pub fn lake(&self) -> &Lake {
        &self.lake
    }
}

/// One shop.
pub struct Shop {
    pub(crate) lake: Lake,
    pub(crate) config: SiteConfig,
    pub(crate) zone: TimeZone,
    /// What features are answered from.
    pub(crate) live: Live,
    /// What its reviews say.
    pub(crate) shelf: Shelf,
    engine: RwLock<Option<Arc<Engine>>>,
    /// The version that could not be used, and of which catalogue, so that it is told once.
    refused: Mutex<Option<(String, i64)>>,
    /// The whole time, and the last range asked for.
    overviews: Mutex<[Option<CachedOverview>; 2]>,
    /// What was asked about behaviour last.
    pub(crate) answers: Mutex<Recent>,
    next_decision: AtomicU64,
}

/// The loaded models of one version.
pub(crate) struct Engine {
    version: String,
    /// Version of the catalogue it was joined with.
    items_version: i64,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) recommend: Recommend,
}

struct CachedOverview {
    events: u64,
    range: (Option<Date>, Option<Date>),
    overview: Arc<Overview>,
}

impl Shop {
    /// A shop of a lake.
    pub fn open(lake: &Lake, site: &SiteId) -> Result<Self, ServeError> {
        Self::of(lake.clone(), lake.site(site)?)
    }

    fn of(lake: Lake, config: SiteConfig) -> Result<Self, ServeError> {
        let zone = overview::zone(&config.time_zone)?;
        let mut start = [0_u8; 8];
        // Only spreads ids of decisions made in the same millisecond; any value will do.
        let _ = getrandom::fill(&mut start);
        Ok(Self {
            lake,
            config,
            zone,
            live: Live::default(),
            shelf: Shelf::default(),
            engine: RwLock::default(),
            refused: Mutex::default(),
            overviews: Mutex::default(),
            answers: Mutex::default(),
            next_decision: AtomicU64::new(u64::from_le_bytes(start)),
        })
    }

    /// Name, currency and zone.
    pub fn config(&self) -> &SiteConfig {
        &self.config
    }

    /// The shop's zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// A moment as RFC 3339 in the shop's zone.
    pub fn local_time(&self, time: TimeMs) -> String {
        let Ok(moment) = jiff::Timestamp::from_millisecond(time.0) else { return String::new() };
        let offset_s = self.zone.to_offset(moment).seconds();
        time.to_rfc3339(i16::try_from(offset_s / 60).unwrap_or(0))
    }

    /// The shop's figures in a range of days, kept until an event arrives.
    pub fn overview(
        &self,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Arc<Overview>, ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        let events = snapshot.event_count()?;
        let range = (from, to);
        let slot = usize::from(range != (None, None));
        let mut overviews = self.overviews.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = &overviews[slot]
            && cached.events == events
            && cached.range == range
        {
            return Ok(cached.overview.clone());
        }
        let start = |date: Option<Date>, otherwise: i64| {
            date.and_then(|date| overview::day_start_ms(date, &self.zone)).unwrap_or(otherwise)
        };
        let plan = OverviewPlan {
            currency: self.config.currency,
            zone: self.zone.clone(),
            from_ms: start(from, i64::MIN),
            to_ms: start(to, i64::MAX),
        };
        let scan = snapshot.scan(Order::User, &ScanOptions::columns(&columns::NAMES))?;
        let batches = scan.map(|batch| batch.map_err(ServeError::from));
        let overview = Arc::new(Overview::read(batches, &plan)?);
        overviews[slot] = Some(CachedOverview { events, range, overview: overview.clone() });
        Ok(overview)
    }

    /// Number of events and the time of the last one.
    pub fn freshness(&self) -> Result<(u64, Option<TimeMs>), ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        Ok((snapshot.event_count()?, snapshot.last_event_time()?))
    }

    /// One person's history.
    pub fn profile(&self, user: &UserKey) -> Result<Profile, ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        Ok(Profile::read(&snapshot.user(user)?, self.config.currency)?)
    }

    /// One item of the catalogue.
    pub fn item(&self, item_id: &str) -> Result<Option<ItemRow>, ServeError> {
        match ItemId::new(item_id) {
            Ok(id) => Ok(self.lake.item(&self.config.site, &id)?),
            Err(_) => Ok(None),
        }
    }

    /// Known people whose id starts with the query, most orders first.
    pub fn search_users(&self, query: &str, limit: usize) -> Result<Vec<BuyerSummary>, ServeError> {
        let overview = self.overview(None, None)?;
        let found = overview.buyers.iter().filter(|b| b.user_id.as_str().starts_with(query));
        Ok(found.take(limit).cloned().collect())
    }

    /// Products whose id starts with the query or whose title holds all its words, most met first.
    pub fn search_items(
        &self,
        query: &str,
        limit: usize,
    ) -> Result<Vec<(ItemRow, u64)>, ServeError> {
        let overview = self.overview(None, None)?;
        let people: FxHashMap<&str, u64> =
            overview.item_people.iter().map(|(id, n)| (id.as_str(), *n)).collect();
        let query = query.trim().to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        let fits = |item: &ItemRow| {
            let title = item.title.as_deref().unwrap_or_default().to_lowercase();
            item.item_id.to_lowercase().starts_with(&query)
                || words.iter().all(|word| title.contains(word))
        };
        let mut found: Vec<(ItemRow, u64)> = self
            .lake
            .items(&self.config.site)?
            .into_iter()
            .filter(|item| item.kind.is_product() && fits(item))
            .map(|item| {
                let met = people.get(item.item_id.as_str()).copied().unwrap_or(0);
                (item, met)
            })
            .collect();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.item_id.cmp(&b.0.item_id)));
        found.truncate(limit);
        Ok(found)
    }

    /// Trains the shop's models, stores them and, once they pass the checks, makes them the ones
    /// that serve.
    pub fn train(
        &self,
        plan: &TrainPlan,
        now: TimeMs,
        progress: &mut dyn FnMut(TrainStep),
    ) -> Result<TrainReport, ServeError> {
        let mut log = self.contacts_and_catalogue()?;
        if let Some(vectors) = &plan.vectors {
            log = log.with_vectors(vectors)?;
        }
        let trained = training::train(log, plan, progress)?;
        let (bundle, place) = bundle::save(&self.model_root(), &trained, now)?;
        let manifest = serde_json::json!({
            "champion": bundle.champion,
            "models": bundle.models,
            "from_ms": bundle.from_ms,
            "as_of_ms": bundle.as_of_ms,
            "contacts": bundle.interactions,
            "users": trained.report.users,
            "items": bundle.items.len(),
            "code_version": bundle.code_version,
            "seed": bundle.seed,
        });
        let row = ModelRow {
            name: MODEL.to_owned(),
            version: bundle.version.clone(),
            path: place.to_string_lossy().into_owned(),
            manifest: manifest.to_string(),
            metrics: bundle.report.to_string(),
            created: now,
            current: false,
        };
        self.lake.register_model(&self.config.site, row)?;
        self.check(&bundle.version, &trained.log)?;
        self.lake.promote_model(&self.config.site, MODEL, &bundle.version)?;
        Ok(trained.report)
    }

    /// Every contact of the shop.
    pub fn contacts(&self) -> Result<ContactLog, ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        // Beside the columns, what was done to a cart stands in `data`.
        let mut names = columns::NAMES.to_vec();
        names.push("data");
        let scan = snapshot.scan(Order::User, &ScanOptions::columns(&names))?;
        ContactLog::read(scan.map(|batch| batch.map_err(ServeError::from)))
    }

    /// Every contact of the shop with its catalogue: products that nobody met yet are among the
    /// items, and what is known of each is there to be learnt from.
    pub fn contacts_and_catalogue(&self) -> Result<ContactLog, ServeError> {
        let products = self.lake.items(&self.config.site)?.into_iter();
        let products = products.filter(|row| row.kind.is_product());
        let catalogue =
            products.filter_map(|row| Some((ItemId::new(&row.item_id).ok()?, facts(row))));
        Ok(self.contacts()?.with_catalogue(&catalogue.collect())?)
    }

    /// Decides a recommendation and keeps the record without waiting for the disk.
    pub fn recommend(&self, ask: &Ask, now: TimeMs) -> Result<Record, ServeError> {
        let record = self.decide(ask, now)?;
        let row = self.row(&record, ask, now)?;
        self.lake.put_decision_then(&self.config.site, row, |kept| {
            if let Err(error) = kept {
                tracing::error!(%error, "a decision could not be kept");
            }
        });
        Ok(record)
    }

    /// Decides a recommendation and returns once its record is on disk.
    pub fn recommend_and_keep(&self, ask: &Ask, now: TimeMs) -> Result<Record, ServeError> {
        let record = self.decide(ask, now)?;
        self.lake.put_decision(&self.config.site, self.row(&record, ask, now)?)?;
        Ok(record)
    }

    /// Makes a stored decision again; none when there is no such decision.
    pub fn replay(&self, decision_id: &str) -> Result<Option<Replayed>, ServeError> {
        let Some(row) = self.lake.decision(&self.config.site, decision_id)? else {
            return Ok(None);
        };
        let bad = |e: serde_json::Error| unreadable(decision_id, &e);
        let stored: serde_json::Value = serde_json::from_str(&row.record).map_err(bad)?;
        let version = stored.pointer("/model/version").and_then(|v| v.as_str()).unwrap_or_default();
        let engine = self.engine_of(version)?;
        let record = engine.recommend.replay(&stored)?;
        let text = serde_json::to_string(&record).map_err(bad)?;
        let same = text == row.record;
        Ok(Some(Replayed { stored, record, same }))
    }

    /// What goes with an item; none when the models do not know it.
    pub fn similar(&self, item_id: &str, n: usize) -> Result<Option<Vec<Choice>>, ServeError> {
        let engine = self.engine()?;
        if engine.recommend.catalogue().index_of(item_id).is_none() {
            return Ok(None);
        }
        let request = RecommendRequest {
            subject: Subject::Item(item_id.to_owned()),
            surface: "similar".to_owned(),
            n,
            exclude: Vec::new(),
            owned_rule: OwnedRule::Exclude,
            owned: Vec::new(),
            seen: Vec::new(),
            history: Vec::new(),
        };
        Ok(Some(engine.recommend.decide("", "", &request).items))
    }

    fn decide(&self, ask: &Ask, now: TimeMs) -> Result<Record, ServeError> {
        let engine = self.engine()?;
        let request = self.request(&engine, ask)?;
        Ok(engine.recommend.decide(&self.decision_id(now), &self.local_time(now), &request))
    }

    /// A name for a decision made now.
    pub(crate) fn decision_id(&self, now: TimeMs) -> String {
        let number = self.next_decision.fetch_add(1, Ordering::Relaxed) & 0xf_ffff;
        format!("d-{:011x}{number:05x}", now.0)
    }

    fn row(&self, record: &Record, ask: &Ask, now: TimeMs) -> Result<DecisionRow, ServeError> {
        let id = record.decision_id.clone();
        let text = serde_json::to_string(record).map_err(|e| unreadable(&id, &e))?;
        let subject = match &ask.subject {
            Subject::UserId(id) => format!("u:{id}"),
            Subject::AnonId(id) => format!("a:{id}"),
            Subject::Item(id) => format!("i:{id}"),
        };
        Ok(DecisionRow { id, kind: "recommend".to_owned(), subject, made_at: now, record: text })
    }

    /// Completes a request with what is known about the person at this moment.
    fn request(&self, engine: &Engine, ask: &Ask) -> Result<RecommendRequest, ServeError> {
        let key = match &ask.subject {
            Subject::UserId(id) => Some(UserKey::user(id)),
            Subject::AnonId(id) => Some(UserKey::anon(id)),
            Subject::Item(_) => None,
        };
        let log = match key {
            None => ContactLog::default(),
            Some(key) => {
                let snapshot = self.lake.snapshot(&self.config.site)?;
                let batches = snapshot.user(&key)?;
                ContactLog::read(batches.into_iter().map(Ok::<_, ServeError>))?
            }
        };
        let kept = || log.contacts.iter().filter(|c| c.returned_ms == i64::MAX);
        let bought = |c: &&Contact| c.kind == ContactKind::Purchase;
        let target = engine.loaded.bundle.target;
        let seen = |c: &&Contact| !bought(c) && exam::hides(target, c.kind);
        Ok(RecommendRequest {
            subject: ask.subject.clone(),
            surface: ask.surface.clone(),
            n: ask.n,
            exclude: ask.exclude.clone(),
            owned_rule: ask.owned_rule,
            owned: ids(&log, kept().filter(bought)),
            seen: ids(&log, kept().filter(seen)),
            history: history(&log, &engine.loaded.bundle)?,
        })
    }

    pub(crate) fn model_root(&self) -> PathBuf {
        self.lake.folder("models").join(self.config.site.as_str())
    }

    /// The current models, loaded once per version and joined anew when the catalogue changed.
    /// Where they cannot be used, those that served before them go on.
    pub(crate) fn engine(&self) -> Result<Arc<Engine>, ServeError> {
        let no_model = || ServeError::NoModel { site: self.config.site.clone() };
        let current = self.lake.current_model(&self.config.site, MODEL)?.ok_or_else(no_model)?;
        let engine = self.engine_or_earlier(&current.version)?;
        let mut held = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        if !held.as_ref().is_some_and(|held| Arc::ptr_eq(held, &engine)) {
            *held = Some(engine.clone());
        }
        Ok(engine)
    }

    fn engine_or_earlier(&self, version: &str) -> Result<Arc<Engine>, ServeError> {
        let items_version = self.lake.items_version(&self.config.site)?;
        let this = (version.to_owned(), items_version);
        let refused = || self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let is_refused = refused().as_ref() == Some(&this);
        let held = self.engine.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(held) = held.as_ref().filter(|_| is_refused) {
            return self.engine_of(&held.version);
        }
        let error = match self.engine_of(version) {
            Ok(engine) => return Ok(engine),
            Err(error @ (ServeError::Lake(_) | ServeError::Feature(_))) => return Err(error),
            Err(error) => error,
        };
        let served = self.lake.model_promotions(&self.config.site, MODEL)?.into_iter().rev();
        let held = held.map(|held| held.version.clone());
        let mut earlier = held.into_iter().chain(served.map(|(earlier, _)| earlier));
        let engine = earlier.find_map(|e| (e != version).then(|| self.engine_of(&e).ok())?);
        let Some(engine) = engine else { return Err(error) };
        tracing::error!(%error, serving = engine.version, "an earlier model goes on serving");
        *refused() = Some(this);
        Ok(engine)
    }

    /// The models of a version, current or not, with the catalogue as it is now.
    pub(crate) fn engine_of(&self, version: &str) -> Result<Arc<Engine>, ServeError> {
        let items_version = self.lake.items_version(&self.config.site)?;
        let held = self.engine.read().unwrap_or_else(PoisonError::into_inner).clone();
        let loaded = match held.filter(|held| held.version == version) {
            Some(held) if held.items_version == items_version => return Ok(held),
            Some(held) => held.loaded.clone(),
            None => Arc::new(bundle::load(&self.model_root().join(version))?),
        };
        Ok(Arc::new(self.join(version, items_version, loaded)?))
    }

    /// The models of a version as they lie on disk now, whatever is held in memory.
    pub(crate) fn engine_on_disk(&self, version: &str) -> Result<Engine, ServeError> {
        let items_version = self.lake.items_version(&self.config.site)?;
        let loaded = Arc::new(bundle::load(&self.model_root().join(version))?);
        self.join(version, items_version, loaded)
    }

    /// Joins models with the catalogue.
    fn join(
        &self,
        version: &str,
        items_version: i64,
        loaded: Arc<Loaded>,
    ) -> Result<Engine, ServeError> {
        let bundle = &loaded.bundle;
        let model = ModelRef {
            name: loaded.champion.name().to_owned(),
            version: bundle.version.clone(),
            trained_at: self.local_time(TimeMs(bundle.trained_at_ms)),
        };
        let models = Models {
            champion: loaded.champion.clone(),
            neighbours: loaded.neighbours.clone(),
            popularity: loaded.popularity.clone(),
        };
        let recommend = Recommend::new(
            self.config.site.clone(),
            self.config.currency,
            model,
            models,
            self.catalogue(bundle)?,
            bundle.responses.clone(),
            bundle.interactions,
        )?;
        Ok(Engine { version: version.to_owned(), items_version, loaded, recommend })
    }

    fn catalogue(&self, bundle: &Bundle) -> Result<Catalogue, ServeError> {
        let rows = self.lake.items(&self.config.site)?;
        let rows: FxHashMap<&str, &ItemRow> =
            rows.iter().map(|row| (row.item_id.as_str(), row)).collect();
        let mut entries = Vec::with_capacity(bundle.items.len());
        for (id, people) in bundle.items.iter().zip(&bundle.people) {
            let row = rows.get(id.as_str());
            let item_id = ItemId::new(id).map_err(|e| ServeError::Bundle {
                path: self.model_root().join(&bundle.version),
                reason: format!("item id `{id}`: {e}"),
            })?;
            entries.push(CatalogueEntry {
                item_id,
                title: row.and_then(|row| row.title.clone()),
                price_minor: row.and_then(|row| row.price_minor),
                currency: row.and_then(|row| row.currency.as_deref()).and_then(Currency::new),
                is_product: row.is_none_or(|row| row.kind.is_product()),
                in_stock: row.and_then(|row| row.in_stock) != Some(false),
                people: *people,
            });
        }
        Ok(Catalogue::new(entries))
    }
}

/// What the catalogue says of an item. Numbers among its attributes are amounts, not names, and
/// are left out.
fn facts(row: ItemRow) -> ItemFacts {
    let text = |(name, value): (String, serde_json::Value)| match value {
        serde_json::Value::String(text) => Some((name, text)),
        serde_json::Value::Bool(is) => Some((name, is.to_string())),
        _ => None,
    };
    ItemFacts {
        title: row.title,
        category: row.category,
        price_minor: row.price_minor,
        attrs: row.attrs.into_iter().filter_map(text).collect(),
    }
}

pub(crate) fn unreadable(id: &str, error: &serde_json::Error) -> ServeError {
    DecideError::NotReplayable { id: id.to_owned(), reason: error.to_string() }.into()
}

/// The items of contacts, each once, in order.
fn ids<'a>(log: &ContactLog, contacts: impl Iterator<Item = &'a Contact>) -> Vec<String> {
    let items: BTreeSet<u32> = contacts.map(|c| c.item).collect();
    items.into_iter().map(|item| log.items[item as usize].to_string()).collect()
}

/// What a person did, weighted as the champion was taught: the row that the training matrix would
/// have for them.
fn history(log: &ContactLog, bundle: &Bundle) -> Result<Vec<HistoryItem>, ServeError> {
    // Relative to the data, not to the wall clock: a shop that pauses does not forget.
    let as_of_ms = bundle.as_of_ms.max(log.end_ms());
    let known = log.histories(&log.known_at(as_of_ms, &bundle.weights))?;
    if known.n_rows() == 0 {
        return Ok(Vec::new());
    }
    let worth = |kind: &ContactKind| bundle.weights.of(*kind);
    let mut kinds: FxHashMap<u32, ContactKind> = FxHashMap::default();
    for contact in log.contacts.iter().filter(|c| c.returned_ms == i64::MAX) {
        let kind = kinds.entry(contact.item).or_insert(contact.kind);
        if worth(&contact.kind) > worth(kind) {
            *kind = contact.kind;
        }
    }
    let one = |(item, weight): (u32, f32)| HistoryItem {
        item_id: log.items[item as usize].to_string(),
        weight,
        kind: kinds.get(&item).copied().unwrap_or(ContactKind::View),
    };
    Ok(known.row(0).iter().copied().map(one).collect())
}
