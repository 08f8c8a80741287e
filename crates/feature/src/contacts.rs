//! Contacts: who met which item when, read from events, as of any moment.
//!
//! A pure kernel over user-ordered batches: it keeps one person's open orders at a time, so its
//! memory is the output plus one person. Returned goods stop counting from the moment of the
//! return and not before, so that a training set cut in the past does not know the future. A
//! return takes units off the order it names, then off the latest others; what was never bought
//! cannot go back.
//!
//! Weight of a contact as of `t`: `w(type) · 2^(−(t − time) / half-life)`; contacts of one person
//! with one item add up. Confidence `1 + α·w` is the model's part (Hu, Koren and Volinsky 2008).

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringArray};
use event::columns::{ColumnError, EventColumns};
use event::{ItemId, UserKey};
use rustc_hash::FxHashMap;

use crate::error::FeatureError;
use crate::item_attributes::{ItemAttributes, ItemFacts};
use crate::sequences::Sequences;
use crate::sparse::Csr;
use crate::split::{Interaction, to_matrix};

/// How a contact came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContactKind {
    /// A product page was seen.
    View,
    /// The item was clicked in a list.
    Click,
    /// It was put into a cart.
    Cart,
    /// It was bought.
    Purchase,
    /// It was reviewed with more than half of the stars.
    Review,
}

/// How much each kind of contact says about taste, and how fast that fades.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ContactWeights {
    /// A view; 0 to 1.
    pub view: f32,
    /// A click; 0 to 1.
    pub click: f32,
    /// A cart addition; 0 to 1.
    pub cart: f32,
    /// A purchase; the unit of the scale.
    pub purchase: f32,
    /// A good review; 0 to 1.
    pub review: f32,
    /// Days after which a contact counts half; none means it never fades.
    pub half_life_days: Option<f32>,
}

impl Default for ContactWeights {
    fn default() -> Self {
        Self { view: 0.2, click: 0.2, cart: 0.5, purchase: 1.0, review: 0.5, half_life_days: None }
    }
}

impl ContactWeights {
    /// The weight of a kind before it fades.
    pub fn of(&self, kind: ContactKind) -> f32 {
        match kind {
            ContactKind::View => self.view,
            ContactKind::Click => self.click,
            ContactKind::Cart => self.cart,
            ContactKind::Purchase => self.purchase,
            ContactKind::Review => self.review,
        }
    }

    /// Makes every kind but one worth nothing.
    pub fn only(&mut self, kind: ContactKind) {
        let kept = self.of(kind);
        (self.view, self.click, self.cart, self.purchase, self.review) = (0.0, 0.0, 0.0, 0.0, 0.0);
        *match kind {
            ContactKind::View => &mut self.view,
            ContactKind::Click => &mut self.click,
            ContactKind::Cart => &mut self.cart,
            ContactKind::Purchase => &mut self.purchase,
            ContactKind::Review => &mut self.review,
        } = kept;
    }

    /// The weight of a contact made at `time_ms` as of `as_of_ms`.
    pub fn faded(&self, kind: ContactKind, time_ms: i64, as_of_ms: i64) -> f32 {
        let weight = self.of(kind);
        match self.half_life_days {
            Some(days) if days > 0.0 => {
                let age_days = as_of_ms.saturating_sub(time_ms).max(0) as f32 / DAY_MS;
                weight * (-age_days / days).exp2()
            }
            _ => weight,
        }
    }
}

const DAY_MS: f32 = 86_400_000.0;
/// A contact that was never taken back.
const NEVER: i64 = i64::MAX;

/// One person's contact with one item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contact {
    /// Index into [`ContactLog::users`].
    pub user: u32,
    /// Index into [`ContactLog::items`].
    pub item: u32,
    /// When.
    pub time_ms: i64,
    /// How.
    pub kind: ContactKind,
    /// When the goods went back; `i64::MAX` when they did not.
    pub returned_ms: i64,
}

/// All contacts of a site with the people and items they join.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ContactLog {
    /// People in ascending order of their key.
    pub users: Vec<UserKey>,
    /// Items in ascending order of their id.
    pub items: Vec<ItemId>,
    /// Contacts by person, then time.
    pub contacts: Vec<Contact>,
    /// What the catalogue says of the items, where it was read.
    pub attributes: Option<Arc<ItemAttributes>>,
    /// When the catalogue first named each item, where its events say so.
    pub listed_ms: BTreeMap<ItemId, i64>,
}

impl ContactLog {
    /// Reads user-ordered batches of [`event::schema`].
    pub fn read<E: From<FeatureError>>(
        batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
    ) -> Result<Self, E> {
        let mut reader = Reader::default();
        for batch in batches {
            reader.batch(&batch?)?;
        }
        Ok(reader.finish())
    }

    /// The log with a catalogue: items that nobody met yet are added to it, and what is known of
    /// each is kept.
    pub fn with_catalogue(
        mut self,
        catalogue: &BTreeMap<ItemId, ItemFacts>,
    ) -> Result<Self, FeatureError> {
        let before = std::mem::take(&mut self.items);
        self.items = before.iter().chain(catalogue.keys()).cloned().collect();
        self.items.sort_unstable();
        self.items.dedup();
        // Both lists ascend, so each old item is found by moving on.
        let mut at = 0;
        let place = |item: &ItemId| {
            at += self.items[at..].partition_point(|new| new < item);
            at as u32
        };
        let moved: Vec<u32> = before.iter().map(place).collect();
        self.contacts.iter_mut().for_each(|one| one.item = moved[one.item as usize]);
        let unknown = ItemFacts::default();
        let facts = self.items.iter().map(|item| catalogue.get(item).unwrap_or(&unknown));
        self.attributes = Some(Arc::new(ItemAttributes::of(facts)?));
        Ok(self)
    }

    /// The log with a vector for each item that `vectors` names; the rest stay without. Items that
    /// the log does not know are passed over.
    ///
    /// # Errors
    /// When the vectors are not all of one length, or hold what is no number.
    pub fn with_vectors(
        mut self,
        vectors: &BTreeMap<ItemId, Vec<f32>>,
    ) -> Result<Self, FeatureError> {
        let k = vectors.values().next().map_or(0, Vec::len);
        if let Some(row) = vectors.values().position(|vector| vector.len() != k) {
            return Err(FeatureError::Malformed { row, reason: "vectors differ in length" });
        }
        let mut values = Vec::with_capacity(self.items.len() * k);
        for item in &self.items {
            match vectors.get(item) {
                Some(vector) => values.extend_from_slice(vector),
                None => values.resize(values.len() + k, 0.0),
            }
        }
        let known = match self.attributes.take() {
            Some(attributes) => Arc::unwrap_or_clone(attributes),
            None => ItemAttributes::of(&vec![ItemFacts::default(); self.items.len()])?,
        };
        self.attributes = Some(Arc::new(known.with_embeddings(k, values)?));
        Ok(self)
    }

    /// [`Self::attributes`] without those of items that neither the catalogue nor a contact had
    /// named before `as_of_ms`: nobody could have recommended them then.
    pub fn attributes_at(&self, as_of_ms: i64) -> Result<Option<ItemAttributes>, FeatureError> {
        let Some(attributes) = &self.attributes else { return Ok(None) };
        let listed = |item: &ItemId| self.listed_ms.get(item).copied().unwrap_or(i64::MAX);
        let mut since: Vec<i64> = self.items.iter().map(listed).collect();
        for contact in &self.contacts {
            let since = &mut since[contact.item as usize];
            *since = (*since).min(contact.time_ms);
        }
        Ok(Some(attributes.of_items(&|item| since[item] < as_of_ms)?))
    }

    /// What was known at `as_of_ms`: contacts strictly before it that had not been returned by
    /// then, weighted.
    pub fn known_at(&self, as_of_ms: i64, weights: &ContactWeights) -> Vec<Interaction> {
        let known = |c: &&Contact| c.time_ms < as_of_ms && c.returned_ms >= as_of_ms;
        let weigh = |c: &Contact| Interaction {
            user: c.user,
            item: c.item,
            time_ms: c.time_ms,
            weight: weights.faded(c.kind, c.time_ms, as_of_ms),
        };
        self.contacts.iter().filter(known).map(weigh).filter(|one| one.weight > 0.0).collect()
    }

    /// What came at or after `from_ms` and before `to_ms` and was kept: what a model is judged on.
    pub fn kept_between(&self, from_ms: i64, to_ms: i64, kind: ContactKind) -> Vec<Interaction> {
        let within = |c: &&Contact| {
            (from_ms..to_ms).contains(&c.time_ms) && c.returned_ms == NEVER && c.kind == kind
        };
        let weigh = |c: &Contact| Interaction {
            user: c.user,
            item: c.item,
            time_ms: c.time_ms,
            weight: 1.0,
        };
        self.contacts.iter().filter(within).map(weigh).collect()
    }

    /// The users × items matrix of interactions of this log.
    pub fn matrix(&self, interactions: &[Interaction]) -> Result<Csr, FeatureError> {
        to_matrix(interactions, self.users.len(), self.items.len())
    }

    /// Interactions of this log as histories: each item once, where it was met last, with the sum
    /// of its weights. What a model learns from and what it is asked about have this one form.
    pub fn histories(&self, interactions: &[Interaction]) -> Result<Sequences, FeatureError> {
        let all = Sequences::from_interactions(interactions, self.users.len(), self.items.len())?;
        Ok(all.distinct())
    }

    /// First and last contact, none when there is no contact.
    pub fn span_ms(&self) -> Option<(i64, i64)> {
        let times = || self.contacts.iter().map(|c| c.time_ms);
        Some((times().min()?, times().max()?))
    }

    /// First moment after everything the log knows, returns included; 0 without contacts.
    pub fn end_ms(&self) -> i64 {
        let returned = |c: &Contact| if c.returned_ms == NEVER { c.time_ms } else { c.returned_ms };
        let last = self.contacts.iter().map(|c| c.time_ms.max(returned(c))).max();
        last.map_or(0, |last| last.saturating_add(1))
    }
}

/// Goods of one order line that the person at hand still holds.
struct Held {
    item: u32,
    left: i64,
    order: Option<String>,
    /// Index of the contact.
    at: usize,
}

/// Reading state: the person at hand and what they hold.
#[derive(Default)]
struct Reader {
    log: ContactLog,
    item_index: FxHashMap<String, u32>,
    person: Option<String>,
    /// Goods held by the person at hand.
    held: Vec<Held>,
}

impl Reader {
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), FeatureError> {
        let columns = &EventColumns::of(batch)?;
        let data = batch.column_by_name("data").and_then(|c| c.as_string_opt::<i32>());
        let data = data.ok_or(ColumnError("data"))?;
        for row in 0..columns.user_key.len() {
            let key = columns.user_key.value(row);
            if key.is_empty() {
                // Catalogue events belong to nobody.
                self.listing(columns, row);
                continue;
            }
            if self.person.as_deref() != Some(key) {
                self.person = Some(key.to_owned());
                self.held.clear();
            }
            self.row(columns, data, row);
        }
        Ok(())
    }

    fn listing(&mut self, columns: &EventColumns<'_>, row: usize) {
        if columns.kind.value(row) != "item" || columns.item_id.is_null(row) {
            return;
        }
        if let Ok(item) = ItemId::new(columns.item_id.value(row)) {
            let time_ms = columns.time.value(row);
            let first = self.log.listed_ms.entry(item).or_insert(time_ms);
            *first = (*first).min(time_ms);
        }
    }

    fn row(&mut self, columns: &EventColumns<'_>, data: &StringArray, row: usize) {
        let time_ms = columns.time.value(row);
        let one = |columns: &EventColumns<'_>| {
            (!columns.item_id.is_null(row)).then(|| columns.item_id.value(row).to_owned())
        };
        match columns.kind.value(row) {
            "view" => self.single(one(columns), time_ms, ContactKind::View),
            "click" => self.single(one(columns), time_ms, ContactKind::Click),
            "review" if !columns.rating.is_null(row) && columns.rating.value(row) > 0.5 => {
                self.single(one(columns), time_ms, ContactKind::Review);
            }
            "cart" if puts_in(data.value(row)) => {
                for line in columns.lines(row).filter(|line| line.is_product) {
                    self.single(Some(line.item_id.to_owned()), time_ms, ContactKind::Cart);
                }
            }
            "purchase" => {
                let order = order(columns, row);
                for line in columns.lines(row).filter(|line| line.is_product) {
                    let item = self.item(line.item_id);
                    let at = self.contact(item, time_ms, ContactKind::Purchase);
                    let order = order.map(str::to_owned);
                    self.held.push(Held { item, left: line.qty, order, at });
                }
            }
            "refund" => {
                let order = order(columns, row);
                for line in columns.lines(row).filter(|line| line.is_product) {
                    if let Some(&item) = self.item_index.get(line.item_id) {
                        self.give_back(item, line.qty, order, time_ms);
                    }
                }
            }
            _ => {}
        }
    }

    fn single(&mut self, item: Option<String>, time_ms: i64, kind: ContactKind) {
        if let Some(item) = item {
            let item = self.item(&item);
            self.contact(item, time_ms, kind);
        }
    }

    /// Takes returned units off the order named, then off the others, the latest first.
    fn give_back(&mut self, item: u32, mut qty: i64, order: Option<&str>, time_ms: i64) {
        for named in [true, false] {
            let fits = |held: &&mut Held| {
                held.item == item && (order.is_some() && held.order.as_deref() == order) == named
            };
            for held in self.held.iter_mut().rev().filter(fits) {
                let taken = qty.min(held.left);
                held.left -= taken;
                qty -= taken;
                if taken > 0 && held.left == 0 {
                    self.log.contacts[held.at].returned_ms = time_ms;
                }
            }
        }
    }

    fn item(&mut self, id: &str) -> u32 {
        if let Some(&index) = self.item_index.get(id) {
            return index;
        }
        let index = self.item_index.len() as u32;
        self.item_index.insert(id.to_owned(), index);
        index
    }

    fn contact(&mut self, item: u32, time_ms: i64, kind: ContactKind) -> usize {
        let key = self.person.as_deref().unwrap_or_default();
        if self.log.users.last().is_none_or(|last| last.as_str() != key) {
            self.log.users.push(UserKey::stored(key));
        }
        let user = (self.log.users.len() - 1) as u32;
        self.log.contacts.push(Contact { user, item, time_ms, kind, returned_ms: NEVER });
        self.log.contacts.len() - 1
    }

    /// Renumbers items by their id, so that indices do not depend on who met them first.
    fn finish(mut self) -> ContactLog {
        let mut names: Vec<(String, u32)> = self.item_index.into_iter().collect();
        names.sort_unstable();
        let mut renumbered = vec![0_u32; names.len()];
        for (new, (name, old)) in names.iter().enumerate() {
            renumbered[*old as usize] = new as u32;
            self.log.items.extend(ItemId::new(name));
        }
        for contact in &mut self.log.contacts {
            contact.item = renumbered[contact.item as usize];
        }
        self.log
    }
}

/// The order a row is about.
fn order<'a>(columns: &EventColumns<'a>, row: usize) -> Option<&'a str> {
    (!columns.order_id.is_null(row)).then(|| columns.order_id.value(row))
}

/// Whether the data of a cart event put something in, not out. What cannot be read did not.
fn puts_in(data: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Cart<'a> {
        op: &'a str,
    }
    serde_json::from_str(data).is_ok_and(|cart: Cart<'_>| matches!(cart.op, "add" | "set"))
}
