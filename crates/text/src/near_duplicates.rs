//! Texts that are nearly the same: what somebody pasted many times.
//!
//! A text is the set of its runs of three units. Of each of 64 hash functions the smallest value
//! over the set is kept; two sets share a value with the probability of their likeness `J = |A ∩
//! B| / |A ∪ B|`. Texts that agree in all four values of one of 16 bands are compared in full, and
//! those with `J` of a threshold or more are joined into groups. A pair of likeness 0.8 is met
//! with probability `1 − (1 − 0.8⁴)¹⁶`, 0.9998. Texts of fewer than five units are too common to
//! be told.
//!
//! Symbols: `A`, `B`, sets of runs. Time `O(64 n)` for `n` runs in all, and the pairs met; memory
//! `O(n)`.
//! Source: A. Broder, "On the resemblance and containment of documents", Compression and
//! Complexity of Sequences 1997; J. Leskovec, A. Rajaraman and J. Ullman, "Mining of massive
//! datasets", 2014, section 3.4 (bands).

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::ngrams::{mix, units};
use crate::normalise::normalise;

const BANDS: usize = 16;
const BAND: usize = 4;
const RUN: usize = 3;
const UNITS_MIN: usize = 5;

/// Runs of a text, as rising hashes; none of one that is too short.
fn runs(text: &str) -> Vec<u64> {
    let text = normalise(text);
    let units: Vec<u64> =
        units(&text).iter().filter(|u| u.is_word || u.is_han).map(|unit| unit.hash).collect();
    if units.len() < UNITS_MIN {
        return Vec::new();
    }
    let mut out: Vec<u64> =
        units.windows(RUN).map(|run| run.iter().fold(7, |hash, unit| mix(hash, *unit))).collect();
    out.sort_unstable();
    out.dedup();
    out
}

fn signature(runs: &[u64]) -> Vec<u64> {
    let smallest = |function: u64| runs.iter().map(|run| mix(function, *run)).min().unwrap_or(0);
    (0..(BANDS * BAND) as u64).map(|function| smallest(mix(function, 11))).collect()
}

/// The likeness of two rising lists.
fn likeness(a: &[u64], b: &[u64]) -> f64 {
    let both = a.iter().filter(|run| b.binary_search(run).is_ok()).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

/// Groups of two texts or more that are at least so alike, by their numbers, largest group first.
#[must_use]
pub fn near_duplicates(texts: &[&str], threshold: f64) -> Vec<Vec<usize>> {
    let sets: Vec<Vec<u64>> = texts.par_iter().map(|text| runs(text)).collect();
    let signatures: Vec<Vec<u64>> = sets.par_iter().map(|set| signature(set)).collect();
    let mut parent: Vec<usize> = (0..texts.len()).collect();
    for band in 0..BANDS {
        let mut met: BTreeMap<&[u64], Vec<usize>> = BTreeMap::new();
        for (text, signature) in
            signatures.iter().enumerate().filter(|(at, _)| !sets[*at].is_empty())
        {
            met.entry(&signature[band * BAND..][..BAND]).or_default().push(text);
        }
        for group in met.values() {
            // A text is compared with one of each group found so far, so that a burst of equal
            // texts takes one look each.
            let mut heads: Vec<usize> = Vec::new();
            for &text in group {
                let near = |head: &&usize| likeness(&sets[**head], &sets[text]) >= threshold;
                match heads.iter().find(near) {
                    Some(&head) => join(&mut parent, head, text),
                    None => heads.push(text),
                }
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for text in 0..texts.len() {
        groups.entry(root(&mut parent, text)).or_default().push(text);
    }
    let mut out: Vec<Vec<usize>> = groups.into_values().filter(|group| group.len() > 1).collect();
    out.sort_by_key(|group| (std::cmp::Reverse(group.len()), group[0]));
    out
}

fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

fn join(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parent, a), root(parent, b));
    parent[a.max(b)] = a.min(b);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pasted_texts_are_grouped() {
        let texts = [
            "this is the best coat that i have ever bought in my life",
            "这件衣服质量非常好，穿着舒服，推荐购买",
            "This is the best coat, that I have ever bought in my life!!!",
            "a different text about shoes that pinch my toes",
            "这件衣服质量非常好 穿着舒服 推荐购买！",
            "good",
            "good",
            "",
        ];
        assert_eq!(near_duplicates(&texts, 0.8), [vec![0, 2], vec![1, 4]]);
        assert!(near_duplicates(&[], 0.8).is_empty());
    }

    proptest! {
        #[test]
        fn every_pair_in_a_group_has_a_chain_and_none_alike_is_missed(
            texts in prop::collection::vec("[abc]( [abc]){4,7}", 0..12),
        ) {
            let views: Vec<&str> = texts.iter().map(String::as_str).collect();
            let groups = near_duplicates(&views, 1.0);
            for a in 0..views.len() {
                for b in a + 1..views.len() {
                    let same = runs(views[a]) == runs(views[b]);
                    let together = groups.iter().any(|g| g.contains(&a) && g.contains(&b));
                    prop_assert_eq!(same, together, "{} and {}", views[a], views[b]);
                }
            }
        }
    }
}
