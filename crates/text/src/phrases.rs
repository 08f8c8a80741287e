//! Phrases of a list found in a text, the longest first: the engine of every lexicon here.
//!
//! A phrase is a run of units (words, Han characters, signs) of its normalised form, kept as one
//! hash. From each unit on the longest phrase that stands there is taken, and the search goes on
//! behind it, so that a phrase is never found inside a longer one. Time `O(n · longest)` for a text
//! of `n` units, memory `O(phrases)`.
//! Source: A. Aho and M. Corasick, "Efficient string matching", CACM 18, 1975 (the task; a table of
//! hashes is enough for phrases of a few units).

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::ngrams::{Unit, mix, units};
use crate::normalise::normalise;

/// Units of a phrase at most; the rest is not looked at.
const LONGEST: usize = 12;

/// A list of phrases, each with a meaning.
#[derive(Debug, Clone)]
pub(crate) struct Phrases<T> {
    by_hash: FxHashMap<u64, T>,
    longest: usize,
}

impl<T: Clone> Phrases<T> {
    pub(crate) fn new() -> Self {
        Self { by_hash: FxHashMap::default(), longest: 0 }
    }

    /// Adds a phrase, `_` for a blank; a later meaning replaces an earlier one.
    pub(crate) fn add(&mut self, phrase: &str, meaning: T) {
        let text = normalise(&phrase.replace('_', " "));
        let units = units(&text);
        let n = units.len().min(LONGEST);
        if n == 0 {
            return;
        }
        let hash = units[..n].iter().fold(n as u64, |hash, unit| mix(hash, unit.hash));
        self.by_hash.insert(hash, meaning);
        self.longest = self.longest.max(n);
    }

    pub(crate) fn meaning(&self, phrase: &str) -> Option<&T> {
        let text = normalise(&phrase.replace('_', " "));
        let units = units(&text);
        let hash = units.iter().fold(units.len() as u64, |hash, unit| mix(hash, unit.hash));
        self.by_hash.get(&hash)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// Phrases in a list of units, with the units they cover.
    pub(crate) fn find(&self, units: &[Unit<'_>]) -> Vec<(Range<usize>, &T)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < units.len() {
            match self.longest_at(&units[at..]) {
                Some((length, meaning)) => {
                    found.push((at..at + length, meaning));
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    fn longest_at(&self, units: &[Unit<'_>]) -> Option<(usize, &T)> {
        (1..=self.longest.min(units.len())).rev().find_map(|length| {
            let hash =
                units[..length].iter().fold(length as u64, |hash, unit| mix(hash, unit.hash));
            Some((length, self.by_hash.get(&hash)?))
        })
    }
}

/// Lines of a lexicon: the first word, then the phrases; `#` begins a remark.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
    text.lines().filter_map(|line| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        Some((words.next()?, words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_phrase_is_found_and_none_inside_it() {
        let mut phrases = Phrases::new();
        for (at, phrase) in ["不", "不错", "错", "top-notch", "fell_apart"].iter().enumerate() {
            phrases.add(phrase, at);
        }
        let found = |text: &str| -> Vec<usize> {
            phrases.find(&units(&normalise(text))).into_iter().map(|(_, at)| *at).collect()
        };
        assert_eq!(found("不错"), [1]);
        assert_eq!(found("没错不"), [2, 0]);
        assert_eq!(found("TOP-Notch, it fell  apart"), [3, 4]);
        assert_eq!(found("it fell and came apart"), [0; 0]);
        assert_eq!(found(""), [0; 0]);
    }

    #[test]
    fn remarks_and_empty_lines_are_no_entries() {
        let read: Vec<(&str, Vec<&str>)> = lines("# x\n\n2 good nice # more\n")
            .map(|(head, rest)| (head, rest.collect()))
            .collect();
        assert_eq!(read, [("2", vec!["good", "nice"])]);
    }
}
