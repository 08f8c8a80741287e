//! What a text is made of, as numbers: runs of words, of Chinese characters, of letters.
//!
//! A normalised text is cut into units: a word (letters and digits, with an inner apostrophe), a
//! Han character, or one other visible character. Features are runs of 1 … `words` units, up to
//! `han` units where one of them is Han, and within a word, with a blank on both sides, runs of
//! `letters.0 … letters.1` letters; where asked for also pairs around one unit, units and pairs
//! marked by the end of the text they are near, and what the lexicon makes of it. A feature is the
//! upper half of a 64-bit hash of its characters, so that no list of strings is kept;
//! `h(c₁ … c_m) = mix(h(c₁ … c_m₋₁), c_m)`. Two features that share a hash count as one.
//!
//! Symbols: `n`, characters of the text; `g`, features, about `n · (han + letters)`. Time `O(n · g
//! / n)`, memory `O(g)`.
//! Source: W. Cavnar and J. Trenkle, "N-gram-based text categorization", SDAIR 1994; K. Weinberger
//! et al., "Feature hashing for large scale multitask learning", ICML 2009.
//! DIFFERENCE: hashes are kept in a list of those seen in training, not folded into fewer buckets.

use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::language::is_han;
use crate::lexicon::Lexicon;

/// Which runs are features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ngrams {
    /// Units of a run at most, where none is Han; 0 to 5, 0 for no such runs.
    pub words: usize,
    /// Units of a run at most, where one is Han; 0 to 5, 0 for no such runs.
    pub han: usize,
    /// Letters of a run within a word, at least and at most; at most 8, (0, 0) for no such runs.
    pub letters: (usize, usize),
    /// Pairs of units with one unit between them.
    #[serde(default)]
    pub skips: bool,
    /// Units and pairs near the beginning and the end of a longer text once more, marked as such:
    /// reviews say what they are about first and what they come to last.
    #[serde(default)]
    pub edges: bool,
    /// What the shipped lexicon of sentiment makes of the text.
    #[serde(default)]
    pub sentiment: bool,
}

impl Ngrams {
    /// No feature at all.
    pub const NONE: Self =
        Self { words: 0, han: 0, letters: (0, 0), skips: false, edges: false, sentiment: false };

    pub(crate) fn fits(self) -> bool {
        let (least, most) = self.letters;
        let letters = (least == 0 && most == 0) || (1 <= least && least <= most && most <= 8);
        self.words <= 5 && self.han <= 5 && letters && self.words + self.han + most > 0
    }
}

/// A unit of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit<'a> {
    pub(crate) text: &'a str,
    /// Where it starts in the text, bytes.
    pub(crate) at: usize,
    pub(crate) hash: u64,
    pub(crate) is_han: bool,
    pub(crate) is_word: bool,
}

const UNITS: u64 = 0x51_7c_c1_b7_27_22_0a_95;
const SKIPS: u64 = 0x9a_3b_5c_de_11_27_8c_e3;
const EDGES: u64 = 0x3c_79_ac_49_2b_a7_b6_53;
const LEANING: u64 = 0x6d_0f_27_bd_91_55_aa_19;
const LETTERS: u64 = 0x2d_35_8d_cc_aa_6c_78_a5;

/// Mixes a number into a hash (the finaliser of SplitMix64).
pub(crate) fn mix(hash: u64, value: u64) -> u64 {
    let mut z = (hash ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A hash of a text that is the same on every machine and in every version.
pub(crate) fn hash_text(text: &str) -> u64 {
    text.chars().fold(0, |hash, c| mix(hash, c as u64 + 1))
}

/// Calls a function with the hash of each feature of a normalised text, as often as it occurs.
pub(crate) fn each(text: &str, plan: Ngrams, mut found: impl FnMut(u32)) {
    let units = units(text);
    let longest = plan.words.max(plan.han);
    for at in 0..units.len() {
        let (mut hash, mut any_han) = (UNITS, false);
        for (length, unit) in units[at..].iter().take(longest).enumerate() {
            hash = mix(hash, unit.hash);
            any_han |= unit.is_han;
            if length < if any_han { plan.han } else { plan.words } {
                found((hash >> 32) as u32);
            }
        }
    }
    if plan.skips {
        for three in units.windows(3) {
            found((mix(mix(SKIPS, three[0].hash), three[2].hash) >> 32) as u32);
        }
    }
    if plan.edges {
        each_edge(&units, &mut found);
    }
    if plan.sentiment {
        each_leaning(&units, &mut found);
    }
    if plan.letters.1 > 0 {
        let mut letters = Vec::new();
        for unit in units.iter().filter(|unit| unit.is_word) {
            letters.clear();
            letters.push(u64::from(' ' as u32));
            letters.extend(unit.text.chars().map(|c| c as u64));
            letters.push(u64::from(' ' as u32));
            each_letters(&letters, plan.letters, &mut found);
        }
    }
}

/// Units at each end of a text that are marked as such, few and many.
const EDGE_UNITS: [usize; 2] = [10, 40];

fn each_edge(units: &[Unit<'_>], found: &mut impl FnMut(u32)) {
    for (mark, reach) in (0..).zip(EDGE_UNITS).filter(|(_, reach)| *reach < units.len()) {
        for (end, part) in [(0, &units[..reach]), (1, &units[units.len() - reach..])] {
            let hash = mix(EDGES, 2 * mark + end);
            part.iter().for_each(|unit| found((mix(hash, unit.hash) >> 32) as u32));
            for two in part.windows(2) {
                found((mix(mix(hash, two[0].hash), two[1].hash) >> 32) as u32);
            }
        }
    }
}

/// Strengths of words as they are turned and stretched, and steps that their sum reaches.
fn each_leaning(units: &[Unit<'_>], found: &mut impl FnMut(u32)) {
    static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::default);
    let mut feature = |kind: u64, size: i64| {
        found((mix(LEANING ^ kind, size as u64) >> 32) as u32);
    };
    let mut sum = 0.0;
    LEXICON.each(units, |strength| {
        sum += strength;
        feature(0, strength.round() as i64);
    });
    let reached = sum.round().clamp(-8.0, 8.0) as i64;
    (1..=reached.abs()).for_each(|step| feature(1, step * reached.signum()));
}

fn each_letters(letters: &[u64], (least, most): (usize, usize), found: &mut impl FnMut(u32)) {
    for at in 0..letters.len() {
        let mut hash = LETTERS;
        for (length, letter) in letters[at..].iter().take(most).enumerate() {
            hash = mix(hash, *letter);
            if length + 1 >= least {
                found((hash >> 32) as u32);
            }
        }
    }
}

/// The units of a normalised text, in order.
pub(crate) fn units(text: &str) -> Vec<Unit<'_>> {
    let mut out = Vec::with_capacity(text.len() / 3);
    let mut word: Option<usize> = None;
    let mut chars = text.char_indices().peekable();
    let is_letter = |c: char| c.is_alphanumeric() && !is_han(c);
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|next| next.1);
        let inner = c == '\'' && word.is_some() && next.is_some_and(is_letter);
        if is_letter(c) || inner {
            word.get_or_insert(at);
            continue;
        }
        if let Some(start) = word.take() {
            out.push(unit(text, start..at, true));
        }
        if !c.is_whitespace() {
            out.push(unit(text, at..at + c.len_utf8(), false));
        }
    }
    if let Some(start) = word {
        out.push(unit(text, start..text.len(), true));
    }
    out
}

fn unit(text: &str, range: Range<usize>, is_word: bool) -> Unit<'_> {
    let (at, text) = (range.start, &text[range]);
    let is_han = !is_word && text.chars().next().is_some_and(is_han);
    Unit { text, at, hash: hash_text(text), is_han, is_word }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn count(text: &str, plan: Ngrams) -> (usize, usize) {
        let mut all = Vec::new();
        each(text, plan, |hash| all.push(hash));
        (all.len(), all.iter().collect::<BTreeSet<_>>().len())
    }

    #[test]
    fn runs_are_counted() {
        let words = Ngrams { words: 2, han: 3, letters: (0, 0), ..Ngrams::NONE };
        // it's, bad, ! and two pairs.
        assert_eq!(count("it's bad!", words), (5, 5));
        assert_eq!(count("好好好", words), (6, 3));
        // 3 units; pairs 2, and the run of three holds Han.
        assert_eq!(count("买 usb 线", words), (6, 6));
        let letters = Ngrams { words: 0, han: 0, letters: (2, 5), ..Ngrams::NONE };
        // " ok ": 3 pairs, 2 triples, 1 quadruple.
        assert_eq!(count("ok", letters), (6, 6));
        assert_eq!(count("好 ! 👍", letters), (0, 0));
        assert_eq!(count("", words), (0, 0));
    }

    #[test]
    fn hashes_are_the_same_in_every_version() {
        assert_eq!(hash_text(""), 0);
        let mut all = Vec::new();
        each("好 ok", Ngrams { words: 1, han: 1, letters: (0, 0), ..Ngrams::NONE }, |hash| {
            all.push(hash)
        });
        assert_eq!(all.len(), 2);
        assert_ne!(all[0], all[1]);
    }
}
