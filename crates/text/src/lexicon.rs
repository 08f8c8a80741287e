//! What a text thinks of its subject, by the words it uses: for the first day, without any label.
//!
//! `s = Σ_m w_m · i_m · t_m`: each word or phrase `m` of the lexicon adds its strength, stretched
//! by the word of degree right before it and turned by a negation up to three units before it, no
//! further than the last sign of punctuation: `t = −0.7`, else 1. The text leans to good with
//! `p = 1 / (1 + e^(−0.6 s))`; without any word of the lexicon it is not known.
//!
//! Symbols: `w`, strength, −3 to 3; `i`, degree, 0.6 to 1.5; `s`, the text's sum. Time
//! `O(n · longest)` for `n` units, memory `O(phrases)`.
//! Source: M. Taboada, J. Brooke, M. Tofiloski, K. Voll and M. Stede, "Lexicon-based methods for
//! sentiment analysis", Computational Linguistics 37, 2011, section 2 (intensity, negation).
//! DIFFERENCE: words are ours, in two languages; a negation turns and shrinks instead of shifting.

use crate::error::TextError;
use crate::ngrams::{Unit, units};
use crate::normalise::normalise;
use crate::phrases::{Phrases, lines};

const SENTIMENT: &str = include_str!("../lexicon/sentiment.txt");
const SHIFTERS: &str = include_str!("../lexicon/shifters.txt");
/// Units before a word in which a negation turns it.
const REACH: usize = 3;
/// What a negation does to a strength.
const TURN: f64 = -0.7;
/// Log-odds of one unit of strength.
const SHARE: f64 = 0.6;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    Strength(f64),
    Degree(f64),
    Negation,
}

/// Words with what they say.
#[derive(Debug, Clone)]
pub struct Lexicon {
    phrases: Phrases<Meaning>,
}

/// What a lexicon says of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaning {
    /// The sum of strengths; above 0 leans to good.
    pub strength: f64,
    /// Words and phrases of the lexicon that were found.
    pub words: usize,
}

impl Leaning {
    /// The probability that the text is good; `None` where no word of the lexicon stands in it.
    #[must_use]
    pub fn probability(self) -> Option<f64> {
        (self.words > 0).then(|| 1.0 / (1.0 + (-SHARE * self.strength).exp()))
    }
}

impl Default for Lexicon {
    fn default() -> Self {
        let mut lexicon = Self { phrases: Phrases::new() };
        for (head, words) in lines(SHIFTERS) {
            let meaning = match head.parse() {
                Ok(degree) => Meaning::Degree(degree),
                Err(_) => Meaning::Negation,
            };
            words.for_each(|word| lexicon.phrases.add(word, meaning));
        }
        for (head, words) in lines(SENTIMENT) {
            let strength = Meaning::Strength(head.parse().unwrap_or(0.0));
            words.for_each(|word| lexicon.phrases.add(word, strength));
        }
        lexicon
    }
}

impl Lexicon {
    /// Adds a shop's own words: lines of a strength from −3 to 3 and words, `_` for a blank.
    ///
    /// # Errors
    /// When a line does not begin with such a number; then nothing of it is used.
    pub fn add(&mut self, text: &str) -> Result<(), TextError> {
        let mut words = Vec::new();
        for (head, rest) in lines(text) {
            let strength = head.parse().ok().filter(|strength: &f64| strength.abs() <= 3.0);
            let Some(strength) = strength else {
                let reason = format!(
                    "a line of the lexicon begins with `{head}`; begin it with a strength from -3 \
                     to 3"
                );
                return Err(TextError::Input { reason });
            };
            words.extend(rest.map(|word| (word.to_owned(), strength)));
        }
        words.iter().for_each(|(word, w)| self.phrases.add(word, Meaning::Strength(*w)));
        Ok(())
    }

    /// Words and phrases it knows.
    #[must_use]
    pub fn n_phrases(&self) -> usize {
        self.phrases.len()
    }

    /// What a text thinks.
    #[must_use]
    pub fn leaning(&self, text: &str) -> Leaning {
        self.leaning_of(&units(&normalise(text)))
    }

    pub(crate) fn leaning_of(&self, units: &[Unit<'_>]) -> Leaning {
        let mut leaning = Leaning { strength: 0.0, words: 0 };
        self.each(units, |strength| {
            leaning.strength += strength;
            leaning.words += 1;
        });
        leaning
    }

    /// Calls a function with what each word or phrase adds.
    pub(crate) fn each(&self, units: &[Unit<'_>], mut found: impl FnMut(f64)) {
        let mut negation: Option<usize> = None;
        let mut degree: Option<(usize, f64)> = None;
        let mut behind = 0;
        for (range, meaning) in self.phrases.find(units) {
            // A sign of punctuation ends the reach of what stands before it.
            let between = &units[behind..range.start];
            if between.iter().any(|unit| ".,!?;:".contains(unit.text)) {
                (negation, degree) = (None, None);
            }
            behind = range.end;
            match *meaning {
                Meaning::Negation => negation = Some(range.end),
                Meaning::Degree(i) => degree = Some((range.end, i)),
                Meaning::Strength(w) => {
                    let near = |end: &usize| range.start - end <= REACH;
                    let turn = negation.filter(near).map_or(1.0, |_| TURN);
                    let next = |d: &(usize, f64)| range.start - d.0 <= 1;
                    let i = degree.filter(next).map_or(1.0, |d| d.1);
                    found(w * i * turn);
                    (negation, degree) = (None, None);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_negations_and_degrees_add_up() {
        let lexicon = Lexicon::default();
        let near = |text: &str, wanted: f64| {
            let found = lexicon.leaning(text).strength;
            assert!((found - wanted).abs() < 1e-9, "{text}: {found}, not {wanted}");
        };
        near("excellent", 3.0);
        near("very good", 3.0);
        near("not good", -1.4);
        near("not a very good one", -2.1);
        near("no, good", 2.0);
        near("It isn't bad.", 1.4);
        near("不错", 2.0);
        near("非常漂亮", 3.0);
        near("质量很差", -2.0);
        near("没有破损", 1.4);
        near("the box has a lid", 0.0);
    }

    #[test]
    fn what_it_does_not_know_it_does_not_say() {
        let lexicon = Lexicon::default();
        for text in ["", "12", "👍", "the box has a lid", "\u{0}", "مرحبا"] {
            assert_eq!(lexicon.leaning(text).probability(), None, "{text}");
        }
        assert!(lexicon.leaning("垃圾").probability().is_some_and(|p| p < 0.2));
        assert!(lexicon.n_phrases() > 900);
    }

    #[test]
    fn a_shop_adds_words_and_a_bad_line_adds_none() {
        let mut lexicon = Lexicon::default();
        lexicon.add("2 绝绝子 zippy\n-2 拔草").unwrap();
        assert_eq!(lexicon.leaning("绝绝子").strength, 2.0);
        assert_eq!(lexicon.leaning("拔草了").strength, -2.0);
        assert!(lexicon.add("1 zappy\ngood zippy").is_err());
        assert_eq!(lexicon.leaning("zappy").words, 0);
    }
}
