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

use crate::classifier::{TextClassifier, TextClassifierConfig};
use crate::error::TextError;
use crate::ngrams::{Ngrams, units};
use crate::part::PartConfig;
use crate::weighting::Weighting;

/// Where the term stands.
const MARK: &str = "termmark";
/// What stands before the term at the end.
const END: &str = "termend";

/// A sentence with `$T$` and its term as one text.
#[must_use]
pub fn term_context(sentence: &str, term: &str) -> String {
    format!("{} {END} {term}", sentence.replace("$T$", MARK))
}

/// The units around the mark; the whole text where none is asked for or there is no mark.
pub(crate) fn near(text: &str, reach: usize) -> &str {
    if reach == 0 {
        return text;
    }
    let units = units(text);
    let end = units.iter().position(|unit| unit.text == END).unwrap_or(units.len());
    let Some(mark) = units[..end].iter().position(|unit| unit.text == MARK) else { return text };
    let first = units[mark.saturating_sub(reach)].at;
    let last = (mark + reach + 1).min(end);
    let stop = units.get(last).map_or(text.len(), |unit| unit.at);
    text[first..stop].trim_end()
}

/// Fits a classifier to texts of [`term_context`] and the polarities of their terms.
///
/// # Errors
/// As [`TextClassifier::fit`].
pub fn fit_terms(texts: &[&str], labels: &[&str]) -> Result<TextClassifier, TextError> {
    let runs = Ngrams { words: 2, han: 3, letters: (0, 0), skips: false, sentiment: true };
    let presence = Weighting { idf: false, unit: false, bayes: true };
    let lengths = Weighting { idf: true, unit: true, bayes: false };
    let part =
        |ngrams, weighting, l2, near| PartConfig { ngrams, weighting, l2, rows_min: 2, near };
    let letters = Ngrams { letters: (2, 5), ..runs };
    let config = TextClassifierConfig {
        parts: vec![
            part(runs, presence, 3.0, 0),
            part(letters, lengths, 0.3, 0),
            part(letters, lengths, 0.3, 8),
            part(letters, lengths, 0.3, 4),
            part(runs, presence, 3.0, 5),
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
        assert_eq!(near(&text, 2), "but the termmark was slow");
        assert_eq!(near(&text, 0), text);
        assert_eq!(near(&text, 50), "the food was fine but the termmark was slow and rude .");
        assert_eq!(near("no mark", 2), "no mark");
        assert_eq!(near("", 2), "");
    }
}
