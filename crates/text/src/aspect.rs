//! What a review speaks of, and how it likes each: aspects with the clause that shows it.
//!
//! Each clause is given every aspect of which a phrase of the lexicon stands in it, the longest
//! phrase counting where one holds another, and the polarity of its words of sentiment; a clause
//! without any such word is neutral. Symbols: `n`, characters; `p`, longest phrase. Time `O(n ·
//! p)`, memory `O(clauses)`.
//! Source: M. Hu and B. Liu, "Mining and summarizing customer reviews", KDD 2004.
//! DIFFERENCE: aspects come from a lexicon that a shop can edit, not from frequent nouns.

use std::ops::Range;

use crate::clause::clauses;
use crate::error::TextError;
use crate::lexicon::Lexicon;
use crate::ngrams::units;
use crate::normalise::normalise;
use crate::phrases::{Phrases, lines};

const ASPECTS: &str = include_str!("../lexicon/aspects.txt");

/// How a clause likes what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Polarity {
    /// It complains.
    Negative,
    /// It says nothing either way.
    Neutral,
    /// It praises.
    Positive,
}

impl Polarity {
    /// Of a sum of strengths.
    fn of(strength: f64) -> Self {
        match strength {
            s if s > 0.3 => Self::Positive,
            s if s < -0.3 => Self::Negative,
            _ => Self::Neutral,
        }
    }

    /// Its name: `negative`, `neutral`, `positive`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        }
    }
}

/// An aspect a review speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct Mention {
    /// The aspect, as the lexicon names it.
    pub aspect: String,
    /// How the clause likes it.
    pub polarity: Polarity,
    /// The clause in the review, bytes.
    pub clause: Range<usize>,
}

/// Finds aspects.
#[derive(Debug, Clone)]
pub struct Aspects {
    names: Vec<String>,
    /// Aspects of each phrase.
    phrases: Phrases<Vec<usize>>,
    sentiment: Lexicon,
}

impl Default for Aspects {
    fn default() -> Self {
        let mut aspects =
            Self { names: Vec::new(), phrases: Phrases::new(), sentiment: Lexicon::default() };
        aspects.add(ASPECTS);
        aspects
    }
}

impl Aspects {
    /// Adds phrases: lines of an aspect, which may be new, and phrases, `_` for a blank.
    pub fn add(&mut self, text: &str) {
        for (name, phrases) in lines(text) {
            let number = match self.names.iter().position(|other| other == name) {
                Some(number) => number,
                None => {
                    self.names.push(name.to_owned());
                    self.names.len() - 1
                }
            };
            for phrase in phrases {
                let mut all = self.phrases.meaning(phrase).cloned().unwrap_or_default();
                if !all.contains(&number) {
                    all.push(number);
                }
                self.phrases.add(phrase, all);
            }
        }
    }

    /// Adds words of sentiment; see [`Lexicon::add`].
    ///
    /// # Errors
    /// When a line does not begin with a strength.
    pub fn add_sentiment(&mut self, text: &str) -> Result<(), TextError> {
        self.sentiment.add(text)
    }

    /// Names of the aspects.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What a review speaks of, clause by clause.
    #[must_use]
    pub fn mentions(&self, review: &str) -> Vec<Mention> {
        let mut out = Vec::new();
        for clause in clauses(review) {
            for (number, polarity) in self.of_clause(&review[clause.clone()]) {
                let aspect = self.names[number].clone();
                out.push(Mention { aspect, polarity, clause: clause.clone() });
            }
        }
        out
    }

    /// Aspects of one clause, by their numbers.
    fn of_clause(&self, clause: &str) -> Vec<(usize, Polarity)> {
        let text = normalise(clause);
        let units = units(&text);
        let mut numbers: Vec<usize> =
            self.phrases.find(&units).into_iter().flat_map(|(_, all)| all.clone()).collect();
        if numbers.is_empty() {
            return Vec::new();
        }
        numbers.sort_unstable();
        numbers.dedup();
        let polarity = Polarity::of(self.sentiment.leaning_of(&units).strength);
        numbers.into_iter().map(|number| (number, polarity)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<(String, &'static str, &str)> {
        let found = Aspects::default().mentions(text);
        let one = |m: Mention| (m.aspect, m.polarity.as_str(), &text[m.clause]);
        found.into_iter().map(one).collect()
    }

    #[test]
    fn each_aspect_comes_with_its_clause() {
        let found = said("面料很舒服，但是快递太慢");
        let wanted = [
            ("quality".to_owned(), "positive", "面料很舒服"),
            ("delivery".to_owned(), "negative", "但是快递太慢"),
        ];
        assert_eq!(found, wanted);
        let found = said("Shipping was quick but the zipper broke.");
        assert_eq!(found[0], ("delivery".to_owned(), "positive", "Shipping was quick"));
        assert_eq!(found[1], ("quality".to_owned(), "negative", "but the zipper broke"));
    }

    #[test]
    fn texts_without_words_have_no_aspects() {
        for text in ["", "👍👍", "。。。", "\u{7}", "אין מילים", "hello"] {
            assert!(said(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_shop_adds_its_own_aspect() {
        let mut aspects = Aspects::default();
        aspects.add("scent fragrance 香味\nquality 香味");
        let found = aspects.mentions("香味很棒");
        let names: Vec<&str> = found.iter().map(|mention| mention.aspect.as_str()).collect();
        assert_eq!(names, ["quality", "scent"]);
    }
}
