//! The live table of scored reviews: every stored review with what it says, readable at once.
//!
//! It is made from the lake and brought up to date from the hot log, so a crash loses nothing of
//! it: what is acknowledged is in the next answer. A review is scored once, when it arrives, and
//! again only when the sentiment is learnt anew, which happens each time the ratings have grown by
//! a quarter. A review sent again under its id takes the place of the older one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use lake::{Mark, Order, ScanOptions, Snapshot};
use rayon::prelude::*;
use text::{Aspects, Lexicon, ShopSentiment, TextIndex};

use super::learn::{Learnt, taught};
use super::review::{COLUMNS, Review, Score, Scored};
use crate::error::ServeError;
use crate::shop::Shop;

/// The table, empty until somebody asks.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Option<State>>);

/// The table at a moment.
struct State {
    mark: Mark,
    aspects: Arc<Aspects>,
    lexicon: Lexicon,
    learnt: Learnt,
    reviews: BTreeMap<String, Arc<Scored>>,
    /// The reviews in order, until one arrives.
    ordered: Option<Arc<Shelved>>,
}

/// The scored reviews of a shop at a moment, by time.
pub(crate) struct Shelved {
    /// By time, then number in sequence, then id.
    pub reviews: Vec<Arc<Scored>>,
    /// Who says how content a review is.
    pub sentiment: Arc<ShopSentiment>,
    /// What finds aspects.
    pub aspects: Arc<Aspects>,
    /// What answers questions, made by the first, for a state of the catalogue.
    pub index: Mutex<Option<(i64, Arc<TextIndex>)>>,
}

impl Shop {
    /// The scored reviews as of now; every acknowledged one is among them.
    pub(crate) fn shelved(&self) -> Result<Arc<Shelved>, ServeError> {
        let snapshot = self.lake.snapshot(&self.config.site)?;
        let mut held = self.shelf.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mark = snapshot.mark()?;
        let news = match &*held {
            // Somebody else was here between the snapshot and the lock.
            Some(state) if state.mark >= mark => Some(Vec::new()),
            Some(state) => snapshot.stored_since(state.mark, &COLUMNS)?,
            None => None,
        };
        let mut state = match (held.take(), news) {
            (Some(mut state), Some(news)) => {
                state.add(read(news.into_iter().map(Ok))?);
                state.mark = state.mark.max(mark);
                state
            }
            (kept, _) => self.whole(&snapshot, mark, kept)?,
        };
        self.learn_when_due(&mut state)?;
        let shelved = state.shelved();
        *held = Some(state);
        Ok(shelved)
    }

    /// Reads every review anew; what was scored before keeps its score.
    fn whole(
        &self,
        snapshot: &Snapshot,
        mark: Mark,
        kept: Option<State>,
    ) -> Result<State, ServeError> {
        let options = ScanOptions::columns(&COLUMNS).of_people();
        let scan = snapshot.scan(Order::User, &options)?;
        let reviews = read(scan.map(|batch| batch.map_err(ServeError::from)))?;
        let mut state = match kept {
            Some(kept) => State { mark, ..kept },
            None => {
                let (aspects, lexicon) = self.words()?;
                let learnt = match self.restore_sentiment(lexicon.clone())? {
                    Some(learnt) => learnt,
                    None => self.learn_sentiment(lexicon.clone(), &latest(&reviews))?,
                };
                let (reviews, ordered) = (BTreeMap::new(), None);
                State { mark, aspects: Arc::new(aspects), lexicon, learnt, reviews, ordered }
            }
        };
        state.add(reviews);
        Ok(state)
    }

    fn learn_when_due(&self, state: &mut State) -> Result<(), ServeError> {
        if state.ordered.is_some() {
            return Ok(());
        }
        let reviews: Vec<Arc<Scored>> = state.reviews.values().cloned().collect();
        let views: Vec<&Review> = reviews.iter().map(|scored| &scored.review).collect();
        let now = taught(&views);
        if now == state.learnt.from || 4 * now < 5 * state.learnt.from {
            return Ok(());
        }
        state.learnt = self.learn_sentiment(state.lexicon.clone(), &views)?;
        state.score(views.into_iter().cloned().collect());
        Ok(())
    }
}

/// The reviews of batches.
fn read(
    batches: impl Iterator<Item = Result<RecordBatch, ServeError>>,
) -> Result<Vec<Review>, ServeError> {
    let mut reviews = Vec::new();
    for batch in batches {
        Review::read(&batch?, &mut reviews)?;
    }
    Ok(reviews)
}

/// Of reviews with the same id the latest, by id.
fn latest(reviews: &[Review]) -> Vec<&Review> {
    let mut by_id: BTreeMap<&str, &Review> = BTreeMap::new();
    for review in reviews {
        let kept = by_id.entry(&review.review_id).or_insert(review);
        if review.order() > kept.order() {
            *kept = review;
        }
    }
    by_id.into_values().collect()
}

impl State {
    /// Takes in reviews that are not there yet, or newer than what is there.
    fn add(&mut self, reviews: Vec<Review>) {
        let is_news = |review: &&Review| {
            let kept = self.reviews.get(&review.review_id);
            kept.is_none_or(|kept| kept.review.order() < review.order())
        };
        let news: Vec<Review> = latest(&reviews).into_iter().filter(is_news).cloned().collect();
        if !news.is_empty() {
            self.score(news);
        }
    }

    /// Scores reviews and puts each in its place.
    fn score(&mut self, reviews: Vec<Review>) {
        let (sentiment, aspects) = (&self.learnt.sentiment, &self.aspects);
        let one = |review: Review| {
            let score = Score::of(&review.text, sentiment, aspects);
            (review.review_id.clone(), Arc::new(Scored { review, score }))
        };
        let scored: Vec<_> = reviews.into_par_iter().map(one).collect();
        self.reviews.extend(scored);
        self.ordered = None;
    }

    fn shelved(&mut self) -> Arc<Shelved> {
        let ordered = self.ordered.get_or_insert_with(|| {
            let mut reviews: Vec<_> = self.reviews.values().cloned().collect();
            reviews.sort_by(|a, b| a.review.order().cmp(&b.review.order()));
            Arc::new(Shelved {
                reviews,
                sentiment: self.learnt.sentiment.clone(),
                aspects: self.aspects.clone(),
                index: Mutex::default(),
            })
        });
        ordered.clone()
    }
}
