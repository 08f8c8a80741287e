//! Features of a shop's people and items: the whole table, and one person at once from live state.
//!
//! Both call `feature::behaviour::vector` on the same events, so both give the same numbers to the
//! bit. The live state keeps the histories of people asked about lately. Before a kept history is
//! used, the lake is asked whether the person has newer events; an acknowledged event is therefore
//! always in the answer.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use event::{TimeMs, UserKey};
use feature::behaviour::{self, History, ItemTally, KnownItems, PeopleTable, ShopFacts, Value};
use feature::kernel::{self, Kernel};
use lake::{Mark, Order, ScanOptions, Snapshot};
use rustc_hash::FxHashMap;

use crate::error::ServeError;
use crate::shop::Shop;

/// Events kept in memory over all people of a shop.
const KEPT_STEPS: usize = 1_000_000;
/// People kept in memory.
const KEPT_PEOPLE: usize = 20_000;

/// One person's features.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonFeatures {
    /// The moment: only events before it count.
    pub as_of: TimeMs,
    /// One value for each of `feature::behaviour::definitions`.
    pub values: Vec<Value>,
}

/// What one person's features are worked out from.
pub struct FeatureInput {
    /// The moment.
    pub as_of: TimeMs,
    /// The person's events.
    pub history: Arc<History>,
    /// What the shop says of the person's items.
    pub items: Arc<KnownItems>,
    /// The shop at that moment.
    pub facts: Arc<ShopFacts>,
}

impl FeatureInput {
    /// The features; none of somebody without an event before the moment.
    pub fn features(&self) -> Option<PersonFeatures> {
        let first = self.history.steps.first()?;
        (first.time_ms < self.as_of.0).then(|| PersonFeatures {
            as_of: self.as_of,
            values: behaviour::vector_of(&self.history, &self.items, self.as_of.0, &self.facts),
        })
    }
}

/// The live state of a shop.
#[derive(Default)]
pub(crate) struct Live(Mutex<State>);

#[derive(Default)]
struct State {
    shop: Option<Known>,
    people: FxHashMap<UserKey, Kept>,
    steps: usize,
    uses: u64,
}

/// What is known of the whole shop at a mark.
struct Known {
    mark: Mark,
    /// Time of the latest event; none in an empty shop.
    latest: Option<TimeMs>,
    facts: Option<Arc<ShopFacts>>,
}

/// A person's events up to a mark.
struct Kept {
    mark: Mark,
    history: Arc<History>,
    /// What these facts of the shop say of its items.
    items: Option<(Arc<ShopFacts>, Arc<KnownItems>)>,
    used: u64,
}

impl State {
    /// What the shop says of a person's items, kept with the person while the facts stay.
    fn known_items(
        &mut self,
        user: &UserKey,
        history: &Arc<History>,
        facts: &Arc<ShopFacts>,
    ) -> Arc<KnownItems> {
        let kept = self.people.get_mut(user).filter(|kept| Arc::ptr_eq(&kept.history, history));
        let known = kept.as_ref().and_then(|kept| kept.items.as_ref());
        if let Some((of, items)) = known
            && Arc::ptr_eq(of, facts)
        {
            return items.clone();
        }
        let items = Arc::new(KnownItems::of(history, facts));
        if let Some(kept) = kept {
            kept.items = Some((facts.clone(), items.clone()));
        }
        items
    }

    /// Forgets those not asked about for longest until there is room again.
    fn make_room(&mut self) {
        if self.steps <= KEPT_STEPS && self.people.len() <= KEPT_PEOPLE {
            return;
        }
        let mut uses: Vec<u64> = self.people.values().map(|kept| kept.used).collect();
        uses.sort_unstable();
        // Half of them at once, so that the next thousands come without a sweep. Somebody with
        // more events than all may have is not kept at all.
        let middle = uses[uses.len() / 2];
        self.people.retain(|_, kept| kept.used > middle);
        self.steps = self.people.values().map(|kept| kept.history.steps.len()).sum();
    }
}

impl Shop {
    /// One person's features as of a moment, or just after the shop's latest event. None when
    /// nothing of them is stored before it.
    pub fn features(
        &self,
        user: &UserKey,
        as_of: Option<TimeMs>,
    ) -> Result<Option<PersonFeatures>, ServeError> {
        Ok(self.feature_input(user, as_of)?.features())
    }

    /// What a person's features are worked out from, from live state where it is whole.
    pub fn feature_input(
        &self,
        user: &UserKey,
        as_of: Option<TimeMs>,
    ) -> Result<FeatureInput, ServeError> {
        let mut state = self.live.0.lock().unwrap_or_else(PoisonError::into_inner);
        let history = match self.current(&mut state, user)? {
            Some(history) => history,
            None => self.read_person(&mut state, user)?,
        };
        if state.shop.is_none() {
            let snapshot = self.lake.snapshot(&self.config.site)?;
            let (mark, latest) = (snapshot.mark()?, snapshot.last_event_time()?);
            state.shop = Some(Known { mark, latest, facts: None });
        }
        let latest = state.shop.as_ref().and_then(|shop| shop.latest);
        let asked = as_of;
        let as_of = asked.unwrap_or_else(|| just_after(latest));
        let kept = state.shop.as_ref().and_then(|shop| shop.facts.clone());
        let facts = match kept.filter(|facts| facts.hold_at(as_of.0)) {
            Some(facts) => facts,
            None => {
                let facts = Arc::new(self.facts(&self.lake.snapshot(&self.config.site)?, as_of)?);
                if let (None, Some(shop)) = (asked, &mut state.shop) {
                    shop.facts = Some(facts.clone());
                }
                facts
            }
        };
        let items = state.known_items(user, &history, &facts);
        Ok(FeatureInput { as_of, history, items, facts })
    }

    /// The kept history, when the lake has nothing newer of this person.
    fn current(
        &self,
        state: &mut State,
        user: &UserKey,
    ) -> Result<Option<Arc<History>>, ServeError> {
        state.uses += 1;
        let Some(shop) = &mut state.shop else { return Ok(None) };
        let kept = state.people.get_mut(user);
        let user_mark = kept.as_ref().map_or(shop.mark, |kept| kept.mark);
        let news = self.lake.news(&self.config.site, shop.mark, user, user_mark)?;
        match news.site {
            Some(site) => {
                shop.mark = news.mark;
                shop.latest = shop.latest.max(site.latest);
                shop.facts = shop.facts.take().filter(|_| !site.of_catalogue);
            }
            None => state.shop = None,
        }
        match kept {
            Some(kept) if news.of_user == Some(false) => {
                (kept.mark, kept.used) = (news.mark, state.uses);
                Ok(Some(kept.history.clone()))
            }
            _ => Ok(None),
        }
    }

    /// Reads a person from the lake and keeps them.
    fn read_person(&self, state: &mut State, user: &UserKey) -> Result<Arc<History>, ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        let mark = snapshot.mark()?;
        let mut history = History::default();
        let options = ScanOptions::columns(&behaviour::reads());
        for batch in snapshot.user_columns(user, &options)? {
            history.extend(&batch, 0..batch.num_rows())?;
        }
        let history = Arc::new(history);
        let kept = Kept { mark, history: history.clone(), items: None, used: state.uses };
        state.steps += history.steps.len();
        if let Some(old) = state.people.insert(user.clone(), kept) {
            state.steps -= old.history.steps.len();
        }
        state.make_room();
        Ok(history)
    }

    /// What the shop itself was at a moment.
    fn facts(&self, snapshot: &Snapshot, as_of: TimeMs) -> Result<ShopFacts, ServeError> {
        let options = ScanOptions::columns(&behaviour::reads());
        let catalogue = snapshot.user_columns(&UserKey::stored(""), &options)?;
        let batches = catalogue.into_iter().map(Ok);
        ShopFacts::read(batches, as_of.0, self.config.currency, self.zone.clone())
    }

    /// The moment just after the shop's latest event.
    pub fn latest_moment(&self) -> Result<TimeMs, ServeError> {
        Ok(just_after(self.lake.snapshot(&self.config.site)?.last_event_time()?))
    }

    /// The features of all people with an event before a moment, in batches by person.
    pub fn people_features(
        &self,
        as_of: TimeMs,
        each: impl FnMut(RecordBatch) -> Result<(), ServeError>,
    ) -> Result<(), ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        let facts = Arc::new(self.facts(&snapshot, as_of)?);
        let table = PeopleTable { as_of_ms: as_of.0, facts };
        let options = ScanOptions::columns(&table.reads());
        let scan = snapshot.scan(Order::User, &options)?;
        kernel::map(scan.map(|batch| batch.map_err(ServeError::from)), &table, each)
    }

    /// The features of all items as of a moment, by id.
    pub fn item_features(&self, as_of: TimeMs) -> Result<RecordBatch, ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        let facts = self.facts(&snapshot, as_of)?;
        let tally = ItemTally { as_of_ms: as_of.0, currency: self.config.currency };
        let options = ScanOptions::columns(&tally.reads());
        let scan = snapshot.scan(Order::User, &options)?;
        let counted = kernel::fold(scan.map(|batch| batch.map_err(ServeError::from)), &tally)?;
        let catalogue = snapshot.user_columns(&UserKey::stored(""), &options)?;
        behaviour::item_table(&counted, catalogue.into_iter().map(Ok), as_of.0, &facts)
    }
}

/// The first millisecond after an event; the beginning of time in an empty shop.
fn just_after(latest: Option<TimeMs>) -> TimeMs {
    TimeMs(latest.map_or(0, |latest| latest.0.saturating_add(1)))
}
