//! How a sentence likes one thing that it names.
//!
//! The sentence holds `$T$` where the term stands. It becomes a text in which a mark stands there
//! and the term follows at the end, so that one classifier has parts that look at the whole
//! sentence and parts that look at a few units on each side of the mark. Time `O(n)`, memory
//! `O(n)`.
//! Source: S. Kiritchenko, X. Zhu, C. Cherry and S. Mohammad, "NRC-Canada-2014: detecting aspects
//! and sentiment in customer reviews", SemEval 2014, section 4 (surface and lexicon features of
//! the context of a term).
//! DIFFERENCE: parts that look near and far are blended, in place of features of a parse.

use serde::{Deserialize, Serialize};

use crate::classifier::{TextClassifier, TextClassifierConfig};
use crate::error::TextError;
use crate::ngrams::{Ngrams, units};
use crate::part::PartConfig;
use crate::weighting::Weighting;

/// Where the term stands.
const MARK: &str = "termmark";
/// What stands before the term at the end.
const END: &str = "termend";

/// Where a piece that holds a term ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// At stops and words of contrast.
    Statement,
    /// Also at commas, brackets and words that join.
    Phrase,
}

impl Cut {
    fn ends_at(self, unit: &str) -> bool {
        const STATEMENT: [&str; 17] = [
            ".", ";", "!", "?", "。", "；", "！", "？", "but", "however", "although", "though",
            "while", "yet", "except", "despite", "但",
        ];
        const PHRASE: [&str; 10] = [",", "，", "、", ":", "(", ")", "-", "and", "with", "or"];
        STATEMENT.contains(&unit) || (self == Self::Phrase && PHRASE.contains(&unit))
    }
}

/// A sentence with `$T$` and its term as one text.
#[must_use]
pub fn term_context(sentence: &str, term: &str) -> String {
    format!("{} {END} {term}", sentence.replace("$T$", MARK))
}

/// The units around the mark, or the piece that holds it; the whole text where neither is asked
/// for or there is no mark.
pub(crate) fn near(text: &str, reach: usize, piece: Option<Cut>) -> &str {
    if reach == 0 && piece.is_none() {
        return text;
    }
    let units = units(text);
    let end = units.iter().position(|unit| unit.text == END).unwrap_or(units.len());
    let Some(mark) = units[..end].iter().position(|unit| unit.text == MARK) else { return text };
    let (first, last) = match piece {
        Some(cut) => {
            let is_cut = |at: &usize| cut.ends_at(units[*at].text);
            ((0..mark).rev().find(is_cut).unwrap_or(0), (mark + 1..end).find(is_cut).unwrap_or(end))
        }
        None => (mark.saturating_sub(reach), (mark + reach + 1).min(end)),
    };
    let stop = units.get(last).map_or(text.len(), |unit| unit.at);
    text[units[first].at..stop].trim_end()
}

/// Fits a classifier to texts of [`term_context`] and the polarities of their terms.
///
/// # Errors
/// As [`TextClassifier::fit`].
pub fn fit_terms(texts: &[&str], labels: &[&str]) -> Result<TextClassifier, TextError> {
    let runs = Ngrams { words: 2, han: 3, sentiment: true, ..Ngrams::NONE };
    let presence = |ngrams, near, piece| PartConfig {
        ngrams,
        weighting: Weighting { idf: false, unit: false, bayes: true },
        l2: 3.0,
        rows_min: 2,
        near,
        piece,
    };
    let lengths = |ngrams, near, piece| PartConfig {
        weighting: Weighting { idf: true, unit: true, bayes: false },
        l2: 0.3,
        ..presence(ngrams, near, piece)
    };
    let pairs = Ngrams { skips: true, ..runs };
    let letters = Ngrams { letters: (2, 5), ..runs };
    let config = TextClassifierConfig {
        parts: vec![
            presence(pairs, 0, None),
            lengths(letters, 8, None),
            lengths(letters, 4, None),
            lengths(letters, 2, None),
            presence(runs, 5, None),
            presence(Ngrams { words: 1, ..pairs }, 8, None),
            presence(pairs, 0, Some(Cut::Phrase)),
            lengths(letters, 0, Some(Cut::Statement)),
        ],
        ..TextClassifierConfig::default()
    };
    TextClassifier::fit(&config, texts, labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_neighbourhood_of_the_term_is_cut_out() {
        let text = term_context("the food was fine but the $T$ was slow and rude .", "waiter");
        assert_eq!(near(&text, 2, None), "but the termmark was slow");
        assert_eq!(near(&text, 0, None), text);
        assert_eq!(near(&text, 50, None), "the food was fine but the termmark was slow and rude .");
        assert_eq!(near(&text, 0, Some(Cut::Phrase)), "but the termmark was slow");
        assert_eq!(near(&text, 0, Some(Cut::Statement)), "but the termmark was slow and rude");
        assert_eq!(near("no mark", 2, None), "no mark");
        assert_eq!(near("", 2, Some(Cut::Phrase)), "");
    }
}
