//! Whether a review is content: learnt from the shop's own ratings, by lexicon on the first day.
//!
//! A rating of 4 or more is content, of 2 or less not, the middle teaches nothing. The classifier
//! speaks once there are enough ratings of both kinds and it ranks rows held out of its training
//! better than the lexicon ranks the same rows: `speaker = argmax AUC`. Until then the lexicon
//! speaks. Either way the AUC on the shop's own ratings is known.
//!
//! Symbols: AUC, the chance that a content review scores above one that is not. Time and memory as
//! [`TextClassifier::fit`], and `O(n)` for the lexicon on `n` characters.
//! Source: B. Pang and L. Lee, "Opinion mining and sentiment analysis", Foundations and Trends in
//! Information Retrieval 2, 2008, section 4.2 (ratings as labels).

use serde::{Deserialize, Serialize};

use crate::classifier::{TextClassifier, TextClassifierConfig};
use crate::error::TextError;
use crate::lexicon::Lexicon;
use crate::measures::auc;

/// Reviews of each kind from which on the shop's own ratings may speak.
const EACH_MIN: usize = 50;
/// The labels of the classifier.
const LABELS: [&str; 2] = ["bad", "good"];

/// Who says whether a review is content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Words that were listed beforehand.
    Lexicon,
    /// A classifier learnt from the shop's ratings.
    Ratings,
}

/// What stands behind a shop's sentiment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SentimentReport {
    /// Who speaks.
    pub speaker: Speaker,
    /// Reviews with a rating of 4 or more, and of 2 or less, and a text.
    pub good: usize,
    /// Reviews with a rating of 2 or less.
    pub bad: usize,
    /// AUC of the lexicon on them; none without both kinds.
    pub lexicon_auc: Option<f64>,
    /// AUC of the classifier on them, each held out of its training; none where there is none.
    pub ratings_auc: Option<f64>,
}

/// Says how content a review is.
#[derive(Debug, Clone)]
pub struct ShopSentiment {
    lexicon: Lexicon,
    learnt: Option<TextClassifier>,
    report: SentimentReport,
}

/// What a rating from 1 to 5 teaches.
#[must_use]
pub fn label_of_rating(rating: f64) -> Option<&'static str> {
    match rating {
        r if r >= 4.0 => Some(LABELS[1]),
        r if r <= 2.0 => Some(LABELS[0]),
        _ => None,
    }
}

impl ShopSentiment {
    /// Learns from texts with ratings from 1 to 5.
    ///
    /// # Errors
    /// When the configuration is outside its range.
    pub fn learn(
        config: &TextClassifierConfig,
        lexicon: Lexicon,
        rated: &[(&str, f64)],
    ) -> Result<Self, TextError> {
        let used = rated.iter().filter(|(text, _)| !text.trim().is_empty());
        let (texts, labels): (Vec<&str>, Vec<&str>) =
            used.filter_map(|(text, rating)| Some((*text, label_of_rating(*rating)?))).unzip();
        let good = labels.iter().filter(|label| **label == LABELS[1]).count();
        let bad = labels.len() - good;
        let by_words = |text: &&str| lexicon.leaning(text).probability().unwrap_or(0.5);
        let scores = texts.iter().map(by_words).zip(labels.iter().map(|l| *l == LABELS[1]));
        let lexicon_auc = auc(scores.collect());
        let learnt = match good.min(bad) >= EACH_MIN {
            // All texts of a kind may be the same; then there is nothing to learn.
            true => match TextClassifier::fit(config, &texts, &labels) {
                Err(TextError::Input { .. }) => None,
                other => Some(other?),
            },
            false => None,
        };
        let ratings_auc = learnt.as_ref().and_then(|learnt| learnt.held_out().auc);
        let speaks = ratings_auc.is_some() && ratings_auc > lexicon_auc;
        let speaker = if speaks { Speaker::Ratings } else { Speaker::Lexicon };
        let report = SentimentReport { speaker, good, bad, lexicon_auc, ratings_auc };
        Ok(Self { lexicon, learnt: learnt.filter(|_| speaks), report })
    }

    /// What was learnt earlier: the classifier, where it speaks, and its report.
    #[must_use]
    pub fn restored(
        lexicon: Lexicon,
        learnt: Option<TextClassifier>,
        report: SentimentReport,
    ) -> Self {
        Self { lexicon, learnt, report }
    }

    /// The probability that a review is content; `None` where the lexicon speaks and knows no word.
    #[must_use]
    pub fn probability(&self, text: &str) -> Option<f64> {
        match &self.learnt {
            Some(learnt) => learnt.predict(text).probabilities.get(1).copied(),
            None => self.lexicon.leaning(text).probability(),
        }
    }

    /// Who speaks, and how good it is on the shop's own ratings.
    #[must_use]
    pub fn report(&self) -> SentimentReport {
        self.report
    }

    /// The classifier, where it speaks.
    #[must_use]
    pub fn learnt(&self) -> Option<&TextClassifier> {
        self.learnt.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexicon_speaks_until_ratings_are_better() {
        let config = TextClassifierConfig::default();
        let few = [("good", 5.0), ("bad", 1.0), ("fine", 3.0), ("", 5.0)];
        let shop = ShopSentiment::learn(&config, Lexicon::default(), &few).unwrap();
        let report = shop.report();
        assert_eq!((report.speaker, report.good, report.bad), (Speaker::Lexicon, 1, 1));
        assert_eq!((report.lexicon_auc, report.ratings_auc), (Some(1.0), None));
        assert!(shop.probability("good").is_some_and(|p| p > 0.5));
        assert_eq!(shop.probability("zzz"), None);
        // Words that no lexicon knows.
        let texts: Vec<(String, f64)> = (0..160)
            .map(|n| match n % 2 {
                0 => (format!("mlem {n} blip"), 5.0),
                _ => (format!("grok {n} blip"), 1.0),
            })
            .collect();
        let rated: Vec<(&str, f64)> = texts.iter().map(|(t, r)| (t.as_str(), *r)).collect();
        let shop = ShopSentiment::learn(&config, Lexicon::default(), &rated).unwrap();
        assert_eq!(shop.report().speaker, Speaker::Ratings);
        assert!(shop.probability("mlem").is_some_and(|p| p > 0.8));
    }

    #[test]
    fn ratings_of_one_kind_or_texts_that_are_the_same_teach_nothing() {
        let config = TextClassifierConfig::default();
        let same: Vec<(&str, f64)> =
            (0..200).map(|n| ("same", if n % 2 == 0 { 5.0 } else { 1.0 })).collect();
        for rated in [&same[..], &[("good", 5.0); 90]] {
            let shop = ShopSentiment::learn(&config, Lexicon::default(), rated).unwrap();
            assert_eq!(shop.report().speaker, Speaker::Lexicon);
        }
    }
}
