//! Which texts answer a question: words and pairs of Chinese characters, weighed by rareness.
//!
//! `score(d, q) = Σ_t idf_t · c_td (k₁ + 1) / (c_td + k₁ (1 − b + b · |d| / avg))`, `idf_t =
//! ln(1 + (N − n_t + ½) / (n_t + ½))`, `k₁ = 1.2`, `b = 0.75`. Terms are words, and within a run of
//! Han characters each pair of neighbours, so that no segmenter can be wrong and a suffix or a part
//! of a compound matches; a single Han character asked for alone is a term too. Characters are
//! compared as they are written, so that words that only sound alike never meet. What stands
//! between quotation marks must stand in the text as a run. Of equals the first added comes first.
//!
//! Symbols: `c_td`, occurrences of term `t` in text `d`; `|d|`, terms of `d`; `N`, texts; `n_t`,
//! texts with `t`. Time `O(Σ_t n_t)` per question, memory `O(Σ_d |d|)`.
//! Source: S. Robertson and H. Zaragoza, "The probabilistic relevance framework: BM25 and beyond",
//! Foundations and Trends in Information Retrieval 3, 2009, section 3; J. Nie, J. Gao, J. Zhang
//! and M. Zhou, "On the use of words and n-grams for Chinese information retrieval", IRAL 2000.

use std::collections::BTreeMap;
use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::clause::clauses;
use crate::ngrams::{Unit, mix, units};
use crate::normalise::normalise;

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// Texts that can be asked.
#[derive(Debug, Clone, Default)]
pub struct TextIndex {
    texts: Vec<(String, String)>,
    lengths: Vec<u32>,
    /// Of each term, texts with how often it occurs.
    postings: FxHashMap<u64, Vec<(u32, u32)>>,
}

/// A text that answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
    /// Its id, as it was added.
    pub id: &'a str,
    /// How well it answers, above 0.
    pub score: f64,
    /// The whole text.
    pub text: &'a str,
    /// The clause that answers best, bytes of the text.
    pub snippet: Range<usize>,
}

/// Terms of units: words, pairs of Han, and single Han as asked.
fn terms(units: &[Unit<'_>], single: impl Fn(bool, bool) -> bool, mut found: impl FnMut(u64)) {
    for (at, unit) in units.iter().enumerate() {
        let is_han = |other: Option<&Unit<'_>>| other.is_some_and(|unit| unit.is_han);
        let before = is_han(at.checked_sub(1).and_then(|at| units.get(at)));
        let next = units.get(at + 1).filter(|unit| unit.is_han);
        if unit.is_word {
            found(mix(1, unit.hash));
        } else if unit.is_han {
            if let Some(next) = next {
                found(mix(mix(2, unit.hash), next.hash));
            }
            if single(before, next.is_some()) {
                found(mix(3, unit.hash));
            }
        }
    }
}

/// Terms of a question: a Han character counts alone only where no other stands beside it.
fn asked(text: &str) -> Vec<u64> {
    let mut out = Vec::new();
    let units = units(text);
    terms(&units, |before, next| !before && !next, |term| out.push(term));
    out.sort_unstable();
    out.dedup();
    out
}

impl TextIndex {
    /// Adds a text under an id.
    pub fn add(&mut self, id: &str, text: &str) {
        let normal = normalise(text);
        let number = self.texts.len() as u32;
        let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
        // Single characters are indexed beside the pairs, for questions of one.
        terms(&units(&normal), |_, _| true, |term| *counts.entry(term).or_default() += 1);
        self.lengths.push(counts.values().sum());
        for (term, n) in counts {
            self.postings.entry(term).or_default().push((number, n));
        }
        self.texts.push((id.to_owned(), text.to_owned()));
    }

    /// Texts it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The best answers, best first.
    #[must_use]
    pub fn ask(&self, question: &str, n: usize) -> Vec<Answer<'_>> {
        let normal = normalise(question);
        let runs: Vec<&str> =
            normal.split('"').skip(1).step_by(2).filter(|run| !run.trim().is_empty()).collect();
        let terms = asked(&normal);
        let mut scores: BTreeMap<u32, f64> = BTreeMap::new();
        let total: f64 = self.lengths.iter().map(|n| f64::from(*n)).sum();
        let average = (total / self.len().max(1) as f64).max(1.0);
        for term in &terms {
            let Some(found) = self.postings.get(term) else { continue };
            let with = found.len() as f64;
            let idf = (1.0 + (self.len() as f64 - with + 0.5) / (with + 0.5)).ln();
            for &(text, count) in found {
                let length = f64::from(self.lengths[text as usize]) / average;
                let count = f64::from(count);
                let share = count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                *scores.entry(text).or_default() += idf * share;
            }
        }
        let mut best: Vec<(u32, f64)> =
            scores.into_iter().filter(|(text, _)| self.has_runs(*text, &runs)).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(n);
        let wanted: FxHashSet<u64> = terms.into_iter().collect();
        best.into_iter().map(|(text, score)| self.answer(text, score, &wanted)).collect()
    }

    fn has_runs(&self, text: u32, runs: &[&str]) -> bool {
        if runs.is_empty() {
            return true;
        }
        let normal = normalise(&self.texts[text as usize].1);
        let own: Vec<u64> = units(&normal).iter().map(|unit| unit.hash).collect();
        runs.iter().all(|run| {
            let run: Vec<u64> = units(run).iter().map(|unit| unit.hash).collect();
            own.windows(run.len().max(1)).any(|window| window == run)
        })
    }

    fn answer(&self, number: u32, score: f64, wanted: &FxHashSet<u64>) -> Answer<'_> {
        let (id, text) = &self.texts[number as usize];
        let hits = |range: &Range<usize>| {
            let normal = normalise(&text[range.clone()]);
            let mut found = FxHashSet::default();
            terms(
                &units(&normal),
                |_, _| true,
                |term| {
                    if wanted.contains(&term) {
                        found.insert(term);
                    }
                },
            );
            found.len()
        };
        let better = |best: (usize, Range<usize>), range: Range<usize>| {
            let n = hits(&range);
            if n > best.0 { (n, range) } else { best }
        };
        let (_, snippet) = clauses(text).into_iter().fold((0, 0..text.len()), better);
        Answer { id, score, text, snippet }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(index: &'a TextIndex, question: &str) -> Vec<&'a str> {
        index.ask(question, 10).into_iter().map(|answer| answer.id).collect()
    }

    fn of(texts: &[(&str, &str)]) -> TextIndex {
        let mut index = TextIndex::default();
        texts.iter().for_each(|(id, text)| index.add(id, text));
        index
    }

    #[test]
    fn words_that_sound_alike_never_meet() {
        let index = of(&[
            ("power", "权利与义务"),
            ("right", "权力很大"),
            ("mail", "邮寄"),
            ("have", "有几"),
        ]);
        assert_eq!(found(&index, "权力"), ["right"]);
        assert_eq!(found(&index, "权利"), ["power"]);
        assert_eq!(found(&index, "邮寄"), ["mail"]);
        assert_eq!(found(&index, "油机"), [""; 0]);
    }

    #[test]
    fn suffixes_and_parts_of_compounds_match() {
        let index =
            of(&[("a", "无线充电器不发热"), ("b", "充电很快"), ("c", "电动牙刷"), ("d", "手机壳")]);
        assert_eq!(found(&index, "充电器"), ["a", "b"]);
        assert_eq!(found(&index, "牙刷"), ["c"]);
        assert_eq!(found(&index, "壳"), ["d"]);
        assert_eq!(found(&index, "器"), ["a"]);
    }

    #[test]
    fn quotation_marks_ask_for_a_run() {
        let index = of(&[
            ("a", "支持七天无理由退货"),
            ("b", "退货要理由，七天无人回"),
            ("c", "no return"),
            ("d", "return, no cost"),
        ]);
        assert_eq!(found(&index, "“七天无理由”"), ["a"]);
        assert_eq!(found(&index, "七天无理由"), ["a", "b"]);
        assert_eq!(found(&index, "\"no return\""), ["c"]);
        assert_eq!(found(&index, "\"退货\" 七天").len(), 2);
    }

    #[test]
    fn scripts_mix() {
        let index = of(&[
            ("a", "iPhone15手机壳很贴合"),
            ("b", "安卓手机壳"),
            ("c", "Type-C数据线"),
            ("d", "ＵＳＢ线"),
        ]);
        assert_eq!(found(&index, "IPHONE15 壳"), ["a", "b"]);
        assert_eq!(found(&index, "type-c 线")[0], "c");
        assert_eq!(found(&index, "usb"), ["d"]);
    }

    #[test]
    fn the_snippet_is_the_clause_that_answers() {
        let text = "外观漂亮。可以放进洗碗机清洗，但是要低温。";
        let index = of(&[("a", text)]);
        let answers = index.ask("能不能用洗碗机", 1);
        assert_eq!(&text[answers[0].snippet.clone()], "可以放进洗碗机清洗");
    }

    #[test]
    fn scores_are_those_of_the_formula() {
        let index = of(&[("a", "red red coat"), ("b", "blue coat"), ("c", "hat")]);
        let answers = index.ask("red", 5);
        // N 3, n 1, c 2, |d| 3, avg 2.
        let idf = (1.0 + 2.5_f64 / 1.5).ln();
        let wanted = idf * 2.0 * 2.2 / (2.0 + 1.2 * (0.25 + 0.75 * 1.5));
        assert!((answers[0].score - wanted).abs() < 1e-12);
    }

    #[test]
    fn nothing_asked_or_held_finds_nothing() {
        assert!(TextIndex::default().ask("coat", 3).is_empty());
        let index = of(&[("a", ""), ("b", "👍")]);
        for question in ["", " ", "\"\"", "\"", "\u{7}", "coat"] {
            assert!(index.ask(question, 3).is_empty(), "{question}");
        }
    }
}
