//! What some texts say that others do not: phrases with how sure that is.
//!
//! For phrase `w` in group `i` against the rest `j`, with `α_w = α₀ f_w / F` a share of what all
//! texts say: `δ = ln((y_iw + α_w) / (n_i + α₀ − y_iw − α_w)) − ln((y_jw + α_w) / (n_j + α₀ − y_jw
//! − α_w))`, `z = δ / √(1 / (y_iw + α_w) + 1 / (y_jw + α_w))`; `z` above 1.96 is no chance at 5 %.
//! Beside it the class-based weight `c = (y_iw / n_i) · ln(1 + A / f_w)`. A text counts a phrase
//! once. Phrases are words, pairs of words, and runs of two to four Han characters; one that is
//! inside a longer one with the same count is left out. A phrase's id is a hash of its letters, so
//! it is the same in every run.
//!
//! Symbols: `y`, texts of the group with the phrase; `n`, their sum over phrases; `f`, `F`, the
//! same over all groups; `α₀`, weight of the prior, phrases; `A`, phrases of a mean group. Time
//! and memory `O(Σ phrases of texts)`.
//! Source: B. Monroe, M. Colaresi and K. Quinn, "Fightin' words: lexical feature selection and
//! evaluation for identifying the content of political conflict", Political Analysis 16, 2008,
//! section 3.5.1; M. Grootendorst, "BERTopic: neural topic modeling with a class-based TF-IDF
//! procedure", arXiv 2203.05794, 2022, section 3.3.

use std::collections::{BTreeMap, BTreeSet};

use crate::ngrams::{hash_text, units};
use crate::normalise::normalise;

/// Weight of the prior, in phrases.
const PRIOR: f64 = 500.0;
/// Texts of a group a phrase must stand in.
const TEXTS_MIN: u32 = 2;
/// Han characters of a phrase at most.
const HAN_MAX: usize = 4;
/// English words that are no phrase alone nor at the edge of one.
const EMPTY: [&str; 60] = [
    "the", "a", "an", "and", "or", "but", "of", "to", "in", "on", "for", "with", "at", "is", "it",
    "was", "are", "were", "be", "this", "that", "i", "you", "we", "they", "my", "your", "have",
    "has", "had", "do", "does", "did", "so", "as", "from", "will", "can", "if", "me", "its",
    "it's", "i'm", "been", "am", "them", "he", "she", "her", "his", "our", "us", "than", "then",
    "there", "just", "would", "by", "also", "when",
];

/// A phrase that marks a group of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyPhrase {
    /// The same in every run.
    pub id: u64,
    /// The phrase, normalised.
    pub phrase: String,
    /// Texts of the group that hold it.
    pub texts: u32,
    /// Texts of the other groups that hold it.
    pub elsewhere: u32,
    /// How many standard errors it lies above the rest.
    pub z: f64,
    /// Its class-based weight.
    pub weight: f64,
}

/// Phrases of a text, each once.
fn phrases(text: &str) -> BTreeSet<String> {
    let text = normalise(text);
    let units = units(&text);
    let empty = |word: &str| EMPTY.contains(&word);
    let mut out = BTreeSet::new();
    for (at, unit) in units.iter().enumerate() {
        if unit.is_word && !empty(unit.text) && unit.text.chars().count() > 1 {
            out.insert(unit.text.to_owned());
            if let Some(next) = units.get(at + 1).filter(|n| n.is_word && !empty(n.text)) {
                out.insert(format!("{} {}", unit.text, next.text));
            }
        }
        let run = units[at..].iter().take(HAN_MAX).take_while(|unit| unit.is_han).count();
        for length in 2..=run {
            out.insert(units[at..at + length].iter().map(|unit| unit.text).collect());
        }
    }
    out
}

/// For each group of texts the phrases that mark it, surest first, at most so many.
#[must_use]
pub fn key_phrases(groups: &[Vec<&str>], n: usize) -> Vec<Vec<KeyPhrase>> {
    let mut counts: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (group, texts) in groups.iter().enumerate() {
        for phrase in texts.iter().flat_map(|text| phrases(text)) {
            counts.entry(phrase).or_insert_with(|| vec![0; groups.len()])[group] += 1;
        }
    }
    let sums: Vec<f64> = (0..groups.len())
        .map(|group| counts.values().map(|own| f64::from(own[group])).sum())
        .collect();
    let all: f64 = sums.iter().sum();
    let mean = all / groups.len().max(1) as f64;
    let marks = |group: usize| {
        let mut found = Vec::new();
        for (phrase, own) in &counts {
            let total: u32 = own.iter().sum();
            if own[group] < TEXTS_MIN {
                continue;
            }
            let (here, f) = (f64::from(own[group]), f64::from(total));
            let prior = PRIOR * f / all;
            let odds = |y: f64, n: f64| ((y + prior) / (n + PRIOR - y - prior).max(1e-9)).ln();
            let delta = odds(here, sums[group]) - odds(f - here, all - sums[group]);
            let error = (1.0 / (here + prior) + 1.0 / (f - here + prior)).sqrt();
            found.push(KeyPhrase {
                id: hash_text(phrase),
                phrase: phrase.clone(),
                texts: own[group],
                elsewhere: total - own[group],
                z: delta / error,
                weight: here / sums[group] * (1.0 + mean / f).ln(),
            });
        }
        longest(found, n)
    };
    (0..groups.len()).map(marks).collect()
}

/// The surest phrases without those inside a longer one that as many texts hold.
fn longest(mut found: Vec<KeyPhrase>, n: usize) -> Vec<KeyPhrase> {
    let longer_first = |p: &KeyPhrase| std::cmp::Reverse(p.phrase.chars().count());
    found.sort_by(|a, b| {
        let by_size = longer_first(a).cmp(&longer_first(b));
        b.z.total_cmp(&a.z).then(by_size).then_with(|| a.phrase.cmp(&b.phrase))
    });
    let mut kept: Vec<KeyPhrase> = Vec::new();
    for phrase in found {
        let is_inside = |other: &KeyPhrase| {
            other.texts >= phrase.texts && other.phrase.contains(&phrase.phrase)
        };
        if kept.len() < n && !kept.iter().any(is_inside) {
            kept.push(phrase);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_marks_a_group_comes_first() {
        let late =
            vec!["parcel came late", "very late parcel again", "late again", "the box was fine"];
        let other = vec!["nice colour", "the colour is nice", "soft and nice", "the box was fine"];
        let found = key_phrases(&[late, other], 3);
        assert_eq!(found[0][0].phrase, "late");
        assert_eq!((found[0][0].texts, found[0][0].elsewhere), (3, 0));
        assert!(found[1].iter().any(|phrase| phrase.phrase == "nice"));
        assert!(found.iter().flatten().all(|phrase| phrase.phrase != "the"));
        let han = key_phrases(&[vec!["物流太慢了", "物流太慢"], vec!["颜色好看", "颜色很正"]], 5);
        assert_eq!(han[0][0].phrase, "物流太慢");
        assert!(han[0].iter().all(|phrase| phrase.phrase != "流太"));
        assert_eq!(han[1][0].phrase, "颜色");
    }

    #[test]
    fn the_score_is_that_of_the_formula() {
        let found = key_phrases(&[vec!["alpha", "alpha"], vec!["beta", "beta"]], 1);
        // y 2, n 2; elsewhere 0 of 2; the prior is half of 500.
        let odds = |y: f64| ((y + 250.0) / (2.0 + 500.0 - y - 250.0)).ln();
        let wanted = (odds(2.0) - odds(0.0)) / (1.0 / 252.0 + 1.0 / 250.0_f64).sqrt();
        assert!((found[0][0].z - wanted).abs() < 1e-12);
    }

    #[test]
    fn order_does_not_matter_and_nothing_breaks_it() {
        let a = key_phrases(&[vec!["x1 y1", "y1 z1"], vec!["y1", "q1 q2"]], 9);
        let b = key_phrases(&[vec!["y1 z1", "x1 y1"], vec!["q1 q2", "y1"]], 9);
        assert_eq!(a, b);
        assert!(key_phrases(&[], 3).is_empty());
        assert_eq!(key_phrases(&[vec![], vec!["", "👍"]], 3), [[], []]);
    }
}
