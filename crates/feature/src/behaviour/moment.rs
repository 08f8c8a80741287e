//! A person at a moment: the steps before it, cut into sessions, with what several groups of
//! features need to know about them.

use std::ops::Range;

use super::definition::WINDOWS;
use super::facts::{Category, ItemFacts, ShopFacts};
use super::step::{Circumstance, History, Step, StepKind, Word};
use crate::session::{GAP_MS, is_pause};

/// What a shop says of the items of a history, by word; of words that are no items it says nothing.
/// It is asked once for all moments at which the shop's facts are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownItems {
    items: Vec<ItemFacts>,
    /// [`ShopFacts::price_position`] of each.
    positions: Vec<Option<f64>>,
}

impl KnownItems {
    /// Asks for every item that a step or a line names.
    pub fn of(history: &History, facts: &ShopFacts) -> Self {
        let mut items = vec![ItemFacts::default(); history.words()];
        let mut positions = vec![None; history.words()];
        let mut known = vec![false; history.words()];
        let of_steps = history.steps.iter().filter_map(|step| step.item);
        for item in of_steps.chain(history.lines.iter().map(|line| line.item)) {
            if !std::mem::replace(&mut known[item as usize], true) {
                let said = facts.item(history.word(item));
                items[item as usize] = said;
                positions[item as usize] = facts.price_position(said);
            }
        }
        Self { items, positions }
    }
}

/// The steps of a person before a moment.
pub(super) struct Moment<'a> {
    pub history: &'a History,
    pub facts: &'a ShopFacts,
    pub as_of_ms: i64,
    /// In order of time; the last is before `as_of_ms`.
    pub steps: &'a [Step],
    /// Steps of each session.
    pub sessions: Vec<Range<usize>>,
    items: &'a KnownItems,
    /// The shop's currency, where an event names it.
    ours: Option<Word>,
    /// By step: the dwell of a view as last reported before the moment.
    pub dwell_ms: Vec<Option<i64>>,
}

impl<'a> Moment<'a> {
    pub(super) fn new(
        history: &'a History,
        items: &'a KnownItems,
        as_of_ms: i64,
        facts: &'a ShopFacts,
    ) -> Self {
        let before = history.steps.partition_point(|step| step.time_ms < as_of_ms);
        let steps = &history.steps[..before];
        Self {
            history,
            facts,
            as_of_ms,
            steps,
            sessions: sessions(steps),
            items,
            ours: history.find(facts.currency.as_str()),
            dwell_ms: dwell(steps, history.words()),
        }
    }

    /// What the shop says of an item.
    pub(super) fn item(&self, item: Word) -> ItemFacts {
        self.items.items[item as usize]
    }

    /// Where an item's price stands in its category, as [`ShopFacts::price_position`] says.
    pub(super) fn price_position(&self, item: Word) -> Option<f64> {
        self.items.positions[item as usize]
    }

    /// The category of an item.
    pub(super) fn category(&self, item: Word) -> Option<Category> {
        self.item(item).category
    }

    /// The goods a step touches: viewed, clicked, reviewed, put into a cart or taken out, bought.
    /// Goods that came back are not touched again.
    pub(super) fn touched(&self, step: &'a Step) -> impl Iterator<Item = Word> + use<'a> {
        let lines = match step.kind {
            StepKind::Refund => &[],
            _ => self.history.lines_of(step),
        };
        step.item.into_iter().chain(lines.iter().filter(|l| l.is_product).map(|line| line.item))
    }

    /// The steps of a kind.
    pub(super) fn of_kind(&self, kind: StepKind) -> impl DoubleEndedIterator<Item = &'a Step> {
        self.steps.iter().filter(move |step| step.kind == kind)
    }

    /// The circumstances of every step, in order.
    pub(super) fn circumstances(
        &self,
    ) -> impl DoubleEndedIterator<Item = (&'a Step, Circumstance)> {
        let history = self.history;
        self.steps.iter().map(move |step| (step, history.circumstance_of(step)))
    }

    /// The text of a word.
    pub(super) fn word(&self, word: Word) -> &'a str {
        self.history.word(word)
    }

    /// Whether an amount is in the shop's currency; one without a currency is.
    pub(super) fn is_ours(&self, step: &Step) -> bool {
        step.currency.is_none_or(|currency| Some(currency) == self.ours)
    }

    /// Time from a moment to the moment of the features.
    pub(super) fn since(&self, time_ms: i64) -> i64 {
        self.as_of_ms.saturating_sub(time_ms)
    }

    /// The shortest window that a moment lies in.
    pub(super) fn window(&self, time_ms: i64) -> usize {
        let since = self.since(time_ms);
        WINDOWS.iter().position(|(_, length, ..)| since <= *length).unwrap_or(WINDOWS.len() - 1)
    }

    /// Whether the last session may still go on.
    pub(super) fn session_is_open(&self) -> bool {
        self.steps.last().is_some_and(|step| !is_pause(step.time_ms, self.as_of_ms, GAP_MS))
    }
}

/// The sessions of a person's steps, as ranges.
fn sessions(steps: &[Step]) -> Vec<Range<usize>> {
    let mut sessions = Vec::new();
    let mut start = 0;
    for next in 1..=steps.len() {
        let ends =
            next == steps.len() || is_pause(steps[next - 1].time_ms, steps[next].time_ms, GAP_MS);
        if ends {
            sessions.push(start..next);
            start = next;
        }
    }
    sessions
}

/// The dwell of each view: the most that the view itself or a later report of it says. A report
/// belongs to the latest view of its id before it.
fn dwell(steps: &[Step], words: usize) -> Vec<Option<i64>> {
    let mut dwell = vec![None; steps.len()];
    let mut view_of: Vec<Option<usize>> = vec![None; words];
    for (at, step) in steps.iter().enumerate() {
        match (step.kind, step.view) {
            (StepKind::View, view) => {
                dwell[at] = step.dwell_ms;
                if let Some(view) = view {
                    view_of[view as usize] = Some(at);
                }
            }
            (StepKind::Dwell, Some(view)) => {
                if let Some(of) = view_of[view as usize] {
                    dwell[of] = dwell[of].max(step.dwell_ms);
                }
            }
            _ => {}
        }
    }
    dwell
}

/// Counts of words.
pub(super) struct Tallied {
    counts: Vec<u32>,
    /// Words counted, in the order they were first met.
    met: Vec<Word>,
}

impl Tallied {
    /// Counts words below `words`.
    pub(super) fn of(words: usize, list: impl Iterator<Item = Word>) -> Self {
        let mut tallied = Self { counts: vec![0; words], met: Vec::new() };
        for word in list {
            if tallied.counts[word as usize] == 0 {
                tallied.met.push(word);
            }
            tallied.counts[word as usize] += 1;
        }
        tallied
    }

    /// Number of different words.
    pub(super) fn different(&self) -> i64 {
        self.met.len() as i64
    }

    /// The word met most often; of equals the one met first.
    pub(super) fn most(&self) -> Option<Word> {
        let count = |word: &Word| self.counts[*word as usize];
        // `max_by_key` takes the last of equals, so the list is read backwards.
        self.met.iter().rev().max_by_key(|word| count(word)).copied()
    }

    /// How often a word was met.
    pub(super) fn count(&self, word: Word) -> i64 {
        i64::from(self.counts[word as usize])
    }
}

/// How often neighbours in a list differ.
pub(super) fn switches(list: impl Iterator<Item = Word>) -> i64 {
    let mut last = None;
    let mut switches = 0;
    for word in list {
        switches += i64::from(last.is_some_and(|last| last != word));
        last = Some(word);
    }
    switches
}
