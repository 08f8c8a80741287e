//! How good predictions of labels are, and whether their probabilities mean what they say.
//!
//! `accuracy = hits / n`; `macro-F1 = mean over labels of 2 t / (2 t + f⁺ + f⁻)`, labels that occur
//! in the answers; `ECE = Σ_b (n_b / n) · |accuracy_b − confidence_b|` over ten equal bins of the
//! probability said of the label chosen; with two labels `AUC = (Σ_{i yes, j no} [s_i > s_j] +
//! ½ [s_i = s_j]) / (P · N)`.
//!
//! Symbols: `t`, `f⁺`, `f⁻`, rows rightly, wrongly and wrongly not given a label; `n_b`, rows of a
//! bin; `s`, probability of the second label; `P`, `N`, rows with it and without. Time
//! `O(n log n)`, memory `O(n + labels)`.
//! Source: C. Guo et al., "On calibration of modern neural networks", ICML 2017, equation 3; J.
//! Hanley and B. McNeil, "The meaning and use of the area under a receiver operating
//! characteristic (ROC) curve", Radiology 143, 1982.

use serde::{Deserialize, Serialize};

/// Bins of the calibration error.
const BINS: usize = 10;

/// What was measured on rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Rows.
    pub rows: usize,
    /// Share of rows whose label was found.
    pub accuracy: f64,
    /// Mean of the labels' F1.
    pub macro_f1: f64,
    /// Expected calibration error of the label chosen.
    pub ece: f64,
    /// Mean of `−ln p` of the true label, nats.
    pub log_loss: f64,
    /// Area under the ROC curve, where there are two labels and rows of both.
    pub auc: Option<f64>,
}

impl Measures {
    /// Of rows' probabilities, and the number of each row's true label; `None` of a label that
    /// training never saw, which is a miss.
    #[must_use]
    pub fn of(probabilities: &[Vec<f64>], truth: &[Option<usize>]) -> Self {
        let n_labels = probabilities.first().map_or(0, Vec::len);
        let mut bins = [(0.0, 0.0); BINS];
        let mut counts = vec![[0.0_f64; 3]; n_labels];
        let (mut hits, mut unseen, mut loss) = (0.0, false, 0.0);
        for (p, &label) in probabilities.iter().zip(truth) {
            let chosen = top(p);
            let hit = label == Some(chosen);
            let sure = p.get(chosen).copied().unwrap_or(0.0);
            let bin = &mut bins[((sure * BINS as f64) as usize).min(BINS - 1)];
            bin.0 += f64::from(hit);
            bin.1 += sure;
            hits += f64::from(hit);
            match label {
                Some(label) if hit => counts[label][0] += 1.0,
                Some(label) => {
                    counts[chosen][1] += 1.0;
                    counts[label][2] += 1.0;
                }
                None => {
                    unseen = true;
                    counts[chosen][1] += 1.0;
                }
            }
            loss -= label.map_or(1e-9, |label| p[label].max(1e-9)).ln();
        }
        let n = probabilities.len().max(1) as f64;
        let seen = counts.iter().filter(|[hit, _, missed]| hit + missed > 0.0);
        let f1: Vec<f64> = seen.map(|[t, f, m]| 2.0 * t / (2.0 * t + f + m)).collect();
        let n_f1 = f1.len() + usize::from(unseen);
        Self {
            rows: probabilities.len(),
            accuracy: hits / n,
            macro_f1: f1.iter().sum::<f64>() / n_f1.max(1) as f64,
            ece: bins.iter().map(|(hit, said)| (hit - said).abs()).sum::<f64>() / n,
            log_loss: loss / n,
            auc: (n_labels == 2).then(|| two_label_auc(probabilities, truth)).flatten(),
        }
    }
}

fn two_label_auc(probabilities: &[Vec<f64>], truth: &[Option<usize>]) -> Option<f64> {
    let known = probabilities.iter().zip(truth).filter(|(_, label)| label.is_some());
    let rows: Vec<(f64, bool)> = known.map(|(p, &label)| (p[1], label == Some(1))).collect();
    auc(rows)
}

/// The chance that a row with the label scores above one without; `None` without rows of both.
#[must_use]
pub fn auc(mut rows: Vec<(f64, bool)>) -> Option<f64> {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut yes, mut no, mut half_wins) = (0_u64, 0_u64, 0_u64);
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        let tied_yes = same.iter().filter(|row| row.1).count() as u64;
        let tied_no = same.len() as u64 - tied_yes;
        half_wins += tied_yes * (2 * no + tied_no);
        (yes, no) = (yes + tied_yes, no + tied_no);
    }
    (yes > 0 && no > 0).then(|| half_wins as f64 / (2 * yes * no) as f64)
}

/// The most probable label; of equals the first.
#[must_use]
pub fn top(probabilities: &[f64]) -> usize {
    let better = |best: usize, at: usize| {
        if probabilities[at] > probabilities[best] { at } else { best }
    };
    (0..probabilities.len()).reduce(better).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_figures() {
        let p = vec![vec![0.8, 0.2], vec![0.3, 0.7], vec![0.6, 0.4], vec![0.4, 0.6]];
        let found = Measures::of(&p, &[Some(0), Some(1), Some(1), Some(1)]);
        assert_eq!(found.accuracy, 0.75);
        // Label 0: t 1, f⁺ 1; label 1: t 2, f⁻ 1.
        assert!((found.macro_f1 - (2.0 / 3.0 + 0.8) / 2.0).abs() < 1e-12);
        // Bins .6: one hit of two, said 1.2; .7: 1, said .7; .8: 1, said .8.
        // Of the three pairs of a no and a yes, 0.2 lies below 0.7, 0.4 and 0.6.
        assert_eq!(found.auc, Some(1.0));
        assert!((found.ece - (0.2 + 0.3 + 0.2) / 4.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn the_area_is_that_of_scikit_learns_example() {
        let rows = [(0.1, false), (0.4, false), (0.35, true), (0.8, true)];
        assert_eq!(auc(rows.to_vec()), Some(0.75));
        assert_eq!(auc(vec![(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(auc(vec![(0.5, true)]), None);
    }

    #[test]
    fn nothing_and_the_unknown_have_figures() {
        assert_eq!(Measures::of(&[], &[]).accuracy, 0.0);
        let found = Measures::of(&[vec![1.0, 0.0]], &[None]);
        assert_eq!((found.accuracy, found.macro_f1, found.ece), (0.0, 0.0, 1.0));
    }
}
