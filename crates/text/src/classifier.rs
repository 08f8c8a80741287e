//! A classifier of texts: linear parts over n-grams, put together by a calibrated blend.
//!
//! `p_k = softmax_k(b_k + Σ_v a_v Σ_f u_vfk x_vf)`. Each part `v` is a logistic regression on its
//! own n-grams; the blend `(a, b)` is fitted to the parts' scores of rows in folds that they were
//! not fitted to, so that probabilities mean what they say; then each part is fitted to all rows.
//! Rows are first brought into the order of a hash of their text, so that neither the order of rows
//! nor the number of threads changes anything. Texts that come again, as short reviews do, fall
//! into folds as they would among texts to come. A text none
//! of whose features is known is out of the domain; below a probability asked for, the classifier
//! abstains, and it knows how often that is so and how good the rest is.
//!
//! Symbols: `x_v`, values of part `v`, features; `u_v`, weights, features × labels; `n`, rows. Time
//! `O((folds + 1) · steps · nnz · labels)`, memory `O(nnz + features · labels)`.
//! Source: S. Wang and C. Manning, "Baselines and bigrams: simple, good sentiment and topic
//! classification", ACL 2012; D. Wolpert, "Stacked generalization", Neural Networks 5, 1992; C.
//! Chow, "On optimum recognition error and reject tradeoff", IEEE Transactions on Information
//! Theory 16, 1970 (abstention).

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::blend::Blend;
use crate::error::TextError;
use crate::measures::{Measures, top};
use crate::ngrams::{Ngrams, hash_text};
use crate::normalise::normalise;
use crate::part::{self, Counted, Part, PartConfig};
use crate::quantise::quantise;
use crate::regression::width_of;
use crate::weighting::Weighting;

/// How a classifier is fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextClassifierConfig {
    /// One part or more.
    pub parts: Vec<PartConfig>,
    /// Folds of the calibration, 2 to 20; fewer where the rarest label has fewer rows.
    pub folds: usize,
    /// Bytes of a model file at most, beyond which the rarest features are left out.
    pub bytes_max: usize,
}

/// Bytes of a model file at most.
const BYTES_MAX: usize = 20_000_000;
/// Bytes of a model file that are not its features.
const BYTES_BESIDE: usize = 1 << 16;

impl Default for TextClassifierConfig {
    fn default() -> Self {
        Self::for_labels(2)
    }
}

impl TextClassifierConfig {
    /// Settings that did best in cross-validation on training parts of public sets: one part by
    /// presence and naive Bayes, one by rareness and length. More labels need a lighter penalty,
    /// since each has fewer rows.
    #[must_use]
    pub fn for_labels(n_labels: usize) -> Self {
        let runs = Ngrams { words: 2, han: 3, letters: (2, 5), sentiment: true, ..Ngrams::NONE };
        let presence = PartConfig {
            ngrams: Ngrams { letters: (0, 0), skips: true, edges: true, ..runs },
            weighting: Weighting { idf: false, unit: false, bayes: true },
            l2: 3.0,
            rows_min: 2,
            near: 0,
            piece: None,
        };
        let lengths = PartConfig {
            ngrams: runs,
            weighting: Weighting { idf: true, unit: true, bayes: false },
            l2: if n_labels > 2 { 0.03 } else { 0.3 },
            rows_min: 2,
            near: 0,
            piece: None,
        };
        Self { parts: vec![presence, lengths], folds: 5, bytes_max: BYTES_MAX }
    }

    fn check(&self) -> Result<(), TextError> {
        let part = |part: &PartConfig| {
            part.ngrams.fits() && part.l2.is_finite() && part.l2 >= 1e-6 && part.rows_min >= 1
        };
        let refuse =
            |field, value: String, allowed| Err(TextError::Config { field, value, allowed });
        if self.parts.is_empty() || !self.parts.iter().all(part) {
            let allowed = "one part or more, each with runs of 1 to 5 units or 1 to 8 letters, a \
                           penalty from 1e-6 and rows_min from 1";
            return refuse("parts", format!("{:?}", self.parts), allowed);
        }
        if !(2..=20).contains(&self.folds) {
            return refuse("folds", self.folds.to_string(), "2 to 20");
        }
        if self.bytes_max < 2 * BYTES_BESIDE {
            return refuse("bytes_max", self.bytes_max.to_string(), "131072 or more");
        }
        Ok(())
    }
}

/// What a classifier says of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The number of the most probable label in [`TextClassifier::labels`].
    pub label: usize,
    /// One probability per label; they sum to 1.
    pub probabilities: Vec<f64>,
    /// Share of the text's features that training knew, 0 to 1.
    pub known: f64,
}

impl Prediction {
    /// The probability of the label.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probabilities.get(self.label).copied().unwrap_or(0.0)
    }

    /// Whether nothing in the text was seen in training.
    #[must_use]
    pub fn is_out_of_domain(&self) -> bool {
        self.known == 0.0
    }
}

/// What abstaining below a probability would do, measured on held-out rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Abstention {
    /// The least probability of an answer.
    pub threshold: f64,
    /// Share of rows that are answered.
    pub coverage: f64,
    /// Share of those answered rightly.
    pub accuracy: f64,
}

/// A fitted classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct TextClassifier {
    pub(crate) config: TextClassifierConfig,
    pub(crate) labels: Vec<String>,
    pub(crate) parts: Vec<Part>,
    pub(crate) blend: Blend,
    pub(crate) held_out: Measures,
    pub(crate) abstentions: Vec<Abstention>,
}

/// Rows in the order of their hash.
struct Rows {
    texts: Vec<String>,
    labels: Vec<u32>,
    folds: Vec<usize>,
    n_folds: usize,
}

impl TextClassifier {
    /// Fits to texts and their labels.
    ///
    /// # Errors
    /// When the configuration is outside its range, the lists differ in length, or there are fewer
    /// than two labels or a label with fewer than two different texts.
    pub fn fit(
        config: &TextClassifierConfig,
        texts: &[&str],
        labels: &[&str],
    ) -> Result<Self, TextError> {
        config.check()?;
        let names: BTreeSet<&str> = labels.iter().copied().collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let rows = arrange(config, texts, labels, &names)?;
        let views: Vec<&str> = rows.texts.iter().map(String::as_str).collect();
        let (width, n_parts) = (width_of(names.len()), config.parts.len());
        // A feature takes a hash, a value and two bytes per score.
        let features_max = (config.bytes_max - BYTES_BESIDE) / (n_parts * (8 + 2 * width));
        let mut held = Vec::with_capacity(n_parts);
        let mut parts = Vec::with_capacity(n_parts);
        for part in &config.parts {
            let counted = part::counted(&views, part, features_max);
            held.push(held_out(part, &counted, &rows, names.len()));
            let (values, mut weights) =
                part::learn(part, &counted.counts, &rows.labels, names.len());
            weights.features = quantise(&weights.features, width).restored();
            parts.push(Part::new(*part, counted.keys, values, weights));
        }
        let blend = Blend::fit(&held, width, &rows.labels);
        let of_row =
            |row: usize| probabilities(&blend.scores(|part| &held[part][row * width..][..width]));
        let said: Vec<Vec<f64>> = (0..rows.labels.len()).map(of_row).collect();
        let truth: Vec<Option<usize>> = rows.labels.iter().map(|&l| Some(l as usize)).collect();
        Ok(Self {
            config: config.clone(),
            labels: names,
            parts,
            blend,
            held_out: Measures::of(&said, &truth),
            abstentions: abstentions(&said, &truth),
        })
    }

    /// Shares of the parts in the blend.
    #[must_use]
    pub fn shares(&self) -> &[f32] {
        &self.blend.shares
    }

    /// The labels, sorted.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// How it was fitted.
    #[must_use]
    pub fn config(&self) -> &TextClassifierConfig {
        &self.config
    }

    /// How good it was on rows held out of its training, fold by fold.
    #[must_use]
    pub fn held_out(&self) -> Measures {
        self.held_out
    }

    /// What abstaining would do, from answering all to answering the surest tenth.
    #[must_use]
    pub fn abstentions(&self) -> &[Abstention] {
        &self.abstentions
    }

    /// What a text is.
    #[must_use]
    pub fn predict(&self, text: &str) -> Prediction {
        let text = normalise(text);
        let parts: Vec<(Vec<f32>, f64)> =
            self.parts.iter().map(|part| part.scores(&text)).collect();
        let known = parts.iter().map(|part| part.1).fold(0.0, f64::max);
        let probabilities = probabilities(&self.blend.scores(|part| &parts[part].0));
        Prediction { label: top(&probabilities), probabilities, known }
    }

    /// What many texts are, on all threads.
    #[must_use]
    pub fn predict_all(&self, texts: &[&str]) -> Vec<Prediction> {
        texts.par_iter().map(|text| self.predict(text)).collect()
    }

    /// How good it is on labelled texts; a label that training never saw is a miss.
    #[must_use]
    pub fn measure(&self, predictions: &[Prediction], labels: &[&str]) -> Measures {
        let number = |label: &&str| self.labels.iter().position(|name| name == label);
        let truth: Vec<Option<usize>> = labels.iter().map(number).collect();
        let said: Vec<Vec<f64>> = predictions.iter().map(|p| p.probabilities.clone()).collect();
        Measures::of(&said, &truth)
    }
}

fn arrange(
    config: &TextClassifierConfig,
    texts: &[&str],
    labels: &[&str],
    names: &[String],
) -> Result<Rows, TextError> {
    let refuse = |reason: String| Err(TextError::Input { reason });
    if texts.len() != labels.len() {
        return refuse(format!("{} texts were given for {} labels", texts.len(), labels.len()));
    }
    if names.len() < 2 {
        let found = names.first().map_or("no label".to_owned(), |name| format!("only `{name}`"));
        return refuse(format!("two labels or more are needed, but there is {found}"));
    }
    let normal: Vec<String> = texts.par_iter().map(|text| normalise(text)).collect();
    let number = |label: &str| names.binary_search_by(|name| name.as_str().cmp(label));
    let mut order: Vec<(u64, &String, u32)> = Vec::with_capacity(texts.len());
    for (text, label) in normal.iter().zip(labels) {
        order.push((hash_text(text), text, number(label).unwrap_or(0) as u32));
    }
    order.sort_unstable();
    let distinct = order.chunk_by(|a, b| a.1 == b.1);
    let mut of_label = vec![0_usize; names.len()];
    distinct.for_each(|same| of_label[same[0].2 as usize] += 1);
    let mut turn = vec![0_usize; names.len()];
    let next = |row: &(u64, &String, u32)| {
        let own = &mut turn[row.2 as usize];
        *own += 1;
        *own - 1
    };
    let turns: Vec<usize> = order.iter().map(next).collect();
    let rarest = (0..names.len()).min_by_key(|&label| of_label[label]).unwrap_or(0);
    if of_label[rarest] < 2 {
        return refuse(format!(
            "label `{}` has fewer than two different texts; add some or leave it out",
            names[rarest]
        ));
    }
    let n_folds = config.folds.min(of_label[rarest]);
    Ok(Rows {
        folds: turns.into_iter().map(|turn| turn % n_folds).collect(),
        labels: order.iter().map(|row| row.2).collect(),
        texts: order.into_iter().map(|row| row.1.clone()).collect(),
        n_folds,
    })
}

/// Scores of every row by a part that was fitted to the other folds.
fn held_out(part: &PartConfig, counted: &Counted, rows: &Rows, n_labels: usize) -> Vec<f32> {
    let width = width_of(n_labels);
    let fold = |number: usize| {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..rows.labels.len()).partition(|&row| rows.folds[row] == number);
        let labels: Vec<u32> = train.iter().map(|&row| rows.labels[row]).collect();
        let (values, weights) =
            part::learn(part, &counted.counts.select(&train), &labels, n_labels);
        let scores = part::scores(&values, &weights, &counted.counts.select(&test));
        (test, scores)
    };
    let folds: Vec<_> = (0..rows.n_folds).into_par_iter().map(fold).collect();
    let mut out = vec![0.0; rows.labels.len() * width];
    for (test, scores) in folds {
        for (&row, line) in test.iter().zip(scores.chunks(width)) {
            out[row * width..][..width].copy_from_slice(line);
        }
    }
    out
}

/// Probabilities of scores: one score is the log-odds of the second label.
fn probabilities(scores: &[f32]) -> Vec<f64> {
    if let [score] = scores {
        let no = 1.0 / (1.0 + f64::from(*score).exp());
        return vec![no, 1.0 - no];
    }
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let raw: Vec<f64> = scores.iter().map(|z| f64::from(z - largest).exp()).collect();
    let total: f64 = raw.iter().sum();
    raw.into_iter().map(|p| p / total).collect()
}

fn abstentions(said: &[Vec<f64>], truth: &[Option<usize>]) -> Vec<Abstention> {
    let mut rows: Vec<(f64, bool)> =
        said.iter().zip(truth).map(|(p, t)| (p[top(p)], *t == Some(top(p)))).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    let n = rows.len();
    let share = |tenths: usize| {
        let kept = &rows[..(n * tenths).div_ceil(10).max(1)];
        let hits = kept.iter().filter(|row| row.1).count();
        Abstention {
            threshold: kept[kept.len() - 1].0,
            coverage: kept.len() as f64 / n as f64,
            accuracy: hits as f64 / kept.len() as f64,
        }
    };
    (1..=10).rev().map(share).collect()
}
